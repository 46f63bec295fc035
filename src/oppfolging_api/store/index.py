"""What a search looks at, drawn from a resource by the parameters its type declares. Pure functions.

Keys:
    status                          there is a value at all, of any kind of parameter
    status=active, status=system|active, status=system|     a token, with `\\` before a `|` or `\\` of its own
    identifier:of-type=system|code|value                    an Identifier whose type is coded
    subject=Patient/1               a reference; `subject:identifier=...` as a token where it names an identifier
    url=http://a.example/b          a URI; it and a canonical with a version also without
    code-value-concept=left$right   a composite, of what stands after `=` in the keys of its two components
    @Patient/1                      whatever a resource refers to anywhere
Rows of strings (folded; a URI as it is written; under `code:text` the words beside a token), of dates and of
quantities. Those of a composite stand under `code-value-quantity=left`.
https://hl7.org/fhir/R4/search.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from oppfolging_api.kernel.folding import foldings
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.resource_type import COMMON, ResourceType, SearchParameter
from oppfolging_api.store.paths import values
from oppfolging_api.store.quantities import measured
from oppfolging_api.store.quantities import number_span as number_span

ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
LONGEST_VALUE = 500
"""Characters of a string that are indexed; what is longer is found by its beginning."""
_LONGEST_KEY, _KEPT = 500, 100
"""Bytes of a key; a longer one ends in a digest instead, since PostgreSQL indexes no more than 2 700."""
_SURELY_SHORT = _LONGEST_KEY // 4
"""Characters, of four bytes at most."""
_NAMED_TYPE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")

_Parameter = tuple[SearchParameter, frozenset[str] | None, Callable[["Indexed", SearchParameter, Any], None]]
Quantity = tuple[str, Decimal, Decimal, str | None, str | None, str | None]


@dataclass(slots=True)
class Indexed:
    """`strings` are (parameter, folded, exact); `dates` (parameter, low, high) and `quantities` (parameter, low, high,
    system, code, unit), half open, the latter infinite where they have no bound."""

    keys: set[str] = field(default_factory=set)
    strings: list[tuple[str, str, str]] = field(default_factory=list)
    dates: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)


def key(parameter: str, value: str) -> str:
    """What a token, a reference or a URI is found by."""
    whole = f"{parameter}={value}"
    if len(whole) <= _SURELY_SHORT:
        return whole
    encoded = whole.encode()
    return whole if len(encoded) <= _LONGEST_KEY else f"{whole[:_KEPT]}#{sha256(encoded).hexdigest()}"


def token_key(parameter: str, code: str, system: str | None = None) -> str:
    """`system` None: whatever the system; "": without one. `code` "": any of the system."""
    return key(parameter, _escaped(code) if system is None else _joined(system, code))


def of_type_key(parameter: str, system: str, code: str, value: str) -> str:
    """An Identifier by the coding of its type."""
    return key(f"{parameter}:of-type", _joined(system, code, value))


def composite_key(parameter: str, left: str, right: str) -> str:
    """`left` and `right` are what stands after `=` in the components' keys."""
    return key(parameter, f"{left}${right}")


def _joined(*parts: str) -> str:
    return "|".join(map(_escaped, parts))


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|")


def folded_forms(text: str) -> tuple[str, ...]:
    """As `foldings`, of what is indexed of a text."""
    return tuple(folded[:LONGEST_VALUE] for folded in foldings(text[:LONGEST_VALUE]))


def index(resource: Mapping[str, Any], declared: ResourceType) -> Indexed:
    found = Indexed({f"@{reference}" for reference in local_references(resource)})
    for parameter, elements, add in _parameters(declared):
        if elements is None or not elements.isdisjoint(resource):
            for value in _values(resource, parameter):
                add(found, parameter, value)
    return found


@cache
def _parameters(declared: ResourceType) -> tuple[_Parameter, ...]:
    return tuple(
        (parameter, _elements(parameter), _add_composite if parameter.components else _add)
        for parameter in (*COMMON, *declared.search)
    )


def _elements(parameter: SearchParameter) -> frozenset[str] | None:
    """Of the resource, where the parameter finds nothing without one of them: most have nothing to find in most."""
    if parameter.truth or "" in parameter.paths:
        return None
    return frozenset(re.split(r"[.\[]", path)[0] for path in parameter.paths)


def _values(element: Any, parameter: SearchParameter) -> Iterator[Any]:
    """What a parameter finds in a resource, or a component of a composite in the composite's element."""
    held = [value for path in parameter.paths for value in values(element, path)]
    if parameter.truth:
        yield any(value is not False for value in held)
    elif parameter.kind == "reference":
        yield from (value for value in held if _points_rightly(value, parameter.allowed))
    else:
        yield from held


def _points_rightly(value: Any, allowed: tuple[str, ...]) -> bool:
    """Whether a reference is to one of the types, or does not say to which."""
    if not allowed or not isinstance(value, dict):
        return True
    named = _NAMED_TYPE.fullmatch(value.get("reference", ""))
    type_ = named[1] if named else value.get("type")
    return type_ is None or type_ in allowed


