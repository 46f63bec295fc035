"""What plans hand to the engine."""

from functools import partial

from oppfolging_api.kernel.registry import Operation, Projection, Registry
from oppfolging_api.plan.check import check_content
from oppfolging_api.plan.conduct import (
    consent_before_plan,
    goal_holds,
    one_active_plan,
    own_parts,
    plan_holds,
    withdrawal_rests_the_plan,
)
from oppfolging_api.plan.projections import sole_plan
from oppfolging_api.store import projected


def register(registry: Registry) -> None:
    canonical = registry.canonical
    registry.projections["CarePlan"].append(Projection(projected.SoleActive, partial(sole_plan, canonical)))
    of_plan = (plan_holds, consent_before_plan, one_active_plan, own_parts)
    registry.rules["CarePlan"] += [partial(rule, canonical) for rule in of_plan]
    registry.rules["Goal"].append(partial(goal_holds, canonical))
    registry.reactions["Consent"].append(partial(withdrawal_rests_the_plan, canonical))
    registry.operation(Operation("check-content", "CarePlan", check_content))
