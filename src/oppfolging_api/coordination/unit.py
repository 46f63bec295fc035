"""Finding the municipality's own: its coordinating unit, who works there now, and who hears what about a referral."""

from typing import Any

from oppfolging_api.coordination.tasks import is_kind
from oppfolging_api.fhir.labels import told_by_itself
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.period import covers
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Facts
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.vocabulary import SERVICE_TYPE, ServiceType, TaskKind

UNIT = (
    "SELECT min(f.id) AS id FROM tenant_find f"
    " WHERE f.type = 'Organization' AND NOT f.deleted AND f.keys @> ARRAY[:unit_key]"
)
_HEARS = "SELECT hears_outcome FROM referral_receipt WHERE municipality = :municipality AND referral = :referral"


async def coordinating_unit(writer: Writer) -> dict[str, Any] | None:
    """A Reference to the municipality's coordinating unit, None where the directory has none."""
    (found,) = await writer.ask(UNIT, {"unit_key": unit_key(writer.canonical)})
    return as_unit(found["id"])


def unit_key(canonical: Canonical) -> str:
    """What the coordinating unit is found by in the directory."""
    return f"type={canonical.code_system(SERVICE_TYPE)}|{ServiceType.COORDINATING_UNIT}"


def as_unit(id: str | None) -> dict[str, Any] | None:
    """A Reference to what UNIT found."""
    return {"reference": f"Organization/{id}"} if id else None


async def referral_tasks(facts: Facts, person: str | None, request: str, canonical: Canonical) -> list[Body]:
    """The Task that carries a ServiceRequest as a referral; none where nobody reported it as a need."""
    return [
        held
        for held in (await facts.about(person, "Task") if person else [])
        if is_kind(held, TaskKind.REFERRAL, canonical) and pointed_at(held.get("focus"), "ServiceRequest") == request
    ]


async def at_work(facts: Facts, reference: str) -> bool:
    """Whether a role, a practitioner or a service is in the directory, active and within its period now."""
    kind = reference.partition("/")[0]
    found = await _pointed_at(facts, {"reference": reference}, kind)
    return bool(found) and found.get("active") is not False and covers(found.get("period"), facts.at)


async def presented(facts: Facts, role: str) -> str:
    """Who somebody in a PractitionerRole is, where they work and their phone, as a sender of a referral is told."""
    held = await _pointed_at(facts, {"reference": role}, "PractitionerRole")
    practitioner = await _pointed_at(facts, held.get("practitioner"), "Practitioner")
    organization = await _pointed_at(facts, held.get("organization"), "Organization")
    name: dict[str, Any] = next(iter(practitioner.get("name", ())), {})
    person = name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip()
    telecoms = [*held.get("telecom", ()), *practitioner.get("telecom", ())]
    phone = next((each["value"] for each in telecoms if _is_work_phone(each)), None)
    who = ", ".join(filter(None, (person, organization.get("name")))) or "uten navn i katalogen"
    return f"{who}, telefon {phone}" if phone else who


def _is_work_phone(telecom: Body) -> bool:
    """One that is nobody's own at home, and is not out of use."""
    spoken = telecom.get("system") == "phone" and "value" in telecom
    return spoken and telecom.get("use", "work") in ("work", "mobile") and "end" not in telecom.get("period", {})


async def told_by(facts: Facts, role: str, declared: ResourceType, canonical: Canonical) -> set[str]:
    """The kinds of information it tells that somebody in a PractitionerRole has to do with a person: those of the
    service they work for, and of what it is part of. `declared` is Organization."""
    kinds: dict[str, set[str]] = {}
    held = await _pointed_at(facts, {"reference": role}, "PractitionerRole")
    found = await _pointed_at(facts, held.get("organization"), declared.name)
    while found and found["id"] not in kinds:
        kinds[found["id"]] = told_by_itself(found, declared, canonical)
        found = await _pointed_at(facts, found.get("partOf"), declared.name)
    return set().union(*kinds.values())


async def _pointed_at(facts: Facts, reference: dict[str, Any] | None, kind: str) -> dict[str, Any]:
    """What a Reference to a type points at, {} where that is nothing here."""
    id = pointed_at(reference, kind)
    return (await facts.resource(kind, id) if id else None) or {}


async def hears_outcome(writer: Writer, referral: str) -> bool:
    """Whether the sender of a referral hears its outcome (CONTRACT section 6); nobody does where nobody sent it."""
    given = {"municipality": writer.context.caller.municipality, "referral": referral}
    return any(row["hears_outcome"] for row in await writer.ask(_HEARS, given))
