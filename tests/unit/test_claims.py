"""What claims vouch for: each issuer's own names, levels of login, scopes and keys, as preset or mapping has them."""

from typing import Any

import pytest

from oppfolging_api.access.authentication import bearer_of
from oppfolging_api.access.claims import Verified, vouched
from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.jwt import TokenRejected
from oppfolging_api.access.policy import allowed
from oppfolging_api.resources.goal import RESOURCE as GOAL
from oppfolging_api.resources.patient import RESOURCE as PATIENT

CLAIMS = {"sub": "per", "scope": "oppfolging/team", "municipality": ["1134"]}
ISSUER = {"issuer": "https://issuer.test", "audience": "oppfolging-api", "jwks": {}}
HELSEID = {"preset": "helseid", "environment": "test", "audience": "nhn:oppfolging"}
MASKINPORTEN = {"preset": "maskinporten", "environment": "test", "audience": "https://api.test"}
IDPORTEN = {"preset": "idporten", "environment": "test", "audience": "https://api.test"}
JKT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def read(claims: dict[str, Any], issuer: dict[str, Any] = ISSUER, **mapping: Any) -> Verified:
    settings = IssuerSettings.model_validate({**issuer, "claims": mapping})
    return vouched({**CLAIMS, **claims}, settings)


def refusal(claims: dict[str, Any], issuer: dict[str, Any] = ISSUER, **mapping: Any) -> str:
    with pytest.raises(TokenRejected) as caught:
        read(claims, issuer, **mapping)
    return str(caught.value)


# HelseID

TOO_LOW = "the security level of the login is too low"
USER = {
    "scope": ["nhn:oppfolging/coordinator", "nhn:other/read", "openid"],
    "helseid://claims/identity/pid": "13897112345",
    "helseid://claims/identity/security_level": "4",
    "helseid://claims/hpr/hpr_number": "181000001",
    "helseid://claims/client/claims/orgnr_parent": "964965226",
    "helseid://claims/client/claims/orgnr_child": "974785226",
    "helseid://claims/client/claims/orgnr_supplier": "889640782",
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in USER.items() if not name.endswith(names)}


def test_a_helseid_user() -> None:
    found = read(USER, HELSEID, scope_prefix="nhn:oppfolging/")
    assert found.issuer == "https://helseid-sts.test.nhn.no"
    assert found.scopes == ("oppfolging/coordinator", "nhn:other/read", "openid")
    assert (found.pid, found.hpr) == ("13897112345", "181000001")
    assert found.organisations == ("974785226", "964965226")
    assert found.organisation == "974785226"


def test_a_helseid_machine_has_no_sub_and_no_level() -> None:
    claims = {"sub": None, "client_id": "2c1b", "helseid://claims/client/claims/orgnr_parent": "964965226"}
    found = read(claims, HELSEID)
    assert (found.subject, found.organisation, found.pid) == ("2c1b", "964965226", None)


def test_an_issuer_that_names_no_municipalities_is_not_believed_to() -> None:
    assert read({**USER, "municipality": ["0301"]}, HELSEID).municipalities is None


@pytest.mark.parametrize("level", ["3", "2", "", 4, "low", "high", ["4"]])
@pytest.mark.parametrize("known_by", [(), ("pid",), ("hpr_number",), ("pid", "hpr_number")])
def test_a_helseid_login_below_level_4_is_refused_whole(level: object, known_by: tuple[str, ...]) -> None:
    assert refusal({**without(*known_by), "helseid://claims/identity/security_level": level}, HELSEID) == TOO_LOW


@pytest.mark.parametrize("known_by", [(), ("pid",), ("hpr_number",)])
def test_a_helseid_user_of_no_level_is_refused(known_by: tuple[str, ...]) -> None:
    assert refusal(without("security_level", *known_by), HELSEID) == TOO_LOW


WITHOUT_NUMBER = "a user's token needs an identity number"


