"""Tokens: https://hl7.org/fhir/R4/search.html#token"""

from urllib.parse import quote

import pytest

from support import Json, Municipality, coding, issues, ok

ONE, OTHER = "http://one.example", "http://other.example"


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


@pytest.fixture
def numbered(town: Municipality) -> Municipality:
    """Practitioners whose identifiers differ in system, value, or both."""
    for id, identifier in {
        "one": {"system": ONE, "value": "12"},
        "other": {"system": OTHER, "value": "12"},
        "bare": {"value": "12"},
        "longer": {"system": ONE, "value": "123"},
    }.items():
        place(town, {"resourceType": "Practitioner", "id": id, "identifier": [identifier]})
    return town


FORMS = [
    ("12", ["bare", "one", "other"]),
    (f"{ONE}|12", ["one"]),
    ("|12", ["bare"]),
    (f"{ONE}|", ["longer", "one"]),
    ("1", []),
    ("|", []),
    (f"{ONE}|13", []),
    (f"{ONE}|12,{ONE}|123", ["longer", "one"]),
    ("|12,123", ["bare", "longer"]),
]


def test_the_four_forms_and_any_of_several(numbered: Municipality) -> None:
    for value, found in FORMS:
        query = f"Practitioner?identifier={quote(value)}&_sort=_id"
        assert numbered.system.found(query) == [f"Practitioner/{id}" for id in found], value


def test_all_of_what_is_repeated(town: Municipality) -> None:
    both: Json = {"resourceType": "Practitioner", "id": "both", "identifier": [{"value": "a"}, {"value": "b"}]}
    place(town, both)
    place(town, both | {"id": "first", "identifier": [{"value": "a"}]})
    assert town.system.found("Practitioner?identifier=a&identifier=b") == ["Practitioner/both"]
    assert town.system.found("Practitioner?identifier=a,b&_sort=_id") == ["Practitioner/both", "Practitioner/first"]
    assert town.system.found("Practitioner?identifier=a,c&identifier=b,c") == ["Practitioner/both"]


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("a,b", "a\\,b"),
        ("a|b", "a\\|b"),
        ("a$b", "a\\$b"),
        ("a\\b", "a\\\\b"),
        ("a\\", "a\\\\"),
        ("a\\,b", "a\\\\\\,b"),
    ],
)
def test_what_separates_can_be_escaped(town: Municipality, value: str, escaped: str) -> None:
    for id, identifier in {
        "meant": {"value": value},
        "a": {"value": "a"},
        "in-system": {"system": "a", "value": "b"},
    }.items():
        place(town, {"resourceType": "Practitioner", "id": id, "identifier": [identifier]})
    assert town.system.found(f"Practitioner?identifier={quote(escaped)}") == ["Practitioner/meant"]
    assert town.system.found(f"Practitioner?identifier=x,{quote(escaped)}") == ["Practitioner/meant"]


def test_an_escaped_backslash_does_not_escape_the_comma_after_it(town: Municipality) -> None:
    for id, value in {"slash": "a\\", "b": "b"}.items():
        place(town, {"resourceType": "Practitioner", "id": id, "identifier": [{"value": value}]})
    query = "Practitioner?identifier=a%5C%5C,b&_sort=_id"
    assert town.system.found(query) == ["Practitioner/b", "Practitioner/slash"]


def test_values_longer_than_an_index_holds(town: Municipality) -> None:
    values = {"first": "".join(f"{n:x}" for n in range(1500)), "second": "".join(f"{n:x}" for n in range(1501))}
    for id, value in values.items():
        place(
            town,
            {
                "resourceType": "Goal",
                "id": id,
                "lifecycleStatus": "active",
                "identifier": [{"value": value}],
                "description": {"text": "x"},
                "subject": {"display": "x"},
            },
        )
    assert town.system.found(f"Goal?identifier={values['first']}") == ["Goal/first"]
    assert town.system.found(f"Goal?identifier=|{values['second']}") == ["Goal/second"]


def test_codes_booleans_and_concepts(town: Municipality) -> None:
    made = town.system.create(
        {
            "resourceType": "Organization",
            "active": False,
            "type": [coding(ONE, "team") | {"text": "not searched"}, coding(OTHER, "office")],
            "name": "x",
        }
    )
    here = [f"Organization/{made['id']}"]
    assert town.system.found("Organization?active=false") == here
    assert town.system.found(f"Organization?type={ONE}|team&type=office") == here
    assert town.system.found(f"Organization?type={ONE}|office") == []
    assert town.system.found("Organization?type=not searched") == []
    patient = town.person(gender="female")
    assert town.system.found("Patient?gender=female") == [f"Patient/{patient['id']}"]
    assert town.system.found("Patient?gender=|female") == [f"Patient/{patient['id']}"]
    assert town.system.found("Patient?gender=Female") == []


def test_a_patient_is_found_by_what_identifies_and_reaches_them(town: Municipality) -> None:
    patient = town.person(telecom=[{"system": "phone", "value": "55512345"}])
    number = patient["identifier"][0]
    here = [f"Patient/{patient['id']}"]
    assert town.unit.found(f"Patient?identifier={number['system']}|{number['value']}") == here
    assert town.unit.found("Patient?telecom=55512345") == here


def test_ids(town: Municipality) -> None:
    for id in ("a", "b", "c"):
        place(town, {"resourceType": "Practitioner", "id": id})
    assert town.system.found("Practitioner?_id=b") == ["Practitioner/b"]
    assert town.system.found("Practitioner?_id=c,a,nothing&_sort=_id") == ["Practitioner/a", "Practitioner/c"]
    assert town.system.found("Practitioner?_id=a&_id=b") == []
    assert town.system.found("Practitioner?_id:not=a,nothing&_sort=_id") == ["Practitioner/b", "Practitioner/c"]


@pytest.mark.parametrize("query", ["identifier:exact=12", "identifier:above=12", "_id:text=x", "active:below=x"])
def test_modifiers_that_are_not_served(town: Municipality, query: str) -> None:
    name = query.partition("=")[0]
    assert issues(town.system.get(f"/fhir/Practitioner?{query}"), 400) == [("not-supported", name)]
