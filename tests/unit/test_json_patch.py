"""JSON Patch on a resource: what it does, what it refuses and where it says so."""

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oppfolging_api.fhir.exact_json import dump, parse
from oppfolging_api.fhir.patch.json_patch import json_patch
from oppfolging_api.kernel.errors import Invalid, Refusal, Unprocessable

Json = dict[str, Any]

META = {"versionId": "3", "lastUpdated": "2026-03-01T10:00:00+01:00", "tag": [{"code": "x"}]}
PLAN: Json = {
    "resourceType": "CarePlan",
    "id": "p1",
    "meta": META,
    "status": "draft",
    "category": [{"text": "first"}, {"text": "second"}],
}


def patched(*operations: object, resource: Json = PLAN) -> Json:
    return json_patch(resource, list(operations))


def issue(refusal: Refusal) -> tuple[str, str | None]:
    return refusal.issues[0].diagnostics, refusal.issues[0].expression


@pytest.mark.parametrize(
    ("operation", "name", "expected"),
    [
        ({"op": "replace", "path": "/status", "value": "active"}, "status", "active"),
        ({"op": "add", "path": "/title", "value": "Plan"}, "title", "Plan"),
        ({"op": "add", "path": "/status", "value": "active"}, "status", "active"),
        (
            {"op": "add", "path": "/category/-", "value": {"text": "third"}},
            "category",
            [{"text": "first"}, {"text": "second"}, {"text": "third"}],
        ),
        (
            {"op": "add", "path": "/category/0", "value": {"text": "new"}},
            "category",
            [{"text": "new"}, {"text": "first"}, {"text": "second"}],
        ),
        ({"op": "remove", "path": "/category/0"}, "category", [{"text": "second"}]),
        (
            {"op": "move", "from": "/category/1", "path": "/category/0"},
            "category",
            [{"text": "second"}, {"text": "first"}],
        ),
        ({"op": "copy", "from": "/category/1/text", "path": "/title"}, "title", "second"),
        ({"op": "test", "path": "/status", "value": "draft"}, "status", "draft"),
        ({"op": "remove", "path": "/meta/tag", "comment": "ignored"}, "meta",
         {"versionId": "3", "lastUpdated": "2026-03-01T10:00:00+01:00"}),
    ],
)  # fmt: skip
def test_each_operation_does_what_the_rfc_says(operation: Json, name: str, expected: object) -> None:
    assert patched(operation) == {**PLAN, name: expected}


def test_the_operations_follow_each_other() -> None:
    operations = [
        {"op": "add", "path": "/note", "value": []},
        {"op": "add", "path": "/note/-", "value": {"text": "a"}},
        {"op": "test", "path": "/note/0/text", "value": "a"},
        {"op": "remove", "path": "/category"},
    ]
    assert patched(*operations) == {
        "resourceType": "CarePlan",
        "id": "p1",
        "meta": META,
        "status": "draft",
        "note": [{"text": "a"}],
    }


def test_neither_the_resource_nor_the_patch_is_changed() -> None:
    resource, operations = copy.deepcopy(PLAN), [
        {"op": "add", "path": "/note", "value": []},
        {"op": "add", "path": "/note/-", "value": {"text": "a"}},
        {"op": "remove", "path": "/category/0"},
    ]  # fmt: skip
    json_patch(resource, operations)
    assert resource == PLAN
    assert operations[0] == {"op": "add", "path": "/note", "value": []}


def test_no_operation_changes_nothing() -> None:
    assert patched() == PLAN


def test_numbers_stay_as_they_were_written() -> None:
    resource = parse(b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}')
    body = parse(
        b'{"patch":[{"op":"test","path":"/valueQuantity/value","value":1.5},'
        b'{"op":"add","path":"/component","value":[{"valueQuantity":{"value":2.00}}]}]}'
    )
    assert dump(json_patch(resource, body["patch"])) == (
        b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50},'
        b'"component":[{"valueQuantity":{"value":2.00}}]}'
    )


