"""The tables of the store."""

import sqlalchemy as sa
from alembic import op

from oppfolging_api.store.columns import TransactionId

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("hpr", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("interaction", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("id", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "at", "number"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("access_log_person", "access_log", ["municipality", "person", "at"], unique=False)
    op.execute("CREATE TABLE access_log_default PARTITION OF access_log DEFAULT")
    op.create_table(
        "assignment",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_index("assignment_owner", "assignment", ["municipality", "owner"], unique=False)
    op.create_table(
        "denial",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id", "position"),
    )
    op.create_index("denial_actor", "denial", ["municipality", "actor"], unique=False)
    op.create_table(
        "employment",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practitioner", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("general_practitioner", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_index("employment_practitioner", "employment", ["municipality", "practitioner"], unique=False)
    op.create_table(
        "feedback_link",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("referral", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id", "referral"),
    )
    op.create_index("feedback_link_referral", "feedback_link", ["municipality", "referral"], unique=False)
    op.create_table(
        "find",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id"),
    )
    op.create_index("find_keys", "find", ["keys"], unique=False, postgresql_using="gin")
    op.create_index("find_person", "find", ["municipality", "person", "type", "updated", "id"], unique=False)
    op.create_index("find_updated", "find", ["municipality", "type", "updated", "id"], unique=False)
    op.create_table(
        "find_date",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("low", sa.DateTime(timezone=True), nullable=False),
        sa.Column("high", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id", "position"),
    )
    op.create_index("find_date_high", "find_date", ["municipality", "type", "parameter", "high", "id"], unique=False)
    op.create_index(
        "find_date_low", "find_date", ["municipality", "type", "parameter", "low", "high", "id"], unique=False
    )
    op.create_table(
        "find_string",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id", "position"),
    )
    op.create_index(
        "find_string_value",
        "find_string",
        ["municipality", "type", "parameter", "value", "id"],
        unique=False,
        postgresql_ops={"value": "text_pattern_ops"},
    )
    op.create_table(
        "identity",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id", "key"),
    )
    op.create_index("identity_key", "identity", ["key", "type"], unique=False)
    op.create_index(
        "identity_one",
        "identity",
        ["municipality", "type", "key"],
        unique=True,
        postgresql_where=sa.text("type <> 'RelatedPerson'"),
    )
    op.create_table(
        "issuer_key",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("fetched", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jwks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("issuer"),
    )
    op.create_table(
        "membership",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("coordinator", sa.Boolean(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id", "position"),
    )
    op.create_index("membership_member", "membership", ["municipality", "member"], unique=False)
    op.create_index("membership_person", "membership", ["municipality", "person"], unique=False)
    op.create_table(
        "organisation_part",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_table(
        "outbox",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("transaction", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "number"),
    )
    op.create_table(
        "referral_receipt",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("referral", sa.Text(), nullable=False),
        sa.Column("hears_outcome", sa.Boolean(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "sender", "message_id"),
    )
    op.create_index("receipt_referral", "referral_receipt", ["municipality", "referral"], unique=True)
    op.create_table(
        "relation",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("guardian", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_table(
        "resource",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("transaction", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id"),
    )
    op.create_table(
        "resource_version",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("transaction", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id", "version"),
    )
    op.create_table(
        "sole_active",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "type", "id"),
        sa.UniqueConstraint(
            "municipality", "slot", "person", deferrable=True, initially="DEFERRED", name="sole_active_person"
        ),
    )


def downgrade() -> None:
    op.drop_table("sole_active")
    op.drop_table("resource_version")
    op.drop_table("resource")
    op.drop_table("relation")
    op.drop_index("receipt_referral", table_name="referral_receipt")
    op.drop_table("referral_receipt")
    op.drop_table("outbox")
    op.drop_table("organisation_part")
    op.drop_index("membership_person", table_name="membership")
    op.drop_index("membership_member", table_name="membership")
    op.drop_table("membership")
    op.drop_table("issuer_key")
    op.drop_index("identity_one", table_name="identity", postgresql_where=sa.text("type <> 'RelatedPerson'"))
    op.drop_index("identity_key", table_name="identity")
    op.drop_table("identity")
    op.drop_index("find_string_value", table_name="find_string", postgresql_ops={"value": "text_pattern_ops"})
    op.drop_table("find_string")
    op.drop_index("find_date_low", table_name="find_date")
    op.drop_index("find_date_high", table_name="find_date")
    op.drop_table("find_date")
    op.drop_index("find_updated", table_name="find")
    op.drop_index("find_person", table_name="find")
    op.drop_index("find_keys", table_name="find", postgresql_using="gin")
    op.drop_table("find")
    op.drop_index("feedback_link_referral", table_name="feedback_link")
    op.drop_table("feedback_link")
    op.drop_index("employment_practitioner", table_name="employment")
    op.drop_table("employment")
    op.drop_index("denial_actor", table_name="denial")
    op.drop_table("denial")
    op.drop_index("assignment_owner", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("access_log_person", table_name="access_log")
    op.drop_table("access_log")
