"""JSON is read strictly and written back with the very numbers that came in."""

import contextlib
import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oppfolging_api.fhir.exact_json import dump, parse
from oppfolging_api.kernel.errors import Invalid


def refused(body: bytes) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as caught:
        parse(body)
    return [(issue.code, issue.expression) for issue in caught.value.issues]


def told(body: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        parse(body)
    return str(caught.value)


@pytest.mark.parametrize(
    "number",
    [
        b"0",
        b"-0",
        b"-0.0",
        b"1.50",
        b"1e3",
        b"1.0E+2",
        b"1.0e-2",
        b"0.000000000000000000000000000001",
        b"12345678901234567890.12345678901234567890",
        b"9223372036854775807",
        b"9223372036854775808",
        b"18446744073709551616",
        b"-18446744073709551617",
        b"1e308",
        b"1e-308",
    ],
)
def test_a_number_comes_back_as_it_was_written(number: bytes) -> None:
    body = b'{"value":' + number + b',"all":[' + number + b"]}"
    assert dump(parse(body)) == body


def test_numbers_can_be_reckoned_with() -> None:
    value = parse(b'{"value":1.50,"count":3}')
    assert value == {"value": Decimal("1.5"), "count": 3}
    assert value["value"] + 1 == Decimal("2.5")
    assert type(value["count"]) is int


def test_a_copy_is_as_exact() -> None:
    assert dump(copy.deepcopy(parse(b'{"value":1e3}'))) == b'{"value":1e3}'


def test_decimals_of_our_own_are_written_as_numbers() -> None:
    assert dump({"mean": Decimal("2.50")}) == b'{"mean":2.50}'


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object()])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        dump({"value": value})


def test_text_and_order_are_kept() -> None:
    body = '{"b":"Øyvind \\"Å\\" 🌲","a":[true,false,null,{"c":{}}]}'.encode()
    assert dump(parse(body)) == body


def test_a_byte_order_mark_is_tolerated() -> None:
    assert parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'{"a":"\\ud83c\\udf32"}') == {"a": "🌲"}


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert parse(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not JSON: Expecting value, line 1 column 1"),
        (b'{\n  "a": tru\n}', "not JSON: Expecting value, line 2 column 8"),
        (b'{"a":1,}', "not JSON: Expecting property name enclosed in double quotes, line 1 column 8"),
        (b'{"a":1} {}', "not JSON: Extra data, line 1 column 9"),
        (b'{"a":01}', "not JSON: Expecting ',' delimiter, line 1 column 7"),
        (b'{"a":"\x01"}', "not JSON: Invalid control character at, line 1 column 7"),
        (b'{"a":"\x00"}', "not JSON: Invalid control character at, line 1 column 7"),
        (b"{'a':1}", "not JSON: Expecting property name enclosed in double quotes, line 1 column 2"),
        (b'{"a":\n"\xff"}', "not UTF-8 at line 2 column 2"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8 at line 1 column 1"),
    ],
)
def test_what_is_not_json_is_told_by_line_and_column(body: bytes, expected: str) -> None:
    assert told(body) == expected
    assert refused(body) == [("structure", None)]


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"Patient"', b'[{"resourceType":"Patient"}]'])
def test_the_body_is_one_object(body: bytes) -> None:
    assert told(body) == "the body must be one JSON object"


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        (b'{"resourceType":"Patient","id":"a","id":"b"}', "Patient.id"),
        (b'{"resourceType":"Patient","name":[{},{"family":"A","family":"A"}]}', "Patient.name[1].family"),
        (b'{"contact":{"a":{"_b":1,"_b":2}}}', "contact.a._b"),
        (b'{"resourceType":"Patient","name":{"12":1,"12":2}}', "Patient.name"),
        (b'{"resourceType":"Patient","resourceType":"Patient"}', "Patient.resourceType"),
    ],
)
def test_a_key_stands_once(body: bytes, expression: str) -> None:
    assert refused(body) == [("structure", expression)]


def test_every_doubled_key_is_told() -> None:
    assert refused(b'{"a":{"x":1,"x":1},"b":[{"y":1,"y":1}]}') == [("structure", "a.x"), ("structure", "b[0].y")]


@pytest.mark.timeout(20)
def test_a_doubled_key_among_very_many_is_told_as_soon() -> None:
    """Looking for it key by key would take a hundred thousand times as long as reading the body does."""
    keys = b",".join(b'"k%d":1' % number for number in range(200_000))
    assert refused(b'{"resourceType":"Patient",' + keys + b',"k199999":1}') == [("structure", "Patient.k199999")]


@pytest.mark.parametrize(
    "number",
    [b"NaN", b"Infinity", b"-Infinity", b"1e309", b"-1e-309", b"1e999999999999", b"9" * 65, b"0." + b"0" * 63],
)
def test_absurd_numbers_are_refused_at_their_place(number: bytes) -> None:
    assert refused(b'{"resourceType":"Goal","target":[{"n":' + number + b"}]}") == [("invalid", "Goal.target[0].n")]


@pytest.mark.parametrize("escaped", [b"\\u0000", b"\\ud800", b"\\uDFFF", b"\\udf32\\ud83c"])
def test_text_that_cannot_be_stored_is_refused(escaped: bytes) -> None:
    assert refused(b'{"resourceType":"Patient","name":[{"family":"a' + escaped + b'"}]}') == [
        ("invalid", "Patient.name[0].family")
    ]
    assert refused(b'{"resourceType":"Patient","a' + escaped + b'":1}') == [("invalid", "Patient")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"\\"":"\\\\","a":' + b"[" * 64 + b"]" * 64 + b"}",
    ],
)
def test_nesting_has_an_end(body: bytes) -> None:
    assert told(body) == "the JSON is nested deeper than 64 levels"


def test_sixty_four_levels_are_read() -> None:
    body = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
    assert dump(parse(body)) == body


@pytest.mark.parametrize("text", ["[" * 100, '\\"' + "{" * 100, "\\\\", "]" * 100])
def test_brackets_in_text_do_not_count(text: str) -> None:
    body = f'{{"a":"{text}","b":[{{}}]}}'.encode()
    assert dump(parse(body)) == body


def test_at_most_fifty_issues_are_told() -> None:
    assert len(refused(b'{"a":[' + b",".join([b"NaN"] * 1000) + b"]}")) == 50


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"Kari Nordmann" oops}',
        b'{"name":["Kari Nordmann","Kari Nordmann\\u0000"]}',
        b'{"Kari Nordmann":1,"Kari Nordmann":2}',
    ],
)
def test_a_refusal_repeats_nothing_of_the_body(body: bytes) -> None:
    assert "Kari" not in told(body)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20))
def test_whatever_is_written_is_read_again(value: object) -> None:
    assert parse(dump({"value": value})) == {"value": value}


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(parse(body), dict)
