"""What a search needs to cost the same however large the store is: texts in an order that one index both finds and
sorts by, any piece of a text, quantities by their unit, rows that are reached by their keys and by nothing else, and
by the id before the type."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('oppfolging.municipality', true), '')"
QUANTITIES = {
    "find_quantity_high": ("high",),
    "find_measure_low": ("system", "code", "low", "high"),
    "find_measure_high": ("system", "code", "high"),
}
# With the type first, a primary key seems to the planner to serve whatever asks for a type in some order.
BY_ID = {
    "find": "",
    "find_string": ", position",
    "find_date": ", position",
    "find_quantity": ", position",
    "resource_version": ", version",
}
TEXT_COLUMNS = "municipality, type, id, position, parameter, value, exact"
# A condition on an expression is one no index serves. So the planner, which cannot know how few rows a reference that
# it learns of while running has, does not read a municipality's whole index to intersect it with the few.
BY_ONE_INDEX = {
    "find_by_keys": (
        "SELECT municipality, type || '' AS type, id, person, updated, deleted, kinds, keys FROM find WHERE"
    ),
    "find_string_by_pieces": (
        "SELECT municipality, type || '' AS type, id, parameter || '' AS parameter, value,"
        " pieces(parameter, value) AS pieces FROM find_string"
        r" WHERE parameter NOT LIKE '%\:text' AND"
    ),
}

# The pieces of three characters a text has, each with the parameter it is a value of. PostgreSQL itself has no such
# index; pg_trgm is an extension that not every installation brings along.
PIECES = """
CREATE FUNCTION pieces(parameter text, value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT parameter || '=' || substr(value, n, 3) FROM generate_series(1, length(value) - 2) n)
"""


def upgrade() -> None:
    _keyed_by("id, type")
    _text_in("C")
    op.create_index(
        "find_string_value", "find_string", ["municipality", "type", "parameter", "value", "id"], unique=False
    )
    op.execute(PIECES)
    op.execute("REVOKE ALL ON FUNCTION pieces(text, text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION pieces(text, text) TO oppfolging_app")
    op.create_index(
        "find_string_pieces",
        "find_string",
        [sa.text("pieces(parameter, value)")],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text(r"parameter NOT LIKE '%\:text'"),
    )
    for index, columns in QUANTITIES.items():
        op.create_index(index, "find_quantity", ["municipality", "type", "parameter", *columns, "id"], unique=False)
    for owner, municipality in (("tenant", TENANT), ("packaged", "'*'")):
        for view, selected in BY_ONE_INDEX.items():
            op.execute(f"CREATE VIEW {owner}_{view} AS {selected} municipality || '' = {municipality}")
            op.execute(f"GRANT SELECT ON {owner}_{view} TO oppfolging_app")


def downgrade() -> None:
    _keyed_by("type, id")
    for view in BY_ONE_INDEX:
        op.execute(f"DROP VIEW tenant_{view}, packaged_{view}")
    for index in QUANTITIES:
        op.drop_index(index, table_name="find_quantity")
    op.drop_index("find_string_pieces", table_name="find_string")
    op.execute("DROP FUNCTION pieces(text, text)")
    _text_in("default")
    op.create_index(
        "find_string_value",
        "find_string",
        ["municipality", "type", "parameter", "value", "id"],
        unique=False,
        postgresql_ops={"value": "text_pattern_ops"},
    )


def _text_in(collation: str) -> None:
    """Without the index on it; the views stand on the column and are made again."""
    op.drop_index("find_string_value", table_name="find_string")
    op.execute("DROP VIEW tenant_find_string, packaged_find_string")
    op.execute(f'ALTER TABLE find_string ALTER COLUMN value TYPE text COLLATE "{collation}"')
    op.execute(
        f"CREATE VIEW tenant_find_string AS SELECT {TEXT_COLUMNS} FROM find_string "
        f"WHERE municipality = {TENANT} WITH LOCAL CHECK OPTION"
    )
    op.execute(f"CREATE VIEW packaged_find_string AS SELECT {TEXT_COLUMNS} FROM find_string WHERE municipality = '*'")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_find_string TO oppfolging_app")
    op.execute("GRANT SELECT ON packaged_find_string TO oppfolging_app")


def _keyed_by(columns: str) -> None:
    for table, further in BY_ID.items():
        op.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey,"
            f" ADD CONSTRAINT {table}_pkey PRIMARY KEY (municipality, {columns}{further})"
        )