@pytest.mark.parametrize("known_by", [(), ("hpr_number",)])
def test_a_helseid_user_without_an_identity_number_is_refused(known_by: tuple[str, ...]) -> None:
    """Whoever has a sub is a user, however high the login was; so it is no machine that has one."""
    assert refusal(without("pid", *known_by), HELSEID) == WITHOUT_NUMBER
    machine = {"client_id": "2c1b", "helseid://claims/client/claims/orgnr_parent": "964965226"}
    assert refusal({"sub": "per", **machine}, HELSEID) == TOO_LOW
    assert read({"sub": None, **machine}, HELSEID).subject == "2c1b"


def test_the_assurance_level_serves_where_the_security_level_is_not_given() -> None:
    assurance = "helseid://claims/identity/assurance_level"
    assert read({**without("security_level"), assurance: "high"}, HELSEID).pid == "13897112345"
    assert refusal({**without("security_level"), assurance: "4"}, HELSEID) == TOO_LOW
    assert refusal({**USER, assurance: "substantial"}, HELSEID) == TOO_LOW


def test_a_helseid_client_and_its_supplier_are_told_and_give_nothing() -> None:
    found = read({**USER, "client_id": "2c1b"}, HELSEID)
    assert (found.subject, found.client) == ("per", "2c1b 889640782")
    assert "889640782" not in found.organisations


# Maskinporten

CONSUMER = {"authority": "iso6523-actorid-upis", "ID": "0192:964965226"}


def test_maskinporten_vouches_for_the_consumer_never_for_client_or_supplier() -> None:
    supplier = {"authority": "iso6523-actorid-upis", "ID": "0192:974785226"}
    found = read({"sub": None, "client_id": "2c1b", "consumer": CONSUMER, "supplier": supplier}, MASKINPORTEN)
    assert found.issuer == "https://test.maskinporten.no/"
    assert (found.subject, found.organisations) == ("0192:964965226", ("964965226",))
    assert (found.pid, found.hpr, found.municipalities) == (None, None, None)
    assert found.client == "2c1b 0192:974785226"
    assert bearer_of(found).practitioner_key == "https://test.maskinporten.no/|0192:964965226"
    own = read({"sub": None, "client_id": "2c1b", "consumer": CONSUMER}, MASKINPORTEN)
    assert (own.subject, own.client) == ("0192:964965226", "2c1b")


@pytest.mark.parametrize(
    "consumer",
    [
        None,
        "0192:964965226",
        {"authority": "iso6523-actorid-upis"},
        {"ID": "0192:964965226"},
        {**CONSUMER, "authority": "iso6523"},
        {**CONSUMER, "authority": ["iso6523-actorid-upis"]},
        {**CONSUMER, "ID": "964965226"},
        {**CONSUMER, "ID": "9908:964965226"},
        {**CONSUMER, "ID": "0192:96496522"},
        {**CONSUMER, "ID": "0192:0192:964965226"},
        {**CONSUMER, "ID": 1},
    ],
)
def test_a_consumer_of_another_shape_is_refused(consumer: object) -> None:
    assert refusal({"sub": "per", "client_id": "2c1b", "consumer": consumer}, MASKINPORTEN)


# ID-porten

RESIDENT = {"pid": "13897112345", "acr": "idporten-loa-high", "scope": "oppfolging/person"}


@pytest.mark.parametrize("acr", ["idporten-loa-substantial", "idporten-loa-high"])
def test_idporten_vouches_for_a_person(acr: str) -> None:
    found = read({**RESIDENT, "acr": acr}, IDPORTEN)
    assert (found.issuer, found.subject, found.pid) == ("https://test.idporten.no", "per", "13897112345")
    assert (found.scopes, found.municipalities) == (("oppfolging/person",), None)


@pytest.mark.parametrize("acr", ["idporten-loa-low", "eidas-loa-high", "Level4", None, ["idporten-loa-high"]])
@pytest.mark.parametrize("pid", ["13897112345", None])
def test_a_low_login_at_idporten_is_refused(acr: object, pid: str | None) -> None:
    assert refusal({**RESIDENT, "pid": pid, "acr": acr}, IDPORTEN) == TOO_LOW


