"""The references in a resource: what they say, and every one of them (https://hl7.org/fhir/R4/references.html)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from oppfolging_api.fhir.definitions import Element, Structure, definitions
from oppfolging_api.fhir.exact_json import child

_ID: Final = r"[A-Za-z0-9\-.]{1,64}"
_LITERAL: Final = re.compile(rf"(https?://\S+/)?([A-Z][A-Za-z]+)/{_ID}(?:/_history/{_ID})?")
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]+)\?\S+")
_ELSEWHERE: Final = re.compile(
    r"https?://\S+|urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundReference:
    """One Reference.reference and the types its element allows, None for any."""

    expression: str
    reference: str
    targets: frozenset[str] | None


def named_type(reference: str, *, conditional: bool) -> str | None:
    """The resource type in a reference that is not `#id`; "" where it names none, None where it is no reference.

    `conditional` allows `Type?search`, which only stands in a transaction.
    """
    literal = _LITERAL.fullmatch(reference)
    if literal is not None:
        is_type = literal[2] in definitions().resources
        return literal[2] if is_type else "" if literal[1] else None
    search = _CONDITIONAL.fullmatch(reference) if conditional else None
    if search is not None:
        return search[1] if search[1] in definitions().resources else None
    return "" if _ELSEWHERE.fullmatch(reference) else None


def references(resource: Mapping[str, Any], kind: str) -> Iterator[FoundReference]:
    """Every Reference.reference, those of extensions and contained resources included, but not `#...`."""
    found: list[FoundReference] = []
    _collect(resource, definitions().structures.get(kind), None, kind, found)
    return iter(found)


def relative(resource: Mapping[str, Any], kind: str, base: str) -> dict[str, Any]:
    """The resource with its references to what lies below this server's own address made relative; those elsewhere,
    canonicals and whatever else merely begins like it are left as they are. May be given what is not yet validated."""
    own = {
        found.reference: local
        for found in references(resource, kind)
        if found.reference.startswith(f"{base}/")
        and named_type(local := found.reference.removeprefix(f"{base}/"), conditional=False)
    }
    rewritten: dict[str, Any] = _rewritten(resource, own) if own else dict(resource)
    return rewritten


def _rewritten(value: Any, own: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_rewritten(item, own) for item in value]
    if not isinstance(value, Mapping):
        return value
    copied = {name: _rewritten(held, own) for name, held in value.items()}
    link = value.get("reference")
    return copied | {"reference": own[link]} if isinstance(link, str) and link in own else copied


def _collect(
    value: Mapping[str, Any],
    structure: Structure | None,
    targets: frozenset[str] | None,
    path: str,
    found: list[FoundReference],
) -> None:
    """`structure` None: a type without definitions, where whatever looks like a reference is one."""
    link = value.get("reference")
    if isinstance(link, str) and _is_reference(link, structure):
        found.append(FoundReference(f"{path}.reference", link, targets))
    for name, content in value.items():
        if isinstance(content, dict | list):
            element = structure.elements.get(name.removeprefix("_")) if structure else None
            _collect_below(content, name, element, child(path, element.label if element else name), found)


def _is_reference(link: str, structure: Structure | None) -> bool:
    if structure is None:
        return named_type(link, conditional=False) is not None
    return structure.name == "Reference" and not link.startswith("#")


def _collect_below(
    content: dict[str, Any] | list[Any], name: str, element: Element | None, path: str, found: list[FoundReference]
) -> None:
    if isinstance(content, dict):
        targets = element.targets if element else None
        _collect(content, _structure_of(content, name, element), targets, path, found)
        return
    for index, item in enumerate(content):
        if isinstance(item, dict | list):
            _collect_below(item, name, element, f"{path}[{index}]", found)


def _structure_of(content: Mapping[str, Any], name: str, element: Element | None) -> Structure | None:
    structures = definitions().structures
    if element is None or element.type == "Resource":
        return structures.get(str(content.get("resourceType")))
    return structures.get("Element" if name.startswith("_") else element.type)
