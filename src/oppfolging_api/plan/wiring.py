"""What plans hand to the engine."""

from functools import partial
from typing import Final

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
from oppfolging_api.plan.projections import activities, consent_terms, goal_courses, held_plans, sole_plan
from oppfolging_api.store import planned, projected

PROJECTIONS: Final = (
    ("CarePlan", projected.SoleActive, sole_plan),
    ("CarePlan", planned.HeldPlan, held_plans),
    ("Goal", planned.GoalCourse, goal_courses),
    ("Task", planned.Activity, activities),
    ("Consent", planned.ConsentTerm, consent_terms),
)


def register(registry: Registry) -> None:
    canonical = registry.canonical
    for type, model, rows in PROJECTIONS:
        registry.projections[type].append(Projection(model, partial(rows, canonical)))
    of_plan = (plan_holds, consent_before_plan, one_active_plan, own_parts)
    registry.rules["CarePlan"] += [partial(rule, canonical) for rule in of_plan]
    registry.rules["Goal"].append(partial(goal_holds, canonical))
    registry.reactions["Consent"].append(partial(withdrawal_rests_the_plan, canonical))
    registry.operation(Operation("check-content", "CarePlan", check_content))
