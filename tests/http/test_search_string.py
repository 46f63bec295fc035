"""Strings, as they are written and spoken in Norway: https://hl7.org/fhir/R4/search.html#string"""

from urllib.parse import quote

import pytest

from support import Json, Municipality, issues, ok

NAMES = {
    "asen": ("Åsen", "Bjørg"),
    "sather": ("Sæther", "José Maria"),
    "vik": ("Vik", "Åse"),
    "percent": ("100%_\\", "Per"),
}


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


@pytest.fixture
def named(town: Municipality) -> Municipality:
    for id, (family, given) in NAMES.items():
        place(town, {"resourceType": "Practitioner", "id": id, "name": [{"family": family, "given": [given]}]})
    return town


FOUND = [
    ("family=asen", ["asen"]),
    ("family=aasen", ["asen"]),
    ("family=Åsen", ["asen"]),
    ("family=ÅS", ["asen"]),
    ("family=A\u030asen", ["asen"]),
    ("family=sen", []),
    ("given=bjorg", ["asen"]),
    ("given=bjoerg", ["asen"]),
    ("given=BJØRG", ["asen"]),
    ("family=saether", ["sather"]),
    ("given=jose", ["sather"]),
    ("given=jose  maria", ["sather"]),
    ("given=maria", []),
    ("name=å", ["asen", "vik"]),
    ("name=aase,vik", ["asen", "vik"]),
    ("name=aase&name=bjørg", ["asen"]),
    ("name=vik&name=bjørg", []),
    ("family:contains=SEN", ["asen"]),
    ("given:contains=oerg", ["asen"]),
    ("given:contains=maria", ["sather"]),
    ("name:contains=e", ["asen", "percent", "sather", "vik"]),
    ("family:exact=Åsen", ["asen"]),
    ("family:exact=åsen", []),
    ("family:exact=Asen", []),
    ("family:exact=Åse", []),
    ("family:exact=Vik,Åsen", ["asen", "vik"]),
    ("family=100%", ["percent"]),
    ("family=1_0", []),
    ("family=%", []),
    ("family:contains=%_", ["percent"]),
    ("family:contains=\\\\", ["percent"]),
]


def test_by_the_beginning_by_a_part_or_exactly(named: Municipality) -> None:
    for query, found in FOUND:
        names = named.system.found(f"Practitioner?{quote(query, safe='&=:,')}&_sort=_id")
        assert names == [f"Practitioner/{id}" for id in found], query


def test_commas_within_a_value(town: Municipality) -> None:
    for id, name in {"one": "Vik, Nes og Berg", "other": "Vik"}.items():
        place(town, {"resourceType": "Organization", "id": id, "name": name})
    assert town.system.found("Organization?name=vik\\, nes") == ["Organization/one"]
    assert town.system.found("Organization?name:exact=Vik") == ["Organization/other"]


def test_every_part_of_an_address(town: Municipality) -> None:
    address = {"line": ["Åsveien 3"], "postalCode": "5700", "city": "Vøss", "state": "Vestland", "country": "NO"}
    place(town, {"resourceType": "Organization", "id": "o", "name": "x", "address": [address]})
    here = ["Organization/o"]
    for query in (
        "address=aasv",
        "address=5700",
        "address-city=voss",
        "address-postalcode=57",
        "address-state=vest",
        "address-country=NO",
    ):
        assert town.system.found(f"Organization?{query}") == here, query
    assert town.system.found("Organization?address-city=5700") == []


def test_aliases_and_prefixes_of_names(town: Municipality) -> None:
    place(town, {"resourceType": "Organization", "id": "o", "name": "Nav", "alias": ["Arbeidskontoret"]})
    assert town.system.found("Organization?name=arbeids") == ["Organization/o"]
    name = {"text": "Doktor Vik", "prefix": ["Dr"], "family": "Vik", "use": "official"}
    place(town, {"resourceType": "Practitioner", "id": "p", "name": [name]})
    assert town.system.found("Practitioner?name=dr") == ["Practitioner/p"]
    assert town.system.found("Practitioner?name=official") == []


@pytest.mark.parametrize("letter", ["a", "å", "한", "ﷺ", "ΐ", "𝔸", "ß"])
def test_texts_longer_than_an_index_holds(town: Municipality, letter: str) -> None:
    text = "".join(letter + chr(0xAC00 + n) for n in range(400))
    place(town, {"resourceType": "Organization", "id": "long", "name": text})
    assert town.system.found(f"Organization?name={quote(text[:100])}") == ["Organization/long"]
    assert town.system.found(f"Organization?name={quote(text)}") == ["Organization/long"]
    assert town.system.found(f"Organization?name:exact={quote(text)}") == ["Organization/long"]


@pytest.mark.parametrize("query", ["name:not=x", "name:above=x", "name:Exact=x", "name:x:y=z"])
def test_modifiers_that_are_not_served(town: Municipality, query: str) -> None:
    name = query.partition("=")[0]
    assert issues(town.system.get(f"/fhir/Practitioner?{query}"), 400) == [("not-supported", name)]
