"""One row a person a request in the access log: all that was touched in one array, and the purpose.

Rows that are there keep their place: each named one thing, and now names it in the array.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As access_log.PURPOSES stood when this was written.
CARRIED_OVER = """
UPDATE access_log SET
  what = CASE WHEN type IS NULL THEN '{}' WHEN id IS NULL THEN ARRAY[type] ELSE ARRAY[type || '/' || id] END,
  purpose = CASE
    WHEN roles && '{coordinator,team}' THEN 'TREAT'
    WHEN roles && '{coordinating-unit,leader,referrer}' THEN 'COC'
    WHEN roles && '{system}' THEN 'RECORDMGT'
    WHEN roles && '{person}' THEN 'PATRQT' END
"""
COPIED = "municipality, at, request, issuer, subject, hpr, organisation, roles, interaction, status, person"
# The second thing of a row and those after it get rows of their own, the first stays where it is.
FURTHER = f"""
INSERT INTO access_log ({COPIED}, type, id)
SELECT {COPIED}, split_part(one, '/', 1), nullif(split_part(one, '/', 2), '')
FROM access_log, unnest(what[2:]) one
"""
FIRST = """
UPDATE access_log SET type = nullif(split_part(what[1], '/', 1), ''), id = nullif(split_part(what[1], '/', 2), '')
WHERE what <> '{}'
"""


def upgrade() -> None:
    op.add_column("access_log", sa.Column("purpose", sa.Text(), nullable=True))
    op.add_column("access_log", sa.Column("what", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.execute(CARRIED_OVER)
    op.drop_column("access_log", "type")
    op.drop_column("access_log", "id")
    _index("municipality", "person", "at", "number")


def downgrade() -> None:
    op.add_column("access_log", sa.Column("type", sa.Text(), nullable=True))
    op.add_column("access_log", sa.Column("id", sa.Text(), nullable=True))
    op.execute(FURTHER)
    op.execute(FIRST)
    op.drop_column("access_log", "what")
    op.drop_column("access_log", "purpose")
    _index("municipality", "person", "at")


def _index(*columns: str) -> None:
    op.drop_index("access_log_person", table_name="access_log")
    op.create_index("access_log_person", "access_log", list(columns), unique=False)
