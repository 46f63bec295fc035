"""What R4 says of each type: elements, cardinality, types, reference targets, required codes, search parameters.

Read once, lazily, from definitions.json, which tools/derive_definitions.py derives from the specification.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from oppfolging_api.fhir.primitives import CHECKS, Check


@dataclass(frozen=True, slots=True)
class Codes:
    """A value set that a required binding names: code systems and their codes."""

    name: str
    by_system: Mapping[str, frozenset[str]]
    all: frozenset[str]


@dataclass(frozen=True, slots=True)
class Element:
    """One element under its JSON name.

    `path` is where it is defined (`CarePlan.activity`), `label` its name in an expression: a choice element's
    without the type. `check` is there where the type is primitive, `extensible` tells
    whether `_name` may then stand beside it. `targets` None means any type of resource. `summary`: it is part of
    `_summary=true`.
    """

    path: str
    label: str
    type: str
    check: Check | None
    extensible: bool
    required: bool
    many: bool
    is_choice: bool
    targets: frozenset[str] | None
    codes: Codes | None
    summary: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """A resource type, complex datatype or backbone element; `required` is label -> the JSON names that satisfy it."""

    name: str
    elements: Mapping[str, Element]
    required: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Definitions:
    resources: frozenset[str]
    structures: Mapping[str, Structure]
    search_parameters: Mapping[str, Mapping[str, tuple[str, str]]]


@cache
def definitions() -> Definitions:
    table = json.loads((files(__package__) / "definitions.json").read_text(encoding="utf-8"))
    codes = {name: _codes(name, systems) for name, systems in table["codes"].items()}
    return Definitions(
        frozenset(table["resources"]),
        {name: _structure(name, elements, codes) for name, elements in table["types"].items()},
        {
            kind: {name: (url, type_) for name, (url, type_) in parameters.items()}
            for kind, parameters in table["search_parameters"].items()
        },
    )


def search_parameters(kind: str) -> Mapping[str, tuple[str, str]]:
    """R4's own search parameters of a resource type: name -> (canonical URL, type)."""
    declared = definitions().search_parameters
    return {**declared["Resource"], **declared["DomainResource"], **declared.get(kind, {})}


def _codes(name: str, systems: Mapping[str, list[str]]) -> Codes:
    by_system = {system: frozenset(codes) for system, codes in systems.items()}
    return Codes(name, by_system, frozenset().union(*by_system.values()))


def _structure(name: str, elements: Mapping[str, Mapping[str, Any]], codes: Mapping[str, Codes]) -> Structure:
    built = {key: _element(name, key, entry, codes) for key, entry in elements.items()}
    required: dict[str, tuple[str, ...]] = {}
    for key, element in built.items():
        if element.required:
            required[element.label] = (*required.get(element.label, ()), key, f"_{key}")
    return Structure(name, built, required)


def _element(owner: str, name: str, entry: Mapping[str, Any], codes: Mapping[str, Codes]) -> Element:
    label = entry.get("choice", name)
    return Element(
        path=f"{owner}.{label}",
        label=label,
        type=entry["type"],
        check=CHECKS.get(entry["type"]),
        extensible=entry["type"] in CHECKS and f"{owner}.{name}" != "Extension.url" and name != "id",
        required=entry.get("min", 0) > 0,
        many=entry.get("many", False),
        is_choice="choice" in entry,
        targets=frozenset(entry["targets"]) if "targets" in entry else None,
        codes=codes[entry["codes"]] if "codes" in entry else None,
        summary=entry.get("summary", False),
    )
