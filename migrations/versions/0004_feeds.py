"""The order of the change feed, and where in it a moment lies."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "resource_version_feed",
        "resource_version",
        ["municipality", "type", "transaction", "id", "version"],
        unique=False,
    )
    op.create_index(
        "resource_version_updated",
        "resource_version",
        ["municipality", "updated", "transaction"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("resource_version_updated", table_name="resource_version")
    op.drop_index("resource_version_feed", table_name="resource_version")
