"""XML that is no message but an attack, and encodings."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from plo_samples import MSG_ID, REFERRAL, bent_by

from oppfolging_api.referral.plo.findings import Findings, Unreadable
from oppfolging_api.referral.plo.limits import Limits
from oppfolging_api.referral.plo.reading import read_message
from oppfolging_api.referral.plo.xml import read_xml

MILLION = 1_000_000


def text(body: bytes) -> str:
    return read_xml(body, Limits(), Findings()).text or ""


def refusal(body: bytes, limits: Limits | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_xml(body, limits or Limits(), Findings())
    return refused.value


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    """An address, and the requests that came to it."""
    seen: list[str] = []

    class Seen(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Seen)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
INTERNAL = f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r>&l9;</r>'


@pytest.mark.parametrize(
    "body",
    [
        INTERNAL.encode(),
        b'<?xml version="1.0"?>' + INTERNAL.encode(),
        INTERNAL.encode("utf-16"),
        f"<!--\u3c3c--><?x <!-- ?>{INTERNAL}".encode("utf-16"),
        b"<!-- <r> --> <?x > ?>\n<!DOCTYPE r><r/>",
        b'\xef\xbb\xbf<!DOCTYPE r PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1-strict.dtd"><r/>',
    ],
)
def test_a_document_type_is_refused_before_anything_in_it_is_read(body: bytes) -> None:
    assert refusal(body).kind == "doctype"


def test_what_only_looks_like_a_document_type_is_text() -> None:
    assert text(b"<!-- <!DOCTYPE r> --><r><![CDATA[<!DOCTYPE html>]]></r>") == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    "declared", ['SYSTEM "{}/a.dtd"', '[<!ENTITY x SYSTEM "{}/b.txt">]', '[<!ENTITY % x SYSTEM "{}/c">%x;]']
)
def test_nothing_is_fetched_for_a_document(declared: str, listening: tuple[str, list[str]]) -> None:
    address, seen = listening
    assert refusal(f"<!DOCTYPE r {declared.format(address)}><r>&x;</r>".encode()).kind == "doctype"
    assert seen == []


def test_nothing_is_included_or_fetched_for_a_schema(listening: tuple[str, list[str]], tmp_path: Path) -> None:
    address, seen = listening
    (tmp_path / "secret").write_text("hemmelig")
    included = (
        f'<r xmlns:i="http://www.w3.org/2001/XInclude" xmlns:s="http://www.w3.org/2001/XMLSchema-instance"'
        f' s:schemaLocation="urn:x {address}/x.xsd"><?xml-stylesheet href="{address}/x.xsl"?>'
        f'<i:include href="file://{tmp_path}/secret" parse="text"/><i:include href="{address}/x"/></r>'
    )
    root = read_xml(included.encode(), Limits(), Findings())
    assert ([each.text for each in root.iter()], seen) == ([None, None, None], [])


def test_a_file_does_not_come_in_by_an_entity(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hemmelig")
    assert refusal(f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><r>&x;</r>'.encode()).kind == "doctype"
    assert refusal(b"<r>&x;</r>").kind == "not-well-formed"


def attributes(number: int, value: str = "1") -> bytes:
    return b"<r " + b" ".join(b'a%d="%s"' % (each, value.encode()) for each in range(number)) + b"/>"


def namespaces(number: int) -> bytes:
    declared = b" ".join(b'xmlns:a%d="u%d"' % (each, each) for each in range(number))
    return b"<r " + declared + b">" + b"".join(b"<a%d:b/>" % each for each in range(number)) + b"</r>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<a>" * 6_600_000, "too-large"),
        (b"<a>" * 11_000, "too-large"),
        (b"<a>" * 61 + b"</a>" * 61, "too-deep"),
        (attributes(MILLION), "too-large"),
        (attributes(19_000, "x" * 1000), "too-large"),
        (b"<r>" + b"<a/>" * 4_900_000 + b"</r>", "too-large"),
        (b"<r>" + b"x" * 10 * MILLION + b"x</r>", "too-large"),
        (b'<r a="' + b"x" * 19 * MILLION + b'"/>', "too-large"),
        (b"<" + b"x" * 19 * MILLION + b"/>", "too-large"),
        (b"<r><![CDATA[" + b"x" * 19 * MILLION + b"]]></r>", "not-well-formed"),
        (b"<r>" + b"x" * 50 * MILLION + b"</r>", "too-large"),
        (b"<r>" + b"&x;" * 6 * MILLION + b"</r>", "not-well-formed"),
        (b"<!-- -->" * 11_000 + b" " * 19 * MILLION, "too-large"),
        (b" " * 19 * MILLION + b"<!DOCTYPE r>", "doctype"),
        (b"<?x " * 11_000 + b"?" * 19 * MILLION, "not-well-formed"),
        (b"\x00" * 19 * MILLION, "not-well-formed"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes of {value[:8]!r}",
)
def test_rubbish_of_twenty_megabytes_is_refused_within_a_second(body: bytes, kind: str) -> None:
    start = time.process_time()
    assert refusal(body).kind == kind
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "body",
    [
        attributes(19_000),
        namespaces(5_900),
        b"<r>" + b"<a b=''/>" * 11_000 + b"</r>",
        b"<r>" + b"&#65;" * 1_900_000 + b"</r>",
        b"<a>" * 60 + b"</a>" * 60,
    ],
    ids=["attributes", "namespaces", "elements", "characters", "depth"],
)
def test_the_most_that_is_taken_takes_less_than_a_second(body: bytes) -> None:
    start = time.process_time()
    read_xml(body, Limits(), Findings())
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("<Notat/>" * 11_900, "<Notat>"),
        ("<Foresporsel/>" * 11_900, "<Notat>"),
        ("<Notat><Tema/></Notat>" * 2_900, "<Notat>"),
    ],
)
def test_a_message_of_nothing_but_elements_takes_less_than_a_second(inside: str, place: str) -> None:
    body = bent_by((place, inside + place))
    start = time.process_time()
    assert len(read_message(body).bent) == 50
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x1f\x8b\x08" + b"\x00" * 100,
        b"%PDF-1.4",
        b'{"messageId": "1"}',
        b"<r>a\x00b</r>",
        b"<r/>\x00",
        b"<r>\x01</r>",
        b"<r>&#0;</r>",
        b"<r>&#xD800;</r>",
        b"<r a='1' a='2'/>",
        b"<r><b></r></b>",
        b"<x:r/>",
        b"<!doctype r><r/>",
        b"<r>\xe5</r>",
        b'<?xml version="1.0" encoding="UTF-8"?><r>\xc3\xa5 \xe5</r>',
        "<r>å</r>".encode("utf-16") + b"x",
        '<?xml version="1.0" encoding="UTF-32"?><r/>'.encode("utf-32"),
        '<?xml version="1.0" encoding="IBM037"?><r/>'.encode("cp037"),
        b'<?xml version="1.0" encoding="windows-1252"?><r>\x81</r>',
    ],
)
def test_what_is_no_well_formed_xml_is_told_so(body: bytes) -> None:
    found = refusal(body)
    assert (found.kind, found.fault.code) == ("not-well-formed", "T01")


def test_where_it_is_broken_is_told_and_not_what_is_there() -> None:
    broken = refusal(b"<r>\n  <Hemmelig>01817000173</Annet>\n</r>")
    assert broken.line == 2
    assert broken.column
    assert str(broken) == "not well-formed XML"
    assert broken.__suppress_context__


@pytest.mark.parametrize("name", ["UTF-7", "UTF-32", "EBCDIC-CP-US", "hex", "rot13", "x"])
def test_an_encoding_that_is_not_read_here_is_refused(name: str) -> None:
    assert refusal(f'<?xml version="1.0" encoding="{name}"?><r>+AGE-</r>'.encode()).kind == "encoding"


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("ISO-8859-1", "iso-8859-1"),
        ("windows-1252", "windows-1252"),
        ("ISO-8859-15", "iso-8859-15"),
        ("UTF-16", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
    ],
)
def test_the_encodings_that_are_declared_are_read(declared: str, written: str) -> None:
    findings = Findings()
    body = f'<?xml version="1.0" encoding="{declared}"?><r>Oppfølgingsteam på Tindøy</r>'.encode(written)
    assert read_xml(body, Limits(), findings).text == "Oppfølgingsteam på Tindøy"
    assert findings.bent == []


@pytest.mark.parametrize(("declared", "written"), [("utf-16", "utf-8"), ("ISO-8859-1", "utf-8-sig")])
def test_utf_8_that_calls_itself_something_else_is_read_and_told(declared: str, written: str) -> None:
    body = REFERRAL.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(written)
    message = read_message(body)
    assert (message.msg_id, [note.subject for note in message.notes]) == (MSG_ID, ["Oppfølgingsteam"])
    assert [(bent.where, bent.what) for bent in message.bent] == [
        ("/", "not in the encoding it declares; read as UTF-8")
    ]


def test_the_limits_are_those_that_are_given() -> None:
    small = Limits(size=40, tags=4, attributes=2, depth=2)
    assert read_xml(b"<r a='1'><b/></r>", small, Findings()).tag == "r"
    assert refusal(b"<r>" + b"x" * 34 + b"</r>", small).kind == "too-large"
    assert refusal(b"<r><b/><b/><b/></r>", small).kind == "too-large"
    assert refusal(b"<r a='' b='' c=''/>", small).kind == "too-large"
    assert refusal(b"<r><b><c/></b></r>", Limits(depth=2)).kind == "too-deep"
