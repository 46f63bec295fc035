"""FHIRPath Patch: HL7's own cases, positions, names and types of what is put there, and what is refused where."""

import copy
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oppfolging_api.fhir.exact_json import dump, parse
from oppfolging_api.fhir.patch.fhirpath_patch import fhirpath_patch
from oppfolging_api.fhir.validation import walked
from oppfolging_api.kernel.errors import Invalid, Unprocessable

Json = dict[str, Any]

WRITTEN = {"index": "valueInteger", "source": "valueInteger", "destination": "valueInteger"}


def operation(type: str, path: str, *, value: Json | None = None, **parts: object) -> Json:
    """`value` is the content of the part: a value[x] or nested parts."""
    named = [{"name": name, WRITTEN.get(name, "valueString"): content} for name, content in parts.items()]
    given = [{"name": "value", **value}] if value else []
    start = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    return {"name": "operation", "part": [*start, *named, *given]}


def parameters(*operations: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(operations)}


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", "id": "p", **elements}


def identifiers(*numbers: int) -> Json:
    return patient(identifier=[{"system": "http://example.org", "value": f"value {number}"} for number in numbers])


def identifier(number: int) -> Json:
    return {"valueIdentifier": {"system": "http://example.org", "value": f"value {number}"}}


def move(source: int, destination: int) -> Json:
    return operation("move", "Patient.identifier", source=source, destination=destination)


TEXT = {"valueString": "x"}
PARTS = {"part": [{"name": "text", "valueString": "x"}]}
CONTACT = patient(contact=[{"name": {"text": "a name"}, "gender": "male"}])
MARRIED = patient(maritalStatus={"id": "1", "text": "married"})
BORN = patient(birthDate="1920-01-01")


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        (BORN, [operation("replace", "Patient.birthDate", value={"valueDate": "1930-01-01"})],
         patient(birthDate="1930-01-01")),
        (BORN, [operation("delete", "Patient.birthDate")], patient()),
        (patient(), [operation("delete", "Patient.birthDate")], patient()),
        (patient(), [operation("add", "Patient", name="birthDate", value={"valueDate": "1930-01-01"})],
         patient(birthDate="1930-01-01")),
        (CONTACT, [operation("replace", "Patient.contact[0].gender", value={"valueCode": "female"})],
         patient(contact=[{"name": {"text": "a name"}, "gender": "female"}])),
        (CONTACT, [operation("replace", "Patient.contact[0].name.text", value={"valueString": "the name"})],
         patient(contact=[{"name": {"text": "the name"}, "gender": "male"}])),
        (CONTACT, [operation("delete", "Patient.contact[0].gender")], patient(contact=[{"name": {"text": "a name"}}])),
        (CONTACT, [operation("delete", "Patient.contact[0].name.text")], patient(contact=[{"gender": "male"}])),
        (patient(contact=[{"name": {"text": "a name"}}]),
         [operation("add", "Patient.contact[0]", name="gender", value={"valueCode": "male"})], CONTACT),
        (patient(),
         [operation("add", "Patient", name="maritalStatus", value={"valueCodeableConcept": {"text": "married"}})],
         patient(maritalStatus={"text": "married"})),
        (MARRIED,
         [operation("replace", "Patient.maritalStatus",
                    value={"valueCodeableConcept": {"id": "2", "text": "not married"}})],
         patient(maritalStatus={"id": "2", "text": "not married"})),
        (MARRIED, [operation("delete", "Patient.maritalStatus")], patient()),
        (patient(),
         [operation("add", "Patient", name="contact",
                    value={"part": [{"name": "name", "valueHumanName": {"text": "a name"}}]})],
         patient(contact=[{"name": {"text": "a name"}}])),
        (CONTACT, [operation("delete", "Patient.contact[0]")], patient()),
        (identifiers(1, 2), [], identifiers(1, 2)),
        (identifiers(1, 2),
         [operation("replace", "Patient.identifier[0].value", value={"valueString": "value 2"}),
          operation("replace", "Patient.identifier[1].value", value={"valueString": "value 1"})],
         identifiers(2, 1)),
        (identifiers(1, 2), [operation("insert", "Patient.identifier", index=2, value=identifier(3))],
         identifiers(1, 2, 3)),
        (identifiers(1, 2), [operation("insert", "Patient.identifier", index=1, value=identifier(3))],
         identifiers(1, 3, 2)),
        (identifiers(1, 2), [operation("insert", "Patient.identifier", index=0, value=identifier(3))],
         identifiers(3, 1, 2)),
        (identifiers(1, 2, 3), [operation("delete", "Patient.identifier[0]")], identifiers(2, 3)),
        (identifiers(1, 2, 3), [operation("delete", "Patient.identifier[1]")], identifiers(1, 3)),
        (identifiers(1, 2, 3), [operation("delete", "Patient.identifier[2]")], identifiers(1, 2)),
        (identifiers(1, 2, 3, 4), [move(3, 1)], identifiers(1, 4, 2, 3)),
        (identifiers(1, 2, 3, 4), [move(3, 0)], identifiers(4, 1, 2, 3)),
        (identifiers(1, 2, 3, 4), [move(3, 2)], identifiers(1, 2, 4, 3)),
        (identifiers(1, 2, 3, 4), [move(0, 3)], identifiers(2, 3, 4, 1)),
        (identifiers(1, 2, 3, 4), [move(1, 0), move(2, 1)], identifiers(2, 3, 1, 4)),
        (identifiers(1, 2, 3, 4), [move(3, 0), move(3, 1), move(3, 2)], identifiers(4, 3, 2, 1)),
        (patient(), [operation("add", "Patient", name="identifier", value=identifier(3))], identifiers(3)),
        (patient(text={"status": "generated", "div": "<div>a</div>"}),
         [operation("replace", "Patient.text.div", value={"valueString": "<div>b</div>"})],
         patient(text={"status": "generated", "div": "<div>b</div>"})),
    ],
)  # fmt: skip
def test_the_cases_of_hl7(before: Json, operations: list[Json], after: Json) -> None:
    patch = parameters(*operations) if operations else {"resourceType": "Parameters"}
    assert fhirpath_patch(before, patch) == after


