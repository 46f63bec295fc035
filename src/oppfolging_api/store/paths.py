"""Reaching into a resource by the paths of search parameters (kernel.resource_type)."""

import re
from functools import cache
from typing import Any

_STEP = re.compile(r"(\w+)(?:\[(\w+)=([^\]]*)\])?")
_Step = tuple[str, str | None, str | None]


def values(resource: Any, path: str) -> list[Any]:
    """What stands at a dotted path, through arrays; of `telecom[system=phone]` the items of which an element says so,
    of "" the value itself."""
    held = [resource]
    for name, element, wanted in _steps(path):
        held = [item for value in held if isinstance(value, dict) for item in _items(value.get(name))]
        if element is not None:
            held = [item for item in held if isinstance(item, dict) and item.get(element) == wanted]
        if not held:
            break
    return held


def _items(content: Any) -> list[Any]:
    """What an element holds, without the gaps of an array of primitives."""
    if isinstance(content, list):
        return [item for item in content if item is not None]
    return [] if content is None else [content]


@cache
def _steps(path: str) -> tuple[_Step, ...]:
    return tuple(_read(step) for step in path.split(".")) if path else ()


def _read(step: str) -> _Step:
    found = _STEP.fullmatch(step)
    if found is None:
        raise ValueError(f"{step} is no step of a path")
    return found[1], found[2], found[3]