def test_idporten_opens_the_person_scope_only() -> None:
    every = ["coordinating-unit", "leader", "coordinator", "team", "referrer", "person", "system"]
    claims = {
        **RESIDENT,
        "scope": " ".join(f"oppfolging/{role}" for role in every) + " patient/*.rs",
        "hpr_number": "9144900",
        "organisation_number": "964965226",
        "consumer": CONSUMER,
        "municipality": ["1134"],
    }
    found = read(claims, IDPORTEN)
    assert found.scopes == ("oppfolging/person", "patient/*.rs")
    assert (found.hpr, found.organisations, found.municipalities) == (None, (), None)


def test_a_scope_of_idporten_may_count_as_the_persons() -> None:
    claims = {**RESIDENT, "scope": "openid kommune:oppfolging.innbygger"}
    assert read(claims, IDPORTEN).scopes == ("openid", "kommune:oppfolging.innbygger")
    found = read(claims, IDPORTEN, person_scopes="kommune:oppfolging.innbygger")
    assert found.scopes == ("openid", "oppfolging/person")


def test_no_prefix_makes_another_role_of_a_scope_of_idporten() -> None:
    claims = {**RESIDENT, "scope": "kommune:system kommune:person"}
    assert read(claims, IDPORTEN, scope_prefix="kommune:").scopes == ("oppfolging/person",)


# SMART

PREFIX = "nhn:oppfolging/"


def may(scope: str, **mapping: Any) -> list[str]:
    """What of reading Patients, reading Goals and updating Patients a token with these scopes leaves the role."""
    caller = bearer_of(read({"scope": scope}, **mapping))
    asked = ((PATIENT, "r"), (GOAL, "r"), (PATIENT, "u"))
    return [f"{kind.name}.{letter}" for kind, letter in asked if allowed(caller, kind, letter)]


EVERYTHING = ["Patient.r", "Goal.r", "Patient.u"]


@pytest.mark.parametrize(
    ("scope", "prefix"),
    [
        ("nhn:oppfolging/team nhn:oppfolging/user/Patient.rs", PREFIX),
        ("nhn:oppfolging/team user/Patient.rs", PREFIX),
        ("oppfolging/team oppfolging/user/Patient.rs", ""),
        ("oppfolging/team user/Patient.rs", ""),
    ],
)
def test_a_scope_of_smart_narrows_however_its_issuer_spells_it(scope: str, prefix: str) -> None:
    assert may(scope, scope_prefix=prefix) == ["Patient.r"]


@pytest.mark.parametrize(
    "scope",
    [
        "nhn:other/user/Patient.rs",
        "nhn:other:system/*.cruds",
        "oppfolging/user/Patient.rs",
        "nhn:oppfolging/user/patient.rs",
        "nhn:oppfolging/user/Patient.read",
        "nhn:oppfolging/v2/patient/Patient.rs",
    ],
)
def test_a_scope_that_looks_like_smarts_is_never_passed_over(scope: str) -> None:
    """Nobody knows what it was meant to narrow, so it allows nothing; beside one that is understood it adds nothing."""
    assert may(f"nhn:oppfolging/team {scope}", scope_prefix=PREFIX) == []
    assert may(f"nhn:oppfolging/team {scope} nhn:oppfolging/user/Goal.r", scope_prefix=PREFIX) == ["Goal.r"]


@pytest.mark.parametrize("scope", ["openid", "launch/patient", "nhn:other/read", "nhn:hdir-system/list.read"])
def test_other_scopes_narrow_nothing(scope: str) -> None:
    assert may(f"nhn:oppfolging/team {scope}", scope_prefix=PREFIX) == EVERYTHING


