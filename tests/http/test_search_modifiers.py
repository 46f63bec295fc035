"""Modifiers and kinds of parameters beside the plain ones: https://hl7.org/fhir/R4/search.html#modifiers"""

import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Json, Municipality, coding, issues, ok

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"


@pytest.fixture
def filled(town: Municipality) -> Municipality:
    """Two organisations, a person, and three observations of theirs."""
    type_ = {"coding": [{"system": "urn:types", "code": "TAX", "display": "Tax number"}], "text": "Skattenummer"}
    ok(
        town.system.put(
            {
                "resourceType": "Organization",
                "id": "a",
                "name": "Åsen omsorg",
                "identifier": [{"type": type_, "system": "urn:numbers", "value": "17"}],
                "type": [{"coding": [{"system": "urn:x", "code": "home", "display": "Hjemmetjeneste"}]}],
                "meta": {"tag": [{"system": "urn:tags", "code": "new"}], "source": "urn:source/1/2"},
            }
        ),
        201,
    )
    part_of = {"identifier": {"system": "urn:numbers", "value": "17"}}
    ok(town.system.put({"resourceType": "Organization", "id": "b", "name": "B", "partOf": part_of}), 201)
    ok(town.system.put({"resourceType": "Patient", "id": "p", "gender": "female"}), 201)
    for id, code, value in (
        ("weight", "29463-7", {"valueQuantity": {"value": 82.5, "unit": "kilo", "system": UCUM, "code": "kg"}}),
        ("steps", "55423-8", {"valueQuantity": {"value": 4000, "unit": "steps"}}),
        ("mood", "72166-2", {"valueCodeableConcept": coding("urn:mood", "good")}),
    ):
        observation: Json = {"resourceType": "Observation", "id": id, "status": "final", "code": coding(LOINC, code)}
        observation |= {"subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-03-01"}
        ok(town.system.put(observation | value), 201)
    return town


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Organization?type:not=home", ["b"]),
        ("Organization?type:text=hjemme", ["a"]),
        ("Organization?type:text=tjeneste", []),
        ("Organization?identifier:text=skatte", ["a"]),
        ("Organization?identifier:of-type=urn:types|TAX|17", ["a"]),
        ("Organization?identifier:of-type=urn:types|TAX|18", []),
        ("Organization?partof:identifier=urn:numbers|17", ["b"]),
        ("Organization?partof:identifier=17", ["b"]),
        ("Organization?partof:identifier=urn:numbers|18", []),
        ("Organization?type:missing=true", ["b"]),
        ("Organization?type:missing=false", ["a"]),
        ("Organization?name:missing=true", []),
        ("Organization?_id:missing=false&name=b", ["b"]),
        ("Organization?_tag=urn:tags|new", ["a"]),
        ("Organization?_tag:not=new", ["b"]),
        ("Organization?_source=urn:source/1/2", ["a"]),
        ("Organization?_source:below=urn:source/1", ["a"]),
        ("Organization?_source:below=urn:source/1/2", ["a"]),
        ("Organization?_source:below=urn:source/", ["a"]),
        ("Organization?_source:below=urn:sour", []),
        ("Organization?_source:above=urn:source/1/2/3", ["a"]),
        ("Organization?_source:above=urn:source/1", []),
        ("Organization?name:contains=OMS", ["a"]),
        ("Organization?name=aasen", ["a"]),
    ],
)
def test_modifiers(filled: Municipality, query: str, found: list[str]) -> None:
    ours = [f"Organization/{id}" for id in found]
    listed = filled.system.found(f"{query}&_sort=_id")
    assert [one for one in listed if one in ("Organization/a", "Organization/b")] == ours


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("value-quantity=82.5", ["weight"]),
        ("value-quantity=82.5||kg", ["weight"]),
        ("value-quantity=82.5||kilo", ["weight"]),
        (f"value-quantity=82.5|{UCUM}|kg", ["weight"]),
        (f"value-quantity=82.5|{UCUM}|g", []),
        ("value-quantity=82.50", []),
        ("value-quantity=82", []),
        ("value-quantity=83", []),
        ("value-quantity=gt82", ["steps", "weight"]),
        ("value-quantity=lt100", ["weight"]),
        ("value-quantity=ge4000", ["steps"]),
        ("value-quantity=ap80", ["weight"]),
        ("value-quantity=ne82.5", ["steps"]),
        ("value-quantity=4e3", ["steps"]),
        ("value-quantity:missing=true", ["mood"]),
        ("code-value-quantity=29463-7$82.5", ["weight"]),
        (f"code-value-quantity={LOINC}|29463-7$gt80||kg", ["weight"]),
        ("code-value-quantity=55423-8$82.5", []),
        ("code-value-concept=72166-2$good", ["mood"]),
        (f"code-value-concept={LOINC}|72166-2$urn:mood|good", ["mood"]),
        ("code-value-concept=29463-7$good", []),
        ("_sort=-value-quantity", ["steps", "weight", "mood"]),
        ("_sort=value-quantity", ["weight", "steps", "mood"]),
    ],
)
def test_quantities_and_composites(filled: Municipality, query: str, found: list[str]) -> None:
    sort = "" if "_sort" in query else "&_sort=_id"
    assert filled.system.found(f"Observation?{query}{sort}") == [f"Observation/{id}" for id in found]


