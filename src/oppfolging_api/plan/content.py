"""What an individual plan contains (FOR-2011-12-16-1256 § 19 a-i), as somebody sees it: each point with where it was
found. Pure; the same points are asked of everybody's plans at once in plan/missing.py."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from oppfolging_api.coordination.tasks import is_open
from oppfolging_api.coordination.team import Member, members
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.vocabulary import ConsentKind, ContentStatus, PlanContent
from oppfolging_api.plan.own import Own, of_itself, part_of
from oppfolging_api.plan.reading import is_activity
from oppfolging_api.plan.rules import consents_to, in_force
from oppfolging_api.store.index import without_version

Resource = Mapping[str, Any]
C = PlanContent

WANTED: Final = frozenset({"proposed", "planned", "accepted", "active", "on-hold"})
"""Goal.lifecycleStatus of what the person still wants."""
VOID: Final = frozenset({"cancelled", "rejected", "failed", "entered-in-error"})
"""Task.status of what came to nothing."""
_PRIVATE: Final = ("Patient/", "RelatedPerson/")


@dataclass(frozen=True, slots=True)
class Found:
    """`path` is a FHIRPath within the resource."""

    reference: str
    path: str


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a letter; `lacks` is where something is left out."""

    letter: PlanContent
    code: PlanContent
    status: ContentStatus
    found: tuple[Found, ...] = ()
    lacks: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Record:
    """A plan and what is around it at a moment, as somebody sees it. `team` is the person's active one. `consents` is
    None to whom they are not shown; `whole` where nothing else is kept from them either."""

    plan: Resource
    goals: Sequence[Resource]
    tasks: Sequence[Resource]
    team: Resource | None
    consents: Sequence[Resource] | None
    at: datetime
    canonical: Canonical
    whole: bool = True
    own: Own = field(init=False)
    measures: tuple[Resource, ...] = field(init=False)
    around: tuple[Member, ...] = field(init=False)

    def __post_init__(self) -> None:
        """What every point asks for: what the plan says itself, its measures that are not void, who is on the team."""
        tasks = (task for task in self.tasks if is_activity(task, self.canonical) and task.get("status") not in VOID)
        object.__setattr__(self, "own", of_itself(self.plan, self.canonical))
        object.__setattr__(self, "measures", tuple(tasks))
        object.__setattr__(self, "around", tuple(_current(self.team or {}, self.at, self.canonical)))

    def consented(self, kind: ConsentKind) -> tuple[Found, ...]:
        """The consents of a kind that hold on the Norwegian day."""
        day = self.at.astimezone(OSLO).date()
        held = (one for one in self.consents or () if consents_to(one, kind, self.canonical) and in_force(one, day))
        return tuple(Found(f"Consent/{one['id']}", "Consent") for one in held)

    def in_plan(self, places: Mapping[PlanContent, list[str]], item: PlanContent) -> tuple[Found, ...]:
        return tuple(Found(f"CarePlan/{self.plan['id']}", path) for path in places.get(item, ()))

    def members(self, wanted: Callable[[Member], bool]) -> tuple[Found, ...]:
        team = f"CareTeam/{(self.team or {}).get('id')}"
        return tuple(Found(team, f"CareTeam.participant[{one.position}]") for one in self.around if wanted(one))


def content(record: Record) -> list[Item]:
    """Every point, in the order of the letters; those that the caller cannot be told of are left out."""
    items = (judge(record, letter, code) for letter, code, judge in ITEMS)
    return [item for item in items if item is not None]


def letter_status(items: Iterable[Item]) -> ContentStatus:
    """Missing where a point is, present where one applies."""
    held = {item.status for item in items}
    order = (ContentStatus.MISSING, ContentStatus.PRESENT, ContentStatus.NOT_RELEVANT)
    return next(status for status in order if status in held)


Judge = Callable[[Record, PlanContent, PlanContent], Item | None]
Evidence = Callable[[Record], tuple[Found, ...]]


def _any(*evidence: Evidence, unless: Callable[[Record], bool] = lambda _: False) -> Judge:
    """Present by whatever the plan says of the point itself and by other evidence; `unless` it does not apply."""

    def judge(record: Record, letter: PlanContent, code: PlanContent) -> Item:
        found = (*record.in_plan(record.own.told, code), *(one for each in evidence for one in each(record)))
        if found:
            return Item(letter, code, ContentStatus.PRESENT, found)
        if record.own.waived.get(code):
            return Item(letter, code, ContentStatus.NOT_RELEVANT, record.in_plan(record.own.waived, code))
        return Item(letter, code, ContentStatus.NOT_RELEVANT if unless(record) else ContentStatus.MISSING)

    return judge