@pytest.mark.parametrize(
    ("operations", "code", "expression"),
    [
        ({"op": "remove", "path": "/status"}, "structure", None),
        ("remove", "structure", None),
        (None, "structure", None),
        ([1], "structure", "[0]"),
        ([{"op": "test", "path": "", "value": 1}, {"op": "merge", "path": ""}], "structure", "[1].op"),
        ([{"op": ["add"], "path": ""}], "structure", "[0].op"),
        ([{"path": "/status"}], "structure", "[0].op"),
        ([{"op": "remove"}], "required", "[0].path"),
        ([{"op": "add", "path": "/title"}], "required", "[0].value"),
        ([{"op": "copy", "path": "/title"}], "required", "[0].from"),
        ([{"op": "remove", "path": "status"}], "value", "[0].path"),
        ([{"op": "remove", "path": "/a~2b"}], "value", "[0].path"),
        ([{"op": "remove", "path": 1}], "value", "[0].path"),
        ([{"op": "move", "path": "/title", "from": None}], "value", "[0].from"),
        ([{"op": "remove", "path": "/category/0"}] * 201, "too-costly", None),
    ],
)
def test_what_is_no_json_patch(operations: object, code: str, expression: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        json_patch(PLAN, operations)
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [(code, expression)]


def test_every_faulty_operation_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        patched({"op": "add"}, {"op": "remove", "path": "/status"}, 3)
    assert [issue.expression for issue in refused.value.issues] == ["[0].path", "[0].value", "[2]"]


NOWHERE = "path leads nowhere, or not where this can be done"


@pytest.mark.parametrize(
    ("operation", "problem", "expression"),
    [
        ({"op": "remove", "path": "/title"}, NOWHERE, "[1].path"),
        ({"op": "replace", "path": "/title", "value": "x"}, NOWHERE, "[1].path"),
        ({"op": "replace", "path": "/category/-", "value": {}}, NOWHERE, "[1].path"),
        ({"op": "remove", "path": "/category/2"}, NOWHERE, "[1].path"),
        ({"op": "remove", "path": "/category/01"}, NOWHERE, "[1].path"),
        ({"op": "remove", "path": "/category/-1"}, NOWHERE, "[1].path"),
        ({"op": "remove", "path": "/category/" + "9" * 5000}, NOWHERE, "[1].path"),
        ({"op": "add", "path": "/category/3", "value": {}}, NOWHERE, "[1].path"),
        ({"op": "add", "path": "/note/-", "value": {}}, NOWHERE, "[1].path"),
        ({"op": "add", "path": "/status/x", "value": "x"}, NOWHERE, "[1].path"),
        ({"op": "remove", "path": ""}, NOWHERE, "[1].path"),
        ({"op": "move", "from": "/category", "path": "/category/0/x"}, NOWHERE, "[1].path"),
        ({"op": "move", "from": "/title", "path": "/description"}, "from leads nowhere", "[1].from"),
        ({"op": "copy", "from": "/category/-", "path": "/description"}, "from leads nowhere", "[1].from"),
        ({"op": "copy", "from": "/status/0", "path": "/description"}, "from leads nowhere", "[1].from"),
        ({"op": "test", "path": "/status", "value": "active"}, "the test fails", "[1]"),
        ({"op": "test", "path": "/title", "value": None}, "the test fails", "[1]"),
    ],
)
def test_what_cannot_be_applied_names_the_operation(operation: Json, problem: str, expression: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        patched({"op": "test", "path": "/status", "value": "draft"}, operation)
    assert issue(refused.value) == (f"operation 1: {problem}", expression)


def test_one_is_not_true() -> None:
    with pytest.raises(Unprocessable):
        patched({"op": "test", "path": "/active", "value": 1}, resource={**PLAN, "active": True})


@pytest.mark.parametrize(
    ("operation", "expression"),
    [
        ({"op": "replace", "path": "/id", "value": "p2"}, "CarePlan.id"),
        ({"op": "remove", "path": "/id"}, "CarePlan.id"),
        ({"op": "move", "from": "/id", "path": "/title"}, "CarePlan.id"),
        ({"op": "replace", "path": "/resourceType", "value": "Patient"}, "CarePlan.resourceType"),
        ({"op": "remove", "path": "/resourceType"}, "CarePlan.resourceType"),
        ({"op": "replace", "path": "/meta/versionId", "value": "4"}, "CarePlan.meta.versionId"),
        ({"op": "replace", "path": "/meta", "value": {"lastUpdated": "2020-01-01"}}, "CarePlan.meta.lastUpdated"),
        ({"op": "replace", "path": "/meta", "value": []}, "CarePlan.meta"),
        ({"op": "replace", "path": "", "value": []}, None),
        ({"op": "replace", "path": "", "value": None}, None),
    ],
)
def test_what_the_server_keeps_is_not_changed(operation: Json, expression: str | None) -> None:
    with pytest.raises(Unprocessable) as refused:
        patched(operation)
    assert [issue.expression for issue in refused.value.issues] == [expression]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/meta"},
        {"op": "remove", "path": "/meta/versionId"},
        {"op": "replace", "path": "/meta", "value": {"tag": [{"code": "y"}]}},
        {"op": "replace", "path": "/id", "value": "p1"},
        {"op": "test", "path": "/meta/versionId", "value": "3"},
        {"op": "replace", "path": "", "value": {"resourceType": "CarePlan", "id": "p1", "status": "active"}},
    ],
)
def test_a_patch_may_leave_out_what_the_server_keeps(operation: Json) -> None:
    result = patched(operation)
    assert (result["resourceType"], result["id"]) == ("CarePlan", "p1")


