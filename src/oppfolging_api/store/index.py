"""What a search looks at, drawn from a resource by the parameters its type declares. Pure functions.

A token becomes the keys `status=active`, `status=system|active` and `status=system|`, with `\\` before a `|` or `\\` of
its own; a reference `subject=Patient/1`; whatever a resource refers to anywhere also `@Patient/1`. Strings and dates
become rows.
https://hl7.org/fhir/R4/search.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from oppfolging_api.kernel.folding import foldings
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
LONGEST_VALUE = 500
"""Characters of a string that are indexed; what is longer is found by its beginning."""
_LONGEST_KEY = 500
"""Bytes of a key; a longer one ends in a digest instead, since PostgreSQL indexes no more than 2 700."""
_KEPT = 100
_DATE_TYPES = ("DateTime", "Date", "Instant", "Period", "Timing")


@dataclass(slots=True)
class Indexed:
    """`strings` are (parameter, folded, exact); `dates` are (parameter, low, high), half open."""

    keys: set[str] = field(default_factory=set)
    strings: list[tuple[str, str, str]] = field(default_factory=list)
    dates: list[tuple[str, datetime, datetime]] = field(default_factory=list)


def key(parameter: str, value: str) -> str:
    """What a token or reference is found by."""
    whole = f"{parameter}={value}"
    encoded = whole.encode()
    return whole if len(encoded) <= _LONGEST_KEY else f"{whole[:_KEPT]}#{sha256(encoded).hexdigest()}"


def token_key(parameter: str, code: str, system: str | None = None) -> str:
    """`system` None: whatever the system; "": without one. `code` "": any of the system."""
    return key(parameter, _escaped(code) if system is None else f"{_escaped(system)}|{_escaped(code)}")


def _escaped(part: str) -> str:
    return re.sub(r"([\\|])", r"\\\1", part)


def folded_forms(text: str) -> tuple[str, ...]:
    """As `foldings`, of what is indexed of a text."""
    return tuple(folded[:LONGEST_VALUE] for folded in foldings(text[:LONGEST_VALUE]))


def index(resource: Mapping[str, Any], declared: ResourceType) -> Indexed:
    found = Indexed({f"@{reference}" for reference in local_references(resource)})
    for parameter in declared.search:
        for path in parameter.paths:
            for value in walk(resource, path.split(".")):
                _ADD[parameter.kind](found, parameter, value)
    return found


def walk(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path, through arrays; `name[x]` is whichever date `nameType` the element has."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        name, rest = path[0], path[1:]
        for held in _choices(value, name[:-3]) if name.endswith("[x]") else [value.get(name)]:
            yield from walk(held, rest)


def _choices(value: Mapping[str, Any], name: str) -> list[Any]:
    """Only dates are declared so: of other types, such as `scheduledString`, there is nothing to index."""
    return [value[name + type] for type in _DATE_TYPES if name + type in value]


def local_references(value: Any) -> Iterator[str]:
    """Every `Type/id` a resource refers to, wherever it stands."""
    if isinstance(value, list):
        for item in value:
            yield from local_references(item)
    elif isinstance(value, Mapping):
        reference = value.get("reference")
        if isinstance(reference, str) and (local := without_version(reference)):
            yield local
        for held in value.values():
            if isinstance(held, Mapping | list):
                yield from local_references(held)


def without_version(reference: str) -> str | None:
    """`Type/id` of a relative reference, None for one that is not relative to this server."""
    parts = reference.split("/")
    relative = len(parts) in (2, 4) and parts[0][:1].isupper() and parts[0].isalpha()
    return f"{parts[0]}/{parts[1]}" if relative else None


def date_span(text: str) -> tuple[datetime, datetime]:
    """The half-open range of instants a date, dateTime or instant stands for, at the precision it was written with.

    Raises ValueError for what is neither.
    """
    try:
        low, high = span(text)
        return low, low + _precision(text) if low == high else high
    except OverflowError:
        return NEVER, NEVER


def _precision(text: str) -> timedelta:
    if "." in text:
        return timedelta(milliseconds=1)
    return timedelta(seconds=1) if text[16:17] == ":" else timedelta(minutes=1)


def _add_token(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    for system, code in _tokens(value):
        found.keys.add(token_key(parameter.name, code))
        found.keys.add(token_key(parameter.name, code, system or ""))
        if system:
            found.keys.add(token_key(parameter.name, "", system))


def _tokens(value: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) of a code, boolean, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield None, "true" if value else "false"
    elif isinstance(value, str):
        yield None, value
    elif isinstance(value, Mapping):
        for coding in value.get("coding", ()):
            yield from _tokens(coding)
        code = value.get("code", value.get("value"))
        if isinstance(code, str):
            yield value.get("system"), code


def _add_reference(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    """A Reference, or a canonical, which is found with and without its version."""
    reference = value.get("reference") if isinstance(value, Mapping) else value
    if isinstance(reference, str):
        found.keys.add(key(parameter.name, without_version(reference) or reference))
        if not isinstance(value, Mapping):
            found.keys.add(key(parameter.name, reference.partition("|")[0]))


def _add_string(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    for text in _texts(value):
        found.strings.extend((parameter.name, folded, text[:LONGEST_VALUE]) for folded in folded_forms(text))


def _texts(value: Any) -> Iterator[str]:
    """A string, or every text within a HumanName or an Address."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for name, held in value.items():
            if name not in ("use", "type", "period", "extension", "id") and not name.startswith("_"):
                yield from _texts(held)


def _add_date(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    if isinstance(value, str):
        found.dates.append((parameter.name, *date_span(value)))
    elif isinstance(value, Mapping) and ("start" in value or "end" in value):
        found.dates.append((parameter.name, *_limits(value)))
    elif isinstance(value, Mapping):
        found.dates.extend((parameter.name, *limits) for limits in _outer_limits(value))


def _limits(period: Mapping[str, Any]) -> tuple[datetime, datetime]:
    start, end = period.get("start"), period.get("end")
    return date_span(start)[0] if start else ALWAYS, date_span(end)[1] if end else NEVER


def _outer_limits(timing: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime]]:
    """Of a Timing only the outer limits count: https://hl7.org/fhir/R4/search.html#date"""
    events = [date_span(event) for event in timing.get("event", ()) if event]
    if events:
        yield min(low for low, _ in events), max(high for _, high in events)
    if "boundsPeriod" in timing.get("repeat", {}):
        yield _limits(timing["repeat"]["boundsPeriod"])


_ADD = {"token": _add_token, "reference": _add_reference, "string": _add_string, "date": _add_date}
