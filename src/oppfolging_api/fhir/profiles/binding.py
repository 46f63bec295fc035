"""What makes a resource subject to a profile (CONTRACT section 2), said by the profile in its extensions `binds`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oppfolging_api.fhir.profiles.constraint import Constraint, covers

BINDS = "binds"


@dataclass(frozen=True, slots=True)
class Bond:
    """`element` names the canonical, or has a coding with these parts: a system alone means any of its codes."""

    element: str
    coding: Mapping[str, str] | None
    canonical: str | None

    def holds(self, resource: Mapping[str, Any]) -> bool:
        value = resource.get(self.element)
        if value is None:
            return False
        if self.canonical:
            return without_version(value) == self.canonical
        concepts = value if isinstance(value, list) else [value]
        return any(covers(self.coding, coding) for concept in concepts for coding in concept.get("coding", ()))


@dataclass(frozen=True, slots=True)
class Profile:
    url: str
    type: str
    bonds: tuple[Bond, ...]
    constraints: tuple[Constraint, ...]

    def binds(self, resource: Mapping[str, Any]) -> bool:
        return any(bond.holds(resource) for bond in self.bonds)


def bonds(definition: Mapping[str, Any], url: str) -> Iterator[Bond]:
    """`url` is that of the extension."""
    for extension in definition.get("extension", ()):
        if extension["url"] == url:
            parts = {part["url"]: part for part in extension["extension"]}
            coding, canonical = parts.get("code", {}), parts.get("canonical", {})
            yield Bond(parts["path"]["valueString"], coding.get("valueCoding"), canonical.get("valueCanonical"))


def without_version(canonical: object) -> str:
    return canonical.partition("|")[0] if isinstance(canonical, str) else ""
