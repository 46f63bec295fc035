"""What a caller may not see is answered as what does not exist: the same status, headers and body, by way of as many
questions to the database, so that time tells nothing either."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from equally_asked import NOBODY, READS, WRITES, Ids, Sent

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.store.database import Database
from oppfolging_api.store.statements import Statements
from support import Api, Json, MovableClock, Municipality, identity_number, ok, patient_number, reference

PASSED_OVER = ("x-request-id", "date")
_CURSOR = re.compile(r"_cursor=[^\"&]+")


@dataclass
class World:
    """A person the caller follows, and ids of a record it may not see."""

    nurse: Api
    person: Api
    unit: Api
    hidden: Ids
    elsewhere: Ids


def record(town: Municipality) -> Ids:
    """A whole record: a person, their team, plan, goal, task, referral and consent."""
    patient = town.person()
    about = {"subject": reference(patient)}
    ids = {"patient": patient["id"], "team": town.team(patient)["id"], "consent": town.consent(patient)["id"]}
    made: dict[str, Json] = {
        "plan": {"resourceType": "CarePlan", "status": "draft", "intent": "plan"} | about,
        "goal": {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}} | about,
        "message": {"resourceType": "Communication", "status": "completed"} | about,
        "request": {"resourceType": "ServiceRequest", "status": "active", "intent": "order"} | about,
        "task": {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(patient)},
    }
    for name, resource in made.items():
        based = {"basedOn": [{"reference": f"CarePlan/{ids['plan']}"}]} if name == "task" else {}
        ids[name] = town.unit.create(resource | based)["id"]
    return ids


@pytest.fixture(scope="session")
def world(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> World:
    """Shared by all: whoever asks here changes nothing."""
    town, other = (Municipality(server, issuer, session_clock, code) for code in ("7401", "7402"))
    nurse, own = town.employee(), town.person()
    town.team(own, nurse.role)
    callers = nurse.as_("team", "coordinator"), town.as_person(own), town.unit
    return World(*callers, hidden=record(town), elsewhere=record(other))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question to the database, in order: of reads by their way, of writes by the beginning of the statement."""
    questions: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        way = getattr(Database, name)

        async def ask(self: Database, *arguments: Any) -> Any:
            questions.append(name)
            return await way(self, *arguments)

        return ask

    rows = Statements.rows_beside

    async def noted(self: Statements, statement: str, *given: Any) -> Any:
        questions.append(statement[:30])
        return await rows(self, statement, *given)

    for name in ("fetch", "look_up", "municipalities_of"):
        monkeypatch.setattr(Database, name, counted(name))
    monkeypatch.setattr(Statements, "rows_beside", noted)
    return questions


def told(api: Api, sent: Sent, ids: Ids, asked: list[str]) -> tuple[int, dict[str, str], str, list[str]]:
    """Everything an observer of the answer has, ids made alike."""
    method, path, body, headers = sent
    asked.clear()
    address = path.format(**ids)
    answer: httpx.Response
    if address.partition("?")[0].endswith("/_search"):
        address, _, form = address.partition("?")
        headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
        answer = api.send(method, address, content=form.encode(), headers=headers)
    else:
        answer = api.send(method, address, json=body(ids), headers=headers)
    kept = {name: value for name, value in answer.headers.items() if name not in PASSED_OVER}
    text = _CURSOR.sub("<cursor>", answer.text)
    for id in ids.values():
        text = text.replace(id, "<id>")
    return answer.status_code, kept, text, list(asked)


@pytest.mark.parametrize("name", READS)
def test_a_read_of_what_may_not_be_seen_is_one_of_nothing(world: World, asked: list[str], name: str) -> None:
    sent = READS[name]
    for api, ids in (
        (world.nurse, world.hidden),
        (world.person, world.hidden),
        (world.nurse, world.elsewhere),
        (world.unit, world.elsewhere),
    ):
        nothing = told(api, sent, NOBODY, asked)
        assert told(api, sent, ids, asked) == nothing
        assert nothing[0] in (200, 404)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_to_what_may_not_be_seen_is_one_to_nothing(world: World, asked: list[str], name: str) -> None:
    sent = WRITES[name]
    for api, ids in (
        (world.nurse, world.hidden),
        (world.person, world.hidden),
        (world.nurse, world.elsewhere),
        (world.unit, world.elsewhere),
    ):
        nothing = told(api, sent, NOBODY, asked)
        assert told(api, sent, ids, asked) == nothing
        assert nothing[0] != 500


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test_the_same_request_of_who_may_see_it_is_answered_otherwise(
    town: Municipality, asked: list[str], name: str
) -> None:
    """So that none of these comparisons holds for a request that can only be refused."""
    sent = (READS | WRITES)[name]
    seen = record(town)
    nothing = told(town.unit, sent, NOBODY, asked)
    assert told(town.unit, sent, seen, asked) != nothing
    assert asked


def test_none_of_these_writes_changes_what_may_not_be_seen(town: Municipality, asked: list[str]) -> None:
    nurse, own, hidden = town.employee(), town.person(), record(town)
    town.team(own, nurse.role)
    before = {name: town.unit.get(f"/fhir/{kind}/{hidden[name]}").text for name, kind in KINDS.items()}
    for sent in WRITES.values():
        told(nurse.as_("team", "coordinator"), sent, hidden, asked)
    assert {name: town.unit.get(f"/fhir/{kind}/{hidden[name]}").text for name, kind in KINDS.items()} == before


KINDS = {"patient": "Patient", "plan": "CarePlan", "team": "CareTeam", "task": "Task", "request": "ServiceRequest"}


def test_the_standing_of_another_senders_referral_is_that_of_none(town: Municipality, asked: list[str]) -> None:
    mine, other = town.api("referrer", orgnr="889640782"), town.api("referrer", orgnr="974760673")
    form = {
        "messageId": "1",
        "patient": {"name": "Kari", "birthDate": "1950-02-01"},
        "reason": "x",
        "consentToShare": True,
    }
    sent = ok(other.post("/referral", form | {"personInformed": True}), 201)["id"]
    standing: Sent = ("GET", "/referral/{request}", lambda _: None, {})
    assert told(other, standing, {"request": sent}, asked)[0] == 200
    nothing = told(mine, standing, {"request": NOBODY["request"]}, asked)
    assert told(mine, standing, {"request": sent}, asked) == nothing
    assert nothing[0] == 404


def test_whether_the_municipality_knew_a_person_is_not_told_to_who_refers_them(
    town: Municipality, asked: list[str]
) -> None:
    """The answers to the two referrals are alike; the second makes a Patient, so the questions are not."""
    sender = town.api("referrer", orgnr="889640782")
    known, unknown = patient_number(town.person()), identity_number()
    form = {"reason": "x", "consentToShare": True, "personInformed": True}
    answers = [
        sender.post("/referral", form | {"messageId": str(n), "patient": {"name": "Kari", "identifier": number}})
        for n, number in enumerate((known, unknown))
    ]
    shapes = [(answer.status_code, sorted(ok(answer, 201)), ok(answer, 201)["status"]) for answer in answers]
    assert shapes[0] == shapes[1]