NAMES = patient(
    name=[
        {"use": "official", "family": "Vik", "given": ["Kari", "Anne"], "period": {"start": "2020"}},
        {"use": "old", "family": "Lie", "given": ["Kari"]},
    ],
    active=True,
    text={"status": "generated", "div": "<div>x</div>"},
    multipleBirthInteger=2,
    extension=[{"url": "http://x.example/a", "valueString": "a"}, {"url": "http://x.example/b", "valueString": "b"}],
)


@pytest.mark.parametrize(
    ("path", "pointed"),
    [
        ("Patient.name[0].family", ["name", 0, "family"]),
        ("name[1].family", ["name", 1, "family"]),
        ("Patient.name.first().family", ["name", 0, "family"]),
        ("Patient.name.last().family", ["name", 1, "family"]),
        ("Patient.name.family[1]", ["name", 1, "family"]),
        ("Patient.name.given[2]", ["name", 1, "given", 0]),
        ("Patient.name.where(use = 'old').family", ["name", 1, "family"]),
        ("Patient.name.where(use='official' and family='Vik').given.last()", ["name", 0, "given", 1]),
        ("Patient.name.where(period.start = '2020').family", ["name", 0, "family"]),
        ("Patient.name[0].given.where($this = 'Anne')", ["name", 0, "given", 1]),
        (" Patient . name [ 1 ] . given ", ["name", 1, "given", 0]),
        ("Patient.extension('http://x.example/b').value", ["extension", 1, "valueString"]),
        ("Patient.extension.where(url = 'http://x.example/b').value.ofType(string)", ["extension", 1, "valueString"]),
    ],
)
def test_paths_lead_to_one_place(path: str, pointed: list[str | int]) -> None:
    expected = copy.deepcopy(NAMES)
    place: Any = expected
    for step in pointed[:-1]:
        place = place[step]
    place[pointed[-1]] = "new"
    assert fhirpath_patch(NAMES, parameters(operation("replace", path, value={"valueString": "new"}))) == expected


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        ("use = 'usual'", True),
        ("use = 'old'", False),
        ("value = '1\\'2'", True),
        ("rank = 1", True),
        ("rank = 1.0", True),
        ("rank = '1'", False),
        ("rank = true", False),
        ("period.start = '2020'", False),
    ],
)
def test_where_compares_values_of_one_type(condition: str, there: bool) -> None:
    telecom = {"system": "phone", "value": "1'2", "use": "usual", "rank": 1}
    patch = parameters(operation("delete", f"Patient.telecom.where({condition})"))
    result = fhirpath_patch(patient(telecom=[telecom]), patch)
    assert result == (patient() if there else patient(telecom=[telecom]))


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({}, operation("add", "Patient", name="deceased", value={"valueBoolean": True}), {"deceasedBoolean": True}),
        ({}, operation("add", "Patient", name="deceased", value={"valueDateTime": "2020"}),
         {"deceasedDateTime": "2020"}),
        ({}, operation("add", "Patient", name="deceased", value={"valueDate": "2020"}), {"deceasedDateTime": "2020"}),
        ({"deceasedBoolean": True}, operation("replace", "Patient.deceased", value={"valueDateTime": "2020"}),
         {"deceasedDateTime": "2020"}),
        ({"deceasedBoolean": True}, operation("replace", "Patient.deceased", value={"valueBoolean": False}),
         {"deceasedBoolean": False}),
        ({"deceasedBoolean": True}, operation("delete", "Patient.deceased"), {}),
        ({"deceasedBoolean": True}, operation("delete", "Patient.deceased.ofType(dateTime)"),
         {"deceasedBoolean": True}),
        ({"deceasedBoolean": True, "_deceasedBoolean": {"id": "d"}},
         operation("replace", "Patient.deceased", value={"valueDateTime": "2020"}), {"deceasedDateTime": "2020"}),
        ({"extension": [{"url": "http://x.example", "valueCode": "a"}]},
         operation("replace", "Patient.extension('http://x.example').value", value={"valueInteger": 3}),
         {"extension": [{"url": "http://x.example", "valueInteger": 3}]}),
    ],
)  # fmt: skip
def test_choice_elements_are_named_by_the_type_given(before: Json, change: Json, after: Json) -> None:
    assert fhirpath_patch(patient(**before), parameters(change)) == patient(**after)


