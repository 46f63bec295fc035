"""Reading codes."""

from collections.abc import Iterable, Mapping
from typing import Any


def has_code(concepts: Iterable[Mapping[str, Any]], system: str, code: str) -> bool:
    """Whether one of some CodeableConcepts holds a code."""
    return any(
        coding.get("system") == system and coding.get("code") == code
        for concept in concepts
        for coding in concept.get("coding", ())
    )


def concept(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def extension_code(element: Mapping[str, Any], url: str) -> str | None:
    """The valueCode of the first extension of that address."""
    return next((each.get("valueCode") for each in element.get("extension", ()) if each.get("url") == url), None)
