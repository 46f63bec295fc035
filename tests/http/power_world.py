"""The world of power_matrix.py: whom a token with SMART scopes meets, and what somebody tries to change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from consent_asked import letter
from consent_world import GUARDIAN, OVER, SINCE, Office, consented, rule, with_authority

from support import Api, Employee, Json, patient_number, reference


def _goal(patient: Json, category: str) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "category": [{"coding": [{"code": category}]}],
        "description": {"text": "Gå på kamp"},
        "subject": reference(patient),
    }


def _task(patient: Json) -> Json:
    return {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(patient)}


@dataclass
class Scoped:
    """An employee who coordinates somebody and is a person of the municipality too."""

    office: Office
    employee: Employee
    own: Json
    made: dict[str, Json]
    """By column: a resource as it is made, not sent anywhere yet."""
    held: dict[str, Json]

    @classmethod
    def of(cls, office: Office) -> "Scoped":
        employee, (patient, _), (own, _) = office.employee(), office.person(), office.person()
        office.town.team(patient, coordinator=employee.role)
        made = {
            "Goal of diet": _goal(patient, "diet"),
            "Goal of safety": _goal(patient, "safety"),
            "Task": _task(patient),
            "own Goal": _goal(own, "diet"),
        }
        held = {name: office.town.system.create(resource) for name, resource in made.items()}
        return cls(office, employee, own, made, held)

    def caller(self, scopes: str) -> Api:
        smart = () if scopes == "none" else tuple(scopes.split(","))
        claims = {"hpr": self.employee.hpr, "orgnr": self.employee.orgnr, "pid": patient_number(self.own)}
        return self.office.town.api("coordinator", "person", smart=smart, **claims)

    def letters(self, scopes: str, column: str) -> Iterator[str]:
        api = self.caller(scopes)
        type, id = self.held[column]["resourceType"], self.held[column]["id"]
        path = f"/fhir/{type}/{id}"
        yield letter("read", api.get(path))
        yield letter("vread", api.get(f"{path}/_history/1"))
        yield letter("history", api.get(f"{path}/_history"))
        found = api.get(f"/fhir/{type}?_id={id}")
        yield letter("read", found) if found.status_code != 200 else "+" if found.json().get("entry") else "-"
        yield letter("create", api.post(f"/fhir/{type}", self.made[column]))
        changed = self.held[column] | {"language": "nb" if self.held[column].get("language") == "nn" else "nn"}
        answer = api.put(changed)
        self.held[column] = answer.json() if answer.status_code == 200 else self.held[column]
        yield letter("update", answer)
        spare = self.office.town.system.create(self.made[column])
        yield letter("delete", api.delete(type, spare["id"]))


def changes_as(office: Office, role: str) -> Iterator[str]:
    """A letter for each of CHANGES, tried in their order on a person of their own."""
    employee, (patient, _) = office.employee(), office.person()
    kin, as_kin = office.relative(patient)
    office.town.team(patient, office.staff["team"].role, kin, coordinator=employee.role)
    callers = {
        "coordinating-unit": office.town.unit,
        "system": office.town.system,
        "coordinator": employee.as_("coordinator"),
        "team": office.staff["team"].as_("team"),
        "person": office.town.as_person(patient),
        "guardian": office.relative(patient, **GUARDIAN)[1],
        "kin": as_kin,
    }
    return (change(office, patient, callers[role]) for change in _CHANGES)


def _changed(answer: httpx.Response) -> str:
    return letter("create" if answer.request.method == "POST" else "update", answer)


def _number_of_the_person(office: Office, patient: Json, api: Api) -> str:
    """First, while nobody else has changed them; the person goes on being who they are."""
    other, _ = office.person()
    office.town.system.delete("Patient", other["id"])
    return _changed(api.put(patient | {"identifier": [*patient["identifier"], *other["identifier"]]}))


def _number_of_a_relative(office: Office, patient: Json, api: Api) -> str:
    relative, _ = office.relative(patient)
    return _changed(api.put(relative | {"identifier": office.person()[0]["identifier"]}))


def _guardian_made(_office: Office, patient: Json, api: Api) -> str:
    return _changed(
        api.post("/fhir/RelatedPerson", {"resourceType": "RelatedPerson", "patient": reference(patient)} | GUARDIAN)
    )


def _guardian_prolonged(office: Office, patient: Json, api: Api) -> str:
    relative, _ = office.relative(patient, **GUARDIAN, period=OVER)
    return _changed(api.put(relative | {"period": SINCE}))


def _authority_widened(office: Office, patient: Json, api: Api) -> str:
    relative, _ = office.relative(patient, **with_authority("economy"))
    return _changed(api.put({name: value for name, value in relative.items() if name != "extension"}))


def _denial(office: Office, patient: Json) -> Json:
    return consented(office, patient, "sharing", [rule("deny", "work", [office.others])], {})


def _denial_lifted(office: Office, patient: Json, api: Api) -> str:
    return _changed(api.put(_denial(office, patient) | {"status": "inactive"}))


def _denial_narrowed(office: Office, patient: Json, api: Api) -> str:
    narrow = {"provision": [rule("deny", "housing", [office.others])]}
    return _changed(api.put(_denial(office, patient) | {"provision": narrow}))


def _denial_nobody_understands(office: Office, patient: Json, api: Api) -> str:
    """Of a kind nobody knows, which would withhold nothing."""
    denial = _denial(office, patient)
    return _changed(api.put(denial | {"provision": {"type": "deny", **denial["provision"]}}))


_CHANGES: tuple[Callable[[Office, Json, Api], str], ...] = (
    _number_of_the_person,
    _number_of_a_relative,
    _guardian_made,
    _guardian_prolonged,
    _authority_widened,
    _denial_lifted,
    _denial_narrowed,
    _denial_nobody_understands,
)
