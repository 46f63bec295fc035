"""References between the entries of a transaction: https://hl7.org/fhir/R4/http.html#trules

What an entry is called in the Bundle (its fullUrl) becomes the id the server gives it, wherever another refers to it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from oppfolging_api.kernel.errors import Invalid

_URN = ("urn:uuid:", "urn:oid:")


def linked(value: Any, names: Mapping[str, str]) -> Any:
    """A copy in which references say `names[...]` for what they named; identifiers as urn: also where they stand as a
    value of their own, and in the links of a narrative."""
    if isinstance(value, list):
        return [linked(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _member(name, held, names) for name, held in value.items()}
    return names[value] if isinstance(value, str) and value.startswith(_URN) and value in names else value


def _member(name: str, held: Any, names: Mapping[str, str]) -> Any:
    if name == "reference" and isinstance(held, str):
        return names.get(held, held)
    if name == "div" and isinstance(held, str):
        return _narrative(held, names)
    return linked(held, names)


def _narrative(div: str, names: Mapping[str, str]) -> str:
    for urn, reference in names.items():
        if urn.startswith(_URN):
            div = div.replace(f'"{urn}"', f'"{reference}"')
    return div


def searches(value: Any) -> Iterator[str]:
    """Every reference that is a search, such as `Patient?identifier=1`."""
    for reference in _references(value):
        if "?" in reference and not reference.startswith("#") and ":" not in reference.partition("?")[0]:
            yield reference


def check_all_linked(resource: Any, where: str) -> None:
    """Raises Invalid for a urn: that names no entry."""
    if any(reference.startswith(_URN) for reference in _references(resource)):
        raise Invalid.of("a reference names no entry of the Bundle", where, code="not-found")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        for held in value.values():
            yield from _references(held)
