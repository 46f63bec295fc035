"""A StructureDefinition's differential as constraints: https://hl7.org/fhir/R4/elementdefinition.html

What of ElementDefinition is not understood here is refused, so that no file says what is not enforced.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from oppfolging_api.fhir.definitions import definitions
from oppfolging_api.fhir.predicates import objects, referred_type, text
from oppfolging_api.fhir.profiles.constraint import Check, Constraint, Fault, covers, told

Element = Mapping[str, Any]
Tree = Mapping[str, list[Element]]
ValueSets = Mapping[str, Mapping[str, frozenset[str]]]
"""URL of a value set -> code system -> its codes."""

_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_TOLD: Final = frozenset({"id", "path", "sliceName", "short", "definition", "comment"})
_ENFORCED: Final = frozenset({"min", "max", "type", "binding", "slicing"})


def compiled(definition: Mapping[str, Any], value_sets: ValueSets) -> tuple[Constraint, ...]:
    """Raises ValueError for what is not understood, KeyError for a value set that is not published here."""
    elements = definition["differential"]["element"]
    tree: dict[str, list[Element]] = {element["id"]: [] for element in elements}
    for element in elements[1:]:
        _check_understood(element)
        parent = element["id"].rpartition(".")[0]
        if parent not in tree:
            raise ValueError(f"{element['id']} has no parent in the differential")
        tree[parent].append(element)
    return _below(elements[0]["id"], tree, value_sets)


def _check_understood(element: Element) -> None:
    unknown = [name for name in element.keys() - _TOLD - _ENFORCED if not name.startswith(("fixed", "pattern"))]
    if unknown or element.get("binding", {}).get("strength", "required") != "required":
        raise ValueError(f"{element['id']} says what is not enforced")


def _below(id: str, tree: Tree, value_sets: ValueSets) -> tuple[Constraint, ...]:
    return tuple(_constraint(element, tree, value_sets) for element in tree[id])


def _constraint(element: Element, tree: Tree, value_sets: ValueSets) -> Constraint:
    name, high = element["path"].rpartition(".")[2], element.get("max", "*")
    label = name.removesuffix("[x]")
    types = frozenset(f"{label}{code[:1].upper()}{code[1:]}" for code in _types(element, "code"))
    return Constraint(
        label,
        None if name == label else types,
        _slice(element, tree) if "sliceName" in element else None,
        element.get("min", 0),
        sys.maxsize if high == "*" else int(high),
        tuple(_checks(element, tree, value_sets)),
        _below(element["id"], tree, value_sets),
    )


def _types(element: Element, part: str) -> list[str]:
    """`code`, or all of the `profile` or `targetProfile`, of its types."""
    held = [each[part] for each in element.get("type", ()) if part in each]
    return [one for each in held for one in ([each] if isinstance(each, str) else each)]


def _slice(element: Element, tree: Tree) -> Any:
    """An extension is one of its slice by its url, anything else by the slice's own pattern."""
    own = _value(element, "pattern")
    if own is not None:
        return own
    if profiles := _types(element, "profile"):
        return {"url": profiles[0]}
    fixed = [_value(part, "fixed") for part in tree[element["id"]] if part["path"].endswith(".url")]
    if not fixed:
        raise ValueError(f"nothing tells which items {element['id']} is about")
    return {"url": fixed[0]}


def _value(element: Element, stem: str) -> Any:
    return next((value for name, value in element.items() if name.startswith(stem)), None)


def _checks(element: Element, tree: Tree, value_sets: ValueSets) -> Iterator[Check]:
    fixed, pattern = _value(element, "fixed"), _value(element, "pattern")
    if fixed is not None:
        yield _equal_to(fixed)
    if pattern is not None and "sliceName" not in element:
        yield _like(pattern)
    if "binding" in element:
        yield _bound_to(element["binding"]["valueSet"], value_sets)
    if targets := _types(element, "targetProfile"):
        yield _pointing_at(frozenset(target.removeprefix(_BASE) for target in targets))
    if element.get("slicing", {}).get("rules") == "closed":
        slices = [one for one in tree[element["id"].rpartition(".")[0]] if one["path"] == element["path"]]
        yield _one_of([_slice(one, tree) for one in slices if "sliceName" in one])


def _equal_to(fixed: Any) -> Check:
    fault = Fault("value", f"fixed to {fixed}")
    return lambda value, _: None if value == fixed else fault


def _like(pattern: Any) -> Check:
    fault = Fault("value", f"with {told(pattern)}")
    return lambda value, _: None if covers(pattern, value) else fault


def _one_of(slices: list[Any]) -> Check:
    fault = Fault("structure", "nothing but what the profile names")
    return lambda value, _: None if any(covers(each, value) for each in slices) else fault


def _bound_to(url: str, value_sets: ValueSets) -> Check:
    systems = value_sets[url]
    codes = frozenset().union(*systems.values())
    fault = Fault("code-invalid", f"a code of {url}")

    def known(coding: Mapping[str, Any]) -> bool:
        return text(coding, "code") in systems.get(text(coding, "system"), ())

    def check(value: Any, _: Mapping[str, Any]) -> Fault | None:
        if isinstance(value, dict):
            codings = objects(value, "coding") if "coding" in value else (value,)
            return None if any(map(known, codings)) else fault
        return None if value in codes else fault

    return check


def _pointing_at(types: frozenset[str]) -> Check:
    """What says no type of R4, as a reference by identifier, may point at anything."""
    fault = Fault("value", f"a reference to {', '.join(sorted(types))}")

    others = definitions().resources - types

    def check(value: Any, root: Mapping[str, Any]) -> Fault | None:
        return fault if isinstance(value, dict) and referred_type(value, root) in others else None

    return check
