"""The access log: whoever is refused has a row of who asked what about whom."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from audit import NOBODY, Row, Store, answered
from oppfolging_api.settings import Settings
from support import Api, Json, Municipality, reference


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def test_without_a_good_token_the_row_has_no_who(town: Municipality, store: Store) -> None:
    for token in (None, "nonsense"):
        answer = answered(Api(town.address, token).get(f"/fhir/Patient/{NOBODY}"), 401)
        assert store.who(answer) == [("", None, None, None, None, [])]
        assert store.what(answer) == [("read", 401, "Patient", NOBODY, NOBODY)]


def test_a_verified_caller_who_is_refused_entry_is_named(town: Municipality, store: Store) -> None:
    stray = town.api("analyst", sub="stray")
    outside = town.api("unit", "system", sub="outside")
    for answer, subject in (
        (stray.get("/fhir/Patient"), "stray"),
        (outside.get("/fhir/Patient", headers={"X-Municipality": "0301"}), "outside"),
    ):
        answered(answer, 403)
        assert [row[1:3] for row in store.who(answer)] == [("urn:oppfolging:development", subject)]


def refused_team(town: Municipality, patient: Json) -> tuple[httpx.Response, str]:
    team = town.team(patient)
    return town.unit.put(team | {"status": "proposed"}, If_Match='W/"9"'), team["id"]


def refused_deletion(town: Municipality, patient: Json) -> tuple[httpx.Response, str]:
    team = town.team(patient)
    town.unit.create(
        {
            "resourceType": "CarePlan",
            "status": "draft",
            "intent": "plan",
            "subject": reference(patient),
            "careTeam": [reference(team)],
        }
    )
    return town.unit.delete("CareTeam", team["id"]), team["id"]


def refused_reference(town: Municipality, patient: Json) -> tuple[httpx.Response, str]:
    team = town.team(patient)
    return town.unit.put(team | {"managingOrganization": [{"reference": "Organization/none"}]}), team["id"]


def refused_role(town: Municipality, patient: Json) -> tuple[httpx.Response, str]:
    nurse = town.employee()
    team = town.team(patient, nurse.role)
    return nurse.as_("coordinator", "team").put(team | {"name": "Et annet navn"}), team["id"]


@pytest.mark.parametrize(
    ("refused", "status"),
    [(refused_role, 403), (refused_deletion, 409), (refused_team, 412), (refused_reference, 422)],
)
def test_a_refused_write_has_the_row_of_what_and_whom_it_was_about(
    refused: Callable[[Municipality, Json], tuple[httpx.Response, str]],
    status: int,
    town: Municipality,
    store: Store,
) -> None:
    patient = town.person()
    answer, id = refused(town, patient)
    answered(answer, status)
    interaction = "delete" if status == 409 else "update"
    assert store.what(answer) == [(interaction, status, "CareTeam", id, patient["id"])]


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "row"),
    [
        ("GET", f"/fhir/Patient/{NOBODY}", {}, 404, ("read", 404, "Patient", NOBODY, NOBODY)),
        ("GET", "/fhir/Patient/pas-4711", {}, 404, ("read", 404, "Patient", "pas-4711", "pas-4711")),
        ("GET", "/fhir/Patient/kari.nordmann", {}, 404, ("read", 404, "Patient", None, None)),
        ("GET", "/fhir/Spaceship/1", {}, 404, ("read", 404, None, None, None)),
        ("GET", "/fhir/Patient/a%20b", {}, 400, ("read", 400, "Patient", None, None)),
        (
            "GET",
            "/fhir/Patient",
            {"headers": {"Accept": "text/html"}},
            406,
            ("search_type", 406, "Patient", None, None),
        ),
        ("POST", "/fhir/Patient", {"content": b"{"}, 400, ("create", 400, "Patient", None, None)),
        (
            "POST",
            "/fhir/Patient",
            {"content": b"<a/>", "headers": {"Content-Type": "text/xml"}},
            415,
            ("create", 415, "Patient", None, None),
        ),
        ("PUT", f"/fhir/Patient/{NOBODY}", {"json": {}}, 400, ("update", 400, "Patient", NOBODY, NOBODY)),
        ("POST", "/referral", {"json": {}}, 422, ("referral", 422, None, None, None)),
        ("GET", f"/referral/{NOBODY}", {}, 404, ("referral-status", 404, None, None, None)),
    ],
)
def test_every_other_refusal_has_a_row_of_what_was_asked(
    method: str, path: str, options: dict[str, Any], status: int, row: Row, town: Municipality, store: Store
) -> None:
    answer = answered(town.unit.send(method, path, **options), status)
    assert store.what(answer) == [row]
    assert store.who(answer)[0][2] == "ke-leader"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize(
    ("url", "alone", "what"),
    [
        ("Patient/{id}", 404, "Patient/{id}"),
        ("Patient/{id}/_history", 404, "Patient/{id}"),
        ("Patient/{id}/CarePlan", 200, "Patient/{id}"),
        ("CarePlan?patient={id}", 200, "CarePlan"),
        ("Patient/{id}/$everything", 404, "Patient/{id}"),
    ],
)
def test_who_asks_for_a_person_in_a_bundle_has_asked_about_them(
    town: Municipality, store: Store, kind: str, url: str, alone: int, what: str
) -> None:
    """As by the URL of its own."""
    stranger, patient = town.employee().as_("team"), town.person()
    entry = {"request": {"method": "GET", "url": url.format(id=patient["id"])}}
    sent = stranger.post("/fhir", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
    status = 200 if kind == "batch" else alone
    rows = [row[1:] for row in store.rows(answered(sent, status)) if row[0] != "batch"]
    assert rows == [(alone, [what.format(id=patient["id"])], patient["id"])]


def test_who_asks_for_another_municipalitys_person_is_logged_where_they_asked(
    town: Municipality, other_town: Municipality, store: Store
) -> None:
    patient = town.person()
    answer = answered(other_town.unit.get(f"/fhir/Patient/{patient['id']}"), 404)
    assert store.what(answer) == [("read", 404, "Patient", patient["id"], patient["id"])]
    assert store.who(answer)[0][0] == other_town.code


def test_a_write_refused_as_it_commits_leaves_the_row_of_the_refusal_and_nothing_else(
    town: Municipality, store: Store
) -> None:
    """One active team a person is checked last of all, when the row of the success is in the transaction already."""
    patient = town.person()
    team = town.team(patient)
    second = {name: value for name, value in team.items() if name not in ("id", "meta")}
    answer = answered(town.unit.post("/fhir/CareTeam", second), 409)
    assert [(row[0], row[1], row[2], row[4]) for row in store.what(answer)] == [
        ("create", 409, "CareTeam", patient["id"])
    ]
    assert town.unit.found("CareTeam") == [f"CareTeam/{team['id']}"]
