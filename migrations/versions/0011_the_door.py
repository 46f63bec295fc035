"""The one door: what a PLO message was answered with, how far a referral has come, when feedback was delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.alter_column("referral_receipt", "referral", nullable=True)
    op.add_column("referral_receipt", sa.Column("answer", sa.LargeBinary(), nullable=True))
    op.add_column("referral_receipt", sa.Column("envelope", sa.Text(), nullable=True))
    op.add_column("feedback_link", sa.Column("sent", MOMENT, nullable=True))
    op.add_column("feedback_link", sa.Column("received", MOMENT, nullable=True))
    op.create_table(
        "referral_course",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("referral", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("received", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=True),
        sa.Column("decided", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("municipality", "id"),
    )
    op.create_index("referral_course_referral", "referral_course", ["municipality", "referral"], unique=False)
    op.create_index("referral_course_received", "referral_course", ["municipality", "received"], unique=False)
    op.execute("ALTER TABLE referral_course ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON referral_course TO oppfolging_app "
        f"USING (municipality = {TENANT}) WITH CHECK (municipality = {TENANT})"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON referral_course TO oppfolging_app")


def downgrade() -> None:
    op.drop_index("referral_course_received", table_name="referral_course")
    op.drop_index("referral_course_referral", table_name="referral_course")
    op.drop_table("referral_course")
    op.drop_column("feedback_link", "received")
    op.drop_column("feedback_link", "sent")
    op.drop_column("referral_receipt", "envelope")
    op.drop_column("referral_receipt", "answer")
    op.execute("DELETE FROM referral_receipt WHERE referral IS NULL")
    op.alter_column("referral_receipt", "referral", nullable=False)
