"""Plans: what is asked of everybody's plans at once."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=True)


def moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def texts(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.ARRAY(sa.Text()), nullable=False)


def upgrade() -> None:
    make(
        "care_plan",
        text("kind"),
        flag("external"),
        text("status"),
        text("state", nullable=True),
        day("ask_again"),
        moment("starts"),
        moment("ends"),
        day("review"),
        text("author", nullable=True),
        texts("parts"),
        texts("told"),
        texts("lacks"),
        texts("waived"),
    )
    make("goal_course", flag("open"), day("due"), day("review"))
    make(
        "activity",
        text("owner", nullable=True),
        flag("open"),
        flag("void"),
        moment("due"),
        flag("extent"),
        flag("told"),
    )
    op.create_index("activity_due", "activity", ["municipality", "due"], unique=False, postgresql_where=sa.text("open"))
    make("consent_term", flag("active"), moment("starts"), moment("ends"), key=[text("kind")])


def make(table: str, *columns: sa.Column[Any], key: list[sa.Column[Any]] | None = None) -> None:
    """Rows about people, of one municipality each."""
    keys = [text("municipality"), text("id"), *(key or [])]
    named = sa.PrimaryKeyConstraint(*(column.name for column in keys))
    op.create_table(table, *keys, text("person"), *columns, named)
    op.create_index(f"{table}_person", table, ["municipality", "person"], unique=False)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table} TO oppfolging_app "
        f"USING (municipality = {TENANT}) WITH CHECK (municipality = {TENANT})"
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {table} TO oppfolging_app")


def downgrade() -> None:
    for table in ("consent_term", "activity", "goal_course", "care_plan"):
        op.drop_table(table)
