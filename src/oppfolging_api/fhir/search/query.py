"""A search as parsed and checked against what the types declare, before any SQL: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

from oppfolging_api.fhir.search.criteria import (
    LAST_UPDATED,
    MOST_VALUES,
    Condition,
    compared_in,
    condition_of,
    declared,
    links_of,
    values_of,
)
from oppfolging_api.fhir.search.page import DEFAULT, page_size
from oppfolging_api.kernel.errors import Invalid, Issue
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

Pairs = Sequence[tuple[str, str]]
Types = Mapping[str, ResourceType]
Total = Literal["none", "estimate", "accurate"]
Summary = Literal["true", "text", "data", "count", "false"]

_One = TypeVar("_One", bound=str)

MOST_CONDITIONS = 200
"""Conditions, each link of a chain counted, times the types searched: PostgreSQL plans them all."""
MOST_SORTS = 8
MOST_INCLUDES = 20
_PASSED_OVER = ("_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: SearchParameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=source:parameter:target`; in reverse, the resources of `source` that point at the results.

    `again`: what is included is followed in its turn (`:iterate`).
    """

    source: ResourceType
    parameter: SearchParameter
    target: str | None
    reverse: bool
    again: bool


@dataclass(slots=True)
class Query:
    """`kinds` is one type, or several in a search of the whole system (`several`, whichever the caller may then search,
    so that a position in the order is told alike). `used` are the pairs the server acted on, for
    the self link. `person`: only what is about them. `along`: types of which whatever is referred to is included."""

    kinds: tuple[ResourceType, ...]
    criteria: list[Condition] = field(default_factory=list)
    sort: list[Sort] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    count: int = DEFAULT
    total: Total = "none"
    summary: Summary = "false"
    elements: frozenset[str] = frozenset()
    used: list[tuple[str, str]] = field(default_factory=list)
    person: str | None = None
    along: tuple[ResourceType, ...] = ()
    several: bool = False


def parse(
    kinds: Sequence[ResourceType],
    pairs: Pairs,
    types: Types,
    *,
    strict: bool,
    also: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Query:
    """`also`: names that stand for another parameter with a prefix. Raises Invalid for what is malformed, and with
    `strict` for parameters the types do not have; else they are passed over and missing from the self link."""
    query = Query(tuple(kinds))
    unknown: list[str] = []
    for name, value in sorted(pairs, key=lambda pair: pair[0] != "_type"):
        if name in _PASSED_OVER or value == "":
            continue
        meant, prefix = also.get(name, (name, ""))
        if _control(query, meant, value, types) or _criterion(query, meant, prefix + value, types):
            query.used.append((name, value))
        else:
            unknown.append(name)
    query.several = len(query.kinds) > 1
    _check_cost(query)
    if strict and unknown:
        raise Invalid(tuple(Issue("not-supported", "there is no such search parameter", name) for name in unknown))
    return query


def _check_cost(query: Query) -> None:
    if sum(links_of(criterion) for criterion in query.criteria) * len(query.kinds) > MOST_CONDITIONS:
        raise Invalid.of("fewer conditions, or fewer types at once", code="too-costly")
    if sum(values_of(criterion) for criterion in query.criteria) > MOST_VALUES:
        raise Invalid.of(f"a search has at most {MOST_VALUES} values", code="too-costly")
    if sum(compared_in(criterion) for criterion in query.criteria) * len(query.kinds) > MOST_VALUES:
        raise Invalid.of("fewer values, or fewer types at once", code="too-costly")
    if len(query.includes) > MOST_INCLUDES:
        raise Invalid.of(f"a search has at most {MOST_INCLUDES} includes", "_include", code="too-costly")


def _control(query: Query, name: str, value: str, types: Types) -> bool:
    base, _, modifier = name.partition(":")
    if base in ("_include", "_revinclude"):
        query.includes += _includes(query, name, value, types)
    elif modifier:
        return False
    elif name == "_count":
        query.count = page_size(value, least=0)
    elif name == "_sort":
        query.sort = _sorts(query, value)
    elif name == "_total":
        query.total = _one_of(get_args(Total), name, value)
    elif name == "_summary":
        query.summary = _one_of(get_args(Summary), name, value)
    elif name == "_elements":
        query.elements = frozenset(value.split(","))
    elif name == "_type" and len(query.kinds) > 1:
        query.kinds = _narrowed(query.kinds, value.split(","))
    else:
        return False
    return True


def _criterion(query: Query, name: str, value: str, types: Types) -> bool:
    found = condition_of(query.kinds, name, value, types)
    if found is not None:
        query.criteria.append(found)
    return found is not None


def _narrowed(kinds: Sequence[ResourceType], names: Sequence[str]) -> tuple[ResourceType, ...]:
    if set(names) - {kind.name for kind in kinds}:
        raise Invalid.of("_type names a type that is not searched here", "_type", code="not-supported")
    return tuple(kind for kind in kinds if kind.name in names)


def _sorts(query: Query, value: str) -> list[Sort]:
    parts = value.split(",")
    if len(parts) > MOST_SORTS:
        raise Invalid.of(f"at most {MOST_SORTS} keys to sort by", "_sort", code="too-costly")
    return [_sort(query, part) for part in parts]


def _sort(query: Query, part: str) -> Sort:
    parameter = declared(query.kinds, part.removeprefix("-"))
    if parameter is None or parameter.kind == "composite":
        raise Invalid.of("the results cannot be sorted by that", "_sort", code="not-supported")
    return Sort(parameter, part.startswith("-"))


def _one_of(known: tuple[_One, ...], name: str, value: str) -> _One:
    for one in known:
        if value == one:
            return one
    raise Invalid.of(f"{name} is one of {', '.join(known)}", name, code="invalid")


def _includes(query: Query, name: str, value: str, types: Types) -> list[Include]:
    """Raises Invalid for what the types do not declare. `Type:*` and `*` mean every reference there is."""
    base, _, modifier = name.partition(":")
    if modifier not in ("", "iterate", "recurse"):
        raise Invalid.of("an include takes no modifier but :iterate", name, code="not-supported")
    again, reverse = bool(modifier), base == "_revinclude"
    source_name, _, rest = value.partition(":")
    parameter_name, _, target = rest.partition(":")
    if value == "*" and not reverse:
        sources, parameter_name = list(query.kinds), "*"
    else:
        sources = [types[source_name]] if source_name in types else []
    return _found_includes(query, name, sources, parameter_name, target, reverse=reverse, again=again)


def _found_includes(
    query: Query,
    name: str,
    sources: Sequence[ResourceType],
    parameter_name: str,
    target: str,
    *,
    reverse: bool,
    again: bool,
) -> list[Include]:
    found = [
        Include(source, parameter, target or None, reverse, again)
        for source in sources
        for parameter in source.search
        if parameter.targets and parameter_name in (parameter.name, "*") and (not target or target in parameter.targets)
    ]
    if not again:
        found = [one for one in found if _meets(query, one)]
    if not found:
        raise Invalid.of("there is no such include: Type:parameter[:Target]", name, code="not-supported")
    return found


def _meets(query: Query, include: Include) -> bool:
    """Whether an include starts from, or points at, the types that are searched."""
    if include.reverse:
        return any(kind.name in include.parameter.targets for kind in query.kinds)
    return include.source in query.kinds


NEWEST_FIRST = (Sort(LAST_UPDATED, True),)
