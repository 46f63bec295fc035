"""A resource as somebody sees it from whom something about its person is withheld (CONTRACT section 3).

References stay where they lead to what may be known; others go with the item of the list they stand in (the whole
participant, not its member alone), since what stands beside them tells as much. Narrative and contained resources go
too, whatever they hold, and the resource is tagged SUBSETTED whether or not anything else has gone: that something has
is not told either.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

from oppfolging_api.fhir.definitions import Structure, definitions
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import SearchParameter
from oppfolging_api.store.index import without_version

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_UNCHECKED = ("contained",)
_Keeps = Callable[[Mapping[str, Any]], bool]


def cut(resource: Body, withheld: Collection[str]) -> Body:
    """The resource without references to the withheld (`Type/id`), to what is not here and to what is not named."""

    def keeps(reference: Mapping[str, Any]) -> bool:
        local = without_version(reference.get("reference", ""))
        return local is not None and local not in withheld

    checked = {name: held for name, held in resource.items() if name not in _UNCHECKED}
    left, _ = _object(checked, definitions().structures.get(resource["resourceType"]), keeps)
    return tagged(left)


def tagged(resource: Body) -> Body:
    """With the tag SUBSETTED, once."""
    meta = resource.get("meta", {})
    tags = [tag for tag in meta.get("tag", []) if not _is_subsetted(tag)]
    return resource | {"meta": meta | {"tag": [*tags, SUBSETTED]}}


def untagged(resource: Body) -> Body:
    """Without it: no stored resource is part of another."""
    meta = resource.get("meta", {})
    tags = [tag for tag in meta.get("tag", ()) if not _is_subsetted(tag)]
    if len(tags) == len(meta.get("tag", ())):
        return resource
    rest = {name: held for name, held in meta.items() if name != "tag"}
    return resource | {"meta": rest | ({"tag": tags} if tags else {})}


def loses(whole: Body, shown: Body) -> bool:
    """Whether more than narrative has been cut: what is written back would lack it."""
    return any(whole[name] != shown.get(name) for name in whole if name not in ("meta", "text"))


def merged(whole: Body, shown: Body, changed: Body) -> tuple[Body, frozenset[str]]:
    """The whole with what was changed in what is shown of it, for all rules to judge; and the elements that cannot be
    changed so.

    What was added to a list is added to the whole list; other changes of an element that is not all shown cannot be
    made.
    """
    names = [name for name in {**shown, **changed} if changed.get(name) != shown.get(name)]
    pairs = {name: _merged(name, whole, shown, changed) for name in names}
    result = with_elements(whole, {name: value for name, (value, _) in pairs.items()})
    return untagged(result), frozenset(name for name, (_, possible) in pairs.items() if not possible)


def with_elements(resource: Body, elements: Mapping[str, Any]) -> Body:
    """A copy; None where one goes."""
    return {name: held for name, held in {**resource, **elements}.items() if held is not None}


def _merged(name: str, whole: Body, shown: Body, changed: Body) -> tuple[Any, bool]:
    stands, seen, wanted = whole.get(name), shown.get(name), changed.get(name)
    if name in ("text", "meta") or stands == seen:
        return wanted, True
    known = seen or []
    if isinstance(stands, list) and isinstance(wanted, list) and wanted[: len(known)] == known:
        return [*stands, *wanted[len(known) :]], True
    return wanted, False


PARTLY_SHOWN = "the caller sees only part of this: it can be neither replaced nor changed as a whole"


def _is_subsetted(tag: Mapping[str, Any]) -> bool:
    return all(tag.get(name) == value for name, value in SUBSETTED.items())


def _object(value: Mapping[str, Any], structure: Structure | None, keeps: _Keeps) -> tuple[Body, bool]:
    """What is left of it, and whether a reference has gone that stands in no list within it, or all of such a list."""
    left: Body = {}
    lost = False
    for name, held in value.items():
        inner = _structure_of(structure, name)
        if isinstance(held, list):
            rest, gone = _list(held, inner, keeps, aligned=name.startswith("_"))
        elif isinstance(held, dict):
            rest, gone = _member(held, inner, keeps, alone=structure is _identifier())
        else:
            rest, gone = held, False
        lost = lost or gone
        if rest is not None:
            left[name] = rest
    return left, lost


def _list(items: list[Any], structure: Structure | None, keeps: _Keeps, *, aligned: bool) -> tuple[Any, bool]:
    """`aligned`: beside the values of another list, where each keeps its place."""
    kept = [_item(item, structure, keeps) for item in items]
    left = kept if aligned else [item for item in kept if item is not None]
    if any(item is not None for item in left):
        return left, False
    return None, structure is not None and structure.name == "Reference"


def _member(value: Mapping[str, Any], structure: Structure | None, keeps: _Keeps, *, alone: bool) -> tuple[Any, bool]:
    """`alone`: what stands beside it stays."""
    if structure is not None and structure.name == "Narrative":
        return None, False
    if _goes(value, structure, keeps):
        return None, not alone
    left, lost = _object(value, structure, keeps)
    return left or None, lost


def _item(item: Any, structure: Structure | None, keeps: _Keeps) -> Any:
    """Of a list; None where it goes."""
    if not isinstance(item, dict):
        return item
    rest, lost = ({}, True) if _goes(item, structure, keeps) else _object(item, structure, keeps)
    return None if lost or not rest else rest


def _goes(value: Mapping[str, Any], structure: Structure | None, keeps: _Keeps) -> bool:
    """Where nothing is known of the element, whatever looks like a reference is one."""
    is_reference = structure.name == "Reference" if structure else isinstance(value.get("reference"), str)
    return is_reference and not keeps(value)


def _structure_of(structure: Structure | None, name: str) -> Structure | None:
    element = structure.elements.get(name.removeprefix("_")) if structure else None
    if element is None:
        return None
    return definitions().structures.get("Element" if name.startswith("_") else element.type)


@cache
def _identifier() -> Structure:
    """Of an identifier only who assigned it goes."""
    return definitions().structures["Identifier"]


def told_beside_references(type: str, person: str | None, parameter: SearchParameter) -> bool:
    """Whether what a parameter finds may be cut with a reference; the one to the person the resource is about stays."""
    places = _places(type) - {_of_one(type, person)}
    paths = [tuple(step.partition("[")[0] for step in path.split(".")) for path in parameter.paths]
    return any(path[: len(place)] == place for path in paths for place in places)


def _of_one(type: str, person: str | None) -> tuple[str, ...]:
    """The path of the person, where nobody else can stand there."""
    element = definitions().structures[type].elements.get(person or "")
    return (person,) if person and element and not element.many else ()


@cache
def _places(type: str) -> frozenset[tuple[str, ...]]:
    """The paths of what goes with a reference: of the innermost list it stands in, else of the reference itself."""
    return frozenset(_placed(definitions().structures[type], (), (), ()))


def _placed(
    structure: Structure, path: tuple[str, ...], within: tuple[str, ...], above: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Not those of identifiers and extensions, which tell for themselves; `above` are the types gone through, each of
    which may stand within itself, once."""
    for name, element in structure.elements.items():
        here = (*path, name)
        inner = definitions().structures.get(element.type)
        if inner is None or above.count(inner.name) > 1 or inner.name in _APART or name in _UNCHECKED:
            continue
        place = here if element.many else within
        if inner.name == "Reference":
            yield place or here
            if within:
                yield within
        yield from _placed(inner, here, place, (*above, inner.name))


_APART = ("Identifier", "Extension", "Element")
