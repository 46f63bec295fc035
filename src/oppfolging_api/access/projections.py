"""What the policy reads, drawn from the resources that say it: identities, employments, relations, denials."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.period import bounds
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Projection, Registry
from oppfolging_api.kernel.systems import GENERAL_PRACTITIONER_ROLE, IDENTITY_NUMBERS, PATIENT_ROLE, V3_ROLE
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, INFORMATION_KIND, ConsentKind, InformationKind
from oppfolging_api.store import tables

Row = dict[str, Any]
Bounds = tuple[datetime | None, datetime | None]
_GUARDIAN = "GUARD"
_LONGEST_KEY = 500
_COVERED_BY_HEALTH = (InformationKind.MENTAL_HEALTH, InformationKind.SUBSTANCE_USE)


def register(registry: Registry, person_keys: PersonKeys) -> None:
    def of_person(resource: Mapping[str, Any]) -> list[Row]:
        return person_identities(resource, person_keys)

    def denials_of(consent: Mapping[str, Any]) -> list[Row]:
        return denials(consent, registry.canonical)

    for type, rows in (
        ("Practitioner", identities),
        ("Organization", identities),
        ("Patient", of_person),
        ("RelatedPerson", of_person),
    ):
        registry.projections[type].append(Projection(tables.KnownIdentity, rows))
    registry.projections["Organization"].append(Projection(tables.OrganisationPart, parts))
    registry.projections["PractitionerRole"].append(Projection(tables.Employment, employments))
    registry.projections["RelatedPerson"].append(Projection(tables.Relation, relations))
    registry.projections["Consent"].append(Projection(tables.Denial, denials_of))


def identities(resource: Mapping[str, Any]) -> list[Row]:
    """A row for each business identifier, `system|value`; one that is longer than any a token could carry is none."""
    keys = {f"{held['system']}|{held['value']}" for held in _identifiers(resource)}
    return [{"key": key} for key in sorted(keys) if len(key) <= _LONGEST_KEY]


def person_identities(resource: Mapping[str, Any], person_keys: PersonKeys) -> list[Row]:
    """A row for each fødselsnummer or D-number, as its keyed hash."""
    keys = {person_keys.key(held["value"]) for held in _identifiers(resource) if held["system"] in IDENTITY_NUMBERS}
    return [{"key": key} for key in sorted(keys)]


def _identifiers(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [held for held in resource.get("identifier", ()) if "system" in held and "value" in held]


def parts(organisation: Mapping[str, Any]) -> list[Row]:
    part_of = pointed_at(organisation.get("partOf"), "Organization")
    return [{"part_of": part_of}] if part_of else []


def employments(role: Mapping[str, Any]) -> list[Row]:
    """Raises nothing: a role without a practitioner or an organisation employs nobody, and says so."""
    starts, ends = bounds(role.get("period"))
    return [
        {
            "practitioner": pointed_at(role.get("practitioner"), "Practitioner"),
            "organisation": pointed_at(role.get("organization"), "Organization"),
            "general_practitioner": has_code(role.get("code", ()), PATIENT_ROLE, GENERAL_PRACTITIONER_ROLE),
            "active": role.get("active", True),
            "starts": starts,
            "ends": ends,
        }
    ]


def relations(relative: Mapping[str, Any]) -> list[Row]:
    person = pointed_at(relative.get("patient"), "Patient")
    if person is None:
        return []
    starts, ends = bounds(relative.get("period"))
    guardian = has_code(relative.get("relationship", ()), V3_ROLE, _GUARDIAN)
    active = relative.get("active", True)
    return [{"person": person, "guardian": guardian, "active": active, "starts": starts, "ends": ends}]


def denials(consent: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """A row for each actor of each rule of an active sharing consent that denies (CONTRACT section 4)."""
    person = pointed_at(consent.get("patient"), "Patient")
    sharing = has_code(consent.get("category", ()), canonical.code_system(CONSENT_KIND), ConsentKind.SHARING)
    if consent.get("status") != "active" or not sharing or person is None:
        return []
    whole = consent.get("provision", {})
    rules = [rule for rule in whole.get("provision", ()) if rule.get("type") == "deny"]
    rows = [
        {"person": person, "actor": f"{type}/{id}"} | _withheld(rule, whole, canonical.code_system(INFORMATION_KIND))
        for rule in rules
        for actor in rule.get("actor", ())
        for type in ("Organization", "Practitioner")
        if (id := pointed_at(actor.get("reference"), type))
    ]
    return [row | {"position": position} for position, row in enumerate(rows)]


def _withheld(rule: Mapping[str, Any], whole: Mapping[str, Any], system: str) -> Row:
    kinds = {label.get("code") for label in rule.get("securityLabel", ()) if label.get("system") == system} - {None}
    if InformationKind.HEALTH in kinds:
        kinds |= set(_COVERED_BY_HEALTH)
    starts, ends = _while_both(bounds(rule.get("period")), bounds(whole.get("period")))
    return {"kinds": sorted(kinds), "starts": starts, "ends": ends}


def _while_both(one: Bounds, other: Bounds) -> Bounds:
    """A rule is in force no longer than the consent it stands in."""
    starts, ends = ([bound for bound in pair if bound] for pair in zip(one, other, strict=True))
    return max(starts, default=None), min(ends, default=None)
