"""Feedback to who sent a PLO message: Dialogmeldinger in its conversation, the same to read as FHIR."""

from datetime import timedelta

import pytest
from told import UNDELIVERED, Daily, decided, kept, later, office_of, receipted, reported, undelivered

from plo_messages import (
    DOCTOR_HER,
    HPR,
    NUMBER,
    OFFICE_HER,
    XML,
    feedback,
    new_id,
)
from support import CANONICAL, Api, Employee, Json, Municipality, coding, identity_number, ok, reference

RECEIVED = "Meldingen er mottatt av koordinerende enhet."
HANDLED = "Meldingen er mottatt og behandlet av koordinerende enhet."
DECIDED = "Personen får oppfølgingsteam med koordinator. Begrunnelse: Vurdert i møte."
PLAN_ACTIVE = "Individuell plan er tatt i bruk."
ENDED = "Oppfølgingsteamet er avsluttet."


def coordinator_of(town: Municipality) -> Employee:
    """Kari Nes, with a phone."""
    employee = town.employee()
    name = [{"family": "Nes", "given": ["Kari"]}]
    town.system.update(employee.practitioner | {"name": name})
    town.system.update(employee.role | {"telecom": [{"system": "phone", "value": "99 88 77 66"}]})
    return employee


def appointed(town: Municipality, team: Json) -> None:
    given: dict[str, Json] = {
        "coordinator": {"valueReference": reference(coordinator_of(town).role)},
        "reason": {"valueString": "Kjenner Jan best."},
        "agreed": {"valueBoolean": True},
    }
    ok(town.unit.operate(f"CareTeam/{team['id']}/$appoint-coordinator", **given), 200)


def planned(town: Municipality, team: Json) -> None:
    patient = ok(town.unit.get(f"/fhir/{team['subject']['reference']}"), 200)
    town.consent(patient)
    town.unit.create(
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "category": [coding(CANONICAL.code_system("plan-kind"), "individual-plan")],
            "title": "Individuell plan",
            "subject": team["subject"],
        }
    )


def ended(town: Municipality, team: Json) -> None:
    held = town.unit.read("CareTeam", team["id"])
    town.unit.update(held | {"status": "inactive"})


def whole_course(town: Municipality, id: str) -> None:
    team = decided(town, id)
    for milestone in (appointed, planned, ended):
        milestone(town, team)


@pytest.mark.parametrize(("version", "kind"), [("1.0", "DIALOG_NOTAT"), ("1.1", "DIALOG_HELSEFAGLIG")])
def test_a_gp_hears_of_every_step_in_one_conversation(town: Municipality, version: str, kind: str) -> None:
    gp = office_of(town)
    note, id = reported(town, gp, version=version)
    whole_course(town, id)
    told = feedback(gp, id)
    assert [one.text for one in told] == [
        RECEIVED,
        DECIDED,
        "Koordinator er oppnevnt: Kari Nes, En tjeneste, telefon 99 88 77 66.",
        PLAN_ACTIVE,
        ENDED,
    ]
    assert {(one.version, one.kind, one.subject, one.first) for one in told} == {
        (version, kind, "Oppfølgingsteam", note.id)
    }
    assert [one.parent for one in told] == [note.id, *(one.id for one in told[:-1])]
    assert {(one.patient, one.number) for one in told} == {("Jan Moe Havrekil", NUMBER)}


