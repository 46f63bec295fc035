"""What access, search and the worklist ask of plans, drawn from the resources that say it."""

from collections.abc import Mapping
from typing import Any, Final

from oppfolging_api.coordination.tasks import is_open
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.period import bounds
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.vocabulary import ConsentKind
from oppfolging_api.plan.content import VOID, WANTED, has_extent, owner
from oppfolging_api.plan.own import Places, of_itself
from oppfolging_api.plan.reading import (
    first_day,
    gathered,
    is_activity,
    is_external,
    kind,
    last_day,
    review,
    said_state,
)
from oppfolging_api.plan.rules import is_about, is_active_individual_plan, stands
from oppfolging_api.store.index import without_version

Resource = Mapping[str, Any]
Row = dict[str, Any]
ONE_PLAN: Final = "individual-plan"
_PARTS: Final = ("Goal/", "Task/")


def sole_plan(canonical: Canonical, plan: Resource) -> list[Row]:
    """One active individual plan a person."""
    person = pointed_at(plan.get("subject"), "Patient")
    active = person and is_active_individual_plan(plan, canonical)
    return [{"slot": ONE_PLAN, "person": person}] if active else []


def held_plans(canonical: Canonical, plan: Resource) -> list[Row]:
    """The one row of a plan of ours about somebody."""
    person, held = pointed_at(plan.get("subject"), "Patient"), kind(plan, canonical)
    if person is None or held is None:
        return []
    state, own = said_state(plan, canonical), of_itself(plan, canonical)
    starts, ends = bounds(plan.get("period"))
    return [
        {
            "person": person,
            "kind": held.value,
            "external": is_external(plan, canonical),
            "status": plan.get("status", ""),
            "state": state.state if state else None,
            "ask_again": first_day(state.ask_again) if state else None,
            "starts": starts,
            "ends": ends,
            "review": review(plan, canonical),
            "author": without_version(plan.get("author", {}).get("reference", "")),
            "parts": sorted({local for local, _ in gathered(plan) if local.startswith(_PARTS)}),
            "told": _points(own.told),
            "lacks": _points(own.lacks),
            "waived": _points(own.waived),
        }
    ]


def goal_courses(canonical: Canonical, goal: Resource) -> list[Row]:
    """The one row of a goal of somebody's."""
    person = pointed_at(goal.get("subject"), "Patient")
    days = [day for target in goal.get("target", ()) if (day := last_day(target.get("dueDate")))]
    row = {
        "person": person,
        "open": goal.get("lifecycleStatus") in WANTED,
        "due": max(days, default=None),
        "review": review(goal, canonical),
    }
    return [row] if person else []


def activities(canonical: Canonical, task: Resource) -> list[Row]:
    """The one row of a Task that is a measure for somebody."""
    person = pointed_at(task.get("for"), "Patient")
    if person is None or not is_activity(task, canonical):
        return []
    return [
        {
            "person": person,
            "owner": owner(task),
            "open": is_open(task, canonical),
            "void": task.get("status") in VOID,
            "due": bounds(task.get("restriction", {}).get("period"))[1],
            "extent": has_extent(task),
            "told": "note" in task or "input" in task,
        }
    ]


def consent_terms(canonical: Canonical, consent: Resource) -> list[Row]:
    """A row for each kind of consent that somebody gave."""
    person = pointed_at(consent.get("patient"), "Patient")
    starts, ends = bounds(consent.get("provision", {}).get("period"))
    held = {"person": person, "active": stands(consent), "starts": starts, "ends": ends}
    kinds = [to for to in ConsentKind if is_about(consent, to, canonical)] if person else []
    return [{"kind": to.value} | held for to in kinds]


def _points(places: Places) -> list[str]:
    return sorted(item.value for item in places)
