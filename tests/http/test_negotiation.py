"""Media types, sizes, ids and addresses: what is refused before anything is read."""

from collections.abc import Iterator

import pytest

from support import FHIR_JSON, Json, Municipality, issues, ok

OFFICE: Json = {"resourceType": "Organization", "name": "Kontoret"}
LIMIT = 2 * 1024 * 1024


@pytest.mark.parametrize(
    "accept",
    ["application/fhir+json", "application/json", "*/*", "application/*", "application/fhir+json; fhirVersion=4.0",
     "text/html, application/json;q=0.5", "Application/FHIR+JSON", ""],
)  # fmt: skip
def test_json_is_answered_where_it_is_acceptable(town: Municipality, accept: str) -> None:
    answer = town.system.get("/fhir/Organization", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"


@pytest.mark.parametrize("accept", ["application/fhir+xml", "application/xml", "text/html", "text/turtle, image/*"])
@pytest.mark.parametrize("path", ["Organization", "Organization/x", "Organization/x/_history", "metadata"])
def test_nothing_else_is_answered(town: Municipality, path: str, accept: str) -> None:
    answer = town.system.get(f"/fhir/{path}", headers={"Accept": accept})
    assert issues(answer, 406) == [("not-supported", None)]


def test_a_write_that_cannot_be_answered_is_not_done(town: Municipality) -> None:
    offices = town.system.search("Organization?_count=0")["total"]
    answer = town.system.post("/fhir/Organization", OFFICE, headers={"Accept": "application/fhir+xml"})
    assert answer.status_code == 406
    assert town.system.search("Organization?_count=0")["total"] == offices


@pytest.mark.parametrize("format", ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"])
def test_format_goes_before_accept(town: Municipality, format: str) -> None:
    answer = town.system.get(f"/fhir/Organization?_format={format}", headers={"Accept": "text/html"})
    assert answer.status_code == 200


@pytest.mark.parametrize("format", ["xml", "application/fhir%2Bxml", "ttl", ""])
def test_a_format_that_is_not_served(town: Municipality, format: str) -> None:
    answer = town.system.get(f"/fhir/Organization?_format={format}")
    assert issues(answer, 406) == [("not-supported", "_format")]


@pytest.mark.parametrize("media_type", ["application/fhir+json; charset=UTF-8", "application/json", "APPLICATION/JSON"])
def test_a_body_is_json(town: Municipality, media_type: str) -> None:
    answer = town.system.post("/fhir/Organization", OFFICE, headers={"Content-Type": media_type})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "media_type", ["application/fhir+xml", "text/plain", "application/x-www-form-urlencoded", "json", ""]
)
def test_a_body_of_another_type_is_not_read(town: Municipality, media_type: str) -> None:
    made = town.system.create(OFFICE)
    headers = {"Content-Type": media_type}
    assert issues(town.system.post("/fhir/Organization", OFFICE, headers=headers), 415) == [("not-supported", None)]
    path = f"/fhir/Organization/{made['id']}"
    answer = town.system.send("PUT", path, json=made, headers=headers)
    assert issues(answer, 415) == [("not-supported", None)]


def office_of(size: int) -> bytes:
    head, tail = b'{"resourceType":"Organization","name":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def test_a_body_at_the_limit_is_taken(town: Municipality) -> None:
    answer = town.system.send(
        "POST", "/fhir/Organization", content=office_of(LIMIT), headers={"Content-Type": FHIR_JSON}
    )
    assert answer.status_code == 201


def test_a_body_over_the_limit_is_refused(town: Municipality) -> None:
    answer = town.system.send(
        "POST", "/fhir/Organization", content=office_of(LIMIT + 1), headers={"Content-Type": FHIR_JSON}
    )
    assert issues(answer, 413) == [("too-long", None)]


def test_a_body_that_does_not_tell_its_length_is_counted(town: Municipality) -> None:
    def chunks() -> Iterator[bytes]:
        whole = office_of(LIMIT + 1)
        for start in range(0, len(whole), 65536):
            yield whole[start : start + 65536]

    answer = town.system.send("POST", "/fhir/Organization", content=chunks(), headers={"Content-Type": FHIR_JSON})
    assert issues(answer, 413) == [("too-long", None)]
    assert "content-length" not in answer.request.headers


@pytest.mark.parametrize("id", ["x" * 65, "a_b", "a b", "%C3%A6", "a%00"])
def test_an_id_that_cannot_be_one(town: Municipality, id: str) -> None:
    for path in (f"Organization/{id}", f"Organization/{id}/_history", f"Organization/{id}/_history/1"):
        assert issues(town.system.get(f"/fhir/{path}"), 400) == [("value", "id")]
    assert issues(town.system.delete("Organization", id), 400) == [("value", "id")]
    assert issues(town.system.put(OFFICE | {"id": id}), 400) == [("value", "id")]


def test_an_id_of_64_characters_is_one(town: Municipality) -> None:
    id = "A-b.9" + "x" * 59
    assert ok(town.system.put(OFFICE | {"id": id}), 201)["id"] == id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "Organization/x/_history"),
        ("DELETE", "Organization/x/_history"),
        ("POST", "Organization/x"),
        ("POST", "metadata/x"),
        ("DELETE", "Organization/x/_history/1"),
    ],
)
def test_methods_that_an_address_does_not_take(town: Municipality, method: str, path: str) -> None:
    answer = town.system.send(method, f"/fhir/{path}", json={})
    assert issues(answer, 405) == [("not-supported", None)]
    assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/Organization/x/y/z", "/Organization/x/_history/1/2"])
def test_addresses_where_nothing_is(town: Municipality, path: str) -> None:
    assert issues(town.system.get(f"/fhir{path}"), 404) == [("not-found", None)]


def test_operations_that_are_not_there(town: Municipality) -> None:
    assert issues(town.system.get("/fhir/Goal/x/$everything"), 404) == [("not-supported", None)]
    assert issues(town.system.post("/fhir/Goal/$everything", {}), 404) == [("not-supported", None)]
    assert issues(town.system.operate("Patient/x/$decide"), 404) == [("not-supported", None)]
    answer = town.system.get("/fhir/ServiceRequest/x/$decide")
    assert issues(answer, 405) == [("not-supported", None)]
    assert answer.headers["allow"] == "POST"
