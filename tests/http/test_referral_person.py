"""The person and those closest: what they are told happens next and by when, in both languages, in each status."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from oppfolging_api.kernel import systems
from support import Api, Json, MovableClock, Municipality, identity_number, ok, patient_number, reference

OSLO = ZoneInfo("Europe/Oslo")
RECEIVED = "Meldingen er mottatt av koordinerende enhet."
HANDLED = "Meldingen er mottatt og behandlet av koordinerende enhet."
_MONTHS: Final = (
    "januar februar mars april mai juni juli august september oktober november desember".split()  # noqa: SIM905
)
_SERIAL = count(1)


def refer(sender: Api, number: str) -> Json:
    form: Json = {
        "messageId": f"p-{next(_SERIAL)}",
        "patient": {"identifier": number, "name": "Jan Havrekil"},
        "reason": "Jeg vet ikke hvem jeg skal ringe.",
        "consentToShare": False,
        "personInformed": True,
    }
    return ok(sender.post("/referral", form), 201)


def unit_of(town: Municipality) -> Api:
    return town.api("coordinating-unit", sub="ke-leader")


def task_of(town: Municipality, id: str) -> Json:
    (entry,) = unit_of(town).search(f"Task?focus=ServiceRequest/{id}")["entry"]
    found: Json = entry["resource"]
    return found


def begin(town: Municipality, id: str) -> None:
    ok(unit_of(town).put(task_of(town, id) | {"status": "in-progress"}), 200)


def reject(town: Municipality, id: str) -> None:
    reason = {"text": "Bor i en annen kommune."}
    ok(unit_of(town).put(task_of(town, id) | {"status": "rejected", "statusReason": reason}), 200)


def withdraw(town: Municipality, id: str) -> None:
    unit = unit_of(town)
    unit.update(unit.read("ServiceRequest", id) | {"status": "revoked"})


def decide(town: Municipality, id: str, outcome: str = "team", **given: Any) -> None:
    told = {"outcome": {"valueCode": outcome}, "reason": {"valueString": "Vurdert sammen."}} | given
    assert unit_of(town).operate(f"ServiceRequest/{id}/$decide", **told).status_code == 200


def in_words(day: date) -> str:
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def in_three_weeks(town: Municipality) -> str:
    return in_words(town.clock.now().astimezone(OSLO).date() + timedelta(days=21))


def relative_of(town: Municipality, patient: Json) -> Api:
    number = identity_number()
    identifier = [{"system": systems.FNR, "value": number}]
    town.system.create({"resourceType": "RelatedPerson", "identifier": identifier, "patient": reference(patient)})
    return town.api("person", pid=number)


def heard(sender: Api, id: str) -> tuple[str, str, str]:
    """Where it stands, and what is said of it in Bokmål and Nynorsk."""
    told = ok(sender.get(f"/referral/{id}"), 200)
    assert sorted(told["next"]) == ["nb", "nn"]
    return told["status"], told["next"]["nb"], told["next"]["nn"]


def test_the_answer_itself_tells_the_person_what_happens_next_and_when(town: Municipality) -> None:
    number, by = identity_number(), in_three_weeks(town)
    told = refer(town.api("person", pid=number), number)
    assert told["status"] == "received"
    assert told["next"] == {
        "nb": "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt, så dere kan snakke sammen om hva som "
        f"er viktig for deg. Du får svar innen {by}. Du trenger ikke gjøre noe nå.",
        "nn": "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt, så de kan snakke saman om kva som er "
        f"viktig for deg. Du får svar innan {by}. Du treng ikkje gjere noko no.",
    }


def test_the_person_hears_that_somebody_works_with_it(town: Municipality) -> None:
    number, by = identity_number(), in_three_weeks(town)
    own = town.api("person", pid=number)
    id = refer(own, number)["id"]
    begin(town, id)
    assert heard(own, id) == (
        "in-progress",
        f"Koordinerende enhet i kommunen arbeider med meldingen. Du får svar innen {by}.",
        f"Koordinerande eining i kommunen arbeider med meldinga. Du får svar innan {by}.",
    )


ANSWERED: Final = (
    "handled",
    "Meldingen er behandlet. Lurer du på noe, ta kontakt med koordinerende enhet i kommunen.",
    "Meldinga er handsama. Lurer du på noko, ta kontakt med koordinerande eining i kommunen.",
)
TAKEN_BACK: Final = (
    "withdrawn",
    "Meldingen er trukket tilbake. Du kan sende en ny når du vil.",
    "Meldinga er trekt tilbake. Du kan sende ei ny når du vil.",
)


@pytest.mark.parametrize(
    ("end", "told", "text"),
    [
        (decide, ANSWERED, "Personen får oppfølgingsteam med koordinator. Begrunnelse: Vurdert sammen."),
        (
            reject,
            ANSWERED,
            "Meldingen er ikke tatt imot av koordinerende enhet. Begrunnelse: Bor i en annen kommune.",
        ),
        (withdraw, TAKEN_BACK, "Meldingen er trukket tilbake."),
    ],
    ids=["decided", "rejected", "withdrawn"],
)
def test_the_person_hears_how_it_ended_and_why(
    town: Municipality, end: Any, told: tuple[str, str, str], text: str
) -> None:
    number = identity_number()
    own = town.api("person", pid=number)
    id = refer(own, number)["id"]
    end(town, id)
    assert heard(own, id) == told
    assert [one["text"] for one in ok(own.get(f"/referral/{id}"), 200)["feedback"]] == [RECEIVED, text]


def test_an_answer_that_is_late_is_said_to_be_late(town: Municipality, clock: MovableClock) -> None:
    number, by = identity_number(), in_three_weeks(town)
    id = refer(town.api("person", pid=number), number)["id"]
    clock.moved = timedelta(days=22)
    assert heard(town.api("person", pid=number), id) == (
        "received",
        (
            "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt, så dere kan snakke sammen om hva som "
            f"er viktig for deg. Svaret er forsinket. Det skulle vært her innen {by}. Du trenger ikke gjøre noe nå."
        ),
        (
            "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt, så de kan snakke saman om kva som "
            f"er viktig for deg. Svaret er forseinka. Det skulle vore her innan {by}. Du treng ikkje gjere noko no."
        ),
    )


def test_next_of_kin_are_told_of_the_one_it_is_about_and_not_as_if_they_were_them(town: Municipality) -> None:
    patient, by = town.person(), in_three_weeks(town)
    mother = relative_of(town, patient)
    told = refer(mother, patient_number(patient))
    assert told["next"] == {
        "nb": "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt med den det gjelder, så de kan snakke "
        f"sammen om hva som er viktig. Det blir svart innen {by}. Du trenger ikke gjøre noe nå.",
        "nn": "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt med den det gjeld, så dei kan snakke "
        f"saman om kva som er viktig. Det blir svart innan {by}. Du treng ikkje gjere noko no.",
    }


@pytest.mark.parametrize("end", [decide, reject])
def test_next_of_kin_hear_that_it_is_received_and_handled_and_no_more(town: Municipality, end: Any) -> None:
    patient = town.person()
    mother = relative_of(town, patient)
    id = refer(mother, patient_number(patient))["id"]
    begin(town, id)
    assert heard(mother, id)[0] == "received"
    end(town, id)
    assert heard(mother, id) == ANSWERED
    told = ok(mother.get(f"/referral/{id}"), 200)
    assert ("outcome" in told, [one["text"] for one in told["feedback"]]) == (False, [RECEIVED, HANDLED])
    assert [step["status"] for step in told["history"]] == ["received", "handled"]


def test_who_is_referred_by_somebody_else_reads_it_in_their_own_record(town: Municipality) -> None:
    """Where it stands is told whoever sent it; the person has the whole record."""
    patient = town.person()
    id = refer(relative_of(town, patient), patient_number(patient))["id"]
    own = town.as_person(patient)
    assert own.get(f"/referral/{id}").status_code == 404
    assert own.read("ServiceRequest", id)["status"] == "active"
    (task,) = own.found(f"Task?focus=ServiceRequest/{id}")
    assert own.read("Task", task.removeprefix("Task/"))["status"] == "requested"
    decide(town, id)
    assert own.read("Task", task.removeprefix("Task/"))["status"] == "completed"


def test_the_day_of_the_answer_is_the_norwegian_one(town: Municipality, clock: MovableClock) -> None:
    """At half past eleven at night in UTC it is tomorrow in Norway."""
    now = clock.now()
    late = datetime(now.year, now.month, now.day, 23, 30, tzinfo=now.tzinfo)
    clock.moved = late - now
    number = identity_number()
    by = now.date() + timedelta(days=22)
    told = refer(town.api("person", pid=number), number)
    assert told["decisionBy"] == by.isoformat()
    assert f"innen {in_words(by)}." in told["next"]["nb"]
