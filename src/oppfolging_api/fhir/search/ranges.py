"""Comparing ranges by prefix: https://hl7.org/fhir/R4/search.html#prefix. What is searched for is a half-open range,
and so is what the index holds, or it is a moment."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from oppfolging_api.fhir.search.criteria import unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.store.index import date_span
from oppfolging_api.store.quantities import number_span

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_DATE = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?P<time>T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)?)?"
    r"(?(time)(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)"
)
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_APPROXIMATELY = 0.1
"""How far `ap` reaches: this share of the time between the value and now, or of the number."""


def compared_dates(name: str, value: str, frame: Frame, low: str, high: str) -> str:
    """`low` and `high` are columns, the same one for a moment. Raises Invalid for what is no date."""
    prefix, text = _prefixed(value)
    start, end = _span(name, text.replace(" ", "+"))
    if prefix == "ap":
        reach = abs(frame.context.server.clock.now() - start) * _APPROXIMATELY
        start, end = _moved(start, -reach), _moved(end, reach)
    at_start, at_end = (frame.arguments.add(_stored(bound), "::timestamptz") for bound in (start, end))
    return _compared(prefix, at_start, at_end, low, high)


def compared_quantity(name: str, value: str, frame: Frame) -> str:
    """`number`, `number|system|code` or `number||code`, where the code may be the unit as written."""
    prefix, text = _prefixed(value)
    number, *unit = (unescape(part) for part in re.split(r"(?<!\\)\|", text))
    if not _NUMBER.fullmatch(number) or len(unit) not in (0, 2):
        raise Invalid.of("the value is number or number|system|code", name, code="invalid")
    start, end = number_span(number)
    if prefix == "ap":
        reach = abs(Decimal(number)) * Decimal(str(_APPROXIMATELY))
        start, end = start - reach, end + reach
    at_start, at_end = (frame.arguments.add(format(bound, "f"), "::numeric") for bound in (start, end))
    return " AND ".join([_compared(prefix, at_start, at_end, "s.low", "s.high"), *_measured(unit, frame)])


def _measured(unit: list[str], frame: Frame) -> list[str]:
    if not unit or not unit[1]:
        return [f"s.system = {frame.arguments.add(unit[0])}"] if unit and unit[0] else []
    code = frame.arguments.add(unit[1])
    if unit[0]:
        return [f"s.system = {frame.arguments.add(unit[0])}", f"s.code = {code}"]
    return [f"(s.code = {code} OR s.unit = {code})"]


def _prefixed(value: str) -> tuple[str, str]:
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def bounded(value: str) -> str:
    """The column that a comparison bounds: an index that begins with it reads no more than what is found."""
    return "high" if _prefixed(value)[0] in ("gt", "ge", "eb") else "low"


def _compared(prefix: str, at_start: str, at_end: str, low: str, high: str) -> str:
    before, after = ("<", ">=") if low == high else ("<=", ">")
    # That it begins before the end, and ends after the start, follows from the rest, but bounds what an index reads.
    within = f"({low} >= {at_start} AND {low} < {at_end} AND {high} {after} {at_start} AND {high} {before} {at_end})"
    return {
        "eq": within,
        "ne": f"NOT {within}",
        "gt": f"{high} {after} {at_end}",
        "lt": f"{low} < {at_start}",
        "ge": f"{high} {after} {at_start}",
        "le": f"{low} < {at_end}",
        "sa": f"{low} >= {at_end}",
        "eb": f"{high} {before} {at_start}",
        "ap": f"({low} < {at_end} AND {high} {after} {at_start})",
    }[prefix]


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """Seconds and zone may be left out of what is searched for; without a zone it is Norwegian time."""
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError("not the form of a date")
        if found["time"] and not found["zone"]:
            there = datetime.fromisoformat(text).replace(tzinfo=OSLO)
            text = f"{there.astimezone(UTC).isoformat()[:16]}{text[16:]}Z"
        return date_span(text)
    except (ValueError, OverflowError) as error:
        raise Invalid.of("the value is a date or dateTime", name, code="invalid") from error


def _stored(at: datetime) -> str:
    """asyncpg stores the ends of Python's calendar as the infinities."""
    ends = {_FIRST: "-infinity", _LAST: "infinity"}
    return ends.get(at, at.isoformat())


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return at
