"""Appointing a coordinator and handing over to another (DOMAIN section 3.5, CONTRACT section 7).

Where the candidate has said yes already the period opens; else a Task asks, and accepting it opens the period.
"""

from dataclasses import dataclass

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.rules import with_coordinator
from oppfolging_api.coordination.tasks import ASKS, is_ask, is_kind, is_open, task, value, values
from oppfolging_api.coordination.team import CoordinatorKind, Member, members
from oppfolging_api.coordination.telling import tell_senders
from oppfolging_api.coordination.unit import at_work, coordinating_unit, presented, told_by
from oppfolging_api.fhir.operations import Inputs, Request, required
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.clock import OSLO, instant
from oppfolging_api.kernel.errors import Conflict, Issue, broken_rule
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.vocabulary import Result, TaskKind
from oppfolging_api.store.index import without_version

RULES = {
    "team-not-active": "Teamet er ikke aktivt.",
    "coordinator-present": "Teamet har allerede en koordinator: bruk overlevering.",
    "coordinator-absent": "Teamet har ingen koordinator å overta etter.",
    "coordinator-employed": "Koordinatoren må ha en gyldig rolle i kommunen nå.",
    "coordinator-same": "Den som skal overta, er koordinator allerede.",
    "child-coordinator-age": "Barnekoordinator er for barn under 18 år.",
}
_FIT = {
    "coordinator-employed": "a PractitionerRole that is here, active and in its period",
    "child-coordinator-age": "coordinator, for an adult",
}
"""What is expected of a candidate, when asked and again when accepting."""
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


def read_appointment(inputs: Inputs) -> Appointment:
    """Raises Invalid for parameters that are missing or of another type."""
    kind = inputs.text("kind", codes=tuple(CoordinatorKind)) or CoordinatorKind.COORDINATOR
    coordinator = required(inputs, "coordinator", inputs.reference("coordinator", "PractitionerRole"))
    return Appointment(
        without_version(coordinator) or coordinator,
        CoordinatorKind(kind),
        required(inputs, "reason", inputs.text("reason")),
        bool(inputs.boolean("agreed")),
        inputs.text("wish"),
        inputs.boolean("wishMet"),
        inputs.text("expectations"),
    )


async def appoint_coordinator(request: Request) -> Body:
    """Raises Conflict where the team is not active or has a coordinator, Unprocessable for one who cannot be it."""
    return await _ask(request, Inputs(request.parameters, _APPOINT), TaskKind.APPOINT_COORDINATOR)


async def hand_over(request: Request) -> Body:
    """The former coordinator's period closes as the new one opens. Raises as appointing does."""
    return await _ask(request, Inputs(request.parameters, _HAND_OVER), TaskKind.HAND_OVER)


