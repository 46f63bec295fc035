"""A Bundle of interactions carried out: https://hl7.org/fhir/R4/http.html#transaction"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from oppfolging_api.fhir.body import Wanted
from oppfolging_api.fhir.bundles.answers import Answered, check_size, refused, response_of
from oppfolging_api.fhir.bundles.entries import Asked, Kind, kind_and_entries, placed
from oppfolging_api.fhir.bundles.transaction import carried_out
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Refusal, Unprocessable

LONGEST_S: Final = 30
"""Seconds a Bundle may take."""


async def bundle(context: Context, body: bytes, prefer: Wanted) -> Response:
    """Raises Invalid for what is neither a batch nor a transaction, a transaction's own Refusal, and Unprocessable for
    a Bundle that takes too long: a transaction holds people, and what others read of changes waits for it."""
    kind, entries = kind_and_entries(body, context.base)
    context.trace.interaction = kind
    try:
        async with asyncio.timeout(LONGEST_S):
            return response_of(kind, await _answers(context, kind, entries, prefer))
    except TimeoutError as error:
        raise Unprocessable.of("the Bundle takes too long: send less at once", "Bundle", code="too-costly") from error


async def _answers(
    context: Context, kind: Kind, entries: Sequence[Asked | Refusal], prefer: Wanted
) -> Sequence[Answered]:
    if kind == "transaction":
        return await carried_out(context, _understood(entries), prefer)
    answers: list[Answered] = []
    for entry in entries:
        check_size(answers)
        answers.append(await _alone(context, entry, prefer))
    return answers


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
