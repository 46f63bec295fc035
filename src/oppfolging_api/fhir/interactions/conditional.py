"""Criteria in the place of an id: https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #cdelete"""

import hashlib
import json
from collections.abc import Sequence

from oppfolging_api.fhir.held import Current
from oppfolging_api.fhir.search.matching import matching
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.errors import Conflict, PreconditionFailed
from oppfolging_api.kernel.resource_type import ResourceType

Criteria = Sequence[tuple[str, str]]


async def held(writer: Writer, kind: ResourceType, which: str | Criteria, *, to_delete: bool = False) -> Current | None:
    """What an interaction acts on: by its id, or as `selected`. Raises NotFound for an id that nothing has."""
    if isinstance(which, str):
        return await writer.current(kind, which, to_delete=to_delete)
    return await selected(writer, kind, which, to_delete=to_delete)


async def selected(
    writer: Writer, kind: ResourceType, criteria: Criteria, *, to_delete: bool = False
) -> Current | None:
    """The one resource the criteria select, held; None where there is none.

    Whoever asks the same at once waits: of fifty equal conditional creates one creates, and the others find it.
    Raises PreconditionFailed where there are several, Conflict where it was changed meanwhile so as not to match.
    """
    writer.context.require_scope(kind, "s")
    await writer.hold(_digest(kind, criteria))
    found = await matching(writer, kind, criteria, 2)
    if not found:
        return None
    if len(found) > 1:
        raise PreconditionFailed.of(f"the criteria select several {kind.name} resources", code="multiple-matches")
    current = await writer.current(kind, found[0], to_delete=to_delete)
    if await matching(writer, kind, criteria, 2) != found:
        raise Conflict.of("somebody else wrote this at the same moment; retry", Retry_After="1")
    return current


def _digest(kind: ResourceType, criteria: Criteria) -> str:
    """Held as a person is, and never the id of one. Criteria are numbers of people: they go no further than here."""
    told = json.dumps([kind.name, sorted(criteria)])
    return f"criteria {hashlib.sha256(told.encode()).hexdigest()}"
