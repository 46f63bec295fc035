"""What is drawn from plans, goals, measures and consents, as pure functions."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.plan.projections import activities, consent_terms, goal_courses, held_plans, sole_plan

CANONICAL = Canonical()
BASE = "https://oppfolging.example/fhir"
JAN = {"reference": "Patient/jan"}


def own(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{BASE}/CodeSystem/{system}", "code": code}]}


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": f"{BASE}/StructureDefinition/{name}", **value}


REVIEW = extension("review", valueDate="2027-06")
STATE = [{"url": "state", "valueCode": "postponed"}, {"url": "ask-again", "valueDate": "2027-01-06"}]
NOTED = extension("content", extension=[{"url": "item", "valueCode": "cooperation"}])
WAIVED = extension(
    "content", extension=[{"url": "item", "valueCode": "kin-part"}, {"url": "relevant", "valueBoolean": False}]
)
PLAN: dict[str, Any] = {
    "status": "active",
    "category": [own("plan-kind", "individual-plan")],
    "subject": JAN,
    "period": {"start": "2026-01-01", "end": "2026-12-31"},
    "extension": [REVIEW],
    "author": {"reference": "PractitionerRole/nurse"},
    "partOf": [{"reference": "CarePlan/whole"}],
    "goal": [{"reference": "Goal/b"}, {"reference": "Goal/a/_history/2"}],
    "activity": [{"reference": {"reference": "Task/t"}}, {"detail": {"status": "scheduled", "description": "Gå tur"}}],
    "note": [{"text": "DPS", "extension": [NOTED]}, {"text": "Bor langt unna", "extension": [WAIVED]}],
}


def test_a_plan_is_drawn_with_what_it_answers_itself() -> None:
    assert held_plans(CANONICAL, PLAN) == [
        {
            "person": "jan",
            "kind": "individual-plan",
            "external": False,
            "status": "active",
            "state": None,
            "ask_again": None,
            "starts": datetime(2025, 12, 31, 23, tzinfo=UTC),
            "ends": datetime(2026, 12, 31, 23, tzinfo=UTC),
            "review": date(2027, 6, 1),
            "author": "PractitionerRole/nurse",
            "parts": ["Goal/a", "Goal/b", "Task/t"],
            "told": ["carried-out", "cooperation", "measures", "period", "revision"],
            "lacks": ["extent", "responsible"],
            "waived": ["kin-part"],
        }
    ]


def test_a_plan_that_was_not_made_is_drawn_with_when_to_ask_again() -> None:
    (row,) = held_plans(CANONICAL, PLAN | {"extension": [extension("plan-state", extension=STATE)]})
    assert (row["state"], row["ask_again"], row["review"]) == ("postponed", date(2027, 1, 6), None)


@pytest.mark.parametrize(
    ("codes", "kind", "external"),
    [
        (("external",), "external", True),
        (("external", "week-plan"), "week-plan", True),
        (("crisis-plan",), None, False),
    ],
)
def test_a_plan_kept_elsewhere_is_drawn_as_what_it_is(codes: tuple[str, ...], kind: str | None, external: bool) -> None:
    (row,) = held_plans(CANONICAL, PLAN | {"category": [own("plan-kind", code) for code in codes]})
    assert (row["kind"], row["external"]) == (kind or "crisis-plan", external)


@pytest.mark.parametrize(
    "change", [{"category": []}, {"subject": {"reference": "Group/g"}}, {"category": [own("x", "y")]}]
)
def test_nothing_is_drawn_of_what_is_not_a_plan_of_ours(change: dict[str, Any]) -> None:
    assert held_plans(CANONICAL, PLAN | change) == []


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({}, [{"slot": "individual-plan", "person": "jan"}]),
        ({"status": "draft"}, []),
        ({"category": [own("plan-kind", "individual-plan"), own("plan-kind", "external")]}, []),
    ],
)
def test_an_active_individual_plan_takes_the_persons_one_place(
    change: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    assert sole_plan(CANONICAL, PLAN | change) == rows


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        *((status, True) for status in ("proposed", "planned", "accepted", "active", "on-hold")),
        *((status, False) for status in ("completed", "cancelled", "rejected", "entered-in-error")),
    ],
)
def test_a_goal_is_drawn_while_it_is_wanted(status: str, wanted: bool) -> None:
    targets = [{"dueDate": "2027-02"}, {"dueDate": "2026-12-24"}, {"measure": {"text": "x"}}]
    goal = {"lifecycleStatus": status, "subject": JAN, "target": targets, "extension": [REVIEW]}
    assert goal_courses(CANONICAL, goal) == [
        {"person": "jan", "open": wanted, "due": date(2027, 2, 28), "review": date(2027, 6, 1)}
    ]


def test_a_goal_need_not_have_a_day() -> None:
    (row,) = goal_courses(CANONICAL, {"lifecycleStatus": "active", "subject": JAN})
    assert (row["due"], row["review"]) == (None, None)
    assert goal_courses(CANONICAL, {"lifecycleStatus": "active", "subject": {"reference": "Group/g"}}) == []


@pytest.mark.parametrize(
    ("status", "is_open", "void"),
    [
        *((status, True, False) for status in ("draft", "requested", "received", "accepted", "ready")),
        *((status, True, False) for status in ("in-progress", "on-hold")),
        ("completed", False, False),
        *((status, False, True) for status in ("cancelled", "rejected", "failed", "entered-in-error")),
    ],
)
def test_a_measure_is_drawn_as_far_as_it_has_come(status: str, is_open: bool, void: bool) -> None:
    (row,) = activities(CANONICAL, {"status": status, "for": JAN})
    assert (row["open"], row["void"]) == (is_open, void)


def test_a_measure_is_drawn_with_whose_it_is_and_until_when() -> None:
    task = {
        "status": "in-progress",
        "for": JAN,
        "code": own("task-kind", "activity"),
        "owner": {"reference": "PractitionerRole/nurse"},
        "restriction": {"period": {"end": "2026-12-24"}},
        "note": [{"text": "Godt i gang"}],
    }
    assert activities(CANONICAL, task) == [
        {
            "person": "jan",
            "owner": "PractitionerRole/nurse",
            "open": True,
            "void": False,
            "due": datetime(2026, 12, 24, 23, tzinfo=UTC),
            "extent": True,
            "told": True,
        }
    ]


@pytest.mark.parametrize(
    ("code", "drawn"),
    [
        ({"text": "Gå tur"}, True),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}, True),
        (own("task-kind", "obtain-consent"), False),
        (own("task-kind", "referral"), False),
        (own("message-task", "unsorted"), False),
        (own("whatever-comes", "x"), False),
    ],
)
def test_work_of_the_service_itself_is_no_measure(code: dict[str, Any], drawn: bool) -> None:
    assert bool(activities(CANONICAL, {"status": "requested", "for": JAN, "code": code})) is drawn


OPTOUT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]}


@pytest.mark.parametrize(
    ("change", "active"),
    [
        ({}, True),
        ({"status": "inactive"}, False),
        ({"provision": {"type": "deny"}}, False),
        ({"policyRule": OPTOUT}, False),
    ],
)
def test_a_consent_is_drawn_for_each_kind_it_is(change: dict[str, Any], active: bool) -> None:
    both = [own("consent-kind", "sharing"), own("consent-kind", "plan")]
    rows = consent_terms(CANONICAL, {"status": "active", "patient": JAN, "category": both} | change)
    assert [(row["kind"], row["person"], row["active"]) for row in rows] == [
        ("plan", "jan", active),
        ("sharing", "jan", active),
    ]


def test_a_consent_is_drawn_with_its_term() -> None:
    term = {"provision": {"period": {"end": "2026-12-31"}}}
    (row,) = consent_terms(CANONICAL, {"patient": JAN, "category": [own("consent-kind", "plan")]} | term)
    assert (row["starts"], row["ends"]) == (None, datetime(2026, 12, 31, 23, tzinfo=UTC))
