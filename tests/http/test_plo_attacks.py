"""Messages meant to break the door: each is refused within a second, nothing is fetched, memory stays, and the service
answers on."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import pytest

from fuzz.plo import MOST_MB, RECEIVING, heard
from fuzz.plo_judged import LONGEST_S, named
from fuzz.plo_seeds import HER_ID
from fuzz.watched import Watched
from oppfolging_api.access.development import DevelopmentIssuer
from plo_messages import Attached, Note, bent, sent
from support import Api, MovableClock, Municipality, identity_number

if TYPE_CHECKING:
    from conftest import Databases

MILLION: Final = 1_000_000
DECLARED: Final = '<?xml version="1.0" encoding="UTF-8"?>'
TEXT: Final = "Får hjelp av fem tjenester."


@dataclass(frozen=True)
class Listening:
    """An address of this machine, and the paths that were asked for there."""

    address: str
    asked: list[str]


@pytest.fixture(scope="module")
def listening() -> Iterator[Listening]:
    asked: list[str] = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Listening(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class Attacked:
    """`idle` is what the service held before it was asked anything, in megabytes."""

    service: Watched
    sender: Api
    unit: Api
    idle: float

    def answers_on(self) -> None:
        """As ever, and holds little more than when nobody had asked it anything."""
        assert sent(self.sender, Note(HER_ID, identity_number())).status == "1"
        assert self.service.peak() < self.idle + MOST_MB


@pytest.fixture(scope="module")
def attacked(
    databases: "Databases", issuer: DevelopmentIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    with Watched(databases.migrated(), issuer, tmp_path_factory.mktemp("attacked"), **RECEIVING) as service:
        idle = service.resident()
        town = Municipality(service.address, issuer, MovableClock(), "4601")
        yield Attacked(service, town.api("referrer", orgnr="889640782"), town.unit, idle)
        assert [line for line in service.lines() if line.get("level") == "error"] == []


@pytest.fixture(autouse=True)
def _each_for_itself(attacked: Attacked) -> None:
    """What one attack cost is not laid to the next."""
    attacked.service.forget_peak()


@pytest.fixture
def unit(attacked: Attacked) -> Api:
    return attacked.unit


def with_text(text: str, doctype: str = "") -> bytes:
    """A message whose text is this XML, with a document type declaration before it."""
    return bent(Note(HER_ID, identity_number()), (TEXT, text), (DECLARED, DECLARED + doctype))


def laughs(number: int) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, number + 1))
    return f'<!DOCTYPE MsgHead [<!ENTITY l0 "ha">{entities}]>'


def embraced(message: bytes) -> bytes:
    """Within EI_fellesformat, as NAV wraps them."""
    head, root, rest = message.partition(b"<MsgHead")
    return head + b"<EI_fellesformat>" + root + rest + b"</EI_fellesformat>"


def relabelled(encoding: str, written: str | None = None) -> bytes:
    """Declared in one encoding, and written in it or in another."""
    text = Note(HER_ID, identity_number()).xml().decode().replace('"UTF-8"', f'"{encoding}"')
    return text.encode(written or encoding)


def attributes(number: int) -> str:
    return "<x " + " ".join(f'a{n}="1"' for n in range(number)) + "/>"


DOCTYPES: Final = {
    "billion laughs": ("&l9;", laughs(9)),
    "quadratic blowup": ("&a;" * 100_000, f'<!DOCTYPE MsgHead [<!ENTITY a "{"a" * 100_000}">]>'),
    "an entity that is a file": ("&x;", '<!DOCTYPE MsgHead [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
    "an entity from the network": ("&x;", '<!DOCTYPE MsgHead [<!ENTITY x SYSTEM "{}/entity">]>'),
    "an external document type": ("x", '<!DOCTYPE MsgHead SYSTEM "{}/a.dtd">'),
    "a public one": ("x", '<!DOCTYPE MsgHead PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "{}/b.dtd">'),
    "a parameter entity": ("x", '<!DOCTYPE MsgHead [<!ENTITY % p SYSTEM "{}/c.dtd"> %p;]>'),
    "an entity that names itself": ("&a;", '<!DOCTYPE MsgHead [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'),
    "an empty one": ("x", "<!DOCTYPE MsgHead>"),
}


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in EI_fellesformat"])
@pytest.mark.parametrize("name", DOCTYPES)
def test_a_document_type_is_refused_and_nothing_in_it_is_fetched(
    attacked: Attacked, listening: Listening, name: str, wrapped: bool
) -> None:
    text, doctype = DOCTYPES[name]
    message = with_text(text, doctype.replace("{}", listening.address))
    answer = heard(attacked.sender, embraced(message) if wrapped else message)
    assert (answer.status, answer.seconds < LONGEST_S, listening.asked) == (400, True, [])
    assert b"T01" in answer.body
    attacked.answers_on()


UNREADABLE: Final[dict[str, tuple[Callable[[], bytes], int, bytes]]] = {
    "50 MB": (lambda: Note(HER_ID, attachments=(Attached(b"%PDF-1.4" + b"0" * 37 * MILLION),)).xml(), 413, b"bytes"),
    "tags within each other, 12 MB": (lambda: with_text("<x>" * 4 * MILLION), 413, b"T99"),
    "tags within each other, well-formed": (lambda: with_text("<x>" * 5000 + "</x>" * 5000), 413, b"T99"),
    "tags within each other, too deep": (lambda: with_text("<x>" * 100 + "</x>" * 100), 413, b"T99"),
    "a million attributes": (lambda: with_text(attributes(MILLION)), 413, b"T99"),
    "a million empty elements": (lambda: with_text("<x/>" * MILLION), 413, b"T99"),
    "a name of 19 MB": (lambda: with_text(f"<{'x' * 19 * MILLION}/>"), 413, b"T99"),
    "a name of a million": (lambda: with_text(f"<{'x' * MILLION}/>"), 400, b"T01"),
    "a text of 19 MB": (lambda: with_text("x" * 19 * MILLION), 413, b"T99"),
    "entities nobody declared": (lambda: with_text("&x;" * 6 * MILLION), 400, b"T01"),
    "NUL bytes": (lambda: with_text("x\x00y"), 400, b"T01"),
    "19 MB of NUL bytes": (lambda: b"\x00" * 19 * MILLION, 400, b"T01"),
    "NUL as a character": (lambda: with_text("&#0;"), 400, b"T01"),
    "half a surrogate pair": (lambda: with_text("&#xD800;"), 400, b"T01"),
    "UTF-7": (lambda: relabelled("UTF-7"), 400, b"T01"),
    "UTF-7, a tag hidden in it": (lambda: relabelled("UTF-7", "utf-8").replace(b"Jan", b"+ADw-x+AD4-"), 400, b"T01"),
    "EBCDIC, said to be": (lambda: relabelled("EBCDIC-CP-US", "utf-8"), 400, b"T01"),
    "EBCDIC": (lambda: relabelled("IBM037", "cp037"), 400, b"T01"),
    "UTF-32": (lambda: relabelled("UTF-32"), 400, b"T01"),
    "a document type in UTF-16": (lambda: with_text("x", "<!DOCTYPE MsgHead>").decode().encode("utf-16"), 400, b"T01"),
    "UTF-16 cut in the middle": (lambda: Note(HER_ID).xml().decode().encode("utf-16")[:-7], 400, b"T01"),
    "a stylesheet and no more": (lambda: b'<?xml-stylesheet href="http://127.0.0.1:9/x"?>' * 5000, 400, b"T01"),
    "a comment without end": (lambda: b"<!--" * 10_000 + b"x" * 10 * MILLION, 400, b"T01"),
    "nothing": (lambda: b"", 400, b"T01"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_as_a_message_is_refused_soon(attacked: Attacked, name: str) -> None:
    build, status, told = UNREADABLE[name]
    answer = heard(attacked.sender, build())
    assert (answer.status, answer.media) == (status, "application/problem+json"), answer.body[:300]
    assert answer.seconds < LONGEST_S
    assert told in answer.body
    attacked.answers_on()


def zipped() -> bytes:
    """A zip whose one file is a thousand times larger than it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x", bytes(MILLION))
    return written.getvalue()


