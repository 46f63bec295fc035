"""What an active individual plan needs: the person's consent to planning (FOR-2011-12-16-1256 § 19 h, CONTRACT § 4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.kernel.period import bounds, day_span
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, PLAN_KIND, ConsentKind, PlanKind

Resource = Mapping[str, Any]

RULES: Final = {
    "plan-consent": "En aktiv individuell plan krever personens samtykke til planen.",
    "plan-one-active": "Personen har allerede en aktiv individuell plan.",
}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""


def is_active_individual_plan(plan: Resource, canonical: Canonical) -> bool:
    category = canonical.code_system(PLAN_KIND)
    return plan.get("status") == "active" and has_code(plan.get("category", ()), category, PlanKind.INDIVIDUAL)


def missing_consent(plan: Resource, consents: Sequence[Resource], canonical: Canonical, on: date) -> list[Issue]:
    """The rule an active individual plan breaks where none of the person's consents holds on a Norwegian day."""
    if not is_active_individual_plan(plan, canonical) or plan_consent_holds(consents, canonical, on):
        return []
    diagnostics = f"an active Consent of category {ConsentKind.PLAN} covers the day"
    return [Issue("business-rule", diagnostics, "CarePlan.status", "plan-consent", RULES["plan-consent"])]


def plan_consent_holds(consents: Sequence[Resource], canonical: Canonical, on: date) -> bool:
    """Whether any of one person's consents lets there be a plan on a Norwegian day."""
    return any(_consents_to_plan(consent, canonical) and _in_force(consent, on) for consent in consents)


def _consents_to_plan(consent: Resource, canonical: Canonical) -> bool:
    """A root provision.type, which R4 forbids, or a policyRule other than OPTIN may say the opposite: no consent."""
    policy = consent.get("policyRule")
    return (
        consent.get("status") == "active"
        and has_code(consent.get("category", ()), canonical.code_system(CONSENT_KIND), ConsentKind.PLAN)
        and "type" not in consent.get("provision", {})
        and (policy is None or has_code([policy], systems.V3_ACT, "OPTIN"))
    )


def _in_force(consent: Resource, on: date) -> bool:
    """Whether provision.period and the day have an instant in common; without a period, until it is withdrawn."""
    starts, ends = bounds(consent.get("provision", {}).get("period"))
    first, after = day_span(on)
    return (starts is None or starts < after) and (ends is None or first < ends)
