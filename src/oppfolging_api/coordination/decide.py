"""`ServiceRequest/[id]/$decide`: the coordinating unit answers a reported need (DOMAIN 3.4, CONTRACT section 7)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.tasks import OPEN, is_kind, values
from oppfolging_api.coordination.unit import at_work, coordinating_unit, hears_outcome, referral_tasks
from oppfolging_api.fhir.operations import Inputs, Request, required
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept, has_code
from oppfolging_api.kernel.errors import Conflict, Issue, Unprocessable
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.vocabulary import TEAM_CATEGORY, Extension, Layer, Outcome, Result, TaskKind, TeamCategory

RULES = {
    "referral-none": "Dette er ikke en melding om behov.",
    "referral-decided": "Meldingen er allerede avgjort.",
    "decision-contact": "Alle utfall unntatt fullt team har en kontakt, som arbeider i kommunen nå.",
    "decision-review": "Alle utfall unntatt fullt team har en dato for ny vurdering, og den er ikke passert.",
    "decision-explained": "Når personen takker nei, skrives det ned hva som ble forklart.",
    "decision-step": "Trinnet er 1, 2, 3 eller 4.",
    "decision-full-team": "Personen har et fullt team: det trappes ned i teamet selv, ikke ved en ny melding.",
}
_PARAMETERS = frozenset({"outcome", "reason", "step", "contact", "review", "explained"})
_TEAMS = {Outcome.TEAM: TeamCategory.FULL, Outcome.COORDINATOR_ONLY: TeamCategory.COORDINATOR_ONLY}
_WITHDRAWN = ("revoked", "entered-in-error")
_EXTENTS = (TeamCategory.FULL, TeamCategory.COORDINATOR_ONLY, TeamCategory.LIGHT)


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    reason: str
    step: int | None = None
    contact: str | None = None
    review: date | None = None
    explained: str | None = None


class Problem(NamedTuple):
    """A code of RULES, the parameter it is about, and what is expected."""

    rule: str
    parameter: str
    expected: str


def problems(decision: Decision, today: date, *, contact_works: bool = True) -> list[Problem]:
    """Every outcome but the full team leaves a contact and a review date; a refusal also what was explained."""
    broken = []
    leaves = decision.outcome is not Outcome.TEAM
    if (leaves and decision.contact is None) or not contact_works:
        broken.append(Problem("decision-contact", "contact", "an employee or a service, here and active"))
    if decision.review <= today if decision.review else leaves:
        broken.append(Problem("decision-review", "review", "a day to come"))
    if decision.outcome is Outcome.DECLINED and not decision.explained:
        broken.append(Problem("decision-explained", "explained", "explained is required"))
    if decision.step is not None and decision.step not in range(1, 5):
        broken.append(Problem("decision-step", "step", "step is 1 to 4"))
    return broken


def read_decision(inputs: Inputs) -> Decision:
    """Raises Invalid for parameters that are missing or of another type."""
    outcome = required(inputs, "outcome", inputs.text("outcome", codes=tuple(Outcome)))
    return Decision(
        Outcome(outcome),
        required(inputs, "reason", inputs.text("reason")),
        inputs.integer("step"),
        inputs.reference("contact", "PractitionerRole", "Practitioner", "Organization"),
        inputs.date("review"),
        inputs.text("explained"),
    )


async def decide(request: Request) -> Body:
    """Raises Conflict where the referral is decided already, Unprocessable for a decision that breaks a rule."""
    writer, canonical, referral = request.writer, request.context.server.canonical, request.current.body
    decision = await _decision(request)
    waiting = await _waiting_task(request, referral)
    unit = await coordinating_unit(writer)
    team = await _team(decision, referral, unit, writer) if decision.outcome in _TEAMS else None
    # Completed whatever the outcome: a sender who may not hear the outcome may still read the request.
    answered = await writer.update(request.current, referral | {"status": "completed"}, as_service=True)
    done = await writer.change(
        "Task", waiting["id"], lambda held: held | _result(decision, team, instant(writer.at), canonical)
    )
    hears = await hears_outcome(writer, referral["id"])
    text = feedback.decided(decision.outcome, decision.reason, hears_outcome=hears)
    told = await writer.create(
        feedback.communication(referral, text, instant(writer.at), unit, canonical), as_service=True
    )
    made = [answered, done, *([team] if team else []), told]
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": resource["resourceType"], "resource": resource} for resource in made],
    }


async def on_withdrawal(change: Change, writer: Writer) -> None:
    """A referral the unit takes back waits for no decision any more, and its sender hears that it is withdrawn."""
    if change.before is None or change.after is None or change.after.get("status") not in _WITHDRAWN:
        return
    at = instant(writer.at)
    cancelled = {"status": "cancelled", "lastModified": at, "executionPeriod": {"end": at}}
    for held in await referral_tasks(writer, change.person, change.id, writer.canonical):
        if held.get("status") in OPEN:
            await writer.change("Task", held["id"], lambda task: task | cancelled)


async def on_rejection(change: Change, writer: Writer) -> None:
    """A referral the unit does not take on is answered, and its sender hears why, as far as they hear outcomes. Without
    a reason a rule refuses it."""
    before, after, canonical = change.before, change.after, writer.canonical
    if before is None or after is None or not is_kind(after, TaskKind.REFERRAL, canonical):
        return
    reason = after.get("statusReason", {}).get("text")
    if reason is None or after.get("status") != "rejected" or before.get("status") == "rejected":
        return
    referral = await writer.resource("ServiceRequest", pointed_at(after.get("focus"), "ServiceRequest") or "")
    if referral is None:
        return
    at = instant(writer.at)
    await writer.change("Task", change.id, lambda held: held | {"executionPeriod": {"end": at}, "lastModified": at})
    await writer.change("ServiceRequest", referral["id"], lambda held: held | {"status": "completed"})
    hears = await hears_outcome(writer, referral["id"])
    text = feedback.rejected(reason, hears_outcome=hears)
    unit = await coordinating_unit(writer)
    await writer.create(feedback.communication(referral, text, at, unit, canonical), as_service=True)


async def _decision(request: Request) -> Decision:
    inputs = Inputs(request.parameters, _PARAMETERS)
    decision = read_decision(inputs)
    works = decision.contact is None or await at_work(request.writer, decision.contact)
    if broken := problems(decision, request.writer.today, contact_works=works):
        raise Unprocessable(
            tuple(
                Issue("business-rule", one.expected, inputs.path(one.parameter), one.rule, RULES[one.rule])
                for one in broken
            )
        )
    return decision


async def _waiting_task(request: Request, referral: Body) -> Body:
    """The open Task that carries the referral."""
    writer = request.writer
    tasks = await referral_tasks(writer, request.current.stored.person, referral["id"], writer.canonical)
    if not tasks:
        raise _wrong_state("referral-none", "ServiceRequest", "no Task carries this as a referral")
    waiting = next((held for held in tasks if held.get("status") in OPEN), None)
    if waiting is None or referral.get("status") not in ("active", "draft", "on-hold"):
        raise _wrong_state("referral-decided", "ServiceRequest.status", "the referral waits for no decision")
    return waiting


def _wrong_state(rule: str, expression: str, diagnostics: str) -> Conflict:
    return Conflict((Issue("conflict", diagnostics, expression, rule, RULES[rule]),))


def _result(decision: Decision, team: Body | None, at: str, canonical: Canonical) -> Body:
    output = values(
        canonical,
        [
            (Result.OUTCOME, "valueCode", decision.outcome.value),
            (Result.REASON, "valueString", decision.reason),
            (Result.STEP, "valueInteger", decision.step),
            (Result.CONTACT, "valueReference", decision.contact and {"reference": decision.contact}),
            (Result.REVIEW, "valueDate", decision.review and decision.review.isoformat()),
            (Result.EXPLAINED, "valueString", decision.explained),
            (Result.TEAM, "valueReference", team and {"reference": f"CareTeam/{team['id']}"}),
        ],
    )
    return {"status": "completed", "lastModified": at, "output": output, "executionPeriod": {"end": at}}


async def _team(decision: Decision, referral: Body, unit: Body | None, writer: Writer) -> Body:
    """The person's active team, become what was decided with its members and coordinator as they are; else a new one.

    A person has one active team: someone with a light team, or a coordinator only, may be referred for more. Raises
    Conflict for less: a full team is stepped down in the team itself, by those who know it.
    """
    wanted, person = _TEAMS[decision.outcome], pointed_at(referral["subject"], "Patient")
    teams = await writer.about(person, "CareTeam") if person else []
    present = next((team for team in teams if team.get("status") == "active"), None)
    if present is None:
        return await writer.create(_new_team(wanted, referral, unit, writer.at_oslo, writer.canonical), as_service=True)
    system = writer.canonical.code_system(TEAM_CATEGORY)
    if has_code(present.get("category", ()), system, wanted):
        return present
    if has_code(present.get("category", ()), system, TeamCategory.FULL):
        raise _wrong_state("decision-full-team", "CareTeam.category", "the person has a full team")

    def become(team: Body) -> Body:
        kept = [held for held in team.get("category", ()) if not any(has_code([held], system, one) for one in _EXTENTS)]
        return team | {"category": [concept(system, wanted), *kept]}

    return await writer.change("CareTeam", present["id"], become)


def _new_team(wanted: TeamCategory, referral: Body, unit: Body | None, at: str, canonical: Canonical) -> Body:
    """The team to be: the person is its first member."""
    categories = canonical.code_system(TEAM_CATEGORY)
    person: dict[str, Any] = {
        "extension": [{"url": canonical.extension(Extension.LAYER), "valueCode": Layer.CORE.value}],
        "member": referral["subject"],
        "period": {"start": at},
    }
    team: Body = {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [concept(categories, wanted), concept(categories, TeamCategory.NEW)],
        "name": "Oppfølgingsteam",
        "subject": referral["subject"],
        "period": {"start": at},
        "participant": [person],
    }
    return team | ({"managingOrganization": [unit]} if unit else {})
