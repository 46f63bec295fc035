"""What is done to a message: to its bytes, to its elements, to what they say, and to how XML is written."""

import copy
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final
from uuid import UUID

from lxml import etree

Change = Callable[[Random, bytes], bytes]
ElementChange = Callable[[Random, etree._Element], None]

TEXTS: Final = (
    *("", " ", "0", "-1", "9" * 11, "9" * 40, "1e9", "NaN", "ø" * 300, "x" * 99_999, "x" * 100_001, "\u202e\ufeff"),
    *("2026-02-30", "0000-00-00", "9999-12-31T23:59:59Z", "2026-1-2", "20260102", "1.2.2026", "2026-01-01T25:00:00"),
    *("0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00+99:99", "24:00", "-2026-01-01"),
    *("01817000173", "018170 00173", "41817000173", "00000000000", "90001", "90002", "Oppfølgingsteam", "OPPFØLGING!"),
    *("urn:oid:2.16.578.1.12.4.1.1.8116", "../../etc/passwd", "file:///etc/passwd", "<b>fet</b>", "'; SELECT 1", "%n"),
    *("00000000-0000-0000-0000-000000000000", "{37340D30-FE14-42B5-985F-A8FF8FFA0CB5}"),
    *("UEsDBBQAAAAIAA==", "JVBERi0xLjQK", "JVBERi0xLjQKMSAwIG9iagplbmRvYmoKJSVFT0YK"),
)  # fmt: skip
VALUES: Final = (
    "",
    "1",
    "6",
    "99",
    "HER",
    "FNR",
    "DNR",
    "HPR",
    "ENH",
    "XXX",
    "J",
    "N",
    "D",
    "XML",
    "A",
    "ø",
    "x" * 2000,
)
NAMES: Final = (
    *("MsgHead", "MsgInfo", "MsgId", "Patient", "Sender", "Receiver", "Organisation", "Ident", "Id", "TypeId"),
    *("Document", "RefDoc", "Content", "Base64Container", "Dialogmelding", "Notat", "Foresporsel", "Tema", "ukjent"),
)
SPACES: Final = (
    *("", "urn:x", "http://www.kith.no/xmlstds/msghead/2006-05-24", "http://www.kith.no/xmlstds/felleskomponent1"),
    *("http://www.kith.no/xmlstds/dialog/2006-10-11", "http://www.kith.no/xmlstds/dialog/2013-01-23"),
    *("http://www.kith.no/xmlstds/base64container", "http://www.kith.no/xmlstds/apprec/2012-02-15"),
)
PIECES: Final = (
    *(b"<", b">", b"/>", b'"', b"&", b"&#0;", b"&#xD800;", b"&#38;", b"&lt;!DOCTYPE", b"&x;", b"&#1114112;", b"]]>"),
    *(b"<!-- x -->", b"<!--", b"<![CDATA[", b"<![CDATA[x]]>", b"<?x y?>", b"\x00", b"\x0b", b"\xff", b"\xc3", b"\xe5"),
    *(b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf4\x90\x80\x80", b' xmlns="urn:x"', b' xmlns:a="urn:x"', b' V="1" V="2"'),
    *(b"<Patient>", b"</Patient>", b"<Organisation/>", b"</Organisation>", b"<Document/>", b"9" * 30, b"x" * 3000),
)
BEGINNINGS: Final = (
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00", b" ", b"\n\n", b"<?xml version='1.1'?>", b"<!DOCTYPE x>"),
    *(b'<!DOCTYPE x [<!ENTITY e "x">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">', b"<!-- -->" * 50, b"<?x?>" * 50),
)
ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "cp500", "utf-8-sig")
DECLARED: Final = (
    *(b"UTF-8", b"utf-16", b"ISO-8859-1", b"ISO-8859-15", b"windows-1252", b"US-ASCII", b"UTF-7", b"EBCDIC-CP-US"),
    *(b"", b"x" * 41, b"utf-8\x00", b"UCS-4", b"Shift_JIS"),
)
_NUMBER: Final = re.compile(rb"\d+")
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY: Final = re.compile(rb"\d{4}-\d{2}-\d{1,2}(?:T[0-9:.]+)?")


def _span(chance: Random, body: bytes) -> tuple[int, int]:
    at = chance.randrange(len(body))
    return at, min(len(body), at + chance.choice((1, 1, 4, 40, 400, 4000)))


def flip(chance: Random, body: bytes) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :]


def cut(chance: Random, body: bytes) -> bytes:
    start, end = _span(chance, body)
    return body[:start] + body[end:]


def double(chance: Random, body: bytes) -> bytes:
    start, end = _span(chance, body)
    return body[:end] + body[start:end] * chance.choice((1, 1, 3, 60)) + body[end:]


