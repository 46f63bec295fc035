"""This service's own profiles and extensions, published and enforced on what is written."""

import pytest

from support import CANONICAL, Json, Municipality, coding, issues, label, ok, reference

BASE = "https://oppfolging.example/fhir/StructureDefinition"


def goal(patient: Json, **elements: object) -> Json:
    made: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå på kamp"},
        "subject": reference(patient),
    }
    return made | elements


def voice(code: str) -> Json:
    return {"url": CANONICAL.extension("voice"), "valueCode": code}


@pytest.mark.parametrize(
    ("type", "id"),
    [
        ("StructureDefinition", "care-plan"),
        ("StructureDefinition", "layer"),
        ("CodeSystem", "plan-kind"),
        ("ValueSet", "plan-kind"),
        ("SearchParameter", "CareTeam-name"),
        ("OperationDefinition", "ServiceRequest-decide"),
    ],
)
def test_everyone_reads_what_the_service_defines(town: Municipality, type: str, id: str) -> None:
    read = town.employee().as_("team").read(type, id)
    assert read["url"] == f"https://oppfolging.example/fhir/{type}/{id}"
    assert read["status"] == "active"


def test_nobody_rewrites_what_the_service_defines(town: Municipality) -> None:
    read = town.system.read("StructureDefinition", "layer")
    assert town.system.put(read | {"status": "retired"}).status_code == 403
    assert town.unit.delete("StructureDefinition", "layer").status_code == 403
    assert town.unit.read("StructureDefinition", "layer") == read


def test_a_code_has_its_text_in_both_languages(town: Municipality) -> None:
    concepts = town.system.read("CodeSystem", "plan-kind")["concept"]
    assert {"code": "week-plan", "display": "Ukeplan", "designation": [{"language": "nn", "value": "Vekeplan"}]} in (
        concepts
    )


def test_what_category_makes_ours_is_held_to_the_profile(town: Municipality) -> None:
    patient = town.person()
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), "dream-plan")],
        "subject": reference(patient),
    }
    answer = town.unit.post("/fhir/CarePlan", plan)
    assert issues(answer, 422) == [("code-invalid", "CarePlan.category[0].coding[0]")]
    assert f"{BASE}/care-plan" in answer.json()["issue"][0]["diagnostics"]
    assert "dream" not in answer.text
    assert town.unit.found(f"CarePlan?patient={patient['id']}") == []


def test_what_nothing_makes_ours_is_base_r4(town: Municipality) -> None:
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding("http://example.org/kinds", "dream-plan")],
        "subject": reference(town.person()),
    }
    assert town.unit.create(plan)["status"] == "active"


def test_a_resource_is_held_to_the_profile_it_claims(town: Municipality) -> None:
    patient = town.person()
    claim = {"profile": [CANONICAL.extension("goal")]}
    silent = town.unit.post("/fhir/Goal", goal(patient, meta=claim))
    assert issues(silent, 422) == [("required", "Goal.extension")]
    made = town.unit.create(goal(patient, meta=claim, extension=[voice("interpreted")]))
    assert made["meta"]["profile"] == ["https://oppfolging.example/fhir/StructureDefinition/goal"]
    assert town.unit.create(goal(patient))["description"] == {"text": "Gå på kamp"}


def test_a_profile_of_ours_that_does_not_exist_cannot_be_claimed(town: Municipality) -> None:
    profiles = ["https://example.org/StructureDefinition/goal", CANONICAL.extension("wish")]
    answer = town.unit.post("/fhir/Goal", goal(town.person(), meta={"profile": profiles}))
    assert issues(answer, 422) == [("not-found", "Goal.meta.profile[1]")]


def test_an_extension_of_ours_says_what_it_may_say_where_it_may_stand(town: Municipality) -> None:
    patient = town.person()
    unknown = {"url": CANONICAL.extension("wish"), "valueString": "Ny koordinator"}
    foreign = {"url": "https://example.org/wish", "valueString": "Ny koordinator"}
    refused = {
        "unknown": (goal(patient, extension=[foreign, unknown]), ("extension", "Goal.extension[1].url")),
        "code": (goal(patient, extension=[voice("nobody")]), ("code-invalid", "Goal.extension[0].value")),
        "place": (goal(patient, description={"text": "x", "extension": [voice("person")]}),
                  ("extension", "Goal.description.extension[0]")),
    }  # fmt: skip
    for body, issue in refused.values():
        assert issues(town.unit.post("/fhir/Goal", body), 422) == [issue]
    assert town.unit.create(goal(patient, extension=[foreign]))["extension"] == [foreign]


def test_an_update_is_held_to_the_profile_too(town: Municipality) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient, extension=[voice("person")], meta=label("school")))
    answer = town.unit.put(made | {"extension": [{"url": CANONICAL.extension("voice"), "valueString": "person"}]})
    assert issues(answer, 422) == [("value", "Goal.extension[0].value")]
    assert ok(town.unit.get(f"/fhir/Goal/{made['id']}"), 200) == made
