"""A PLO message that is no referral: in the record of a person with a team, else waiting for the unit to sort it."""

import pytest

from audit import Store
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from plo_messages import JPEG, NUMBER, PDF, Attached, Note, feedback, new_id, post, referral_of, sent
from support import CANONICAL, Api, Employee, Json, Municipality, coding, identity_number, label, ok, reference

EKG = "EKG tatt i dag"
UNSORTED = f"Task?code={CANONICAL.code_system('message-task')}|unsorted"
RECORD = ("Communication", "Task", "DocumentReference")
JPEG_IN_BASE64 = "/9j/4AAQSkZJRgD/2Q=="


def doctor_of(town: Municipality) -> Employee:
    return town.employee(town.organisation("gp-office"))


def kept(api: Api, query: str) -> list[Json]:
    """What the caller finds, whole."""
    return [entry["resource"] for entry in api.search(query).get("entry", [])]


def counted(api: Api, type: str) -> int:
    return int(api.search(f"{type}?_summary=count")["total"])


def the_message(town: Municipality) -> Json:
    (found,) = kept(town.unit, f"Communication?category={CANONICAL.code_system('communication-category')}|message")
    return found


def person_with_team(town: Municipality, *members: Json, coordinator: Json | None = None) -> Json:
    patient = town.person(NUMBER)
    town.team(patient, *members, coordinator=coordinator)
    return patient


def test_a_message_about_a_person_with_a_team_is_in_that_persons_record(town: Municipality) -> None:
    doctor, patient = doctor_of(town), person_with_team(town)
    note = Note(town.code, subject=EKG, text="Uten funn. Se vedlegg.", attachments=(Attached(JPEG, name="ekg.pdf"),))
    answer = sent(doctor.as_("referrer"), note)
    assert (answer.status, answer.original) == ("1", note.id)
    told = the_message(town)
    assert (told["subject"], told["sender"]) == (reference(patient), reference(doctor.role))
    assert told["meta"]["security"] == label("health")["security"]
    assert told["topic"] == {"text": "EKG tatt i dag"}
    assert told["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{note.id}"}]
    assert (told["status"], told["sent"]) == ("completed", "2026-11-22T08:30:00.000Z")
    (document,) = kept(town.unit, "DocumentReference")
    assert told["payload"] == [
        {"contentString": "Uten funn. Se vedlegg."},
        {"contentReference": reference(document)},
    ]
    assert document["subject"] == reference(patient)
    assert document["content"][0]["attachment"] == {
        "contentType": "image/jpeg",
        "title": "ekg.pdf",
        "data": JPEG_IN_BASE64,
    }
    assert kept(town.unit, "Task") == kept(town.unit, "ServiceRequest") == []


def test_the_members_who_may_hear_of_health_read_it(town: Municipality) -> None:
    nurse, coordinator, teacher = town.employee(), town.employee(), town.employee(town.organisation("school"))
    patient = person_with_team(town, nurse.role, teacher.role, coordinator=coordinator.role)
    town.denial(patient, {"resourceType": "Organization", "id": _office(teacher)}, "health")
    sent(doctor_of(town).as_("referrer"), Note(town.code, subject=EKG, attachments=(Attached(PDF),)))
    told = the_message(town)
    for reader in (nurse.as_("team"), coordinator.as_("coordinator"), town.as_person(patient)):
        assert reader.read("Communication", told["id"]) == told
        assert counted(reader, "DocumentReference") == 1
    assert teacher.as_("team").get(f"/fhir/Communication/{told['id']}").status_code == 404
    assert counted(teacher.as_("team"), "DocumentReference") == 0
    assert counted(town.employee().as_("team"), "Communication") == 0


def _office(employee: Employee) -> str:
    return str(employee.role["organization"]["reference"].removeprefix("Organization/"))


def test_an_answer_to_feedback_points_at_what_it_answers(town: Municipality) -> None:
    gp, asked = doctor_of(town).as_("referrer"), Note(town.code)
    sent(gp, asked)
    id = referral_of(gp, asked)
    decision = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
    ok(town.unit.operate(f"ServiceRequest/{id}/$decide", **decision), 200)
    told = feedback(gp, id)[-1]
    answer = Note(town.code, subject="Takk for svar", conversation=(told.id.upper(), asked.id))
    sent(gp, answer)
    message = the_message(town)
    assert message["inResponseTo"] == [{"reference": f"Communication/{told.id}"}]
    assert [one["value"] for one in message["identifier"]] == [f"urn:uuid:{answer.id}", f"urn:uuid:{asked.id}"]


