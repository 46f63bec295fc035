"""FHIRPath Patch: https://hl7.org/fhir/R4/fhirpatch.html

A Parameters resource of operations. The definitions of R4 tell which elements there are, which repeat and which types
they take; whether the result as a whole is valid is for the write that follows.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from oppfolging_api.fhir.definitions import Element, Structure, definitions
from oppfolging_api.fhir.exact_json import MAX_ISSUES
from oppfolging_api.fhir.patch.json_patch import MAX_OPERATIONS, permitted
from oppfolging_api.fhir.patch.path import Child, Finder, Item, Node, Path, Slot, Unfound, Unreadable, parsed, variants
from oppfolging_api.fhir.predicates import text
from oppfolging_api.fhir.validation import walked
from oppfolging_api.kernel.errors import Invalid, Unprocessable
from oppfolging_api.kernel.registry import Body

Part = Mapping[str, Any]
"""A parameter or part of Parameters; of an operation's value, the content is in it under value[x], resource or part."""


def fhirpath_patch(resource: Body, parameters: Body) -> Body:
    """The patched copy.

    Raises Invalid for what is no FHIRPath Patch, Unprocessable for one that cannot be applied to this resource.
    """
    operations = _read(deepcopy(parameters))
    patched = deepcopy(resource)
    finder = Finder(patched)
    for number, (kind, parts) in enumerate(operations):
        names, apply = _OPERATIONS[kind]
        try:
            apply(finder, *(parts[name] for name in names))
        except Unfound as problem:
            place = f"Parameters.parameter[{number}]"
            raise Unprocessable.of(f"operation {number}: {problem}", place) from None
    return permitted(resource, patched)


def _add(finder: Finder, path: Path, name: str, value: Part) -> None:
    node = finder.one(path)
    taken = bool(finder.children([node], name))
    _fill(_opened(node), node.structure, name, [value], taken=taken)


def _insert(finder: Finder, path: Path, index: int, value: Part) -> None:
    slot, items = _list(finder, path)
    if not 0 <= index <= len(items):
        raise Unfound("the index is outside the list")
    items.insert(index, _built(slot.element, value))
    slot.put(items)


def _delete(finder: Finder, path: Path) -> None:
    """What is not there need not be deleted."""
    if finder.nodes(path):
        node = finder.one(path)
        if node.slot is None:
            raise Unfound("the resource itself is not deleted")
        _remove(node)


def _replace(finder: Finder, path: Path, value: Part) -> None:
    node = finder.one(path)
    if node.slot is None:
        raise Unfound("the resource itself is not replaced")
    slot, items = node.slot, node.slot.items()
    owner, _, label = slot.element.path.rpartition(".")
    key, element = _fitting(variants(owner, label), value)
    items[node.position] = _built(element, value)
    slot.put([])
    Slot(slot.owner, key, element).put(items)


def _move(finder: Finder, path: Path, source: int, destination: int) -> None:
    slot, items = _list(finder, path)
    if not (0 <= source < len(items) and 0 <= destination < len(items)):
        raise Unfound("source and destination are places in the list")
    items.insert(destination, items.pop(source))
    slot.put(items)


_OPERATIONS: Final[Mapping[str, tuple[tuple[str, ...], Callable[..., None]]]] = {
    "add": (("path", "name", "value"), _add),
    "insert": (("path", "index", "value"), _insert),
    "delete": (("path",), _delete),
    "replace": (("path", "value"), _replace),
    "move": (("path", "source", "destination"), _move),
}


def _list(finder: Finder, path: Path) -> tuple[Slot, list[Item]]:
    """The list that a path without an index at its end names, and what is in it so far."""
    *before, last = path
    if not isinstance(last, Child):
        raise Unfound("the path names no list")
    parent = finder.one(tuple(before))
    items = [(child.value, child.beside) for child in finder.children([parent], last.name)]
    key, element = variants(parent.structure.name, last.name)[0]
    if not element.many:
        raise Unfound("the element does not repeat")
    return Slot(_opened(parent), key, element), items


def _opened(node: Node) -> Body:
    """The object to put elements in; beside a primitive it may have to be made."""
    if node.members is not None:
        return node.members
    if node.slot is None or not node.is_primitive:
        raise Unfound("no elements can be added here")
    items = node.slot.items()
    members: Body = {}
    items[node.position] = (node.value, members)
    node.slot.put(items)
    return members


def _remove(node: Node) -> None:
    """With the objects that lose their last element by it."""
    while node.slot is not None and node.slot.parent is not None:
        items, parent = node.slot.items(), node.slot.parent
        del items[node.position]
        node.slot.put(items)
        if parent.members:
            return
        if parent.slot is not None and parent.is_primitive and parent.value is not None:
            items = parent.slot.items()
            items[parent.position] = (parent.value, None)
            parent.slot.put(items)
            return
        node = parent


# What a value becomes at its place.

_FAMILY: Final[Mapping[str, str]] = {
    **dict.fromkeys(("code", "id", "markdown", "xhtml"), "string"),
    **dict.fromkeys(("url", "canonical", "oid", "uuid"), "uri"),
    **dict.fromkeys(("positiveInt", "unsignedInt"), "integer"),
    "date": "dateTime",
    "SimpleQuantity": "Quantity",
}
"""Types that stand in for each other where the element leaves no choice; Parameters has no xhtml, for one."""


