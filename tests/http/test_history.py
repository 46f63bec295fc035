"""Every version of a resource, newest first."""

from typing import Any

import pytest

from support import Api, Json, Municipality, issues, ok


def versions(page: Json) -> list[tuple[str, str]]:
    """(method, etag) of every entry."""
    return [(entry["request"]["method"], entry["response"]["etag"]) for entry in page.get("entry", [])]


def link(page: Json, relation: str) -> str | None:
    return next((held["url"] for held in page["link"] if held["relation"] == relation), None)


def followed(api: Api, url: str) -> Json:
    return ok(api.get(url.removeprefix(api.address)), 200)


@pytest.fixture
def office(town: Municipality) -> Json:
    """Created, changed, deleted, brought back."""
    made = town.system.create({"resourceType": "Organization", "name": "En"})
    town.system.update(made | {"name": "To"})
    town.system.delete("Organization", made["id"])
    town.system.put(made | {"name": "Fire"})
    return made


def test_a_history_tells_what_happened(town: Municipality, office: Json) -> None:
    page = ok(town.system.get(f"/fhir/Organization/{office['id']}/_history"), 200)
    assert (page["resourceType"], page["type"]) == ("Bundle", "history")
    assert versions(page) == [("PUT", 'W/"4"'), ("DELETE", 'W/"3"'), ("PUT", 'W/"2"'), ("POST", 'W/"1"')]
    assert [entry.get("resource", {}).get("name") for entry in page["entry"]] == ["Fire", None, "To", "En"]
    here = f"Organization/{office['id']}"
    assert [entry["request"]["url"] for entry in page["entry"]] == [here, here, here, "Organization"]
    assert {entry["fullUrl"] for entry in page["entry"]} == {f"{town.address}/fhir/{here}"}
    statuses = ["200 OK", "204 No Content", "200 OK", "201 Created"]
    assert [entry["response"]["status"] for entry in page["entry"]] == statuses
    assert page["entry"][3]["response"]["lastModified"] == office["meta"]["lastUpdated"]
    assert link(page, "next") is None


def test_a_long_history_goes_by_pages(town: Municipality, office: Json) -> None:
    path = f"/fhir/Organization/{office['id']}/_history"
    first = ok(town.system.get(f"{path}?_count=2"), 200)
    assert versions(first) == [("PUT", 'W/"4"'), ("DELETE", 'W/"3"')]
    assert link(first, "self") == f"{town.address}{path}?_count=2"
    town.system.update(office | {"name": "Fem"})
    second = followed(town.system, str(link(first, "next")))
    assert versions(second) == [("PUT", 'W/"2"'), ("POST", 'W/"1"')]
    assert link(second, "next") is None


def test_the_history_of_what_is_deleted(town: Municipality, office: Json) -> None:
    town.system.delete("Organization", office["id"])
    page = ok(town.system.get(f"/fhir/Organization/{office['id']}/_history?_count=1"), 200)
    assert versions(page) == [("DELETE", 'W/"5"')]


@pytest.mark.parametrize(
    ("query", "code", "expression"),
    [
        ("_count=0", "invalid", "_count"),
        ("_count=two", "invalid", "_count"),
        ("_since=2026-01-01", "not-supported", None),
        ("name=x", "not-supported", None),
        ("_cursor=abc", "invalid", "_cursor"),
        ("_cursor=%C3%A6", "invalid", "_cursor"),
    ],
)
def test_what_a_history_does_not_take(
    town: Municipality, office: Json, query: str, code: str, expression: str | None
) -> None:
    answer = town.system.get(f"/fhir/Organization/{office['id']}/_history?{query}")
    assert issues(answer, 400) == [(code, expression)]


def test_a_cursor_belongs_to_one_history(town: Municipality, office: Json) -> None:
    other = town.system.create({"resourceType": "Organization", "name": "En annen"})
    next_page = link(ok(town.system.get(f"/fhir/Organization/{office['id']}/_history?_count=1"), 200), "next")
    cursor = str(next_page).partition("_cursor=")[2]
    for path in (f"Organization/{other['id']}/_history", "Organization"):
        assert issues(town.system.get(f"/fhir/{path}?_cursor={cursor}"), 400) == [("invalid", "_cursor")]


def test_a_history_is_of_its_municipality(town: Municipality, other_town: Municipality, office: Json) -> None:
    answer: Any = other_town.system.get(f"/fhir/Organization/{office['id']}/_history")
    assert issues(answer, 404) == [("not-found", None)]