async def _ask(request: Request, inputs: Inputs, kind: TaskKind) -> Body:
    writer, team, canonical = request.writer, request.current.body, request.context.server.canonical
    wanted = read_appointment(inputs)
    check_state(team, kind, writer)
    await _check_candidate(request, inputs, wanted)
    asked = await writer.create(
        task(
            kind,
            "accepted" if wanted.agreed else "requested",
            instant(writer.at),
            canonical,
            for_=team["subject"],
            focus={"reference": f"CareTeam/{team['id']}"},
            owner={"reference": wanted.coordinator},
            requester=await coordinating_unit(writer),
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
    if after is None or before is None or not is_ask(after, writer.canonical):
        return
    if after.get("status") == "accepted" and before.get("status") != "accepted":
        await open_period(after, writer)


async def open_period(asked: Body, writer: Writer) -> Body:
    """The team with its new coordinator, whose first task is consent; the GP who referred hears of it."""
    canonical = writer.canonical
    kind = next(kind for kind in ASKS if is_kind(asked, kind, canonical))
    role = CoordinatorKind(value(asked, "input", Result.KIND, canonical))

    def opened(team: Body) -> Body:
        check_state(team, kind, writer)
        return with_coordinator(team, asked["owner"]["reference"], role, writer.at, canonical)

    person, team_id = pointed_at(asked["for"], "Patient") or "", pointed_at(asked["focus"], "CareTeam") or ""
    if rule := await _unfit(writer, person, asked["owner"]["reference"], role):
        raise broken_rule(rule, RULES[rule], "Task.owner", _FIT[rule])
    team = await writer.change("CareTeam", team_id, opened)
    tasks = await writer.about(person, "Task")
    taken_over = await _settle(asked, tasks, writer)
    if kind is TaskKind.APPOINT_COORDINATOR and not taken_over:
        await writer.create(_consent_task(asked, writer), as_service=True)
    await _tell(
        asked, feedback.APPOINTED if kind is TaskKind.APPOINT_COORDINATOR else feedback.HANDED_OVER, tasks, writer
    )
    return team


async def _settle(asked: Body, tasks: list[Body], writer: Writer) -> bool:
    """Others who were asked need not answer, and see no more of the person.

    True where consent was still to be obtained: that is now the new coordinator's to do.
    """
    now, taken_over = instant(writer.at), False
    unasked = {"status": "cancelled", "statusReason": {"text": "En annen er blitt koordinator"}, "lastModified": now}
    inherited = {"owner": asked["owner"], "lastModified": now}
    for held in tasks:
        if held["id"] == asked["id"] or held.get("focus") != asked["focus"] or not is_open(held, writer.canonical):
            continue
        if is_ask(held, writer.canonical):
            await writer.change("Task", held["id"], lambda ask: ask | unasked)
        elif is_kind(held, TaskKind.OBTAIN_CONSENT, writer.canonical):
            await writer.change("Task", held["id"], lambda consent: consent | inherited)
            taken_over = True
    return taken_over


def _consent_task(asked: Body, writer: Writer) -> Body:
    return task(
        TaskKind.OBTAIN_CONSENT,
        "requested",
        instant(writer.at),
        writer.canonical,
        for_=asked["for"],
        focus=asked["focus"],
        owner=asked["owner"],
        description="Innhent samtykke til plan og til deling av opplysninger",
    )


async def _tell(asked: Body, milestone: str, tasks: list[Body], writer: Writer) -> None:
    """Who coordinates now, and how they are reached."""
    role = asked["owner"]["reference"]
    said = milestone.format(coordinator=await presented(writer, role))
    kinds = await told_by(writer, role, writer.context.server.declared("Organization"), writer.canonical)
    await tell_senders(writer, tasks, asked["focus"], said, kinds)


def present_coordinator(team: Body, writer: Writer) -> Member | None:
    return next(
        (
            member
            for member in members(team, writer.canonical)
            if member.coordinator
            and (member.starts is None or member.starts <= writer.at)
            and (member.ends is None or writer.at < member.ends)
        ),
        None,
    )


def check_state(team: Body, kind: TaskKind, writer: Writer) -> None:
    """Raises Conflict where the team is not in a state to get, or to change, its coordinator."""
    present = present_coordinator(team, writer) is not None
    if team.get("status") != "active":
        raise _wrong_state("team-not-active", "CareTeam.status")
    if present is (kind is TaskKind.APPOINT_COORDINATOR):
        raise _wrong_state("coordinator-present" if present else "coordinator-absent", "CareTeam.participant")


def _wrong_state(rule: str, expression: str) -> Conflict:
    return Conflict((Issue("conflict", "the team is in another state", expression, rule, RULES[rule]),))


async def _check_candidate(request: Request, inputs: Inputs, wanted: Appointment) -> None:
    writer, person = request.writer, request.current.stored.person or ""
    if rule := await _unfit(writer, person, wanted.coordinator, wanted.kind):
        parameter = "kind" if rule == "child-coordinator-age" else "coordinator"
        raise broken_rule(rule, RULES[rule], inputs.path(parameter), _FIT[rule])
    present = present_coordinator(request.current.body, writer)
    if present and present.reference == wanted.coordinator:
        rule, said = "coordinator-same", "another PractitionerRole than the present coordinator's"
        raise broken_rule(rule, RULES[rule], inputs.path("coordinator"), said)


async def _unfit(writer: Writer, person: str, candidate: str, kind: CoordinatorKind) -> str | None:
    """The rule by which a candidate cannot be coordinator of this kind now, None where nothing is in the way."""
    if not await at_work(writer, candidate):
        return "coordinator-employed"
    if kind is CoordinatorKind.CHILD_COORDINATOR:
        patient = await writer.resource("Patient", person)
        return "child-coordinator-age" if patient and _of_age(patient, writer) else None
    return None


def _of_age(patient: Body, writer: Writer) -> bool:
    """A birth date not known to the day counts from its first."""
    if "birthDate" not in patient:
        return False
    born, today = span(patient["birthDate"])[0].astimezone(OSLO).date(), writer.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= _ADULT