def _add(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    found.keys.add(parameter.name)
    if parameter.kind in _FORMS:
        found.keys.update(key(parameter.name, form) for form in _FORMS[parameter.kind](value))
        _add_beside(found, parameter, value)
    else:
        _add_rows(found, parameter.name, parameter.kind, value)


def _add_composite(found: Indexed, parameter: SearchParameter, element: Any) -> None:
    name, (first, second) = parameter.name, parameter.components
    lefts = {left for value in _values(element, first) for left in _after_equals(first, value)}
    for value in _values(element, second) if lefts else ():
        found.keys.add(name)
        for left in sorted(lefts):
            if second.kind in _FORMS:
                found.keys.update(composite_key(name, left, right) for right in _after_equals(second, value))
            else:
                _add_rows(found, key(name, left), second.kind, value)


def _after_equals(component: SearchParameter, value: Any) -> Iterator[str]:
    for form in _FORMS[component.kind](value):
        yield key(component.name, form).removeprefix(f"{component.name}=")


def _add_rows(found: Indexed, name: str, kind: str, value: Any) -> None:
    if kind == "string":
        found.strings.extend(_strings(name, _texts(value)))
    elif kind == "date":
        found.dates.extend((name, *limits) for limits in _date_limits(value))
    else:
        found.quantities.extend((name, *one) for one in measured(value))


def _add_beside(found: Indexed, parameter: SearchParameter, value: Any) -> None:
    """What the modifiers :text, :of-type, :identifier, :above and :below look at."""
    name = parameter.name
    if parameter.kind == "uri":
        found.strings.append((name, value[:LONGEST_VALUE], value[:LONGEST_VALUE]))
    elif parameter.kind == "reference" and isinstance(value, dict):
        found.keys.update(key(f"{name}:identifier", form) for form in _token_forms(value.get("identifier")))
    elif parameter.kind == "token" and isinstance(value, dict):
        found.keys.update(_of_type(name, value))
        found.strings.extend(_strings(f"{name}:text", _words(value)))


def local_references(resource: Mapping[str, Any]) -> Iterator[str]:
    """Every `Type/id` a resource refers to, wherever it stands."""
    left: list[Any] = [resource]
    for value in left:
        if isinstance(value, dict):
            reference = value.get("reference")
            if isinstance(reference, str) and (local := without_version(reference)):
                yield local
        items = value.values() if isinstance(value, dict) else value
        left += [held for held in items if isinstance(held, dict | list)]


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
        return NEVER, datetime.max.replace(tzinfo=UTC)


def _precision(text: str) -> timedelta:
    if "." in text:
        return timedelta(milliseconds=1)
    return timedelta(seconds=1) if text[16:17] == ":" else timedelta(minutes=1)


def _token_forms(value: Any) -> Iterator[str]:
    for system, code in _tokens(value):
        yield _escaped(code)
        yield _joined(system or "", code)
        if system:
            yield _joined(system, "")


def _tokens(value: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) of a code, boolean, number, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield None, "true" if value else "false"
    elif isinstance(value, str | int):
        yield None, str(value)
    elif isinstance(value, dict):
        for coding in value.get("coding", ()):
            yield from _tokens(coding)
        code = value.get("code", value.get("value"))
        if isinstance(code, str):
            yield value.get("system"), code


def _of_type(name: str, identifier: Mapping[str, Any]) -> Iterator[str]:
    type_, value = identifier.get("type"), identifier.get("value")
    if isinstance(type_, dict) and isinstance(value, str):
        for system, code in (pair for coding in type_.get("coding", ()) for pair in _tokens(coding)):
            yield of_type_key(name, system or "", code, value)


def _words(value: Mapping[str, Any]) -> Iterator[str]:
    """The text of a CodeableConcept or of an Identifier's type, and what a Coding displays."""
    type_ = value.get("type")
    texts = (value.get("text"), value.get("display"), type_.get("text") if isinstance(type_, dict) else None)
    yield from (text for text in texts if isinstance(text, str))
    for coding in value.get("coding", ()):
        yield from _words(coding)


def _reference_forms(value: Any) -> Iterator[str]:
    """Of a Reference, or a canonical, which is found with and without its version."""
    if not isinstance(value, dict):
        yield from _uri_forms(value)
    elif isinstance(reference := value.get("reference"), str):
        yield without_version(reference) or reference


def _uri_forms(value: str) -> Iterator[str]:
    yield from {value, value.partition("|")[0]}


def _strings(name: str, texts: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    for text in texts:
        yield from ((name, folded, text[:LONGEST_VALUE]) for folded in folded_forms(text))


def _texts(value: Any) -> Iterator[str]:
    """A string, or every text within a HumanName or an Address."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for name, held in value.items():
            if name not in ("use", "type", "period", "extension", "id") and not name.startswith("_"):
                yield from _texts(held)


def _date_limits(value: Any) -> Iterator[tuple[datetime, datetime]]:
    """Of a date, a Period or a Timing."""
    if isinstance(value, str):
        yield date_span(value)
    elif isinstance(value, dict) and ("start" in value or "end" in value):
        yield _limits(value)
    elif isinstance(value, dict):
        yield from _outer_limits(value)


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


_FORMS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "token": _token_forms,
    "reference": _reference_forms,
    "uri": _uri_forms,
}
"""What stands after `=` in the keys of a value."""
