"""A Bundle of interactions carried out: https://hl7.org/fhir/R4/http.html#transaction"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from oppfolging_api.fhir.body import Wanted
from oppfolging_api.fhir.bundles.answers import Answered, refused, response_of
from oppfolging_api.fhir.bundles.entries import Asked, kind_and_entries, placed
from oppfolging_api.fhir.bundles.transaction import carried_out
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Refusal


async def bundle(context: Context, body: bytes, prefer: Wanted) -> Response:
    """Raises Invalid for what is neither a batch nor a transaction, and a transaction's own Refusal."""
    kind, entries = kind_and_entries(body, context.base)
    context.trace.interaction = kind
    if kind == "batch":
        return response_of(kind, [await _alone(context, entry, prefer) for entry in entries])
    return response_of(kind, await carried_out(context, _understood(entries), prefer))


def _understood(entries: Sequence[Asked | Refusal]) -> list[Asked]:
    """Raises the first entry's Refusal that has one."""
    for entry in entries:
        if isinstance(entry, Refusal):
            raise entry
    return [entry for entry in entries if isinstance(entry, Asked)]


async def _alone(context: Context, entry: Asked | Refusal, prefer: Wanted) -> Answered:
    """An entry of a batch is a transaction of its own, with log rows of its own; what is refused is told in its
    answer."""
    if isinstance(entry, Refusal):
        return refused(entry, context.server.canonical)
    trace = context.trace.part(entry.method)
    try:
        (answered,) = await carried_out(replace(context, trace=trace), [entry], prefer)
    except Refusal as refusal:
        answered = refused(placed(refusal, entry), context.server.canonical)
    trace.status = answered.status
    return answered
