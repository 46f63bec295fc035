"""A row of the access log as an AuditEvent: its id, and what each interaction, role and status is called."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oppfolging_api.access.access_log import PURPOSES
from oppfolging_api.audit.event import agent_keys, audit_event
from oppfolging_api.audit.logged import Logged, Place, event_id, place_of
from oppfolging_api.audit.vocabulary import INTERACTIONS, OPERATION, ROLES, outcome_of, purpose_concept, said_of
from oppfolging_api.fhir.bundles.entries import METHODS
from oppfolging_api.fhir.routes import router
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.caller import Role
from oppfolging_api.referral.routes import router as referral_router

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
OPEN = {"capabilities", "smart"}
"""Routes without a row in the log."""
HELD: dict[str, Any] = {
    "place": Place(AT, 42),
    "municipality": "9901",
    "request": "018bcfe5-687b-7000-8000-000000000001",
    "issuer": "https://issuer.example",
    "subject": "somebody",
    "hpr": "9900001",
    "organisation": "999999999",
    "roles": ("team",),
    "purpose": "TREAT",
    "interaction": "search_type",
    "status": 200,
    "what": ("Goal",),
    "person": "p1",
    "client": None,
}


def logged(**changed: Any) -> Logged:
    return Logged(**(HELD | changed))


def event(**changed: Any) -> dict[str, Any]:
    made = audit_event(logged(**changed), {}, ids=True)
    validate(made, "AuditEvent")
    return made


@pytest.mark.parametrize(
    ("place", "id"),
    [
        (Place(datetime(1970, 1, 1, tzinfo=UTC), 0), "00000000-0000-8000-8000-000000000000"),
        (Place(AT, 42), "00660d8d-d2c2-8240-8000-00000000002a"),
        (Place(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 2**62 - 1), None),
        (Place(AT + timedelta(microseconds=1), 2**40), None),
    ],
)
def test_an_id_holds_the_whole_place_of_a_row(place: Place, id: str | None) -> None:
    assert place_of(event_id(place)) == place
    if id is not None:
        assert event_id(place) == id


def test_ids_of_rows_sort_as_the_rows_do() -> None:
    places = [Place(AT + timedelta(microseconds=n), 5) for n in (0, 1, 4095, 4096, 10**12)] + [Place(AT, 6)]
    assert sorted(map(event_id, places)) == [
        event_id(place) for place in sorted(places, key=lambda p: (p.at, p.number))
    ]


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x",
        "018bcfe5-687b-7000-8000-000000000001",
        "00660D8D-D2C2-8240-8000-00000000002A",
        "00660d8dd2c28240800000000000002a",
        "ffffffff-ffff-8fff-bfff-ffffffffffff",
        "1",
        "æ" * 36,
    ],
)
def test_what_is_the_id_of_no_event_is_none(id: str) -> None:
    assert place_of(id) is None


def test_every_interaction_that_leaves_a_row_has_its_name() -> None:
    routes = {getattr(route, "name", "") for route in (*router.routes, *referral_router.routes)}
    operations = {name for name in routes if name.startswith("operation")}
    assert routes - OPEN - operations - set(INTERACTIONS) == set()
    assert set(METHODS) <= set(INTERACTIONS)
    assert {said_of(name) for name in (*operations, "$everything", "$validate")} == {OPERATION}


def test_every_role_and_every_purpose_is_told_in_words() -> None:
    assert set(ROLES) == set(Role)
    assert all(purpose_concept(purpose)["text"] for purpose in PURPOSES.values())


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "0"), (304, "0"), (400, "4"), (404, "4"), (429, "4"), (500, "8"), (503, "8")]
)
def test_the_outcome_follows_from_the_status(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome
    assert event(status=status)["outcome"] == outcome


def test_who_has_no_health_personnel_number_is_named_as_the_issuer_names_them() -> None:
    (role,) = event(hpr=None)["contained"]
    assert role["practitioner"]["identifier"] == {"system": "https://issuer.example", "value": "somebody"}
    assert agent_keys(logged(hpr=None)) == [
        "https://issuer.example|somebody",
        "urn:oid:2.16.578.1.12.4.1.4.101|999999999",
    ]


def test_a_system_is_nobody_and_its_organisation_answers_for_it() -> None:
    made = event(roles=("system",), hpr=None, purpose="RECORDMGT")
    assert made["contained"] == [
        {
            "resourceType": "PractitionerRole",
            "id": "agent",
            "organization": {
                "type": "Organization",
                "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "999999999"},
            },
        }
    ]
    assert made["agent"][0]["altId"] == "somebody"


def test_the_software_that_acted_is_an_agent_of_its_own_that_asked_for_nothing() -> None:
    agents = event(client="journal 889640782")["agent"]
    assert [agent["requestor"] for agent in agents] == [True, False]
    assert agents[1] == {
        "type": {
            "coding": [
                {
                    "system": "http://dicom.nema.org/resources/ontology/DCM",
                    "code": "110150",
                    "display": "Application",
                }
            ]
        },
        "altId": "journal 889640782",
        "requestor": False,
    }


def test_a_person_is_no_practitioner() -> None:
    made = event(roles=("person",), hpr=None, organisation=None, purpose="PATRQT")
    assert "contained" not in made
    assert made["agent"][0]["who"] == {"identifier": {"system": "https://issuer.example", "value": "somebody"}}


def test_a_row_without_a_caller_or_a_person_is_an_event_too() -> None:
    nothing = dict.fromkeys(("issuer", "subject", "hpr", "organisation", "purpose", "person"))
    made = event(**nothing, roles=(), what=(), status=401)
    assert made["agent"] == [
        {
            "type": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]
            },
            "requestor": True,
        }
    ]
    assert [entity["type"]["code"] for entity in made["entity"]] == ["XrequestId"]


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (True, [{"reference": "Goal/g1"}, {"reference": "Goal/g2"}, {"type": "Task"}]),
        (False, [{"type": "Goal"}, {"type": "Task"}]),
    ],
)
def test_what_was_touched_by_its_ids_or_its_types(ids: bool, told: list[dict[str, str]]) -> None:
    made = audit_event(logged(what=("Goal/g1", "Goal/g2", "Task")), {}, ids=ids)
    assert [entity["what"] for entity in made["entity"][1:-1]] == told
