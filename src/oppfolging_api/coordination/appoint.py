"""Appointing a coordinator and handing over to another (DOMAIN section 3.5, CONTRACT section 7).

Where the candidate has said yes already the period opens; else a Task asks, and accepting it opens the period.
"""

from dataclasses import dataclass

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.rules import with_coordinator
from oppfolging_api.coordination.tasks import is_kind, task, value, values
from oppfolging_api.coordination.team import CoordinatorKind, members
from oppfolging_api.coordination.unit import coordinating_unit, hears_outcome
from oppfolging_api.fhir.operations import Inputs, Request, required
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.clock import OSLO, instant
from oppfolging_api.kernel.errors import Conflict, Issue, Unprocessable
from oppfolging_api.kernel.period import covers, span
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.vocabulary import Result, TaskKind

RULES = {
    "team-not-active": "Teamet er ikke aktivt.",
    "coordinator-present": "Teamet har allerede en koordinator: bruk overlevering.",
    "coordinator-absent": "Teamet har ingen koordinator å overta etter.",
    "coordinator-employed": "Koordinatoren må ha en gyldig rolle i kommunen nå.",
    "child-coordinator-age": "Barnekoordinator er for barn under 18 år.",
}
_APPOINT = frozenset({"coordinator", "kind", "wish", "wishMet", "reason", "agreed"})
_HAND_OVER = _APPOINT | {"expectations"}
_ADULT = 18


@dataclass(frozen=True, slots=True)
class Appointment:
    coordinator: str
    kind: CoordinatorKind
    reason: str
    agreed: bool
    wish: str | None
    wish_met: bool | None
    expectations: str | None


def read_appointment(parameters: Body, known: frozenset[str]) -> Appointment:
    """Raises Invalid for parameters that are missing or of another type."""
    inputs = Inputs(parameters, known)
    kind = inputs.text("kind", codes=tuple(CoordinatorKind)) or CoordinatorKind.COORDINATOR
    return Appointment(
        required(inputs, "coordinator", inputs.reference("coordinator", "PractitionerRole")),
        CoordinatorKind(kind),
        required(inputs, "reason", inputs.text("reason")),
        bool(inputs.boolean("agreed")),
        inputs.text("wish"),
        inputs.boolean("wishMet"),
        inputs.text("expectations"),
    )


async def appoint_coordinator(request: Request) -> Body:
    """Raises Conflict where the team is not active or has a coordinator, Unprocessable for one who cannot be it."""
    return await _ask(request, read_appointment(request.parameters, _APPOINT), TaskKind.APPOINT_COORDINATOR)


async def hand_over(request: Request) -> Body:
    """The former coordinator's period closes as the new one opens. Raises as appointing does."""
    return await _ask(request, read_appointment(request.parameters, _HAND_OVER), TaskKind.HAND_OVER)


async def _ask(request: Request, wanted: Appointment, kind: TaskKind) -> Body:
    writer, team, canonical = request.writer, request.current.body, request.context.server.canonical
    check_state(team, kind, writer)
    await _check_candidate(request, wanted)
    asked = await writer.create(
        task(
            kind,
            "accepted" if wanted.agreed else "requested",
            instant(writer.at),
            canonical,
            for_=team["subject"],
            focus={"reference": f"CareTeam/{team['id']}"},
            owner={"reference": wanted.coordinator},
            requester=await coordinating_unit(writer.session, canonical),
            reasonCode={"text": wanted.reason},
            input=values(
                canonical,
                [
                    (Result.KIND, "valueCode", wanted.kind.value),
                    (Result.WISH, "valueString", wanted.wish),
                    (Result.WISH_MET, "valueBoolean", wanted.wish_met),
                    (Result.EXPECTATIONS, "valueString", wanted.expectations),
                ],
            ),
        ),
        as_service=True,
    )
    made = [asked]
    if wanted.agreed:
        made.append(await open_period(asked, writer))
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": resource["resourceType"], "resource": resource} for resource in made],
    }


