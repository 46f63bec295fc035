"""The declaration of a resource type: one object that indexing, searching, metadata and access all read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SearchKind = Literal["token", "reference", "date", "string"]


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter: https://hl7.org/fhir/R4/search.html

    `paths` are dotted element paths below the resource, walked through arrays; `occurrence[x]` means whichever
    type the element has. `targets` are the types a reference may point at, of those served.
    """

    name: str
    kind: SearchKind
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()


def token(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "token", paths or (name,))


def reference(name: str, *paths: str, targets: tuple[str, ...]) -> SearchParameter:
    return SearchParameter(name, "reference", paths or (name,), targets)


def date(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "date", paths or (name,))


def string(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "string", paths or (name,))


ADDRESS = (
    string("address"),
    string("address-city", "address.city"),
    string("address-country", "address.country"),
    string("address-postalcode", "address.postalCode"),
    string("address-state", "address.state"),
)
PEOPLE = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
AGENTS = (*PEOPLE, "Organization")
PARTIES = (*AGENTS, "CareTeam")

Grants = Mapping[str, str]
"""Standing (access.policy) -> the letters c u d it allows; a standing that is left out does not see the type at all."""


def directory() -> Grants:
    """What is about nobody: everyone in the municipality reads it, the coordinating unit and its systems keep it."""
    return {"coordinating-unit": "cud", "system": "cud", "directory": ""}


def personal(**letters: str) -> Grants:
    """What is about a person: the coordinating unit has all of it; others see it and may do what is named here."""
    seen = dict.fromkeys(("coordinator", "team", "informed", "owner", "person", "kin"), "")
    return {"coordinating-unit": "cud", "system": "cud"} | seen | letters


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What the engine must know of a type it serves.

    `person`: the element that points at the Patient the resource is about, "id" for Patient itself, None for the
    directory (what is about nobody). `default_kind`: the kind an unlabelled resource counts as (CONTRACT section 3).
    `packaged`: the service itself publishes read-only resources of this type to everyone.
    """

    name: str
    search: tuple[SearchParameter, ...]
    grants: Grants
    person: str | None = None
    default_kind: str | None = None
    packaged: bool = False

    def parameter(self, name: str) -> SearchParameter | None:
        return next((declared for declared in self.search if declared.name == name), None)
