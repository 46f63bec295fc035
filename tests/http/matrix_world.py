"""The world of the policy matrix: two municipalities that know the same people and the same employees.

What a caller of the first sees there as their own exists in the second too, under the same identity, health personnel
and organisation numbers; only the municipality of the token tells them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from matrix import COMPOSED, FEEDBACK, PUBLISHED

from oppfolging_api.kernel import systems
from support import (
    CANONICAL,
    Api,
    Employee,
    Json,
    Municipality,
    coding,
    identity_number,
    label,
    ok,
    patient_number,
    reference,
)

GP, OTHER_GP, SERVICE, HOME_CARE = "910000004", "910000012", "910000020", "910000039"
PARENT, OFFICE, PART, ANOTHER = "910000047", "910000055", "910000063", "910000071"
"""Organisation numbers."""

ABOUT: dict[str, Callable[[Json, Json, Json], Json]] = {
    "Patient": lambda patient, unit, _: {
        "managingOrganization": unit,
        "name": [{"family": "Barn"}],
        "link": [{"other": patient, "type": "seealso"}],
    },
    "RelatedPerson": lambda patient, *_: {"patient": patient, "name": [{"family": "Datter"}]},
    "ServiceRequest": lambda patient, unit, _: {
        "status": "active",
        "intent": "order",
        "subject": patient,
        "performer": [unit],
    },
    "Task": lambda patient, unit, _: {"status": "requested", "intent": "order", "for": patient, "owner": unit},
    "CareTeam": lambda patient, *_: {"status": "proposed", "subject": patient},
    "CarePlan": lambda patient, unit, _: {
        "status": "draft",
        "intent": "plan",
        "subject": patient,
        "activity": [{"detail": {"status": "not-started", "performer": [unit]}}],
    },
    "Goal": lambda patient, *_: {
        "lifecycleStatus": "active",
        "description": {"text": "Gå på kamp"},
        "subject": patient,
    },
    "QuestionnaireResponse": lambda patient, _unit, _: {"status": "completed", "subject": patient},
    "Communication": lambda patient, unit, _: {"status": "completed", "subject": patient, "recipient": [unit]},
    "Consent": lambda patient, unit, _: {
        "status": "proposed",
        "scope": coding(systems.CONSENT_SCOPE, "patient-privacy"),
        "category": [coding(CANONICAL.code_system("consent-kind"), "plan")],
        "policyRule": coding(systems.V3_ACT, "OPTIN"),
        "patient": patient,
        "organization": [unit],
    },
    "Practitioner": lambda _, unit, __: {"qualification": [{"code": {"text": "Lege"}, "issuer": unit}]},
    "PractitionerRole": lambda _, unit, practitioner: {"practitioner": practitioner, "organization": unit},
    "Organization": lambda _, unit, __: {"name": "Avdeling", "partOf": unit},
    "Observation": lambda patient, unit, _: {
        "status": "final",
        "code": {"text": "Gangfart"},
        "subject": patient,
        "performer": [unit],
    },
    "Condition": lambda patient, *_: {"code": {"text": "Hoftebrudd"}, "subject": patient},
    "DocumentReference": lambda patient, unit, _: {
        "status": "current",
        "subject": patient,
        "custodian": unit,
        "content": [{"attachment": {"title": "Epikrise"}}],
    },
    "Appointment": lambda patient, *_: {
        "status": "proposed",
        "participant": [
            {"actor": {"display": "Rommet"}, "status": "accepted"},
            {"actor": patient, "status": "accepted"},
        ],
    },
    "AppointmentResponse": lambda patient, *_: {
        "appointment": {"display": "Samarbeidsmøte"},
        "actor": patient,
        "participantStatus": "accepted",
    },
    "Composition": lambda patient, unit, _: {
        "status": "preliminary",
        "type": {"text": "Referat"},
        "subject": patient,
        "date": "2026-11-22",
        "author": [unit],
        "title": "Referat",
    },
    "Provenance": lambda patient, unit, _: {
        "target": [patient],
        "recorded": "2026-11-22T09:00:00Z",
        "agent": [{"who": unit}],
    },
    "HealthcareService": lambda _, unit, __: {"name": "Hjemmetjeneste", "providedBy": unit},
    "Location": lambda _, unit, __: {"name": "Møterommet", "managingOrganization": unit},
    "Questionnaire": lambda _, unit, __: {
        "status": "draft",
        "extension": [{"url": "https://elsewhere.example/owner", "valueReference": unit}],
    },
}
"""A least legal resource of each type, about a person (or pointing at the directory): patient, unit, practitioner."""
CLAIMED = {"url": "https://elsewhere.example/x", "name": "X", "status": "draft"}
"""What somebody would publish who may not."""


@dataclass
class Record:
    """One person with a resource of every type, and a place in the directory; `held` keeps them as they stand."""

    town: Municipality
    patient: Json
    practitioner: Json
    held: dict[str, Json] = field(default_factory=dict)
    owned: dict[str, Json] = field(default_factory=dict)
    """Task by the role that owns it."""
    spares: dict[str, Json] = field(default_factory=dict)

    def new(self, type: str) -> Json:
        """A resource of the type about this record's person, not sent anywhere yet."""
        if type in (*PUBLISHED, *COMPOSED):
            return {"resourceType": type} | CLAIMED
        about = ABOUT[type](reference(self.patient), reference(self.town.unit_office), reference(self.practitioner))
        return {"resourceType": type} | about

    def keep(self, type: str, **elements: object) -> None:
        self.held[type] = self.town.system.create(self.new(type) | elements)

    def spare(self, type: str) -> Json:
        """A resource nothing refers to; the same one until it is spent. What is published there is no more of."""
        if type in (*PUBLISHED, *COMPOSED):
            return self.held[type]
        if type not in self.spares:
            self.spares[type] = self.town.system.create(self.new(type))
        return self.spares[type]


