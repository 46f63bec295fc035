"""What access and search ask of plans, drawn from the resources that say it."""

from collections.abc import Mapping
from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.plan.rules import is_active_individual_plan

Row = dict[str, Any]
ONE_PLAN: Final = "individual-plan"


def sole_plan(canonical: Canonical, plan: Mapping[str, Any]) -> list[Row]:
    """One active individual plan a person."""
    person = pointed_at(plan.get("subject"), "Patient")
    active = person and is_active_individual_plan(plan, canonical)
    return [{"slot": ONE_PLAN, "person": person}] if active else []
