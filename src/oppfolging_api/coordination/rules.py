"""The rules of a team, its one coordinator and its members' own Tasks (CONTRACT section 5, DESIGN section 6)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from oppfolging_api.coordination.tasks import OPEN
from oppfolging_api.coordination.team import CoordinatorKind, coordinator_coding, coordinator_kind
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.kernel.period import bounds, oslo_datetime
from oppfolging_api.kernel.vocabulary import Extension, Involvement, Layer

Resource = Mapping[str, Any]
Placed = list[tuple[str, Resource]]

RULES: Final = {
    "team-one-coordinator": "Teamet har bare én koordinator om gangen.",
    "team-coordinator-start": "En koordinator har en dato oppgaven begynner.",
    "team-coordinator-member": "En koordinator er en ansatt eller en ansatt i en rolle.",
    "team-member": "En deltaker er noen; en plass ingen fyller, skrives som ledig.",
    "team-layer": "Laget er kjerneteam, ytre lag eller informert.",
    "team-involvement": "Deltakelsen er en av dem tjenesten kjenner.",
}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""

_COORDINATES: Final = frozenset({"PractitionerRole", "Practitioner"})
_CODED: Final[tuple[tuple[Extension, str, type[StrEnum]], ...]] = (
    (Extension.LAYER, "team-layer", Layer),
    (Extension.INVOLVEMENT, "team-involvement", Involvement),
)
_PROGRESS: Final = frozenset(
    {"status", "statusReason", "note", "output", "lastModified", "businessStatus", "executionPeriod", "meta"}
)
_REMARKS: Final = frozenset({"note", "lastModified", "meta"})


def team_problems(team: Resource, canonical: Canonical) -> list[Issue]:
    participants = [(f"CareTeam.participant[{i}]", each) for i, each in enumerate(team.get("participant", ()))]
    coordinators = [(path, each) for path, each in participants if coordinator_kind(each, canonical)]
    return [
        *_nobody(participants),
        *_unknown_codes(participants, canonical),
        *_not_an_employee(coordinators),
        *_without_start(coordinators),
        *_at_the_same_time(coordinators),
    ]


def with_coordinator(
    team: Resource, member_reference: str, kind: CoordinatorKind, starts: datetime, canonical: Canonical
) -> dict[str, Any]:
    """The team with the member as its one coordinator from `starts` on, to the millisecond; `team` is not changed.

    Whoever is coordinator then stops as the new one begins. Whoever would have begun later never does and leaves the
    team, since a period cannot end before it starts.
    """
    opens = starts.replace(microsecond=starts.microsecond // 1000 * 1000)
    before = [
        _until(opens, participant) if coordinator_kind(participant, canonical) else participant
        for participant in team.get("participant", ())
    ]
    return {**team, "participant": [*filter(None, before), _coordinator(member_reference, kind, opens, canonical)]}


def task_progress_only(before: Resource, after: Resource) -> list[str]:
    """The elements that differ though a team member may not change them: a member reports progress on own Tasks."""
    return _changed(before, after, _PROGRESS)


def referral_task_kept(before: Resource, after: Resource, *, by_unit: bool) -> list[str]:
    """The elements of a referral's Task that differ though only the service changes them.

    Everyone who may write it may add a note; the unit also says who works with it and how far they are. What came of
    the referral stands where $decide wrote it; only that it is not taken on, the unit says by rejecting the Task.
    """
    underway = before.get("status") in OPEN and after.get("status") in OPEN | {"rejected"}
    units_own = {"owner", "status", "statusReason"} if underway else {"owner"}
    return _changed(before, after, _REMARKS | units_own if by_unit else _REMARKS)


def _changed(before: Resource, after: Resource, free: frozenset[str]) -> list[str]:
    """The elements that differ, but for the free ones and what is said of them."""
    elements = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return sorted(name for name in elements if name.removeprefix("_") not in free)


def _coordinator(reference: str, kind: CoordinatorKind, starts: datetime, canonical: Canonical) -> dict[str, Any]:
    system, code = coordinator_coding(kind, canonical)
    return {
        "extension": [
            {"url": canonical.extension(Extension.LAYER), "valueCode": Layer.CORE.value},
            {"url": canonical.extension(Extension.INVOLVEMENT), "valueCode": Involvement.EVERY_MEETING.value},
        ],
        "role": [{"coding": [{"system": system, "code": code}]}],
        "member": {"reference": reference},
        "period": {"start": oslo_datetime(starts)},
    }


def _until(at: datetime, participant: Resource) -> Resource | None:
    """The participant with a period that ends no later than an instant; None where it would only begin after it."""
    period = participant.get("period", {})
    starts, ends = bounds(period)
    if starts is not None and starts > at:
        return None
    if ends is not None and ends <= at:
        return participant
    return {**participant, "period": {**period, "end": oslo_datetime(at)}}


def _nobody(participants: Placed) -> Iterator[Issue]:
    for path, participant in participants:
        if "member" not in participant:
            yield _broken("team-member", f"{path}.member", "member is required; a vacancy is an extension of CareTeam")


def _unknown_codes(participants: Placed, canonical: Canonical) -> Iterator[Issue]:
    rules = {canonical.extension(name): (rule, codes) for name, rule, codes in _CODED}
    for path, participant in participants:
        for i, extension in enumerate(participant.get("extension", ())):
            rule, codes = rules.get(extension.get("url", ""), ("", None))
            if codes and extension.get("valueCode") not in frozenset(codes):
                yield _broken(rule, f"{path}.extension[{i}].valueCode", f"one of {', '.join(codes)}")


def _not_an_employee(coordinators: Placed) -> Iterator[Issue]:
    for path, coordinator in coordinators:
        if coordinator.get("member", {}).get("reference", "").partition("/")[0] not in _COORDINATES:
            yield _broken("team-coordinator-member", f"{path}.member", f"one of {', '.join(sorted(_COORDINATES))}")


def _without_start(coordinators: Placed) -> Iterator[Issue]:
    for path, coordinator in coordinators:
        if "start" not in coordinator.get("period", {}):
            yield _broken("team-coordinator-start", f"{path}.period.start", "start is required")


def _at_the_same_time(coordinators: Placed) -> Iterator[Issue]:
    for i, (path, coordinator) in enumerate(coordinators):
        if any(_overlap(coordinator, earlier) for _, earlier in coordinators[:i]):
            yield _broken("team-one-coordinator", f"{path}.period", "it overlaps another coordinator's period")


def _overlap(one: Resource, other: Resource) -> bool:
    """Whether some instant is in both periods; two that are open at the same end always have one."""
    periods = [bounds(each.get("period")) for each in (one, other)]
    starts = [start for start, _ in periods if start]
    ends = [end for _, end in periods if end]
    return not starts or not ends or max(starts) < min(ends)


def _broken(rule: str, expression: str, diagnostics: str) -> Issue:
    return Issue("business-rule", diagnostics, expression, rule, RULES[rule])
