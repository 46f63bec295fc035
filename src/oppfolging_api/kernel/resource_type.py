"""The declaration of a resource type: one object that indexing, searching, metadata and access all read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SearchKind = Literal["token", "reference", "date", "string", "uri", "quantity", "composite"]


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter: https://hl7.org/fhir/R4/search.html

    `paths` are dotted JSON names below the resource, walked through arrays: `telecom[system=phone]` are those items of
    which an element says so, the empty path is the resource itself. `targets` are the types a reference may point at,
    of those served; `allowed` all those R4 has, empty for any. A composite has two `components`, whose paths begin
    at each of its own. `truth`: not the value is looked for but whether there is one other than false.
    """

    name: str
    kind: SearchKind
    paths: tuple[str, ...]
    targets: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    components: tuple["SearchParameter", ...] = ()
    truth: bool = False


def token(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "token", paths or (name,))


def reference(name: str, *paths: str, targets: tuple[str, ...]) -> SearchParameter:
    """Without targets it is a canonical."""
    return SearchParameter(name, "reference", paths or (name,), targets, allowed=targets)


def date(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "date", paths or (name,))


def string(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "string", paths or (name,))


def uri(name: str, *paths: str) -> SearchParameter:
    return SearchParameter(name, "uri", paths or (name,))


COMMON = (
    uri("_profile", "meta.profile"),
    token("_security", "meta.security"),
    uri("_source", "meta.source"),
    token("_tag", "meta.tag"),
)
"""What every type is found by besides what it declares, its id and when it was last written."""
PARTIES = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Organization", "CareTeam")

Grants = Mapping[str, str]
"""Standing (access.policy) -> the letters c u d it allows; a standing that is left out does not see the type at all."""


def directory() -> Grants:
    """What is about nobody: everyone in the municipality reads it, the coordinating unit and its systems keep it."""
    return {"coordinating-unit": "cud", "system": "cud", "directory": ""}


def published() -> Grants:
    """What only the service itself publishes: everyone reads it, nobody writes it."""
    return {"directory": ""}


def personal(**letters: str) -> Grants:
    """What is about a person: the coordinating unit has all of it; others see it and may do what is named here, a
    guardian in matters of health what the person may, a case-member what a member of the team may."""
    seen = dict.fromkeys(("coordinator", "team", "informed", "owner", "person", "kin", "guardian-economy"), "")
    alike = {"guardian-health": letters.get("person", ""), "case-member": letters.get("team", "")}
    return {"coordinating-unit": "cud", "system": "cud"} | seen | alike | letters


@dataclass(frozen=True, slots=True)
class Telling:
    """By the code of an element, of one of this service's own CodeSystems, what kinds of information it tells of."""

    element: str
    system: str
    kinds: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """What the engine must know of a type it serves; each is made once, and is itself alone.

    `search` are the parameters R4 has for the type and this service's own. `person`: the path of the element that
    points at the Patient the resource is about, of the first one there; "id" for Patient itself, None for the directory
    (what is about nobody). `default_kind`: the kind an unlabelled resource counts as (CONTRACT section 3). `tells`:
    what it counts as beside its labels. `packaged`: the service itself publishes read-only resources of this type to
    everyone. `compartments`: by the type of a compartment, the parameters that place a resource in it
    (https://hl7.org/fhir/R4/compartmentdefinition.html).
    """

    name: str
    grants: Grants
    search: tuple[SearchParameter, ...] = ()
    person: str | None = None
    default_kind: str | None = None
    tells: Telling | None = None
    packaged: bool = False
    compartments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def parameter(self, name: str) -> SearchParameter | None:
        return next((declared for declared in self.search if declared.name == name), None)
