"""Which municipality a request is about, and as whom a person comes (CONTRACT section 1)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from audit import Store, answered
from issuer_stub import signed
from national import EVERY_SCOPE, GP, OFFICE, National, helseid, trusting
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from support import Api, Json, MovableClock, Municipality, coding, identity_number, issues, patient_number, reference

HERE, THERE = "8131", "8132"
"""Municipalities that have configured the GPs' office: here it refers and this GP coordinates, there it is on teams."""


@pytest.fixture(scope="module")
def national(settings: Settings, session_clock: MovableClock) -> Iterator[National]:
    with trusting(settings, session_clock, HERE, THERE) as found:
        yield found


def of_several(town: Municipality, other_town: Municipality, municipality: str | None = None) -> Api:
    """A journal system that works in both, with the header X-Municipality where one is given."""
    token = town.token("system", municipalities=[town.code, other_town.code])
    return Api(town.address, token, **({"X-Municipality": municipality} if municipality else {}))


def with_no_municipality(town: Municipality, *roles: str, pid: str, **headers: str) -> Api:
    return Api(town.address, town.token(*roles, pid=pid, municipalities=[]), **headers)


def kin(town: Municipality, patient: Json, pid: str, **elements: object) -> Json:
    relative = {
        "resourceType": "RelatedPerson",
        "patient": reference(patient),
        "identifier": [{"system": systems.FNR, "value": pid}],
    }
    return town.unit.create(relative | elements)


def test_who_works_in_several_municipalities_says_which(town: Municipality, other_town: Municipality) -> None:
    patient = town.person()
    assert issues(of_several(town, other_town).get("/fhir/Patient"), 400) == [("invalid", None)]
    assert of_several(town, other_town, town.code).found("Patient") == [f"Patient/{patient['id']}"]
    assert of_several(town, other_town, other_town.code).found("Patient") == []


def test_what_is_written_lands_in_the_municipality_that_was_picked(
    town: Municipality, other_town: Municipality
) -> None:
    made = of_several(town, other_town, other_town.code).create({"resourceType": "Organization", "name": "Skolen"})
    assert other_town.unit.read("Organization", made["id"])["name"] == "Skolen"
    assert issues(town.unit.get(f"/fhir/Organization/{made['id']}"), 404) == [("not-found", None)]


@pytest.mark.parametrize("municipality", ["0301", "", "*"])
def test_nobody_picks_a_municipality_outside_the_tokens_own(
    town: Municipality, other_town: Municipality, municipality: str
) -> None:
    headers = {"X-Municipality": municipality}
    for caller in (of_several(town, other_town), town.unit):
        assert issues(caller.get("/fhir/Patient", headers=headers), 403) == [("forbidden", None)]


def test_who_works_in_one_may_say_so(town: Municipality, other_town: Municipality) -> None:
    assert town.unit.get("/fhir/Patient", headers={"X-Municipality": town.code}).status_code == 200
    assert town.unit.get("/fhir/Patient", headers={"X-Municipality": other_town.code}).status_code == 403


def test_a_person_comes_where_they_are_known(town: Municipality) -> None:
    patient = town.person()
    as_person = with_no_municipality(town, "person", pid=patient_number(patient))
    assert as_person.found("Patient") == [f"Patient/{patient['id']}"]


def test_a_person_known_in_two_municipalities_says_which(town: Municipality, other_town: Municipality) -> None:
    number = identity_number()
    here, there = town.person(number), other_town.person(number)
    assert issues(with_no_municipality(town, "person", pid=number).get("/fhir/Patient"), 400) == [("invalid", None)]
    for municipality, patient in ((town.code, here), (other_town.code, there)):
        picking = with_no_municipality(town, "person", pid=number, **{"X-Municipality": municipality})
        assert picking.found("Patient") == [f"Patient/{patient['id']}"]
    elsewhere = with_no_municipality(town, "person", pid=number, **{"X-Municipality": "0301"})
    assert issues(elsewhere.get("/fhir/Patient"), 403) == [("forbidden", None)]


def test_a_person_known_nowhere_comes_nowhere(town: Municipality) -> None:
    stranger = with_no_municipality(town, "person", pid=identity_number())
    assert issues(stranger.get("/fhir/Patient"), 403) == [("forbidden", None)]


@pytest.mark.parametrize("role", ["coordinating-unit", "leader", "coordinator", "team", "referrer", "system"])
def test_to_be_known_somewhere_gives_no_work_there(town: Municipality, role: str) -> None:
    """Employees are residents too: where they are patients, their work has nothing to do."""
    number = patient_number(town.person())
    employee = with_no_municipality(town, role, pid=number)
    assert issues(employee.get("/fhir/Organization"), 403) == [("forbidden", None)]
    named = with_no_municipality(town, role, pid=number, **{"X-Municipality": town.code})
    assert issues(named.get("/fhir/Organization"), 403) == [("forbidden", None)]


