"""Quantities in the search index, and who may touch them: as for dates."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"
COLUMNS = "municipality, type, id, position, parameter, low, high, system, code, unit"


def upgrade() -> None:
    op.create_table(
        "find_quantity",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("low", sa.Numeric(), nullable=False),
        sa.Column("high", sa.Numeric(), nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("municipality", "type", "id", "position"),
    )
    op.create_index(
        "find_quantity_low",
        "find_quantity",
        ["municipality", "type", "parameter", "low", "high", "id"],
        unique=False,
    )
    op.execute(
        f"CREATE VIEW tenant_find_quantity AS SELECT {COLUMNS} FROM find_quantity "
        f"WHERE municipality = {TENANT} WITH LOCAL CHECK OPTION"
    )
    op.execute(f"CREATE VIEW packaged_find_quantity AS SELECT {COLUMNS} FROM find_quantity WHERE municipality = '*'")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_find_quantity TO oppfolging_app")
    op.execute("GRANT SELECT ON packaged_find_quantity TO oppfolging_app")


def downgrade() -> None:
    op.execute("DROP VIEW tenant_find_quantity, packaged_find_quantity")
    op.drop_index("find_quantity_low", table_name="find_quantity")
    op.drop_table("find_quantity")