def test_where_an_issuer_has_a_prefix_no_role_goes_without_it() -> None:
    scope = "oppfolging/system nhn:oppfolging/team oppfolging/person"
    assert read({"scope": scope}, scope_prefix=PREFIX).scopes == ("oppfolging/team",)


# Bound to a key


def test_a_token_may_be_bound_to_a_key() -> None:
    assert read({"cnf": {"jkt": JKT}}).key == JKT
    assert read({}).key is None


@pytest.mark.parametrize(
    "bound",
    [
        {},
        None,
        JKT,
        [{"jkt": JKT}],
        {"jkt": None},
        {"jkt": JKT[:-1]},
        {"jkt": JKT + "="},
        {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
        {"jkt": JKT, "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
        {"jwk": {"kty": "RSA"}},
    ],
)
def test_a_token_bound_to_anything_else_is_refused(bound: object) -> None:
    assert refusal({"cnf": bound}) == "the token is bound (cnf) to something that cannot be shown here"


def test_an_issuer_may_have_to_bind_its_tokens() -> None:
    strict = {**ISSUER, "dpop": "required"}
    assert read({"cnf": {"jkt": JKT}}, strict).key == JKT
    assert refusal({}, strict) == "the token is not bound to a key, as those of its issuer have to be"


# Any issuer


def test_a_claim_whose_name_has_dots_is_found_whole() -> None:
    assert read({"https://idp.no/hpr.number": "42"}, hpr="https://idp.no/hpr.number").hpr == "42"


def test_claims_without_any_scope_or_municipality_vouch_for_none() -> None:
    found = read({"scope": None, "municipality": None})
    assert (found.scopes, found.municipalities) == ((), ())


@pytest.mark.parametrize(
    ("municipality", "expected"), [("1134", ("1134",)), (["1134", "1135"], ("1134", "1135")), ([], ())]
)
def test_a_municipality_is_a_string_or_a_list(municipality: object, expected: tuple[str, ...]) -> None:
    assert read({"municipality": municipality}).municipalities == expected


def test_the_client_is_told_where_the_token_tells_it() -> None:
    assert read({"client_id": "journal"}).client == "journal"
    assert read({}).client is None


def test_200_scopes_are_many_enough() -> None:
    assert len(read({"scope": ["a"] * 200}).scopes) == 200
    assert refusal({"scope": ["a"] * 201}) == "scope holds too many scopes, or what is none"
    assert refusal({"scope": " a" * 201}) == "scope holds too many scopes, or what is none"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ""},
        {"sub": 1},
        {"sub": ["per"]},
        {"sub": "per\0"},
        {"sub": "per\nkari"},
        {"sub": "p" * 256},
        {"scope": 1},
        {"scope": {"oppfolging/team": True}},
        {"scope": ["oppfolging/team", 1]},
        {"scope": ["oppfolging/team", ""]},
        {"scope": ["oppfolging/team oppfolging/system"]},
        {"scope": "oppfolging/team\0"},
        {"scope": 'oppfolging/"team"'},
        {"municipality": "113"},
        {"municipality": "1134 1135"},
        {"municipality": 1134},
        {"municipality": ["1134", None]},
        {"municipality": ["1134", "११३४"]},
        {"hpr_number": ""},
        {"hpr_number": "1234567890"},
        {"hpr_number": 9144900},
        {"hpr_number": "9144900 "},
        {"organisation_number": "96496522"},
        {"organisation_number": "9649652260"},
        {"organisation_number": ["964965226"]},
        {"client_id": 7},
        {"client_id": "jour\nnal"},
        {"pid": "1389711234"},
        {"pid": "138971123456"},
        {"pid": "1389711234\n"},
        {"pid": 13897112345},
        {"pid": "١٣٨٩٧١١٢٣٤٥"},
    ],
)
def test_a_claim_of_the_wrong_shape_is_refused_and_not_repeated(claims: dict[str, Any]) -> None:
    told = refusal(claims)
    assert not [str(value) for value in claims.values() if value != "" and str(value) in told]