def test_who_comes_where_they_are_known_comes_as_that_person_only(town: Municipality, settings: Settings) -> None:
    patient, another = town.person(), town.person()
    both = with_no_municipality(town, "coordinating-unit", "system", "person", pid=patient_number(patient))
    assert both.found("Patient") == [f"Patient/{patient['id']}"]
    assert issues(both.get(f"/fhir/Patient/{another['id']}"), 404) == [("not-found", None)]
    assert issues(both.post("/fhir/Organization", {"resourceType": "Organization", "name": "Skolen"}), 403)
    answer = answered(both.get(f"/fhir/Patient/{patient['id']}"), 200)
    ((*_, roles),) = Store(settings).who(answer)
    assert roles == ["person"]


def test_who_works_in_the_municipality_and_lives_there_is_both(town: Municipality) -> None:
    patient, another = town.person(), town.person()
    both = town.api("coordinating-unit", "person", pid=patient_number(patient))
    assert set(both.found("Patient")) == {f"Patient/{patient['id']}", f"Patient/{another['id']}"}


def test_a_guardian_comes_where_the_person_is_known_while_the_relation_lasts(
    town: Municipality, clock: MovableClock
) -> None:
    patient, number, last = town.person(), identity_number(), clock.today.isoformat()
    guardian = {"relationship": [coding(systems.V3_ROLE, "GUARD")], "period": {"end": last}}
    kin(town, patient, number, **guardian)
    assert with_no_municipality(town, "person", pid=number).found("Patient") == [f"Patient/{patient['id']}"]
    clock.moved = timedelta(days=2)
    late = with_no_municipality(town, "person", pid=number)
    assert issues(late.get("/fhir/Patient"), 403) == [("forbidden", None)]


def test_a_relation_that_is_over_opens_no_municipality(town: Municipality, other_town: Municipality) -> None:
    """Nor does it make somebody pick between where they are known and where they once were."""
    number, mother = identity_number(), other_town.person()
    patient = town.person(number)
    relative = kin(other_town, mother, number)
    as_person = with_no_municipality(town, "person", pid=number)
    assert issues(as_person.get("/fhir/Patient"), 400) == [("invalid", None)]
    other_town.unit.update(relative | {"active": False})
    assert as_person.found("Patient") == [f"Patient/{patient['id']}"]


def of_helseid(national: National, municipality: str | None, *scopes: str) -> Api:
    """A GP with one token for all they do."""
    headers = {"X-Municipality": municipality} if municipality else {}
    return Api(national.address, signed(helseid(*scopes)), **headers)


def as_what(caller: Api, settings: Settings) -> tuple[str, list[str]]:
    """Municipality and roles that the log says a search was made with."""
    ((municipality, *_, roles),) = Store(settings).who(answered(caller.get("/fhir/Organization"), 200))
    return municipality, list(roles)


def test_a_gp_is_in_each_municipality_what_that_one_says(national: National, settings: Settings) -> None:
    assert as_what(of_helseid(national, HERE, *EVERY_SCOPE), settings) == (HERE, ["coordinator", "referrer"])
    assert as_what(of_helseid(national, THERE, *EVERY_SCOPE), settings) == (THERE, ["team"])


def test_a_gp_of_several_municipalities_says_which(national: National) -> None:
    several = of_helseid(national, None, *EVERY_SCOPE).get("/fhir/Organization")
    assert issues(several, 400) == [("invalid", None)]
    for outside in ("0301", "8101", "*"):
        elsewhere = of_helseid(national, outside, *EVERY_SCOPE).get("/fhir/Organization")
        assert issues(elsewhere, 403) == [("forbidden", None)]


def test_a_scope_that_is_good_here_is_not_good_there(national: National, settings: Settings) -> None:
    assert as_what(of_helseid(national, HERE, "referrer", "coordinator"), settings) == (
        HERE,
        ["coordinator", "referrer"],
    )
    there = of_helseid(national, THERE, "referrer", "coordinator").get("/fhir/Organization")
    assert issues(there, 403) == [("forbidden", None)]


def test_a_gp_sees_here_whom_they_coordinate_and_there_on_whose_team_they_are(
    national: National, issuer: DevelopmentIssuer, clock: MovableClock
) -> None:
    """Employed by the office in both; the persons of one are never seen from the other."""
    seen = {}
    for code in (HERE, THERE):
        town = Municipality(national.address, issuer, clock, code)
        office = {
            "resourceType": "Organization",
            "identifier": [{"system": systems.ORGANISATION_NUMBER, "value": OFFICE}],
            "name": "Legekontoret",
        }
        doctor = {"resourceType": "Practitioner", "identifier": [{"system": systems.HPR, "value": GP}]}
        role = town.system.create(
            {
                "resourceType": "PractitionerRole",
                "active": True,
                "practitioner": reference(town.system.create(doctor)),
                "organization": reference(town.system.create(office)),
            }
        )
        patient = town.person()
        town.person()
        if code == HERE:
            town.team(patient, coordinator=role)
        else:
            town.team(patient, role)
        seen[code] = [f"Patient/{patient['id']}"]
    for code, expected in seen.items():
        assert of_helseid(national, code, *EVERY_SCOPE).found("Patient") == expected