def test_parts_make_an_object_with_lists_choices_and_inner_parts() -> None:
    parts = [
        {"name": "relationship", "valueCodeableConcept": {"text": "mother"}},
        {"name": "relationship", "valueCodeableConcept": {"text": "guardian"}},
        {"name": "name", "part": [{"name": "given", "valueString": "Eva"}, {"name": "given", "valueString": "Maria"}]},
        {"name": "telecom", "valueContactPoint": {"system": "phone", "value": "1"}},
        {"name": "gender", "valueCode": "female", "_valueCode": {"id": "g"}},
        {
            "name": "extension",
            "part": [
                {"name": "url", "valueUri": "http://x.example"},
                {"name": "value", "valueCodeableConcept": {"text": "y"}},
            ],
        },
    ]
    patch = parameters(operation("add", "Patient", name="contact", value={"part": parts}))
    assert fhirpath_patch(patient(contact=[{"gender": "male"}]), patch) == patient(
        contact=[
            {"gender": "male"},
            {
                "relationship": [{"text": "mother"}, {"text": "guardian"}],
                "name": {"given": ["Eva", "Maria"]},
                "telecom": [{"system": "phone", "value": "1"}],
                "gender": "female",
                "_gender": {"id": "g"},
                "extension": [{"url": "http://x.example", "valueCodeableConcept": {"text": "y"}}],
            },
        ]
    )


def test_activities_of_a_plan_point_at_their_tasks() -> None:
    plan = {"resourceType": "CarePlan", "id": "c", "activity": [{"reference": {"reference": "Task/1"}}]}
    patch = parameters(
        operation("replace", "CarePlan.activity[0].reference", value={"valueReference": {"reference": "Task/2"}}),
        operation(
            "add",
            "CarePlan",
            name="activity",
            value={"part": [{"name": "reference", "valueReference": {"reference": "Task/3"}}]},
        ),
        operation("add", "CarePlan.activity[1]", name="progress", value={"valueAnnotation": {"text": "started"}}),
    )
    assert fhirpath_patch(plan, patch) == {
        "resourceType": "CarePlan",
        "id": "c",
        "activity": [
            {"reference": {"reference": "Task/2"}},
            {"reference": {"reference": "Task/3"}, "progress": [{"text": "started"}]},
        ],
    }


