""" "Hva er viktig for deg?": what a conversation may hold, and what the scores show from one to the next."""

from typing import Any

import httpx
import pytest

from support import CANONICAL, Json, Municipality, issues, label, ok, reference

FORM = CANONICAL.questionnaire("psfs") + "|1.0"


def answer(link: str, **value: Any) -> Json:
    return {"linkId": link, "answer": [value]}


def activity(key: str, score: int | None = None, name: str | None = None) -> Json:
    items = [answer("key", valueString=key), answer("name", valueString=name or f"Aktivitet {key}")]
    return {
        "linkId": "activity",
        "item": [*items, *([answer("score", valueInteger=score)] if score is not None else [])],
    }


def held(patient: Json, on: str, *items: Json, **elements: Any) -> Json:
    made: Json = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": FORM,
        "status": "completed",
        "subject": reference(patient),
        "authored": on,
        "item": list(items),
    }
    return {name: value for name, value in (made | elements).items() if value is not ...}


def scores(**given: int) -> list[Json]:
    return [activity(key, score) for key, score in given.items()]


def trend(response: httpx.Response) -> list[Json]:
    """Each conversation: its plain parts by name, and `activities` as (key, score, change)."""
    parameters = ok(response, 200)
    told = []
    for one in parameters.get("parameter", []):
        assert one["name"] == "conversation"
        plain = {part["name"]: _value(part) for part in one["part"] if "part" not in part}
        inner = [{part["name"]: _value(part) for part in each["part"]} for each in one["part"] if "part" in each]
        plain["activities"] = [(each["key"], each.get("score"), each.get("change")) for each in inner]
        plain.pop("response")
        told.append(plain)
    return told


def _value(part: Json) -> Any:
    return next(value for name, value in part.items() if name.startswith("value"))


def rules(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    told = response.json()["issue"]
    assert all(one["details"]["text"] for one in told)
    return [(one["details"]["coding"][0]["code"], one["expression"][0]) for one in told]


def test_two_conversations_and_what_has_changed(town: Municipality) -> None:
    patient = town.person()
    first = held(patient, "2026-01-10T11:00:00+01:00", *scores(shop=3, walk=2, phone=4))
    second = held(patient, "2026-06-10T11:00:00+02:00", *scores(shop=6, walk=5, boat=1))
    for response in (second, first):
        town.unit.create(response)
    assert trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend")) == [
        {
            "date": "2026-01-10",
            "total": 9,
            "mean": 3,
            "activities": [("shop", 3, None), ("walk", 2, None), ("phone", 4, None)],
        },
        {
            "date": "2026-06-10",
            "total": 12,
            "mean": 4,
            "compared-mean-change": 3,
            "marked-improvement": True,
            "activities": [("shop", 6, 3), ("walk", 5, 3), ("boat", 1, None)],
        },
    ]


@pytest.mark.parametrize(
    ("after", "change", "marked"),
    [
        ({"shop": 5, "walk": 5}, 2, True),
        ({"shop": 5, "walk": 4}, 1.5, False),
        ({"shop": 1, "walk": 1}, -2, False),
        ({"shop": 10, "walk": 3}, 3.5, True),
    ],
)
def test_two_points_up_is_a_marked_improvement_and_a_fall_only_a_number(
    town: Municipality, after: dict[str, int], change: float, marked: bool
) -> None:
    patient = town.person()
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(shop=3, walk=3)))
    town.unit.create(held(patient, "2026-06-10T11:00:00+02:00", *scores(**after)))
    last = trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))[-1]
    assert (last["compared-mean-change"], last["marked-improvement"]) == (change, marked)


def test_conversations_with_nothing_in_common_are_not_compared(town: Municipality) -> None:
    patient = town.person()
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(shop=3)))
    town.unit.create(held(patient, "2026-06-10T11:00:00+02:00", activity("shop"), activity("boat", 9)))
    last = trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))[-1]
    assert ("compared-mean-change" in last, last["marked-improvement"]) == (False, False)
    assert (last["total"], last["mean"]) == (9, 9)


def test_only_conversations_of_this_form_that_were_held_count(town: Municipality) -> None:
    patient = town.person()
    assert trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend")) == []
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(shop=3), status="in-progress"))
    town.unit.create(held(patient, "2026-01-11T11:00:00+01:00", *scores(shop=3), status="entered-in-error"))
    town.unit.create(
        held(patient, "2026-01-12T11:00:00+01:00", *scores(shop=3), questionnaire="https://other.example/form")
    )
    town.unit.create(held(town.person(), "2026-01-13T11:00:00+01:00", *scores(shop=3)))
    corrected = town.unit.create(held(patient, "2026-01-14T23:30:00Z", *scores(shop=4)))
    town.unit.update(corrected | {"status": "amended", "item": scores(shop=5)})
    told = trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))
    assert [(one["date"], one["total"]) for one in told] == [("2026-01-15", 5)]