NO_DOCUMENT: Final[dict[str, Callable[[], bytes]]] = {
    "a zip": zipped,
    "a zip behind the head of a PDF": lambda: b"%PDF-1.4\n" + zipped(),
    "a zip behind the head of a JPG": lambda: b"\xff\xd8\xff\xe0" + zipped(),
    "a zip, and the end of a PDF": lambda: zipped() + b"%%EOF",
    "a program": lambda: b"MZ" + bytes(2000),
    "markup": lambda: b"<html><script>1</script></html>",
}


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_what_is_no_document_is_told_of_and_not_kept(attacked: Attacked, unit: Api, name: str) -> None:
    """Whatever it is called: the rest of the message has come through."""
    before = documents(unit)
    message = Note(HER_ID, identity_number(), attachments=(Attached(NO_DOCUMENT[name]()),)).xml()
    answer = heard(attacked.sender, message)
    assert (named(answer), answer.seconds < LONGEST_S) == ("200 AppRec 3 X99", True)
    assert documents(unit) == before
    attacked.answers_on()


def documents(unit: Api) -> int:
    return int(unit.search("DocumentReference?_summary=count")["total"])


def test_an_attachment_too_large_for_a_text_of_xml_is_refused(attacked: Attacked) -> None:
    answer = heard(attacked.sender, with_pdfs(8 * MILLION))
    assert (answer.status, answer.seconds < LONGEST_S) == (413, True)
    attacked.answers_on()


