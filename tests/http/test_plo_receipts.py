"""Feedback as messages is there when the sender's system has receipted; until then the unit sees to it."""

from datetime import UTC, datetime, timedelta

import pytest
from told import UNDELIVERED, Daily, decided, kept, later, office_of, receipted, reported, undelivered

from plo_messages import XML, Note, apprec, feedback, new_id, post
from support import CANONICAL, Municipality, coding, reference

NOT_TAKEN = "Avsenderens system har ikke tatt imot tilbakemeldingen: "


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("status", ["1", "3"])
def test_a_receipt_tells_that_it_is_delivered(town: Municipality, daily: Daily, version: str, status: str) -> None:
    gp = office_of(town)
    _, id = reported(town, gp, version=version)
    (told,) = feedback(gp, id)
    assert "received" not in town.unit.read("Communication", told.id)
    assert receipted(gp, told.id, status, version) == 204
    assert "received" in town.unit.read("Communication", told.id)
    later(town, hours=97)
    daily(town.code)
    assert kept(town, UNDELIVERED) == []


def test_a_receipt_that_comes_late_ends_what_was_undelivered(town: Municipality, daily: Daily) -> None:
    doctor = town.employee(town.organisation("gp-office"))
    gp = doctor.as_("referrer")
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    later(town, hours=97)
    daily(town.code)
    assert undelivered(town, told.id)["status"] == "requested"
    assert receipted(doctor.as_("referrer"), told.id) == 204
    received = town.unit.read("Communication", told.id)["received"]
    task = undelivered(town, told.id)
    assert (task["status"], task["executionPeriod"], task["meta"]["versionId"]) == ("completed", {"end": received}, "2")
    settled = coding(CANONICAL.code_system("task-result"), "settled")
    assert task["output"] == [{"type": settled, "valueInstant": received}]
    assert kept(town, f"{UNDELIVERED}&status=requested") == []


def test_a_receipt_again_changes_nothing(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    for again in (("1",), ("1",), ("2",)):
        assert receipted(gp, told.id.upper(), *again) == 204
        assert town.unit.read("Communication", told.id)["meta"]["versionId"] == "2"
    assert kept(town, UNDELIVERED) == []


def test_a_receipt_that_rejects_puts_it_on_the_worklist_at_once_with_the_reason(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    rejection = (told.id, "2", "1.1", ("E21", "Mottaker finnes ikke"), ("X99", "Annen feil"))
    assert receipted(gp, *rejection) == 204
    task = undelivered(town, told.id)
    assert (task["status"], task["reasonCode"]) == (
        "requested",
        {"text": f"{NOT_TAKEN}E21 Mottaker finnes ikke; X99 Annen feil"},
    )
    assert overdue(town) == [task["id"]]
    assert "received" not in town.unit.read("Communication", told.id)
    # The same again says nothing new.
    assert receipted(gp, *rejection) == 204
    assert town.unit.read("Communication", told.id)["meta"]["versionId"] == "2"
    assert undelivered(town, told.id) == task
    # The sender mends it, fetches it again and receipts for it.
    assert receipted(gp, told.id) == 204
    assert undelivered(town, told.id)["status"] == "completed"
    delivered = town.unit.read("Communication", told.id)
    assert "received" in delivered
    assert "statusReason" not in delivered


def test_what_is_rejected_anew_for_another_reason_is_the_same_task(town: Municipality, daily: Daily) -> None:
    doctor = town.employee(town.organisation("gp-office"))
    gp = doctor.as_("referrer")
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    later(town, hours=97)
    daily(town.code)
    waited = undelivered(town, told.id)
    assert "reasonCode" not in waited
    for number, reason in (("2", "E21 Mottaker finnes ikke"), ("3", "X99 Annen feil")):
        assert receipted(doctor.as_("referrer"), told.id, "2", "1.1", tuple(reason.split(" ", 1))) == 204
        task = undelivered(town, told.id)
        assert (task["id"], task["meta"]["versionId"]) == (waited["id"], number)
        assert (task["reasonCode"]["text"], task["restriction"]) == (NOT_TAKEN + reason, waited["restriction"])


def test_a_receipt_with_a_status_of_its_own_delivers_nothing(town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    assert receipted(gp, told.id, "73") == 204
    task = undelivered(town, told.id)
    assert (task["status"], task["reasonCode"]["text"]) == ("requested", f"{NOT_TAKEN}Ukjent")
    assert "received" not in town.unit.read("Communication", told.id)


def test_a_receipt_is_for_what_its_sender_was_told(town: Municipality, other_town: Municipality) -> None:
    gp = office_of(town)
    note, id = reported(town, gp)
    (told,) = feedback(gp, id)
    for api, original in (
        (office_of(town), told.id),
        (office_of(other_town), told.id),
        (town.unit, told.id),
        (gp, new_id()),
        (gp, note.id),
    ):
        assert receipted(api, original) == 404
    assert town.employee().as_("team").send("POST", "/referral/apprec", content=apprec(told.id)).status_code == 403
    assert "received" not in town.unit.read("Communication", told.id)
    assert kept(town, UNDELIVERED) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"Havrekil", XML, 400),
        (b"<AppRec/>", XML, 400),
        (b'<!DOCTYPE a><AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"/>', XML, 400),
        (b'<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"/>', XML, 400),
        (apprec("Havrekil"), XML, 400),
        (Note("1").xml(), XML, 400),
        (b"{}", "application/json", 415),
        (b"<a>" + b" " * 3_000_000 + b"</a>", XML, 413),
    ],
)
def test_what_is_no_receipt_is_a_fault_of_the_request(town: Municipality, body: bytes, kind: str, status: int) -> None:
    answer = post(office_of(town), body, "/referral/apprec", kind)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "Havrekil" not in answer.text