@dataclass
class World:
    """`records` in the order of matrix.TARGETS."""

    callers: dict[str, Api]
    records: tuple[Record, Record, Record]


@dataclass
class Staff:
    coordinator: Employee
    member: Employee
    informed: Employee
    invited: Employee
    stranger: Employee
    service: Json


def build(town: Municipality, other: Municipality) -> World:
    own_number, other_number = identity_number(), identity_number()
    staff = _staff(town)
    own, person = _records(town, staff, own_number, other_number)
    foreign, _ = _records(other, _staff(other), own_number, other_number)
    return World(_callers(town, staff, own.patient), (own, person, foreign))


def _staff(town: Municipality) -> Staff:
    service = _office(town, "rehabilitation", SERVICE)
    home = _office(town, "home-care", HOME_CARE)
    _office(town, "gp-office", GP)
    _office(town, "gp-office", OTHER_GP)
    coordinator, member, informed, invited, stranger = (town.employee(home) for _ in range(5))
    return Staff(coordinator, member, informed, invited, stranger, service)


def _office(town: Municipality, type: str, number: str, **elements: Json) -> Json:
    made: Json = {
        "resourceType": "Organization",
        "identifier": [{"system": systems.ORGANISATION_NUMBER, "value": number}],
        "type": [coding(CANONICAL.code_system("service-type"), type)],
        "name": "En tjeneste",
    }
    return town.system.create(made | elements)


def _callers(town: Municipality, staff: Staff, patient: Json) -> dict[str, Api]:
    return {
        "coordinating-unit": town.unit,
        "system": town.system,
        "coordinator": staff.coordinator.as_("coordinator"),
        "team": staff.member.as_("team"),
        "team-informed": staff.informed.as_("team"),
        "case-member": staff.invited.as_("case-member"),
        "leader": town.api("leader", orgnr=SERVICE),
        "referrer": town.api("referrer", orgnr=GP),
        "person": town.as_person(patient),
        "analyst": town.api("analyst"),
        "no-role-of-ours": town.api(smart=("openid",)),
        "no-token": Api(town.address, None),
    }


def _records(town: Municipality, staff: Staff, own_number: str, other_number: str) -> tuple[Record, Record]:
    """The own person's resources point at the other person's wherever they may, for includes to follow."""
    informed = {"url": CANONICAL.extension("layer"), "valueCode": "informed"}
    person = _record(town, staff.stranger, other_number, OTHER_GP)
    _fill(person, town.team(person.patient, _unit_takes_part(town), coordinator=staff.stranger.role))
    own = _record(town, staff.member, own_number, GP)
    members = [staff.member.role, {"extension": [informed], "member": reference(staff.informed.role)}]
    _fill(own, town.team(own.patient, *members, _unit_takes_part(town), coordinator=staff.coordinator.role))
    _point(own, person)
    meet = own.new("Appointment") | {"basedOn": [reference(own.held["ServiceRequest"])]}
    guest = {"actor": reference(staff.invited.role), "status": "needs-action"}
    town.system.create(meet | {"participant": [*meet["participant"], guest]})
    for role, owner in (("leader", staff.service), ("team", staff.member.role)):
        task = own.new("Task") | {"owner": reference(owner), "focus": reference(own.held["ServiceRequest"])}
        own.owned[role] = town.system.create(task)
    return own, person


