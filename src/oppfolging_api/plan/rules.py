"""What the plans of this service are held to (CONTRACT section 4): consent before an active individual plan
(FOR-2011-12-16-1256 § 19 h), one kind a plan, and what each kind may say."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.kernel.period import bounds, day_span
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, ConsentKind, PlanContent, PlanKind
from oppfolging_api.plan.reading import (
    is_external,
    is_individual,
    kind,
    kinds,
    remarks,
    said_state,
    within_individual,
)

Resource = Mapping[str, Any]

RULES: Final = {
    "plan-consent": "En aktiv individuell plan krever personens samtykke til planen.",
    "plan-one-active": "Personen har allerede en aktiv individuell plan.",
    "plan-one-kind": "En plan er av ett slag; bare en som føres et annet sted, sier i tillegg hva slags den er.",
    "plan-pointer": "En plan som føres et annet sted, har tittel og dato, og innholdet skrives ikke på nytt her.",
    "plan-not-made": "En plan personen har takket nei til eller utsatt, er ikke i bruk.",
    "plan-ask-again": "Det settes en dag fram i tid for når det spørres igjen.",
    "plan-own-parts": "Planen samler bare det som gjelder personen selv.",
    "plan-content": "Et notat svarer på et punkt som kan sies med ord; bare pårørendes bidrag og samarbeid kan være "
    "uten betydning.",
}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""

IN_WORDS: Final = frozenset(
    {
        PlanContent.RESOURCES_NEEDS,
        PlanContent.PERSON_PART,
        PlanContent.SERVICES_PART,
        PlanContent.KIN_PART,
        PlanContent.CARRIED_OUT,
        PlanContent.REVISION,
        PlanContent.COOPERATION,
    }
)
"""The points that a note can answer; the others are answered by what the plan gathers."""
MAY_NOT_APPLY: Final = frozenset({PlanContent.KIN_PART, PlanContent.COOPERATION})
_NOT_MADE: Final = frozenset({"on-hold", "revoked", "entered-in-error"})


def is_active_individual_plan(plan: Resource, canonical: Canonical) -> bool:
    return plan.get("status") == "active" and is_individual(plan, canonical)


def needs_consent(plan: Resource, plans: Sequence[Resource], canonical: Canonical) -> bool:
    """Whether a plan is in use as an individual plan or as part of one, `plans` being all of the person's.

    A crisis plan is for the nights when things are worst, and stands whatever becomes of the plan it is part of.
    """
    if plan.get("status") != "active" or is_external(plan, canonical):
        return False
    own = kind(plan, canonical)
    if own is PlanKind.INDIVIDUAL:
        return True
    return own not in (None, PlanKind.CRISIS) and within_individual(plan, plans, canonical)


def missing_consent(
    plan: Resource, plans: Sequence[Resource], consents: Sequence[Resource], canonical: Canonical, on: date
) -> list[Issue]:
    """The rule a plan breaks that needs consent where none of the person's consents holds on a Norwegian day."""
    if not needs_consent(plan, plans, canonical) or plan_consent_holds(consents, canonical, on):
        return []
    return [
        _broken("plan-consent", "CarePlan.status", f"an active Consent of category {ConsentKind.PLAN} covers the day")
    ]


def plan_consent_holds(consents: Sequence[Resource], canonical: Canonical, on: date) -> bool:
    """Whether any of one person's consents lets there be a plan on a Norwegian day."""
    return any(consents_to(consent, ConsentKind.PLAN, canonical) and in_force(consent, on) for consent in consents)


def consents_to(consent: Resource, to: ConsentKind, canonical: Canonical) -> bool:
    """Whether a consent to something has been given, and not taken back."""
    return stands(consent) and is_about(consent, to, canonical)


def stands(consent: Resource) -> bool:
    """A root provision.type, which R4 forbids, or a policyRule other than OPTIN may say the opposite: no consent."""
    policy = consent.get("policyRule")
    return (
        consent.get("status") == "active"
        and "type" not in consent.get("provision", {})
        and (policy is None or has_code([policy], systems.V3_ACT, "OPTIN"))
    )


def is_about(consent: Resource, to: ConsentKind, canonical: Canonical) -> bool:
    return has_code(consent.get("category", ()), canonical.code_system(CONSENT_KIND), to)


def in_force(consent: Resource, on: date) -> bool:
    """Whether provision.period and the day have an instant in common; without a period, until it is withdrawn."""
    starts, ends = bounds(consent.get("provision", {}).get("period"))
    first, after = day_span(on)
    return (starts is None or starts < after) and (ends is None or first < ends)


def plan_problems(before: Resource | None, after: Resource, today: date, canonical: Canonical) -> list[Issue]:
    """The rules that one of our plans breaks by what it says itself. What stood before is not judged by a day again."""
    if not kinds(after, canonical):
        return []
    return [
        *_one_kind(after, canonical),
        *_pointer(after, canonical),
        *_state(after, canonical),
        *_ask_again(before or {}, after, today, canonical),
        *_notes(after, canonical),
    ]


def _one_kind(plan: Resource, canonical: Canonical) -> Iterator[Issue]:
    if len(kinds(plan, canonical) - {PlanKind.EXTERNAL}) > 1:
        said = f"one kind, or {PlanKind.EXTERNAL} and one more"
        yield _broken("plan-one-kind", "CarePlan.category", said)


def _pointer(plan: Resource, canonical: Canonical) -> Iterator[Issue]:
    if not is_external(plan, canonical):
        return
    if not plan.get("title", "").strip():
        yield _broken("plan-pointer", "CarePlan.title", "title is required: what the plan is called")
    if "start" not in plan.get("period", {}):
        yield _broken("plan-pointer", "CarePlan.period.start", "start is required: what day the plan is from")
    for element in ("goal", "activity"):
        if element in plan:
            yield _broken("plan-pointer", f"CarePlan.{element}", "what the plan says stands where it is kept")


def _state(plan: Resource, canonical: Canonical) -> Iterator[Issue]:
    if said_state(plan, canonical) is not None and plan.get("status") not in _NOT_MADE:
        yield _broken("plan-not-made", "CarePlan.status", f"one of {', '.join(sorted(_NOT_MADE))}")


def _ask_again(before: Resource, after: Resource, today: date, canonical: Canonical) -> Iterator[Issue]:
    said, was = said_state(after, canonical), said_state(before, canonical)
    if said is None or said.path is None or (was is not None and was.ask_again == said.ask_again):
        return
    if len(said.ask_again) != len("2026-01-01") or date.fromisoformat(said.ask_again) <= today:
        yield _broken("plan-ask-again", said.path, "a full date that is still to come")


def _notes(plan: Resource, canonical: Canonical) -> Iterator[Issue]:
    for remark in remarks(plan, canonical):
        allowed = IN_WORDS if remark.relevant else MAY_NOT_APPLY
        if remark.item not in allowed:
            yield _broken("plan-content", remark.extension_path, f"one of {', '.join(sorted(allowed))}")


def _broken(rule: str, expression: str, diagnostics: str) -> Issue:
    return Issue("business-rule", diagnostics, expression, rule, RULES[rule])
