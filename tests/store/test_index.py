"""What a search finds a resource by, drawn from it by what its type declares."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from oppfolging_api.kernel.folding import fold, foldings
from oppfolging_api.kernel.resource_type import (
    ResourceType,
    SearchParameter,
    date,
    reference,
    string,
    token,
    uri,
)
from oppfolging_api.resources import served
from oppfolging_api.store.index import (
    ALWAYS,
    LONGEST_VALUE,
    NEVER,
    Indexed,
    composite_key,
    date_span,
    index,
    local_references,
    of_type_key,
)
from oppfolging_api.store.quantities import number_span

OF = {name: {parameter.name: parameter for parameter in kind.search} for name, kind in served().items()}
"""The parameters declared, by type and name."""


def indexed(parameter: SearchParameter, **resource: Any) -> Indexed:
    return index({"resourceType": "Thing"} | resource, ResourceType("Thing", {}, (parameter,)))


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("active", {"t", "t=active", "t=|active"}),
        (True, {"t", "t=true", "t=|true"}),
        (False, {"t", "t=false", "t=|false"}),
        (3, {"t", "t=3", "t=|3"}),
        ({"system": "urn:s", "code": "c"}, {"t", "t=c", "t=urn:s|c", "t=urn:s|"}),
        ({"system": "urn:s", "value": "123"}, {"t", "t=123", "t=urn:s|123", "t=urn:s|"}),
        ({"value": "123"}, {"t", "t=123", "t=|123"}),
        ({"system": "urn:s"}, {"t"}),
        (
            {"coding": [{"system": "urn:s", "code": "a"}, {"code": "b"}], "text": "free"},
            {"t", "t=a", "t=urn:s|a", "t=urn:s|", "t=b", "t=|b"},
        ),
        ([{"code": "a"}, {"code": "b"}], {"t", "t=a", "t=|a", "t=b", "t=|b"}),
        (None, set()),
        ([], set()),
    ],
)
def test_a_token_is_found_by_code_by_system_and_by_both(value: Any, keys: set[str]) -> None:
    assert indexed(token("t", "code"), code=value).keys == keys


def test_an_identifier_is_found_by_its_type_too() -> None:
    coded = {"coding": [{"system": "urn:t", "code": "MR"}, {"code": "loc|al"}], "text": "Journalnummer"}
    found = indexed(token("t", "identifier"), identifier={"type": coded, "system": "urn:s", "value": "1\\2"})
    assert found.keys == {
        "t",
        "t=1\\\\2",
        "t=urn:s|1\\\\2",
        "t=urn:s|",
        "t:of-type=urn:t|MR|1\\\\2",
        "t:of-type=|loc\\|al|1\\\\2",
    }
    assert found.strings == [("t:text", "journalnummer", "Journalnummer")]
    assert of_type_key("t", "urn:t", "MR", "1\\2") == "t:of-type=urn:t|MR|1\\\\2"


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"text": "Åpen sak"}, [("t:text", "apen sak", "Åpen sak"), ("t:text", "aapen sak", "Åpen sak")]),
        (
            {"coding": [{"code": "a", "display": "Aktiv"}], "text": "I gang"},
            [("t:text", "i gang", "I gang"), ("t:text", "aktiv", "Aktiv")],
        ),
        ({"code": "a", "display": "Aktiv"}, [("t:text", "aktiv", "Aktiv")]),
        ({"code": "a"}, []),
        ("active", []),
    ],
)
def test_the_words_beside_a_token_are_found_by_themselves(value: Any, rows: list[tuple[str, str, str]]) -> None:
    assert indexed(token("t", "code"), code=value).strings == rows


@pytest.mark.parametrize(
    ("resource", "keys"),
    [
        ({"deceasedBoolean": True}, {"deceased", "deceased=true", "deceased=|true"}),
        ({"deceasedDateTime": "2026-01-01"}, {"deceased", "deceased=true", "deceased=|true"}),
        ({"deceasedBoolean": False}, {"deceased", "deceased=false", "deceased=|false"}),
        ({}, {"deceased", "deceased=false", "deceased=|false"}),
    ],
)
def test_who_is_not_said_to_be_dead_is_alive(resource: dict[str, Any], keys: set[str]) -> None:
    assert indexed(OF["Patient"]["deceased"], **resource).keys == keys


def test_only_items_of_the_kind_a_path_names_count() -> None:
    telecom = [{"system": "phone", "value": "73"}, {"system": "email", "value": "a@b.no"}, {"value": "99"}]
    assert indexed(OF["Patient"]["phone"], telecom=telecom).keys == {
        "phone",
        "phone=73",
        "phone=phone|73",
        "phone=phone|",
    }
    assert indexed(OF["Patient"]["email"], telecom={"system": "phone", "value": "73"}).keys == set()


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ({"reference": "Patient/1"}, {"r", "r=Patient/1", "@Patient/1"}),
        ({"reference": "Patient/1/_history/3"}, {"r", "r=Patient/1", "@Patient/1"}),
        ({"reference": "Group/1"}, {"@Group/1"}),
        ({"reference": "https://far.example/Patient/1"}, {"r", "r=https://far.example/Patient/1"}),
        (
            {"reference": "https://far.example/Patient/1/_history/2"},
            {"r", "r=https://far.example/Patient/1/_history/2"},
        ),
        ({"reference": "https://far.example/fhir/Group/1"}, set()),
        ({"reference": "https://far.example/people?id=1"}, {"r", "r=https://far.example/people?id=1"}),
        ({"reference": "urn:uuid:1", "type": "Group"}, set()),
        ({"reference": "urn:uuid:1", "type": "Patient"}, {"r", "r=urn:uuid:1"}),
        ({"reference": "#contained"}, {"r", "r=#contained"}),
        ({"display": "Kari"}, {"r"}),
        ({"identifier": {"value": "1"}}, {"r", "r:identifier=1", "r:identifier=|1"}),
        (
            {"identifier": {"system": "urn:s", "value": "1"}, "type": "Patient"},
            {"r", "r:identifier=1", "r:identifier=urn:s|1", "r:identifier=urn:s|"},
        ),
        ({"identifier": {"system": "urn:s", "value": "1"}, "type": "Group"}, set()),
    ],
)
def test_a_reference_is_found_by_what_it_points_at_where_its_type_is_one_of_the_parameter_s(
    value: Any, keys: set[str]
) -> None:
    assert indexed(reference("r", "to", targets=("Patient",)), to=value).keys == keys


def test_a_reference_to_anything_is_found_whatever_its_type() -> None:
    found = indexed(OF["Task"]["focus"], focus={"reference": "Basic/1"})
    assert found.keys == {"focus", "focus=Basic/1", "@Basic/1"}


def test_a_canonical_is_found_with_and_without_its_version() -> None:
    assert indexed(reference("r", "to", targets=()), to="https://a.example/Questionnaire/q|2").keys == {
        "r",
        "r=https://a.example/Questionnaire/q|2",
        "r=https://a.example/Questionnaire/q",
    }


def test_a_uri_is_found_as_it_is_written_and_by_its_beginning() -> None:
    found = indexed(uri("u", "url"), url="https://a.example/Åsen|2")
    assert found.keys == {"u", "u=https://a.example/Åsen|2", "u=https://a.example/Åsen"}
    assert found.strings == [("u", "https://a.example/Åsen|2", "https://a.example/Åsen|2")]


def test_every_type_is_found_by_tag_label_profile_and_source() -> None:
    meta = {
        "tag": [{"system": "urn:t", "code": "a"}],
        "security": [{"code": "health"}],
        "profile": ["https://a.example/P|1"],
        "source": "urn:b",
    }
    assert index({"resourceType": "Thing", "meta": meta}, ResourceType("Thing", {})).keys == {
        "_tag", "_tag=a", "_tag=urn:t|a", "_tag=urn:t|",
        "_security", "_security=health", "_security=|health",
        "_profile", "_profile=https://a.example/P|1", "_profile=https://a.example/P",
        "_source", "_source=urn:b",
    }  # fmt: skip


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
    found = indexed(OF["CarePlan"]["activity-date"], activity=activity)
    assert found.dates == [("activity-date", utc(2025, 12, 31, 23), utc(2026, 1, 1, 23))]
    assert found.keys == {"activity-date", "@Task/1"}


def test_a_timing_covers_its_outer_limits() -> None:
    events = {"event": ["2026-01-03", "2026-01-01"], "repeat": {"frequency": 1}}
    bounds = {"repeat": {"boundsPeriod": {"start": "2026-01-01"}}}
    assert indexed(date("d", "t"), t=[events, bounds, {"code": {"text": "daily"}}]).dates == [
        ("d", utc(2025, 12, 31, 23), utc(2026, 1, 3, 23)),
        ("d", utc(2025, 12, 31, 23), NEVER),
    ]


def test_a_bar_within_a_token_is_not_the_one_between_system_and_code() -> None:
    assert indexed(token("t", "code"), code={"system": "urn:s", "code": "a|b\\"}).keys == {
        "t",
        "t=a\\|b\\\\",
        "t=urn:s|a\\|b\\\\",
        "t=urn:s|",
    }


def test_a_key_too_long_for_postgresql_ends_in_a_digest() -> None:
    long, other = "x" * 3000, "x" * 3000 + "y"
    parameter = reference("r", "to", targets=())
    (key,), (same,), (another,) = (
        indexed(parameter, to={"reference": text}).keys - {"r"} for text in (long, long, other)
    )
    assert key == same != another
    assert key[:100] == "r=" + "x" * 98
    assert len(key) == 165


def test_several_paths_feed_one_parameter() -> None:
    found = indexed(token("t", "a", "b.c"), a="1", b=[{"c": "2"}, {"d": "3"}])
    assert found.keys == {"t", "t=1", "t=|1", "t=2", "t=|2"}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5.4", "5.35", "5.45"),
        ("5.40", "5.395", "5.405"),
        ("100", "99.5", "100.5"),
        ("1e2", "95", "105"),
        ("-3", "-3.5", "-2.5"),
        ("0", "-0.5", "0.5"),
        ("1.5e-3", "0.00145", "0.00155"),
        ("12345678901234567890.123456789012345678901234567890", None, None),
    ],
)
def test_a_number_covers_what_its_precision_says(text: str, low: str | None, high: str | None) -> None:
    start, end = number_span(text)
    if low is None or high is None:
        assert end - start == Decimal("1e-30")
        assert start < Decimal(text) < end
    else:
        assert (start, end) == (Decimal(low), Decimal(high))


MG = {"system": "urn:u", "code": "mg", "unit": "milligram"}


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ({"value": Decimal("5.4")}, "5.35", "5.45"),
        ({"value": 5}, "4.5", "5.5"),
        ({"value": Decimal("5.4"), "comparator": "<"}, "-Infinity", "5.4"),
        ({"value": Decimal("5.4"), "comparator": "<="}, "-Infinity", "5.45"),
        ({"value": Decimal("5.4"), "comparator": ">"}, "5.4", "Infinity"),
        ({"value": Decimal("5.4"), "comparator": ">="}, "5.35", "Infinity"),
    ],
)
def test_a_quantity_is_a_range_of_numbers_with_its_unit(value: dict[str, Any], low: str, high: str) -> None:
    found = indexed(OF["Observation"]["value-quantity"], valueQuantity=value | MG)
    assert found.quantities == [("value-quantity", Decimal(low), Decimal(high), "urn:u", "mg", "milligram")]
    assert found.keys == {"value-quantity"}


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"low": {"value": 20}, "high": {"value": 30}}, [("19.5", "30.5")]),
        ({"low": {"value": 20}}, [("19.5", "Infinity")]),
        ({"high": {"value": Decimal("30.0")}}, [("-Infinity", "30.05")]),
        ({}, []),
    ],
)
def test_a_range_is_open_where_it_has_no_bound(value: dict[str, Any], rows: list[tuple[str, str]]) -> None:
    found = indexed(OF["Condition"]["onset-age"], onsetRange=value)
    assert found.quantities == [("onset-age", Decimal(low), Decimal(high), None, None, None) for low, high in rows]


def test_sampled_data_goes_from_its_least_to_its_greatest() -> None:
    sampled = {"origin": {"value": 100} | MG, "factor": Decimal("0.5"), "data": "2 E -4 U 10 L much 1e999999999 NaN"}
    found = indexed(OF["Observation"]["value-quantity"], valueSampledData=sampled)
    assert found.quantities == [("value-quantity", Decimal("97.95"), Decimal("105.05"), "urn:u", "mg", "milligram")]


CODE = {"coding": [{"system": "urn:c", "code": "bp"}]}


def test_a_composite_of_two_tokens_is_found_by_every_form_of_both() -> None:
    value = {"coding": [{"code": "yes"}]}
    found = indexed(OF["Observation"]["code-value-concept"], code=CODE, valueCodeableConcept=value)
    assert found.keys == {
        "code-value-concept",
        "code-value-concept=bp$yes",
        "code-value-concept=bp$|yes",
        "code-value-concept=urn:c|bp$yes",
        "code-value-concept=urn:c|bp$|yes",
        "code-value-concept=urn:c|$yes",
        "code-value-concept=urn:c|$|yes",
    }
    assert composite_key("code-value-concept", "urn:c|bp", "yes") == "code-value-concept=urn:c|bp$yes"


def test_the_parts_of_a_composite_stand_in_the_same_element() -> None:
    component = [
        {"code": {"coding": [{"code": "a"}]}, "valueCodeableConcept": {"coding": [{"code": "1"}]}},
        {"code": CODE},
    ]
    found = indexed(OF["Observation"]["component-code-value-concept"], component=component)
    assert found.keys == {
        "component-code-value-concept",
        "component-code-value-concept=a$1",
        "component-code-value-concept=a$|1",
        "component-code-value-concept=|a$1",
        "component-code-value-concept=|a$|1",
    }


def test_a_composite_with_a_number_has_a_row_for_each_form_of_its_code() -> None:
    found = indexed(
        OF["Observation"]["combo-code-value-quantity"], component=[{"code": CODE, "valueQuantity": {"value": 5}}]
    )
    low, high = Decimal("4.5"), Decimal("5.5")
    assert found.quantities == [
        ("combo-code-value-quantity=bp", low, high, None, None, None),
        ("combo-code-value-quantity=urn:c|", low, high, None, None, None),
        ("combo-code-value-quantity=urn:c|bp", low, high, None, None, None),
    ]
    assert found.keys == {"combo-code-value-quantity"}


def test_a_composite_with_a_date_or_a_text_has_rows_of_that_kind() -> None:
    code = {"coding": [{"code": "a"}]}
    dated = indexed(OF["Observation"]["code-value-date"], code=code, valueDateTime="2026-01-01")
    assert dated.dates == [
        ("code-value-date=a", utc(2025, 12, 31, 23), utc(2026, 1, 1, 23)),
        ("code-value-date=|a", utc(2025, 12, 31, 23), utc(2026, 1, 1, 23)),
    ]
    told = indexed(OF["Observation"]["code-value-string"], code=code, valueString="Ja")
    assert told.strings == [("code-value-string=a", "ja", "Ja"), ("code-value-string=|a", "ja", "Ja")]


def test_a_composite_of_one_part_is_none() -> None:
    assert indexed(OF["Observation"]["code-value-concept"], code=CODE).keys == set()
    assert indexed(OF["Observation"]["code-value-quantity"], valueQuantity={"value": 5}).quantities == []


def test_how_a_document_relates_to_another_is_code_and_target() -> None:
    related = [{"code": "replaces", "target": {"reference": "DocumentReference/1"}}]
    found = indexed(OF["DocumentReference"]["relationship"], relatesTo=related)
    assert "relationship=DocumentReference/1$replaces" in found.keys
