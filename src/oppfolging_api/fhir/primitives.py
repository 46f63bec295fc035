"""The lexical forms of R4's primitive types (https://hl7.org/fhir/R4/datatypes.html), and the order of its times.

A check gives None, or what is expected instead; never the value.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

Check = Callable[[object], str | None]

_YEAR = r"(?!0000)([0-9]{4})"
_MONTH = r"-(0[1-9]|1[0-2])"
_DAY = r"-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]+))?"
_ZONE = r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_INSTANT: Final = re.compile(f"{_YEAR}{_MONTH}{_DAY}T{_TIME}{_ZONE}")


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false, without quotes"


def _decimal(value: object) -> str | None:
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return None
    return "a number, without quotes"


def _whole(lowest: int) -> Check:
    expected = f"a whole number from {lowest} to 2147483647, without quotes"

    def check(value: object) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= 2147483647
        return None if fits else expected

    return check


def _string(value: object) -> str | None:
    if not isinstance(value, str):
        return "a string"
    if not value or value.isspace():
        return "a string that is not blank"
    if not value.isprintable() and _CONTROL.search(value):
        return "a string without control characters"
    return None


def _pattern(pattern: str, expected: str) -> Check:
    matches = re.compile(pattern).fullmatch

    def check(value: object) -> str | None:
        return None if isinstance(value, str) and matches(value) else expected

    return check


def _calendar(pattern: str, expected: str) -> Check:
    """As _pattern, where the day, third group of the pattern, also must exist in its month."""
    matches = re.compile(pattern).fullmatch

    def check(value: object) -> str | None:
        found = matches(value) if isinstance(value, str) else None
        if found is None:
            return expected
        year, month, day = found.group(1, 2, 3)
        if day is None or day < "29" or int(day) <= monthrange(int(year), int(month))[1]:
            return None
        return "a day that exists"

    return check


# Possessive: without it the engine remembers every group of a long attachment to come back to.
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _base64(value: object) -> str | None:
    stripped = "".join(value.split()) if isinstance(value, str) else ""
    return None if stripped and _BASE64.fullmatch(stripped) else "base64"


_uri = _pattern(r"[^\s\x00-\x1f]+", "a URI without spaces")

CHECKS: Final[Mapping[str, Check]] = {
    "base64Binary": _base64,
    "boolean": _boolean,
    "canonical": _uri,
    "code": _pattern(r"[^\s\x00-\x1f]+(?:\s[^\s\x00-\x1f]+)*", "a code: no space first, last or doubled"),
    "date": _calendar(f"{_YEAR}(?:{_MONTH}(?:{_DAY})?)?", "a date: YYYY, YYYY-MM or YYYY-MM-DD"),
    "dateTime": _calendar(
        f"{_YEAR}(?:{_MONTH}(?:{_DAY}(?:T{_TIME}{_ZONE})?)?)?",
        "a dateTime: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz",
    ),
    "decimal": _decimal,
    "id": _pattern(r"[A-Za-z0-9\-.]{1,64}", "an id: 1 to 64 of A-Z a-z 0-9 - ."),
    "instant": _calendar(_INSTANT.pattern, "an instant: YYYY-MM-DDThh:mm:ss.sss+zz:zz"),
    "integer": _whole(-2147483648),
    "markdown": _string,
    "oid": _pattern(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+", "an OID: urn:oid:1.2.3"),
    "positiveInt": _whole(1),
    "string": _string,
    "time": _pattern(_TIME, "a time: hh:mm:ss"),
    "unsignedInt": _whole(0),
    "uri": _uri,
    "url": _uri,
    "uuid": _pattern(
        r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "a UUID: urn:uuid:... in lower case"
    ),
}


def is_after(first: str, second: str) -> bool:
    """Whether one date, dateTime or instant is surely later than another.

    Two with time and zone are compared as moments. Where one is coarser, the dates are compared as they are written,
    as far as both go: what is written without zone is taken to be where the other was written.
    """
    moments = _moment(first), _moment(second)
    if moments[0] is not None and moments[1] is not None:
        return moments[0] > moments[1]
    written = min(len(first), len(second), len("YYYY-MM-DD"))
    return first[:written] > second[:written]


def _moment(text: str) -> tuple[int, str] | None:
    """Seconds since year 1 in UTC, and the digits of the fraction; a leap second is the first of the next minute."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return None
    clock = (int(hour) * 60 + int(minute)) * 60 + int(second)
    return days * 86400 + clock - _offset(zone), (fraction or "").rstrip("0")


def _offset(zone: str) -> int:
    """Seconds east of UTC."""
    if zone == "Z":
        return 0
    seconds = (int(zone[1:3]) * 60 + int(zone[4:])) * 60
    return -seconds if zone[0] == "-" else seconds
