"""The world of the consent matrix: an office and those who work there, and a person for each state of consent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Employee, Json, Municipality, coding, identity_number, label, ok, reference

OVER: Json = {"start": "2024-01-01", "end": "2024-12-31"}
TO_COME: Json = {"start": "2099-01-01"}
SINCE: Json = {"start": "2024-01-01"}
WHEN: Json = {"start": "2026-11-23T09:00:00+01:00", "end": "2026-11-23T10:00:00+01:00"}
FORMER: tuple[Json, ...] = ({"period": OVER}, {"period": TO_COME}, {"active": False})
_NORMAL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}
_EMPLOYED = ("coordinator", "team", "informed", "case-member", "owner", "emergency")


class Office:
    """Where everybody works: part of a parent, with a part of its own, beside another employer of each."""

    def __init__(self, town: Municipality) -> None:
        self.town = town
        self.parent, self.another, self.others = (town.organisation("other") for _ in range(3))
        self.former = [town.organisation("other") for _ in FORMER]
        self.office = self._part_of(self.parent)
        self.part = self._part_of(self.office)
        self.sender = self._part_of(self.parent)
        self.number = _number(self.office)
        self.staff = {role: self.employee() for role in _EMPLOYED}
        self._messages = 0

    def _part_of(self, whole: Json) -> Json:
        return self.town.system.update(self.town.organisation("other") | {"partOf": reference(whole)})

    def employee(self) -> Employee:
        """Of the office, and of another; no more, not yet and not really of those of FORMER."""
        employee = self.town.employee(self.office)
        role = {"resourceType": "PractitionerRole", "practitioner": reference(employee.practitioner)}
        for place, said in ((self.another, {}), *zip(self.former, FORMER, strict=True)):
            self.town.system.create(role | {"organization": reference(place)} | said)
        return employee

    @property
    def practitioners(self) -> list[Json]:
        return [employee.practitioner for employee in self.staff.values()]

    def person(self) -> tuple[Json, str]:
        """A Patient, and their identity number."""
        number = identity_number()
        return self.town.person(number), number

    def relative(self, patient: Json, **elements: object) -> tuple[Json, Api]:
        """A RelatedPerson, and whoever holds their identity number."""
        number = identity_number()
        known = {"identifier": [{"system": systems.FNR, "value": number}], "patient": reference(patient)}
        relative = self.town.system.create({"resourceType": "RelatedPerson", **known, **elements})
        return relative, self.town.api("person", pid=number, sub="relative")

    def referred(self, number: str, orgnr: str | None = None) -> Json:
        """A ServiceRequest as the referral of a sender makes it."""
        self._messages += 1
        form = {
            "messageId": f"consent-{self._messages}",
            "patient": {"identifier": number, "name": "Navn"},
            "reason": "Trenger flere tjenester",
            "consentToShare": True,
            "personInformed": True,
        }
        sender = self.town.api("referrer", orgnr=orgnr or _number(self.sender))
        return self.town.system.read("ServiceRequest", ok(sender.post("/referral", form), 201)["id"])

    def labelled(self, resource: Json, *kinds: str) -> Json:
        """By the unit, which may take labels away."""
        return self.town.unit.update(resource | {"meta": {"security": [*label(*kinds)["security"], _NORMAL]}})


def _number(organisation: Json) -> str:
    return str(organisation["identifier"][0]["value"])


def rule(type: str, kind: str, actors: Iterable[Json], **elements: Json) -> Json:
    named = [{"role": coding(systems.V3_PARTICIPATION, "IRCP"), "reference": reference(actor)} for actor in actors]
    return {"type": type, "actor": named, "securityLabel": label(kind)["security"], **elements}


Denial = Callable[[Office], tuple[list[Json], Json]]
"""The rules of a sharing consent, and what else is said of it."""


def _health(*whom: str) -> Denial:
    return lambda at: ([rule("deny", "health", _named(at, whom))], {})


def _named(at: Office, whom: Sequence[str]) -> list[Json]:
    return at.practitioners if whom == ("practitioners",) else [getattr(at, name) for name in whom]


DENIALS: dict[str, Denial] = {
    "health-org": _health("office"),
    "health-parent": _health("parent"),
    "health-employer": _health("another"),
    "health-person": _health("practitioners"),
    "health-others": _health("others", "part"),
    "health-former": lambda at: ([rule("deny", "health", at.former)], {}),
    "mental-org": lambda at: ([rule("deny", "mental-health", [at.office])], {}),
    "work-org": lambda at: ([rule("deny", "work", [at.office])], {}),
    "two-rules": lambda at: ([rule("deny", "work", [at.office]), rule("deny", "health", at.practitioners)], {}),
    "ended": lambda at: ([rule("deny", "health", [at.office])], {"period": OVER}),
    "not-begun": lambda at: ([rule("deny", "health", [at.office])], {"period": TO_COME}),
    "rule-ended": lambda at: ([rule("deny", "health", [at.office], period=OVER)], {}),
    "withdrawn": lambda at: ([rule("deny", "health", [at.office])], {"status": "inactive"}),
    "in-error": lambda at: ([rule("deny", "health", [at.office])], {"status": "entered-in-error"}),
}
"""By state of consent; a person in any other state has none."""


def consented(at: Office, patient: Json, kind: str, rules: list[Json], said: Json) -> Json:
    provision = {name: value for name, value in said.items() if name == "period"} | {"provision": rules}
    status = {name: value for name, value in said.items() if name == "status"}
    return at.town.consent(patient, kind, provision=provision, **status)


def denies(at: Office, patient: Json, state: str) -> None:
    """The person comes to be in a state of consent; `of-another` is what somebody else denies."""
    if denial := DENIALS.get("health-org" if state == "of-another" else state):
        consented(at, at.person()[0] if state == "of-another" else patient, "sharing", *denial(at))


@dataclass
class Case:
    """One person's Goals by label, each with Tasks that point at it, and whoever asks for them by role."""

    office: Office
    patient: Json
    number: str
    goals: dict[str, Json] = field(default_factory=dict)
    callers: dict[str, Api] = field(default_factory=dict)
    pointing: dict[str, str] = field(default_factory=dict)
    """By `Task/id` the label of the Goal it points at."""
    _spares: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, office: Office, labels: Sequence[str], *tasks: Json) -> "Case":
        patient, number = office.person()
        case = cls(office, patient, number)
        for kinds in labels:
            case.goals[kinds] = office.town.system.create(case.goal(kinds) | _known_as(kinds))
            for elements in tasks:
                case.point(kinds, **elements)
        return case

    def goal(self, kinds: str) -> Json:
        """Not sent anywhere yet."""
        return {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Gå på kamp"},
            "subject": reference(self.patient),
        } | ({} if kinds == "none" else {"meta": label(*kinds.split("+"))})

    def point(self, kinds: str, **elements: object) -> Json:
        """A Task about the person's school, or whatever else is said of it, that points at a Goal."""
        task = {"resourceType": "Task", "status": "requested", "intent": "order", "meta": label("school")}
        about = {"for": reference(self.patient), "focus": reference(self.goals[kinds])}
        made = self.office.town.system.create(task | about | elements)
        self.pointing[reference(made)["reference"]] = kinds
        return made

    def spare(self, kinds: str) -> Json:
        """One that nothing points at; the same until it is spent."""
        if kinds not in self._spares:
            self._spares[kinds] = self.office.town.unit.create(self.goal(kinds))
        return self._spares[kinds]

    def spent(self, kinds: str) -> None:
        del self._spares[kinds]


