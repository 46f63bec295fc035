"""The resources that the criteria of a conditional interaction select: https://hl7.org/fhir/R4/http.html#cond-update"""

from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.named import Named
from oppfolging_api.fhir.search.query import Pairs, parse
from oppfolging_api.fhir.search.rows import Rows
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import ResourceType


async def matching(writer: Writer, kind: ResourceType, pairs: Pairs, limit: int) -> list[str]:
    """The ids of at most `limit` of those the caller may know of, as the open transaction sees them. Whom the criteria
    name is noted for the log, as of a search.

    Raises Invalid where there are no criteria, or anything beside them: what is passed over would select more.
    """
    context = writer.context
    query = parse([kind], pairs, context.server.registry.types, strict=True)
    if not pairs or len(query.criteria) != len(pairs):
        raise Invalid.of("a conditional interaction takes search criteria, each with a value, and nothing else")
    frame, named = Frame(kind, "f", Arguments(), context), Named.of(query.criteria, [kind], context.base)
    named.note(context.trace)
    found = Rows.of(query.criteria, frame).every
    statement = f"SELECT true AS met, id FROM (SELECT f.id FROM {found} ORDER BY f.id LIMIT {limit:d}) f"
    if known := named.known(frame.arguments, context.server.person_keys):
        statement += f" UNION ALL SELECT false, id FROM ({known}) k"
    rows = await writer.rows(f"{statement} ORDER BY id", frame.arguments.values)
    named.note(context.trace, [row["id"] for row in rows if not row["met"]])
    return [row["id"] for row in rows if row["met"]]
