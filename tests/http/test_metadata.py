"""The CapabilityStatement says what is served, all of it, and nothing else."""

from typing import Any

import httpx
import pytest
from declared import INCLUDES, POINT_AT, SEARCH
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.settings import Settings
from support import CANONICAL, NO_TLS, Json, MovableClock, Municipality, issues, ok, running

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
    "CarePlan": ["check-content", "meta", "meta-add", "meta-delete", "validate"],
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
COMPOSED = {"AuditEvent"}
"""Types that are composed when they are asked for: tests/http/test_audit_search.py."""
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
        assert resource["versioning"] == ("no-version" if type in COMPOSED else "versioned")
        assert resource["conditionalRead"] == "full-support"


def test_it_says_what_is_written_and_what_is_only_read(resources: dict[str, Json]) -> None:
    for type in set(resources) - COMPOSED:
        resource, writes = resources[type], type not in READ_ONLY
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
    others = {type: ONLY_READ if type in READ_ONLY else WRITTEN for type in set(resources) - COMPOSED}
    assert told == others | OPERATIONS


def test_it_names_the_profiles(resources: dict[str, Json]) -> None:
    told = [url for resource in resources.values() for url in resource.get("supportedProfile", [])]
    own = f"{CANONICAL.base}/StructureDefinition/"
    assert sorted(url.removeprefix(own) for url in told) == PROFILES


@pytest.mark.parametrize("type", SEARCH)
def test_what_it_names_is_served(town: Municipality, resources: dict[str, Json], type: str) -> None:
    for held in resources[type]["searchParam"]:
        name, kind = held["name"], held["type"]
        sorted_by = kind == "date" if type in COMPOSED else kind != "composite"
        sort = f"&_sort={name},-{name}" if sorted_by else ""
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


ROLES = ["coordinating-unit", "case-member", "leader", "coordinator", "team", "referrer", "person", "system"]
RESOURCE_SCOPES = ["patient/*.cruds", "user/*.cruds", "system/*.cruds"]
PROOFS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SMART = ("/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration")


@pytest.mark.parametrize("address", SMART)
def test_where_tokens_come_from_before_any_issuer_is_configured(server: str, address: str) -> None:
    answer = httpx.get(server + address, verify=NO_TLS)
    assert answer.headers["content-type"] == "application/json"
    assert ok(answer, 200) == {
        "grant_types_supported": [],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [*(f"oppfolging/{role}" for role in ROLES), *RESOURCE_SCOPES],
        "capabilities": ["permission-v2", "permission-user"],
        "dpop_signing_alg_values_supported": PROOFS,
    }
    head = httpx.head(server + address, verify=NO_TLS)
    assert (head.status_code, head.content) == (200, b"")


def told_with(issuers: list[Json], settings: Settings, clock: MovableClock) -> list[Json]:
    """Both documents of a service with these issuers, asked for without a token."""
    trusted = tuple(map(IssuerSettings.model_validate, issuers))
    with running(settings.model_copy(update={"issuers": trusted}), clock) as address:
        return [ok(httpx.get(address + path, verify=NO_TLS), 200) for path in SMART]


def preset(name: str, **told: Any) -> Json:
    return {"preset": name, "environment": "test", "audience": "us", "claims": told}


def test_where_tokens_come_from_is_the_first_issuer_with_an_endpoint(
    settings: Settings, session_clock: MovableClock
) -> None:
    own = {"issuer": "urn:own", "audience": "us", "jwks": {"keys": []}}
    issuers = [own, preset("helseid", scope_prefix="nhn:oppfolging/"), preset("maskinporten"), preset("idporten")]
    for told in told_with(issuers, settings, session_clock):
        assert told == {
            "authorization_endpoint": "https://helseid-sts.test.nhn.no/connect/authorize",
            "token_endpoint": "https://helseid-sts.test.nhn.no/connect/token",
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": [f"nhn:oppfolging/{scope}" for scope in (*ROLES, *RESOURCE_SCOPES)],
            "capabilities": ["permission-v2", "permission-user"],
            "authorization_servers": [
                "urn:own",
                "https://helseid-sts.test.nhn.no",
                "https://test.maskinporten.no/",
                "https://test.idporten.no",
            ],
            "dpop_signing_alg_values_supported": PROOFS,
        }


def test_machines_need_no_address_to_log_in_at_and_residents_one_scope(
    settings: Settings, session_clock: MovableClock
) -> None:
    machines, _ = told_with([preset("maskinporten")], settings, session_clock)
    assert machines["token_endpoint"] == "https://test.maskinporten.no/token"
    assert machines["grant_types_supported"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert {"authorization_endpoint", "response_types_supported"}.isdisjoint(machines)
    residents, _ = told_with([preset("idporten")], settings, session_clock)
    assert residents["authorization_endpoint"] == "https://login.test.idporten.no/authorize"
    assert residents["scopes_supported"] == ["oppfolging/person", *RESOURCE_SCOPES]
