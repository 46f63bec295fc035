"""Tokens of HelseID, Maskinporten and ID-porten over HTTP: what each opens, and how their keys come and go."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from audit import Store, answered, of_request
from issuer_stub import Json, public, signed
from national import (
    EVERY_SCOPE,
    OFFICE,
    STRANGER,
    UNIT,
    VENDOR,
    National,
    helseid,
    idporten,
    maskinporten,
    trusting,
)
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.settings import Settings
from support import Api, MovableClock, Municipality, identity_number, issues

HERE = "8101"
PAUSE = timedelta(seconds=61)
"""The keys of an issuer are fetched at most once a minute."""


@pytest.fixture(scope="session")
def national(settings: Settings, session_clock: MovableClock) -> Iterator[National]:
    with trusting(settings, session_clock, HERE) as found:
        yield found


@pytest.fixture(scope="session")
def here(national: National, issuer: DevelopmentIssuer, session_clock: MovableClock) -> Municipality:
    return Municipality(national.address, issuer, session_clock, HERE)


@pytest.fixture(autouse=True)
def fetchable(national: National, clock: MovableClock) -> Iterator[None]:
    """Keys k1 at the stub, and all of it well, before and after."""
    national.stub.publish("k1")
    national.stub.status = 200
    yield
    national.stub.publish("k1")
    national.stub.status = 200


def api(national: National, claims: Json, name: str = "k1", alg: str = "ES256", **header: Any) -> Api:
    return Api(national.address, signed(claims, name, alg, **header))


def roles_of(settings: Settings, caller: Api) -> list[str]:
    """The roles that the log says a search was made with."""
    ((*_, roles),) = Store(settings).who(answered(caller.get("/fhir/Organization"), 200))
    return list(roles)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (helseid(*EVERY_SCOPE), ["coordinator", "referrer"]),
        (helseid("referrer"), ["referrer"]),
        (helseid(*EVERY_SCOPE, **{"helseid://claims/hpr/hpr_number": "181000002"}), ["referrer"]),
        (helseid(*EVERY_SCOPE, organisation=UNIT), ["coordinating-unit", "coordinator"]),
        (maskinporten(*EVERY_SCOPE), ["system"]),
        (maskinporten(*EVERY_SCOPE, organisation=OFFICE), ["referrer"]),
    ],
)
def test_whatever_scopes_a_client_asked_for_the_municipality_has_a_say(
    national: National, settings: Settings, claims: Json, expected: list[str]
) -> None:
    assert roles_of(settings, api(national, claims)) == expected


def test_scopes_of_smart_narrow_by_the_name_the_issuer_has_for_them(national: National) -> None:
    narrowed = api(national, helseid("referrer", "user/Patient.rs"))
    assert issues(narrowed.get("/fhir/Organization"), 403) == [("forbidden", None)]
    assert narrowed.get("/fhir/Patient").status_code == 200
    foreign = api(national, helseid("referrer", scope=["nhn:oppfolging/referrer", "nhn:other/user/Patient.rs"]))
    assert issues(foreign.get("/fhir/Patient"), 403) == [("forbidden", None)]


def test_the_log_tells_the_software_and_its_supplier_beside_whom_it_acts_for(
    national: National, here: Municipality, settings: Settings
) -> None:
    supplier = {"authority": "iso6523-actorid-upis", "ID": f"0192:{STRANGER}"}
    journal = api(national, maskinporten("system", supplier=supplier))
    for answer in (
        answered(journal.get("/fhir/Organization"), 200),
        answered(journal.post("/fhir/Organization", {"resourceType": "Organization", "name": "Skolen"}), 201),
    ):
        columns = "SELECT subject, organisation, client FROM access_log WHERE request = $1"
        found = Store(settings).ask(columns, answer.headers["x-request-id"])
        assert found == [(f"0192:{VENDOR}", VENDOR, f"journal 0192:{STRANGER}")]
        (event,) = of_request(here.unit, answer)
        assert [agent.get("altId") for agent in event["agent"]] == [f"0192:{VENDOR}", f"journal 0192:{STRANGER}"]


@pytest.mark.parametrize(
    "claims",
    [
        helseid("coordinating-unit", "system", "team"),
        helseid("referrer", organisation=STRANGER),
        maskinporten("coordinating-unit"),
        maskinporten("system", organisation=STRANGER),
        maskinporten(
            "system",
            organisation=STRANGER,
            supplier={"authority": "iso6523-actorid-upis", "ID": f"0192:{VENDOR}"},
        ),
        maskinporten("system", organisation=STRANGER, client_orgno=VENDOR, orgno=VENDOR),
    ],
)
def test_a_scope_the_municipality_does_not_give_opens_nothing(national: National, claims: Json) -> None:
    assert issues(api(national, claims).get("/fhir/Organization"), 403) == [("forbidden", None)]


def test_a_child_organisation_comes_before_its_parent(national: National, settings: Settings) -> None:
    child = {"helseid://claims/client/claims/orgnr_child": UNIT}
    assert roles_of(settings, api(national, helseid("coordinating-unit", "referrer", **child))) == ["coordinating-unit"]
    unknown = {"helseid://claims/client/claims/orgnr_child": STRANGER}
    assert roles_of(settings, api(national, helseid("coordinating-unit", "referrer", **unknown))) == ["referrer"]


def test_a_journal_system_of_maskinporten_writes_and_reads(national: National, here: Municipality) -> None:
    journal = api(national, maskinporten("system"), typ=None)
    made = journal.create({"resourceType": "Organization", "name": "Skolen"})
    assert here.unit.read("Organization", made["id"])["name"] == "Skolen"


def test_a_resident_of_idporten_sees_their_own_and_nothing_else(national: National, here: Municipality) -> None:
    number = identity_number()
    own, another = here.person(number), here.person()
    for scope in ("oppfolging/person", "kommune:oppfolging.innbygger"):
        resident = api(national, idporten(number, scope, *(f"oppfolging/{role}" for role in EVERY_SCOPE)), typ=None)
        assert resident.found("Patient") == [f"Patient/{own['id']}"]
        assert issues(resident.get(f"/fhir/Patient/{another['id']}"), 404) == [("not-found", None)]
        organisation = {"resourceType": "Organization", "name": "Skolen"}
        assert issues(resident.post("/fhir/Organization", organisation), 403) == [("forbidden", None)]


@pytest.mark.parametrize("scopes", [[f"oppfolging/{role}" for role in EVERY_SCOPE], ["openid"], []])
def test_a_resident_with_no_scope_of_a_person_comes_nowhere(
    national: National, here: Municipality, scopes: list[str]
) -> None:
    number = identity_number()
    here.person(number)
    assert issues(api(national, idporten(number, *scopes)).get("/fhir/Patient"), 403) == [("forbidden", None)]


LEVEL = "helseid://claims/identity/security_level"
LOW: dict[str, Any] = {LEVEL: "3"}
UNTOLD: dict[str, Any] = {LEVEL: None}
UNNUMBERED: dict[str, Any] = {"helseid://claims/identity/pid": None}


@pytest.mark.parametrize(
    "claims",
    [
        helseid("referrer", **LOW),
        helseid("referrer", **UNTOLD),
        helseid("referrer", **UNNUMBERED),
        idporten("13897112345", "oppfolging/person", acr="idporten-loa-low"),
        idporten("13897112345", "oppfolging/person", acr=None),
        maskinporten("system", consumer={"authority": "urn:other", "ID": f"0192:{VENDOR}"}),
        maskinporten("system", iss="https://test.maskinporten.no"),
        helseid("referrer", iss="https://helseid-sts.test.nhn.no/"),
        helseid("referrer", iss="https://helseid-sts.nhn.no"),
        helseid("referrer", aud="nhn:other"),
    ],
)
def test_a_token_that_its_issuer_would_not_vouch_for_so_is_refused(national: National, claims: Json) -> None:
    assert issues(api(national, claims).get("/fhir/Organization"), 401) == [("login", None)]


def test_only_where_the_preset_allows_it_may_the_kind_of_token_be_left_out(national: National) -> None:
    assert api(national, maskinporten("system"), typ=None).get("/fhir/Organization").status_code == 200
    assert api(national, helseid("referrer"), typ=None).get("/fhir/Organization").status_code == 401


def status(national: National, name: str, alg: str = "ES256") -> int:
    return api(national, helseid("referrer"), name, alg).get("/fhir/Organization").status_code


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_keys_of_rsa_and_of_elliptic_curves_verify(national: National, clock: MovableClock, alg: str) -> None:
    clock.moved = PAUSE * (2 if alg == "RS256" else 4)
    national.stub.keys = [public("k1"), public(f"new-{alg}", alg)]
    assert status(national, f"new-{alg}", alg) == 200


def test_a_new_key_is_fetched_once_and_a_key_that_left_is_refused(national: National, clock: MovableClock) -> None:
    clock.moved = PAUSE * 6
    assert status(national, "k1") == 200
    national.stub.publish("k2")
    before = national.stub.fetches
    assert [status(national, "k2"), status(national, "k2")] == [200, 200]
    assert national.stub.fetches == before + 1
    assert status(national, "k1") == 401


def test_unknown_keys_cause_one_fetch_a_minute(national: National, clock: MovableClock) -> None:
    clock.moved = PAUSE * 8
    before = national.stub.fetches
    assert {status(national, f"unheard-of-{number}") for number in range(20)} == {401}
    assert national.stub.fetches == before + 1
    assert status(national, "k1") == 200


def test_keys_are_kept_while_the_issuer_is_down(national: National, clock: MovableClock) -> None:
    assert status(national, "k1") == 200
    national.stub.publish()
    national.stub.status = 503
    clock.moved = PAUSE * 10
    before = national.stub.fetches
    assert status(national, "k9") == 401
    assert national.stub.fetches == before + 1
    assert status(national, "k1") == 200
