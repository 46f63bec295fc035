"""The keys a token, reference, URI or composite is looked for by, in the forms the index holds (store/index.py)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oppfolging_api.fhir.search.criteria import Criterion, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.value_sets import codes_in
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import SearchParameter
from oppfolging_api.store.index import composite_key, key, of_type_key, token_key, without_version

_SYSTEM_AND_CODE = re.compile(r"((?:\\.|[^\\|])*)\|(.*)", re.DOTALL)
_THREE_PARTS = re.compile(r"((?:\\.|[^\\|])*)\|((?:\\.|[^\\|])*)\|(.*)", re.DOTALL)
_TWO_VALUES = re.compile(r"((?:\\.|[^\\$])*)\$(.*)", re.DOTALL)


def keys_of(asked: Criterion, value: str, frame: Frame) -> list[str]:
    """Raises Invalid for a value that is not of the parameter's type."""
    by_modifier = _BY_MODIFIER.get(asked.modifier or "")
    return by_modifier(asked, value, frame) if by_modifier else _BY_KIND[asked.parameter.kind](asked, value, frame)


def _token(asked: Criterion, value: str, _frame: Frame) -> list[str]:
    """`code`, `system|code`, `|code` (no system) or `system|` (any code)."""
    return [_token_key(asked.parameter.name, value)]


def _token_key(name: str, value: str) -> str:
    both = _SYSTEM_AND_CODE.fullmatch(value)
    return token_key(name, unescape(both[2]), unescape(both[1])) if both else token_key(name, unescape(value))


def _identifier(asked: Criterion, value: str, _frame: Frame) -> list[str]:
    """The identifier within a Reference."""
    return [_token_key(f"{asked.parameter.name}:identifier", value)]


def _of_type(asked: Criterion, value: str, _frame: Frame) -> list[str]:
    """`system|code|value`, system and code being those of Identifier.type."""
    parts = _THREE_PARTS.fullmatch(value)
    if parts is None:
        raise Invalid.of(":of-type takes system|code|value", asked.parameter.name, code="invalid")
    return [of_type_key(asked.parameter.name, *(unescape(part) for part in parts.groups()))]


def _in(asked: Criterion, value: str, frame: Frame) -> list[str]:
    """Every code of a value set served here."""
    found = codes_in(frame.context.server.registry, unescape(value))
    if not found:
        raise Invalid.of("there is no such value set here", asked.parameter.name, code="not-found")
    return [token_key(asked.parameter.name, code, system) for system, code in found]


def _reference(asked: Criterion, value: str, frame: Frame) -> list[str]:
    """`Type/id`, the same below this server's base, a bare id of any target type, or a canonical."""
    name, local = asked.parameter.name, unescape(value).removeprefix(f"{frame.context.base}/")
    if "/" in local or ":" in local or not asked.parameter.targets:
        if asked.modifier and not local.startswith(f"{asked.modifier}/"):
            raise Invalid.of("the value is of another type than the modifier", name, code="invalid")
        return [key(name, without_version(local) or local)]
    targets = [asked.modifier] if asked.modifier else list(asked.parameter.targets)
    return [key(name, f"{target}/{local}") for target in targets]


def _uri(asked: Criterion, value: str, _frame: Frame) -> list[str]:
    return [key(asked.parameter.name, unescape(value))]


def _above(asked: Criterion, value: str, _frame: Frame) -> list[str]:
    """The URI and those it goes on from, a path segment less each time."""
    parts = unescape(value).split("/")
    return [key(asked.parameter.name, "/".join(parts[:n])) for n in range(len(parts), 0, -1)]


_Keys = Callable[[Criterion, str, Frame], list[str]]
_BY_KIND: Mapping[str, _Keys] = {"token": _token, "reference": _reference, "uri": _uri}
_BY_MODIFIER: Mapping[str, _Keys] = {
    "identifier": _identifier,
    "of-type": _of_type,
    "in": _in,
    "not-in": _in,
    "above": _above,
}


@dataclass(frozen=True, slots=True)
class Composed:
    """One value of a composite: the keys where the index holds it whole, else the name its side row stands under
    (`left`), and what is compared with that row (`right`)."""

    keys: list[str]
    left: str
    right: str


def composed(asked: Criterion, value: str, frame: Frame) -> Composed:
    parts = _TWO_VALUES.fullmatch(value)
    if parts is None:
        raise Invalid.of("a composite takes two values with $ between them", asked.parameter.name, code="invalid")
    name, (first, second) = asked.parameter.name, asked.parameter.components
    lefts = _bare(first, parts[1], frame)
    if second.kind not in _BY_KIND:
        return Composed([], key(name, lefts[0]), parts[2])
    rights = _bare(second, parts[2], frame)
    return Composed([composite_key(name, left, right) for left in lefts for right in rights], "", "")


def _bare(component: SearchParameter, value: str, frame: Frame) -> list[str]:
    """What stands after `=` in the keys of a component."""
    keys = _BY_KIND[component.kind](Criterion(component, None, (value,)), value, frame)
    return [one.removeprefix(f"{component.name}=") for one in keys]