@pytest.mark.parametrize("sizes", [(7_400_000,), (6_500_000, 6_400_000)], ids=["one", "two"])
def test_the_largest_attachments_that_are_taken_do_not_fill_the_memory(
    attacked: Attacked, sizes: tuple[int, ...]
) -> None:
    assert named(heard(attacked.sender, with_pdfs(*sizes))) == "200 AppRec 1"
    attacked.answers_on()


def with_pdfs(*sizes: int) -> bytes:
    pdfs = tuple(Attached(b"%PDF-1.4\n" + bytes(size) + b"%%EOF") for size in sizes)
    return Note(HER_ID, identity_number(), attachments=pdfs).xml()


REACHING_OUT: Final = {
    "xinclude of a file": '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/>',
    "xinclude from the network": '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{}/x"/>',
    "a schema to fetch": '<x xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="u {}/x.xsd"/>',
    "a stylesheet": '<?xml-stylesheet type="text/xsl" href="{}/x.xsl"?>',
    "a picture": '<img src="{}/x.png"/>',
    "instructions": "<?php system('id') ?>" * 1000,
}


@pytest.mark.parametrize("name", REACHING_OUT)
def test_what_points_outside_is_left_unread(attacked: Attacked, unit: Api, listening: Listening, name: str) -> None:
    """The message is received: what reads it just never follows anything."""
    number = identity_number()
    message = Note(HER_ID, number)
    inside = REACHING_OUT[name].replace("{}", listening.address)
    answer = heard(attacked.sender, bent(message, (TEXT, f"Før {inside} etter")))
    assert (named(answer), answer.seconds < LONGEST_S, listening.asked) == ("200 AppRec 1", True, [])
    (entry,) = unit.search(f"ServiceRequest?identifier=urn:ietf:rfc:3986|urn:uuid:{message.id}")["entry"]
    assert " ".join(entry["resource"]["reasonCode"][0]["text"].split()) == "Før etter"
    attacked.answers_on()
