"""The closed loop: where a referral stands, who moves it, what each sender hears of it, and when it is late."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from audit import Store
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.settings import Settings
from plo_messages import Note, feedback, referral_of, sent
from support import (
    Api,
    Json,
    MovableClock,
    Municipality,
    identity_number,
    issues,
    ok,
    patient_number,
    running,
)

OSLO = ZoneInfo("Europe/Oslo")
RECEIVED = "Meldingen er mottatt av koordinerende enhet."
HANDLED = "Meldingen er mottatt og behandlet av koordinerende enhet."
REJECTED = "Meldingen er ikke tatt imot av koordinerende enhet. Begrunnelse: Bor i en annen kommune."
WITHDRAWN = "Meldingen er trukket tilbake."
REASON = {"text": "Bor i en annen kommune."}
_SERIAL = count(1)


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def office_of(town: Municipality, type: str = "gp-office") -> Api:
    return town.employee(town.organisation(type)).as_("referrer")


def refer(sender: Api, number: str | None = None, **elements: Any) -> str:
    form: Json = {
        "messageId": f"s-{next(_SERIAL)}",
        "patient": {"identifier": number or identity_number(), "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    return str(ok(sender.post("/referral", form | elements), 201)["id"])


def unit_of(town: Municipality) -> Api:
    """The coordinating unit with a token of now, wherever the clock stands."""
    return town.api("coordinating-unit", orgnr=str(town.unit_office["identifier"][0]["value"]), sub="ke-leader")


def task_of(town: Municipality, id: str) -> Json:
    (entry,) = unit_of(town).search(f"Task?focus=ServiceRequest/{id}")["entry"]
    found: Json = entry["resource"]
    return found


def moved(town: Municipality, id: str, status: str, **elements: Any) -> httpx.Response:
    return unit_of(town).put(task_of(town, id) | {"status": status} | elements)


def decide(town: Municipality, id: str) -> None:
    given = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
    assert unit_of(town).operate(f"ServiceRequest/{id}/$decide", **given).status_code == 200


def withdraw(town: Municipality, id: str) -> None:
    town.unit.update(town.unit.read("ServiceRequest", id) | {"status": "revoked"})


def told(sender: Api, id: str) -> tuple[str, list[str], list[str]]:
    """Where it stands, the statuses it has had, and what has been said."""
    heard = ok(sender.get(f"/referral/{id}"), 200)
    statuses, texts = [step["status"] for step in heard["history"]], [one["text"] for one in heard["feedback"]]
    return heard["status"], statuses, texts


def states(town: Municipality, id: str) -> tuple[str, str]:
    """Of the Task and of the ServiceRequest."""
    return task_of(town, id)["status"], town.unit.read("ServiceRequest", id)["status"]


def test_the_unit_takes_it_on_works_with_it_and_decides(town: Municipality) -> None:
    gp, service = office_of(town), office_of(town, "nav")
    ids = [refer(sender) for sender in (gp, service)]
    for id in ids:
        assert states(town, id) == ("requested", "active")
        assert ok(moved(town, id, "accepted"), 200)["status"] == "accepted"
    assert told(gp, ids[0]) == ("in-progress", ["received", "in-progress"], [RECEIVED])
    for id in ids:
        ok(moved(town, id, "in-progress"), 200)
    assert told(gp, ids[0])[:2] == ("in-progress", ["received", "in-progress"])
    # Who may not hear what comes of it, hears no step towards it.
    assert told(service, ids[1]) == ("received", ["received"], [RECEIVED])
    for id in ids:
        decide(town, id)
        assert states(town, id) == ("completed", "completed")
    assert told(gp, ids[0])[:2] == ("handled", ["received", "in-progress", "handled"])
    assert told(service, ids[1]) == ("handled", ["received", "handled"], [RECEIVED, HANDLED])
    assert told(town.unit, ids[1])[:2] == ("handled", ["received", "in-progress", "handled"])


def test_each_status_has_the_time_it_began(town: Municipality, clock: MovableClock) -> None:
    number = identity_number()
    own = town.api("person", pid=number)
    began = [clock.now()]
    id = refer(own, number)
    clock.moved = timedelta(days=3)
    began.append(clock.now())
    ok(moved(town, id, "accepted"), 200)
    clock.moved = timedelta(days=9)
    began.append(clock.now())
    decide(town, id)
    heard = ok(town.api("person", pid=number).get(f"/referral/{id}"), 200)
    times = [datetime.fromisoformat(step["at"]) for step in heard["history"]]
    assert [abs(at - expected) < timedelta(seconds=30) for at, expected in zip(times, began, strict=True)] == [True] * 3
    assert heard["history"][0]["at"] == heard["received"]
    assert heard["history"][2]["at"] == heard["feedback"][-1]["sent"]


def test_what_is_not_taken_on_is_answered_and_the_gp_hears_why(town: Municipality) -> None:
    gp, service, agreed = office_of(town), office_of(town, "nav"), office_of(town, "school")
    heard = {gp: REJECTED, service: HANDLED, agreed: REJECTED}
    for sender, text in heard.items():
        id = refer(sender, consentToShare=sender is agreed)
        rejected = ok(moved(town, id, "rejected", statusReason=REASON), 200)
        assert rejected["status"] == "rejected"
        assert states(town, id) == ("rejected", "completed")
        assert "end" in task_of(town, id)["executionPeriod"]
        assert told(sender, id) == ("handled", ["received", "handled"], [RECEIVED, text])


def test_nothing_is_turned_down_without_a_reason(town: Municipality) -> None:
    gp = office_of(town)
    id = refer(gp)
    for reason in ({}, {"statusReason": {"coding": [{"code": "no"}]}}):
        refused = moved(town, id, "rejected", **reason)
        assert issues(refused, 422) == [("business-rule", "Task.statusReason")]
        told_why = refused.json()["issue"][0]["details"]
        assert told_why["coding"][0]["code"] == "referral-reason"
        assert told_why["text"] == "En melding som ikke tas imot, har en begrunnelse."
    assert states(town, id) == ("requested", "active")
    assert told(gp, id) == ("received", ["received"], [RECEIVED])


def test_what_is_withdrawn_waits_for_nobody_and_every_sender_hears_so(town: Municipality) -> None:
    for sender in (office_of(town), office_of(town, "nav")):
        id = refer(sender)
        withdraw(town, id)
        assert states(town, id) == ("cancelled", "revoked")
        assert told(sender, id) == ("withdrawn", ["received", "withdrawn"], [RECEIVED, WITHDRAWN])
        # A correction of it is no second withdrawal.
        town.unit.update(town.unit.read("ServiceRequest", id) | {"status": "entered-in-error"})
        assert told(sender, id)[2] == [RECEIVED, WITHDRAWN]
        given = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
        refused = town.unit.operate(f"ServiceRequest/{id}/$decide", **given)
        assert issues(refused, 409) == [("conflict", "ServiceRequest.status")]


def test_a_journal_system_hears_of_it_in_its_messages(town: Municipality) -> None:
    """It may have no other way to hear."""
    gp, notes = office_of(town), [Note(town.code), Note(town.code)]
    ids = [referral_of(gp, note) for note in notes if sent(gp, note).status == "1"]
    withdraw(town, ids[0])
    reject(town, ids[1])
    for id, text in zip(ids, (WITHDRAWN, REJECTED), strict=True):
        assert [told.text for told in feedback(gp, id)] == [RECEIVED, text]


def reject(town: Municipality, id: str) -> None:
    ok(moved(town, id, "rejected", statusReason=REASON), 200)


ENDS = {"decided": decide, "rejected": reject, "withdrawn": withdraw}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_stays_ended(town: Municipality, end: str) -> None:
    id = refer(office_of(town))
    ENDS[end](town, id)
    before = states(town, id)
    assert before[0] == {"decided": "completed", "rejected": "rejected", "withdrawn": "cancelled"}[end]
    for status in {"requested", "accepted", "in-progress", "completed", "rejected"} - {before[0]}:
        refused = moved(town, id, status, statusReason=REASON)
        assert ("forbidden", "Task.status") in issues(refused, 403)
    assert states(town, id) == before


def test_nobody_but_the_unit_moves_it(town: Municipality) -> None:
    patient, physio, nurse, gp = town.person(), town.employee(), town.employee(), office_of(town)
    town.team(patient, nurse.role, coordinator=physio.role)
    id = refer(gp, patient_number(patient))
    task, request = task_of(town, id), town.unit.read("ServiceRequest", id)
    for status in ("accepted", "in-progress", "rejected"):
        changed = task | {"status": status, "statusReason": REASON}
        by_coordinator = physio.as_("coordinator").put(changed)
        assert ("forbidden", "Task.status") in issues(by_coordinator, 403)
        assert issues(nurse.as_("team").put(changed), 403) == [("forbidden", None)]
        assert issues(town.as_person(patient).put(changed), 403) == [("forbidden", None)]
        # Senders change no Tasks at all, be it of their own referral or of one they do not know of.
        for sender in (gp, office_of(town)):
            assert issues(sender.put(changed), 403) == [("forbidden", None)]
    for api in (physio.as_("coordinator"), nurse.as_("team"), town.as_person(patient), gp, office_of(town)):
        assert api.put(request | {"status": "revoked"}).status_code == 403
    assert states(town, id) == ("requested", "active")


def overdue(town: Municipality, on: date) -> list[str]:
    """The unit's worklist: what was to be decided before a day, and is not. A Period without a start begins before any
    day there is, so that `lt` would find all of them."""
    code = "https://oppfolging.example/fhir/CodeSystem/task-kind|referral"
    return unit_of(town).found(f"Task?code={code}&status=requested,accepted,in-progress&due=eb{on.isoformat()}")


def test_what_is_not_decided_in_three_weeks_is_overdue_on_the_worklist(town: Municipality, clock: MovableClock) -> None:
    gp = office_of(town)
    first_day = clock.now().astimezone(OSLO).date()
    last_day = first_day + timedelta(days=21)
    waiting, answered = refer(gp), refer(gp)
    task = task_of(town, waiting)
    assert task["restriction"] == {"period": {"end": last_day.isoformat()}}
    assert ok(gp.get(f"/referral/{waiting}"), 200)["decisionBy"] == last_day.isoformat()
    decide(town, answered)
    clock.moved = timedelta(days=22)
    assert overdue(town, last_day) == []
    assert overdue(town, last_day + timedelta(days=1)) == [f"Task/{task['id']}"]


def test_an_answer_that_is_late_says_so_and_promises_no_day_that_has_passed(
    town: Municipality, clock: MovableClock
) -> None:
    doctor = town.employee(town.organisation("gp-office"))
    id = refer(doctor.as_("referrer"))
    said = []
    for days in (21, 22):
        clock.moved = timedelta(days=days)
        said.append(ok(doctor.as_("referrer").get(f"/referral/{id}"), 200)["next"]["nb"])
    assert "Det blir svart innen " in said[0]
    assert "Svaret er forsinket." in said[1]
    assert "blir svart" not in said[1]


@pytest.fixture(scope="module")
def hurried(settings: Settings, session_clock: MovableClock) -> Iterator[str]:
    with running(settings.model_copy(update={"decision_days": 7}), session_clock) as address:
        yield address


def test_how_soon_it_is_decided_is_a_setting(hurried: str, issuer: DevelopmentIssuer, clock: MovableClock) -> None:
    town = Municipality(hurried, issuer, clock, "9977")
    gp = office_of(town)
    last_day = (clock.now().astimezone(OSLO).date() + timedelta(days=7)).isoformat()
    id = refer(gp)
    assert ok(gp.get(f"/referral/{id}"), 200)["decisionBy"] == last_day
    assert task_of(town, id)["restriction"] == {"period": {"end": last_day}}


COURSE = "SELECT received, due, decided, status, outcome, person FROM referral_course WHERE referral = $1"
SENT = "SELECT sent, received FROM feedback_link WHERE referral = $1 ORDER BY sent"


def test_the_times_that_figures_are_made_from_are_kept(town: Municipality, clock: MovableClock, store: Store) -> None:
    patient, gp = town.person(), office_of(town)
    came = clock.now()
    id = refer(gp, patient_number(patient))
    ((received, due, decided, *state),) = store.ask(COURSE, id)
    assert abs(received - came) < timedelta(seconds=30)
    last_day = came.astimezone(OSLO).date() + timedelta(days=21)
    after = last_day + timedelta(days=1)
    assert due == datetime(after.year, after.month, after.day, tzinfo=OSLO)
    assert (decided, *state) == (None, "requested", None, patient["id"])

    clock.moved = timedelta(days=12, hours=1)
    ok(moved(town, id, "in-progress"), 200)
    decide(town, id)
    ((again, _, decided, *state),) = store.ask(COURSE, id)
    assert (again, *state) == (received, "completed", "team", patient["id"])
    assert timedelta(days=12) < decided - received < timedelta(days=13)
    first, second = store.ask(SENT, id)
    assert (first, second) == ((received, None), (decided, None))


def test_what_ends_otherwise_is_timed_too(town: Municipality, store: Store) -> None:
    rejected, withdrawn = refer(office_of(town)), refer(office_of(town))
    reject(town, rejected)
    withdraw(town, withdrawn)
    for id, status in ((rejected, "rejected"), (withdrawn, "cancelled")):
        ((received, _, decided, *state),) = store.ask(COURSE, id)
        assert (state[0], state[1], decided >= received) == (status, None, True)
        assert [sent for sent, _ in store.ask(SENT, id)] == [received, decided]
