"""Berit's municipality, with the district psychiatric centre (DPS) in her record or without it.

Berit withholds health from NAV, or from NAV's adviser by name. Whatever the DPS does in her record stands within
`_secret`: in the world without it these things were never written, and nothing the adviser is told may differ between
the two worlds.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, MovableClock, Municipality, coding, label, ok, patient_number, reference

_UNKNOWN = "018bcfe5-687b-7000-8000-{:012d}"
"""Ids of what was never written."""
_NAME = re.compile(r"\{([a-z_]+)\}")
_MASKS = (
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})"), "<time>"),
    (re.compile(r"_cursor=[^\"&]+"), "<cursor>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
)
_OFFICES = {
    "nav": ("nav", "NAV"),
    "service": ("other", "Tildelingskontoret"),
    "gp_office": ("gp-office", "Legesenteret"),
    "dps": ("dps", "DPS"),
}
HIDDEN: dict[str, Json] = {
    "diagnosis": {"resourceType": "Condition", "code": {"text": "Depresjon"}},
    "sleep_goal": {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Sove"}},
    "sleep": {"resourceType": "Task", "status": "requested", "intent": "order"},
    "dps_plan": {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "meta": label("mental-health"),
    },
    "dps_minutes": {
        "resourceType": "Communication",
        "status": "completed",
        "category": [coding(CANONICAL.code_system("communication-category"), "minutes")],
    },
    "epicrisis": {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"title": "Epikrise"}}],
    },
    "drinking": {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "AUDIT"},
        "meta": label("substance-use"),
    },
    "psfs": {"resourceType": "QuestionnaireResponse", "status": "completed"},
    "dps_meeting": {"resourceType": "Appointment", "status": "proposed"},
}
"""What the DPS does, by name: labelled health, one of the kinds health covers, or not at all."""


def filled(body: Json, names: Mapping[str, str]) -> Json:
    """The body with what they stand for in place of `{name}` in its texts."""
    made: Json = json.loads(_NAME.sub(lambda found: names[found[1]], json.dumps(body)))
    return made


def move_to(clock: MovableClock, moment: str) -> None:
    """Tokens are to be made after it: they last an hour."""
    clock.moved = datetime.fromisoformat(moment) - datetime.now(UTC)


class Berit:
    """`ids` are those of everything that has a name; the names of HIDDEN have ids in either world."""

    def __init__(self, town: Municipality, number: str, *, dps: bool, denied: str) -> None:
        self.town = town
        self.ids: dict[str, str] = {}
        self._dps = dps
        self._numbers: dict[str, str] = {}
        self._directory()
        self.berit = self._keep("berit", town.person(number))
        self._referral()
        town.denial(self.berit, self.adviser.practitioner if denied == "adviser" else self._office["nav"], "health")
        self._hidden()
        self._people_around()
        self._work()
        self._writings()

    def adviser_as(self, roles: str, employer: str = "nav") -> Api:
        """NAV's adviser, with the token of NAV or of the coordinating unit, to which NAV lends them."""
        return self.town.api(*roles.split(" and "), hpr=self.adviser.hpr, orgnr=_number(self._office[employer]))

    def at(self, path: str) -> str:
        """The path with ids for the names in it."""
        return "/fhir/" + path.format(**self.ids)

    def names(self, answer: httpx.Response) -> str:
        """The names of a Bundle's entries, in alphabetical order."""
        named = {id: name for name, id in self.ids.items()}
        entries = ok(answer, 200).get("entry", ())
        return " ".join(sorted(named.get(one["resource"]["id"], "?") for one in entries))

    def told(self, answer: httpx.Response) -> tuple[int, str | None, str]:
        """Everything an answer tells, in names for ids and numbers, without times."""
        text = answer.text
        for name, held in (self.ids | self._numbers).items():
            text = text.replace(held, f"<{name}>")
        for mask, name in _MASKS:
            text = mask.sub(name, text)
        version = (answer.headers.get("etag") or "").partition("-")[0]  # what follows is a digest of the answer
        return answer.status_code, version, text

    def _keep(self, name: str, resource: Json) -> Json:
        self.ids[name] = resource["id"]
        for one in resource.get("identifier", ()):
            self._numbers[f"number of {name}"] = one["value"]
        return resource

    def _write(self, name: str, type: str, /, **elements: Any) -> Json:
        """By the coordinating unit; lists that came out empty are left out."""
        held = {element: value for element, value in elements.items() if value != []}
        return self._keep(name, self.town.unit.create({"resourceType": type} | held))

    def _ref(self, type: str, name: str) -> Json:
        return {"reference": f"{type}/{self.ids[name]}"}

    def _secret(self, *items: Json) -> list[Json]:
        return list(items) if self._dps else []

    def _directory(self) -> None:
        town = self.town
        self._office = {name: self._keep(name, town.organisation(*made)) for name, made in _OFFICES.items()}
        self._office["unit"] = self._keep("unit", town.unit_office)
        self.adviser = self._employee("adviser", "nav")
        self._employee("coordinator", "service")
        self._employee("doctor", "gp_office")
        self._employee("psychologist", "dps")
        made = {"practitioner": self._ref("Practitioner", "adviser"), "organization": self._ref("Organization", "unit")}
        self._write("lent_role", "PractitionerRole", active=True, **made)
        dps = self._ref("Organization", "dps")
        self._write("ward", "Organization", name="Seksjon 2", partOf=dps)
        self._write("dps_offer", "HealthcareService", name="Samtaler", providedBy=dps)
        self._write("dps_room", "Location", name="Rom 4", managingOrganization=dps)

    def _employee(self, name: str, office: str) -> Any:
        employee = self.town.employee(self._office[office])
        self._keep(name, employee.practitioner)
        self._keep(f"{name}_role", employee.role)
        return employee

    def _referral(self) -> None:
        """It stays open: while it does, who is invited to its meetings sees the case."""
        form = {
            "messageId": "need-about-berit",
            "patient": {"identifier": patient_number(self.berit), "name": "Berit"},
            "reason": "Seks tjenester inne",
            "consentToShare": True,
            "personInformed": True,
        }
        sent = ok(self.town.api("referrer", orgnr=_number(self._office["gp_office"])).post("/referral", form), 201)
        health = {"valueMeta": label("health")}  # of which the unit says it is not
        ok(self.town.unit.operate(f"ServiceRequest/{sent['id']}/$meta-delete", meta=health), 200)
        request = self._keep("request", self.town.unit.read("ServiceRequest", sent["id"]))
        performers = [self._ref("Organization", "unit"), *self._secret(self._ref("Organization", "dps"))]
        self.town.unit.update(request | {"performer": performers})

    def _hidden(self) -> None:
        for number, (name, made) in enumerate(HIDDEN.items()):
            if not self._dps:
                self.ids[name] = _UNKNOWN.format(number)
                continue
            person = {"for": reference(self.berit)} if made["resourceType"] == "Task" else self._about(made)
            self._write(name, made["resourceType"], **(made | person))

    def _about(self, made: Json) -> Json:
        if made["resourceType"] != "Appointment":
            return {"subject": reference(self.berit)}
        return {"participant": _attending(reference(self.berit), self._ref("PractitionerRole", "psychologist_role"))}

    def _people_around(self) -> None:
        role, dps = "PractitionerRole", self._ref("Organization", "dps")
        psychologist = self._ref(role, "psychologist_role")
        doctor = self._ref(role, "doctor_role")
        self._keep(
            "berit",
            self.town.unit.update(self.berit | {"generalPractitioner": [doctor, *self._secret(psychologist)]}),
        )
        self._write("kin", "RelatedPerson", patient=reference(self.berit), name=[{"family": "Søster"}])
        hidden = [psychologist, dps, self._ref("Organization", "ward"), self._ref("Practitioner", "psychologist")]
        hidden += [{"display": "DPS"}, {"identifier": {"system": systems.ORGANISATION_NUMBER, "value": "974633574"}}]
        shown = [reference(self.berit), doctor, self._ref(role, "coordinator_role"), self._ref(role, "adviser_role")]
        shown.append(self._ref("Practitioner", "adviser"))
        members = [{"member": one} for one in shown]
        behind = {"role": [coding("https://roles.example", "psychologist")]}
        self._write(
            "team",
            "CareTeam",
            status="active",
            name="Teamet rundt Berit",
            subject=reference(self.berit),
            participant=members + self._secret(*({"member": one} | behind for one in hidden)),
            managingOrganization=[self._ref("Organization", "service"), *self._secret(dps)],
            reasonReference=self._secret(self._ref("Condition", "diagnosis")),
            **({"text": {"status": "generated", "div": _DIV}} if self._dps else {}),
        )

    def _work(self) -> None:
        """What NAV works with, and the plan it stands in."""
        psychologist, subject = self._ref("PractitionerRole", "psychologist_role"), reference(self.berit)
        work, order = {"meta": label("work")}, {"intent": "order", "status": "requested"}
        said = self._secret({"authorReference": self._ref("Practitioner", "psychologist"), "text": "Sover dårlig"})
        adviser = self._ref("PractitionerRole", "adviser_role")
        self._write(
            "work_goal",
            "Goal",
            **work,
            subject=subject,
            lifecycleStatus="active",
            description={"text": "I arbeid"},
            addresses=self._secret(self._ref("Condition", "diagnosis")),
            note=said,
        )
        self._write("work_task", "Task", **work, **order, **{"for": subject}, owner=adviser, note=said)
        owned = {"owner": psychologist} if self._dps else {}
        self._write("lost_task", "Task", **work, **order, **{"for": subject}, **owned)
        talk = {"status": "not-started", "description": "Turer"}
        performers = [self._ref("PractitionerRole", "coordinator_role"), *self._secret(psychologist)]
        self._write(
            "plan",
            "CarePlan",
            status="active",
            intent="plan",
            subject=subject,
            careTeam=[self._ref("CareTeam", "team")],
            addresses=self._secret(self._ref("Condition", "diagnosis")),
            goal=[self._ref("Goal", "work_goal"), *self._secret(self._ref("Goal", "sleep_goal"))],
            activity=[
                {"reference": self._ref("Task", "work_task")},
                {"detail": talk | {"performer": performers}},
                *self._secret({"reference": self._ref("Task", "sleep")}),
            ],
            contributor=self._secret(self._ref("Organization", "dps")),
            partOf=self._secret(self._ref("CarePlan", "dps_plan")),
        )

    def _writings(self) -> None:
        psychologist, subject = self._ref("PractitionerRole", "psychologist_role"), reference(self.berit)
        doctor, adviser = (self._ref("PractitionerRole", name) for name in ("doctor_role", "adviser_role"))
        work, goal = {"meta": label("work")}, self._ref("Goal", "work_goal")
        hidden = [
            psychologist,
            self._ref("Practitioner", "psychologist"),
            self._ref("HealthcareService", "dps_offer"),
            self._ref("Location", "dps_room"),
        ]
        attending = _attending(subject, adviser)
        attending += self._secret(*({"actor": one, "status": "tentative"} for one in hidden))
        self._write("meeting", "Appointment", **work, status="proposed", participant=attending)
        invited = _attending(subject, self._ref("Practitioner", "adviser"))
        based = {"basedOn": [self._ref("ServiceRequest", "request")]}
        self._write("assessment", "Appointment", **work, **based, status="proposed", participant=invited)
        told = {"status": "completed", "subject": subject} | work
        minutes = {"category": [coding(CANONICAL.code_system("communication-category"), "minutes")]}
        readers = [doctor, adviser, *self._secret(psychologist, self._ref("Organization", "dps"))]
        about = [goal, *self._secret(self._ref("Goal", "sleep_goal"))]
        self._write("minutes", "Communication", **told, **minutes, recipient=readers, about=about)
        by = {"sender": psychologist} if self._dps else {}
        self._write("message", "Communication", **told, **by, recipient=[adviser])
        by = {"author": psychologist} if self._dps else {}
        self._write("answers", "QuestionnaireResponse", **told, **by)
        attached = {"content": [{"attachment": {"title": "Attest"}}], "author": self._secret(psychologist)}
        after = self._secret({"code": "appends", "target": self._ref("DocumentReference", "epicrisis")})
        self._write("letter", "DocumentReference", **told | {"status": "current"}, **attached, relatesTo=after)
        seen = {"status": "final", "code": {"text": "Arbeidsevne"}, "performer": [adviser, *self._secret(psychologist)]}
        self._write("measure", "Observation", **told | seen)
        agents = [{"who": doctor}, *self._secret({"who": psychologist})]
        targets = [subject, goal, *self._secret(self._ref("Goal", "sleep_goal"))]
        self._write("trace", "Provenance", **work, target=targets, recorded="2026-11-22T09:00:00Z", agent=agents)
        written = {"type": {"text": "Referat"}, "date": "2026-11-22", "title": "Referat", "status": "final"}
        sleep = self._ref("Goal", "sleep_goal")
        health = {"title": "Søvn", "focus": sleep, "entry": [sleep]}
        section = [{"title": "Arbeid", "entry": [goal, *self._secret(sleep)]}, *self._secret(health)]
        self._write("summary", "Composition", **told | written, author=[doctor], section=section)


_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">Med DPS</div>'


def _number(organisation: Json) -> str:
    return str(organisation["identifier"][0]["value"])


def _attending(*actors: Json) -> list[Json]:
    return [{"actor": actor, "status": "accepted"} for actor in actors]