def overdue(town: Municipality) -> list[str]:
    """As the unit asks: what was to be done by now, what has waited longest first."""
    now = (town.clock.now() + timedelta(seconds=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = town.unit.found(f"{UNDELIVERED}&status=requested&due=lt{now}&_sort=due")
    return [one.removeprefix("Task/") for one in found]


def test_what_nobody_receipts_for_in_four_days_is_on_the_units_worklist(town: Municipality, daily: Daily) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    _, delivered = reported(town, gp)
    assert receipted(gp, feedback(gp, delivered)[0].id) == 204
    (told,) = feedback(gp, id)
    sent_at = town.unit.read("Communication", told.id)["sent"]
    later(town, hours=95, minutes=58)
    daily(town.code)
    assert kept(town, UNDELIVERED) == []
    later(town, minutes=3)
    daily(town.code)
    (waiting,) = kept(town, UNDELIVERED)
    assert (waiting["status"], waiting["owner"]) == ("requested", reference(town.unit_office))
    assert waiting["focus"] == {"reference": f"Communication/{told.id}"}
    assert "for" not in waiting
    period = {name: datetime.fromisoformat(moment) for name, moment in waiting["restriction"]["period"].items()}
    assert period["start"] == datetime.fromisoformat(sent_at)
    assert period["end"] - period["start"] == timedelta(hours=96)
    assert overdue(town) == [waiting["id"]]
    daily(town.code)
    assert kept(town, UNDELIVERED) == [waiting]


def test_each_message_is_receipted_for_by_itself(town: Municipality, daily: Daily) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    decided(town, id)
    first, second = feedback(gp, id)
    assert receipted(gp, second.id) == 204
    later(town, hours=97)
    daily(town.code)
    assert [task["focus"]["reference"] for task in kept(town, UNDELIVERED)] == [f"Communication/{first.id}"]


def test_nobody_but_the_unit_sees_what_was_not_delivered(town: Municipality, other_town: Municipality) -> None:
    gp = office_of(town)
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    assert receipted(gp, told.id, "2") == 204
    task = undelivered(town, told.id)
    worker = town.employee()
    patient = kept(town, "Patient")[0]
    town.team(patient, worker.role, coordinator=worker.role)
    outside = (worker.as_("team"), worker.as_("coordinator"), town.as_person(patient), other_town.unit, gp)
    for api in outside:
        assert api.get(f"/fhir/Task/{task['id']}").status_code in (403, 404)
