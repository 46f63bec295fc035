"""An element with the path to it, read leniently: by local names, in any order, and telling what was bent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lxml import etree

from oppfolging_api.referral.plo.findings import Findings
from oppfolging_api.referral.plo.message import Code
from oppfolging_api.referral.plo.times import read_date, read_time

LONGEST_TEXT: Final = 100_000
"""Characters: fifty close pages, and well below what FHIR's string holds."""
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    return element.tag.rpartition("}")[0].removeprefix("{")


def is_uuid(text: str) -> bool:
    return bool(_UUID.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Part:
    """`path` holds only names that this package asked for, never one of the sender's."""

    element: etree._Element
    path: str
    findings: Findings

    def children(self, name: str) -> Iterator["Part"]:
        found = list(self.element.iterchildren(f"{{*}}{name}"))
        for number, each in enumerate(found, 1):
            yield self.at(each, name if len(found) == 1 else f"{name}[{number}]")

    def child(self, name: str) -> "Part | None":
        return next(self.children(name), None)

    def only(self, name: str) -> "Part | None":
        """The same for what a message hangs on: two of them are a fault."""
        found = [*self.children(name)]
        if len(found) > 1:
            self.findings.fault("twice", f"{self.path}/{name}")
        return found[0] if found else None

    def at(self, element: etree._Element, step: str) -> "Part":
        return Part(element, f"{self.path}/{step}", self.findings)

    def bend(self, kind: str) -> None:
        self.findings.bend(kind, self.path)

    def fault(self, kind: str) -> None:
        self.findings.fault(kind, self.path)

    def bounded(self, text: str) -> str:
        if len(text) <= LONGEST_TEXT:
            return text
        self.fault("too-long")
        return ""

    def own_text(self) -> str:
        """Without the blanks around it. For what holds no elements by the schema."""
        if len(self.element):
            self.bend("unknown-element")
        return self.bounded((self.element.text or "").strip())

    def attribute(self, name: str) -> str:
        """Without the blanks around it."""
        return self.bounded(self.element.get(name, "")).strip()

    def token(self, name: str) -> str:
        """The same, told of where there are blanks around a code."""
        text = self.attribute(name)
        if text != self.element.get(name, ""):
            self.bend("blanks")
        return text

    def text(self, name: str) -> str:
        child = self.child(name)
        return child.own_text() if child else ""

    def line(self, name: str) -> str:
        """On one line."""
        return " ".join(self.text(name).split())

    def uuid(self, name: str) -> str:
        """As it stands. What is none is the reader's to judge."""
        child = self.child(name)
        text = child.own_text() if child else ""
        if child and is_uuid(text) and text != text.lower():
            child.bend("capitals")
        return text

    def as_code(self) -> Code | None:
        code = Code(
            self.token("V"),
            self.attribute("DN"),
            self.token("S").removeprefix("urn:oid:"),
            self.attribute("OT"),
        )
        return code if code != Code("") else None

    def code(self, name: str) -> Code | None:
        child = self.child(name)
        return child.as_code() if child else None

    def codes(self, name: str) -> tuple[Code, ...]:
        return tuple(code for child in self.children(name) if (code := child.as_code()))

    def date(self, name: str) -> date | None:
        child = self.child(name)
        text = child.own_text() if child else ""
        if not child or not text:
            return None
        read, exact = read_date(text)
        if not (read and exact):
            child.bend("date-form" if read else "date")
        return read

    def time(self, name: str) -> datetime | None:
        child = self.child(name)
        text = child.own_text() if child else ""
        if not child or not text:
            return None
        read, exact = read_time(text)
        if not (read and exact):
            child.bend("time-form" if read else "time")
        return read
