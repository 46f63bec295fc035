"""SQL every reading interaction is put together from."""

from oppfolging_api.kernel.resource_type import ResourceType

RESOURCE = "JOIN resource r ON r.municipality = {f}.municipality AND r.type = {f}.type AND r.id = {f}.id"


def rows_of(kind: ResourceType, table: str = "find") -> str:
    """Index rows of the caller's municipality; with those the service publishes to all, where the type has them."""
    if not kind.packaged:
        return f"tenant_{table}"
    return f"(SELECT * FROM tenant_{table} UNION ALL SELECT * FROM packaged_{table})"


def by_id(kind: ResourceType, table: str, row: str, id: str) -> str:
    """`rows WHERE ...` of the one of an id, or of the few it has in another table of the index. Only the primary key
    serves it: an index that begins with the type would seem as good where nothing is known of the table (statistics).
    """
    return f"{rows_of(kind, table)} {row} WHERE {row}.id = {id} AND {row}.type || '' = '{kind.name}'"