def test_it_goes_back_from_whom_it_was_for_to_whom_it_was_from(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    assert (told.sender, told.receiver) == (["70001", town.code], [OFFICE_HER, DOCTOR_HER])


def test_a_conversation_that_was_begun_before_goes_on(town: Municipality) -> None:
    gp, first, parent = office_of(town), new_id(), new_id()
    note, id = reported(town, gp, conversation=(parent, first))
    decided(town, id)
    told = feedback(gp, id)
    assert [one.first for one in told] == [first, first]
    assert [one.parent for one in told] == [note.id, told[0].id]


def test_the_person_is_named_as_the_sender_named_them(town: Municipality) -> None:
    """What the municipality knows them as is not told who did not ask."""
    town.person(NUMBER, name=[{"family": "Hemmelig", "given": ["Navn"]}], birthDate="1970-01-01")
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    assert (told.patient, told.number) == ("Jan Moe Havrekil", NUMBER)
    written = gp.get(f"/referral/{id}/messages/{told.id}").text
    assert "Hemmelig" not in written


def test_another_sender_hears_that_it_is_received_and_handled(town: Municipality) -> None:
    service = office_of(town, "nav")
    _, id = reported(town, service)
    whole_course(town, id)
    assert [one.text for one in feedback(service, id)] == [RECEIVED, HANDLED]


def test_a_doctor_hears_of_it_wherever_they_work(town: Municipality) -> None:
    """Where the token names an organisation alone, it is the message that tells who wrote it."""
    doctor = town.employee(code=coding("urn:oid:2.16.578.1.12.4.1.1.9034", "6"))
    system = town.api("referrer", orgnr=doctor.orgnr, sub="journal-system")
    heard = []
    for hpr in (doctor.hpr, HPR):
        _, id = reported(town, system, number=identity_number(), hpr=hpr)
        decided(town, id)
        heard.append([one.text for one in feedback(system, id)])
    assert heard == [[RECEIVED, DECIDED], [RECEIVED, HANDLED]]


def test_every_other_decision_is_told_with_its_reason_too(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    given: dict[str, Json] = {
        "outcome": {"valueCode": "no-need"},
        "reason": {"valueString": "Klarer seg med hjemmetjenesten."},
        "contact": {"valueReference": reference(town.employee().role)},
        "review": {"valueDate": (town.clock.now() + timedelta(days=90)).date().isoformat()},
    }
    ok(town.unit.operate(f"ServiceRequest/{id}/$decide", **given), 200)
    said = "Det er vurdert at det ikke er behov for koordinering nå. Begrunnelse: Klarer seg med hjemmetjenesten."
    assert [one.text for one in feedback(gp, id)] == [RECEIVED, said]


def by_hand(town: Municipality, id: str, *texts: str) -> Json:
    """Feedback that the unit writes itself, and does not say when."""
    request = town.unit.read("ServiceRequest", id)
    return town.unit.create(
        {
            "resourceType": "Communication",
            "status": "completed",
            "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
            "subject": request["subject"],
            "basedOn": [reference(request)],
            "payload": [{"contentString": text} for text in texts],
        }
    )


def test_what_the_unit_writes_by_hand_goes_out_in_the_conversation(town: Municipality, daily: Daily) -> None:
    gp = office_of(town)
    note, id = reported(town, gp)
    written = by_hand(town, id, "Vi ringer <i dag> & i morgen.", "Hilsen KE")
    told = feedback(gp, id)
    assert [one.text for one in told] == [RECEIVED, "Vi ringer <i dag> & i morgen.\n\nHilsen KE"]
    assert (told[1].parent, told[1].first) == (told[0].id, note.id)
    later(town, hours=97)
    daily(town.code)
    waited = undelivered(town, told[1].id)
    assert waited["status"] == "requested"
    assert waited["restriction"]["period"]["start"] == written["meta"]["lastUpdated"]


def test_a_referral_that_is_not_taken_on_is_answered_with_the_reason(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (task,) = kept(town, f"Task?focus=ServiceRequest/{id}")
    town.unit.update(task | {"status": "rejected", "statusReason": {"text": "Bor i en annen kommune."}})
    said = "Meldingen er ikke tatt imot av koordinerende enhet. Begrunnelse: Bor i en annen kommune."
    assert [one.text for one in feedback(gp, id)] == [RECEIVED, said]


def test_what_is_told_stays_as_it_was_when_it_is_receipted_for(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    mine = by_hand(town, id, "Vi ringer i dag.")
    decided(town, id)
    before = messages(gp, id)
    assert receipted(gp, mine["id"]) == 204
    assert messages(gp, id) == before


def messages(api: Api, id: str) -> list[tuple[str, bytes]]:
    """Id and bytes of each, in their order."""
    return [(one.id, api.get(f"/referral/{id}/messages/{one.id}").content) for one in feedback(api, id)]


def test_the_same_feedback_is_read_as_fhir(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    decided(town, id)
    for accept in ({}, {"Accept": "application/fhir+json"}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        bundle = ok(gp.get(f"/referral/{id}/messages", headers=accept), 200)
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
        told = [entry["resource"] for entry in bundle["entry"]]
        assert [one["payload"][0]["contentString"] for one in told] == [RECEIVED, DECIDED]
        assert [one.id for one in feedback(gp, id)] == [one["id"] for one in told]


def test_the_same_bytes_come_each_time_it_is_fetched(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    address = f"/referral/{id}/messages/{feedback(gp, id)[0].id}"
    first = gp.get(address).content
    town.clock.moved += timedelta(minutes=30)
    decided(town, id)
    assert gp.get(address).content == first


def test_who_reported_by_the_form_reads_it_as_fhir_alone(town: Municipality, daily: Daily) -> None:
    gp = office_of(town)
    form = {
        "messageId": "m-1",
        "patient": {"identifier": NUMBER, "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    id = ok(gp.post("/referral", form), 201)["id"]
    (entry,) = ok(gp.get(f"/referral/{id}/messages"), 200)["entry"]
    assert gp.get(f"/referral/{id}/messages", headers={"Accept": XML}).status_code == 406
    assert gp.get(f"/referral/{id}/messages/{entry['resource']['id']}").status_code == 406
    later(town, hours=97)
    daily(town.code)
    assert kept(town, UNDELIVERED) == []


def test_what_was_told_of_a_referral_is_its_senders_alone(town: Municipality, other_town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    person = town.as_person(town.unit.read("Patient", kept(town, "Patient")[0]["id"]))
    for api in (office_of(town), office_of(town, "nav"), person, office_of(other_town), other_town.unit):
        for address in (f"/referral/{id}/messages", f"/referral/{id}/messages/{told.id}"):
            assert api.get(address, headers={"Accept": XML}).status_code == 404
    assert gp.get(f"/referral/{id}/messages/{new_id()}").status_code == 404
    assert [one.id for one in feedback(town.unit, id)] == [told.id]
    assert town.employee().as_("team").get(f"/referral/{id}/messages").status_code == 403


def test_a_message_of_one_referral_is_not_found_under_another(town: Municipality) -> None:
    gp = office_of(town)
    (_, one), (_, other) = reported(town, gp), reported(town, gp)
    (told,) = feedback(gp, one)
    assert gp.get(f"/referral/{other}/messages/{told.id}").status_code == 404


def test_what_consent_withholds_is_not_told_in_a_message_either(town: Municipality) -> None:
    office = town.organisation("gp-office")
    gp = town.employee(office).as_("referrer")
    _, id = reported(town, gp)
    decided(town, id)
    told = feedback(gp, id)
    town.denial(kept(town, "Patient")[0], office, "health")
    assert feedback(gp, id) == []
    assert "entry" not in ok(gp.get(f"/referral/{id}/messages"), 200)
    assert gp.get(f"/referral/{id}/messages/{told[0].id}").status_code == 404


def test_a_norwegian_number_is_not_needed_to_answer(town: Municipality) -> None:
    """Someone who has none is answered about by what the sender did tell."""
    told = "<FamilyName>Havrekil</FamilyName><DateOfBirth>1991-12-04</DateOfBirth>"
    other = '<Ident><Id>810000001</Id><TypeId V="DUF" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
    gp = office_of(town)
    _, id = reported(town, gp, patient=f"<Patient>{told}{other}</Patient>")
    (answered,) = feedback(gp, id)
    assert (answered.patient, answered.number) == ("Havrekil", "810000001")
