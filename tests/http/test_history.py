"""Every version of a resource, newest first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from oppfolging_api.kernel.clock import OSLO
from support import Api, Json, MovableClock, Municipality, issues, ok


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
        ("_since=yesterday", "invalid", "_since"),
        ("_since=2026-13-01", "invalid", "_since"),
        ("_at=08:00", "invalid", "_at"),
        ("_sort=_lastUpdated", "not-supported", None),
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


def names(page: Json) -> list[str | None]:
    return [entry.get("resource", {}).get("name") for entry in page.get("entry", [])]


def renamed(town: Municipality, clock: MovableClock, *hours: int) -> tuple[str, list[str]]:
    """The history of an office that was called after the hours at which it was renamed; and its moments."""
    made: Json = {}
    moments = []
    for hour in hours:
        clock.moved = timedelta(hours=hour)
        name = {"resourceType": "Organization", "name": f"after {hour}"}
        made = town.api("system").update({**made, **name}) if made else town.api("system").create(name)
        moments.append(made["meta"]["lastUpdated"])
    return f"/fhir/Organization/{made['id']}/_history", moments


def test_a_history_since_a_moment_begins_with_that_moment(town: Municipality, clock: MovableClock) -> None:
    path, moments = renamed(town, clock, 1, 2, 3)
    system = town.api("system")
    assert names(ok(system.get(f"{path}?_since={moments[1]}"), 200)) == ["after 3", "after 2"]
    oslo = datetime.fromisoformat(moments[2]).astimezone(OSLO).isoformat()
    assert names(ok(system.get(f"{path}?_since={oslo.replace('+', '%2B')}"), 200)) == ["after 3"]
    assert names(ok(system.get(f"{path}?_since=2020-01-01"), 200)) == ["after 3", "after 2", "after 1"]
    nothing = ok(system.get(f"{path}?_since=2999-01-01"), 200)
    assert "entry" not in nothing
    assert issues(system.get("/fhir/Organization/nobody/_history?_since=2999-01-01"), 404) == [("not-found", None)]


def test_a_history_since_a_moment_tells_what_followed_whatever_the_clock_said(
    town: Municipality, clock: MovableClock
) -> None:
    """The second writer waited for a third, who wrote a later time before it."""
    path, moments = renamed(town, clock, 1, 3, 2)
    page = ok(town.api("system").get(f"{path}?_since={moments[1]}"), 200)
    assert names(page) == ["after 2", "after 3"]


def test_a_history_at_a_moment_is_what_stood_then(town: Municipality, clock: MovableClock) -> None:
    path, moments = renamed(town, clock, 0, 48, 96)
    system = town.api("system")
    between = (datetime.fromisoformat(moments[1]) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert names(ok(system.get(f"{path}?_at={between}"), 200)) == ["after 48"]
    assert names(ok(system.get(f"{path}?_at={moments[2]}"), 200)) == ["after 96"]
    year = moments[0][:4]
    assert names(ok(system.get(f"{path}?_at={year}-01-01"), 200)) == []
    days = [datetime.fromisoformat(moment).astimezone(OSLO).date().isoformat() for moment in moments]
    assert names(ok(system.get(f"{path}?_at={days[1]}"), 200)) == ["after 48", "after 0"]


def test_a_deletion_is_told_on_the_day_it_was_done_and_not_of_later_days(
    town: Municipality, clock: MovableClock
) -> None:
    made = town.system.create({"resourceType": "Organization", "name": "En"})
    town.system.delete("Organization", made["id"])
    path = f"/fhir/Organization/{made['id']}/_history"
    day = datetime.fromisoformat(made["meta"]["lastUpdated"]).astimezone(OSLO).date()
    assert versions(ok(town.system.get(f"{path}?_at={day}"), 200)) == [("DELETE", 'W/"2"'), ("POST", 'W/"1"')]
    assert versions(ok(town.system.get(f"{path}?_at={day + timedelta(days=1)}"), 200)) == []


def test_the_pages_of_a_history_since_a_moment_keep_to_it(town: Municipality, clock: MovableClock) -> None:
    path, moments = renamed(town, clock, 1, 2, 3)
    first = ok(town.api("system").get(f"{path}?_since={moments[1]}&_count=1"), 200)
    second = followed(town.api("system"), str(link(first, "next")))
    assert (names(first), names(second), link(second, "next")) == (["after 3"], ["after 2"], None)
