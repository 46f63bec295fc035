from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.careteam import CareTeam

from oppfolging_api.coordination.rules import referral_task_kept, task_progress_only, team_problems, with_coordinator
from oppfolging_api.coordination.team import CoordinatorKind
from oppfolging_api.kernel.canonical import Canonical

CANONICAL = Canonical("https://kommune.example/fhir")
COORDINATOR = [{"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "8"}]}]
CHILD_COORDINATOR = [
    {"coding": [{"system": "https://kommune.example/fhir/CodeSystem/team-role", "code": "child-coordinator"}]}
]
GP = {
    "role": [{"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "6"}]}],
    "member": {"reference": "Practitioner/gp"},
    "period": {"start": "2026-01-01"},
}
CORE_AT_EVERY_MEETING = [
    {"url": "https://kommune.example/fhir/StructureDefinition/layer", "valueCode": "core"},
    {"url": "https://kommune.example/fhir/StructureDefinition/involvement", "valueCode": "every-meeting"},
]
NOON = datetime(2026, 11, 22, 11, 0, 0, 123_456, tzinfo=UTC)


def coordinator(period: dict[str, str], reference: str = "PractitionerRole/a", **elements: Any) -> dict[str, Any]:
    return {"role": COORDINATOR, "member": {"reference": reference}, "period": period, **elements}


def team(*participants: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "CareTeam", "id": "ole", "status": "active", "participant": list(participants)}


def broken(judged: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(issue.rule, issue.expression) for issue in team_problems(judged, CANONICAL)]


def test_a_team_may_stand_without_coordinator_or_members() -> None:
    assert broken(team(GP)) == []
    assert broken({"resourceType": "CareTeam"}) == []


@pytest.mark.parametrize(
    ("periods", "overlapping"),
    [
        (({"start": "2026-01-01", "end": "2026-05-31"}, {"start": "2026-06-01"}), []),
        (({"start": "2026-01-01", "end": "2026-06-01"}, {"start": "2026-06-01"}), [1]),
        (({"start": "2026-06-01"}, {"start": "2026-01-01", "end": "2026-05-31"}), []),
        (({"start": "2026-01-01"}, {"start": "2026-06-01"}), [1]),
        (({"start": "2026-01-01", "end": "2026-12-31"}, {"start": "2026-03-01", "end": "2026-03-31"}), [1]),
        (({"start": "2026-01-01", "end": "2026-05"}, {"start": "2026-06"}), []),
        (({"start": "2026-01-01", "end": "2026"}, {"start": "2026-12-31"}), [1]),
        (
            (
                {"start": "2026-01-01T09:00:00+01:00", "end": "2026-06-01T09:00:00+02:00"},
                {"start": "2026-06-01T07:00:00Z"},
            ),
            [],
        ),
        (({"start": "2026-01-01", "end": "2026-06-01T09:00:01+02:00"}, {"start": "2026-06-01T07:00:00Z"}), [1]),
        (({"start": "2026-06-01T09:00:00Z", "end": "2026-06-01T09:00:00Z"}, {"start": "2026-01-01"}), []),
        (({"start": "2026-01-01", "end": "2026-01-31"}, {"start": "2026-03-01"}, {"start": "2026-04-01"}), [2]),
        (({"start": "2026-01-01"}, {"start": "2026-02-01"}, {"start": "2026-03-01"}), [1, 2]),
    ],
    ids=[
        "the day after",
        "the same day",
        "in any order",
        "both open",
        "one within the other",
        "the month after",
        "the last day of the year",
        "the same instant",
        "a second early",
        "one that never was",
        "the third only",
        "all",
    ],
)
def test_coordinators_follow_one_another(periods: tuple[dict[str, str], ...], overlapping: list[int]) -> None:
    judged = team(*(coordinator(period) for period in periods))
    assert broken(judged) == [
        ("team-one-coordinator", f"CareTeam.participant[{position}].period") for position in overlapping
    ]


def test_a_child_coordinator_takes_the_ordinary_ones_place() -> None:
    beside = coordinator({"start": "2026-06-01"}, role=CHILD_COORDINATOR)
    assert broken(team(coordinator({"start": "2026-01-01"}), beside)) == [
        ("team-one-coordinator", "CareTeam.participant[1].period")
    ]


def test_other_members_may_be_there_at_the_same_time() -> None:
    assert broken(team(GP, coordinator({"start": "2026-01-01"}), GP)) == []


def test_a_coordinator_has_a_start() -> None:
    without = coordinator({"end": "2026-05-31"})
    assert broken(team(GP, without)) == [("team-coordinator-start", "CareTeam.participant[1].period.start")]
    del without["period"]
    assert broken(team(without)) == [("team-coordinator-start", "CareTeam.participant[0].period.start")]


def test_two_coordinators_without_start_overlap() -> None:
    assert ("team-one-coordinator", "CareTeam.participant[1].period") in broken(
        team(coordinator({"end": "2026-05-31"}), coordinator({"end": "2026-06-30"}))
    )


@pytest.mark.parametrize(
    ("member", "allowed"),
    [
        ({"reference": "PractitionerRole/a"}, True),
        ({"reference": "Practitioner/a"}, True),
        ({"reference": "Organization/a"}, False),
        ({"reference": "RelatedPerson/a"}, False),
        ({"reference": "Patient/a"}, False),
        ({"display": "Kari"}, False),
    ],
)
def test_a_coordinator_is_an_employee(member: dict[str, str], allowed: bool) -> None:
    judged = team(coordinator({"start": "2026-01-01"}, member=member))
    expected = [] if allowed else [("team-coordinator-member", "CareTeam.participant[0].member")]
    assert broken(judged) == expected


def test_layer_and_involvement_have_known_codes() -> None:
    layer, involvement = (
        {"url": "https://kommune.example/fhir/StructureDefinition/layer", "valueCode": "everyone"},
        {"url": "https://kommune.example/fhir/StructureDefinition/involvement", "valueString": "part"},
    )
    other = {"url": "https://another.example/StructureDefinition/layer", "valueCode": "everyone"}
    assert broken(team({**GP, "extension": [other, layer, involvement]})) == [
        ("team-layer", "CareTeam.participant[0].extension[1].valueCode"),
        ("team-involvement", "CareTeam.participant[0].extension[2].valueCode"),
    ]
    assert broken(team({**GP, "extension": CORE_AT_EVERY_MEETING})) == []


def test_the_texts_are_norwegian_and_tell_what_is_expected() -> None:
    (issue,) = team_problems(
        team({**GP, "extension": [{"url": CANONICAL.extension("layer"), "valueCode": "secret"}]}), CANONICAL
    )
    assert (issue.code, issue.text) == ("business-rule", "Laget er kjerneteam, ytre lag eller informert.")
    assert issue.diagnostics == "one of core, outer, informed"


def appointed(judged: dict[str, Any], kind: CoordinatorKind = CoordinatorKind.COORDINATOR) -> list[dict[str, Any]]:
    """The participants after PractitionerRole/b is appointed; checks what holds of every appointment."""
    before = deepcopy(judged)
    after = with_coordinator(judged, "PractitionerRole/b", kind, NOON, CANONICAL)
    assert judged == before
    assert team_problems(after, CANONICAL) == []
    CareTeam.model_validate(after)
    participants: list[dict[str, Any]] = after["participant"]
    return participants


NEW = {
    "extension": CORE_AT_EVERY_MEETING,
    "role": COORDINATOR,
    "member": {"reference": "PractitionerRole/b"},
    "period": {"start": "2026-11-22T12:00:00.123+01:00"},
}


def test_the_first_coordinator_of_a_team() -> None:
    assert appointed(team(GP)) == [GP, NEW]
    assert appointed({"resourceType": "CareTeam", "id": "ole", "status": "active"}) == [NEW]


def test_a_child_coordinator_has_the_local_role() -> None:
    assert appointed(team(), CoordinatorKind.CHILD_COORDINATOR) == [{**NEW, "role": CHILD_COORDINATOR}]


@pytest.mark.parametrize("role", [COORDINATOR, CHILD_COORDINATOR], ids=["coordinator", "child coordinator"])
def test_the_former_coordinator_stops_as_the_new_one_begins(role: list[dict[str, Any]]) -> None:
    former = coordinator({"start": "2026-01-15"}, role=role)
    assert appointed(team(former, GP)) == [
        {**former, "period": {"start": "2026-01-15", "end": "2026-11-22T12:00:00.123+01:00"}},
        GP,
        NEW,
    ]


def test_a_coordinator_who_was_to_stop_later_stops_now() -> None:
    former = coordinator({"start": "2026-01-15", "end": "2026-11-22"})
    assert appointed(team(former))[0]["period"] == {"start": "2026-01-15", "end": "2026-11-22T12:00:00.123+01:00"}


def test_coordinators_of_the_past_are_left_as_they_are() -> None:
    past = coordinator({"start": "2025-01-01", "end": "2025-12-31"})
    stopped = coordinator({"start": "2026-01-01", "end": "2026-11-22T11:00:00.123Z"})
    assert appointed(team(past, stopped)) == [past, stopped, NEW]


def test_a_coordinator_who_was_to_begin_later_never_does() -> None:
    present, coming = coordinator({"start": "2026-01-01", "end": "2026-12-31"}), coordinator({"start": "2027-01-01"})
    assert appointed(team(present, coming)) == [
        {**present, "period": {"start": "2026-01-01", "end": "2026-11-22T12:00:00.123+01:00"}},
        NEW,
    ]


def test_a_coordinator_replaced_in_the_instant_of_appointment_was_one_for_no_time() -> None:
    at_once = coordinator({"start": "2026-11-22T12:00:00.123+01:00"})
    assert appointed(team(at_once))[0]["period"] == {
        "start": "2026-11-22T12:00:00.123+01:00",
        "end": "2026-11-22T12:00:00.123+01:00",
    }


TASK = {
    "resourceType": "Task",
    "id": "t",
    "meta": {"versionId": "1"},
    "status": "requested",
    "intent": "order",
    "for": {"reference": "Patient/ole"},
    "owner": {"reference": "PractitionerRole/physio"},
    "restriction": {"period": {"end": "2026-12-01"}},
}


def test_progress_on_a_task_changes_nothing_else() -> None:
    progress = {
        "meta": {"versionId": "2"},
        "status": "completed",
        "_status": {"extension": [{"url": "https://another.example/x", "valueCode": "y"}]},
        "statusReason": {"text": "Ferdig"},
        "businessStatus": {"text": "Ferdig"},
        "note": [{"text": "Rampen er på plass"}],
        "output": [{"type": {"text": "Bilde"}, "valueString": "x"}],
        "lastModified": "2026-11-22T12:00:00+01:00",
        "executionPeriod": {"start": "2026-11-20"},
    }
    assert task_progress_only(TASK, {**TASK, **progress}) == []


def test_anything_else_that_changes_is_named() -> None:
    changed = {
        **TASK,
        "status": "accepted",
        "owner": {"reference": "PractitionerRole/other"},
        "_intent": {"id": "x"},
        "description": "Noe annet",
    }
    del changed["restriction"]
    assert task_progress_only(TASK, changed) == ["_intent", "description", "owner", "restriction"]


@pytest.mark.parametrize(
    ("changed", "others", "unit"),
    [
        ({"note": [{"text": "Ringt."}]}, [], []),
        ({"owner": {"reference": "PractitionerRole/a"}}, ["owner"], []),
        ({"status": "in-progress"}, ["status"], []),
        ({"status": "completed"}, ["status"], ["status"]),
        ({"status": "cancelled", "owner": {"reference": "PractitionerRole/a"}}, ["owner", "status"], ["status"]),
        ({"_status": {"id": "a"}}, ["_status"], []),
        ({"output": [{"valueCode": "team"}]}, ["output"], ["output"]),
        ({"focus": {"reference": "ServiceRequest/b"}}, ["focus"], ["focus"]),
    ],
)
def test_what_others_than_the_service_may_not_change_of_a_referrals_task(
    changed: dict[str, Any], others: list[str], unit: list[str]
) -> None:
    task = {"resourceType": "Task", "status": "requested", "focus": {"reference": "ServiceRequest/a"}}
    assert referral_task_kept(task, task | changed, by_unit=False) == others
    assert referral_task_kept(task, task | changed, by_unit=True) == unit


def test_the_unit_does_not_open_a_referral_that_is_answered() -> None:
    task = {"resourceType": "Task", "status": "completed"}
    assert referral_task_kept(task, task | {"status": "requested"}, by_unit=True) == ["status"]
