"""The synthetic municipality: the same every time, like the real ones, and taken by the server like any other."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import asyncpg
import pytest

from oppfolging_api.access.access_log import Trace
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.profiles import validate_profiles
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Context, Server
from oppfolging_api.fhir.validation import validate
from oppfolging_api.fhir.writer import writing
from oppfolging_api.generate import load
from oppfolging_api.generate.directory import services, staff
from oppfolging_api.generate.person import person
from oppfolging_api.generate.town import BLOCK, COORDINATOR_OF, Town
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.kernel.identity_number import is_organisation_number, is_synthetic
from oppfolging_api.psfs.answers import problems
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.settings import CannotServe, Settings
from oppfolging_api.store.database import Database
from support import CANONICAL, Api, ok

Resource = dict[str, Any]

DAY = date(2026, 11, 22)
TOWN = Town("9903", 600, 1, DAY, CANONICAL)
FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
COORDINATOR = {"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "8", "display": "Koordinator individuell plan"}
HTEST = "http://terminology.hl7.org/CodeSystem/v3-ActReason|HTEST"
OWN = "https://oppfolging.example/fhir/CodeSystem"

DIRECTORY = [*services(TOWN), *(one for block in range(TOWN.blocks) for one in staff(TOWN, block))]
PEOPLE = [person(TOWN, number) for number in range(TOWN.people)]
SAMPLE = [*services(TOWN), *staff(TOWN, 0), *(one for number in range(BLOCK) for one in PEOPLE[number])]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for held in value.values():
            yield from references(held)
    elif isinstance(value, list):
        for held in value:
            yield from references(held)


def of_type(kind: str) -> list[Resource]:
    return [one for resources in PEOPLE for one in resources if one["resourceType"] == kind]


def coded(resource: Resource, system: str, code: str) -> bool:
    return {"coding": [{"system": f"{OWN}/{system}", "code": code}]} in resource.get("category", [])


# What holds of every resource


def test_every_resource_is_one_the_server_takes() -> None:
    assert {one["resourceType"] for one in SAMPLE} >= {"Patient", "CareTeam", "CarePlan", "Observation", "Consent"}
    for one in SAMPLE:
        read = exact_json.parse(exact_json.dump(one))
        validate(read, read["resourceType"])
        assert validate_profiles(read, read["resourceType"], None, CANONICAL) == []


def test_every_conversation_keeps_the_rules_of_the_form() -> None:
    conversations = of_type("QuestionnaireResponse")
    assert len(conversations) > 500
    assert [one["id"] for one in conversations if problems(one, CANONICAL, DAY)] == []


def test_a_resource_refers_only_to_earlier_ones() -> None:
    known = {f"{one['resourceType']}/{one['id']}" for one in DIRECTORY}
    for one in (one for resources in PEOPLE for one in resources):
        assert set(references(one)) - known == set(), one["id"]
        known.add(f"{one['resourceType']}/{one['id']}")


def test_ids_are_legal_and_no_two_are_the_same() -> None:
    ids = [(one["resourceType"], one["id"]) for one in (*DIRECTORY, *(one for all in PEOPLE for one in all))]
    assert [id for _, id in ids if not re.fullmatch(r"[a-z0-9-]{1,64}", id)] == []
    assert len(ids) == len(set(ids))


def test_nobody_has_the_number_of_somebody_alive_or_of_another() -> None:
    identifiers = [one["identifier"][0] for one in (*of_type("Patient"), *of_type("RelatedPerson"))]
    numbers = [one["value"] for one in identifiers]
    assert {one["system"] for one in identifiers} == {FNR}
    assert [number for number in numbers if not is_synthetic(number)] == []
    assert len(numbers) == len(set(numbers)) > 800


def test_people_born_on_the_same_day_have_numbers_of_their_own() -> None:
    """Birthdays come again after 32 850 people."""
    crowd = [person(Town("9903", 100_000, 1, DAY, CANONICAL), 17 + 32_850 * n)[0] for n in range(3)]
    assert len({one["birthDate"] for one in crowd}) == 1
    assert len({one["identifier"][0]["value"] for one in crowd}) == 3


def test_services_have_organisation_numbers_outside_the_series_in_use() -> None:
    numbers = [one["identifier"][0]["value"] for one in DIRECTORY if one["resourceType"] == "Organization"]
    assert [number for number in numbers if not is_organisation_number(number) or number[0] != "3"] == []
    assert len(numbers) == len(set(numbers)) == 14


# What it is like (DOMAIN sections 1 and 8)


def test_each_person_has_between_ten_and_twenty_resources_in_the_mean() -> None:
    assert 10 < sum(map(len, PEOPLE)) / len(PEOPLE) < 20


def test_a_third_of_the_coordinators_have_one_person_and_a_fifth_more_than_five() -> None:
    loads = Counter(COORDINATOR_OF).values()
    assert Counter(loads)[1] / len(loads) == 0.35
    assert sum(load > 5 for load in loads) / len(loads) == 0.2


def test_every_team_has_one_coordinator_and_serves_one_person() -> None:
    teams = of_type("CareTeam")
    roles = [
        [role["coding"] for one in team["participant"] for role in one["role"] if "coding" in role] for team in teams
    ]
    assert len({team["subject"]["reference"] for team in teams}) == len(teams) > 400
    assert {codings.count([COORDINATOR]) for codings in roles} == {1}


def test_about_half_of_those_with_a_team_have_a_plan_and_all_of_them_consented() -> None:
    planned = {one["subject"]["reference"] for one in of_type("CarePlan") if coded(one, "plan-kind", "individual-plan")}
    consented = {one["patient"]["reference"] for one in of_type("Consent") if coded(one, "consent-kind", "plan")}
    assert planned <= consented
    assert 0.45 < len(planned) / len(of_type("CareTeam")) < 0.65


# It is the same every time


def test_the_same_seed_gives_the_same_people_however_many_there_are() -> None:
    again, crowd = Town("9903", 600, 1, DAY, Canonical()), Town("9903", 9000, 1, DAY, Canonical())
    assert person(again, 5) == person(crowd, 5) == PEOPLE[5]
    assert staff(crowd, 1) == staff(TOWN, 1)


def test_another_seed_gives_other_people() -> None:
    other = Town("9903", 600, 2, DAY, CANONICAL)
    names = [person(other, number)[0]["name"] for number in range(20)]
    assert names != [PEOPLE[number][0]["name"] for number in range(20)]


# In the store

COPIED, WRITTEN, SERVED = "8811", "8812", "8813"
LEFT_BEHIND = {
    "resource": "type, id, version, deleted",
    "resource_version": "type, id, version, method, person, kinds",
    "outbox": "type, id, version, method",
    "find": "type, id, person, deleted, kinds, keys",
    "find_string": "type, id, position, parameter, value, exact",
    "find_date": "type, id, position, parameter, low, high",
    "find_quantity": "type, id, position, parameter, low, high, system, code, unit",
    "identity": "type, id, key",
    "employment": "id, practitioner, organisation, general_practitioner, active, starts, ends",
    "organisation_part": "id, part_of",
    "relation": "id, person, guardian, active, starts, ends",
    "membership": "id, position, person, member, coordinator, layer, active, starts, ends",
    "sole_active": "type, id, slot, person",
    "assignment": "id, owner, focus, person, open",
    "denial": "id, position, person, actor, kinds, starts, ends",
    "feedback_link": "id, referral, sent, received, refused",
    "care_plan": "id, person, kind, external, status, starts, ends, parts, told, lacks, waived, review",
    "goal_course": "id, person, open, due, review",
    "activity": "id, person, owner, open, void, due, extent, told",
    "consent_term": "id, kind, person, active, starts, ends",
    "referral_course": "id, referral, person, status, outcome, received, due, decided",
}
"""The columns of every table that a write fills, but for when it was."""
KEYS = PersonKeys(b"x" * 32)


def town(code: str, people: int) -> Town:
    return Town(code, people, 1, today(SystemClock()), CANONICAL)


def fill(settings: Settings, code: str, people: int) -> int:
    return load.generate(town(code, people), urls_of(settings).owner, partial(registry_of, settings, KEYS))


async def write(settings: Settings, code: str, people: int) -> None:
    """The people of the municipality that was copied, by the server's own writer, in one transaction of another."""
    caller = Caller(code, frozenset({Role.SYSTEM}), "urn:test", "test")
    async with Database.open(urls_of(settings), 2) as opened:
        server = Server(registry_of(settings, KEYS), opened, SystemClock(), Cursors(b"x" * 32), KEYS, "")
        async with writing(Context(server, caller, "http://test/fhir", Trace("test", "test", caller))) as writer:
            made = town(COPIED, people)
            for resources in (services(made), staff(made, 0), *(person(made, number) for number in range(people))):
                for one in resources:
                    await writer.create(one, id=one["id"], as_service=True)


