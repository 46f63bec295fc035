"""The software that acted, and its supplier, in the access log."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_log", sa.Column("client", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("access_log", "client")
