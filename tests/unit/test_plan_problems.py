"""What a plan and a goal say of themselves, judged as pure functions: kinds, pointers, states, notes, targets."""

from datetime import date
from typing import Any

import pytest

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.plan.goals import goal_problems
from oppfolging_api.plan.rules import plan_problems

CANONICAL = Canonical("https://kommune.example/fhir")
DAY = date(2026, 11, 22)


def both(*kinds: str) -> list[dict[str, Any]]:
    system = "https://kommune.example/fhir/CodeSystem/plan-kind"
    return [{"coding": [{"system": system, "code": kind}]} for kind in kinds]


def plan(kind: str = "individual-plan", status: str = "active") -> dict[str, Any]:
    return {"resourceType": "CarePlan", "status": status, "category": both(kind)}


def told(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(issue.rule, issue.expression) for issue in plan_problems(before, after, DAY, CANONICAL)]


@pytest.mark.parametrize(
    ("kinds", "problems"),
    [
        (("individual-plan",), []),
        (("individual-plan", "individual-plan"), []),
        (("individual-plan", "crisis-plan"), [("plan-one-kind", "CarePlan.category")]),
        (("week-plan", "early-measures"), [("plan-one-kind", "CarePlan.category")]),
        (("external", "week-plan"), []),
        (("external", "week-plan", "crisis-plan"), [("plan-one-kind", "CarePlan.category")]),
    ],
)
def test_a_plan_has_one_kind(kinds: tuple[str, ...], problems: list[tuple[str, str]]) -> None:
    dated = {"title": "Planen", "period": {"start": "2026-01-01"}}
    assert told(None, plan() | {"category": both(*kinds)} | dated) == problems


def test_what_is_not_ours_is_held_to_nothing() -> None:
    assert told(None, {"status": "active", "category": [], "extension": [state("2020-01-01")]}) == []


@pytest.mark.parametrize(
    ("elements", "problems"),
    [
        ({}, []),
        ({"title": " "}, ["CarePlan.title"]),
        ({"title": ""}, ["CarePlan.title"]),
        ({"period": {"end": "2027"}}, ["CarePlan.period.start"]),
        ({"period": {}, "goal": [{"reference": "Goal/a"}]}, ["CarePlan.period.start", "CarePlan.goal"]),
        ({"activity": [{"detail": {"status": "scheduled"}}]}, ["CarePlan.activity"]),
    ],
)
def test_a_plan_kept_elsewhere_is_a_dated_pointer(elements: dict[str, Any], problems: list[str]) -> None:
    pointer = plan("external") | {"title": "IOP ved Lia skole", "period": {"start": "2026-08"}}
    assert told(None, pointer | elements) == [("plan-pointer", path) for path in problems]


def state(ask_again: str, said: str = "declined") -> dict[str, Any]:
    parts = [
        {"url": "state", "valueCode": said},
        {"url": "explained", "valueString": "Hva en plan er"},
        {"url": "ask-again", "valueDate": ask_again},
    ]
    return {"url": "https://kommune.example/fhir/StructureDefinition/plan-state", "extension": parts}


@pytest.mark.parametrize(
    ("status", "in_use"),
    [("revoked", False), ("on-hold", False), ("entered-in-error", False)]
    + [(status, True) for status in ("active", "draft", "completed", "unknown")],
)
def test_what_is_said_no_to_is_not_in_use(status: str, in_use: bool) -> None:
    refused = [("plan-not-made", "CarePlan.status")] if in_use else []
    assert told(None, plan(status=status) | {"extension": [state("2027-01-01")]}) == refused


AGAIN = ("plan-ask-again", "CarePlan.extension[1].extension[2].valueDate")