def test_a_contained_resource_is_added_referred_to_and_changed() -> None:
    patch = parameters(
        operation(
            "add",
            "Patient",
            name="contained",
            value={"resource": {"resourceType": "Practitioner", "id": "gp", "active": True}},
        ),
        operation("add", "Patient", name="generalPractitioner", value={"valueReference": {"reference": "#gp"}}),
        operation("replace", "Patient.contained[0].ofType(Practitioner).active", value={"valueBoolean": False}),
    )
    assert fhirpath_patch(patient(), patch) == patient(
        contained=[{"resourceType": "Practitioner", "id": "gp", "active": False}],
        generalPractitioner=[{"reference": "#gp"}],
    )


GIVEN = {"given": ["A", "B", "C"], "_given": [None, {"id": "b"}, None]}
ABSENT = {"extension": [{"url": "http://x.example/absent", "valueCode": "masked"}]}


@pytest.mark.parametrize(
    ("name", "change", "after"),
    [
        (GIVEN, operation("delete", "Patient.name.given[0]"), {"given": ["B", "C"], "_given": [{"id": "b"}, None]}),
        (GIVEN, operation("delete", "Patient.name.given[1]"), {"given": ["A", "C"]}),
        (GIVEN, operation("replace", "Patient.name.given[1]", value={"valueString": "X"}), {"given": ["A", "X", "C"]}),
        (GIVEN, operation("replace", "Patient.name.given[0]", value={"valueString": "X", "_valueString": {"id": "x"}}),
         {"given": ["X", "B", "C"], "_given": [{"id": "x"}, {"id": "b"}, None]}),
        (GIVEN, operation("replace", "Patient.name.given[0]", value={"_valueString": ABSENT}),
         {"given": [None, "B", "C"], "_given": [ABSENT, {"id": "b"}, None]}),
        (GIVEN, operation("insert", "Patient.name.given", index=1, value={"valueString": "X"}),
         {"given": ["A", "X", "B", "C"], "_given": [None, None, {"id": "b"}, None]}),
        (GIVEN, operation("add", "Patient.name", name="given", value={"valueString": "X"}),
         {"given": ["A", "B", "C", "X"], "_given": [None, {"id": "b"}, None, None]}),
        (GIVEN, operation("move", "Patient.name.given", source=1, destination=2),
         {"given": ["A", "C", "B"], "_given": [None, None, {"id": "b"}]}),
        (GIVEN, operation("delete", "Patient.name.given[1].id"), {"given": ["A", "B", "C"]}),
        ({"given": ["A"]},
         operation("add", "Patient.name.given[0]", name="extension",
                   value={"part": [{"name": "url", "valueUri": "http://x.example/absent"},
                                   {"name": "value", "valueCode": "masked"}]}),
         {"given": ["A"], "_given": [ABSENT]}),
        ({"text": "x", "_given": [ABSENT]}, operation("delete", "Patient.name.given.extension.value"),
         {"text": "x", "_given": [{"extension": [{"url": "http://x.example/absent"}]}]}),
        ({"text": "x", "_given": [ABSENT]}, operation("delete", "Patient.name.given.extension[0]"), {"text": "x"}),
        ({"family": "F", "_family": ABSENT}, operation("delete", "Patient.name.family.extension[0]"),
         {"family": "F"}),
        ({"family": "F", "_family": ABSENT}, operation("replace", "Patient.name.family", value={"valueString": "G"}),
         {"family": "G"}),
    ],
)  # fmt: skip
def test_what_stands_beside_primitives_stays_in_step(name: Json, change: Json, after: Json) -> None:
    assert fhirpath_patch(patient(name=[name]), parameters(change)) == patient(name=[after])


