"""JSON in and out without changing a number: 1.50 stays 1.50 (https://hl7.org/fhir/R4/json.html#decimal).

Stricter than the standard library: no duplicate keys, no NaN, no text PostgreSQL cannot store, no bottomless nesting.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from oppfolging_api.kernel.errors import Invalid, Issue

MAX_DEPTH: Final = 64
MAX_VALUES: Final = 250_000
"""Far more than 2 MiB of any real resource; a million in one list would hold a worker for a second."""
MAX_NUMBER: Final = 64
"""Characters of a number literal; R4 asks for 18 significant digits."""
MAX_EXPONENT: Final = 308
"""A double's range: larger powers exhaust memory in whoever computes with them."""
MAX_ISSUES: Final = 50


class ExactNumber(Decimal):
    """A number that is written again as it was read; in arithmetic an ordinary Decimal."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "ExactNumber":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text


class _Absurd:
    """Stands where a number was that is none, or that nobody can mean."""


class _Doubled(dict[str, Any]):
    """An object that had a key twice."""

    doubled: str = ""


def parse(body: bytes) -> dict[str, Any]:
    """The object in `body`. Raises Invalid: with line and column, or an expression where the text could be read."""
    text = _decoded(body)
    if _too_deep(body):
        raise Invalid.of(f"the JSON is nested deeper than {MAX_DEPTH} levels", code="structure")
    if _too_many(body):
        raise Invalid.of(f"the JSON has more than {MAX_VALUES} values", code="too-costly")
    reading = _Reading()
    try:
        value = reading.decoder.decode(text)
    except json.JSONDecodeError as error:
        problem = error.msg.partition(":")[0]
        raise Invalid.of(f"not JSON: {problem}, {_place(error.doc, error.pos)}", code="structure") from None
    if not isinstance(value, dict):
        raise Invalid.of("the body must be one JSON object", code="structure")
    if reading.suspect or _ESCAPED.search(text):
        _refuse(value)
    return value


def dump(value: Any) -> bytes:
    """JSON in UTF-8, exact numbers as they were read."""
    return orjson.dumps(value, default=_number)


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} has no place in FHIR JSON")


class _Reading:
    """One decoding; `suspect` tells that the result holds a stand-in that must be found and refused."""

    def __init__(self) -> None:
        self.suspect = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._decimal,
            parse_constant=lambda _: self._absurd(),
        )

    def _absurd(self) -> _Absurd:
        self.suspect = True
        return _Absurd()

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.suspect = True
        result = _Doubled(found)
        result.doubled = _first_doubled(name for name, _ in pairs)
        return result

    def _integer(self, text: str) -> int | ExactNumber | _Absurd:
        """Beyond 64 bits, and for -0, an int would not come back as it was written."""
        if len(text) < 19 and text != "-0":
            return int(text)
        return ExactNumber(text) if len(text) <= MAX_NUMBER else self._absurd()

    def _decimal(self, text: str) -> ExactNumber | _Absurd:
        if len(text) > MAX_NUMBER:
            return self._absurd()
        exponent = text.lower().partition("e")[2] or "0"
        return ExactNumber(text) if abs(int(exponent)) <= MAX_EXPONENT else self._absurd()


def _first_doubled(names: Iterable[str]) -> str:
    """In one pass: a body may have as many keys as fit in it."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no key stands twice")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(body[: error.start].decode("utf-8-sig", "replace"), error.start)
        raise Invalid.of(f"not UTF-8 at {place}", code="structure") from None


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = min(position, len(text)) - text.rfind("\n", 0, position)
    return f"line {line} column {column}"


def _too_many(body: bytes) -> bool:
    """By the commas between values; those of texts are told apart only where there are so many."""
    if body.count(b",") < MAX_VALUES:
        return False
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return sum(part.count(b",") for part in unescaped.split(b'"')[::2]) >= MAX_VALUES


_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')


def _too_deep(body: bytes) -> bool:
    """Peels the innermost brackets off, once a level: a parser of its own would cost more, and may itself overflow.

    Text that is not JSON is only measured as far as it matters, by the brackets it leaves open.
    """
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_BRACKETS, _NO_BRACKET)
    left = b"".join(unescaped.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        if b"[]" not in left:
            break
        left = left.replace(b"[]", b"")
    return b"[]" in left or left.count(b"[") > MAX_DEPTH


_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")


def _refuse(value: dict[str, Any]) -> None:
    kind = value.get("resourceType")
    root = kind if isinstance(kind, str) and _NAME.fullmatch(kind) else ""
    issues = []
    for issue in _faults(value, root):
        issues.append(issue)
        if len(issues) == MAX_ISSUES:
            break
    if issues:
        raise Invalid(tuple(issues))


def _faults(value: Any, path: str) -> Iterator[Issue]:
    if isinstance(value, dict):
        yield from _faults_of_object(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{path}[{index}]")
    elif isinstance(value, _Absurd):
        yield Issue("invalid", "a number that cannot be held exactly", path or None)
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        yield Issue("invalid", "the text has a NUL character or half a surrogate pair", path or None)


def _faults_of_object(value: Mapping[str, Any], path: str) -> Iterator[Issue]:
    if isinstance(value, _Doubled):
        yield Issue("structure", "a key stands twice in one object", child(path, value.doubled) or None)
    for name, item in value.items():
        if _UNSTORABLE.search(name):
            yield Issue("invalid", "a key has a NUL character or half a surrogate pair", path or None)
        yield from _faults(item, child(path, name))


def child(path: str, name: str) -> str:
    """The expression of an element; a key that could not be an element's name is not repeated."""
    if not _NAME.fullmatch(name):
        return path
    return f"{path}.{name}" if path else name
