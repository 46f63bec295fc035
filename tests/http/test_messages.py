"""Messages between members: read by the team, written by whoever says they wrote them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, issues, reference

SENDER = ("message-sender", "Avsenderen er den som skriver.")


def message(patient: Json, sender: Json | None = None, *recipients: Json, **elements: Any) -> Json:
    made: Json = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [coding(CANONICAL.code_system("communication-category"), "message")],
        "subject": reference(patient),
        "sent": "2026-01-10T11:00:00+01:00",
        "payload": [{"contentString": "Jan var svimmel i dag tidlig."}],
    }
    if sender:
        made["sender"] = reference(sender)
    if recipients:
        made["recipient"] = [reference(one) for one in recipients]
    return made | elements


def rules(response: httpx.Response, status: int) -> list[tuple[str, str]]:
    assert response.status_code == status, response.text
    return [(one["details"]["coding"][0]["code"], one["details"]["text"]) for one in response.json()["issue"]]


def informed(member: Json) -> Json:
    layer = {"url": CANONICAL.extension("layer"), "valueCode": "informed"}
    return {"extension": [layer], "member": reference(member)}


def test_members_write_to_each_other_and_the_person_reads_along(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=physio.role)
    member, coordinator, own = nurse.as_("team"), physio.as_("coordinator"), town.as_person(patient)
    said = member.create(message(patient, nurse.role, physio.role))
    answered = coordinator.create(message(patient, physio.role, nurse.role, inResponseTo=[reference(said)]))
    for reader in (member, coordinator, own, town.unit):
        assert sorted(reader.found("Communication")) == sorted(
            [f"Communication/{said['id']}", f"Communication/{answered['id']}"]
        )
    assert town.employee().as_("team").found("Communication") == []


def test_one_who_is_only_informed_writes_messages_and_nothing_else(town: Municipality) -> None:
    doctor, patient = town.employee(), town.person()
    town.team(patient, informed(doctor.role))
    member = doctor.as_("team")
    assert member.create(message(patient, doctor.role))["sender"] == reference(doctor.role)
    conversation = {"resourceType": "QuestionnaireResponse", "status": "in-progress", "subject": reference(patient)}
    assert issues(member.post("/fhir/QuestionnaireResponse", conversation), 403) == [("forbidden", None)]


def test_a_member_may_sign_as_themselves_in_any_of_their_names(town: Municipality) -> None:
    office = town.organisation("home-care")
    nurse, patient = town.employee(office), town.person()
    town.team(patient, nurse.role)
    for name in (nurse.role, nurse.practitioner, office, None):
        assert nurse.as_("team").create(message(patient, name))["status"] == "completed"


def test_the_person_and_their_guardian_write_as_the_person_or_the_guardian(town: Municipality) -> None:
    patient, number = town.person(), identity_number()
    guardian = town.system.create(
        {
            "resourceType": "RelatedPerson",
            "identifier": [{"system": systems.FNR, "value": number}],
            "patient": reference(patient),
            "relationship": [coding(systems.V3_ROLE, "GUARD")],
        }
    )
    assert town.as_person(patient).create(message(patient, patient))
    assert town.api("person", pid=number).create(message(patient, guardian))
    assert rules(town.as_person(patient).post("/fhir/Communication", message(patient, town.employee().role)), 422) == [
        SENDER
    ]


def _colleague(town: Municipality, patient: Json) -> Json:
    return town.employee().role


def _another_office(town: Municipality, patient: Json) -> Json:
    return town.organisation("nav")


def _the_person(town: Municipality, patient: Json) -> Json:
    return patient


@pytest.mark.parametrize("other", [_colleague, _another_office, _the_person])
def test_nobody_signs_for_another(town: Municipality, other: Callable[[Municipality, Json], Json]) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=nurse.role)
    for writer in (nurse.as_("team"), nurse.as_("coordinator")):
        refused = writer.post("/fhir/Communication", message(patient, other(town, patient)))
        assert rules(refused, 422) == [SENDER]
    assert town.unit.found("Communication") == []


def test_nobody_rewrites_what_another_has_written(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=physio.role)
    coordinator = physio.as_("coordinator")
    said = nurse.as_("team").create(message(patient, nurse.role))
    changed = said | {"payload": [{"contentString": "Alt er fint."}]}
    assert issues(nurse.as_("team").put(changed), 403) == [("forbidden", None)]
    assert rules(coordinator.put(changed), 403) == [SENDER]
    assert rules(coordinator.put(changed | {"sender": reference(physio.role)}), 403) == [SENDER]
    assert town.unit.read("Communication", said["id"]) == said
    own = coordinator.create(message(patient, physio.role))
    corrected = coordinator.update(own | {"payload": [{"contentString": "Rettet."}]})
    assert corrected["payload"] == [{"contentString": "Rettet."}]


def test_feedback_to_a_sender_is_the_units_to_give(town: Municipality) -> None:
    """What is told outside the team follows what the person agreed to share."""
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=physio.role)
    feedback = [coding(CANONICAL.code_system("communication-category"), "feedback")]
    writers: list[Api] = [nurse.as_("team"), physio.as_("coordinator"), town.as_person(patient)]
    for writer in writers:
        refused = writer.post("/fhir/Communication", message(patient, category=feedback))
        assert rules(refused, 422) == [
            ("message-feedback", "Tilbakemelding på en melding om behov gis av koordinerende enhet.")
        ]
    assert town.unit.create(message(patient, town.unit_office, category=feedback))["status"] == "completed"


def test_a_message_about_what_is_withheld_from_a_service_is_not_read_there(town: Municipality) -> None:
    office, patient = town.organisation("nav"), town.person()
    adviser, nurse = town.employee(office), town.employee()
    town.team(patient, adviser.role, nurse.role)
    town.denial(patient, office, "health")
    said = nurse.as_("team").create(message(patient, nurse.role, adviser.role))
    assert adviser.as_("team").get(f"/fhir/Communication/{said['id']}").status_code == 404
    assert nurse.as_("team").read("Communication", said["id"]) == said