async def rows(url: str, code: str) -> dict[str, list[tuple[Any, ...]]]:
    connection = await asyncpg.connect(url)
    statement = "SELECT {columns} FROM {table} WHERE municipality = $1 ORDER BY {columns}"
    found = {
        table: [tuple(row) for row in await connection.fetch(statement.format(columns=columns, table=table), code)]
        for table, columns in LEFT_BEHIND.items()
    }
    await connection.close()
    return found


async def test_it_leaves_in_the_store_what_the_servers_own_writes_leave(settings: Settings) -> None:
    await asyncio.to_thread(fill, settings, COPIED, 25)
    await write(settings, WRITTEN, 25)
    copied, written = [await rows(str(settings.database_url), code) for code in (COPIED, WRITTEN)]
    empty = [table for table, found in copied.items() if not found]
    assert empty == []
    assert copied == written


@pytest.fixture(scope="module")
def filled(settings: Settings) -> int:
    """How many resources were written about 60 people, by two processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_BATCH", 1)
        return fill(settings, SERVED, 60)


@pytest.fixture
def unit(server: str, issuer: DevelopmentIssuer) -> Api:
    return Api(server, issuer.token(scopes=["oppfolging/coordinating-unit"], municipalities=[SERVED], subject="unit"))


def test_everything_written_is_found_and_tagged_as_test_data(filled: int, unit: Api) -> None:
    people = unit.search(f"Patient?_tag={HTEST}&_summary=count")["total"]
    everything = unit.search(f"?_tag={HTEST}&_summary=count")["total"]
    about_nobody = unit.search("?_type=Organization,Practitioner,PractitionerRole&_summary=count")["total"]
    assert people == 60
    assert everything + about_nobody == filled


def test_a_generated_person_is_searched_like_any_other(filled: int, unit: Api) -> None:
    patient = unit.search("Patient?_id=p0000059")["entry"][0]["resource"]
    number = patient["identifier"][0]["value"]
    assert unit.found(f"Patient?identifier={FNR}|{number}") == ["Patient/p0000059"]
    assert unit.found(f"ServiceRequest?subject:Patient.identifier={number}") == ["ServiceRequest/p0000059-referral"]
    assert unit.read("Patient", "p0000059") == patient


def test_a_generated_resource_is_updated_like_any_other(filled: int, unit: Api) -> None:
    goal = unit.search("Goal?_count=1")["entry"][0]["resource"]
    changed = unit.update(goal | {"lifecycleStatus": "completed"})
    assert changed["meta"]["versionId"] == "2"
    history = ok(unit.get(f"/fhir/Goal/{goal['id']}/_history"), 200)
    assert [entry["resource"]["lifecycleStatus"] for entry in history["entry"]] == ["completed", "active"]
    assert f"Goal/{goal['id']}" in unit.found("Goal?lifecycle-status=completed")


def test_a_generated_plan_and_team_still_keep_the_rules_when_they_change(filled: int, unit: Api) -> None:
    plan = unit.search("CarePlan?category=individual-plan&_count=1")["entry"][0]["resource"]
    team = unit.search(f"CareTeam?patient={plan['subject']['reference']}")["entry"][0]["resource"]
    assert unit.update(plan | {"title": "Planen vår"})["title"] == "Planen vår"
    assert unit.update(team | {"name": "Teamet vårt"})["name"] == "Teamet vårt"


def test_a_generated_coordinator_sees_the_teams_they_coordinate_and_no_other(
    filled: int, server: str, issuer: DevelopmentIssuer, unit: Api
) -> None:
    homes = unit.search("Organization?type=home-care")["entry"][0]["resource"]
    token = issuer.token(
        scopes=["oppfolging/coordinator"],
        municipalities=[SERVED],
        subject="w000000",
        hpr="9800000",
        organisation=homes["identifier"][0]["value"],
    )
    assert Api(server, token).found("CareTeam") == ["CareTeam/p0000000-team"]


def test_a_municipality_with_resources_is_left_as_it_is(filled: int, settings: Settings, unit: Api) -> None:
    with pytest.raises(CannotServe, match="municipality 8813 has resources already"):
        fill(settings, SERVED, 5)
    assert unit.search("Patient?_summary=count")["total"] == 60
