"""What stands in a municipality before anything odd is sent: a resource of each type, and a caller of each role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, ok, reference

WRITTEN: Final = (
    *("Appointment", "AppointmentResponse", "CarePlan", "CareTeam", "Communication", "Composition", "Condition"),
    *("Consent", "DocumentReference", "Goal", "HealthcareService", "Location", "Observation", "Organization"),
    *("Patient", "Practitioner", "PractitionerRole", "Provenance", "Questionnaire", "QuestionnaireResponse"),
    *("RelatedPerson", "ServiceRequest", "Task"),
)
PUBLISHED: Final = ("CodeSystem", "OperationDefinition", "SearchParameter", "StructureDefinition", "ValueSet")
SERVED: Final = (*WRITTEN, *PUBLISHED)
IDS: Final[Mapping[str, str]] = dict.fromkeys(WRITTEN, "a")
PEOPLE: Final = ("Patient/a", "Patient/b")
ROLES: Final = ("coordinating-unit", "system", "coordinator", "team", "leader", "referrer", "person")
HPR: Final = "9900001"

A_PERSON: Final = {"reference": "Patient/a"}
A_ROLE: Final = {"reference": "PractitionerRole/a"}
_ACTIVE: Final = {"status": "active"}
_REST: Final[tuple[Json, ...]] = (
    {"resourceType": "RelatedPerson", "patient": A_PERSON},
    {"resourceType": "Location", "name": "Rådhuset"},
    {"resourceType": "HealthcareService", "name": "Fysioterapi"},
    {"resourceType": "Questionnaire", "status": "draft"},
    {"resourceType": "ServiceRequest", **_ACTIVE, "intent": "order", "subject": A_PERSON},
    {"resourceType": "Condition", "subject": A_PERSON},
    {"resourceType": "Observation", "status": "final", "code": {"text": "Gange"}, "subject": A_PERSON},
    {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå"}, "subject": A_PERSON},
    {"resourceType": "CarePlan", **_ACTIVE, "intent": "plan", "subject": A_PERSON},
    {"resourceType": "Task", "status": "requested", "intent": "order", "for": A_PERSON, "owner": A_ROLE},
    {"resourceType": "Communication", "status": "completed", "subject": A_PERSON},
    {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": A_PERSON},
    {
        "resourceType": "Consent",
        "status": "draft",
        "scope": coding(systems.CONSENT_SCOPE, "patient-privacy"),
        "category": [coding(CANONICAL.code_system("consent-kind"), "plan")],
        "patient": A_PERSON,
        "policyRule": coding(systems.V3_ACT, "OPTIN"),
    },
    {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-01-01T08:00:00Z",
        "end": "2026-01-01T09:00:00Z",
        "participant": [{"actor": A_PERSON, "status": "accepted"}],
    },
    {
        "resourceType": "AppointmentResponse",
        "appointment": {"reference": "Appointment/a"},
        "actor": A_PERSON,
        "participantStatus": "accepted",
    },
    {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "Epikrise"},
        "subject": A_PERSON,
        "date": "2026-01-01",
        "author": [A_ROLE],
        "title": "Epikrise",
    },
    {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": A_PERSON,
        "content": [{"attachment": {"title": "Plan"}}],
    },
    {
        "resourceType": "Provenance",
        "target": [{"reference": "CarePlan/a"}],
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"who": A_ROLE}],
    },
)


@dataclass(frozen=True, slots=True)
class World:
    town: Municipality
    callers: Mapping[str, Api]
    """By role."""


def furnished(town: Municipality) -> World:
    number, office = identity_number(), town.organisation("home-care")
    for body in (
        {"resourceType": "Patient", "identifier": [{"system": systems.FNR, "value": number}]},
        {"resourceType": "Organization", "name": "Hjemmetjenesten"},
        {"resourceType": "Practitioner", "identifier": [{"system": systems.HPR, "value": HPR}]},
        {"resourceType": "PractitionerRole", "practitioner": {"reference": "Practitioner/a"}}
        | {"active": True, "organization": reference(office), "period": {"start": "2020-01-01"}},
    ):
        _stand(town, body)
    _stand(town, {"resourceType": "Patient"}, "b")
    _stand(town, _team())
    for body in _REST:
        _stand(town, body)
    orgnr = str(office["identifier"][0]["value"])
    works = {"hpr": HPR, "orgnr": orgnr}
    claims = {"coordinator": works, "team": works, "leader": {"orgnr": orgnr}, "referrer": {"orgnr": "889640782"}}
    others = {role: town.api(role, **claims[role]) for role in claims}
    known = {"coordinating-unit": town.unit, "system": town.system, "person": town.api("person", pid=number)}
    return World(town, known | others)


def _team() -> Json:
    coordinator = {
        "role": [coding(systems.PATIENT_ROLE, systems.COORDINATOR_ROLE)],
        "member": A_ROLE,
        "period": {"start": "2024-01-01"},
    }
    return {
        "resourceType": "CareTeam",
        **_ACTIVE,
        "subject": A_PERSON,
        "period": {"start": "2024-01-01"},
        "participant": [coordinator, {"member": A_ROLE, "period": {"start": "2024-01-01"}}],
    }


def _stand(town: Municipality, body: Json, id: str = "a") -> None:
    ok(town.system.put(body | {"id": id}), 201)