def _each_open(path: str, has: Callable[[Resource], bool]) -> Judge:
    """Present where there are measures, and every one still to be done has it."""

    def judge(record: Record, letter: PlanContent, code: PlanContent) -> Item:
        having = tuple(Found(f"Task/{task['id']}", path) for task in record.measures if has(task))
        without = (task for task in record.measures if is_open(task, record.canonical) and not has(task))
        lacks = (*record.in_plan(record.own.lacks, code), *(Found(f"Task/{task['id']}", path) for task in without))
        some = bool(record.measures or record.own.told.get(C.MEASURES))
        status = ContentStatus.PRESENT if some and not lacks else ContentStatus.MISSING
        return Item(letter, code, status, (*record.in_plan(record.own.told, code), *having), lacks)

    return judge


def _plan_consent(record: Record, letter: PlanContent, code: PlanContent) -> Item:
    """To whom the consents are not all shown, a plan in use tells that there is one: the rules see to it."""
    found = record.consented(ConsentKind.PLAN)
    if not found and record.plan.get("status") == "active" and (record.consents is None or not record.whole):
        found = (Found(f"CarePlan/{record.plan['id']}", "CarePlan.status"),)
    return Item(letter, code, ContentStatus.PRESENT if found else ContentStatus.MISSING, found)


def _sharing_consent(record: Record, letter: PlanContent, code: PlanContent) -> Item | None:
    """Where there is nobody to share with there is nothing to consent to. Who is shown no consent is told of none."""
    if record.consents is None:
        return None
    if found := record.consented(ConsentKind.SHARING):
        return Item(letter, code, ContentStatus.PRESENT, found)
    shared = any(not one.coordinator and not one.reference.startswith(_PRIVATE) for one in record.around)
    return Item(letter, code, ContentStatus.MISSING if shared else ContentStatus.NOT_RELEVANT)


def _wanted(record: Record) -> tuple[Found, ...]:
    return tuple(
        Found(f"Goal/{goal['id']}", "Goal.description")
        for goal in record.goals
        if goal.get("lifecycleStatus") in WANTED
    )


def _measures(record: Record) -> tuple[Found, ...]:
    return tuple(Found(f"Task/{task['id']}", "Task") for task in record.measures)


def _measures_of(part: PlanContent) -> Evidence:
    return lambda record: tuple(
        Found(f"Task/{task['id']}", "Task.owner") for task in record.measures if part_of(owner(task)) is part
    )


def _carried_out(record: Record) -> tuple[Found, ...]:
    return tuple(
        Found(f"Task/{task['id']}", f"Task.{name}")
        for task in record.measures
        for name in ("note", "input")
        if name in task
    )


def owner(task: Resource) -> str | None:
    return without_version(task.get("owner", {}).get("reference", ""))


def has_extent(task: Resource) -> bool:
    """Whether a Task says until when, or how many times."""
    restriction = task.get("restriction", {})
    return "end" in restriction.get("period", {}) or "repetitions" in restriction


def _participants(record: Record) -> tuple[Found, ...]:
    person = f"Patient/{pointed_at(record.plan.get('subject'), 'Patient')}"
    return record.members(lambda one: without_version(one.reference) != person)


def _coordinator(record: Record) -> tuple[Found, ...]:
    return record.members(lambda one: one.coordinator)


def _services(record: Record) -> tuple[Found, ...]:
    return record.members(lambda one: one.reference.startswith("Organization/"))


def _without_kin(record: Record) -> bool:
    return not any(one.reference.startswith("RelatedPerson/") for one in record.around)


def _current(team: Resource, at: datetime, canonical: Canonical) -> Iterable[Member]:
    return (
        one
        for one in members(team, canonical)
        if (one.starts is None or one.starts <= at)
        and (one.ends is None or at < one.ends)
        and without_version(one.reference)
    )


ITEMS: Final[tuple[tuple[PlanContent, PlanContent, Judge], ...]] = (
    (C.A, C.GOALS, _any(_wanted)),
    (C.A, C.RESOURCES_NEEDS, _any()),
    (C.B, C.PARTICIPANTS, _any(_participants)),
    (C.C, C.COORDINATOR, _any(_coordinator)),
    (C.D, C.PERSON_PART, _any(_measures_of(C.PERSON_PART))),
    (C.D, C.SERVICES_PART, _any(_measures_of(C.SERVICES_PART))),
    (C.D, C.KIN_PART, _any(_measures_of(C.KIN_PART), unless=_without_kin)),
    (C.E, C.MEASURES, _any(_measures)),
    (C.E, C.RESPONSIBLE, _each_open("Task.owner", lambda task: owner(task) is not None)),
    (C.E, C.EXTENT, _each_open("Task.restriction", has_extent)),
    (C.F, C.CARRIED_OUT, _any(_carried_out)),
    (C.G, C.PERIOD, _any()),
    (C.G, C.REVISION, _any()),
    (C.H, C.PLAN_CONSENT, _plan_consent),
    (C.H, C.SHARING_CONSENT, _sharing_consent),
    (C.I, C.COOPERATION, _any(_services)),
)
"""Letter, point, and how it is judged."""