def test_an_answer_to_feedback_is_no_new_referral_though_our_subject_comes_back_on_it(town: Municipality) -> None:
    """And it stands in the record, team or not: the unit is at work with the person."""
    gp, asked = doctor_of(town).as_("referrer"), Note(town.code)
    sent(gp, asked)
    told = feedback(gp, referral_of(gp, asked))[0]
    sent(gp, Note(town.code, subject=told.subject, conversation=(told.id, asked.id)))
    assert told.subject == "Oppfølgingsteam"
    assert counted(town.unit, "ServiceRequest") == 1
    message = the_message(town)
    assert message["subject"] == kept(town.unit, "ServiceRequest")[0]["subject"]
    assert message["inResponseTo"] == [{"reference": f"Communication/{told.id}"}]


def test_an_answer_to_another_senders_feedback_is_a_referral_of_its_own(town: Municipality) -> None:
    asked = Note(town.code)
    first, second = (doctor_of(town).as_("referrer") for _ in range(2))
    sent(first, asked)
    told = feedback(first, referral_of(first, asked))[0]
    sent(second, Note(town.code, subject=told.subject, conversation=(told.id, asked.id)))
    assert counted(town.unit, "ServiceRequest") == 2


def test_an_answer_to_what_was_told_of_somebody_else_points_at_nothing(town: Municipality) -> None:
    gp, asked = doctor_of(town).as_("referrer"), Note(town.code, identity_number())
    sent(gp, asked)
    told = feedback(gp, referral_of(gp, asked))[0]
    person_with_team(town)
    for parent in (told.id, new_id()):
        sent(gp, Note(town.code, subject=EKG, conversation=(parent, asked.id)))
    query = f"Communication?category={CANONICAL.code_system('communication-category')}|message"
    assert ["inResponseTo" in message for message in kept(town.unit, query)] == [False, False]


def test_the_record_gets_it_once_however_often_it_is_sent(town: Municipality) -> None:
    gp, note = doctor_of(town).as_("referrer"), Note(town.code, subject=EKG, attachments=(Attached(PDF),))
    person_with_team(town)
    assert sent(gp, note).body == sent(gp, note).body
    assert (counted(town.unit, "Communication"), counted(town.unit, "DocumentReference")) == (1, 1)


def test_a_message_about_somebody_unknown_waits_to_be_sorted_and_makes_nobody(town: Municipality) -> None:
    doctor = doctor_of(town)
    note = Note(town.code, subject=EKG, text="Uten funn.", attachments=(Attached(JPEG, name="ekg.pdf"),))
    assert sent(doctor.as_("referrer"), note).status == "1"
    assert kept(town.unit, "Patient") == kept(town.unit, "DocumentReference") == []
    (task,) = kept(town.unit, UNSORTED)
    told = the_message(town)
    assert (task["status"], task["focus"], task["owner"]) == (
        "requested",
        reference(told),
        reference(town.unit_office),
    )
    assert (task["requester"], "for" in task) == (reference(doctor.role), False)
    assert told["subject"] == {
        "type": "Patient",
        "display": "Jan Moe Havrekil",
        "identifier": {"system": systems.FNR, "value": NUMBER},
    }
    assert told["payload"] == [
        {"contentString": "Uten funn."},
        {"contentAttachment": {"contentType": "image/jpeg", "title": "ekg.pdf", "data": JPEG_IN_BASE64}},
    ]


@pytest.mark.parametrize("team", ["none", "proposed", "inactive"])
def test_a_message_about_a_person_without_a_team_waits_too(town: Municipality, team: str) -> None:
    patient = town.person(NUMBER)
    if team != "none":
        town.team(patient, status=team)
    sent(doctor_of(town).as_("referrer"), Note(town.code, subject=EKG))
    assert len(kept(town.unit, UNSORTED)) == 1
    assert counted(town.unit, "Communication") == 1
    assert kept(town.unit, f"Communication?patient={patient['id']}") == []
    assert kept(town.unit, f"Task?patient={patient['id']}") == []


def test_nobody_but_the_unit_sees_what_waits_to_be_sorted(town: Municipality, other_town: Municipality) -> None:
    """The person is known, has a coordinator of old, and a number that the message names."""
    nurse, coordinator = town.employee(), town.employee()
    patient = town.person(NUMBER)
    town.team(patient, nurse.role, coordinator=coordinator.role, status="inactive")
    gp = doctor_of(town).as_("referrer")
    sent(gp, Note(town.code, subject=EKG, attachments=(Attached(PDF),)))
    (task,), told = kept(town.unit, UNSORTED), the_message(town)
    outside = {
        "team": nurse.as_("team"),
        "coordinator": coordinator.as_("coordinator"),
        "leader": town.api("leader", orgnr=nurse.orgnr),
        "person": town.as_person(patient),
        "other unit": other_town.unit,
        "other system": other_town.system,
        "its sender": gp,
        "another office": doctor_of(town).as_("referrer"),
    }
    for who, api in outside.items():
        assert api.get(f"/fhir/Task/{task['id']}").status_code in (403, 404), who
        assert api.get(f"/fhir/Communication/{told['id']}").status_code in (403, 404), who
        assert api.get(f"/fhir/Communication/{told['id']}/_history").status_code in (403, 404), who
        for query in (UNSORTED, "Communication", f"Communication?subject:identifier={systems.FNR}|{NUMBER}"):
            answer = api.get(f"/fhir/{query}")
            assert answer.status_code == 403 or "entry" not in ok(answer, 200), (who, query)


