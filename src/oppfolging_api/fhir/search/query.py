"""A search as parsed and checked against what the type declares, before any SQL: pure functions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from oppfolging_api.fhir.search.page import DEFAULT, page_size
from oppfolging_api.kernel.errors import Invalid, Issue
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter, date, token

Pairs = Sequence[tuple[str, str]]
Total = Literal["none", "estimate", "accurate"]

ID = token("_id", "id")
LAST_UPDATED = date("_lastUpdated", "meta.lastUpdated")
COMMON = (ID, LAST_UPDATED)
MODIFIERS = {"string": ("exact", "contains")}
TOTALS = ("none", "estimate", "accurate")
MOST_VALUES = 500
MOST_SORTS = 8
MOST_INCLUDES = 20
_ALTERNATIVE = re.compile(r"(?:^|,)((?:\\.|[^,])*)", re.DOTALL)
_PASSED_OVER = ("_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One `name:modifier=a,b`: any of the values; a reference's modifier is the type it points at."""

    parameter: SearchParameter
    modifier: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: SearchParameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=source:parameter:target`; in reverse, the resources of `source` that point at the results."""

    source: ResourceType
    parameter: SearchParameter
    target: str | None
    reverse: bool


@dataclass(slots=True)
class Query:
    """`used` are the pairs the server acted on, for the self link."""

    kind: ResourceType
    criteria: list[Criterion] = field(default_factory=list)
    sort: list[Sort] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    count: int = DEFAULT
    total: Total = "none"
    used: list[tuple[str, str]] = field(default_factory=list)


def parse(kind: ResourceType, pairs: Pairs, types: Mapping[str, ResourceType], *, strict: bool) -> Query:
    """Raises Invalid for what is malformed, and with `strict` for parameters the type does not have; else they are
    passed over and missing from the self link."""
    query = Query(kind)
    unknown: list[str] = []
    for name, value in pairs:
        if name in _PASSED_OVER or value == "":
            continue
        if _control(query, name, value, types) or _criterion(query, name, value):
            query.used.append((name, value))
        else:
            unknown.append(name)
    _check_cost(query)
    if strict and unknown:
        raise Invalid(tuple(Issue("not-supported", f"{kind.name} has no such search parameter", n) for n in unknown))
    return query


def _check_cost(query: Query) -> None:
    if sum(len(criterion.values) for criterion in query.criteria) > MOST_VALUES:
        raise Invalid.of(f"a search has at most {MOST_VALUES} values", code="too-costly")
    if len(query.includes) > MOST_INCLUDES:
        raise Invalid.of(f"a search has at most {MOST_INCLUDES} includes", "_include", code="too-costly")


def _control(query: Query, name: str, value: str, types: Mapping[str, ResourceType]) -> bool:
    base, _, modifier = name.partition(":")
    if base in ("_include", "_revinclude"):
        if modifier:
            raise _unsupported(name)
        query.includes.append(_include(query.kind, name, value, types))
    elif name == "_count":
        query.count = page_size(value, least=0)
    elif name == "_sort":
        query.sort = _sorts(query.kind, value)
    elif name == "_total":
        query.total = _total(value)
    else:
        return False
    return True


def _criterion(query: Query, name: str, value: str) -> bool:
    base, _, modifier = name.partition(":")
    parameter = declared(query.kind, base)
    if parameter is None:
        return False
    if modifier and modifier not in MODIFIERS.get(parameter.kind, parameter.targets):
        raise _unsupported(name)
    query.criteria.append(Criterion(parameter, modifier or None, tuple(_alternatives(name, value))))
    return True


def declared(kind: ResourceType, name: str) -> SearchParameter | None:
    return next((parameter for parameter in COMMON if parameter.name == name), None) or kind.parameter(name)


def _alternatives(name: str, value: str) -> Iterator[str]:
    r"""The values between commas; `\,` stands for a comma within one."""
    parts: list[str] = _ALTERNATIVE.findall(value)
    if len(parts) > MOST_VALUES:
        raise Invalid.of(f"at most {MOST_VALUES} values", name, code="too-costly")
    for part in parts:
        if not part or "\x00" in part:
            raise Invalid.of("a search value is not empty and holds no NUL", name, code="invalid")
        yield part


def unescape(value: str) -> str:
    """https://hl7.org/fhir/R4/search.html#escaping"""
    return re.sub(r"\\([,|$\\])", r"\1", value)


def _sorts(kind: ResourceType, value: str) -> list[Sort]:
    parts = value.split(",")
    if len(parts) > MOST_SORTS:
        raise Invalid.of(f"at most {MOST_SORTS} keys to sort by", "_sort", code="too-costly")
    return [_sort(kind, part) for part in parts]


def _sort(kind: ResourceType, part: str) -> Sort:
    parameter = declared(kind, part.removeprefix("-"))
    if parameter is None:
        raise Invalid.of(f"{kind.name} cannot be sorted by that", "_sort", code="not-supported")
    return Sort(parameter, part.startswith("-"))


def _total(value: str) -> Total:
    for total in TOTALS:
        if value == total:
            return total  # type: ignore[return-value]
    raise Invalid.of("_total is none, estimate or accurate", "_total", code="invalid")


def _include(kind: ResourceType, name: str, value: str, types: Mapping[str, ResourceType]) -> Include:
    """Raises Invalid for what the types do not declare."""
    source_name, _, rest = value.partition(":")
    parameter_name, _, target = rest.partition(":")
    reverse = name == "_revinclude"
    source = types.get(source_name)
    parameter = source.parameter(parameter_name) if source else None
    points = parameter.targets if parameter else ()
    wrong_end = kind.name not in points if reverse else source is not kind
    if source is None or parameter is None or not points or wrong_end or (target and target not in points):
        raise Invalid.of("there is no such include: Type:parameter[:Target]", name, code="not-supported")
    return Include(source, parameter, target or None, reverse)


def _unsupported(name: str) -> Invalid:
    return Invalid.of("this server does not support that modifier of the parameter", name, code="not-supported")