def test_deleting_the_last_of_it_leaves_nothing_empty() -> None:
    before = patient(contact=[{"name": {"given": ["Eva"]}}], birthDate="1920")
    patch = parameters(operation("delete", "Patient.contact.name.given"))
    assert fhirpath_patch(before, patch) == patient(birthDate="1920")


def test_neither_the_resource_nor_the_patch_is_changed() -> None:
    resource = copy.deepcopy(NAMES)
    patch = parameters(
        operation("add", "Patient", name="contact", value={"part": [{"name": "name", "part": PARTS["part"]}]}),
        operation("replace", "Patient.contact[0].name.text", value={"valueString": "b"}),
        operation("delete", "Patient.name[0]"),
    )  # fmt: skip
    sent = copy.deepcopy(patch)
    fhirpath_patch(resource, patch)
    assert (resource, patch) == (NAMES, sent)


def test_numbers_stay_as_they_were_written() -> None:
    resource = parse(b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}')
    patch = parse(
        b'{"resourceType":"Parameters","parameter":[{"name":"operation","part":['
        b'{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},'
        b'{"name":"name","valueString":"referenceRange"},'
        b'{"name":"value","part":[{"name":"low","valueQuantity":{"value":2.00}}]}]}]}'
    )
    assert dump(fhirpath_patch(resource, patch)) == (
        b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50},"referenceRange":[{"low":{"value":2.00}}]}'
    )


PART = {"name": "path", "valueString": "Patient.active"}
DELETE = {"name": "type", "valueCode": "delete"}


@pytest.mark.parametrize(
    ("patch", "expression"),
    [
        ({"resourceType": "Patient"}, "Parameters.resourceType"),
        ({"resourceType": "Parameters", "parameter": {}}, "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": [1]}, "Parameters.parameter[0]"),
        (parameters({"name": "operation", "part": [{"name": "type"}]}), "Parameters.parameter[0].part[0]"),
        (parameters({"name": "operation", "valueCode": "delete"}), "Parameters.parameter[0]"),
        (parameters({"name": "change", "part": [DELETE, PART]}), "Parameters.parameter[0]"),
        (parameters({"name": "operation", "part": [PART]}), "Parameters.parameter[0]"),
        (parameters({"name": "operation", "part": [DELETE]}), "Parameters.parameter[0]"),
        (parameters({"name": "operation", "part": [DELETE, PART, PART]}), "Parameters.parameter[0].part[2]"),
        (parameters({"name": "operation", "part": [DELETE, PART, {"name": "x", "valueCode": "x"}]}),
         "Parameters.parameter[0].part[2]"),
        (parameters({"name": "operation", "part": [{"name": "type", "valueCode": "upsert"}, PART]}),
         "Parameters.parameter[0].part[0]"),
        (parameters({"name": "operation", "part": [DELETE, {"name": "path", "valueBoolean": True}]}),
         "Parameters.parameter[0].part[1]"),
        (parameters(operation("delete", "Patient.active"), operation("delete", "Patient.active", name="x")),
         "Parameters.parameter[1]"),
        (parameters(operation("replace", "Patient.active")), "Parameters.parameter[0]"),
        (parameters(operation("add", "Patient", value={"valueCode": "x"})), "Parameters.parameter[0]"),
        (parameters(operation("insert", "Patient.name", value={"valueHumanName": {"text": "x"}})),
         "Parameters.parameter[0]"),
        (parameters({"name": "operation", "part": [DELETE, PART, {"name": "index", "valueString": "0"}]}),
         "Parameters.parameter[0].part[2]"),
        (parameters(operation("replace", "Patient.birthDate", value={"valueDate": "1920-02-30"})),
         "Parameters.parameter[0].part[2].value"),
        (parameters(*[operation("delete", "Patient.active")] * 201), "Parameters.parameter"),
    ],
)  # fmt: skip
def test_what_is_no_fhirpath_patch(patch: Json, expression: str) -> None:
    with pytest.raises(Invalid) as refused:
        fhirpath_patch(patient(active=True), patch)
    assert expression in [issue.expression for issue in refused.value.issues]