def test_what_waits_to_be_sorted_is_in_no_record_and_no_count_of_it(town: Municipality) -> None:
    patient = town.person(NUMBER)
    before = _record(town, patient)
    sent(doctor_of(town).as_("referrer"), Note(town.code, subject=EKG, attachments=(Attached(PDF),)))
    assert len(kept(town.unit, UNSORTED)) == 1
    assert _record(town, patient) == before


def _record(town: Municipality, patient: Json) -> list[object]:
    """The person's record as the unit, the journal system and the person see it, and their counts."""
    told: list[object] = []
    for api in (town.unit, town.system, town.as_person(patient)):
        everything = ok(api.get(f"/fhir/Patient/{patient['id']}/$everything"), 200)
        told.append(sorted(entry["resource"]["id"] for entry in everything.get("entry", [])))
        counts = (f"{type}?patient={patient['id']}&_summary=count" for type in RECORD)
        told += [api.search(count)["total"] for count in counts]
    return told


def test_a_message_in_a_record_is_in_the_log_of_the_person_and_a_loose_one_in_nobodys(
    town: Municipality, settings: Settings
) -> None:
    gp, patient, store = doctor_of(town).as_("referrer"), person_with_team(town), Store(settings)
    told = post(gp, Note(town.code, subject=EKG, attachments=(Attached(PDF),)).xml())
    assert {(row[0], row[1], row[2], row[4]) for row in store.what(told)} == {
        ("referral", 200, "Communication", patient["id"]),
        ("referral", 200, "DocumentReference", patient["id"]),
    }
    loose = post(gp, Note(town.code, identity_number(), EKG).xml())
    assert {(row[0], row[1], row[2], row[4]) for row in store.what(loose)} == {
        ("referral", 200, "Communication", None),
        ("referral", 200, "Task", None),
    }


def test_the_unit_ends_the_task_when_it_has_sorted_the_message(town: Municipality) -> None:
    gp = doctor_of(town).as_("referrer")
    sent(gp, Note(town.code, subject=EKG))
    (task,) = kept(town.unit, f"{UNSORTED}&status=requested")
    town.unit.update(task | {"status": "completed"})
    assert kept(town.unit, f"{UNSORTED}&status=requested") == []


def test_the_unit_writes_a_message_into_the_record_it_belongs_to(town: Municipality) -> None:
    """What is about nobody does not become about somebody: the record gets one of its own, and the loose one goes."""
    nurse = town.employee()
    sent(doctor_of(town).as_("referrer"), Note(town.code, subject=EKG))
    loose, patient = the_message(town), town.person(NUMBER)
    town.team(patient, nurse.role)
    moved = loose | {"subject": reference(patient)}
    assert town.unit.put(moved).status_code == 422
    made = town.unit.create({name: value for name, value in moved.items() if name != "id"})
    (task,) = kept(town.unit, UNSORTED)
    town.unit.update(task | {"status": "completed", "focus": reference(made)})
    assert town.unit.delete("Communication", loose["id"]).status_code in (200, 204)
    assert nurse.as_("team").found("Communication") == [f"Communication/{made['id']}"]
    assert (made["sender"], made["sent"]) == (loose["sender"], loose["sent"])


def test_a_remark_on_how_it_was_read_is_on_the_task(town: Municipality) -> None:
    told = "<FamilyName>Havrekil</FamilyName><DateOfBirth>1991-12-4</DateOfBirth>"
    answer = sent(doctor_of(town).as_("referrer"), Note(town.code, subject=EKG, patient=f"<Patient>{told}</Patient>"))
    assert (answer.status, len(answer.remarks)) == ("1", 2)
    (task,) = kept(town.unit, UNSORTED)
    assert task["input"][0] == {
        "type": coding(CANONICAL.code_system("task-result"), "remark"),
        "valueString": "MsgHead/MsgInfo/Patient/DateOfBirth: En dato som ikke er skrevet ÅÅÅÅ-MM-DD.",
    }