def test_copies_that_double_the_resource_are_stopped() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/x{number}"} for number in range(40)]
    with pytest.raises(Unprocessable) as refused:
        json_patch({**PLAN, "title": "x" * 1000}, doubling)
    assert refused.value.issues[0].code == "too-costly"


def test_copies_of_what_is_removed_again_are_stopped_too() -> None:
    back_and_forth = [{"op": "copy", "from": "/title", "path": "/x"}, {"op": "remove", "path": "/x"}] * 50
    with pytest.raises(Unprocessable) as refused:
        json_patch({**PLAN, "title": "x" * 100_000}, back_and_forth)
    assert (refused.value.issues[0].code, refused.value.issues[0].expression) == ("too-costly", "[40]")


def test_the_patched_resource_is_no_larger_than_a_body_may_be() -> None:
    grown = [{"op": "add", "path": f"/x{number}", "value": "x" * 500_000} for number in range(5)]
    with pytest.raises(Unprocessable) as refused:
        patched(*grown)
    assert refused.value.issues[0].code == "too-long"


def nested(levels: int) -> Json:
    return {"x": nested(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add", "path": "/x", "value": nested(63)}],
        [{"op": "add", "path": "/x", "value": nested(40)}, {"op": "copy", "from": "", "path": "/x/x" + "/x" * 22}],
        [
            {"op": "add", "path": "/x", "value": nested(40)},
            {"op": "add", "path": "/y", "value": nested(40)},
            {"op": "move", "from": "/y", "path": "/x" + "/x" * 39},
        ],
    ],
)
def test_the_nesting_ends_where_that_of_bodies_does(operations: list[Json]) -> None:
    with pytest.raises(Unprocessable) as refused:
        patched(*operations)
    assert issue(refused.value)[0].endswith("it would nest the JSON deeper than 64 levels")


def test_the_deepest_allowed() -> None:
    assert patched({"op": "add", "path": "/x", "value": nested(62)})["x"] == nested(62)


NAMES = st.sampled_from(["op", "path", "from", "value", "x"])
POINTERS = st.sampled_from(
    ["", "/", "/meta", "/meta/tag/0", "/category/-", "/category/0", "/category/0/text", "/-", "/id/0", "/~01", "x"]
)
OPS = st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(-1000, 1000, width=16), POINTERS
)
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=10
)
OPERATION = st.fixed_dictionaries({"op": OPS, "path": POINTERS}, optional={"from": POINTERS, "value": ANY})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(ANY, st.lists(OPERATION, max_size=6), st.lists(OPERATION | ANY, max_size=6)))
def test_any_json_is_a_patch_or_refused(operations: Any) -> None:
    operations = parse(json.dumps({"patch": operations}).encode())["patch"]
    resource = copy.deepcopy(PLAN)
    with suppress(Invalid, Unprocessable):
        result = json_patch(resource, operations)
        assert (result["resourceType"], result["id"]) == ("CarePlan", "p1")
        assert len(dump(result)) < 10_000
    assert resource == PLAN
