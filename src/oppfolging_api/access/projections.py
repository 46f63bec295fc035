"""What the policy reads, drawn from the resources that say it: identities, employments, relations, consents."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import extension_code, has_code
from oppfolging_api.kernel.identity_number import birthday
from oppfolging_api.kernel.period import bounds, span
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Projection, Registry
from oppfolging_api.kernel.systems import GENERAL_PRACTITIONER_ROLE, IDENTITY_NUMBERS, PATIENT_ROLE, V3_ROLE
from oppfolging_api.kernel.vocabulary import CONSENT_KIND, INFORMATION_KIND, ConsentKind, Extension, InformationKind
from oppfolging_api.store import projected

Row = dict[str, Any]
Bounds = tuple[datetime | None, datetime | None]
_GUARDIAN = "GUARD"
_LONGEST_KEY = 500
_COVERED_BY_HEALTH = (InformationKind.MENTAL_HEALTH, InformationKind.SUBSTANCE_USE)


def register(registry: Registry, person_keys: PersonKeys) -> None:
    def of_person(resource: Mapping[str, Any]) -> list[Row]:
        return person_identities(resource, person_keys)

    def of_patient(patient: Mapping[str, Any]) -> list[Row]:
        return [row | {"born": born(patient)} for row in of_person(patient)]

    def relations_of(relative: Mapping[str, Any]) -> list[Row]:
        return relations(relative, registry.canonical)

    def denials_of(consent: Mapping[str, Any]) -> list[Row]:
        return denials(consent, registry.canonical)

    def permits_of(consent: Mapping[str, Any]) -> list[Row]:
        return permits(consent, registry.canonical)

    for type, rows in (
        ("Practitioner", identities),
        ("Organization", identities),
        ("Patient", of_patient),
        ("RelatedPerson", of_person),
    ):
        registry.projections[type].append(Projection(projected.KnownIdentity, rows))
    registry.projections["Organization"].append(Projection(projected.OrganisationPart, parts))
    registry.projections["PractitionerRole"].append(Projection(projected.Employment, employments))
    registry.projections["RelatedPerson"].append(Projection(projected.Relation, relations_of))
    registry.projections["Consent"] += [
        Projection(projected.Denial, denials_of),
        Projection(projected.Permit, permits_of),
    ]


def identities(resource: Mapping[str, Any]) -> list[Row]:
    """A row for each business identifier, `system|value`; one that is longer than any a token could carry is none."""
    keys = {f"{held['system']}|{held['value']}" for held in _identifiers(resource)}
    return [{"key": key, "born": None} for key in sorted(keys) if len(key) <= _LONGEST_KEY]


def person_identities(resource: Mapping[str, Any], person_keys: PersonKeys) -> list[Row]:
    """A row for each fødselsnummer or D-number, as its keyed hash."""
    keys = {person_keys.key(held["value"]) for held in _identifiers(resource) if held["system"] in IDENTITY_NUMBERS}
    return [{"key": key, "born": None} for key in sorted(keys)]


def born(patient: Mapping[str, Any]) -> date | None:
    """The day of birth, the last it can be where the Patient does not say all of it, nor an identity number."""
    told = patient.get("birthDate", "")
    if len(told) == len("2026-01-01"):
        return date.fromisoformat(told)
    numbers = [held["value"] for held in _identifiers(patient) if held["system"] in IDENTITY_NUMBERS]
    by_number = next(filter(None, map(birthday, numbers)), None)
    return by_number or (span(told)[1] - timedelta(days=1)).date() if told else by_number


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


def relations(relative: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    person = pointed_at(relative.get("patient"), "Patient")
    if person is None:
        return []
    starts, ends = bounds(relative.get("period"))
    guardian = has_code(relative.get("relationship", ()), V3_ROLE, _GUARDIAN)
    authority = extension_code(relative, canonical.extension(Extension.AUTHORITY))
    held = {"guardian": guardian, "authority": authority, "active": relative.get("active", True)}
    return [{"person": person, **held, "starts": starts, "ends": ends}]


def denials(consent: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """A row for each actor of each rule of an active sharing consent that denies (CONTRACT section 4)."""
    system = canonical.code_system(INFORMATION_KIND)
    return [
        row | {"position": position, "kinds": _withheld(rule, system)}
        for position, (rule, row) in enumerate(_ruled(consent, canonical, ConsentKind.SHARING, "deny"))
    ]


def permits(consent: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """A row for each reader of the crisis plan that an active emergency consent names (CONTRACT section 4)."""
    ruled = _ruled(consent, canonical, ConsentKind.EMERGENCY, "permit")
    return [row | {"position": position} for position, (_, row) in enumerate(ruled)]


def _ruled(
    consent: Mapping[str, Any], canonical: Canonical, kind: ConsentKind, type: str
) -> Iterator[tuple[Mapping[str, Any], Row]]:
    """Each rule of a type in an active consent of a kind, with whom and when it is about, once for each actor."""
    person = pointed_at(consent.get("patient"), "Patient")
    of_kind = has_code(consent.get("category", ()), canonical.code_system(CONSENT_KIND), kind)
    if consent.get("status") != "active" or not of_kind or person is None:
        return
    whole = consent.get("provision", {})
    for rule in whole.get("provision", ()):
        starts, ends = _while_both(bounds(rule.get("period")), bounds(whole.get("period")))
        for actor in rule.get("actor", ()) if rule.get("type") == type else ():
            if named := _actor(actor):
                yield rule, {"person": person, "actor": named, "starts": starts, "ends": ends}


def _actor(actor: Mapping[str, Any]) -> str | None:
    found = ((type, pointed_at(actor.get("reference"), type)) for type in ("Organization", "Practitioner"))
    return next((f"{type}/{id}" for type, id in found if id), None)


def _withheld(rule: Mapping[str, Any], system: str) -> list[str]:
    kinds = {label.get("code") for label in rule.get("securityLabel", ()) if label.get("system") == system} - {None}
    return sorted(kinds.union(_COVERED_BY_HEALTH) if InformationKind.HEALTH in kinds else kinds)


def _while_both(one: Bounds, other: Bounds) -> Bounds:
    """A rule is in force no longer than the consent it stands in."""
    starts, ends = ([bound for bound in pair if bound] for pair in zip(one, other, strict=True))
    return max(starts, default=None), min(ends, default=None)
