"""`oppfolging-api demo` as its user runs it: a command against a server, good, empty, wrong or absent."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oppfolging_api.kernel.errors import Conflict
from oppfolging_api.keys import development_issuer
from oppfolging_api.personas import personas, token_for
from oppfolging_api.seed import Municipality
from oppfolging_api.serve import fill
from oppfolging_api.settings import Settings
from shell import Shell, Told
from support import Api, Json, MovableClock, ok, running

if TYPE_CHECKING:
    from conftest import Databases

STORY = [
    "reports a need: POST /referral -> 201, received: Meldingen er mottatt av koordinerende enhet.",
    "sends the same message again: POST /referral -> 201, the same answer, nothing changed",
    "The journal system writes where Jan lives: PUT /fhir/Patient/",
    "would close it with nothing left: POST",
    "-> 422, Alle utfall unntatt fullt team har en kontakt, som arbeider i kommunen nå.",
    "asks where it stands: GET /referral/",
    "-> 200, handled, team: Personen får oppfølgingsteam med koordinator.",
    "accepts: PUT /fhir/Task/",
    "Koordinator er oppnevnt: Tore Skogbråt, Rehabiliteringstjenesten i Tindøy.",
    "-> 422, En aktiv individuell plan krever personens samtykke til planen. (CarePlan.status)",
    "obtains consent (plan): POST /fhir/Consent -> 201",
    "builds the team: PUT /fhir/CareTeam/",
    "-> 200, 8 on it, in three layers",
    "makes the individual plan: POST /fhir/CarePlan -> 201",
    "writes down PSFS conversation 1: POST /fhir/QuestionnaireResponse -> 201, scores 3, 2, 4, 5",
    "-> 403, only the progress of the Task (Task.description)",
    "-> 200, in-progress: Dosetten er i gang. Jan svarer når vi ringer.",
    "reads the own CarePlan: GET /fhir/CarePlan -> 200, Individuell plan for Jan",
    "The leader accepts for the service: PUT /fhir/Task/",
    "The leader looks for the plan: GET /fhir/CarePlan -> 200, only the task is the service's",
    "writes down PSFS conversation 2: POST /fhir/QuestionnaireResponse -> 201, scores 6, 5, 7, 5",
    "-> 200, total 23, mean 5.75, change 2.25: marked improvement",
    "looks for Jan: GET /fhir/Patient/",
    "-> 200, nothing is found",
    "-> 404, there is no such referral",
    "steps were as they should be.",
]


def of_a_new_database(databases: "Databases", var: Path) -> Settings:
    return Settings(database_url=databases.migrated(), var=var, _env_prefix="NOTHING_")


def in_its_own_process(address: str, var: Path) -> Told:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPPFOLGING_")}
    done = subprocess.run(
        [sys.executable, "-m", "oppfolging_api", "demo", "--url", address],
        env=own | {"OPPFOLGING_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def demo(shell: Shell, address: str, var: Path, **environment: str) -> Told:
    return shell.run("demo", "--url", address, OPPFOLGING_VAR=str(var), **environment)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def seeded(databases: "Databases", var: Path) -> Iterator[str]:
    settings = of_a_new_database(databases, var)
    assert asyncio.run(fill(settings, "http://127.0.0.1/fhir"))
    with running(settings, MovableClock()) as address:
        yield address


def test_the_story_is_told_to_its_end_and_can_be_told_again(seeded: str, var: Path, shell: Shell) -> None:
    for told in (in_its_own_process(seeded, var), demo(shell, seeded, var)):
        assert (told.status, told.err) == (0, ""), told.out + told.err
        place = 0
        for line in STORY:
            place = told.out.index(line, place)
        assert not any(len(word) == 11 and word.isdigit() for word in told.out.split())
        assert "eyJ" not in told.out, "a token is nobody else's to read"


@pytest.fixture
def tindoy(seeded: str, var: Path) -> dict[str, Api]:
    """A client for each persona of the municipality the demo takes place in."""
    settings = Settings(var=var, _env_prefix="NOTHING_")
    return {persona.role: Api(seeded, token_for(settings, code, persona)) for code, persona in personas(settings)}


def test_the_seeded_referral_is_told_of_as_one_that_came_through_the_door(tindoy: dict[str, Api]) -> None:
    gp, unit = tindoy["referrer"], tindoy["coordinating-unit"]
    told = ok(gp.get("/referral/jan-referral"), 200)
    assert (told["status"], told["outcome"]) == ("handled", "team")
    written = unit.read("ServiceRequest", "jan-referral")["authoredOn"]
    assert datetime.fromisoformat(told["received"]) == datetime.fromisoformat(written)
    assert told["feedback"][0]["sent"] > written


def test_the_gp_who_referred_jan_hears_of_a_hand_over_in_his_seeded_team(tindoy: dict[str, Api]) -> None:
    given: dict[str, Json] = {
        "coordinator": {"valueReference": {"reference": "PractitionerRole/ot-aslaug-role"}},
        "reason": {"valueString": "Slutter."},
        "agreed": {"valueBoolean": True},
    }
    ok(tindoy["coordinating-unit"].operate("CareTeam/jan-team/$hand-over", **given), 200)
    told = ok(tindoy["referrer"].get("/referral/jan-referral"), 200)["feedback"]
    assert told[-1]["text"] == ("Ny koordinator har overtatt: Aslaug Rødtind, Rehabiliteringstjenesten i Tindøy.")


def system_of(settings: Settings, address: str, municipality: str) -> Api:
    token = development_issuer(settings).token(
        scopes=["oppfolging/system"], municipalities=[municipality], subject="journal"
    )
    return Api(address, token)


def test_a_municipality_with_anything_in_it_is_left_and_the_other_is_filled(
    databases: "Databases", tmp_path: Path
) -> None:
    settings = of_a_new_database(databases, tmp_path)
    with running(settings, MovableClock()) as address:
        fjordvik, tindoy = (system_of(settings, address, code) for code in ("9901", "9902"))
        own = tindoy.create({"resourceType": "Organization", "name": "Noen andres"})
        assert asyncio.run(fill(settings, "http://127.0.0.1/fhir")) is True
        assert (tindoy.found("Organization"), tindoy.found("Patient")) == ([f"Organization/{own['id']}"], [])
        assert len(fjordvik.found("Patient")) == 5
        tindoy.delete("Organization", own["id"])
        assert asyncio.run(fill(settings, "http://127.0.0.1/fhir")) is False
        assert tindoy.found("Organization") == []


def test_two_that_fill_at_once_fill_once(databases: "Databases", tmp_path: Path) -> None:
    settings = of_a_new_database(databases, tmp_path)

    async def both() -> list[bool]:
        return await asyncio.gather(*(fill(settings, "http://127.0.0.1/fhir") for _ in range(2)))

    assert True in asyncio.run(both())
    with running(settings, MovableClock()) as address:
        people = [system_of(settings, address, code).found("Patient") for code in ("9901", "9902")]
    assert [len(found) for found in people] == [5, 4]


def test_what_stands_in_the_way_of_the_seed_is_said(
    databases: "Databases", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = of_a_new_database(databases, tmp_path)
    office = {"resourceType": "Organization", "id": "twice", "name": "To ganger"}
    doubled = Municipality("9903", [office, office], {})
    monkeypatch.setattr("oppfolging_api.seed.load.municipalities", lambda *_: [doubled])
    with pytest.raises(Conflict):
        asyncio.run(fill(settings, "http://127.0.0.1/fhir"))


def test_a_server_without_the_seed_is_told_at_the_first_step(databases: "Databases", var: Path, shell: Shell) -> None:
    with running(of_a_new_database(databases, var), MovableClock()) as address:
        told = demo(shell, address, var)
    assert told.status == 1
    assert "The demo stops here: expected status 200, came 404" in told.err
    assert told.out.count("->") == 1


def test_a_server_with_other_keys_is_told(seeded: str, tmp_path: Path, shell: Shell) -> None:
    told = demo(shell, seeded, tmp_path)
    assert (told.status, "expected status 200, came 401" in told.err) == (1, True)


def test_where_nothing_listens_it_says_so(var: Path, shell: Shell) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    told = demo(shell, address, var)
    assert told.status == 1
    assert f"no server answers at {address}" in told.err


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server of something else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_another_kind_of_server_is_not_taken_for_this_one(body: bytes, var: Path, shell: Shell) -> None:
    with answering(body) as address:
        told = demo(shell, address, var)
    assert told.status == 1
    assert "The demo stops here: expected another answer" in told.err
    assert "Traceback" not in told.err


def test_in_production_there_are_no_development_tokens(var: Path, shell: Shell) -> None:
    issuer = '[{"issuer": "https://one.example", "audience": ["api"], "jwks": {"keys": []}}]'
    settings = {
        "OPPFOLGING_ENVIRONMENT": "production",
        "OPPFOLGING_SECRET": "x" * 64,
        "OPPFOLGING_BASE_URL": "https://api.example",
        "OPPFOLGING_DATABASE_URL": "postgresql://db.example/oppfolging",
        "OPPFOLGING_ISSUERS": issuer,
    }
    told = demo(shell, "http://127.0.0.1:1", var, **settings)
    assert told.status == 1
    assert "the development issuer does not start in production" in told.err
