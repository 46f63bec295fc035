"""Every public sample, sent over HTTP: answered as its name says, by what NORWAY section 3 asks."""

import re

import pytest

from plo_messages import (
    DIALOGS,
    FOLDER,
    MISSING,
    Attached,
    Note,
    apprec,
    feedback,
    new_id,
    post,
    referral_of,
    sent,
    valid,
)
from support import Api, Json, Municipality

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

_RECEIVERS = re.compile(rb"<Id>(8142987|8143060|79768)</Id>")
_CODED = b'<SakstypeKodet V="1" S="2.16.578.1.12.4.1.1.8307"/><Foresporsel>'
EXPECTED = {
    "dialog-1.0/dialog-foresporsel-samsvar-test.xml": ("1.0", "1", []),
    "dialog-1.0/dialog-notat-webmed-test.xml": ("1.0", "1", []),
    "dialog-1.0/dialog-svar-webmed-test-2.xml": ("1.0", "1", []),
    "dialog-1.0/dialog-svar-webmed-test.xml": ("1.0", "1", []),
    "dialog-1.0/nav-notat-invalid.xml": ("1.0", "2", ["E31"]),
    "dialog-1.0/nav-notat.xml": ("1.0", "1", []),
    "dialog-1.0/nav-svar.xml": ("1.0", "2", ["E31"]),
    "dialog-1.1/ks-helsefaglig-dialog.xml": ("1.1", "1", []),
}
"""Version of the answer, its status and error codes. Two of NAV's patients have numbers with wrong check digits."""
ACCEPTED = [name for name, (_, status, _) in EXPECTED.items() if status == "1"]
ANSWERED = {
    "dialog-1.0/dialog-foresporsel-samsvar-test.xml": "6ddb98ed-9e34-4efa-9163-62e4ea0cbf43",
    "dialog-1.0/dialog-notat-webmed-test.xml": "4f77040c-3610-4d17-bef1-76994ab2726b",
    "dialog-1.0/dialog-svar-webmed-test-2.xml": "4caf06e0-6df9-4f64-9b36-87b451fd051c",
    "dialog-1.0/dialog-svar-webmed-test.xml": "4f77040c-3610-4d17-bef1-76994ab2726b",
    "dialog-1.0/nav-notat.xml": "37340D30-FE14-42B5-985F-A8FF8FFA0C99",
    "dialog-1.1/ks-helsefaglig-dialog.xml": "615aba81-6a88-41d1-a9f5-90b28cfc8b73",
}
"""The first message of the conversation in which each that is accepted is answered, as its sender writes it."""
RECEIPTS = {
    "apprec-1.0/all-data.xml": "delivered",
    "apprec-1.0/apprecError.xml": "X99 Annen feil",
    "apprec-1.0/apprecErrorUkjentMottaker.xml": "E21 Mottaker finnes ikke",
    "apprec-1.0/apprecOK.xml": "delivered",
    "apprec-1.0/example-avvist.xml": "E21 Mottaker finnes ikke Legen har sluttet",
    "apprec-1.0/example-ok-feil-i-delmelding.xml": "delivered",
    "apprec-1.0/example-ok.xml": "delivered",
    "apprec-1.0/unknown-status.xml": "Some status",
    "apprec-1.1/all-data.xml": "delivered",
    "apprec-1.1/example-avvist.xml": "E21 Mottaker finnes ikke",
    "apprec-1.1/example-ok.xml": "delivered",
    "apprec-1.1/unknown-status.xml": "Some status",
}
"""That what it is for was delivered, or why it was not."""
BENT = {"dialog-1.0/nav-notat-invalid.xml": 9, "dialog-1.0/nav-notat.xml": 14}
"""How many things the others have to bend: none."""


def sample(name: str) -> bytes:
    return (FOLDER / "samples" / name).read_bytes()


def addressed(name: str, town: Municipality) -> bytes:
    return _RECEIVERS.sub(f"<Id>{town.code}</Id>".encode(), sample(name))


def as_referral(body: bytes) -> bytes:
    """With the subject of its note changed; a question of 1.0 has none, and is marked by code."""
    if b"<Notat>" not in body:
        return body.replace(b"<Foresporsel>", _CODED)
    without = re.sub(rb"<Tema>.*?</Tema>", b"", body)
    return re.sub(rb"(<TemaKodet[^>]*/>)", rb"\1<Tema>Oppf&#248;lgingsteam</Tema>", without)