@pytest.mark.parametrize(
    "path",
    [
        "Patient.",
        ".name",
        "Patient.name[",
        "Patient.name[-1]",
        "Patient.name[1.5]",
        "Patient.name[x]",
        "Patient.name]",
        "Patient name",
        "Patient.name.where()",
        "Patient.name.where(use)",
        "Patient.name.where(use = )",
        "Patient.name.where(use = old)",
        "Patient.name.where(use = 'old'",
        "Patient.name.where(use = 'old)",
        "Patient.name.where(use = '\\x')",
        "Patient.name.where(use != 'old')",
        "Patient.name.where(use = 'old' or use = 'official')",
        "Patient.name.where(given.first() = 'x')",
        "Patient.name.skip(1)",
        "Patient.name.first(1)",
        "Patient.name.ofType('HumanName')",
        "Patient.extension(url)",
        "Patient.generalPractitioner.resolve().active",
        "Patient.descendants()",
        "Patient.name | Patient.contact",
        "%resource.name",
        "Patient.\u00e5",
        "name." * 400 + "text",
    ],
)
def test_paths_this_service_does_not_speak(path: str) -> None:
    with pytest.raises(Invalid) as refused:
        fhirpath_patch(patient(active=True), parameters(operation("delete", path)))
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [
        ("value", "Parameters.parameter[0].part[1]")
    ]


def test_every_faulty_operation_is_named() -> None:
    patch = parameters(operation("delete", "Patient."), operation("delete", "Patient.active"), operation("add", "x"))
    with pytest.raises(Invalid) as refused:
        fhirpath_patch(patient(), patch)
    assert [issue.expression for issue in refused.value.issues] == [
        "Parameters.parameter[0].part[1]",
        "Parameters.parameter[2]",
    ]


