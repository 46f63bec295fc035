"""A share of `python -m fuzz.plo`: whatever message comes is answered soon and in order, and what stands is valid."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fuzz.plo import RECEIVING, fuzzed
from fuzz.plo_judged import Heard, faults, named
from fuzz.watched import Watched
from oppfolging_api.access.development import DevelopmentIssuer
from plo_messages import FOLDER, MISSING

if TYPE_CHECKING:
    from conftest import Databases

BEGINNING = 20_260_101
APPREC = b"""<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15">
<MsgType V="APPREC"/><MIGversion>v1.1 2012-02-15</MIGversion><GenDate>2026-11-22T10:30:00</GenDate><Id>1</Id><Sender/>
<Status V="2"/><Error V="T02"/></AppRec>"""

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)


def test_mutated_messages_are_answered_in_order_and_what_they_leave_is_valid(
    databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    with Watched(databases.migrated(), issuer, tmp_path, **RECEIVING) as service:
        fuzz, kept = fuzzed(service, issuer, 300, BEGINNING)
    assert fuzz.tally.faults == []
    answers = fuzz.tally.answers
    assert answers.total() > 300
    assert min(answers["200 AppRec 1"], answers["400"], answers["200 AppRec 2 E10"]) > 20
    assert kept > 150


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (Heard(503, "application/problem+json", b"{}", 0.1), ["a server error (503)"]),
        (Heard(400, "application/problem+json", b"{}", 1.25), ["answered after 1.25 s"]),
        (Heard(400, "text/plain", b"{}", 0.1), ["neither an AppRec nor a problem: text/plain"]),
        (Heard(400, "application/problem+json", b"01817000173", 0.1), ["an identity number in a problem"]),
        (Heard(200, "application/xml", b"<AppRec/>", 0.1), ["no AppRec"]),
        (Heard(200, "application/json", b"{}", 0.1), ["an AppRec as application/json"]),
        (Heard(400, "application/problem+json", b'File "/app/x.py"', 0.1), ["a stack trace"]),
    ],
)
def test_an_answer_that_must_not_be_is_told(heard: Heard, told: list[str]) -> None:
    assert faults(heard) == told


def test_an_apprec_its_schema_does_not_pass_is_told_and_named_by_what_it_says() -> None:
    heard = Heard(200, "application/xml", APPREC, 0.1)
    assert [fault[:10] for fault in faults(heard)] == ["not valid:"]
    assert named(heard) == "200 AppRec 2 T02"
