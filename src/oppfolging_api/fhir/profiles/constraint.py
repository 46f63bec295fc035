"""What a profile demands of one element, held up against a resource."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from oppfolging_api.kernel.errors import Issue

Object = Mapping[str, Any]


class Fault(NamedTuple):
    """A code of http://hl7.org/fhir/issue-type, and what is expected: words of the profile, never of the resource."""

    code: str
    expected: str


Placed = tuple[str, Fault]
"""Where, as an expression, and what is wrong there."""
Check = Callable[[Any, Object], Fault | None]
"""Of a value, and the resource that `#id` points into. A value is None where only extensions stand beside it."""


class Item(NamedTuple):
    path: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Constraint:
    """`variants` are the JSON names allowed of a choice element, None where it is no choice. `slice` is the pattern of
    those items it is about, None for all."""

    label: str
    variants: frozenset[str] | None
    slice: Any
    low: int
    high: int
    checks: tuple[Check, ...]
    below: tuple["Constraint", ...]

    def items(self, holder: Object, path: str) -> list[Item]:
        """Those it is about; a choice element is whichever type it has."""
        place = f"{path}.{self.label}"
        if self.variants is None:
            found = _placed(holder, self.label, place)
        else:
            found = [item for key in variants_of(holder, self.label) for item in _placed(holder, key, place)]
        return found if self.slice is None else [item for item in found if covers(self.slice, item.value)]


def covers(pattern: Any, value: Any) -> bool:
    """Whether a value has all that a pattern has (ElementDefinition.pattern[x]); an array in any order, and more."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(covers(part, value.get(name)) for name, part in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(covers(part, item) for item in value) for part in pattern)
    return bool(pattern == value)


def told(pattern: Any) -> str:
    """The words of a pattern: `system .../plan-kind`."""
    if isinstance(pattern, list):
        return ", ".join(map(told, pattern))
    parts = ((name, part, isinstance(part, dict | list)) for name, part in pattern.items())
    return ", ".join(told(part) if deeper else f"{name} {part}" for name, part, deeper in parts)


def faults(holder: Object, constraints: tuple[Constraint, ...], path: str, root: Object) -> Iterator[Placed]:
    """Of an element and everything below it."""
    for constraint in constraints:
        items = constraint.items(holder, path)
        if not constraint.low <= len(items) <= constraint.high:
            yield _miscounted(constraint, items, path)
        for item in items:
            yield from _of_item(constraint, item, root)


def issues(found: Iterable[Placed], profile: str) -> list[Issue]:
    """As a client is told them: each names the profile."""
    return [Issue(fault.code, f"{fault.expected} (profile {profile})", where) for where, fault in found]


def variants_of(holder: Object, label: str) -> list[str]:
    """The JSON names a choice element has here: `valueCode`."""
    names = {key.removeprefix("_") for key in holder if label in key}
    return sorted(name for name in names if name.startswith(label) and name[len(label) :][:1].isupper())


def _placed(holder: Object, key: str, place: str) -> list[Item]:
    content = holder.get(key)
    if isinstance(content, list):
        return [Item(f"{place}[{index}]", key, item) for index, item in enumerate(content)]
    return [Item(place, key, content)] if content is not None or f"_{key}" in holder else []


def _miscounted(constraint: Constraint, items: list[Item], path: str) -> Placed:
    if len(items) < constraint.low:
        which = f" with {told(constraint.slice)}" if constraint.slice else ""
        return f"{path}.{constraint.label}", Fault("required", f"at least {constraint.low}{which}")
    return items[constraint.high].path, Fault("structure", f"at most {constraint.high}")


def _of_item(constraint: Constraint, item: Item, root: Object) -> Iterator[Placed]:
    if constraint.variants and item.key not in constraint.variants:
        yield item.path, Fault("value", f"{' or '.join(sorted(constraint.variants))} is expected")
        return
    for check in constraint.checks:
        if fault := check(item.value, root):
            yield item.path, fault
    if constraint.below and isinstance(item.value, dict):
        yield from faults(item.value, constraint.below, item.path, root)