NOTHING = "the path names nothing that is there"
SEVERAL = "the path names several elements"
UNKNOWN = "R4 knows no element of this name here"
TYPE = "the element takes no value of this type"
THERE = "the element does not repeat and is there already"
ONCE = "the element does not repeat"
OUTSIDE = "the index is outside the list"
PLACES = "source and destination are places in the list"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (operation("replace", "Patient.gender", value={"valueCode": "male"}), NOTHING),
        (operation("replace", "Patient.name[2]", value={"valueHumanName": {"text": "x"}}), NOTHING),
        (operation("add", "Patient.maritalStatus", name="text", value=TEXT), NOTHING),
        (operation("replace", "Patient.name.family", value=TEXT), SEVERAL),
        (operation("delete", "Patient.name"), SEVERAL),
        (operation("delete", "CarePlan.status"), UNKNOWN),
        (operation("delete", "Patient.status"), UNKNOWN),
        (operation("delete", "Patient.resourceType"), UNKNOWN),
        (operation("delete", "Patient.multipleBirthInteger"), UNKNOWN),
        (operation("delete", "Patient.active.value"), UNKNOWN),
        (operation("delete", "Patient.name.where(nickname = 'x')"), UNKNOWN),
        (operation("add", "Patient", name="nickname", value=TEXT), UNKNOWN),
        (operation("add", "Patient", name="_active", value=TEXT), UNKNOWN),
        (operation("add", "Patient", name="contact", value=PARTS), UNKNOWN),
        (operation("insert", "Patient.nickname", index=0, value=TEXT), UNKNOWN),
        (operation("add", "Patient", name="active", value={"valueBoolean": True}), THERE),
        (operation("add", "Patient", name="multipleBirth", value={"valueBoolean": True}), THERE),
        (operation("add", "Patient", name="name", value={"part": PARTS["part"] * 2}), THERE),
        (operation("add", "Patient", name="gender", value={"valueBoolean": True}), TYPE),
        (operation("add", "Patient", name="deceased", value=TEXT), TYPE),
        (operation("add", "Patient", name="deceased", value=PARTS), TYPE),
        (operation("add", "Patient", name="contained", value=TEXT), TYPE),
        (operation("add", "Patient", name="photo", value={"resource": {"resourceType": "Basic"}}), TYPE),
        (operation("replace", "Patient.name[0]", value={"valueAddress": {"text": "x"}}), TYPE),
        (operation("add", "Patient", name="gender", value=PARTS), "the element is not given in parts"),
        (operation("add", "Patient", name="contained", value=PARTS), "the element is not given in parts"),
        (operation("insert", "Patient.active", index=0, value={"valueBoolean": True}), ONCE),
        (operation("move", "Patient.multipleBirth", source=0, destination=0), ONCE),
        (operation("insert", "Patient.name[0]", index=0, value=TEXT), "the path names no list"),
        (operation("insert", "Patient.name.given", index=0, value=TEXT), SEVERAL),
        (operation("insert", "Patient.name", index=3, value={"valueHumanName": {"text": "x"}}), OUTSIDE),
        (operation("insert", "Patient.name", index=-1, value={"valueHumanName": {"text": "x"}}), OUTSIDE),
        (operation("move", "Patient.name", source=2, destination=0), PLACES),
        (operation("move", "Patient.name", source=0, destination=2), PLACES),
        (operation("move", "Patient.name", source=-1, destination=0), PLACES),
        (operation("move", "Patient.contact", source=0, destination=0), PLACES),
        (operation("add", "Patient.text.div", name="id", value=TEXT), "no elements can be added here"),
        (operation("replace", "Patient", value=TEXT), "the resource itself is not replaced"),
        (operation("delete", "Patient"), "the resource itself is not deleted"),
    ],
)
def test_what_cannot_be_applied_names_the_operation(change: Json, problem: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        fhirpath_patch(NAMES, parameters(operation("delete", "Patient.gender"), change))
    assert [(issue.diagnostics, issue.expression) for issue in refused.value.issues] == [
        (f"operation 1: {problem}", "Parameters.parameter[1]")
    ]


META = {"versionId": "3", "lastUpdated": "2026-03-01T10:00:00+01:00"}


@pytest.mark.parametrize(
    ("change", "expressions"),
    [
        (operation("replace", "Patient.id", value={"valueId": "q"}), ["Patient.id"]),
        (operation("delete", "Patient.id"), ["Patient.id"]),
        (operation("replace", "Patient.meta.versionId", value={"valueId": "4"}), ["Patient.meta.versionId"]),
        (
            operation("replace", "Patient.meta", value={"valueMeta": {"lastUpdated": "2020-01-01T00:00:00Z"}}),
            ["Patient.meta.lastUpdated"],
        ),
    ],
)
def test_what_the_server_keeps_is_not_changed(change: Json, expressions: list[str]) -> None:
    with pytest.raises(Unprocessable) as refused:
        fhirpath_patch(patient(meta=META), parameters(change))
    assert [issue.expression for issue in refused.value.issues] == expressions


@pytest.mark.parametrize(
    ("change", "meta"),
    [
        (operation("add", "Patient.meta", name="tag", value={"valueCoding": {"code": "x"}}),
         {"meta": {**META, "tag": [{"code": "x"}]}}),
        (operation("delete", "Patient.meta"), {}),
        (operation("delete", "Patient.meta.versionId"), {"meta": {"lastUpdated": "2026-03-01T10:00:00+01:00"}}),
    ],
)  # fmt: skip
def test_the_rest_of_meta_may_change(change: Json, meta: Json) -> None:
    assert fhirpath_patch(patient(meta=META), parameters(change)) == patient(**meta)


def nested(levels: int) -> Json:
    url = {"name": "url", "valueUri": "http://x.example"}
    return {"part": [url, *([{"name": "extension", **nested(levels - 1)}] if levels else [])]}


def test_the_nesting_ends_where_that_of_bodies_does() -> None:
    path = "Patient" + ".extension" * 20
    patch = parameters(
        operation("add", "Patient", name="extension", value=nested(19)),
        operation("add", path, name="extension", value=nested(19)),
    )
    with pytest.raises(Unprocessable, match="nested deeper than 64 levels"):
        fhirpath_patch(patient(), patch)


def test_paths_over_long_lists_are_bounded_together() -> None:
    long = patient(name=[{"use": "old", "text": f"{number}"} for number in range(20_000)])
    patch = parameters(*[operation("delete", "Patient.name.where(use = 'usual' and text = 'x')")] * 200)
    started = time.process_time()
    with pytest.raises(Unprocessable, match="too many elements"):
        fhirpath_patch(long, patch)
    assert time.process_time() - started < 15


def test_a_path_of_quotes_and_blanks_is_read_in_one_pass() -> None:
    patch = parameters(*[operation("delete", "Patient.name.where(use = '" + "\\'" * 450 + " " * 50)] * 200)
    started = time.process_time()
    with pytest.raises(Invalid):
        fhirpath_patch(patient(), patch)
    assert time.process_time() - started < 15


PLACES_NAMED = """
    Patient Patient.name Patient.name[0] Patient.name.given Patient.name[0].given Patient.active Patient.extension
    Patient.extension[1].value Patient.multipleBirth Patient.birthDate Patient.id Patient.name.where(use='old')
    Patient.name.first().given Patient.contact Patient.contained[0] Patient.birthDate.extension Patient.meta
"""
PATHS = st.one_of(st.sampled_from(PLACES_NAMED.split()), st.text("Patientme.[0]()'= ", max_size=30))
TYPES = st.sampled_from(["add", "insert", "delete", "replace", "move", "x"])
ELEMENTS = st.sampled_from(
    ["name", "given", "active", "extension", "contact", "value", "url", "id", "birthDate", "contained", "deceased", "x"]
)
INTEGERS = st.integers(-2, 4)
INTEGER: st.SearchStrategy[Json] = INTEGERS.map(lambda number: {"valueInteger": number})
LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [
        {"valueString": "x"},
        {"valueCode": "x", "_valueCode": {"id": "y"}},
        {"_valueBoolean": ABSENT},
        {"valueBoolean": True},
        {"valueHumanName": {"given": ["x"], "_given": [{"id": "z"}]}},
        {"valueReference": {"reference": "#x"}},
        {"valueUri": "http://x.example"},
        {"valueInteger": 3},
        {"resource": {"resourceType": "Organization", "id": "o"}},
        {},
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda pairs: {"part": [{"name": name, **value} for name, value in pairs]},
        st.lists(st.tuples(ELEMENTS, inner), max_size=3),
    ),
    max_leaves=6,
)
PIECES: dict[str, st.SearchStrategy[Json]] = {
    "name": ELEMENTS.map(lambda text: {"valueString": text}),
    "value": VALUES,
    "index": INTEGER,
    "source": INTEGER,
    "destination": INTEGER,
}
NEEDS = {
    "add": ["name", "value"],
    "insert": ["index", "value"],
    "replace": ["value"],
    "move": ["source", "destination"],
}