async def on_acceptance(change: Change, writer: Writer) -> None:
    """The candidate's yes opens the period."""
    after, before = change.after, change.before
    asked = after is not None and any(is_kind(after, kind, writer.canonical) for kind in _ASKED)
    if after and before and asked and after["status"] == "accepted" and before["status"] != "accepted":
        await open_period(after, writer)


_ASKED = (TaskKind.APPOINT_COORDINATOR, TaskKind.HAND_OVER)


async def open_period(asked: Body, writer: Writer) -> Body:
    """The team with its new coordinator, whose first task is consent; the GP who referred hears of it."""
    canonical = writer.canonical
    kind = next(kind for kind in _ASKED if is_kind(asked, kind, canonical))
    role = CoordinatorKind(value(asked, "input", Result.KIND, canonical))

    def opened(team: Body) -> Body:
        check_state(team, kind, writer)
        return with_coordinator(team, asked["owner"]["reference"], role, writer.at, canonical)

    team = await writer.change("CareTeam", asked["focus"]["reference"].removeprefix("CareTeam/"), opened)
    await writer.create(
        task(
            TaskKind.OBTAIN_CONSENT,
            "requested",
            instant(writer.at),
            canonical,
            for_=asked["for"],
            focus=asked["focus"],
            owner=asked["owner"],
            description="Innhent samtykke til plan og til deling av opplysninger",
        ),
        as_service=True,
    )
    await _tell(asked, writer)
    return team


async def _tell(asked: Body, writer: Writer) -> None:
    """A milestone, to those who hear the outcome of their referral of this person."""
    municipality, canonical = writer.context.caller.municipality, writer.canonical
    person = asked["for"]["reference"].removeprefix("Patient/")
    unit = await coordinating_unit(writer.session, canonical)
    for referral in await writer.about(person, "ServiceRequest"):
        if await hears_outcome(writer.session, municipality, referral["id"]):
            told = feedback.communication(referral, feedback.COORDINATOR_APPOINTED, instant(writer.at), unit, canonical)
            await writer.create(told, as_service=True)


def check_state(team: Body, kind: TaskKind, writer: Writer) -> None:
    """Raises Conflict where the team is not in a state to get, or to change, its coordinator."""
    present = any(
        member.coordinator
        and (member.starts is None or member.starts <= writer.at)
        and (member.ends is None or writer.at < member.ends)
        for member in members(team, writer.canonical)
    )
    if team["status"] != "active":
        raise _wrong_state("team-not-active", "CareTeam.status")
    if present is (kind is TaskKind.APPOINT_COORDINATOR):
        raise _wrong_state("coordinator-present" if present else "coordinator-absent", "CareTeam.participant")


def _wrong_state(rule: str, expression: str) -> Conflict:
    return Conflict((Issue("conflict", "the team is in another state", expression, rule, RULES[rule]),))


async def _check_candidate(request: Request, wanted: Appointment) -> None:
    writer = request.writer
    role = await writer.resource("PractitionerRole", wanted.coordinator.removeprefix("PractitionerRole/"))
    if role is None or role.get("active") is False or not covers(role.get("period"), writer.at):
        raise _unfit("coordinator-employed", "the PractitionerRole is not there, not active, or out of its period")
    person = request.current.stored.person
    patient = await writer.resource("Patient", person) if person else None
    if wanted.kind is CoordinatorKind.CHILD_COORDINATOR and patient and _of_age(patient, writer):
        raise _unfit("child-coordinator-age", "the person is an adult")


def _of_age(patient: Body, writer: Writer) -> bool:
    """A birth date not known to the day counts from its first."""
    if "birthDate" not in patient:
        return False
    born, today = span(patient["birthDate"])[0].astimezone(OSLO).date(), writer.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= _ADULT


def _unfit(rule: str, diagnostics: str) -> Unprocessable:
    return Unprocessable((Issue("business-rule", diagnostics, "Parameters.parameter", rule, RULES[rule]),))