def _known_as(kinds: str) -> Json:
    return {"identifier": [{"system": "urn:goal", "value": kinds.replace("+", "-")}]}


def informed(member: Json) -> Json:
    layer = {"url": CANONICAL.extension("layer"), "valueCode": "informed"}
    return {"extension": [layer], "member": reference(member)}


def invited(case: Case, actor: Json, *referrals: Json, status: str = "proposed") -> Json:
    """A meeting about the person."""
    about = [{"actor": reference(who), "status": "accepted"} for who in (case.patient, actor)]
    based = {"basedOn": [reference(referral) for referral in referrals]} if referrals else {}
    made: Json = {"resourceType": "Appointment", "status": status, "participant": about, **WHEN}
    return case.office.town.unit.create(made | based)


def case_of(office: Office, labels: Sequence[str], state: str) -> Case:
    """A person in a state of consent, with everybody around."""
    town, staff = office.town, office.staff
    owners = [{"owner": reference(owner)} for owner in (office.office, staff["owner"].role)]
    case = Case.of(office, labels, *owners)
    kin, as_kin = office.relative(case.patient)
    members = [staff["team"].role, informed(staff["informed"].role), kin]
    town.team(case.patient, *members, coordinator=staff["coordinator"].role)
    invited(case, staff["case-member"].role, office.referred(case.number))
    denies(office, case.patient, state)
    case.callers = {role: staff[role].as_(role) for role in ("coordinator", "team", "case-member")} | {
        "informed": staff["informed"].as_("team"),
        "owner": staff["owner"].as_("team"),
        "leader": town.api("leader", orgnr=office.number),
        "system": town.api("system", orgnr=office.number, sub="journal"),
        "coordinating-unit": town.unit,
        "person": town.as_person(case.patient),
        "kin": as_kin,
    }
    return case


def happens(office: Office, what: str, team: Json, employee: Employee) -> None:
    """Something to the team, or to the employee's role; nothing by any other name."""
    if what == "team-over":
        office.town.unit.update(team | {"status": "inactive"})
    if what in _OF_ROLES:
        office.town.system.update(employee.role | _OF_ROLES[what])


_OF_ROLES: dict[str, Json] = {
    "role-over": {"period": OVER},
    "role-to-come": {"period": TO_COME},
    "role-inactive": {"active": False},
}
GUARDIAN = {"relationship": [coding(systems.V3_ROLE, "GUARD")]}


def with_authority(authority: str) -> Json:
    return GUARDIAN | {"extension": [{"url": CANONICAL.extension("authority"), "valueCode": authority}]}


def guarded_case(office: Office, labels: Sequence[str], state: str) -> Case:
    """A person with three guardians, and Tasks about school and about economy."""
    case = Case.of(office, labels, {"meta": label("school")}, {"meta": label("economy")})
    denies(office, case.patient, state)
    told = {
        "guardian": GUARDIAN,
        "guardian-economy": with_authority("economy"),
        "guardian-health": with_authority("health"),
    }
    case.callers = {role: office.relative(case.patient, **said)[1] for role, said in told.items()}
    return case
