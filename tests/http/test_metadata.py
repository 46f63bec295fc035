"""The CapabilityStatement says what is served, all of it, and nothing else."""

import json
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from support import CANONICAL, Json, Municipality, issues, ok

SEARCH = {
    "CarePlan": {
        "date": "activity-date date",
        "reference": "activity-reference based-on care-team goal instantiates-canonical part-of patient performer "
        "replaces subject",
        "token": "activity-code category identifier intent status",
    },
    "CareTeam": {
        "date": "date",
        "reference": "participant patient subject",
        "string": "name",
        "token": "category identifier role status",
    },
    "Communication": {
        "date": "received sent",
        "reference": "based-on part-of patient recipient sender subject",
        "token": "category identifier medium status",
    },
    "Consent": {
        "date": "date period",
        "reference": "actor consentor organization patient rule-actor",
        "token": "action category identifier purpose rule-kind scope security-label status",
    },
    "Goal": {
        "date": "start-date target-date",
        "reference": "patient subject",
        "token": "achievement-status category identifier lifecycle-status",
    },
    "Organization": {
        "reference": "partof",
        "string": "address address-city address-country address-postalcode address-state name",
        "token": "active identifier type",
    },
    "Patient": {
        "date": "birthdate",
        "reference": "general-practitioner link organization",
        "string": "address address-city address-country address-postalcode address-state family given name",
        "token": "active gender identifier language telecom",
    },
    "Practitioner": {
        "string": "address address-city address-country address-postalcode address-state family given name",
        "token": "active communication gender identifier telecom",
    },
    "PractitionerRole": {
        "date": "date",
        "reference": "organization practitioner",
        "token": "active identifier role specialty telecom",
    },
    "Questionnaire": {
        "date": "date effective",
        "string": "description name publisher title",
        "token": "code context-type identifier jurisdiction status subject-type version",
    },
    "QuestionnaireResponse": {
        "date": "authored",
        "reference": "author based-on patient questionnaire source subject",
        "token": "identifier status",
    },
    "RelatedPerson": {
        "date": "birthdate",
        "reference": "patient",
        "string": "address address-city address-country address-postalcode address-state name",
        "token": "active gender identifier relationship telecom",
    },
    "ServiceRequest": {
        "date": "authored occurrence",
        "reference": "based-on patient performer replaces requester subject",
        "token": "category code identifier intent performer-type priority requisition status",
    },
    "Task": {
        "date": "authored-on due modified period",
        "reference": "based-on focus owner part-of patient requester subject",
        "token": "business-status code group-identifier identifier intent performer priority status",
    },
}
"""type -> kind -> the parameters declared for it, besides those every type has."""
INCLUDES = {
    "CarePlan": "activity-reference based-on care-team goal part-of patient performer replaces subject",
    "CareTeam": "participant patient subject",
    "Communication": "based-on part-of patient recipient sender subject",
    "Consent": "actor consentor organization patient rule-actor",
    "Goal": "patient subject",
    "Organization": "partof",
    "Patient": "general-practitioner link organization",
    "Practitioner": "",
    "PractitionerRole": "organization practitioner",
    "Questionnaire": "",
    "QuestionnaireResponse": "author based-on patient source subject",
    "RelatedPerson": "patient",
    "ServiceRequest": "based-on patient performer replaces requester subject",
    "Task": "based-on focus owner part-of patient requester subject",
}
"""type -> the references that can be included."""
POINT_AT = {
    "CareTeam": "CarePlan:care-team CarePlan:performer CareTeam:participant Communication:based-on "
    "Communication:recipient Consent:actor Consent:rule-actor ServiceRequest:performer Task:focus Task:owner",
    "Goal": "CarePlan:goal Task:focus",
    "Practitioner": "CarePlan:performer CareTeam:participant Communication:recipient Communication:sender "
    "Consent:actor Consent:consentor Consent:rule-actor Patient:general-practitioner PractitionerRole:practitioner "
    "QuestionnaireResponse:author QuestionnaireResponse:source ServiceRequest:performer ServiceRequest:requester "
    "Task:owner Task:requester",
    "Questionnaire": "",
}
"""type -> the references that point at it."""
OWN_PARAMETERS = [
    "CareTeam-name",
    "CareTeam-role",
    "Consent-rule-actor",
    "Consent-rule-kind",
    "Task-due",
]
OPERATIONS = {
    "CareTeam": ["appoint-coordinator", "hand-over"],
    "Patient": ["psfs-trend"],
    "ServiceRequest": ["decide"],
}
VALUES = {"token": "x", "string": "x", "reference": "x", "date": "2026"}
INTERACTIONS = ["read", "vread", "update", "delete", "history-instance", "create", "search-type"]
STRICT = {"Prefer": "handling=strict"}