def truncate(chance: Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def put(chance: Random, body: bytes) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + chance.choice(PIECES) + body[at:]


def swell(chance: Random, body: bytes) -> bytes:
    """A piece said very often."""
    at = chance.randrange(len(body))
    return body[:at] + chance.choice(PIECES) * chance.choice((300, 5_000, 30_000)) + body[at:]


def begin(chance: Random, body: bytes) -> bytes:
    return chance.choice(BEGINNINGS) + body


def declare(chance: Random, body: bytes) -> bytes:
    """Another encoding declared than it is in."""
    bare = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", body)
    return b'<?xml version="1.0" encoding="' + chance.choice(DECLARED) + b'"?>' + bare


def encode(chance: Random, body: bytes) -> bytes:
    """In another encoding than is declared."""
    return body.decode("latin-1").encode(chance.choice(ENCODINGS), "replace")


def _somewhere(found: re.Pattern[bytes], instead: Callable[[Random, bytes], bytes]) -> Change:
    def change(chance: Random, body: bytes) -> bytes:
        places = list(found.finditer(body))
        if not places:
            return body
        place = chance.choice(places)
        return body[: place.start()] + instead(chance, place[0]) + body[place.end() :]

    return change


def _other_number(chance: Random, number: bytes) -> bytes:
    return chance.choice((number[::-1], number + b"0", number[:-1], b"-" + number, str(int(number[:300]) + 1).encode()))


def _other_uuid(chance: Random, id: bytes) -> bytes:
    new = str(UUID(int=chance.getrandbits(128))).encode()
    return chance.choice((new, new.upper(), id[:-1], id.replace(b"-", b""), b"{" + id + b"}", id + b" ", id.swapcase()))


def _other_day(chance: Random, _day: bytes) -> bytes:
    return chance.choice((b"2026-02-30", b"1899-12-31", b"2151-01-01", b"2026-1-1", b"01.02.2026", b"", b"2026-01-01T"))


BYTES: Final[tuple[Change, ...]] = (
    *(flip, flip, cut, double, truncate, put, put, swell, begin, declare, encode),
    *(_somewhere(_NUMBER, _other_number), _somewhere(_UUID, _other_uuid), _somewhere(_DAY, _other_day)),
)


def drop(_chance: Random, element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def again(chance: Random, element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.extend(copy.deepcopy(element) for _ in range(chance.choice((1, 1, 1, 20, 400))))


def shuffle(chance: Random, element: etree._Element) -> None:
    children = list(element)
    chance.shuffle(children)
    element[:] = children


def move(chance: Random, element: etree._Element) -> None:
    everywhere = _elements(element.getroottree().getroot())
    others = [each for each in everywhere if element not in (each, *each.iterancestors())]
    if others:
        chance.choice(others).append(element)


def rename(chance: Random, element: etree._Element) -> None:
    space = etree.QName(element).namespace
    element.tag = f"{{{space}}}{chance.choice(NAMES)}" if space else chance.choice(NAMES)


def respace(chance: Random, element: etree._Element) -> None:
    space, name = chance.choice(SPACES), etree.QName(element).localname
    element.tag = f"{{{space}}}{name}" if space else name


def retell(chance: Random, element: etree._Element) -> None:
    element.text = chance.choice(TEXTS)


def reattribute(chance: Random, element: etree._Element) -> None:
    name = chance.choice(list(map(str, element.attrib)) or ["V", "DN", "S", "OT"])
    if chance.random() < 0.3:
        element.attrib.pop(name, "")
    else:
        element.set(name, chance.choice(VALUES))


def nest(chance: Random, element: etree._Element) -> None:
    """Within itself, and again."""
    held = element
    for _ in range(chance.choice((1, 5, 55, 300))):
        held = etree.SubElement(held, element.tag)


def remark(chance: Random, element: etree._Element) -> None:
    """A comment or an instruction in the middle of it."""
    element.insert(0, chance.choice((etree.Comment("x"), etree.ProcessingInstruction("x", "y"))))


ELEMENTS: Final[tuple[ElementChange, ...]] = (
    *(drop, drop, again, shuffle, move, rename, respace, retell, retell, reattribute, reattribute, nest, remark),
)


def _elements(root: etree._Element) -> list[etree._Element]:
    return [each for each in root.iter() if isinstance(each.tag, str)]


def restructured(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """One element changed, or one of another message put in; as it is where it cannot be parsed any longer."""
    try:
        root = etree.fromstring(body)
    except (etree.XMLSyntaxError, ValueError):
        return body
    element = chance.choice(_elements(root))
    if chance.random() < 0.15:
        element.append(copy.deepcopy(chance.choice(_elements(etree.fromstring(chance.choice(others))))))
    else:
        chance.choice(ELEMENTS)(chance, element)
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    written: bytes = etree.tostring(root, encoding=encoding, xml_declaration=True)  # type: ignore[assignment]
    return written


def spliced(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """The beginning of one and the end of another, cut at a tag."""
    other = chance.choice(others)
    return _until_tag(chance, body)[0] + _until_tag(chance, other)[1]


def _until_tag(chance: Random, body: bytes) -> tuple[bytes, bytes]:
    at = max(0, body.find(b"<", chance.randrange(len(body))))
    return body[:at], body[at:]


def mutant(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """One to three things done to it; half of them to its elements."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.random()
        if kind < 0.5:
            body = restructured(chance, body, others)
        elif kind < 0.58:
            body = spliced(chance, body, others)
        else:
            body = chance.choice(BYTES)(chance, body)
        body = body or b"<"
    return body