@pytest.mark.parametrize(
    ("items", "elements", "expected"),
    [
        ([], {"item": ...}, ("psfs-activities", "QuestionnaireResponse.item")),
        ([activity(key, 1) for key in "abcdef"], {}, ("psfs-activities", "QuestionnaireResponse.item[5]")),
        ([activity("a", 1), activity("a", 2)], {}, ("psfs-key", "QuestionnaireResponse.item[1]")),
        ([activity("a", 11)], {}, ("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger")),
        ([activity("a", -1)], {}, ("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger")),
        ([activity("a", 1)], {"authored": ...}, ("psfs-authored", "QuestionnaireResponse.authored")),
        (
            [{"linkId": "activity", "item": [answer("name", valueString="Handle")]}],
            {},
            ("psfs-key", "QuestionnaireResponse.item[0]"),
        ),
        (
            [{"linkId": "activity", "item": [answer("key", valueString="a")]}],
            {},
            ("psfs-name", "QuestionnaireResponse.item[0]"),
        ),
        (
            [{"linkId": "activity", "item": [*activity("a")["item"], answer("score", valueDecimal=4.5)]}],
            {},
            ("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0]"),
        ),
        (
            [activity("a", 1), answer("mood", valueString="god")],
            {},
            ("psfs-question", "QuestionnaireResponse.item[1].linkId"),
        ),
        (
            [activity("a", 1), {"linkId": "note", "answer": [{"valueString": "en"}, {"valueString": "to"}]}],
            {},
            ("psfs-answer", "QuestionnaireResponse.item[1].answer[1]"),
        ),
        (
            [activity("a", 1), answer("next", valueDate="2026-07-11")],
            {},
            ("psfs-next", "QuestionnaireResponse.item[1].answer[0].valueDate"),
        ),
    ],
)
def test_a_conversation_that_breaks_the_form_is_refused(
    town: Municipality, items: list[Json], elements: Json, expected: tuple[str, str]
) -> None:
    response = held(town.person(), "2026-01-10T11:00:00+01:00", *items, **elements)
    assert rules(town.unit.post("/fhir/QuestionnaireResponse", response)) == [expected]
    assert town.unit.found("QuestionnaireResponse") == []


@pytest.mark.parametrize("day", ["2026-01-10", "2026-07-10"])
def test_the_next_conversation_is_within_six_months(town: Municipality, day: str) -> None:
    response = held(town.person(), "2026-01-10T11:00:00+01:00", activity("a", 1), answer("next", valueDate=day))
    assert town.unit.create(response)["item"][1] == answer("next", valueDate=day)


@pytest.mark.parametrize("on", ["9999-12-31T23:59:59Z", "9999-12-31", "9999-08-01T10:00:00Z", "2190"])
@pytest.mark.parametrize("status", ["completed", "amended", "in-progress", "stopped"])
def test_a_conversation_is_not_dated_to_come(town: Municipality, on: str, status: str) -> None:
    patient = town.person()
    items = [activity("a", 1), answer("next", valueDate="9999-12-31")]
    for held_then in (items, items[:1]):
        refused = town.unit.post("/fhir/QuestionnaireResponse", held(patient, on, *held_then, status=status))
        assert rules(refused) == [("psfs-to-come", "QuestionnaireResponse.authored")]
    assert trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend")) == []


@pytest.mark.parametrize("on", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "0001-01-01", "0001"])
def test_the_first_day_there_is_is_a_day_like_others(town: Municipality, on: str) -> None:
    patient = town.person()
    town.unit.create(held(patient, on, activity("a", 1), answer("next", valueDate="0001-01-01")))
    (told,) = trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))
    assert (told["date"], told["total"]) == ("0001-01-01", 1)


@pytest.mark.parametrize("score", [0, 10])
def test_zero_and_ten_are_scores(town: Municipality, score: int) -> None:
    patient = town.person()
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", activity("a", score)))
    (told,) = trend(town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))
    assert (told["total"], told["mean"]) == (score, score)


def test_a_mean_over_three_is_exact(town: Municipality) -> None:
    patient = town.person()
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(a=1, b=1, c=2)))
    response = town.unit.get(f"/fhir/Patient/{patient['id']}/$psfs-trend")
    assert '"name":"mean","valueDecimal":1.3333333333333333}' in response.text


def test_the_form_is_published_and_read_only(town: Municipality) -> None:
    form = town.employee().as_("team").read("Questionnaire", "psfs")
    assert (form["url"], form["version"], form["title"]) == (
        "https://oppfolging.example/fhir/Questionnaire/psfs",
        "1.0",
        "Hva er viktig for deg?",
    )
    assert [item["linkId"] for item in form["item"]] == ["activity", "note", "next"]
    assert town.unit.put(form).status_code == 403


def test_the_person_the_coordinator_and_the_member_ask_and_others_learn_nothing(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=physio.role)
    writer = physio.as_("coordinator")
    writer.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(shop=3)))
    path = f"/fhir/Patient/{patient['id']}/$psfs-trend"
    for api in (writer, nurse.as_("team"), town.as_person(patient), town.unit):
        assert [one["total"] for one in trend(api.get(path))] == [3]
        assert trend(api.post(path, {"resourceType": "Parameters"})) == trend(api.get(path))
    stranger = town.employee().as_("team", "coordinator")
    assert issues(stranger.get(path), 404) == [("not-found", None)]
    assert stranger.get(path).json() == stranger.get("/fhir/Patient/none/$psfs-trend").json()


def test_a_conversation_withheld_from_a_service_is_left_out_for_it(town: Municipality) -> None:
    office, patient = town.organisation("nav"), town.person()
    adviser = town.employee(office)
    town.team(patient, adviser.role)
    town.unit.create(held(patient, "2026-01-10T11:00:00+01:00", *scores(work=3), meta=label("work")))
    town.unit.create(held(patient, "2026-02-10T11:00:00+01:00", *scores(sleep=5)))
    town.denial(patient, office, "health")
    told = trend(adviser.as_("team").get(f"/fhir/Patient/{patient['id']}/$psfs-trend"))
    assert [one["total"] for one in told] == [3]