@pytest.fixture(scope="module")
def metadata(server: str) -> Json:
    """Asked for without a token."""
    answer = httpx.get(f"{server}/fhir/metadata")
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    return ok(answer, 200)


@pytest.fixture(scope="module")
def resources(metadata: Json) -> dict[str, Json]:
    return {resource["type"]: resource for resource in metadata["rest"][0]["resource"]}


def test_it_is_a_capability_statement_of_r4(metadata: Json, server: str) -> None:
    CapabilityStatement.model_validate(metadata)
    assert metadata["fhirVersion"] == "4.0.1"
    assert metadata["kind"] == "instance"
    assert metadata["format"] == ["application/fhir+json", "json"]
    assert metadata["implementation"]["url"] == f"{server}/fhir"
    assert [rest["mode"] for rest in metadata["rest"]] == ["server"]
    assert metadata["rest"][0]["security"]["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert "interaction" not in metadata["rest"][0]


def test_it_names_the_types_and_what_is_done_with_them(resources: dict[str, Json]) -> None:
    assert sorted(resources) == sorted(SEARCH)
    for type, resource in resources.items():
        assert [held["code"] for held in resource["interaction"]] == INTERACTIONS
        assert resource["profile"] == f"http://hl7.org/fhir/StructureDefinition/{type}"
        assert resource["versioning"] == "versioned"
        assert resource["updateCreate"] is True
        assert resource["conditionalCreate"] is resource["conditionalUpdate"] is False
        assert resource["conditionalDelete"] == "not-supported"


@pytest.mark.parametrize("type", SEARCH)
def test_it_names_the_search_parameters(resources: dict[str, Json], type: str) -> None:
    told = {held["name"]: held["type"] for held in resources[type]["searchParam"]}
    declared = {name: kind for kind, names in SEARCH[type].items() for name in names.split()}
    assert told == {"_id": "token", "_lastUpdated": "date"} | declared
    assert len(resources[type]["searchParam"]) == len(told)


def test_every_search_parameter_has_its_definition(resources: dict[str, Json]) -> None:
    told = [held["definition"] for resource in resources.values() for held in resource["searchParam"]]
    own = CANONICAL.search_parameter("")
    assert sorted(url.removeprefix(own) for url in told if url.startswith(own)) == OWN_PARAMETERS
    assert all(url.startswith("http://hl7.org/fhir/SearchParameter/") for url in told if not url.startswith(own))
    by_name = {held["name"]: held["definition"] for held in resources["Goal"]["searchParam"]}
    assert by_name["_lastUpdated"] == "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated"
    assert by_name["patient"] == "http://hl7.org/fhir/SearchParameter/clinical-patient"


@pytest.mark.parametrize("type", INCLUDES)
def test_it_names_the_includes(resources: dict[str, Json], type: str) -> None:
    told = resources[type].get("searchInclude", [])
    assert told == [f"{type}:{name}" for name in INCLUDES[type].split()]


@pytest.mark.parametrize("type", POINT_AT)
def test_it_names_the_reverse_includes(resources: dict[str, Json], type: str) -> None:
    assert resources[type].get("searchRevInclude", []) == POINT_AT[type].split()


def test_it_names_the_operations(resources: dict[str, Json]) -> None:
    told: dict[str, Any] = {
        type: sorted(held["name"] for held in resource["operation"])
        for type, resource in resources.items()
        if "operation" in resource
    }
    assert told == OPERATIONS


@pytest.mark.parametrize("type", SEARCH)
def test_what_it_names_is_served(town: Municipality, resources: dict[str, Json], type: str) -> None:
    for held in resources[type]["searchParam"]:
        for query in (f"{held['name']}={VALUES[held['type']]}", f"_sort={held['name']}", f"_sort=-{held['name']}"):
            answer = town.system.get(f"/fhir/{type}?{query}", headers=STRICT)
            assert answer.status_code == 200, f"{query}: {answer.text}"
    for parameter, element in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        for value in resources[type].get(element, []):
            answer = town.system.get(f"/fhir/{type}?{parameter}={value}", headers=STRICT)
            assert answer.status_code == 200, f"{parameter}={value}: {answer.text}"


@pytest.mark.parametrize("type", SEARCH)
def test_what_it_does_not_name_is_refused(town: Municipality, type: str) -> None:
    for name in ("_text", "_content", "_tag", "_profile", "_has:Task:owner:status", "subject.name", "phonetic"):
        answer = town.system.get(f"/fhir/{type}?{name}=x", headers=STRICT)
        assert issues(answer, 400) == [("not-supported", name)]


def test_where_tokens_come_from(server: str) -> None:
    answer = httpx.get(f"{server}/fhir/.well-known/smart-configuration")
    assert answer.headers["content-type"] == "application/json"
    assert "permission-v2" in json.loads(answer.content)["capabilities"]
