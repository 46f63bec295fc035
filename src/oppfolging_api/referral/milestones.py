"""What a sender hears later: that the plan is in use, that the team has ended (DOMAIN section 1), and that a referral
is withdrawn. Each once: a plan that has rested, or a team that ends again, is no news."""

from typing import Final

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.telling import tell_senders
from oppfolging_api.coordination.unit import coordinating_unit, referral_tasks
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.plan.rules import is_active_individual_plan
from oppfolging_api.referral.standing import texts_of

WITHDRAWN: Final = "Meldingen er trukket tilbake."
_GIVEN: Final = (
    "SELECT link.referral, r.body FROM referral_course course JOIN feedback_link link"
    " ON link.municipality = course.municipality AND link.referral = course.referral"
    " JOIN resource r ON r.municipality = link.municipality AND r.type = 'Communication' AND r.id = link.id"
    " WHERE course.person = :person AND NOT r.deleted"
)
_ENDED: Final = "inactive"
_TAKEN_BACK: Final = ("revoked", "entered-in-error")


async def on_plan(change: Change, writer: Writer) -> None:
    """An individual plan that becomes active."""
    canonical = writer.canonical
    if change.after is None or change.person is None or not is_active_individual_plan(change.after, canonical):
        return
    if change.before is not None and is_active_individual_plan(change.before, canonical):
        return
    for team in await writer.about(change.person, "CareTeam"):
        if team.get("status") == "active":
            await _tell(writer, change.person, team, feedback.PLAN_ACTIVE)


async def on_team(change: Change, writer: Writer) -> None:
    """A team that ends."""
    before, after = change.before, change.after
    if before is None or after is None or change.person is None:
        return
    if after.get("status") == _ENDED and before.get("status") != _ENDED:
        await _tell(writer, change.person, after, feedback.ENDED)


async def on_withdrawal(change: Change, writer: Writer) -> None:
    """A referral that is taken back before it is decided; who sent it hears so, also where messages are all they get.

    One that is rejected is revoked too, and told of as that.
    """
    before, after, canonical = change.before, change.after, writer.canonical
    if before is None or after is None or after.get("status") not in _TAKEN_BACK:
        return
    tasks = await referral_tasks(writer, change.person, change.id, canonical)
    if before.get("status") not in _TAKEN_BACK and any(held.get("status") == "cancelled" for held in tasks):
        unit = await coordinating_unit(writer)
        told = feedback.communication(after, WITHDRAWN, instant(writer.at), unit, canonical)
        await writer.create(told, as_service=True)


async def _tell(writer: Writer, person: str, team: Body, said: str) -> None:
    """On the referrals on which it has not been told."""
    heard = await _told_of(writer, person, said)
    tasks = [
        held
        for held in await writer.about(person, "Task")
        if pointed_at(held.get("focus"), "ServiceRequest") not in heard
    ]
    await tell_senders(writer, tasks, {"reference": f"CareTeam/{team['id']}"}, said)


async def _told_of(writer: Writer, person: str, said: str) -> set[str | None]:
    given = await writer.ask(_GIVEN, {"person": person})
    return {row["referral"] for row in given if said in texts_of(exact_json.parse(row["body"]))}
