"""What a search asks of the resources it finds: `name:modifier=a,b`, chains and reverse chains, as parsed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import COMMON, ResourceType, SearchParameter, date, token

ID: Final = token("_id", "id")
LAST_UPDATED: Final = date("_lastUpdated", "meta.lastUpdated")
MODIFIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("not", "text", "in", "not-in", "of-type"),
    "reference": ("identifier",),
    "string": ("exact", "contains"),
    "uri": ("below", "above"),
}
"""By kind of parameter, beside `missing`, which all take; a reference also takes the type it points at."""
BESIDE_KEYS: Final = ("text", "exact", "contains", "below")
"""The modifiers by which texts are compared and no keys looked up."""
MOST_VALUES: Final = 500
MOST_LINKS: Final = 4
"""Links of one chain."""
_ALTERNATIVE = re.compile(r"(?:^|,)((?:\\.|[^,])*)", re.DOTALL)
_LINK = re.compile(r"([A-Za-z][A-Za-z-]*)(?::([A-Za-z]+))?\.(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Criterion:
    """Any of the values; a reference's modifier may be the type it points at."""

    parameter: SearchParameter
    modifier: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """`subject:Patient.name=x`: it points at a resource of one of these types that meets the type's own condition."""

    parameter: SearchParameter
    targets: tuple[tuple[ResourceType, "Condition"], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """`_has:Observation:patient:code=x`: a resource of `source` points at it by `parameter` and meets a condition."""

    source: ResourceType
    parameter: SearchParameter
    condition: "Condition"


Condition = Criterion | Chain | Has


def condition_of(
    kinds: Sequence[ResourceType], name: str, value: str, types: Mapping[str, ResourceType], links: int = 0
) -> Condition | None:
    """None where the types have no such parameter. Raises Invalid for what is wrong beyond its name."""
    if links > MOST_LINKS:
        raise Invalid.of(f"a chain has at most {MOST_LINKS} links", code="too-costly")
    if name.startswith("_has:"):
        return _has(kinds, name, value, types, links)
    if link := _LINK.fullmatch(name):
        return _chain(kinds, name, link, value, types, links)
    base, _, modifier = name.partition(":")
    parameter = declared(kinds, base)
    if parameter is None:
        return None
    _check_modifier(parameter, modifier, name)
    return Criterion(parameter, modifier or None, tuple(_alternatives(name, value)))


def values_of(condition: Condition) -> int:
    """How many values are compared with."""
    if isinstance(condition, Criterion):
        return len(condition.values)
    if isinstance(condition, Has):
        return values_of(condition.condition)
    return sum(values_of(inner) for _, inner in condition.targets)


def has_keys(asked: Criterion) -> bool:
    """Whether it is a matter of keys at all, had or not."""
    return asked.parameter.kind in ("token", "reference", "uri") and asked.modifier not in BESIDE_KEYS


def compared_in(condition: Condition) -> int:
    """How many of the values are each compared with by themselves; keys and ids are looked up together."""
    if isinstance(condition, Criterion):
        return 0 if condition.parameter is ID or has_keys(condition) else len(condition.values)
    if isinstance(condition, Has):
        return compared_in(condition.condition)
    return sum(compared_in(inner) for _, inner in condition.targets)


def links_of(condition: Condition) -> int:
    """How many rows a condition leads over, the searched one among them."""
    if isinstance(condition, Criterion):
        return 1
    if isinstance(condition, Has):
        return 1 + links_of(condition.condition)
    return sum(1 + links_of(inner) for _, inner in condition.targets)


def declared(kinds: Sequence[ResourceType], name: str) -> SearchParameter | None:
    """A parameter that all types searched have, as the first of them declares it."""
    shared = next((parameter for parameter in (ID, LAST_UPDATED, *COMMON) if parameter.name == name), None)
    if shared is not None:
        return shared
    found = [kind.parameter(name) for kind in kinds]
    same = all(one is not None and found[0] is not None and one.kind == found[0].kind for one in found)
    return found[0] if same else None


def unescape(value: str) -> str:
    """https://hl7.org/fhir/R4/search.html#escaping"""
    return re.sub(r"\\([,|$\\])", r"\1", value)


def _check_modifier(parameter: SearchParameter, modifier: str, name: str) -> None:
    taken = ("not",) if parameter is ID else (*MODIFIERS.get(parameter.kind, ()), *parameter.targets)
    if modifier and modifier not in ("missing", *taken):
        raise Invalid.of("this server does not support that modifier of the parameter", name, code="not-supported")


def _alternatives(name: str, value: str) -> Iterator[str]:
    r"""The values between commas; `\,` stands for a comma within one."""
    parts: list[str] = _ALTERNATIVE.findall(value)
    if len(parts) > MOST_VALUES:
        raise Invalid.of(f"at most {MOST_VALUES} values", name, code="too-costly")
    for part in parts:
        if not part or "\x00" in part:
            raise Invalid.of("a search value is not empty and holds no NUL", name, code="invalid")
        yield part


def _chain(
    kinds: Sequence[ResourceType],
    name: str,
    link: re.Match[str],
    value: str,
    types: Mapping[str, ResourceType],
    links: int,
) -> Condition | None:
    parameter = declared(kinds, link[1])
    if parameter is None:
        return None
    targets = [link[2]] if link[2] else list(parameter.targets)
    met = [
        (types[target], condition)
        for target in targets
        if target in parameter.targets
        and (condition := condition_of([types[target]], link[3], value, types, links + 1)) is not None
    ]
    if not met:
        raise Invalid.of("the chain leads to no parameter of a type served here", name, code="not-supported")
    return Chain(parameter, tuple(met))


def _has(
    kinds: Sequence[ResourceType], name: str, value: str, types: Mapping[str, ResourceType], links: int
) -> Condition:
    source_name, _, rest = name.removeprefix("_has:").partition(":")
    parameter_name, _, inner = rest.partition(":")
    source = types.get(source_name)
    parameter = source.parameter(parameter_name) if source else None
    if source is not None and parameter is not None and any(kind.name in parameter.targets for kind in kinds):
        condition = condition_of([source], inner, value, types, links + 1)
        if condition is not None:
            return Has(source, parameter, condition)
    raise Invalid.of("there is no such reverse chain: _has:Type:parameter:parameter", name, code="not-supported")
