"""The lexical forms of R4's primitive types, and which of two times is later."""

from decimal import Decimal

import pytest

from oppfolging_api.fhir.exact_json import ExactNumber
from oppfolging_api.fhir.primitives import CHECKS, is_after

VALID: dict[str, list[object]] = {
    "base64Binary": ["aGVp", "aGVpIQ==", "aGVp\n aGVp", "aGU="],
    "boolean": [True, False],
    "canonical": ["http://example.org/q|1.0", "#q"],
    "code": ["active", "a b", "ÆØÅ"],
    "date": ["2026", "2026-02", "2026-02-28", "2024-02-29", "0001-01-01", "9999-12-31"],
    "dateTime": [
        "2026",
        "2026-02",
        "2026-02-28",
        "2026-02-28T23:59:59Z",
        "2026-02-28T10:00:00+01:00",
        "2026-02-28T10:00:00.123456789-14:00",
        "2026-06-30T23:59:60Z",
    ],
    "decimal": [0, -1, 1.5, Decimal("1.50"), ExactNumber("1e3"), ExactNumber("-0")],
    "id": ["a", "A.b-9", "x" * 64],
    "instant": ["2026-02-28T10:00:00Z", "2026-02-28T10:00:00.1+13:59"],
    "integer": [0, -2147483648, 2147483647],
    "markdown": ["# x\n\ny", " x"],
    "oid": ["urn:oid:2.16.578.1.12.4.1.4.1", "urn:oid:0.0"],
    "positiveInt": [1, 2147483647],
    "string": ["x", " x ", "a\tb\r\nc", "\u200d", "Øyvind 🌲"],
    "time": ["00:00:00", "23:59:59.999", "10:00:60"],
    "unsignedInt": [0],
    "uri": ["urn:oid:1.2", "http://example.org/æ", "relative/x", "mailto:a@example.org"],
    "url": ["https://example.org"],
    "uuid": ["urn:uuid:0198c6b0-0000-7000-8000-00000000000a"],
}
INVALID: dict[str, list[object]] = {
    "base64Binary": ["", " ", "aGV", "aGVp=", "a=Vp", "æøåæ", 1],
    "boolean": ["true", 0, 1],
    "canonical": ["", "a b", 1],
    "code": ["", " ", " a", "a ", "a  b", 1, True],
    "date": [
        "26",
        "2026-2",
        "2026-13",
        "2026-00",
        "2026-02-29",
        "2026-02-30",
        "2026-04-31",
        "1900-02-29",
        "2026-1-01",
        "0000",
        "20261122",
        "2026-11-22T10:00:00Z",
        "2026-11-22\n",
        "２０２６",
        2026,
    ],
    "dateTime": [
        "2026-02-30T10:00:00Z",
        "2026-02-28T10:00:00",
        "2026-02-28T10:00Z",
        "2026-02-28T24:00:00Z",
        "2026-02-28T10:60:00Z",
        "2026-02-28T10:00:61Z",
        "2026-02-28T10:00:00+14:01",
        "2026-02-28T10:00:00+0100",
        "2026-02-28T10:00:00.Z",
        "2026-02-28 10:00:00Z",
        "2026-02T10:00:00Z",
        "",
    ],
    "decimal": ["1.5", True, None],
    "id": ["", "x" * 65, "a_b", "a b", "å", "a\n", 1],
    "instant": ["2026-02-28", "2026-02-30T10:00:00Z", "2026-02-28T10:00:00", "2026-02"],
    "integer": [1.0, ExactNumber("1.0"), ExactNumber("1e2"), 2147483648, -2147483649, True, "1"],
    "markdown": ["", " \n", 1],
    "oid": ["2.16", "urn:oid:3.1", "urn:oid:1.02", "urn:oid:1."],
    "positiveInt": [0, -1],
    "string": ["", " ", "\n", "a\x00", "a\x0b", 1, None],
    "time": ["24:00:00", "10:00", "10:00:00Z", "1:00:00"],
    "unsignedInt": [-1],
    "uri": ["", "a b", "a\n", 1],
    "url": ["", "http://a b"],
    "uuid": ["urn:uuid:0198C6B0-0000-7000-8000-00000000000A", "0198c6b0-0000-7000-8000-00000000000a", "urn:uuid:1"],
}


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in VALID.items() for value in values])
def test_a_valid_form(type_: str, value: object) -> None:
    assert CHECKS[type_](value) is None


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in INVALID.items() for value in values])
def test_an_invalid_form(type_: str, value: object) -> None:
    assert CHECKS[type_](value) is not None


def test_every_primitive_type_is_tried() -> None:
    assert set(VALID) == set(INVALID) == set(CHECKS)


def test_a_day_that_does_not_exist_is_called_that() -> None:
    assert CHECKS["date"]("2026-02-30") == "a day that exists"


def test_long_nonsense_is_refused_at_once() -> None:
    assert CHECKS["base64Binary"](" a" * 500_001) == "base64"
    assert CHECKS["code"]("a " * 500_000) is not None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2026-11-22", "2026-11-21", True),
        ("2026-11-22", "2026-11-22", False),
        ("2026-11-22", "2026-11", False),
        ("2026-11-22", "2026", False),
        ("2026-12", "2026-11-30", True),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:30:00+01:00", True),
        ("2026-11-22T10:30:00+01:00", "2026-11-22T10:00:00Z", False),
        ("2026-11-22T00:30:00+01:00", "2026-11-21T23:30:00Z", False),
        ("2026-11-22T10:00:00.51Z", "2026-11-22T10:00:00.5Z", True),
        ("2026-11-22T10:00:00.50Z", "2026-11-22T10:00:00.5Z", False),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z", False),
        ("2026-11-22T00:30:00+01:00", "2026-11-21", True),
        ("2026-11-22T23:30:00-05:00", "2026-11-22", False),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", True),
        ("2026-02-30T10:00:00Z", "2026-02-29T10:00:00Z", True),
        ("", "2026", False),
        ("2026", "", False),
    ],
)
def test_which_of_two_times_is_surely_later(first: str, second: str, expected: bool) -> None:
    assert is_after(first, second) is expected
