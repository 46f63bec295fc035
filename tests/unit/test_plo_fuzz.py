"""Samples with bytes changed at random: a message or a refusal each time, an answer to each message, and soon."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from lxml import etree
from plo_samples import APPRECS, DIALOGS, FOLDER, MISSING, REFERRAL, faults_of, sample, schema

from oppfolging_api.referral.plo.answering import Reply, write_reply
from oppfolging_api.referral.plo.apprec import write_apprec
from oppfolging_api.referral.plo.findings import Unreadable
from oppfolging_api.referral.plo.message import Message
from oppfolging_api.referral.plo.reading import read_message
from oppfolging_api.referral.plo.receipt import read_receipt

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

MUTANTS: Final = 400
"""Of each sample."""
AT: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ID: Final = "f6d24037-a43f-4509-8dfa-88b578554858"
PIECES: Final = (
    b"<", b">", b"/>", b'"', b"&", b"&#0;", b"&#38;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ?>", b"\x00",
    b"\xff", b"\xc3", b"\xe5", "å".encode(), b" ", b"\n", b"0", b"9" * 30, b"-", b"<x>", b"</x>", b"<Patient>",
    b"</Patient>", b' xmlns="urn:x"', b"<!DOCTYPE r>", b"<Organisation>", b"</Organisation>", b"x" * 300,
)  # fmt: skip


def mutant(body: bytes, chance: random.Random) -> bytes:
    """A few pieces put in, taken out, doubled or moved."""
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(body)), chance.choice((1, 1, 1, 4, 40, 400))
        piece = body[at : at + length]
        put = chance.choice((chance.choice(PIECES), chance.randbytes(1), piece * 2, b""))
        body = body[:at] + put + body[at + chance.choice((0, length)) :]
        body = body or b"<"
    return body


def mutants(names: list[str], more: list[bytes]) -> Iterator[bytes]:
    chance = random.Random(2026)  # noqa: S311 (repeatable, not secret)
    for body in [*map(sample, names), *more]:
        for _ in range(MUTANTS):
            yield mutant(body, chance)


def test_a_mutant_is_a_message_or_unreadable_and_every_message_can_be_answered() -> None:
    apprecs = {version: schema(f"apprec-v{version}.xsd") for version in ("1.0", "1.1")}
    dialogs = schema("msghead-dialog.xsd")
    read, refused, slowest = 0, 0, 0.0
    for body in mutants(DIALOGS, [REFERRAL.encode()]):
        start = time.process_time()
        try:
            message = read_message(body)
        except Unreadable:
            refused += 1
        else:
            read += 1
            answers_are_valid(message, apprecs[message.version or "1.1"], dialogs)
        slowest = max(slowest, time.process_time() - start)
    assert (read + refused, slowest < 1) == (9 * MUTANTS, True)
    assert min(read, refused) > MUTANTS


def answers_are_valid(message: Message, apprecs: etree.XMLSchema, dialogs: etree.XMLSchema) -> None:
    assert faults_of(apprecs, write_apprec(message, message.faults, id=ID, at=AT)) == []
    assert faults_of(dialogs, write_reply(message, Reply(ID, AT, "Oppfølgingsteam", "Mottatt."))) == []


def test_a_mutant_of_an_apprec_is_one_or_unreadable() -> None:
    read, refused = 0, 0
    for body in mutants(APPRECS, []):
        try:
            read_receipt(body)
        except Unreadable:
            refused += 1
        else:
            read += 1
    assert read + refused == 12 * MUTANTS
    assert min(read, refused) > MUTANTS
