"""SQL every reading interaction is put together from."""

from oppfolging_api.kernel.resource_type import ResourceType

RESOURCE = "JOIN resource r ON r.municipality = {f}.municipality AND r.type = {f}.type AND r.id = {f}.id"


def rows_of(kind: ResourceType, table: str = "find") -> str:
    """Index rows of the caller's municipality; with those the service publishes to all, where the type has them."""
    if not kind.packaged:
        return f"tenant_{table}"
    return f"(SELECT * FROM tenant_{table} UNION ALL SELECT * FROM packaged_{table})"
