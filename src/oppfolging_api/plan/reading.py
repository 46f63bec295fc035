"""Reading a CarePlan (https://hl7.org/fhir/R4/careplan.html): one of ours has a category of `plan-kind`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.vocabulary import PLAN_KIND, TASK_KIND, Extension, PlanKind, TaskKind
from oppfolging_api.store.index import without_version

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Why there is no plan, and the day to ask again as it is written; `path` is where that day stands, None where
    nothing is said of it, which the profile does not take."""

    state: str
    ask_again: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A note that answers a point of the plan's content, or says why the point does not apply."""

    item: str
    relevant: bool
    text: str
    path: str
    extension_path: str


def kinds(plan: Resource, canonical: Canonical) -> frozenset[PlanKind]:
    system = canonical.code_system(PLAN_KIND)
    return frozenset(kind for kind in PlanKind if has_code(plan.get("category", ()), system, kind))


def kind(plan: Resource, canonical: Canonical) -> PlanKind | None:
    """What plan it is, wherever it is kept; None where it is not one of ours."""
    held = kinds(plan, canonical)
    of_itself = (one for one in PlanKind if one in held and one is not PlanKind.EXTERNAL)
    return next(of_itself, PlanKind.EXTERNAL if held else None)


def is_external(plan: Resource, canonical: Canonical) -> bool:
    """Whether it is only a pointer to a plan that is kept elsewhere."""
    return PlanKind.EXTERNAL in kinds(plan, canonical)


def is_individual(plan: Resource, canonical: Canonical) -> bool:
    """Whether it is an individual plan that is kept here."""
    held = kinds(plan, canonical)
    return PlanKind.INDIVIDUAL in held and PlanKind.EXTERNAL not in held


def said_state(plan: Resource, canonical: Canonical) -> State | None:
    for i, held in _extensions(plan, canonical.extension(Extension.PLAN_STATE)):
        parts = {part.get("url"): part for part in held.get("extension", ())}
        places = {part.get("url"): j for j, part in enumerate(held.get("extension", ()))}
        again = places.get("ask-again")
        return State(
            state=parts.get("state", {}).get("valueCode", ""),
            ask_again=parts.get("ask-again", {}).get("valueDate", ""),
            path=None if again is None else f"CarePlan.extension[{i}].extension[{again}].valueDate",
        )
    return None


def review(resource: Resource, canonical: Canonical) -> date | None:
    """When a plan or a goal is to be looked at again: the first day of what is written."""
    held = next((held for _, held in _extensions(resource, canonical.extension(Extension.REVIEW))), {})
    return first_day(held.get("valueDate"))


def first_day(written: str | None) -> date | None:
    """Of a FHIR date, the day, or the first of the month or year."""
    if not written:
        return None
    year, month, day = (*map(int, written.split("-")), 1, 1)[:3]
    return date(year, month, day)


def last_day(written: str | None) -> date | None:
    """Of a FHIR date, the day, or the last of the month or year."""
    return (span(written)[1].astimezone(OSLO) - timedelta(microseconds=1)).date() if written else None


def remarks(plan: Resource, canonical: Canonical) -> Iterator[Remark]:
    """Of each note that says which point it answers."""
    url = canonical.extension(Extension.CONTENT)
    for n, note in enumerate(plan.get("note", ())):
        for m, held in _extensions(note, url):
            parts = {part.get("url"): part for part in held.get("extension", ())}
            yield Remark(
                item=parts.get("item", {}).get("valueCode", ""),
                relevant=parts.get("relevant", {}).get("valueBoolean", True),
                text=note.get("text", "").strip(),
                path=f"CarePlan.note[{n}]",
                extension_path=f"CarePlan.note[{n}].extension[{m}]",
            )


def wholes(plan: Resource) -> list[str]:
    """The ids of the plans it is part of."""
    return [id for whole in plan.get("partOf", ()) if (id := pointed_at(whole, "CarePlan"))]


def gathered(plan: Resource) -> list[tuple[str, str]]:
    """(Type/id, expression) of what the plan brings together: goals, activities, the plans it is part of, teams."""
    lists = (
        *((f"CarePlan.{name}[{i}]", one) for name in ("goal", "partOf", "careTeam") for i, one in _each(plan, name)),
        *((f"CarePlan.activity[{i}].reference", one.get("reference", {})) for i, one in _each(plan, "activity")),
    )
    return [
        (local, f"{path}.reference")
        for path, reference in lists
        if (local := without_version(reference.get("reference", "")))
    ]


def within_individual(plan: Resource, plans: Sequence[Resource], canonical: Canonical) -> bool:
    """Whether it is part of an individual plan that is kept here, however many plans lie between."""
    by_id = {held["id"]: held for held in plans}
    ahead, passed = wholes(plan), set[str]()
    while ahead:
        id = ahead.pop()
        whole = by_id.get(id)
        if whole is None or id in passed:
            continue
        if is_individual(whole, canonical):
            return True
        passed.add(id)
        ahead += wholes(whole)
    return False


def extension_place(element: Resource, url: str) -> int | None:
    """Which of its extensions is the first of an address."""
    return next((i for i, _ in _extensions(element, url)), None)


def is_activity(task: Resource, canonical: Canonical) -> bool:
    """Whether a Task is a measure of a plan: one that is called so, or that this service gives no other name."""
    kinds = {(coding.get("system"), coding.get("code")) for coding in task.get("code", {}).get("coding", ())}
    ours = {code for system, code in kinds if str(system).startswith(canonical.code_system(""))}
    return not ours or (canonical.code_system(TASK_KIND), TaskKind.ACTIVITY) in kinds


def _extensions(element: Resource, url: str) -> Iterator[tuple[int, Resource]]:
    return ((i, held) for i, held in enumerate(element.get("extension", ())) if held.get("url") == url)


def _each(plan: Resource, name: str) -> Iterator[tuple[int, Resource]]:
    return enumerate(plan.get(name, ()))
