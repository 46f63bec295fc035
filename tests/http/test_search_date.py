"""Dates with prefixes: https://hl7.org/fhir/R4/search.html#prefix"""

from datetime import timedelta
from urllib.parse import quote

import pytest

from support import Json, MovableClock, Municipality, issues, ok, reference

GOAL: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
TASK: Json = {"resourceType": "Task", "status": "requested", "intent": "plan"}


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


@pytest.fixture
def goals(town: Municipality) -> Municipality:
    """Goals that start on a day, in a month, in a year, and one that does not say."""
    subject = reference(town.person())
    for id, start in {"day": "2026-03-14", "month": "2026-03", "next": "2026-04-01", "year": "2025"}.items():
        place(town, GOAL | {"id": id, "subject": subject, "startDate": start})
    place(town, GOAL | {"id": "unsaid", "subject": subject})
    return town


STARTING = [
    ("2026-03-14", ["day"]),
    ("eq2026-03", ["day", "month"]),
    ("2026", ["day", "month", "next"]),
    ("2025", ["year"]),
    ("2025-06", []),
    ("ne2026-03-14", ["month", "next", "year"]),
    ("ne2026-03", ["next", "year"]),
    ("gt2026-03-14", ["month", "next"]),
    ("gt2026-03", ["next"]),
    ("ge2026-03-15", ["month", "next"]),
    ("ge2026-04", ["next"]),
    ("lt2026-03-14", ["month", "year"]),
    ("lt2026", ["year"]),
    ("le2026-03-14", ["day", "month", "year"]),
    ("le2025-12-31", ["year"]),
    ("sa2026-03-14", ["next"]),
    ("sa2026-03", ["next"]),
    ("eb2026-03-14", ["year"]),
    ("eb2026-04-01", ["day", "month", "year"]),
    ("ap2026-03-14", ["day", "month", "next"]),
    ("2026-04-01,2025", ["next", "year"]),
    ("ge2026-03&start-date=lt2026-04", ["day", "month"]),
]


def test_every_prefix_and_precision(goals: Municipality, clock: MovableClock) -> None:
    now = clock.now()
    clock.moved += now.replace(year=2026, month=11, day=22, hour=12) - now
    system = goals.api("system")
    for value, found in STARTING:
        assert system.found(f"Goal?start-date={value}&_sort=_id") == [f"Goal/{id}" for id in found], value


@pytest.fixture
def tasks(town: Municipality) -> Municipality:
    """Tasks authored within the same hour, written in different zones and precisions."""
    for id, authored in {
        "oslo": "2026-03-14T10:30:00+01:00",
        "london": "2026-03-14T09:30:30Z",
        "exact": "2026-03-14T09:30:30.250Z",
        "east": "2026-03-15T00:15:00+14:00",
    }.items():
        place(town, TASK | {"id": id, "authoredOn": authored})
    return town


AUTHORED = [
    ("2026-03-14T10:30:00+01:00", ["oslo"]),
    ("2026-03-14T09:30:00Z", ["oslo"]),
    ("2026-03-14T10:30:00", ["oslo"]),
    ("2026-03-14T09:30Z", ["exact", "london", "oslo"]),
    ("2026-03-14T10:30", ["exact", "london", "oslo"]),
    ("2026-03-14T09:30:30Z", ["exact", "london"]),
    ("2026-03-14T09:30:30.250Z", ["exact"]),
    ("2026-03-14T10:30:30.25", ["exact"]),
    ("2026-03-14", ["east", "exact", "london", "oslo"]),
    ("2026-03-15", []),
    ("gt2026-03-14T09:30:30Z", ["east"]),
    ("ge2026-03-14T09:30:30Z", ["east", "exact", "london"]),
    ("lt2026-03-14T09:30:30Z", ["oslo"]),
    ("eb2026-03-14T09:30:30.250Z", ["oslo"]),
    ("sa2026-03-14T04:30:30-05:00", ["east"]),
]


def test_times_and_zones(tasks: Municipality) -> None:
    for value, found in AUTHORED:
        query = f"Task?authored-on={quote(value)}&_sort=_id"
        assert tasks.system.found(query) == [f"Task/{id}" for id in found], value


def test_a_plus_that_nobody_encoded(tasks: Municipality) -> None:
    assert tasks.system.found("Task?authored-on=2026-03-14T10:30:00+01:00") == ["Task/oslo"]


def test_a_day_is_a_norwegian_day(town: Municipality) -> None:
    place(town, TASK | {"id": "late", "authoredOn": "2026-03-14T23:30:00Z"})
    assert town.system.found("Task?authored-on=2026-03-15") == ["Task/late"]
    assert town.system.found("Task?authored-on=2026-03-14") == []