def office_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def worklist(town: Municipality) -> list[str]:
    """The codes of what the unit has to do."""
    return [task["code"]["coding"][0]["code"] for task in tasks(town)]


def tasks(town: Municipality) -> list[Json]:
    return [entry["resource"] for entry in town.unit.search("Task").get("entry", [])]


def test_every_sample_is_expected() -> None:
    assert sorted(EXPECTED) == DIALOGS
    assert sorted(ANSWERED) == ACCEPTED
    assert sorted(RECEIPTS) == sorted(f"{one.parent.name}/{one.name}" for one in FOLDER.glob("samples/apprec*/*.xml"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_answered_as_its_name_says(town: Municipality, name: str) -> None:
    answer = sent(office_of(town), addressed(name, town))
    assert (answer.version, answer.status, answer.codes) == EXPECTED[name]
    assert len(answer.remarks) == BENT.get(name, 0)
    assert worklist(town) == ["unsorted" if answer.status == "1" else "rejected"]
    assert town.unit.found("Patient") == town.unit.found("ServiceRequest") == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_with_the_subject_of_a_referral_is_one(town: Municipality, name: str) -> None:
    answer = sent(office_of(town), as_referral(addressed(name, town)))
    assert (answer.version, answer.status, answer.codes) == EXPECTED[name]
    referred = name in ACCEPTED
    assert worklist(town) == (["referral"] if referred else ["rejected"])
    assert len(town.unit.found("ServiceRequest")) == len(town.unit.found("Patient")) == int(referred)


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_a_sample_that_is_a_referral_is_answered_in_its_conversation(town: Municipality, name: str) -> None:
    gp = office_of(town)
    answer = sent(gp, as_referral(addressed(name, town)))
    (request,) = gp.found("ServiceRequest")
    (told,) = feedback(gp, request.removeprefix("ServiceRequest/"))
    assert (told.parent, told.first, told.version) == (answer.original, ANSWERED[name], answer.version)


@pytest.mark.parametrize("name", sorted(RECEIPTS))
def test_a_receipt_tells_whether_feedback_came_through(town: Municipality, name: str) -> None:
    """Each, its original's id replaced by that of what was told."""
    gp, note = office_of(town), Note(town.code)
    sent(gp, note)
    (told,) = feedback(gp, referral_of(gp, note))
    original = re.compile(rb"(OriginalMsgId>.*?<(?:\w+:)?Id>)[^<]*", re.DOTALL)
    body, changed = original.subn(rb"\g<1>" + told.id.encode(), sample(name), count=1)
    assert changed == 1
    assert post(gp, body, "/referral/apprec").status_code == 204
    about = [one for one in tasks(town) if one.get("focus") == {"reference": f"Communication/{told.id}"}]
    delivered = RECEIPTS[name] == "delivered"
    assert ("received" in town.unit.read("Communication", told.id)) is delivered
    said = f"Avsenderens system har ikke tatt imot tilbakemeldingen: {RECEIPTS[name]}"
    assert [(one["status"], one["reasonCode"]["text"]) for one in about] == ([] if delivered else [("requested", said)])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_for_somebody_else_is_not_received(town: Municipality, name: str) -> None:
    answer = sent(office_of(town), sample(name))
    assert (answer.status, "E21" in answer.codes) == ("2", True)
    assert worklist(town) == ["rejected"]


def test_the_attachment_of_a_sample_is_kept_whole(town: Municipality) -> None:
    body = as_referral(addressed("dialog-1.1/ks-helsefaglig-dialog.xml", town))
    sent(office_of(town), body)
    (found,) = town.unit.found("DocumentReference")
    document = town.unit.read("DocumentReference", found.removeprefix("DocumentReference/"))
    (content,) = document["content"]
    container = re.search(rb"<Base64Container[^>]*>(.*?)</", body, re.DOTALL)
    assert container is not None
    assert content["attachment"]["data"] == b"".join(container[1].split()).decode()
    assert (content["attachment"]["contentType"], content["attachment"]["title"]) == ("application/pdf", "small2.pdf")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_the_tests_send_is_valid_too(version: str) -> None:
    note = Note("1", version=version, conversation=(new_id(), new_id()), attachments=(Attached(b"%PDF"),))
    assert valid(note.xml()).tag.endswith("MsgHead")
    assert valid(apprec(new_id(), "2", version, ("E21", "Mottaker finnes ikke"))).tag.endswith("AppRec")
