"""Nobody gives themselves, or a stranger, more than they have: each of these was once a way in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, issues, label, ok, reference

GUARDIAN = [coding(systems.V3_ROLE, "GUARD")]


def number(value: str) -> list[Json]:
    return [{"system": systems.FNR, "value": value}]


def rule_of(answer: Any) -> str:
    return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])


def coordinated(town: Municipality) -> tuple[Api, Json]:
    coordinator, patient = town.employee(), town.person()
    town.team(patient, coordinator=coordinator.role)
    return coordinator.as_("coordinator"), patient


def test_a_coordinator_does_not_make_a_guardian(town: Municipality) -> None:
    coordinator, patient = coordinated(town)
    made = {"resourceType": "RelatedPerson", "patient": reference(patient), "relationship": GUARDIAN}
    answer = coordinator.post("/fhir/RelatedPerson", made)
    assert (answer.status_code, rule_of(answer)) == (403, "guardian-by-unit")


def test_a_coordinator_gives_nobody_an_identity_number(town: Municipality) -> None:
    coordinator, patient = coordinated(town)
    kin = {"resourceType": "RelatedPerson", "patient": reference(patient), "identifier": number(identity_number())}
    answer = coordinator.post("/fhir/RelatedPerson", kin)
    assert (answer.status_code, rule_of(answer)) == (403, "identity-by-unit")
    answer = coordinator.put(patient | {"identifier": number(identity_number())})
    assert (answer.status_code, rule_of(answer)) == (403, "identity-by-unit")


def test_asking_whether_a_number_is_known_tells_nothing(town: Municipality) -> None:
    coordinator, patient = coordinated(town)
    known, unknown = identity_number(), identity_number()
    town.person(known)
    tried = [coordinator.put(patient | {"identifier": number(one)}) for one in (known, unknown)]
    assert tried[0].status_code == tried[1].status_code == 403
    assert tried[0].json() == tried[1].json()


def test_a_coordinator_changes_what_is_not_the_number(town: Municipality) -> None:
    coordinator, patient = coordinated(town)
    assert coordinator.update(patient | {"gender": "female"})["gender"] == "female"


@pytest.mark.parametrize(
    "scope", ["user/Patient.rs?name=moe", "user/Observation.read", "patient/*.read", "user/Patient.sr", "user/Goal."]
)
def test_a_scope_that_is_not_understood_allows_nothing(town: Municipality, scope: str) -> None:
    coordinator, patient = town.employee(), town.person()
    town.team(patient, coordinator=coordinator.role)
    narrowed = coordinator.as_("coordinator", smart=(scope,))
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå tur"},
        "subject": reference(patient),
    }
    assert issues(narrowed.post("/fhir/Goal", goal), 403) == [("forbidden", None)]
    assert issues(narrowed.get(f"/fhir/Patient/{patient['id']}"), 403) == [("forbidden", None)]


def test_searching_is_not_reading(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    searching = nurse.as_("team", smart=("user/Patient.s",))
    assert searching.found("Patient") == [f"Patient/{patient['id']}"]
    for path in ("", "/_history", "/_history/1"):
        assert issues(searching.get(f"/fhir/Patient/{patient['id']}{path}"), 403) == [("forbidden", None)]


def test_a_persons_id_does_not_tell_when_they_were_first_known(town: Municipality) -> None:
    assert UUID(town.person()["id"]).version == 4
    team = town.team(town.person())
    made = datetime.fromtimestamp((UUID(team["id"]).int >> 80) / 1000, UTC)
    assert (UUID(team["id"]).version, made.year >= 2026) == (7, True)


def test_a_member_does_not_make_answers_count_as_less(town: Municipality) -> None:
    nurse, teacher, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, teacher.role)
    town.denial(patient, teacher.practitioner, "health")
    answers = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": reference(patient),
        "author": reference(nurse.role),
    }
    made = nurse.as_("team").create(answers)
    for code in ("social", "nonsense"):
        nurse.as_("team").update(made | {"meta": label(code)})
        assert issues(teacher.as_("team").get(f"/fhir/QuestionnaireResponse/{made['id']}"), 404)


def test_kin_on_the_team_reads_and_does_not_consent_for_the_person(town: Municipality) -> None:
    patient, kin = town.person(), identity_number()
    relative = town.unit.create(
        {"resourceType": "RelatedPerson", "patient": reference(patient), "identifier": number(kin)}
    )
    town.team(patient, relative)
    consent = town.consent(patient)
    as_kin = town.api("person", pid=kin)
    assert as_kin.read("Consent", consent["id"])["status"] == "active"
    assert issues(as_kin.put(consent | {"status": "inactive"}), 403) == [("forbidden", None)]


def test_a_guardian_consents_for_the_person(town: Municipality) -> None:
    patient, guardian = town.person(), identity_number()
    town.unit.create(
        {
            "resourceType": "RelatedPerson",
            "patient": reference(patient),
            "identifier": number(guardian),
            "relationship": GUARDIAN,
        }
    )
    consent = town.consent(patient)
    assert town.api("person", pid=guardian).update(consent | {"status": "inactive"})["status"] == "inactive"


def test_kin_does_not_write_as_the_person(town: Municipality) -> None:
    patient, kin = town.person(), identity_number()
    relative = town.unit.create(
        {"resourceType": "RelatedPerson", "patient": reference(patient), "identifier": number(kin)}
    )
    town.team(patient, relative)
    message = {"resourceType": "Communication", "status": "completed", "subject": reference(patient)}
    as_kin = town.api("person", pid=kin)
    assert as_kin.post("/fhir/Communication", message | {"sender": reference(relative)}).status_code == 201
    answer = as_kin.post("/fhir/Communication", message | {"sender": reference(patient)})
    assert (answer.status_code, rule_of(answer)) == (422, "message-sender")


def test_members_change_only_the_answers_they_wrote_down(town: Municipality) -> None:
    nurse, teacher, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, teacher.role)
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": reference(patient)}
    made = nurse.as_("team").create(answers | {"author": reference(nurse.role), "source": reference(patient)})
    assert nurse.as_("team").update(made | {"status": "amended"})["status"] == "amended"
    answer = teacher.as_("team").put(made | {"status": "entered-in-error"})
    assert (answer.status_code, rule_of(answer)) == (403, "answers-author")
    answer = teacher.as_("team").post("/fhir/QuestionnaireResponse", answers | {"author": reference(nurse.role)})
    assert (answer.status_code, rule_of(answer)) == (422, "answers-author")


def test_third_party_facts_do_not_leave_by_the_referral(town: Municipality) -> None:
    patient = town.person()
    form = {
        "messageId": "m-1",
        "patient": {"identifier": patient["identifier"][0]["value"], "name": "Prøve Person"},
        "reason": "Trenger hjelp",
        "consentToShare": True,
        "personInformed": True,
    }
    as_person = town.as_person(patient)
    referral = ok(as_person.post("/referral", form), 201)["id"]
    feedback = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
        "subject": reference(patient),
        "basedOn": [{"reference": f"ServiceRequest/{referral}"}],
        "payload": [{"contentString": "om en annen"}],
        "meta": label("third-party"),
    }
    town.unit.create(feedback)
    told = ok(as_person.get(f"/referral/{referral}"), 200)["feedback"]
    assert [one["text"] for one in told] == ["Meldingen er mottatt av koordinerende enhet."]


def test_third_party_facts_do_not_leave_by_what_the_referrer_reads(town: Municipality) -> None:
    gp, patient = town.employee(town.organisation("gp-office")).as_("referrer"), town.person()
    form = {
        "messageId": "m-1",
        "patient": {"identifier": patient["identifier"][0]["value"], "name": "Prøve Person"},
        "reason": "Moren er syk",
        "consentToShare": True,
        "personInformed": True,
    }
    referral = ok(gp.post("/referral", form), 201)["id"]
    request = f"ServiceRequest/{referral}"
    (feedback,) = gp.found(f"Communication?based-on={request}")
    assert gp.found("ServiceRequest") == [request]
    for path in (request, feedback):
        resource = ok(town.unit.get(f"/fhir/{path}"), 200)
        town.unit.update(resource | {"meta": label("third-party")})
        assert issues(gp.get(f"/fhir/{path}"), 404) == [("not-found", None)]
        assert issues(gp.get(f"/fhir/{path}/_history/1"), 404) == [("not-found", None)]
    assert gp.found("ServiceRequest") == gp.found("Communication") == []


def test_what_costs_too_much_is_refused(town: Municipality) -> None:
    values = "&".join(f"identifier={','.join(f'a{n}b{m}' for m in range(60))}" for n in range(9))
    assert issues(town.unit.get(f"/fhir/Practitioner?{values}"), 400) == [("too-costly", None)]
    includes = "&".join(["_include=Task:owner"] * 21)
    assert issues(town.unit.get(f"/fhir/Task?{includes}"), 400) == [("too-costly", "_include")]
    contained = [{"resourceType": "Basic", "id": f"c{n}", "code": {"text": "x"}} for n in range(101)]
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "contained": contained}
    assert issues(town.unit.post("/fhir/QuestionnaireResponse", answers), 400) == [
        ("too-costly", "QuestionnaireResponse.contained")
    ]


def test_who_is_asked_to_coordinate_answers_in_person(town: Municipality) -> None:
    coordinator, candidate, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient, coordinator=coordinator.role)
    asked = ok(
        coordinator.as_("coordinator").operate(
            f"CareTeam/{team['id']}/$hand-over",
            coordinator={"valueReference": reference(candidate.role)},
            reason={"valueString": "Flytter"},
        ),
        200,
    )["parameter"][0]["resource"]
    answer = coordinator.as_("coordinator").put(asked | {"status": "accepted"})
    assert (answer.status_code, rule_of(answer)) == (403, "asked-in-person")
    assert candidate.as_("team").update(asked | {"status": "accepted"})["status"] == "accepted"


def test_owning_a_task_about_oneself_is_owning_it_only(town: Municipality) -> None:
    nurse = town.employee()
    patient = town.person()
    town.team(patient, nurse.role)
    task = town.unit.create(
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "description": "Ringe hver uke",
            "for": reference(patient),
            "owner": reference(nurse.role),
        }
    )
    number_of_patient = patient["identifier"][0]["value"]
    both = town.api("team", "person", hpr=nurse.hpr, orgnr=nurse.orgnr, pid=number_of_patient)
    assert both.update(task | {"status": "in-progress"})["status"] == "in-progress"
    assert issues(both.put(task | {"description": "Noe annet"}), 403) == [("forbidden", "Task.description")]


def test_what_is_deleted_and_written_again_counts_as_what_it_told(town: Municipality) -> None:
    coordinator, teacher, patient = town.employee(), town.employee(), town.person()
    town.team(patient, teacher.role, coordinator=coordinator.role)
    town.denial(patient, teacher.practitioner, "economy")
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Nedbetale gjeld"},
        "subject": reference(patient),
    }
    made = coordinator.as_("coordinator").create(goal | {"meta": label("economy")})
    assert coordinator.as_("coordinator").delete("Goal", made["id"]).status_code == 204
    again = ok(coordinator.as_("coordinator").put(goal | {"id": made["id"]}), 201)
    assert again["meta"]["security"] == label("economy")["security"]
    assert issues(teacher.as_("team").get(f"/fhir/Goal/{made['id']}"), 404)
