"""A Task of the worklist: what it says, how it ends and begins anew, and when nothing need be asked about it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oppfolging_api.fhir.stamp import stamped
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.registry import Change
from oppfolging_api.kernel.vocabulary import Worklist
from oppfolging_api.resources import served
from oppfolging_api.worklist.differences import Difference
from oppfolging_api.worklist.on_write import matters
from oppfolging_api.worklist.rules import TABLE, is_rejected
from oppfolging_api.worklist.tasks import as_wanted, settled, work_rows, work_task

Body = dict[str, Any]

BASE = "https://oppfolging.example/fhir/CodeSystem"
CANONICAL = Canonical()
SENT = datetime(2026, 11, 16, 8, 0, 0, 250_999, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 8, 0, 0, 250_999, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTLED = {"coding": [{"system": f"{BASE}/task-result", "code": "settled"}]}
(UNDELIVERED,) = (rule for rule in TABLE if rule.code == Worklist.FEEDBACK_UNDELIVERED)
LACKING = Difference(
    code="feedback-undelivered",
    id=None,
    wanted=True,
    person="jan",
    focus="Communication/told",
    owner="Organization/unit",
    since=SENT,
    due=DUE,
    detail=None,
    kinds=["mental-health"],
)
CALLER = Caller("9901", frozenset({Role.SYSTEM}), "urn:test", "test")


def made(found: Difference = LACKING) -> Body:
    return work_task(UNDELIVERED, found, NOW, CANONICAL)


def test_a_task_says_what_and_why_in_both_languages() -> None:
    translation = "http://hl7.org/fhir/StructureDefinition/translation"
    nynorsk = "Avsendaren har ikkje kvittert for ei tilbakemelding. Ta kontakt på annan måte."
    said = [{"url": "lang", "valueCode": "nn"}, {"url": "content", "valueString": nynorsk}]
    task = made(replace(LACKING, detail="E21 Mottaker finnes ikke"))
    assert task == {
        "resourceType": "Task",
        "meta": {"security": [{"system": f"{BASE}/information-kind", "code": "mental-health"}]},
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": f"{BASE}/worklist", "code": "feedback-undelivered"}]},
        "description": "Avsenderen har ikke kvittert for en tilbakemelding. Ta kontakt på annen måte.",
        "_description": {"extension": [{"url": translation, "extension": said}]},
        "reasonCode": {"text": "E21 Mottaker finnes ikke"},
        "focus": {"reference": "Communication/told"},
        "owner": {"reference": "Organization/unit"},
        "authoredOn": "2026-11-22T08:00:00.000Z",
        "lastModified": "2026-11-22T08:00:00.000Z",
        "restriction": {"period": {"start": "2026-11-16T08:00:00.250Z", "end": "2026-11-20T08:00:00.250Z"}},
    }
    validate(stamped(task, "t", 1, NOW), "Task")


def test_one_about_somebody_names_them() -> None:
    about_them = replace(UNDELIVERED, about_person=True)
    assert work_task(about_them, LACKING, NOW, CANONICAL)["for"] == {"reference": "Patient/jan"}
    assert "for" not in made()


def test_where_the_directory_has_no_unit_it_is_nobodys() -> None:
    task = made(replace(LACKING, owner=None, kinds=[]))
    assert ("owner" in task, "meta" in task) == (False, False)


def test_what_was_sent_before_all_time_is_an_instant_still() -> None:
    period = made(replace(LACKING, since=datetime.min.replace(tzinfo=UTC)))["restriction"]["period"]
    assert period["start"] == "0001-01-01T00:00:00.000Z"


@pytest.mark.parametrize("status", ["requested", "accepted", "in-progress", "on-hold"])
def test_one_that_is_settled_is_told_from_one_ended_by_hand(status: str) -> None:
    ended = settled(made() | {"status": status}, LATER, CANONICAL)
    at = "2026-11-23T08:00:00.000Z"
    assert (ended["status"], ended["lastModified"], ended["executionPeriod"]) == ("completed", at, {"end": at})
    assert ended["output"] == [{"type": SETTLED, "valueInstant": at}]
    validate(stamped(ended, "t", 2, LATER), "Task")
    by_hand = made() | {"status": "completed"}
    assert [(row["open"], row["settled"]) for row in rows(made(), ended, by_hand)] == [
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.parametrize("status", ["completed", "rejected", "cancelled", "failed"])
def test_what_was_ended_by_hand_stays_as_it_is(status: str) -> None:
    by_hand = made() | {"status": status, "executionPeriod": {"end": "2026-11-22T09:00:00Z"}}
    assert settled(by_hand, LATER, CANONICAL) == by_hand
    assert as_wanted(by_hand, UNDELIVERED, LACKING, LATER, CANONICAL) == by_hand


def test_what_is_reopened_says_nothing_of_its_end() -> None:
    note = {"type": {"text": "Notat"}, "valueString": "Ringte, ingen svarte."}
    held = made() | {"output": [note]}
    again = as_wanted(settled(held, LATER, CANONICAL), UNDELIVERED, LACKING, LATER, CANONICAL)
    assert again == held | {"lastModified": "2026-11-23T08:00:00.000Z"}


def test_a_new_owner_has_the_open_one_due_no_later_than_it_was() -> None:
    held = made(replace(LACKING, detail="E21")) | {"status": "in-progress"}
    found = replace(LACKING, owner="Organization/other", due=LATER)
    moved = as_wanted(held, UNDELIVERED, found, LATER, CANONICAL)
    assert (moved["status"], moved["owner"]) == ("in-progress", {"reference": "Organization/other"})
    assert moved["restriction"] == held["restriction"]
    assert "reasonCode" not in moved
    assert "owner" not in as_wanted(held, UNDELIVERED, replace(found, owner=None), LATER, CANONICAL)


def rows(*tasks: Body) -> list[Body]:
    return [row for task in tasks for row in work_rows(task, CANONICAL)]


def test_its_row_says_what_it_is_about_and_since_when() -> None:
    assert rows(made(replace(LACKING, detail="E21"))) == [
        {
            "code": "feedback-undelivered",
            "focus": "Communication/told",
            "person": None,
            "owner": "Organization/unit",
            "since": datetime(2026, 11, 16, 8, 0, 0, 250_000, tzinfo=UTC),
            "detail": "E21",
            "open": True,
            "settled": False,
        }
    ]
    assert rows(made() | {"for": {"reference": "Patient/jan"}})[0]["person"] == "jan"


@pytest.mark.parametrize("without", ["code", "focus", "restriction"])
def test_rows_of_what_is_no_worklist_task_are_none(without: str) -> None:
    assert rows({name: value for name, value in made().items() if name != without}) == []


def test_rows_of_a_referrals_task_are_none() -> None:
    assert rows(made() | {"code": {"coding": [{"system": f"{BASE}/task-kind", "code": "referral"}]}}) == []


def test_every_rule_has_a_code_of_its_own_and_says_it_in_both_languages() -> None:
    assert len({rule.code for rule in TABLE}) == len(TABLE)
    assert all(text.endswith(".") for rule in TABLE for text in (rule.nb, rule.nn))


def change(type: str, before: Body | None, after: Body | None) -> Change:
    return Change(served()[type], "x", "jan", before, after, CALLER)


def message(category: str, **elements: Any) -> Body:
    concept = {"coding": [{"system": f"{BASE}/communication-category", "code": category}]}
    return {"resourceType": "Communication", "status": "completed", "category": [concept]} | elements


def task_of(system: str, code: str) -> Body:
    return {"resourceType": "Task", "code": {"coding": [{"system": f"{BASE}/{system}", "code": code}]}}


REFERRAL = task_of("task-kind", "referral")
ACTIVITY = task_of("task-kind", "activity")
TEAM: Body = {"resourceType": "CareTeam", "status": "active"}


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        (None, message("feedback"), False),
        (message("feedback"), message("feedback", received="2026-11-22T08:00:00Z"), True),
        (message("feedback"), None, True),
        (message("feedback"), message("message"), True),
        (None, message("minutes"), True),
        (message("message"), message("message", status="not-done"), False),
        (None, REFERRAL, False),
        (REFERRAL, REFERRAL | {"status": "accepted"}, True),
        (None, ACTIVITY, True),
        (None, made(), False),
        (made(), settled(made(), LATER, CANONICAL), False),
        (None, TEAM, True),
    ],
)
def test_a_new_referral_or_feedback_asks_nothing(before: Body | None, after: Body | None, asks: bool) -> None:
    """Nor does what the worklist itself writes; what has just been made can be late with nothing."""
    held = after or before or {}
    assert matters(change(held["resourceType"], before, after), CANONICAL) is asks


REFUSED = {"text": "E21 Mottaker finnes ikke"}


@pytest.mark.parametrize(
    ("before", "after", "at_once"),
    [
        ({}, {"statusReason": REFUSED}, True),
        ({"statusReason": {"text": "X99"}}, {"statusReason": REFUSED}, True),
        ({"statusReason": REFUSED}, {"statusReason": REFUSED, "note": [{"text": "Ringt."}]}, False),
        ({"statusReason": REFUSED}, {"received": "2026-11-22T08:00:00Z"}, False),
    ],
)
def test_a_rejection_is_to_be_seen_at_once(before: Body, after: Body, at_once: bool) -> None:
    told = change("Communication", message("feedback", **before), message("feedback", **after))
    assert is_rejected(told, CANONICAL) is at_once
