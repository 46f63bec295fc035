"""The resource types served, one a file: each module declares `RESOURCE`, and adding a file adds a type.

What R4 itself says of a type's search stands in r4_search.json and r4_compartments.json, which
tools/derive_definitions.py derives; a module only adds this service's own parameters.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules
from typing import Any

from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

_ANY = "Resource"


@cache
def served() -> dict[str, ResourceType]:
    """Every declared type by name, in alphabetical order."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared: dict[str, ResourceType] = {module.RESOURCE.name: module.RESOURCE for module in modules}
    search, compartments = _table("r4_search.json"), _table("r4_compartments.json")
    return {
        name: replace(
            declared[name],
            search=_merged(search[name], declared[name], tuple(sorted(declared))),
            compartments={owner: tuple(names) for owner, names in compartments.get(name, {}).items()},
        )
        for name in sorted(declared)
    }


def _table(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files(__package__) / name).read_text(encoding="utf-8"))
    return loaded


def _merged(entries: Mapping[str, Any], declared: ResourceType, types: tuple[str, ...]) -> tuple[SearchParameter, ...]:
    """R4's parameters and the service's own, by name, with the targets that are served."""
    whole = sorted((*_parameters(entries), *declared.search), key=lambda parameter: parameter.name)
    return tuple(_served_targets(one, types) for one in whole)


def _served_targets(parameter: SearchParameter, types: tuple[str, ...]) -> SearchParameter:
    if parameter.targets == (_ANY,):
        return replace(parameter, targets=types, allowed=())
    return replace(parameter, targets=tuple(target for target in parameter.targets if target in types))


def _parameters(entries: Mapping[str, Any]) -> Iterator[SearchParameter]:
    for name, entry in entries.items():
        components = tuple(_component(entries, *each) for each in entry.get("components", ()))
        yield replace(_parameter(name, entry), paths=tuple(entry["paths"]), components=components)


def _component(entries: Mapping[str, Any], name: str, *paths: str) -> SearchParameter:
    """A parameter of the type, looked for within the composite's element."""
    return replace(_parameter(name, entries[name]), paths=paths)


def _parameter(name: str, entry: Mapping[str, Any]) -> SearchParameter:
    targets = tuple(entry.get("targets", ()))
    return SearchParameter(
        name, entry["kind"], tuple(entry["paths"]), targets, targets, truth=entry.get("truth", False)
    )
