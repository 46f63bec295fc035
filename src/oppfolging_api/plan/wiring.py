"""What plans hand to the engine."""

from collections.abc import Mapping
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Conflict, Issue, Unprocessable
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Change, Desk, Facts, Projection, Reaction, Registry, Rule
from oppfolging_api.plan.rules import RULES, is_active_individual_plan, missing_consent, plan_consent_holds
from oppfolging_api.store import projected

ONE_PLAN = "individual-plan"


def register(registry: Registry) -> None:
    canonical = registry.canonical

    def sole_plan(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One active individual plan a person."""
        person = pointed_at(plan.get("subject"), "Patient")
        active = person and is_active_individual_plan(plan, canonical)
        return [{"slot": ONE_PLAN, "person": person}] if active else []

    registry.projections["CarePlan"].append(Projection(projected.SoleActive, sole_plan))
    registry.rules["CarePlan"] += [_consent_before_plan(canonical), _one_active_plan(canonical)]
    registry.reactions["Consent"].append(_withdrawal_rests_the_plan(canonical))


def _consent_before_plan(canonical: Canonical) -> Rule:
    async def consent_before_plan(change: Change, facts: Facts) -> None:
        """No plan consent, no active individual plan."""
        if change.after is None or not is_active_individual_plan(change.after, canonical):
            return
        consents = await facts.about(change.person, "Consent") if change.person else []
        if issues := missing_consent(change.after, consents, canonical, facts.at.astimezone(OSLO).date()):
            raise Unprocessable(tuple(issues))

    return consent_before_plan


def _one_active_plan(canonical: Canonical) -> Rule:
    async def one_active_plan(change: Change, facts: Facts) -> None:
        """The person's writes wait for each other, so what stands here stands at the commit."""
        if change.after is None or change.person is None or not is_active_individual_plan(change.after, canonical):
            return
        others = [plan for plan in await facts.about(change.person, "CarePlan") if plan["id"] != change.id]
        if any(is_active_individual_plan(plan, canonical) for plan in others):
            rule, said = "plan-one-active", "another individual plan of the person is active"
            raise Conflict((Issue("conflict", said, "CarePlan.status", rule, RULES[rule]),))

    return one_active_plan


def _withdrawal_rests_the_plan(canonical: Canonical) -> Reaction:
    async def withdrawal_rests_the_plan(change: Change, desk: Desk) -> None:
        """A consent withdrawn acts at once: without one, the individual plan is put on hold in the same transaction."""
        if change.person is None or change.before is None:
            return
        consents = await desk.about(change.person, "Consent")
        if plan_consent_holds(consents, canonical, desk.at.astimezone(OSLO).date()):
            return
        for plan in await desk.about(change.person, "CarePlan"):
            if is_active_individual_plan(plan, canonical):
                await desk.change("CarePlan", plan["id"], _on_hold)

    return withdrawal_rests_the_plan


def _on_hold(plan: Body) -> Body:
    return plan | {"status": "on-hold"}
