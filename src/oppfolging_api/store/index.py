"""What a search looks at, drawn from a resource by the parameters its type declares. Pure functions.

A token becomes the keys `status=active`, `status=system|active` and `status=system|`; a reference
`subject=Patient/1`; whatever a resource refers to anywhere also `@Patient/1`. Strings and dates become rows.
https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from oppfolging_api.kernel.folding import foldings
from oppfolging_api.kernel.period import bounds, span
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
LONGEST_VALUE = 500
"""Characters of a string that are indexed; what is longer is found by its beginning."""


@dataclass(slots=True)
class Indexed:
    """`strings` are (parameter, folded, exact); `dates` are (parameter, low, high), half open."""

    keys: set[str] = field(default_factory=set)
    strings: list[tuple[str, str, str]] = field(default_factory=list)
    dates: list[tuple[str, datetime, datetime]] = field(default_factory=list)


def index(resource: Mapping[str, Any], declared: ResourceType) -> Indexed:
    found = Indexed({f"@{reference}" for reference in local_references(resource)})
    for parameter in declared.search:
        for path in parameter.paths:
            for value in walk(resource, path.split(".")):
                _ADD[parameter.kind](found, parameter, value)
    return found


def walk(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path, through arrays; `name[x]` is whichever `nameType` the element has."""
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
    return [held for key, held in value.items() if key.startswith(name) and key[len(name) : len(name) + 1].isupper()]


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
    low, high = span(text)
    if low == high:
        high = low + timedelta(milliseconds=1) if "." in text else low + timedelta(seconds=1)
    return low, high


def _add_token(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    for system, code in _tokens(value):
        found.keys.add(f"{parameter.name}={code}")
        found.keys.add(f"{parameter.name}={system or ''}|{code}")
        if system:
            found.keys.add(f"{parameter.name}={system}|")


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
        found.keys.add(f"{parameter.name}={without_version(reference) or reference}")
        if not isinstance(value, Mapping):
            found.keys.add(f"{parameter.name}={reference.partition('|')[0]}")


def _add_string(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    for text in _texts(value):
        exact = text[:LONGEST_VALUE]
        found.strings.extend((parameter.name, folded, exact) for folded in foldings(exact))


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
        low, high = bounds(value)
        found.dates.append((parameter.name, low or ALWAYS, _after(value.get("end"), high)))


def _after(end: str | None, high: datetime | None) -> datetime:
    return date_span(end)[1] if end and high else NEVER


_ADD = {"token": _add_token, "reference": _add_reference, "string": _add_string, "date": _add_date}
