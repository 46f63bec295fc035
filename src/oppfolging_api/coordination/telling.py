"""Milestones, told to whoever reported the need and may hear what comes of it (CONTRACT section 6)."""

from collections.abc import Iterable
from typing import Any

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.tasks import Task, value
from oppfolging_api.coordination.unit import coordinating_unit, hears_outcome
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.vocabulary import Result


async def tell_senders(
    writer: Writer, tasks: Iterable[Task], team: dict[str, Any], said: str, kinds: Iterable[str] = ()
) -> None:
    """To those whose referral, carried by one of the Tasks, led to a team (a Reference); `kinds` are what the milestone
    tells of beside health."""
    canonical = writer.canonical
    led = [held for held in tasks if value(held, "output", Result.TEAM, canonical) == team]
    unit = await coordinating_unit(writer) if led else None
    for held in led:
        referral = await writer.resource("ServiceRequest", pointed_at(held.get("focus"), "ServiceRequest") or "")
        if referral and await hears_outcome(writer, referral["id"]):
            told = feedback.communication(referral, said, instant(writer.at), unit, canonical, kinds)
            await writer.create(told, as_service=True)
