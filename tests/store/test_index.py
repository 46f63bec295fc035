"""What a search finds a resource by, drawn from it by what its type declares."""

from datetime import UTC, datetime
from typing import Any

import pytest

from oppfolging_api.kernel.folding import fold, foldings
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter, date, reference, string, token
from oppfolging_api.store.index import ALWAYS, LONGEST_VALUE, NEVER, Indexed, date_span, index, local_references


def indexed(parameter: SearchParameter, **resource: Any) -> Indexed:
    return index({"resourceType": "Thing"} | resource, ResourceType("Thing", (parameter,), {}))


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("active", {"t=active", "t=|active"}),
        (True, {"t=true", "t=|true"}),
        (False, {"t=false", "t=|false"}),
        ({"system": "urn:s", "code": "c"}, {"t=c", "t=urn:s|c", "t=urn:s|"}),
        ({"system": "urn:s", "value": "123"}, {"t=123", "t=urn:s|123", "t=urn:s|"}),
        ({"value": "123"}, {"t=123", "t=|123"}),
        ({"system": "urn:s"}, set()),
        (
            {"coding": [{"system": "urn:s", "code": "a"}, {"code": "b"}], "text": "free"},
            {"t=a", "t=urn:s|a", "t=urn:s|", "t=b", "t=|b"},
        ),
        ([{"code": "a"}, {"code": "b"}], {"t=a", "t=|a", "t=b", "t=|b"}),
        (None, set()),
    ],
)
def test_a_token_is_found_by_code_by_system_and_by_both(value: Any, keys: set[str]) -> None:
    assert indexed(token("t", "code"), code=value).keys == keys


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ({"reference": "Patient/1"}, {"r=Patient/1", "@Patient/1"}),
        ({"reference": "Patient/1/_history/3"}, {"r=Patient/1", "@Patient/1"}),
        ({"reference": "https://far.example/Patient/1"}, {"r=https://far.example/Patient/1"}),
        ({"reference": "#contained"}, {"r=#contained"}),
        ({"identifier": {"value": "1"}}, set()),
        (
            "https://a.example/Questionnaire/q|2",
            {"r=https://a.example/Questionnaire/q|2", "r=https://a.example/Questionnaire/q"},
        ),
    ],
)
def test_a_reference_is_found_by_type_and_id_and_a_canonical_with_and_without_version(
    value: Any, keys: set[str]
) -> None:
    assert indexed(reference("r", "to", targets=("Patient",)), to=value).keys == keys


def test_what_a_resource_refers_to_anywhere_is_known() -> None:
    deep = {
        "subject": {"reference": "Patient/1"},
        "note": [{"authorReference": {"reference": "Practitioner/2"}}],
        "extension": [{"url": "u", "valueReference": {"reference": "Task/3"}}],
        "contained": [{"resourceType": "Goal", "subject": {"reference": "#p"}}],
        "reference": "Patient/words",
        "text": {"div": "Patient/9"},
    }
    assert list(local_references(deep)) == ["Patient/words", "Patient/1", "Practitioner/2", "Task/3"]


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Bjørg", ("bjorg", "bjoerg")),
        ("Åsen", ("asen", "aasen")),
        ("A\u030asen", ("asen", "aasen")),
        ("Sæter", ("saeter",)),
        ("José  María ", ("jose maria",)),
        ("STRAẞE", ("strasse",)),
        ("Łukasz Þór Guðrún", ("lukasz thor gudrun",)),
        ("ÁÐALHEIÐUR", ("adalheidur",)),
        ("Máret Čáhci", ("maret cahci",)),
        ("İpek", ("ipek",)),
        ("", ("",)),
        ("王芳", ("王芳",)),
    ],
)
def test_text_is_found_without_case_accents_or_norwegian_letters(text: str, forms: tuple[str, ...]) -> None:
    assert foldings(text) == forms
    assert fold(text) == forms[0]


def test_a_name_is_found_by_each_of_its_parts() -> None:
    name: dict[str, Any] = {
        "use": "official",
        "text": "Bjørg Moe",
        "family": "Moe",
        "given": ["Bjørg", None, "Aud"],
        "_given": [{}],
    }
    assert indexed(string("name"), name=[name]).strings == [
        ("name", "bjorg moe", "Bjørg Moe"),
        ("name", "bjoerg moe", "Bjørg Moe"),
        ("name", "moe", "Moe"),
        ("name", "bjorg", "Bjørg"),
        ("name", "bjoerg", "Bjørg"),
        ("name", "aud", "Aud"),
    ]


