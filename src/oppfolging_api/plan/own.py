"""What a plan answers by itself of what it is to contain: its description and notes, its period, and the activities
that are only told of in it. What it gathers is read elsewhere (plan/content.py, plan/missing.py)."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.vocabulary import Extension, PlanContent
from oppfolging_api.plan.reading import extension_place, remarks
from oppfolging_api.store.index import without_version

Resource = Mapping[str, Any]
Places = Mapping[PlanContent, list[str]]
Told = Iterator[tuple[PlanContent, str]]

_OPEN: Final = frozenset({"not-started", "scheduled", "in-progress", "on-hold", "unknown"})
_LIVE: Final = _OPEN | {"completed"}
_POINTS: Final = frozenset(PlanContent)
_EXTENTS: Final = ("scheduledTiming", "scheduledPeriod", "scheduledString", "quantity", "dailyAmount")
_PARTS: Final = {"Patient": PlanContent.PERSON_PART, "RelatedPerson": PlanContent.KIN_PART}


@dataclass(frozen=True, slots=True)
class Own:
    """Points -> where in the plan: those it answers, those it leaves something out of, those it says do not apply."""

    told: Places
    lacks: Places
    waived: Places


def of_itself(plan: Resource, canonical: Canonical) -> Own:
    said = [*_elements(plan, canonical), *_details(plan), *_notes(plan, canonical, relevant=True)]
    return Own(_by_point(said), _by_point(_lacking(plan)), _by_point(_notes(plan, canonical, relevant=False)))


def part_of(owner: str | None) -> PlanContent | None:
    """Whose contribution an activity is, by who does it: a person's, their kin's or a service's."""
    return _PARTS.get(owner.partition("/")[0], PlanContent.SERVICES_PART) if owner else None


def _by_point(said: Iterable[tuple[PlanContent, str]]) -> Places:
    found: dict[PlanContent, list[str]] = {}
    for item, path in said:
        found.setdefault(item, []).append(path)
    return found


def _elements(plan: Resource, canonical: Canonical) -> Told:
    if plan.get("description", "").strip():
        yield PlanContent.RESOURCES_NEEDS, "CarePlan.description"
    if {"start", "end"} <= plan.get("period", {}).keys():
        yield PlanContent.PERIOD, "CarePlan.period"
    place = extension_place(plan, canonical.extension(Extension.REVIEW))
    if place is not None:
        yield PlanContent.REVISION, f"CarePlan.extension[{place}]"
    for i, party in enumerate(plan.get("contributor", ())):
        if (without_version(party.get("reference", "")) or "").startswith("Organization/"):
            yield PlanContent.COOPERATION, f"CarePlan.contributor[{i}]"
    for i, activity in enumerate(plan.get("activity", ())):
        if activity.get("progress"):
            yield PlanContent.CARRIED_OUT, f"CarePlan.activity[{i}].progress"


def _details(plan: Resource) -> Told:
    """Of the activities that are told of in the plan and have not been given up."""
    for path, detail in _told_in(plan, _LIVE):
        yield PlanContent.MEASURES, path
        if detail.get("description", "").strip():
            yield PlanContent.CARRIED_OUT, f"{path}.description"
        for i, performer in enumerate(_performers(detail)):
            if part := part_of(performer):
                yield PlanContent.RESPONSIBLE, f"{path}.performer[{i}]"
                yield part, f"{path}.performer[{i}]"
        yield from ((PlanContent.EXTENT, f"{path}.{name}") for name in _EXTENTS if name in detail)


def _lacking(plan: Resource) -> Told:
    """What is still to be done says by whom, and until when or how much."""
    for path, detail in _told_in(plan, _OPEN):
        if not any(_performers(detail)):
            yield PlanContent.RESPONSIBLE, f"{path}.performer"
        if not any(name in detail for name in _EXTENTS):
            yield PlanContent.EXTENT, f"{path}.scheduled"


def _notes(plan: Resource, canonical: Canonical, *, relevant: bool) -> Told:
    for remark in remarks(plan, canonical):
        if remark.text and remark.relevant is relevant and remark.item in _POINTS:
            yield PlanContent(remark.item), remark.path


def _told_in(plan: Resource, statuses: Set[str]) -> Iterator[tuple[str, Resource]]:
    for i, activity in enumerate(plan.get("activity", ())):
        if activity.get("detail", {}).get("status") in statuses:
            yield f"CarePlan.activity[{i}].detail", activity["detail"]


def _performers(detail: Resource) -> list[str | None]:
    """Each `Type/id`, None for one that is nobody here."""
    return [without_version(one.get("reference", "")) for one in detail.get("performer", ())]
