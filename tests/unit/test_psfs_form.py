from typing import Any

from fhir.resources.R4B.questionnaire import Questionnaire

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.psfs.form import questionnaire

FORM = questionnaire(Canonical("https://kommune.example/fhir"))
HL7 = "http://hl7.org/fhir/StructureDefinition/"


def item(*links: str) -> dict[str, Any]:
    found = FORM
    for link in links:
        (found,) = (each for each in found["item"] if each["linkId"] == link)
    return found


def nynorsk(element: dict[str, Any]) -> str:
    (translation,) = element["extension"]
    assert translation["url"] == "http://hl7.org/fhir/StructureDefinition/translation"
    assert translation["extension"][0] == {"url": "lang", "valueCode": "nn"}
    assert translation["extension"][1]["url"] == "content"
    return str(translation["extension"][1]["valueString"])


def test_it_is_valid_fhir() -> None:
    assert Questionnaire.model_validate(FORM).url == "https://kommune.example/fhir/Questionnaire/psfs"


def test_it_is_one_fixed_published_form_for_patients() -> None:
    head = {name: FORM[name] for name in ("resourceType", "id", "url", "version", "status", "subjectType")}
    assert head == {
        "resourceType": "Questionnaire",
        "id": "psfs",
        "url": "https://kommune.example/fhir/Questionnaire/psfs",
        "version": "1.0",
        "status": "active",
        "subjectType": ["Patient"],
    }


def test_it_says_its_direction_to_machines_and_to_people() -> None:
    assert FORM["extension"] == [
        {"url": "https://kommune.example/fhir/StructureDefinition/psfs-direction", "valueCode": "higher-is-better"}
    ]
    assert "0 = kan ikke utføre aktiviteten, 10 = uten vansker" in item("activity", "score")["text"]
    assert "0 = kan ikkje utføre aktiviteten, 10 = utan vanskar" in nynorsk(item("activity", "score")["_text"])


def test_its_title_is_in_both_written_forms_of_norwegian() -> None:
    assert (FORM["language"], FORM["title"], nynorsk(FORM["_title"])) == (
        "nb",
        "Hva er viktig for deg?",
        "Kva er viktig for deg?",
    )


def test_every_question_is_in_both_written_forms_of_norwegian() -> None:
    asked = [("activity",), ("activity", "key"), ("activity", "name"), ("activity", "score"), ("note",), ("next",)]
    assert all(item(*links)["text"].strip() and nynorsk(item(*links)["_text"]).strip() for links in asked)


def test_its_questions() -> None:
    shape = [(each["linkId"], each["type"], each["required"]) for each in FORM["item"]]
    assert shape == [("activity", "group", True), ("note", "text", False), ("next", "date", False)]
    parts = [(each["linkId"], each["type"], each["required"]) for each in item("activity")["item"]]
    assert parts == [("key", "string", True), ("name", "string", True), ("score", "integer", False)]


def test_it_has_room_for_five_activities_scored_from_0_to_10() -> None:
    assert item("activity")["repeats"] is True
    assert item("activity")["extension"] == [{"url": HL7 + "questionnaire-maxOccurs", "valueInteger": 5}]
    assert item("activity", "score")["extension"] == [
        {"url": HL7 + "minValue", "valueInteger": 0},
        {"url": HL7 + "maxValue", "valueInteger": 10},
    ]