def _unit_takes_part(town: Municipality) -> Json:
    return {"member": reference(town.unit_office)}


def _record(town: Municipality, employee: Employee, number: str, gp: str) -> Record:
    patient = town.person(number, managingOrganization=reference(town.unit_office))
    record = Record(town, patient, employee.practitioner, {"Patient": patient})
    _refer(record, town.api("referrer", orgnr=gp))
    return record


def _refer(record: Record, sender: Api) -> None:
    """The ServiceRequest and the feedback come from a referral, for its sender to see."""
    form = {
        "messageId": "1",
        "patient": {"identifier": patient_number(record.patient), "name": "Navn"},
        "reason": "Trenger flere tjenester",
        "consentToShare": True,
        "personInformed": True,
    }
    system = record.town.system
    request = system.read("ServiceRequest", ok(sender.post("/referral", form), 201)["id"])
    unit = {"performer": [reference(record.town.unit_office)]}
    record.held["ServiceRequest"] = system.update(request | unit)
    told = system.search(f"Communication?based-on=ServiceRequest/{request['id']}")["entry"]
    record.held[FEEDBACK] = told[0]["resource"]


def _fill(record: Record, team: Json) -> None:
    record.held |= {"CareTeam": team, "Practitioner": record.practitioner}
    for type in sorted(ABOUT.keys() - record.held.keys()):
        record.keep(type)
    for type in PUBLISHED:
        record.held[type] = record.town.system.search(f"{type}?_count=1")["entry"][0]["resource"]
    for type in COMPOSED:
        found = record.town.unit.search(f"{type}?patient={reference(record.patient)['reference']}&_count=1")
        record.held[type] = found["entry"][0]["resource"]
    answers = record.held["QuestionnaireResponse"] | {"author": reference(record.town.unit_office)}
    record.held["QuestionnaireResponse"] = record.town.system.update(answers)


def _point(own: Record, person: Record) -> None:
    system, at = own.town.system, {type: reference(held) for type, held in person.held.items()}
    links = [{"other": at[type], "type": "seealso"} for type in ("Patient", "RelatedPerson")]
    own.held["Patient"] = system.update(own.held["Patient"] | {"link": links})
    pointing = {
        "goal": [at["Goal"]],
        "careTeam": [at["CareTeam"]],
        "partOf": [at["CarePlan"]],
        "activity": [*own.held["CarePlan"]["activity"], {"reference": at["Task"]}, {"reference": at["ServiceRequest"]}],
    }
    own.held["CarePlan"] = system.update(own.held["CarePlan"] | pointing)


@dataclass
class Withheld:
    """A person whose consent may withhold something from the employee, who is coordinator and so on the team."""

    town: Municipality
    patient: Json
    employee: Employee

    def caller(self, role: str) -> Api:
        if role == "coordinating-unit":
            return self.town.unit
        return self.town.as_person(self.patient) if role == "person" else self.employee.as_(role)

    def write(self, type: str, *kinds: str) -> Json:
        about = ABOUT[type](reference(self.patient), reference(self.town.unit_office), {})
        return self.town.unit.create({"resourceType": type} | about | _labelled(*kinds))

    def relabel(self, resource: Json, *kinds: str) -> Json:
        """By the coordinating unit, which may remove labels; the confidentiality says that these are all there are."""
        security = [*_labelled(*kinds).get("meta", {}).get("security", ()), _NORMAL]
        return self.town.unit.update(resource | {"meta": {"security": security}})


_NORMAL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}


def _labelled(*kinds: str) -> Json:
    return {"meta": label(*kinds)} if kinds else {}


class Workplace:
    """An employee with two employers, one of them part of a larger organisation, and whom a denial may name."""

    def __init__(self, town: Municipality) -> None:
        parent, another = (_office(town, "other", number) for number in (PARENT, ANOTHER))
        office = _office(town, "nav", OFFICE, partOf=reference(parent))
        part = _office(town, "nav", PART, partOf=reference(office))
        self.town = town
        self.employee = town.employee(office)
        town.system.create(
            {
                "resourceType": "PractitionerRole",
                "practitioner": reference(self.employee.practitioner),
                "organization": reference(another),
            }
        )
        self.actors = {
            "their organisation": office,
            "its parent": parent,
            "another employer": another,
            "the practitioner": self.employee.practitioner,
            "a part of their organisation": part,
            "somebody else's organisation": town.unit_office,
        }

    def person(self, actor: str, *kinds: str) -> Withheld:
        patient = self.town.person()
        self.town.team(patient, coordinator=self.employee.role)
        self.town.denial(patient, self.actors[actor], *kinds)
        return Withheld(self.town, patient, self.employee)
