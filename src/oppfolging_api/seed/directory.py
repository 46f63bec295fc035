"""The services of a municipality and those who work there."""

from collections.abc import Callable
from dataclasses import dataclass

from oppfolging_api.access.development import ISSUER
from oppfolging_api.kernel import identity_number, systems
from oppfolging_api.kernel.vocabulary import SERVICE_TYPE, ServiceType
from oppfolging_api.seed.setting import Persona, Resource, Setting, coded, ref, resource, service

MUNICIPALITY_CODE = "https://register.geonorge.no/subregister/sosi-kodelister/kartverket/kommunenummer-alle"

LONG_AGO = -2500
GENERAL_PRACTITIONER = "Fastlege"


@dataclass(frozen=True, slots=True)
class Service:
    """A row of the directory. `stem` is the organisation number less its check digit; real ones start at 8 or 9."""

    id: str
    name: str
    type: ServiceType
    stem: int
    part_of: str | None = None

    @property
    def number(self) -> str:
        return identity_number.organisation_number(self.stem)


@dataclass(frozen=True, slots=True)
class Professional:
    """Someone who works in a service: the Practitioner has the id, the PractitionerRole the id and `-role`."""

    id: str
    given: str
    family: str
    title: str
    service: str
    hpr: str | None = None
    profession: str | None = None
    since: int = LONG_AGO
    until: int | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality as data: `unit` is the id of its coordinating unit, a story makes the resources of one person."""

    code: str
    town: str
    unit: str
    services: tuple[Service, ...]
    staff: tuple[Professional, ...]
    stories: tuple[Callable[[Setting], list[Resource]], ...]
    personas: Callable[[Setting], list[Persona]]


def directory(setting: Setting, services: tuple[Service, ...], staff: tuple[Professional, ...]) -> list[Resource]:
    return [
        *(organization(setting, each) for each in services),
        *(practitioner(each) for each in staff),
        *(practitioner_role(setting, each) for each in staff),
    ]


def organization(setting: Setting, row: Service) -> Resource:
    identifiers = [{"system": systems.ORGANISATION_NUMBER, "value": row.number}]
    if row.type is ServiceType.MUNICIPALITY:
        identifiers.append({"system": MUNICIPALITY_CODE, "value": setting.code})
    return resource(
        "Organization",
        row.id,
        identifier=identifiers,
        active=True,
        type=[setting.concept(SERVICE_TYPE, row.type)],
        name=row.name,
        partOf=ref(service(row.part_of)) if row.part_of else None,
    )


def practitioner(row: Professional) -> Resource:
    """Someone without a health personnel number is known as the development issuer names them."""
    system, value = (systems.HPR, row.hpr) if row.hpr else (ISSUER, row.id)
    return resource(
        "Practitioner",
        row.id,
        identifier=[{"system": system, "value": value}],
        active=True,
        name=[{"family": row.family, "given": [row.given]}],
        telecom=[{"system": "phone", "value": row.phone, "use": "work"}] if row.phone else None,
    )


def practitioner_role(setting: Setting, row: Professional) -> Resource:
    profession = coded(systems.PROFESSION, row.profession) if row.profession else {}
    towards_patient = coded(systems.PATIENT_ROLE, systems.GENERAL_PRACTITIONER_ROLE, "Fastlege")
    general_practitioner = [towards_patient] if row.title == GENERAL_PRACTITIONER else []
    return resource(
        "PractitionerRole",
        f"{row.id}-role",
        active=True,
        period=setting.period(row.since, row.until),
        practitioner=ref(f"Practitioner/{row.id}"),
        organization=ref(service(row.service)),
        code=[profession | {"text": row.title}, *general_practitioner],
    )


def persona(role: str, worker: Professional, services: tuple[Service, ...], description: str) -> Persona:
    """A token of someone in the directory, with the organisation number of where they work."""
    employer = next(each for each in services if each.id == worker.service)
    return Persona(role, worker.id, worker.hpr, employer.number, None, description)
