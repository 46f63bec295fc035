"""The CapabilityStatement says what is served, all of it, and nothing else."""

import json
from typing import Any

import httpx
import pytest
from declared import INCLUDES, POINT_AT, SEARCH
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from support import CANONICAL, NO_TLS, Json, Municipality, issues, ok

COMMON = {
    "_id": "token",
    "_lastUpdated": "date",
    "_profile": "uri",
    "_security": "token",
    "_source": "uri",
    "_tag": "token",
}
"""What every type is found by."""
OWN_PARAMETERS = [
    "CareTeam-name",
    "CareTeam-role",
    "Consent-rule-actor",
    "Consent-rule-kind",
    "QuestionnaireResponse-conversation",
    "Task-due",
]
OPERATIONS = {
    "CareTeam": ["appoint-coordinator", "hand-over", "meta", "meta-add", "meta-delete", "validate"],
    "Patient": ["everything", "meta", "meta-add", "meta-delete", "psfs-trend", "validate"],
    "ServiceRequest": ["decide", "meta", "meta-add", "meta-delete", "validate"],
}
PROFILES = [
    "care-plan",
    "care-team",
    "communication",
    "consent",
    "emergency-consent",
    "goal",
    "meeting",
    "psfs-conversation",
    "referral",
    "sharing-consent",
    "task",
]
WRITTEN = ["meta", "meta-add", "meta-delete", "validate"]
ONLY_READ = ["meta", "validate"]
VALUES = {
    "token": "x",
    "string": "x",
    "reference": "x",
    "date": "2026",
    "uri": "urn:x",
    "quantity": "5.4",
    "composite": "x$5",
}
DATED = {"code-value-date": "x$2026"}
"""Values of composites whose second part is a date."""
READING = ["read", "vread", "history-instance", "history-type", "search-type"]
WRITING = ["update", "patch", "delete", "create"]
READ_ONLY = {"CodeSystem", "OperationDefinition", "SearchParameter", "StructureDefinition", "ValueSet"}
"""Types that the service itself publishes, and nobody writes."""
MOST_INCLUDES = 20
STRICT = {"Prefer": "handling=strict"}


@pytest.fixture(scope="module")
def metadata(server: str) -> Json:
    """Asked for without a token."""
    answer = httpx.get(f"{server}/fhir/metadata", verify=NO_TLS)
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
    security = metadata["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["description"].endswith("/fhir/.well-known/smart-configuration")


def test_it_names_the_types_and_what_is_done_with_them(resources: dict[str, Json]) -> None:
    assert sorted(resources) == sorted(SEARCH)
    for type, resource in resources.items():
        assert resource["profile"] == f"http://hl7.org/fhir/StructureDefinition/{type}"
        assert resource["versioning"] == "versioned"
        assert resource["conditionalRead"] == "full-support"


def test_it_says_what_is_written_and_what_is_only_read(resources: dict[str, Json]) -> None:
    for type, resource in resources.items():
        writes = type not in READ_ONLY
        told = sorted(held["code"] for held in resource["interaction"])
        assert told == sorted(READING + WRITING if writes else READING), type
        assert resource["updateCreate"] is resource["conditionalCreate"] is resource["conditionalUpdate"] is writes
        assert resource["conditionalDelete"] == ("single" if writes else "not-supported")


@pytest.mark.parametrize("type", SEARCH)
def test_it_names_the_search_parameters(resources: dict[str, Json], type: str) -> None:
    told = {held["name"]: held["type"] for held in resources[type]["searchParam"]}
    declared = {name: kind for kind, names in SEARCH[type].items() for name in names.split()}
    assert told == COMMON | declared
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
    others = {type: ONLY_READ if type in READ_ONLY else WRITTEN for type in resources}
    assert told == others | OPERATIONS


def test_it_names_the_profiles(resources: dict[str, Json]) -> None:
    told = [url for resource in resources.values() for url in resource.get("supportedProfile", [])]
    own = f"{CANONICAL.base}/StructureDefinition/"
    assert sorted(url.removeprefix(own) for url in told) == PROFILES


@pytest.mark.parametrize("type", SEARCH)
def test_what_it_names_is_served(town: Municipality, resources: dict[str, Json], type: str) -> None:
    for held in resources[type]["searchParam"]:
        name, kind = held["name"], held["type"]
        sort = f"&_sort={name},-{name}" if kind != "composite" else ""
        served(town, f"{type}?{name}={DATED.get(name, VALUES[kind])}{sort}")
    for parameter, element in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        for some in batched(resources[type].get(element, []), MOST_INCLUDES):
            served(town, f"{type}?" + "&".join(f"{parameter}={value}" for value in some))


def served(town: Municipality, query: str) -> None:
    answer = town.system.get(f"/fhir/{query}", headers=STRICT)
    assert answer.status_code == 200, f"{query}: {answer.text}"


def batched(values: list[str], size: int) -> list[list[str]]:
    return [values[at : at + size] for at in range(0, len(values), size)]


@pytest.mark.parametrize("type", SEARCH)
def test_what_it_does_not_name_is_refused(town: Municipality, type: str) -> None:
    for name in ("_text", "_content", "_query", "near", "phonetic"):
        answer = town.system.get(f"/fhir/{type}?{name}=x", headers=STRICT)
        assert issues(answer, 400) == [("not-supported", name)]


def test_where_tokens_come_from(server: str) -> None:
    answer = httpx.get(f"{server}/fhir/.well-known/smart-configuration", verify=NO_TLS)
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == {
        "scopes_supported": [
            "oppfolging/coordinating-unit",
            "oppfolging/leader",
            "oppfolging/coordinator",
            "oppfolging/team",
            "oppfolging/referrer",
            "oppfolging/person",
            "oppfolging/system",
            "patient/*.cruds",
            "user/*.cruds",
            "system/*.cruds",
        ],
        "capabilities": ["permission-v2"],
    }