RUNNING = [
    ("2026", ["closed"]),
    ("2026-03", []),
    ("ge2026-06-30", ["closed", "from", "until"]),
    ("gt2026-12", ["from"]),
    ("gt2026-06-29", ["closed", "from", "until"]),
    ("lt2026-03", ["until"]),
    ("lt2020", ["until"]),
    ("le2026-03-01", ["closed", "from", "until"]),
    ("sa2026-02", ["closed", "from"]),
    ("eb2026-07", ["closed", "until"]),
    ("ne2026", ["from", "until"]),
    ("ge2026-04&period=le2026-04", ["closed", "from", "until"]),
]


def test_periods_open_and_closed(town: Municipality) -> None:
    periods = {"closed": ("2026-03-01", "2026-06-30"), "from": ("2026-03-01", None), "until": (None, "2026-06-30")}
    for id, (start, end) in periods.items():
        period = ({"start": start} if start else {}) | ({"end": end} if end else {})
        place(town, TASK | {"id": id, "executionPeriod": period})
    for value, found in RUNNING:
        assert town.system.found(f"Task?period={value}&_sort=_id") == [f"Task/{id}" for id in found], value


def test_of_a_timing_the_outer_limits_count(town: Municipality) -> None:
    request = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "x"}}
    for id, timing in {
        "events": {"event": ["2026-03-01", "2026-05-01"]},
        "bounded": {"repeat": {"boundsPeriod": {"start": "2026-07-01", "end": "2026-08-01"}}},
        "weekly": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
    }.items():
        place(town, request | {"id": id, "occurrenceTiming": timing})
    assert town.system.found("ServiceRequest?occurrence=ge2026-04&occurrence=le2026-04") == ["ServiceRequest/events"]
    assert town.system.found("ServiceRequest?occurrence=ge2026-07-15") == ["ServiceRequest/bounded"]


def test_of_a_choice_only_dates_are_searched(town: Municipality) -> None:
    detail = {"status": "in-progress", "scheduledString": "hver mandag"}
    plan: Json = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": reference(town.person())}
    place(town, plan | {"id": "weekly", "activity": [{"detail": detail}]})
    dated = {"status": "in-progress", "scheduledPeriod": {"start": "2026-03-01", "end": "2026-03-31"}}
    place(town, plan | {"id": "dated", "activity": [{"detail": dated}]})
    assert town.system.found("CarePlan?activity-date=2026-03") == ["CarePlan/dated"]


@pytest.mark.parametrize("authored", ["9999-12-31T23:59:59Z", "9999-12-31T23:30:00-01:00", "9999", "0001-01-01"])
def test_the_ends_of_the_calendar(town: Municipality, authored: str) -> None:
    place(town, TASK | {"id": "far", "authoredOn": authored})
    place(town, TASK | {"id": "now", "authoredOn": "2026-03-14"})
    side = "gt2100" if authored.startswith("9") else "lt1900"
    assert town.system.found(f"Task?authored-on={side}") == ["Task/far"]
    assert town.system.found(f"Task?authored-on={quote(authored)}") == ["Task/far"]
    for prefix in ("eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"):
        town.system.search(f"Task?authored-on={prefix}{quote(authored)}")


def test_when_something_was_last_updated(town: Municipality, clock: MovableClock) -> None:
    early = town.system.create({"resourceType": "Practitioner"})
    clock.moved = timedelta(days=40)
    system = town.api("system")
    late = system.create({"resourceType": "Practitioner"})
    at = late["meta"]["lastUpdated"]
    newest = [f"Practitioner/{late['id']}"]
    both = [*newest, f"Practitioner/{early['id']}"]
    for value, found in (
        (at, newest),
        (f"gt{early['meta']['lastUpdated']}", newest),
        (f"ge{early['meta']['lastUpdated']}", both),
        (f"le{at}", both),
        (f"lt{at}", both[1:]),
        (f"ne{at}", both[1:]),
        (f"sa{at}", []),
        (f"eb{at}", both[1:]),
        (clock.today.isoformat(), newest),
    ):
        assert system.found(f"Practitioner?_lastUpdated={value}") == found, value


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-13", "2026-02-30", "2026-3-1", "26", "2026-01-01T10", "2026-01-01T25:00Z", "gt", "xx2026",
     "2026-01-01-99", "%2B2026", "2026Z", "20260314", "2026-W10-1", "2026-01-01T10:00:00%2B99:99", "gtgt2026"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["start-date", "_lastUpdated"])
def test_what_is_no_date(town: Municipality, name: str, value: str) -> None:
    assert issues(town.system.get(f"/fhir/Goal?{name}={value}"), 400) == [("invalid", name)]


def test_dates_take_no_modifier(town: Municipality) -> None:
    assert issues(town.system.get("/fhir/Goal?start-date:exact=2026"), 400) == [("not-supported", "start-date:exact")]
