"""Narrative.div: XHTML that is only text (https://hl7.org/fhir/R4/narrative.html, txt-1 and txt-2)."""

import re
from collections.abc import Mapping
from html.entities import name2codepoint
from typing import Final
from xml.parsers import expat

_XHTML: Final = "http://www.w3.org/1999/xhtml "
_XML_LANG: Final = "http://www.w3.org/XML/1998/namespace lang"

_ELEMENT_NAMES: Final = (
    "a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 "
    "h6 hr i img kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var"
)
_ATTRIBUTE_NAMES: Final = (
    "abbr accesskey align alt axis border cellpadding cellspacing char charoff cite class colspan dir frame headers "
    "height href hreflang id lang longdesc name rel rev rowspan rules scope span src start style summary tabindex "
    "title type valign value width"
)
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_LINKS: Final = frozenset(("cite", "href", "longdesc", "src"))
_SCHEMES: Final = frozenset(("ftp", "http", "https", "mailto", "tel", "urn"))
_IMAGE: Final = re.compile(r"data:image/(?:gif|jpeg|png);base64,[A-Za-z0-9+/=\s]+")
_SCHEME: Final = re.compile(r"([^/?#:]*):")
_ACTIVE_STYLE: Final = re.compile(
    r"\\|/\*|url\s*\(|expression\s*\(|script\s*:|@import|behavior|-moz-binding", re.IGNORECASE
)
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}")
_XML_ENTITIES: Final = frozenset(("amp", "apos", "gt", "lt", "quot"))


class _Refused(Exception):
    """Says what the narrative has that it may not have."""


def narrative_fault(div: str) -> str | None:
    """What is wrong with Narrative.div, or None."""
    reader = _Reader()
    try:
        reader.parser.Parse(_ENTITY.sub(_numbered, div), True)
    except _Refused as refused:
        return f"txt-1: {refused}"
    except expat.ExpatError as error:
        return f"txt-1: not well-formed XHTML, line {error.lineno} column {error.offset + 1}"
    return None if reader.has_content else "txt-2: the narrative is blank"


def _numbered(entity: re.Match[str]) -> str:
    """HTML's entities as numbers, since no DTD declares them here."""
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES or name not in name2codepoint else f"&#{name2codepoint[name]};"


class _Reader:
    def __init__(self) -> None:
        self.has_content = False
        self.is_root = True
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._element
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.XmlDeclHandler = self._declaration

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        if self.is_root and name != f"{_XHTML}div":
            raise _Refused("a div in the namespace http://www.w3.org/1999/xhtml is expected")
        self.is_root = False
        local = name.removeprefix(_XHTML)
        if not name.startswith(_XHTML) or local not in _ELEMENTS:
            raise _Refused(f"the element{_quoted(local)} is not allowed")
        self.has_content = self.has_content or local == "img"
        for attribute, value in attributes.items():
            _refuse_attribute(local, attribute, value)

    def _text(self, text: str) -> None:
        self.has_content = self.has_content or not text.isspace()

    def _doctype(self, *_: object) -> None:
        raise _Refused("a DOCTYPE is not allowed")

    def _instruction(self, *_: object) -> None:
        raise _Refused("a processing instruction is not allowed")

    def _declaration(self, *_: object) -> None:
        raise _Refused("an XML declaration is not allowed")


def _refuse_attribute(element: str, name: str, value: str) -> None:
    if name not in _ATTRIBUTES and name != _XML_LANG:
        raise _Refused(f"the attribute{_quoted(name)} is not allowed")
    if name in _LINKS and not _is_harmless(element, value):
        raise _Refused("a link that is not allowed")
    if name == "style" and _ACTIVE_STYLE.search(value):
        raise _Refused("a style with active content")


def _quoted(name: str) -> str:
    """The name to tell, unless it could be something else than a name."""
    return f" {name}" if _NAME.fullmatch(name) else ""


def _is_harmless(element: str, link: str) -> bool:
    """Browsers skip white space and control characters when they look for the scheme."""
    bare = "".join(character for character in link if character > " ")
    scheme = _SCHEME.match(bare)
    if scheme is None or scheme[1].lower() in _SCHEMES:
        return True
    return element == "img" and _IMAGE.fullmatch(link) is not None