def test_codes_of_a_published_value_set(town: Municipality) -> None:
    for id, kind in (("a", "coordinating-unit"), ("b", None)):
        concept = {"type": [coding(CANONICAL.code_system("service-type"), kind)]} if kind else {}
        ok(town.system.put({"resourceType": "Organization", "id": id, "name": "x"} | concept), 201)
    value_set = f"{CANONICAL.base}/ValueSet/service-type"
    assert "Organization/a" in town.system.found(f"Organization?type:in={value_set}")
    assert "Organization/b" not in town.system.found(f"Organization?type:in={value_set}")
    assert town.system.found(f"Organization?type:not-in={value_set}") == ["Organization/b"]
    assert issues(town.system.get("/fhir/Organization?type:in=urn:nothing"), 400) == [("not-found", "type")]


@pytest.mark.parametrize(
    ("type", "query", "fault"),
    [
        ("Organization", "name:missing=perhaps", ("invalid", "name")),
        ("Organization", "name:not=x", ("not-supported", "name:not")),
        ("Organization", "type:exact=x", ("not-supported", "type:exact")),
        ("Organization", "identifier:of-type=a|b", ("invalid", "identifier")),
        ("Organization", "_source:contains=x", ("not-supported", "_source:contains")),
        ("Observation", "value-quantity=much", ("invalid", "value-quantity")),
        ("Observation", "value-quantity=1|kg", ("invalid", "value-quantity")),
        ("Observation", "value-quantity=1e99999", ("invalid", "value-quantity")),
        ("Observation", "code-value-quantity=29463-7", ("invalid", "code-value-quantity")),
        ("Observation", "code-value-quantity=29463-7$much", ("invalid", "code-value-quantity")),
        ("Observation", "_sort=code-value-quantity", ("not-supported", "_sort")),
    ],
)
def test_what_is_wrong_is_told(town: Municipality, type: str, query: str, fault: tuple[str, str]) -> None:
    assert issues(town.system.get(f"/fhir/{type}?{query}"), 400) == [fault]


def test_the_profile_a_resource_claims(town: Municipality) -> None:
    foreign = "http://example.org/fhir/StructureDefinition/office"
    ok(town.system.put({"resourceType": "Organization", "id": "a", "name": "x", "meta": {"profile": [foreign]}}), 201)
    assert town.system.found(f"Organization?_profile={foreign}") == ["Organization/a"]
    assert town.system.found(f"Organization?_profile={foreign}s") == []


def test_labels_are_searched_by_those_who_may_see(town: Municipality) -> None:
    kinds = CANONICAL.code_system("information-kind")
    meta = {"security": [{"system": kinds, "code": "work"}]}
    ok(town.system.put({"resourceType": "Patient", "id": "p"}), 201)
    goal: Json = {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "description": {"text": "x"}}
    ok(town.system.put(goal | {"subject": {"reference": "Patient/p"}, "meta": meta}), 201)
    assert town.unit.found(f"Goal?_security={kinds}|work") == ["Goal/g"]
    assert town.unit.found("Goal?_security=school") == []


def test_a_person_is_dead_or_not(town: Municipality) -> None:
    for id, dead in (("a", {"deceasedDateTime": "2026-01-01"}), ("b", {"deceasedBoolean": False}), ("c", {})):
        ok(town.system.put({"resourceType": "Patient", "id": id} | dead), 201)
    assert town.system.found("Patient?deceased=true") == ["Patient/a"]
    assert town.system.found("Patient?deceased=false&_sort=_id") == ["Patient/b", "Patient/c"]


def test_a_phone_is_not_an_address_for_mail(town: Municipality) -> None:
    telecom = [{"system": "phone", "value": "11111111"}, {"system": "email", "value": "a@example.org"}]
    ok(town.system.put({"resourceType": "Patient", "id": "p", "telecom": telecom}), 201)
    assert town.system.found("Patient?phone=11111111") == ["Patient/p"]
    assert town.system.found("Patient?email=11111111") == []
    assert town.system.found("Patient?email=a@example.org") == ["Patient/p"]


def test_norwegian_numbers_are_systems_like_others(town: Municipality) -> None:
    patient = town.person()
    number = patient["identifier"][0]["value"]
    assert town.unit.found(f"Patient?identifier={systems.FNR}|{number}") == [f"Patient/{patient['id']}"]
