"""The resources that the criteria of a conditional interaction select: https://hl7.org/fhir/R4/http.html#cond-update"""

from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.query import Pairs, parse
from oppfolging_api.fhir.search.rows import Rows
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import ResourceType


async def matching(writer: Writer, kind: ResourceType, pairs: Pairs, limit: int) -> list[str]:
    """The ids of at most `limit` of those the caller may know of, as the open transaction sees them.

    Raises Invalid where there are no criteria, or anything beside them: what is passed over would select more.
    """
    query = parse([kind], pairs, writer.context.server.registry.types, strict=True)
    if not pairs or len(query.criteria) != len(pairs):
        raise Invalid.of("a conditional interaction takes search criteria, each with a value, and nothing else")
    frame = Frame(kind, "f", Arguments(), writer.context)
    found = Rows.of(query.criteria, frame).every
    statement = f"SELECT f.id FROM {found} ORDER BY f.id LIMIT {limit:d}"
    return [row["id"] for row in await writer.rows(statement, frame.arguments.values)]