@st.composite
def drawn(draw: st.DrawFn) -> Json:
    kind = draw(TYPES)
    pieces = [
        {"name": "type", "valueCode": kind},
        {"name": "path", "valueString": draw(PATHS)},
        *({"name": name, **draw(PIECES[name])} for name in NEEDS.get(kind, [])),
    ]
    return {"name": "operation", "part": pieces}


KEYS = st.sampled_from(["resourceType", "parameter", "name", "part", "valueString", "_valueString", "valueCode", "id"])
ATOMS = st.one_of(st.none(), st.booleans(), INTEGERS, st.sampled_from(["", "Parameters", "operation", "type", "add"]))
ANY = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
SENT = st.one_of(
    st.lists(drawn(), min_size=1, max_size=4).map(lambda listed: parameters(*listed)),
    st.dictionaries(KEYS, ANY, max_size=4),
    st.lists(ANY | drawn(), max_size=3).map(lambda listed: {"resourceType": "Parameters", "parameter": listed}),
)
FULL = {**NAMES, "birthDate": "1920", "contained": [{"resourceType": "Device", "id": "d"}], "meta": META}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SENT)
def test_any_json_is_a_patch_or_refused(sent: Json) -> None:
    resource = copy.deepcopy(FULL)
    with suppress(Invalid, Unprocessable):
        result = fhirpath_patch(resource, parse(json.dumps(sent).encode()))
        assert (result["resourceType"], result["id"]) == ("Patient", "p")
        assert [issue for issue in walked(result, "Patient") if "empty" in issue.diagnostics] == []
        assert [issue for issue in walked(result, "Patient") if "same length" in issue.diagnostics] == []
    assert resource == FULL
