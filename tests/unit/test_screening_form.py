"""What may be sent to be screened: figures and codes, and nothing that tells who somebody is."""

import json
from typing import Any

import pytest

from oppfolging_api.kernel.errors import Invalid, Unprocessable
from oppfolging_api.referral.screening.form import Screening, read_screening

NUMBER = "14837010013"
"""Synthetic: the month raised by 80."""
BEGINS_WITH_NOUGHT = 1817000173
"""01817000173 as a spreadsheet writes it."""
NAMED = "an identity number: what is screened names nobody, rows have numbers of their own"


def read(*rows: Any, **more: Any) -> Screening:
    return read_screening(json.dumps({"rows": list(rows)} | more).encode())


def faults(*rows: Any, **more: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(Unprocessable) as refused:
        read(*rows, **more)
    return [(issue.code, issue.expression) for issue in refused.value.issues]


def test_a_number_and_an_age_are_the_least_that_is_a_row() -> None:
    (row,) = read({"row": 1, "age": 0}).rows
    assert (row.row, row.age, row.sex, row.diagnoses, row.medicines) == (1, 0, None, None, None)
    assert (row.gpContacts, row.emergencyContacts, row.admissions) == (None, None, None)


def test_all_that_can_be_told() -> None:
    whole = {
        "row": 9999,
        "age": 120,
        "sex": "female",
        "diagnoses": ["A00", "Z99"],
        "medicines": 99,
        "gpContacts": 999,
        "emergencyContacts": 999,
        "admissions": 99,
    }
    (row,) = read(whole).rows
    assert (row.row, row.age, row.sex, row.diagnoses, row.medicines) == (9999, 120, "female", ("A00", "Z99"), 99)
    assert (row.gpContacts, row.emergencyContacts, row.admissions) == (999, 999, 99)


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("row", 0, "rows[0].row"),
        ("row", 10_000, "rows[0].row"),
        ("row", 140370, "rows[0].row"),  # a day of birth
        ("row", "1", "rows[0].row"),
        ("row", None, "rows[0].row"),
        ("row", True, "rows[0].row"),
        ("age", -1, "rows[0].age"),
        ("age", 121, "rows[0].age"),
        ("age", 56.5, "rows[0].age"),
        ("age", 56.0, "rows[0].age"),
        ("age", "56", "rows[0].age"),
        ("age", "1970-03-14", "rows[0].age"),
        ("age", 19700314, "rows[0].age"),
        ("age", None, "rows[0].age"),
        ("sex", "F", "rows[0].sex"),
        ("sex", "Kari Nordmann", "rows[0].sex"),
        ("diagnoses", "T90", "rows[0].diagnoses"),
        ("diagnoses", ["T90", "t90"], "rows[0].diagnoses[1]"),
        ("diagnoses", ["T9"], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T901"], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T90.1"], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T90\n"], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T９0"], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T90 Kari"], "rows[0].diagnoses[0]"),
        ("diagnoses", [90], "rows[0].diagnoses[0]"),
        ("diagnoses", ["T90"] * 101, "rows[0].diagnoses"),
        ("medicines", -1, "rows[0].medicines"),
        ("medicines", 100, "rows[0].medicines"),
        ("medicines", ["Paracet"], "rows[0].medicines"),
        ("gpContacts", 1000, "rows[0].gpContacts"),
        ("emergencyContacts", -1, "rows[0].emergencyContacts"),
        ("admissions", 100, "rows[0].admissions"),
    ],
)
def test_what_is_no_figure_or_code_is_refused_where_it_stands(field: str, value: Any, place: str) -> None:
    assert faults({"row": 1, "age": 56} | {field: value}) == [("value", place)]


@pytest.mark.parametrize("field", ["name", "birthDate", "fnr", "address", "note", "Kari", "reason", "municipality"])
def test_there_is_no_room_for_anything_else_and_what_it_was_called_is_not_repeated(field: str) -> None:
    assert faults({"row": 1, "age": 56}, {"row": 2, "age": 57, field: 1}) == [("structure", "rows[1]")]
    assert faults({"row": 1, "age": 56}, **{field: 1}) == [("structure", None)]


def test_every_fault_is_told_at_once_up_to_fifty() -> None:
    assert faults({"age": 1}, {"row": 2}) == [("required", "rows[0].row"), ("required", "rows[1].age")]
    assert len(faults(*({"row": row, "age": "x"} for row in range(1, 200)))) == 50


def test_rows_are_told_apart_by_their_numbers() -> None:
    assert faults({"row": 1, "age": 56}, {"row": 2, "age": 1}, {"row": 1, "age": 9}) == [("value", "rows")]


def test_at_most_5000_rows() -> None:
    assert len(read(*({"row": row, "age": 1} for row in range(1, 5001))).rows) == 5000
    assert faults(*({"row": row, "age": 1} for row in range(1, 5002))) == [("value", "rows")]


def test_no_rows_are_rows_to_answer() -> None:
    assert read().rows == ()
    with pytest.raises(Unprocessable) as refused:
        read_screening(b"{}")
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [("required", "rows")]


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        int(NUMBER),
        BEGINS_WITH_NOUGHT,
        str(BEGINS_WITH_NOUGHT).zfill(11),
        float(NUMBER),
        "148370 10013",
        "148370-10013",
        "148370.10013",
        "14.83.70 100 13",
        "1 4 8 3 7 0 1 0 0 1 3",
        "148370\u00a010013",
        "148370\u200b10013",
        "１４８３７０１００１３",
        f"Kari, f. {NUMBER}, Storgata",
        f"urn:oid:2.16.578.1.12.4.1.4.1|{NUMBER}",
        "54837010007",  # a D-number
    ],
)
def test_an_identity_number_is_refused_wherever_it_stands(written: str | float) -> None:
    good = {"row": 1, "age": 56}
    assert faults(good, {"row": written, "age": 1}) == [("value", "rows[1].row")]
    assert faults(good, {"row": 2, "age": written}) == [("value", "rows[1].age")]
    assert faults(good, {"row": 2, "age": 1, "diagnoses": ["T90", written]}) == [("value", "rows[1].diagnoses[1]")]
    assert faults(good, {"row": 2, "age": 1, "Kari": {"Nordmann": [written]}}) == [("value", "rows[1]")]
    assert faults(good, {"row": 2, "age": 1, str(written): 1}) == [("value", "rows[1]")]
    assert faults(good, Kari=written) == [("value", None)]
    assert faults(written) == [("value", "rows[0]")]


def test_the_sender_hears_that_it_was_an_identity_number_and_not_which() -> None:
    with pytest.raises(Unprocessable) as refused:
        read({"row": NUMBER, "age": 56, "name": "Kari"}, {NUMBER: 1})
    assert [(issue.diagnostics, issue.expression) for issue in refused.value.issues] == [
        (NAMED, "rows[0].row"),
        (NAMED, "rows[1]"),
    ]


def test_a_body_full_of_identity_numbers_is_not_counted_out() -> None:
    assert len(faults(*({"row": NUMBER, "age": 1} for _ in range(60)))) == 50


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"rows": [], "rows": []}', b'{"rows": "\xff"}'])
def test_what_is_not_one_json_object_is_not_read(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_screening(body)
