"""References: https://hl7.org/fhir/R4/search.html#reference"""

import pytest

from support import Json, Municipality, issues, ok, reference

GOAL: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


@pytest.fixture
def goals(town: Municipality) -> Municipality:
    """Goals `mine` of the Patient `one` and `yours` of the Patient `two`."""
    for patient, goal in (("one", "mine"), ("two", "yours")):
        place(town, {"resourceType": "Patient", "id": patient, "name": [{"family": "Vik"}]})
        place(town, GOAL | {"id": goal, "subject": {"reference": f"Patient/{patient}"}})
    return town


FORMS = [
    ("subject=Patient/one", ["mine"]),
    ("subject=one", ["mine"]),
    ("subject={base}/Patient/one", ["mine"]),
    ("subject=Patient/one/_history/1", ["mine"]),
    ("subject:Patient=one", ["mine"]),
    ("subject:Patient=Patient/one", ["mine"]),
    ("patient=one", ["mine"]),
    ("patient=one,Patient/two", ["mine", "yours"]),
    ("patient=one&patient=two", []),
    ("patient=three", []),
    ("patient=Practitioner/one", []),
    ("patient=http://elsewhere.example/fhir/Patient/one", []),
    ("patient=on", []),
]


def test_the_three_forms(goals: Municipality) -> None:
    for query, found in FORMS:
        asked = query.replace("{base}", f"{goals.address}/fhir")
        assert goals.system.found(f"Goal?{asked}&_sort=_id") == [f"Goal/{id}" for id in found], query


def test_a_reference_with_a_version_is_found_by_what_it_points_at(goals: Municipality) -> None:
    subject = {"reference": "Patient/one/_history/1"}
    place(goals, GOAL | {"id": "versioned", "subject": subject})
    assert goals.system.found("Goal?patient=one&_sort=_id") == ["Goal/mine", "Goal/versioned"]


def test_a_bare_id_of_any_type_the_element_points_at(town: Municipality) -> None:
    patient, nurse = town.person(), town.employee()
    team = town.team(patient, nurse.role, nurse.practitioner)
    here = [f"CareTeam/{team['id']}"]
    assert town.unit.found(f"CareTeam?participant={nurse.role['id']}") == here
    assert town.unit.found(f"CareTeam?participant={nurse.practitioner['id']}") == here
    assert town.unit.found(f"CareTeam?participant:PractitionerRole={nurse.role['id']}") == here
    assert town.unit.found(f"CareTeam?participant:Practitioner={nurse.role['id']}") == []


def test_references_elsewhere_and_canonicals_are_found_as_they_are_written(town: Municipality) -> None:
    patient = town.person()
    answers = town.system.create(
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": "http://forms.example/Questionnaire/sleep|2.0",
            "subject": reference(patient),
            "basedOn": [{"reference": "http://elsewhere.example/fhir/CarePlan/1"}],
        }
    )
    here = [f"QuestionnaireResponse/{answers['id']}"]
    for query, found in (
        ("questionnaire=http://forms.example/Questionnaire/sleep|2.0", here),
        ("questionnaire=http://forms.example/Questionnaire/sleep", here),
        ("questionnaire=http://forms.example/Questionnaire/sleep|1.0", []),
        ("questionnaire=sleep", []),
        ("based-on=http://elsewhere.example/fhir/CarePlan/1", here),
        ("based-on=CarePlan/1", []),
    ):
        assert town.system.found(f"QuestionnaireResponse?{query}") == found, query


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("patient:Practitioner=one", "not-supported", "patient:Practitioner"),
        ("patient:exact=1", "not-supported", "patient:exact"),
        ("patient:missing=perhaps", "invalid", "patient"),
        ("subject:Patient=Group/1", "invalid", "subject"),
    ],
)
def test_what_a_reference_does_not_take(town: Municipality, query: str, code: str, place: str) -> None:
    assert issues(town.system.get(f"/fhir/Goal?{query}"), 400) == [(code, place)]
