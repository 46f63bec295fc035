"""A plan the person declined or put off is recorded with what was explained and when it is fit to ask again."""

from datetime import date, timedelta

import pytest

from plans import broken, extension, plan
from support import Json, MovableClock, Municipality, issues


def not_made(patient: Json, state: str, status: str, ask_again: date, **elements: object) -> Json:
    parts = [
        {"url": "state", "valueCode": state},
        {"url": "explained", "valueString": "Retten til individuell plan, og at svaret kan endres når som helst."},
        {"url": "ask-again", "valueDate": ask_again.isoformat()},
    ]
    return plan(patient, status=status, extension=[extension("plan-state", extension=parts)], **elements)


@pytest.mark.parametrize(("state", "status"), [("declined", "revoked"), ("postponed", "on-hold")])
def test_declined_and_postponed_are_recorded_with_what_was_explained(
    town: Municipality, clock: MovableClock, state: str, status: str
) -> None:
    """Helene declined, Berit put it off: neither is asked for consent, and each reads what was explained."""
    patient = town.person()
    made = town.unit.create(not_made(patient, state, status, clock.today + timedelta(days=90)))
    own = town.as_person(patient).read("CarePlan", made["id"])
    assert own == made
    (told,) = own["extension"][0]["extension"][1:2]
    assert told["valueString"] == "Retten til individuell plan, og at svaret kan endres når som helst."


@pytest.mark.parametrize("missing", ["state", "explained", "ask-again"])
def test_what_was_said_is_recorded_whole(town: Municipality, clock: MovableClock, missing: str) -> None:
    said = not_made(town.person(), "declined", "revoked", clock.today + timedelta(days=90))
    held = said["extension"][0]
    held["extension"] = [part for part in held["extension"] if part["url"] != missing]
    assert issues(town.unit.post("/fhir/CarePlan", said), 422) == [("required", "CarePlan.extension[0].extension")]


@pytest.mark.parametrize("status", ["active", "draft", "completed"])
def test_what_the_person_said_no_to_is_not_in_use(town: Municipality, clock: MovableClock, status: str) -> None:
    patient = town.person()
    town.consent(patient)
    said = not_made(patient, "declined", status, clock.today + timedelta(days=90))
    assert broken(town.unit.post("/fhir/CarePlan", said), 422) == [("plan-not-made", "CarePlan.status")]


def test_the_day_to_ask_again_is_to_come_when_it_is_set(town: Municipality, clock: MovableClock) -> None:
    patient = town.person()
    place = ("plan-ask-again", "CarePlan.extension[0].extension[2].valueDate")
    today = not_made(patient, "postponed", "on-hold", clock.today)
    assert broken(town.unit.post("/fhir/CarePlan", today), 422) == [place]
    made = town.unit.create(not_made(patient, "postponed", "on-hold", clock.today + timedelta(days=10)))
    clock.moved = timedelta(days=20)
    unit = town.api("coordinating-unit")
    titled = unit.update(made | {"title": "Individuell plan"})
    assert titled["title"] == "Individuell plan"
    passed = titled | {"extension": not_made(patient, "postponed", "on-hold", clock.today)["extension"]}
    assert broken(unit.put(passed), 422) == [place]


def test_a_plan_is_taken_up_again_with_consent_and_history_keeps_the_refusal(
    town: Municipality, clock: MovableClock
) -> None:
    patient = town.person()
    made = town.unit.create(not_made(patient, "postponed", "on-hold", clock.today + timedelta(days=90)))
    taken_up = {name: held for name, held in made.items() if name != "extension"} | {"status": "active"}
    assert broken(town.unit.put(taken_up), 422) == [("plan-consent", "CarePlan.status")]
    town.consent(patient)
    assert town.unit.update(taken_up)["status"] == "active"
    first = town.as_person(patient).search(f"CarePlan/{made['id']}/_history")["entry"][-1]["resource"]
    assert first["extension"] == made["extension"]
