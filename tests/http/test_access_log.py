"""The access log: whatever is answered has a row of who did what about whom and when, committed before the answer."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from audit import NOBODY, Store, answered
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from plans import plan
from support import Api, Json, MovableClock, Municipality, identity_number, ok, patient_number, reference, running

if TYPE_CHECKING:
    from conftest import Databases


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def goal(patient: Json) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå til butikken"},
        "subject": reference(patient),
    }


def test_a_row_says_who_it_was_and_when(town: Municipality, store: Store) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    before = datetime.now(UTC)
    answer = answered(nurse.as_("team", "coordinator").get(f"/fhir/Patient/{patient['id']}"), 200)
    roles = ["coordinator", "team"]
    assert store.who(answer) == [(town.code, "urn:oppfolging:development", "tester", nurse.hpr, nurse.orgnr, roles)]
    ((at,),) = store.ask("SELECT at FROM access_log WHERE request = $1", answer.headers["x-request-id"])
    assert before - timedelta(seconds=1) < at < datetime.now(UTC)


def test_every_interaction_leaves_a_row(town: Municipality, store: Store) -> None:
    patient = town.person()
    whom = patient["id"]
    made = answered(town.unit.post("/fhir/Goal", goal(patient)), 201)
    id = made.json()["id"]
    assert store.what(made) == [("create", 201, "Goal", id, whom)]
    at = f"/fhir/Goal/{id}"
    for path, interaction in ((at, "read"), (f"{at}/_history/1", "vread"), (f"{at}/_history", "history_instance")):
        assert store.what(answered(town.unit.get(path), 200)) == [(interaction, 200, "Goal", id, whom)]
    changed = answered(town.unit.put(made.json() | {"lifecycleStatus": "completed"}), 200)
    assert store.what(changed) == [("update", 200, "Goal", id, whom)]
    deleted = answered(town.unit.delete("Goal", id), 204)
    assert store.what(deleted) == [("delete", 204, "Goal", id, whom)]
    assert store.what(answered(town.unit.get(at), 410)) == [("read", 410, "Goal", id, whom)]
    asked = answered(town.unit.get(f"/fhir/Patient/{whom}/$psfs-trend"), 200)
    assert ("$psfs-trend", 200, "Patient", whom, whom) in store.what(asked)
    planned = town.unit.create(plan(patient, status="draft"))["id"]
    asked = answered(town.unit.get(f"/fhir/CarePlan/{planned}/$check-content"), 200)
    assert ("$check-content", 200, "CarePlan", planned, whom) in store.what(asked)


def test_what_is_about_nobody_is_logged_without_a_person(town: Municipality, store: Store) -> None:
    id = town.unit_office["id"]
    assert store.what(town.unit.get(f"/fhir/Organization/{id}")) == [("read", 200, "Organization", id, None)]


def test_a_search_leaves_one_row_for_each_person_found_and_included(town: Municipality, store: Store) -> None:
    first, second, third = town.person(), town.person(), town.person()
    for patient in (first, first, second):
        town.unit.create(goal(patient))
    found = answered(town.unit.get("/fhir/Goal?_include=Goal:subject"), 200)
    assert sorted(store.rows(found)) == sorted(
        ("search_type", 200, ["Goal", "Patient"], patient["id"]) for patient in (first, second)
    )
    form = {"identifier": f"{systems.FNR}|{patient_number(third)}"}
    posted = answered(town.unit.send("POST", "/fhir/Patient/_search", data=form), 200)
    assert store.rows(posted) == [("search_type_post", 200, ["Patient"], third["id"])]


def test_a_transaction_leaves_one_row_for_each_person_and_one_for_what_is_about_nobody(
    town: Municipality, store: Store
) -> None:
    first, second = town.person(), town.person()
    office = {"resourceType": "Location", "name": "Rådhuset"}
    resources = [goal(first), goal(second), goal(first), office]
    entries = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in resources]
    sent = answered(town.unit.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries}), 200)
    made = [entry["response"]["location"].removesuffix("/_history/1") for entry in sent.json()["entry"]]
    assert sorted(store.rows(sent), key=str) == sorted(
        [
            ("transaction", 200, sorted([made[0], made[2]]), first["id"]),
            ("transaction", 200, [made[1]], second["id"]),
            ("transaction", 200, [made[3]], None),
        ],
        key=str,
    )


def test_each_entry_of_a_batch_is_logged_for_itself(town: Municipality, store: Store) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient))
    entries = [
        {"request": {"method": "GET", "url": f"Goal/{made['id']}"}},
        {"request": {"method": "GET", "url": f"Goal/{NOBODY}"}},
        {"resource": goal(patient), "request": {"method": "POST", "url": "Goal"}},
    ]
    sent = answered(town.unit.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries}), 200)
    new = sent.json()["entry"][2]["response"]["location"].removesuffix("/_history/1")
    rows = store.rows(sent)
    assert ("GET", 200, [f"Goal/{made['id']}"], patient["id"]) in rows
    assert ("POST", 201, [new], patient["id"]) in rows
    assert [row[:2] for row in rows if row[3] is None and row[1] == 404] == [("GET", 404)]


@pytest.mark.parametrize(
    ("role", "purpose"),
    [("team", "TREAT"), ("coordinating-unit", "COC"), ("system", "RECORDMGT"), ("person", "PATRQT")],
)
def test_a_row_says_why_by_the_role(town: Municipality, store: Store, role: str, purpose: str) -> None:
    patient = town.person()
    api = town.as_person(patient) if role == "person" else town.employee().as_(role)
    answer = api.get(f"/fhir/Patient/{patient['id']}")
    assert store.ask("SELECT purpose FROM access_log WHERE request = $1", answer.headers["x-request-id"]) == [
        (purpose,)
    ]


def test_a_service_that_runs_on_for_years_without_being_migrated_goes_on_writing_its_log(
    town: Municipality, store: Store, clock: MovableClock
) -> None:
    """What has no month of its own lies in the default partition."""
    patient = town.person()
    clock.moved = timedelta(days=3 * 365)
    later = town.api("coordinating-unit", sub="ke-leader")
    answer = answered(later.get(f"/fhir/Patient/{patient['id']}"), 200)
    assert store.rows(answer) == [("read", 200, [f"Patient/{patient['id']}"], patient["id"])]
    where = "SELECT tableoid::regclass::text FROM access_log WHERE request = $1"
    assert store.ask(where, answer.headers["x-request-id"]) == [("access_log_default",)]


def test_a_search_that_finds_nothing_leaves_a_row_of_what_was_searched(town: Municipality, store: Store) -> None:
    assert store.what(town.unit.get("/fhir/Goal?_id=none")) == [("search_type", 200, "Goal", None, None)]


def test_who_is_named_in_a_search_has_a_row_also_where_a_number_is_told_or_facts_on_others(
    town: Municipality, store: Store
) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    api, id = nurse.as_("team"), patient["id"]
    for query, found in (
        (f"CareTeam?patient=Patient/{id}&_summary=count", [(["CareTeam"], id)]),
        (f"CareTeam?patient={id}&_count=0&_total=accurate", [(["CareTeam"], id)]),
        (f"CareTeam?patient:Patient={id}&_summary=count", [(["CareTeam"], id)]),
        (f"CareTeam?patient={api.address}/fhir/Patient/{id}&_summary=count", [(["CareTeam"], id)]),
        (f"CareTeam?patient=Patient/{id}/_history/1&_summary=count", [(["CareTeam"], id)]),
        (f"CareTeam?patient._id={id}&_summary=count", [(["CareTeam"], id)]),
        (f"Patient?_id={id}&_summary=count", [(["Patient"], id)]),
        (f"Patient/{id}/CareTeam?_summary=count", [([f"Patient/{id}"], id)]),
        (f"?_type=CareTeam,Goal&patient={id}&_summary=count", [([f"Patient/{id}"], id)]),
        (
            f"PractitionerRole?_has:CareTeam:participant:patient={id}",
            [(["PractitionerRole"], None), (["PractitionerRole"], id)],
        ),
        (
            f"PractitionerRole?_has:CareTeam:participant:patient._id={id}&_summary=count",
            [(["PractitionerRole"], id)],
        ),
        (f"Goal?patient={NOBODY}", [(["Goal"], NOBODY)]),
        ("Practitioner?_summary=count", [(["Practitioner"], None)]),
    ):
        told = store.rows(answered(api.get(f"/fhir/{query}"), 200))
        assert [row[2:] for row in told] == found, query


def test_who_was_found_has_no_second_row(town: Municipality, store: Store) -> None:
    first, second = town.person(), town.person()
    town.unit.create(goal(first))
    found = answered(town.unit.get(f"/fhir/Goal?patient={first['id']},{second['id']}"), 200)
    assert store.rows(found) == [
        ("search_type", 200, ["Goal"], first["id"]),
        ("search_type", 200, ["Goal"], second["id"]),
    ]


def test_an_entry_of_a_batch_is_logged_with_what_it_came_to_and_a_transaction_as_a_whole(
    town: Municipality, store: Store
) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient))
    gone = {"request": {"method": "DELETE", "url": f"Goal/{made['id']}"}}
    new = {"resource": goal(patient), "request": {"method": "POST", "url": "Goal"}}
    for kind, entries, expected in (
        ("batch", [new, gone], [("POST", 201), ("DELETE", 204), ("batch", 200)]),
        ("transaction", [new], [("transaction", 200)]),
    ):
        sent = answered(town.unit.post("/fhir", {"resourceType": "Bundle", "type": kind, "entry": entries}), 200)
        assert [row[:2] for row in store.rows(sent)] == expected


def test_a_referral_leaves_rows_of_all_it_made_and_its_repetition_a_row(town: Municipality, store: Store) -> None:
    sender = town.api("referrer", orgnr="889640782")
    form = {
        "messageId": "1",
        "patient": {"identifier": identity_number(), "name": "Ola Nordmann"},
        "reason": "Trenger et team",
        "consentToShare": True,
        "personInformed": True,
    }
    sent = answered(sender.post("/referral", form), 201)
    id = sent.json()["id"]
    rows = store.what(sent)
    (whom,) = {row[4] for row in rows}
    assert {row[:3] for row in rows} == {
        ("referral", 201, type) for type in ("Patient", "ServiceRequest", "Task", "Communication")
    }
    assert ("referral", 201, "ServiceRequest", id, whom) in rows
    assert store.what(answered(sender.post("/referral", form), 201)) == [("referral", 201, "ServiceRequest", id, whom)]
    asked = answered(sender.get(f"/referral/{id}"), 200)
    assert store.what(asked) == [("referral-status", 200, "ServiceRequest", id, whom)]


def test_the_row_of_a_write_is_in_its_transaction(town: Municipality, store: Store) -> None:
    patient = town.person()
    made = answered(town.unit.post("/fhir/Goal", goal(patient)), 201)
    changed = answered(town.unit.put(made.json() | {"lifecycleStatus": "completed"}), 200)
    for version, answer in ((1, made), (2, changed)):
        same = store.ask(
            "SELECT v.transaction::text::bigint % 4294967296 = l.xmin::text::bigint, v.method"
            " FROM resource_version v, access_log l"
            " WHERE v.id = $1 AND v.version = $2 AND l.request = $3",
            made.json()["id"],
            version,
            answer.headers["x-request-id"],
        )
        assert same == [(True, ("POST", "PUT")[version - 1])]


def test_no_row_holds_an_identity_number_a_name_or_anything_that_was_typed(town: Municipality, store: Store) -> None:
    number, name = identity_number(), "Torvald Helmer"
    patient = town.person(number, name=[{"family": "Helmer", "given": ["Torvald"], "text": name}])
    unit, said = town.unit, [number, number[:6], "Torvald", "Helmer", "%", "Prøve"]
    unit.get(f"/fhir/Patient?identifier={systems.FNR}|{number}&name=Torvald")
    unit.send("POST", "/fhir/Patient/_search", data={"identifier": number, "name": "Helmer"})
    unit.get(f"/fhir/Patient/{number}")
    unit.get(f"/fhir/Patient/Torvald.Helmer/_history/{number}")
    unit.get("/fhir/Torvald/Helmer")
    unit.get(f"/fhir/Patient/{patient['id']}", headers={"X-Request-Id": f"{number[:6]}-{number[6:]}"})
    unit.get(f"/fhir/Patient/{patient['id']}/$Helmer")
    unit.get(f"/referral/{number}")
    for named in (number, "Torvald", f"Patient/{number}"):
        unit.send("POST", "/fhir/Goal/_search", data={"patient": named})
    unit.send("POST", "/fhir/Goal/_search", data={"patient:identifier": f"{systems.FNR}|{number}"})
    unit.send("POST", "/fhir/Patient/_search", data={"_id": number})
    reads = [{"request": {"method": "GET", "url": f"Patient/{id}"}} for id in (number, "Torvald")]
    unit.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": reads})
    town.as_person(patient).get(f"/fhir/Patient/{patient['id']}")
    rows = [str(row) for row in store.ask("SELECT l::text FROM access_log l WHERE municipality = $1", town.code)]
    assert len(rows) == 19
    assert [text for text in said for row in rows if text in row] == []


def test_nothing_is_answered_before_its_row_and_those_who_wait_share_one_insert(
    town: Municipality, store: Store
) -> None:
    """The log is locked by somebody else while forty read; when it is free, two inserts do for all."""
    patient = town.person()
    path = f"/fhir/Patient/{patient['id']}"
    with ThreadPoolExecutor(40) as pool:
        answers = _while_the_log_is_locked(store, lambda: [pool.submit(town.unit.get, path) for _ in range(40)])
    requests = [answered(answer.result(), 200).headers["x-request-id"] for answer in answers]
    counted = store.ask("SELECT count(*), count(DISTINCT xmin::text) FROM access_log WHERE request = ANY($1)", requests)
    assert counted == [(40, 2)]


def _while_the_log_is_locked(store: Store, act: Callable[[], list[Any]]) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(store.dsn)
        async with connection.transaction():
            await connection.execute("LOCK TABLE access_log IN EXCLUSIVE MODE")
            started = act()
            await asyncio.sleep(1.5)
            assert not any(one.done() for one in started)
        await connection.close()
        return started

    return asyncio.run(run())


@pytest.fixture
def own(settings: Settings, databases: "Databases", issuer: DevelopmentIssuer) -> Iterator[tuple[Municipality, Store]]:
    """A municipality on a database and a server of its own, whose log can be taken away."""
    made = settings.model_copy(update={"database_url": databases.migrated()})
    with running(made, MovableClock()) as address:
        yield Municipality(address, issuer, MovableClock(), "4601"), Store(made)


def test_where_the_log_cannot_be_written_nothing_is_answered_and_nothing_is_stored(
    own: tuple[Municipality, Store],
) -> None:
    town, store = own
    patient = town.person()
    path = f"/fhir/Patient/{patient['id']}"
    store.ask("REVOKE INSERT ON access_log FROM oppfolging_log, oppfolging_app")
    refusals = [
        town.unit.get(path),
        town.unit.get("/fhir/Patient"),
        town.unit.get(f"{path}/_history"),
        town.unit.get(f"/fhir/Patient/{NOBODY}"),
        Api(town.address, None).get(path),
        town.unit.post("/fhir/Goal", goal(patient)),
        town.unit.put(patient | {"active": False}),
        town.unit.delete("Patient", patient["id"]),
    ]
    for answer in refusals:
        assert ok(answer, 503)["issue"][0]["code"] == "transient"
        assert (answer.headers["retry-after"], len(answer.headers["x-request-id"])) == ("5", 36)
        assert "Person" not in answer.text.replace("Personal", "")
        assert "etag" not in answer.headers
    assert store.ask("SELECT count(*) FROM resource WHERE type = 'Goal'") == [(0,)]
    assert ok(Api(town.address, None).get("/health/live"), 200) == {"status": "ok"}

    store.ask("GRANT INSERT ON access_log TO oppfolging_log, oppfolging_app")
    assert answered(town.unit.get(path), 200).headers["etag"] == 'W/"1"'
    town.unit.create(goal(patient))


def test_a_write_whose_own_row_cannot_be_stored_is_not_stored_either(own: tuple[Municipality, Store]) -> None:
    town, store = own
    patient = town.person()
    store.ask("REVOKE INSERT ON access_log FROM oppfolging_app")
    answer = town.unit.post("/fhir/Goal", goal(patient))
    assert answer.status_code >= 500
    assert store.ask("SELECT count(*) FROM resource WHERE type = 'Goal'") == [(0,)]
    assert [row[:3] for row in store.what(answer)] == [("create", answer.status_code, "Goal")]
