"""Parts of resources: `_summary` and `_elements` (https://hl7.org/fhir/R4/search.html#summary).

The only answers whose resources are not the bytes as stored; each carries the tag SUBSETTED.
"""

from collections.abc import Callable
from typing import Any

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.cutting import tagged
from oppfolging_api.fhir.definitions import Element, Structure, definitions
from oppfolging_api.fhir.search.query import Summary
from oppfolging_api.kernel.registry import Body

_ALWAYS = ("resourceType", "id", "meta")
_Keeps = Callable[[str, Element], bool]


def subset(body: bytes, summary: Summary, elements: frozenset[str]) -> bytes:
    """The resource with what was asked for, what R4 demands of the type, and its id and meta."""
    if summary == "false" and not elements:
        return body
    resource: Body = exact_json.parse(body)
    structure = definitions().structures[resource["resourceType"]]
    keeps = _keeps(summary, elements)
    kept = {name: value for name, value in resource.items() if name in _ALWAYS}
    rest = {name: value for name, value in resource.items() if name not in _ALWAYS}
    return exact_json.dump(tagged(kept | _cut(rest, structure, keeps)))


def _keeps(summary: Summary, elements: frozenset[str]) -> _Keeps:
    """Whether an element stays, by its JSON name: a choice may be asked for as `value` and as `valueQuantity`."""
    if elements:
        return lambda name, element: element.required or not elements.isdisjoint((name, element.label))
    if summary == "text":
        return lambda _, element: element.required or element.label == "text"
    if summary == "data":
        return lambda _, element: element.label != "text"
    return lambda _, element: element.required or element.summary


def _cut(value: dict[str, Any], structure: Structure, keeps: _Keeps) -> dict[str, Any]:
    kept = {}
    for name, held in value.items():
        json_name = name.removeprefix("_")
        element = structure.elements.get(json_name)
        if element is not None and keeps(json_name, element):
            kept[name] = held
    return kept
