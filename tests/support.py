"""What tests over HTTP share: a clock that can be moved, a running server, and a small municipality to work in."""

import itertools
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import uvicorn

from loopback import Connections
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.app import create_app
from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO, Clock
from oppfolging_api.kernel.identity_number import organisation_number, synthetic
from oppfolging_api.settings import Settings

Json = dict[str, Any]
CANONICAL = Canonical()
FHIR_JSON = "application/fhir+json"


class MovableClock:
    """The real time, moved by as much as a test asks."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    @property
    def today(self) -> date:
        """In Norway, as the service reckons: for an hour or two each night it is another than in UTC."""
        return self.now().astimezone(OSLO).date()


@contextmanager
def running(settings: Settings, clock: Clock) -> Iterator[str]:
    """The address of a server of this process, on a free port of loopback."""
    config = uvicorn.Config(create_app(settings, clock), port=0, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loopback speaks none. Left to itself, each client of httpx reads every certificate there is, for 40 ms."""
CONNECTIONS = Connections(timeout=30)
"""Shared by every Api of the process, closed with the server."""


class Api:
    """A client that is one caller. Answers are httpx.Response; `ok` gives the JSON of an answer that has to be good."""

    def __init__(self, address: str, token: str | None, **headers: str) -> None:
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        self.token = token
        self.address = address
        self.headers = authorization | headers

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        return CONNECTIONS.request(method, self.address + path, headers=self.headers | (headers or {}), **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.send("POST", path, json=body, **options)

    def create(self, resource: Json) -> Json:
        return ok(self.post(f"/fhir/{resource['resourceType']}", resource), 201)

    def put(self, resource: Json, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("PUT", f"/fhir/{resource['resourceType']}/{resource['id']}", json=resource, headers=named)

    def update(self, resource: Json, **headers: str) -> Json:
        return ok(self.put(resource, **headers), 200)

    def delete(self, type: str, id: str, **options: Any) -> httpx.Response:
        return self.send("DELETE", f"/fhir/{type}/{id}", **options)

    def read(self, type: str, id: str) -> Json:
        return ok(self.get(f"/fhir/{type}/{id}"), 200)

    def search(self, query: str) -> Json:
        return ok(self.get(f"/fhir/{query}"), 200)

    def found(self, query: str) -> list[str]:
        """`Type/id` of every entry of one page, matches and includes, in their order."""
        entries = self.search(query).get("entry", [])
        return [f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries]

    def operate(self, path: str, **parameters: Json) -> httpx.Response:
        """`operate("CareTeam/1/$x", reason={"valueString": "..."})`."""
        given = [{"name": name, **value} for name, value in parameters.items()]
        body: Json = {"resourceType": "Parameters"} | ({"parameter": given} if given else {})
        return self.post(f"/fhir/{path}", body)


def ok(response: httpx.Response, status: int) -> Json:
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    body: Json = response.json()
    return body


def issues(response: httpx.Response, status: int) -> list[tuple[str, str | None]]:
    """(code, expression) of each issue of an OperationOutcome with that status."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [(issue["code"], (issue.get("expression") or [None])[0]) for issue in outcome["issue"]]


def reference(resource: Json) -> Json:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def coding(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


_NUMBERS = itertools.count(1)
_BORN = date(1970, 3, 14)


def identity_number(born: date = _BORN) -> str:
    """A synthetic identity number no other call gives; the day of birth moves on when a date is used up."""
    number = next(_NUMBERS)
    return synthetic(born + timedelta(days=number // 100), number % 100)


@dataclass
class Employee:
    """A practitioner in a role, and a client that is that caller in each role it is asked for."""

    town: "Municipality"
    practitioner: Json
    role: Json
    hpr: str
    orgnr: str

    def as_(self, *roles: str, smart: tuple[str, ...] = ()) -> Api:
        return self.town.api(*roles, hpr=self.hpr, orgnr=self.orgnr, smart=smart)


@cache
def _signed(issuer: DevelopmentIssuer, clock: MovableClock, _moved: timedelta, **claims: Any) -> str:
    """The same token for the same claims while the clock is as it was, for a millisecond is a third of a read."""
    return issuer.token(**claims, now=clock.now())


@dataclass
class Municipality:
    """A municipality of its own for one test, filled over HTTP by its journal system."""

    address: str
    issuer: DevelopmentIssuer
    clock: MovableClock
    code: str
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.system = self.api("system")
        self.unit_office = self.organisation("coordinating-unit")
        self.unit = self.api("coordinating-unit", orgnr=_orgnr(self.unit_office), sub="ke-leader")

    def token(
        self,
        *roles: str,
        hpr: str | None = None,
        orgnr: str | None = None,
        pid: str | None = None,
        sub: str = "tester",
        smart: tuple[str, ...] = (),
        municipalities: list[str] | None = None,
        expires_in: int = 3600,
    ) -> str:
        return _signed(
            self.issuer,
            self.clock,
            self.clock.moved,
            scopes=(*(f"oppfolging/{role}" for role in roles), *smart),
            municipalities=(self.code,) if municipalities is None else tuple(municipalities),
            subject=sub,
            hpr=hpr,
            organisation=orgnr,
            pid=pid,
            expires_in=expires_in,
        )

    def api(self, *roles: str, **claims: Any) -> Api:
        return Api(self.address, self.token(*roles, **claims))

    def organisation(self, type: str, name: str = "En tjeneste") -> Json:
        number = organisation_number_from(int(self.code) * 1000 + 80_000_000, self._serial)
        return self.system.create(
            {
                "resourceType": "Organization",
                "identifier": [{"system": systems.ORGANISATION_NUMBER, "value": number}],
                "active": True,
                "type": [coding(CANONICAL.code_system("service-type"), type)],
                "name": name,
            }
        )

    def employee(self, office: Json | None = None, code: Json | None = None) -> Employee:
        office = office or self.organisation("home-care")
        hpr = str(9_900_000 + next(self._serial))
        practitioner = self.system.create(
            {
                "resourceType": "Practitioner",
                "identifier": [{"system": systems.HPR, "value": hpr}],
                "name": [{"family": "Ansatt", "given": [f"Nummer {hpr}"]}],
            }
        )
        role: Json = {
            "resourceType": "PractitionerRole",
            "active": True,
            "period": {"start": "2020-01-01"},
            "practitioner": reference(practitioner),
            "organization": reference(office),
        }
        role = self.system.create(role | ({"code": [code]} if code else {}))
        return Employee(self, practitioner, role, hpr, _orgnr(office))

    def person(self, number: str | None = None, **elements: Any) -> Json:
        """A Patient; `patient_number` reads its identity number."""
        made: Json = {
            "resourceType": "Patient",
            "identifier": [{"system": systems.FNR, "value": number or identity_number()}],
            "name": [{"family": "Person", "given": ["Prøve"]}],
        }
        return self.system.create(made | elements)

    def as_person(self, patient: Json) -> Api:
        return self.api("person", pid=patient_number(patient), sub="somebody")

    def team(self, patient: Json, *members: Json, coordinator: Json | None = None, **elements: Any) -> Json:
        """An active CareTeam: members are role resources (or participants), the coordinator a PractitionerRole."""
        participants = [member if "member" in member else {"member": reference(member)} for member in members]
        if coordinator:
            participants.append(
                {
                    "role": [coding(systems.PATIENT_ROLE, systems.COORDINATOR_ROLE)],
                    "member": reference(coordinator),
                    "period": {"start": "2024-01-01"},
                }
            )
        team: Json = {
            "resourceType": "CareTeam",
            "status": "active",
            "name": "Teamet",
            "subject": reference(patient),
            "period": {"start": "2024-01-01"},
        }
        return self.unit.create(team | ({"participant": participants} if participants else {}) | elements)

    def consent(self, patient: Json, kind: str = "plan", *rules: Json, **elements: Any) -> Json:
        made: Json = {
            "resourceType": "Consent",
            "status": "active",
            "scope": coding(systems.CONSENT_SCOPE, "patient-privacy"),
            "category": [coding(CANONICAL.code_system("consent-kind"), kind)],
            "patient": reference(patient),
            "dateTime": "2026-01-01",
            "policyRule": coding(systems.V3_ACT, "OPTIN"),
        }
        return self.unit.create(made | ({"provision": {"provision": list(rules)}} if rules else {}) | elements)

    def denial(self, patient: Json, actor: Json, *kinds: str) -> Json:
        """A sharing consent that withholds kinds of information from an Organization or a Practitioner."""
        system = CANONICAL.code_system("information-kind")
        rule = {
            "type": "deny",
            "actor": [{"role": coding(systems.V3_PARTICIPATION, "IRCP"), "reference": reference(actor)}],
            "securityLabel": [{"system": system, "code": kind} for kind in kinds],
        }
        return self.consent(patient, "sharing", rule)


def organisation_number_from(stem: int, serial: Iterator[int]) -> str:
    """One stem in eleven has no check digit and is passed over."""
    while True:
        try:
            return organisation_number(stem + next(serial))
        except ValueError:
            continue


def label(*kinds: str) -> Json:
    """`meta` of a resource that tells of these kinds of information."""
    return {"security": [{"system": CANONICAL.code_system("information-kind"), "code": kind} for kind in kinds]}


def patient_number(patient: Json) -> str:
    return str(patient["identifier"][0]["value"])


def _orgnr(organisation: Json) -> str:
    return str(organisation["identifier"][0]["value"])
