"""What a municipality lets organisations and health personnel be: both it and the token have to say so."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from oppfolging_api.access.claims import Verified
from oppfolging_api.access.municipalities import Municipalities, MunicipalitySettings
from oppfolging_api.kernel.caller import Role

UNIT, OFFICE, PARENT, UNKNOWN = "900000001", "900000002", "900000003", "900000009"
CONFIGURED = {
    "9901": {
        "organisations": {UNIT: ["coordinating-unit", "team"], OFFICE: ["referrer"], PARENT: []},
        "personnel": {"9144900": ["coordinator"]},
    },
    "9902": {"organisations": {OFFICE: ["referrer", "team"]}},
}
MAP = TypeAdapter(dict[str, MunicipalitySettings])
EVERY = frozenset(Role)


def configured() -> Municipalities:
    return Municipalities(MAP.validate_python(CONFIGURED))


def token(*organisations: str, hpr: str | None = None, says: tuple[str, ...] | None = None) -> Verified:
    return Verified("https://issuer.test", "per", (), says, hpr, organisations)


def roles(verified: Verified, municipality: str, *asked: str) -> set[str]:
    told = configured().roles(verified, municipality, frozenset(map(Role, asked)) if asked else EVERY)
    return {str(role) for role in told}


@pytest.mark.parametrize(
    ("organisations", "expected"),
    [
        ((UNIT,), ("9901",)),
        ((OFFICE,), ("9901", "9902")),
        ((UNKNOWN, OFFICE), ("9901", "9902")),
        ((UNIT, PARENT), ("9901",)),
        ((UNKNOWN,), ()),
        ((), ()),
    ],
)
def test_an_organisation_works_where_it_is_named(organisations: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert configured().of(token(*organisations)) == expected


def test_personnel_works_nowhere_by_itself() -> None:
    assert configured().of(token(hpr="9144900")) == ()
    assert configured().of(token(UNKNOWN, hpr="9144900")) == ()


def test_every_scope_in_the_token_gives_what_the_municipality_gives_and_no_more() -> None:
    assert roles(token(UNIT), "9901") == {"coordinating-unit", "team", "person"}
    assert roles(token(OFFICE), "9901") == {"referrer", "person"}
    assert roles(token(OFFICE), "9902") == {"referrer", "team", "person"}


def test_what_the_token_does_not_ask_for_is_not_given() -> None:
    assert roles(token(UNIT), "9901", "team", "system") == {"team"}
    assert roles(token(OFFICE), "9901", "coordinator") == set()


def test_a_holder_has_the_roles_of_their_number_beside_the_organisations() -> None:
    assert roles(token(OFFICE, hpr="9144900"), "9901") == {"referrer", "coordinator", "person"}
    assert roles(token(PARENT, hpr="9144900"), "9901") == {"coordinator", "person"}
    assert roles(token(OFFICE, hpr="9144900"), "9902") == {"referrer", "team", "person"}


def test_the_first_of_the_tokens_organisations_that_is_named_counts() -> None:
    assert roles(token(OFFICE, UNIT), "9901") == {"referrer", "person"}
    assert roles(token(UNIT, OFFICE), "9901") == {"coordinating-unit", "team", "person"}
    assert roles(token(UNKNOWN, UNIT), "9901") == {"coordinating-unit", "team", "person"}


def test_an_issuer_that_says_where_and_as_what_is_believed() -> None:
    stated = token(UNKNOWN, says=("0301",))
    assert configured().of(stated) == ("0301",)
    assert roles(stated, "0301", "system") == {"system"}
    assert configured().of(token(UNIT, says=())) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisations": {"90000000": ["team"]}},
        {"organisations": {UNIT: ["boss"]}},
        {"organisations": {UNIT: ["person"]}},
        {"organisations": [UNIT]},
        {"personnel": {"1234567890": ["team"]}},
        {"personnel": {"9144900": ["person"]}},
        {"people": {}},
    ],
)
def test_a_configuration_that_cannot_be_meant_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MAP.validate_python({"9901": wrong})