def _fill(owner: Body, structure: Structure, name: str, values: Sequence[Part], *, taken: bool) -> None:
    key, element = _fitting(variants(structure.name, name), values[0])
    if not element.many and (taken or len(values) > 1):
        raise Unfound("the element does not repeat and is there already")
    slot = Slot(owner, key, element)
    slot.put([*slot.items(), *(_built(element, value) for value in values)])


def _fitting(found: Sequence[tuple[str, Element]], value: Part) -> tuple[str, Element]:
    """The JSON name for a value of this type."""
    if not found:
        raise Unfound("R4 knows no element of this name here")
    if not found[0][1].is_choice:
        return found[0]
    given, _ = _given(value)
    alike = [(key, element) for key, element in found if _family(element.type) == _family(given)]
    exact = [(key, element) for key, element in alike if element.type == given]
    if len(exact or alike) != 1:
        raise Unfound("the element takes no value of this type")
    return (exact or alike)[0]


def _built(element: Element, value: Part) -> Item:
    """A value and what is to stand beside it."""
    if "part" in value:
        return _object(element, value["part"]), None
    given, key = _given(value)
    if _family(given) != _family(element.type):
        raise Unfound("the element takes no value of this type")
    return value.get(key), value.get(f"_{key}")


def _object(element: Element, parts: Sequence[Part]) -> Body:
    structure = definitions().structures.get(element.type)
    if structure is None or element.check or element.type == "Resource":
        raise Unfound("the element is not given in parts")
    members: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        members[text(part, "name")].append(part)
    result: Body = {}
    for name, values in members.items():
        _fill(result, structure, name, values, taken=False)
    return result


def _family(type: str) -> str:
    return _FAMILY.get(type, type)


def _given(value: Part) -> tuple[str, str]:
    """(type, JSON name) of value[x] or resource; neither where the value is given in parts."""
    elements = definitions().structures["Parameters.parameter"].elements
    for name in value:
        element = elements.get(name.removeprefix("_"))
        if element is not None and element.label in ("value", "resource"):
            return element.type, name.removeprefix("_")
    return "", ""


# Reading the patch.


def _read(parameters: Body) -> list[tuple[str, dict[str, Any]]]:
    """(type, parts by name). Raises Invalid: for what is no valid Parameters, else with a fault of each operation."""
    found = walked(parameters, "Parameters")
    # ref-1: what #id refers to is in the resource, and checked when that is written
    faults = [issue for issue in found if not issue.diagnostics.startswith("ref-1")]
    if faults or len(found) == MAX_ISSUES:
        raise Invalid(tuple(faults) or found)
    listed = parameters.get("parameter", [])
    if len(listed) > MAX_OPERATIONS:
        raise Invalid.of(f"at most {MAX_OPERATIONS} operations", "Parameters.parameter", code="too-costly")
    operations = []
    for number, parameter in enumerate(listed):
        try:
            operations.append(_operation(parameter, f"Parameters.parameter[{number}]"))
        except Invalid as fault:
            faults += fault.issues
    if faults:
        raise Invalid(tuple(faults[:MAX_ISSUES]))
    return operations


def _operation(parameter: Part, place: str) -> tuple[str, dict[str, Any]]:
    parts: dict[str, Any] = {}
    for index, part in enumerate(parameter.get("part", ())):
        name, where = text(part, "name"), f"{place}.part[{index}]"
        if name not in _READERS or name in parts:
            raise Invalid.of(f"the parts are {', '.join(_READERS)}, each once", where, code="structure")
        try:
            parts[name] = _READERS[name](part)
        except Unreadable as fault:
            raise Invalid.of(str(fault), where, code="value") from None
    if text(parameter, "name") != "operation" or "type" not in parts:
        raise Invalid.of("expected the parameter operation with its type", place, code="structure")
    kind: str = parts.pop("type")
    names, _ = _OPERATIONS[kind]
    if parts.keys() != set(names):
        raise Invalid.of(f"the parts of {kind} are type, {', '.join(names)}", place, code="structure")
    return kind, parts


def _type(part: Part) -> str:
    found = text(part, "valueCode") or text(part, "valueString")
    if found not in _OPERATIONS:
        raise Unreadable(f"expected valueCode, one of {', '.join(_OPERATIONS)}")
    return found


def _name(part: Part) -> str:
    if not text(part, "valueString"):
        raise Unreadable("expected valueString")
    return text(part, "valueString")


def _whole(part: Part) -> int:
    for name in ("valueInteger", "valueUnsignedInt", "valuePositiveInt"):
        if name in part:
            return int(part[name])
    raise Unreadable("expected valueInteger")


_READERS: Final[Mapping[str, Callable[[Part], Any]]] = {
    "type": _type,
    "path": lambda part: parsed(_name(part)),
    "name": _name,
    "value": lambda part: part,
    "index": _whole,
    "source": _whole,
    "destination": _whole,
}
