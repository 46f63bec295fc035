"""Reaching into a resource by the paths of search parameters (kernel.resource_type)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

_STEP = re.compile(r"(\w+)(?:\[(\w+)=([^\]]*)\])?")


def walk(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """The values at a path, through arrays; of `telecom[system=phone]` the items of which an element says so."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from walk(_held(value, path[0]), path[1:])


def _held(value: Mapping[str, Any], step: str) -> Any:
    name, element, wanted = _read(step)
    held = value.get(name)
    if element is None:
        return held
    items = held if isinstance(held, list) else [held]
    return [item for item in items if isinstance(item, dict) and item.get(element) == wanted]


@cache
def _read(step: str) -> tuple[str, str | None, str | None]:
    found = _STEP.fullmatch(step)
    if found is None:
        raise ValueError(f"{step} is no step of a path")
    return found[1], found[2], found[3]
