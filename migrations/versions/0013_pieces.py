"""What is said of the pieces of texts is not counted: to cut up a sample of them takes seconds of every analysis, and a
search by pieces goes by its index however many have them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER INDEX find_string_pieces ALTER COLUMN 1 SET STATISTICS 0")


def downgrade() -> None:
    op.execute("ALTER INDEX find_string_pieces ALTER COLUMN 1 SET STATISTICS -1")
