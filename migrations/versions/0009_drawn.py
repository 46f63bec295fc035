"""By which number the rows drawn from resources were drawn: one row, none before they were drawn the first time."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drawn",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("under_way", sa.Integer(), nullable=True),
        sa.Column("past", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("one"),
        sa.CheckConstraint("one", name="drawn_one"),
    )
    op.execute("GRANT SELECT ON drawn TO oppfolging_app")


def downgrade() -> None:
    op.drop_table("drawn")
