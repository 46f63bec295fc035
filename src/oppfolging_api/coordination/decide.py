"""`ServiceRequest/[id]/$decide`: the coordinating unit answers a reported need (DOMAIN 3.4, CONTRACT section 7)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.tasks import OPEN, is_kind, value, values
from oppfolging_api.coordination.unit import coordinating_unit, hears_outcome
from oppfolging_api.fhir.operations import Inputs, Request, required
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.errors import Conflict, Issue, Unprocessable
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.vocabulary import TEAM_CATEGORY, Extension, Layer, Outcome, Result, TaskKind, TeamCategory

RULES = {
    "referral-decided": "Meldingen er allerede avgjort.",
    "decision-contact": "Alle utfall unntatt fullt team har en kontakt.",
    "decision-review": "Alle utfall unntatt fullt team har en dato for ny vurdering.",
    "decision-explained": "Når personen takker nei, skrives det ned hva som ble forklart.",
    "decision-step": "Trinnet er 1, 2, 3 eller 4.",
}
_PARAMETERS = frozenset({"outcome", "reason", "step", "contact", "review", "explained"})
_TEAMS = {Outcome.TEAM: TeamCategory.FULL, Outcome.COORDINATOR_ONLY: TeamCategory.COORDINATOR_ONLY}


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: Outcome
    reason: str
    step: int | None = None
    contact: str | None = None
    review: date | None = None
    explained: str | None = None


def problems(decision: Decision, today: date) -> list[Issue]:
    """Every outcome but the full team leaves a contact and a review date; a refusal also what was explained."""
    broken: list[tuple[str, str]] = []
    if decision.outcome is not Outcome.TEAM:
        broken += [("decision-contact", "contact is required")] if decision.contact is None else []
        if decision.review is None or decision.review <= today:
            broken.append(("decision-review", "review is required, a day to come"))
    if decision.outcome is Outcome.DECLINED and not decision.explained:
        broken.append(("decision-explained", "explained is required"))
    if decision.step is not None and decision.step not in range(1, 5):
        broken.append(("decision-step", "step is 1 to 4"))
    return [Issue("business-rule", said, "Parameters.parameter", rule, RULES[rule]) for rule, said in broken]


def read_decision(parameters: Body) -> Decision:
    """Raises Invalid for parameters that are missing or of another type."""
    inputs = Inputs(parameters, _PARAMETERS)
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
    writer, canonical = request.writer, request.context.server.canonical
    decision = read_decision(request.parameters)
    if issues := problems(decision, writer.today):
        raise Unprocessable(tuple(issues))
    referral = request.current.body
    waiting = await _waiting_task(request, referral)
    unit = await coordinating_unit(writer.session, canonical)
    team = None
    if decision.outcome in _TEAMS:
        team = await writer.create(_team(decision, referral, unit, writer.at_oslo, canonical), as_service=True)
    status = "revoked" if decision.outcome is Outcome.DECLINED else "completed"
    answered = await writer.update(request.current, referral | {"status": status}, as_service=True)
    done = await writer.change(
        "Task", waiting["id"], lambda held: held | _result(decision, team, instant(writer.at), canonical)
    )
    hears = await hears_outcome(writer.session, request.context.caller.municipality, referral["id"])
    text = feedback.decided(decision.outcome, decision.reason, hears_outcome=bool(hears))
    told = await writer.create(
        feedback.communication(referral, text, instant(writer.at), unit, canonical), as_service=True
    )
    made = [answered, done, *([team] if team else []), told]
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": resource["resourceType"], "resource": resource} for resource in made],
    }


async def _waiting_task(request: Request, referral: Body) -> Body:
    person = request.current.stored.person
    canonical = request.context.server.canonical
    tasks = await request.writer.about(person, "Task") if person else []
    focus = f"ServiceRequest/{referral['id']}"
    for held in tasks:
        if is_kind(held, TaskKind.REFERRAL, canonical) and held.get("focus", {}).get("reference") == focus:
            if held["status"] in OPEN and referral["status"] in ("active", "draft", "on-hold"):
                return held
            break
    issue = Issue(
        "conflict",
        "the referral has no open Task",
        "ServiceRequest.status",
        "referral-decided",
        RULES["referral-decided"],
    )
    raise Conflict((issue,))


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
    return {"status": "completed", "lastModified": at, "output": output}


def _team(decision: Decision, referral: Body, unit: Body | None, at: str, canonical: Canonical) -> Body:
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
        "category": [concept(categories, _TEAMS[decision.outcome]), concept(categories, TeamCategory.NEW)],
        "name": "Oppfølgingsteam",
        "subject": referral["subject"],
        "period": {"start": at},
        "participant": [person],
    }
    return team | ({"managingOrganization": [unit]} if unit else {})


def outcome_of(held: Body, canonical: Canonical) -> str | None:
    """The outcome a referral's Task records, None before it is decided."""
    found: str | None = value(held, "output", Result.OUTCOME, canonical)
    return found