@pytest.mark.parametrize(
    ("was", "becomes", "problems"),
    [
        (None, "2026-11-23", []),
        (None, "2026-11-22", [AGAIN]),
        (None, "2026-11-21", [AGAIN]),
        (None, "2027-01", [AGAIN]),
        (None, "2027", [AGAIN]),
        ("2026-01-01", "2026-01-01", []),
        ("2026-01-01", "2026-02-01", [AGAIN]),
        ("2026-01-01", "2027-01-01", []),
    ],
)
def test_a_day_to_ask_again_is_judged_when_it_is_set(
    was: str | None, becomes: str, problems: list[tuple[str, str]]
) -> None:
    first = {"url": "http://example.org/other", "valueString": "x"}
    before = None if was is None else plan(status="on-hold") | {"extension": [state(was)]}
    assert told(before, plan(status="on-hold") | {"extension": [first, state(becomes)]}) == problems


def note(item: str, relevant: bool | None = None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"url": "item", "valueCode": item}]
    parts += [] if relevant is None else [{"url": "relevant", "valueBoolean": relevant}]
    url = "https://kommune.example/fhir/StructureDefinition/content"
    return {"text": "Slik er det.", "extension": [{"url": url, "extension": parts}]}


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        *((note(item), True) for item in ("resources-needs", "person-part", "services-part", "kin-part")),
        *((note(item), True) for item in ("carried-out", "revision", "cooperation")),
        *((note(item), False) for item in ("goals", "participants", "coordinator", "measures", "responsible", "a")),
        *((note(item), False) for item in ("extent", "period", "plan-consent", "sharing-consent")),
        (note("kin-part", False), True),
        (note("cooperation", False), True),
        (note("cooperation", True), True),
        (note("revision", False), False),
        (note("goals", False), False),
    ],
)
def test_a_note_answers_what_can_be_said_with_words(written: dict[str, Any], taken: bool) -> None:
    refused = [] if taken else [("plan-content", "CarePlan.note[1].extension[0]")]
    assert told(None, plan() | {"note": [{"text": "Bare et notat."}, written]}) == refused


def agreement(status: str, **who: str) -> dict[str, Any]:
    parts = [{"url": "status", "valueCode": status}, *({"url": "with", "valueString": said} for said in who.values())]
    return {"url": "https://kommune.example/fhir/StructureDefinition/agreement", "extension": parts}


@pytest.mark.parametrize(
    ("extension", "refused"),
    [
        (agreement("agreed"), False),
        (agreement("not-agreed", who="Bror"), False),
        (agreement("not-agreed"), True),
        (agreement("not-agreed", who=" "), True),
    ],
)
def test_it_is_said_who_does_not_agree_on_a_goal(extension: dict[str, Any], refused: bool) -> None:
    first = {"url": "http://example.org/other", "valueString": "x"}
    issues = goal_problems({"extension": [first, extension]}, CANONICAL)
    expected = [("goal-agreement", "Goal.extension[1]")] if refused else []
    assert [(issue.rule, issue.expression) for issue in issues] == expected


FROM_CONVERSATION = {"coding": [{"system": "https://kommune.example/fhir/Questionnaire/psfs", "code": "a1"}]}


@pytest.mark.parametrize(
    ("target", "refused"),
    [
        ({"measure": FROM_CONVERSATION}, False),
        ({"measure": FROM_CONVERSATION, "dueDate": "2027-01-01", "detailInteger": 10}, False),
        ({"measure": FROM_CONVERSATION, "detailInteger": 0}, False),
        ({"measure": FROM_CONVERSATION, "detailInteger": 11}, True),
        ({"measure": FROM_CONVERSATION, "detailInteger": -1}, True),
        ({"measure": FROM_CONVERSATION, "detailString": "7"}, True),
        ({"measure": FROM_CONVERSATION, "_detailInteger": {"id": "x"}}, True),
        ({"measure": {"coding": [{"system": "http://loinc.org", "code": "1"}]}, "detailInteger": 11}, False),
        ({"dueDate": "2027-01-01"}, False),
    ],
)
def test_a_goal_from_a_conversation_is_measured_as_it_was(target: dict[str, Any], refused: bool) -> None:
    issues = goal_problems({"target": [{"dueDate": "2027-01-01"}, target]}, CANONICAL)
    expected = [("goal-psfs", "Goal.target[1]")] if refused else []
    assert [(issue.rule, issue.expression) for issue in issues] == expected
