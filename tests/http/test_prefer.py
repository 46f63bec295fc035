"""What a write gives back: nothing, the resource or an OperationOutcome, as the client prefers."""

import httpx
import pytest

from support import Json, Municipality, ok

OFFICE: Json = {"resourceType": "Organization", "name": "Kontoret"}
PATCH = [{"op": "replace", "path": "/name", "value": "Nyere"}]


def written(town: Municipality, **headers: str) -> list[httpx.Response]:
    """The answers to a create, an update and a patch."""
    made = town.system.post("/fhir/Organization", OFFICE, headers=headers)
    path = made.headers["location"].removeprefix(town.address).partition("/_history")[0]
    id = path.rpartition("/")[2]
    changed = town.system.send("PUT", path, json=OFFICE | {"id": id, "name": "Nytt"}, headers=headers)
    media_type = {"Content-Type": "application/json-patch+json"}
    patched = town.system.send("PATCH", path, json=PATCH, headers=headers | media_type)
    for n, answer in enumerate((made, changed, patched), 1):
        assert answer.headers["etag"] == f'W/"{n}"'
        assert answer.headers["location"] == f"{town.address}{path}/_history/{n}"
        assert answer.headers["last-modified"]
    return [made, changed, patched]


@pytest.mark.parametrize(
    "prefer", ["return=minimal", "respond-async, return=minimal", 'handling=strict; return="minimal"']
)
def test_minimal_is_headers_alone(town: Municipality, prefer: str) -> None:
    answers = written(town, Prefer=prefer)
    assert [(one.status_code, one.content) for one in answers] == [(201, b""), (200, b""), (200, b"")]


@pytest.mark.parametrize("prefer", ["return=representation", "return=nothing", "returned=minimal", "x; y=z", ""])
def test_the_resource_is_what_is_given_else(town: Municipality, prefer: str) -> None:
    answers = written(town, Prefer=prefer)
    assert [ok(one, one.status_code)["name"] for one in answers] == ["Kontoret", "Nytt", "Nyere"]


def test_an_outcome_says_it_was_done(town: Municipality) -> None:
    for answer in written(town, Prefer="return=OperationOutcome"):
        outcome = ok(answer, answer.status_code)
        assert outcome["resourceType"] == "OperationOutcome"
        assert [(issue["severity"], issue["code"]) for issue in outcome["issue"]] == [("information", "informational")]


def test_a_refusal_is_told_whatever_is_preferred(town: Municipality) -> None:
    answer = town.system.post("/fhir/Organization", {"resourceType": "Patient"}, headers={"Prefer": "return=minimal"})
    assert ok(answer, 400)["resourceType"] == "OperationOutcome"