def test_a_long_text_is_found_by_its_beginning() -> None:
    assert LONGEST_VALUE == 500
    assert indexed(string("description"), description="A" * 501).strings == [("description", "a" * 500, "A" * 500)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", utc(2025, 12, 31, 23), utc(2026, 12, 31, 23)),
        ("2026-07", utc(2026, 6, 30, 22), utc(2026, 7, 31, 22)),
        ("2026-03-29", utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),
        ("2026-11-22", utc(2026, 11, 21, 23), utc(2026, 11, 22, 23)),
        ("2026-11-22T08:00:00Z", utc(2026, 11, 22, 8), utc(2026, 11, 22, 8, 0, 1)),
        ("2026-11-22T08:00Z", utc(2026, 11, 22, 8), utc(2026, 11, 22, 8, 1)),
        ("2026-11-22T08:00:00+01:00", utc(2026, 11, 22, 7), utc(2026, 11, 22, 7, 0, 1)),
        ("2026-11-22T08:00:00.5Z", utc(2026, 11, 22, 8, 0, 0, 500_000), utc(2026, 11, 22, 8, 0, 0, 501_000)),
    ],
)
def test_a_date_covers_the_time_its_precision_says_in_norway(text: str, low: datetime, high: datetime) -> None:
    assert date_span(text) == (low, high)
    assert indexed(date("d"), d=text).dates == [("d", low, high)]


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13", "2026-02-30", "2026-11-22T08:00:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (datetime's own words)
        date_span(text)


@pytest.mark.parametrize(
    ("period", "spans"),
    [
        ({"start": "2026-01-01", "end": "2026-01-02"}, [("d", utc(2025, 12, 31, 23), utc(2026, 1, 2, 23))]),
        ({"start": "2026-01-01"}, [("d", utc(2025, 12, 31, 23), NEVER)]),
        ({"end": "2026-01-02T10:00:00Z"}, [("d", ALWAYS, utc(2026, 1, 2, 10, 0, 1))]),
        ({}, []),
    ],
)
def test_a_period_covers_what_lies_between_and_is_open_where_it_has_no_bound(
    period: dict[str, str], spans: list[tuple[str, datetime, datetime]]
) -> None:
    assert indexed(date("d", "period"), period=period).dates == spans


def test_a_path_goes_through_arrays_and_takes_whichever_kind_of_date_an_element_has() -> None:
    activity = [
        {"detail": {"scheduledPeriod": {"start": "2026-01-01", "end": "2026-01-01"}}},
        {"detail": {"scheduledString": "2026-02-01", "scheduledness": "2020"}},
        {"reference": {"reference": "Task/1"}},
    ]
    found = indexed(date("activity-date", "activity.detail.scheduled[x]"), activity=activity)
    assert found.dates == [("activity-date", utc(2025, 12, 31, 23), utc(2026, 1, 1, 23))]
    assert found.keys == {"@Task/1"}


def test_a_timing_covers_its_outer_limits() -> None:
    events = {"event": ["2026-01-03", "2026-01-01"], "repeat": {"frequency": 1}}
    bounds = {"repeat": {"boundsPeriod": {"start": "2026-01-01"}}}
    assert indexed(date("d", "t"), t=[events, bounds, {"code": {"text": "daily"}}]).dates == [
        ("d", utc(2025, 12, 31, 23), utc(2026, 1, 3, 23)),
        ("d", utc(2025, 12, 31, 23), NEVER),
    ]


def test_a_bar_within_a_token_is_not_the_one_between_system_and_code() -> None:
    assert indexed(token("t", "code"), code={"system": "urn:s", "code": "a|b\\"}).keys == {
        "t=a\\|b\\\\",
        "t=urn:s|a\\|b\\\\",
        "t=urn:s|",
    }


def test_a_key_too_long_for_postgresql_ends_in_a_digest() -> None:
    long, other = "x" * 3000, "x" * 3000 + "y"
    (key,) = indexed(reference("r", "to", targets=()), to={"reference": long}).keys
    (same,) = indexed(reference("r", "to", targets=()), to={"reference": long}).keys
    (another,) = indexed(reference("r", "to", targets=()), to={"reference": other}).keys
    assert key == same != another
    assert key[:100] == "r=" + "x" * 98
    assert len(key) == 165


def test_several_paths_feed_one_parameter() -> None:
    found = indexed(token("t", "a", "b.c"), a="1", b=[{"c": "2"}, {"d": "3"}])
    assert found.keys == {"t=1", "t=|1", "t=2", "t=|2"}
