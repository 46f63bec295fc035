"""Bytes to elements, with nothing of XML that reaches outside the document or makes it larger than it is.

No document type declaration, so no entities; no network; a bound on size, tags, attributes and depth, so that the time
is linear in the size and below a second for the largest. Comments and processing instructions are left out.
"""

import re
from codecs import BOM_UTF8
from typing import Final

from lxml import etree

from oppfolging_api.referral.plo.findings import Findings, Unreadable
from oppfolging_api.referral.plo.limits import Limits

_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
    "utf-16": "utf-8",
}
"""From an encoding as declared to what decodes it. A declaration of UTF-16 that can be read as single bytes is wrong
(.NET writes such): the bytes are UTF-8."""
_DECLARED: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UTF_16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
"""By the first two bytes: a byte order mark, or a `<` in two bytes."""
_DOCTYPE: Final = re.compile(rb"(?:[^<]++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
"""One before the first element; what looks like one in a text further down is none."""


def read_xml(body: bytes, limits: Limits, findings: Findings) -> etree._Element:
    """The root element. Raises Unreadable: `too-large`, `encoding`, `doctype`, `not-well-formed` or `too-deep`."""
    if len(body) > limits.size:
        raise Unreadable("too-large")
    if body.count(b"<") > limits.tags or body.count(b"=") > limits.attributes:
        raise Unreadable("too-large")
    text = _in_utf_8(body, findings)
    if _DOCTYPE.match(text):
        raise Unreadable("doctype")
    root = _parsed(text)
    if _deeper_than(limits.depth, root):
        raise Unreadable("too-deep")
    return root


def _in_utf_8(body: bytes, findings: Findings) -> bytes:
    """One encoding for all that follows. UTF-8 itself is left to the parser, which tells where it is broken."""
    declared = _DECLARED.match(body)
    name = declared[1].decode().lower() if declared else "utf-8"
    marked = "utf-8" if body.startswith(BOM_UTF8) else _UTF_16.get(body[:2])
    codec = marked or _CODECS.get(name)
    if codec is None:
        raise Unreadable("encoding")
    if name == "utf-16" or (marked == "utf-8" != _CODECS.get(name)):
        findings.bend("encoding", "/")
    if codec == "utf-8":
        return body
    try:
        return body.decode(codec).encode()
    except UnicodeError:
        raise Unreadable("not-well-formed") from None


def _parsed(text: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        limit = any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)
        raise Unreadable("too-large" if limit else "not-well-formed", *error.position) from None


def _deeper_than(most: int, root: etree._Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            return True
    return False
