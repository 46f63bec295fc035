"""A Bundle of interactions carried out: https://hl7.org/fhir/R4/http.html#transaction"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from oppfolging_api.fhir.body import Wanted
from oppfolging_api.fhir.bundles.answers import Answered, check_size, refused, response_of
from oppfolging_api.fhir.bundles.entries import Asked, kind_and_entries, placed
from oppfolging_api.fhir.bundles.transaction import carried_out
from oppfolging_api.fhir.failure import failed
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Refusal, Unavailable, Unprocessable

LONGEST_S: Final = 30
"""Seconds a Bundle may take."""


async def bundle(context: Context, body: bytes, prefer: Wanted) -> Response:
    """Raises Invalid for what is neither a batch nor a transaction, and a transaction's own Refusal."""
    kind, entries = kind_and_entries(body, context.base)
    context.trace.interaction = kind
    carry_out = _together if kind == "transaction" else _each
    return response_of(kind, await carry_out(context, entries, prefer))


async def _together(context: Context, entries: Sequence[Asked | Refusal], prefer: Wanted) -> Sequence[Answered]:
    """Raises Unprocessable for what takes too long: a transaction holds people, and what others read of changes waits
    for it."""
    try:
        async with asyncio.timeout(LONGEST_S):
            return await carried_out(context, _understood(entries), prefer)
    except TimeoutError as error:
        raise Unprocessable.of("the Bundle takes too long: send less at once", "Bundle", code="too-costly") from error


async def _each(context: Context, entries: Sequence[Asked | Refusal], prefer: Wanted) -> Sequence[Answered]:
    """Where the batch grows too long or too large, what was done is told, and of the rest that it was not."""
    answers: list[Answered] = []
    try:
        async with asyncio.timeout(LONGEST_S):
            for entry in entries:
                check_size(answers)
                answers.append(await _alone(context, entry, prefer))
    except (TimeoutError, Unprocessable) as end:
        refusal = end if isinstance(end, Unprocessable) else _given_up()
        answers += [refused(refusal, context.server.canonical)] * (len(entries) - len(answers))
    return answers


def _given_up() -> Refusal:
    """Of the entry that was under way nobody knows whether it had been committed."""
    return Unavailable.of("the batch took too long, and this was given up or never begun: read before asking again")


def _understood(entries: Sequence[Asked | Refusal]) -> list[Asked]:
    """Raises the first entry's Refusal that has one."""
    for entry in entries:
        if isinstance(entry, Refusal):
            raise entry
    return [entry for entry in entries if isinstance(entry, Asked)]


async def _alone(context: Context, entry: Asked | Refusal, prefer: Wanted) -> Answered:
    """An entry of a batch is a transaction of its own, with log rows of its own, also where it is cut short; what is
    refused is told in its answer, and so is a fault of this service: what other entries did stands."""
    if isinstance(entry, Refusal):
        return refused(entry, context.server.canonical)
    trace = context.trace.part(entry.method)
    trace.status = Unavailable.status
    try:
        (answered,) = await carried_out(replace(context, trace=trace), [entry], prefer, alone=True)
    except Refusal as refusal:
        answered = refused(placed(refusal, entry), context.server.canonical)
    except Exception as error:
        answered = refused(placed(failed(trace, error), entry), context.server.canonical)
    trace.status = answered.status
    return answered
