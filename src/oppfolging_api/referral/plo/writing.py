"""Elements to bytes: UTF-8 with its declaration, and of every text what XML can hold."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from lxml import etree

from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.referral.plo.codes import ID_TABLES
from oppfolging_api.referral.plo.message import HER, IDENTITY_NUMBERS, Identifier

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://www.w3.org/TR/xml/#charsets"""
UNKNOWN: Final = "Ukjent"
"""What stands where the schema wants a name or an id and the message had none."""


def made(namespace: str, name: str, *content: etree._Element | str | None, **attributes: str) -> etree._Element:
    """An element of elements or a text; what is None, and attributes that are empty, are left out."""
    default = {None: namespace}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=default)  # type: ignore[arg-type]  # lxml takes it
    for attribute, value in attributes.items():
        if value:
            element.set(attribute, _clean(value))
    for each in content:
        if isinstance(each, str):
            element.text = _clean(each)
        elif each is not None:
            element.append(each)
    return element


def if_any(namespace: str, name: str, text: str) -> etree._Element | None:
    return made(namespace, name, text) if text else None


def written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def moment(at: datetime) -> str:
    return at.astimezone(OSLO).isoformat(timespec="seconds")


def sent_on(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """The HER-id first; the identity numbers of those who work with the message are not sent on."""
    kept = (each for each in identifiers if each.scheme not in IDENTITY_NUMBERS)
    return sorted(kept, key=lambda each: each.scheme != HER)


def id_type(identifier: Identifier, table: str) -> Mapping[str, str]:
    """V and DN of an identifier's type."""
    return {"V": identifier.scheme, "DN": ID_TABLES[table].get(identifier.scheme, identifier.name)}


def _clean(text: str) -> str:
    return text if text.isprintable() else _NOT_XML.sub("", text)
