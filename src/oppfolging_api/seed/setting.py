"""What every part of the seed speaks in: where and when a story takes place, and the small parts of FHIR JSON."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO

Resource = dict[str, Any]
"""A complete FHIR resource, or an element of one, as JSON."""


@dataclass(frozen=True, slots=True)
class Persona:
    """What a ready token of one role needs."""

    role: str
    subject: str
    hpr: str | None
    organisation: str | None
    pid: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """A tenant with its resources, each referring only to earlier ones, and one persona a role."""

    code: str
    resources: list[Resource]
    sample: dict[str, Persona]


@dataclass(frozen=True, slots=True)
class Setting:
    """A municipality on a day. Days are counted from today: -30 is thirty days ago."""

    canonical: Canonical
    today: date
    code: str
    town: str
    unit: str
    """Id of the coordinating unit's Organization."""

    def day(self, offset: int) -> str:
        return (self.today + timedelta(days=offset)).isoformat()

    def at(self, offset: int, hour: int = 10) -> str:
        """A time of day in Norway."""
        return datetime.combine(self.today + timedelta(days=offset), time(hour), OSLO).isoformat()

    def child(self, age: int, month: int, day: int) -> date:
        """Date of birth of someone who turns `age` this year."""
        return date(self.today.year - age, month, day)

    def adult(self, decade: int, month: int, day: int) -> date:
        """Date of birth of someone in the first half of a decade of life.

        It stands still for five years at a time, so that a token made later still fits what was loaded.
        """
        latest = self.today.year - decade - 1
        return date(latest - (latest - 4) % 5, month, day)

    def period(self, since: int, until: int | None = None) -> dict[str, str]:
        ends = {} if until is None else {"end": self.day(until)}
        return {"start": self.day(since)} | ends

    def concept(self, code_system: str, code: str) -> Resource:
        """A code of one of this service's own CodeSystems."""
        return {"coding": [{"system": self.canonical.code_system(code_system), "code": str(code)}]}

    def extension(self, name: str, **value: object) -> Resource:
        return {"url": self.canonical.extension(name)} | value

    def about(self, person: str) -> "Story":
        return Story(self.canonical, self.today, self.code, self.town, self.unit, person)


@dataclass(frozen=True, slots=True)
class Story(Setting):
    """A setting seen from one person: the id of the Patient, which the ids of the story's resources begin with."""

    person: str

    @property
    def subject(self) -> dict[str, str]:
        return ref(self.patient)

    @property
    def patient(self) -> str:
        return f"Patient/{self.person}"

    @property
    def team(self) -> str:
        return f"CareTeam/{self.person}-team"

    def kin(self, key: str) -> str:
        return f"RelatedPerson/{self.person}-{key}"


def ref(reference: str) -> dict[str, str]:
    return {"reference": reference}


def refs(references: tuple[str, ...]) -> list[dict[str, str]]:
    return [ref(each) for each in references]


def role(practitioner: str) -> str:
    """The one PractitionerRole of a Practitioner."""
    return f"PractitionerRole/{practitioner}-role"


def service(organization: str) -> str:
    return f"Organization/{organization}"


def coded(system: str, code: str, display: str | None = None) -> Resource:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def resource(kind: str, id: str, **elements: object) -> Resource:
    """A resource without the elements that are empty."""
    return {"resourceType": kind, "id": id} | {name: value for name, value in elements.items() if value}
