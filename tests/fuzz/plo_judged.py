"""What every answer to a PLO message must be, whatever the message; and the count of what was answered."""

import re
import statistics
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpx
from lxml import etree

from fuzz.judged import STACK
from plo_messages import FOLDER

LONGEST_S: Final = 1.0
_SCHEMAS: Final = {
    "http://www.kith.no/xmlstds/apprec/2004-11-21": "apprec-v1.0.xsd",
    "http://www.kith.no/xmlstds/apprec/2012-02-15": "apprec-v1.1.xsd",
}
_PROBLEM: Final = "application/problem+json"
_SAID: Final = re.compile(r'OT="[^"]*"|<!--.*?-->', re.DOTALL)
_IDENTITY_NUMBER: Final = re.compile(r"(?<!\d)\d{11}(?!\d)")


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as a client has it; `seconds` is what it waited, alone, from the first byte to the last."""

    status: int
    media: str
    body: bytes
    seconds: float

    @classmethod
    def of(cls, answer: httpx.Response, seconds: float) -> "Heard":
        media = answer.headers.get("content-type", "").partition(";")[0]
        return cls(answer.status_code, media, answer.content, seconds)


@dataclass(slots=True)
class Tally:
    answers: Counter[str] = field(default_factory=Counter)
    """By status, and for an AppRec also by its status and the codes of its errors."""
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, what: str, heard: Heard) -> None:
        self.answers[named(heard)] += 1
        self.seconds.append(heard.seconds)
        self.faults += [f"{what}: {fault}" for fault in faults(heard)]

    def told(self) -> list[str]:
        centiles = statistics.quantiles(self.seconds, n=100, method="inclusive")
        waited = {"p50": centiles[49], "p99": centiles[98], "max": max(self.seconds)}
        lines = [f"{count:>6}  {name}" for name, count in self.answers.most_common()]
        return [*lines, "waited: " + ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in waited.items())]


def faults(heard: Heard) -> list[str]:
    """What is wrong with an answer."""
    found = [f"a server error ({heard.status})"] if heard.status >= 500 else []
    text = heard.body.decode(errors="replace")
    if any(trace in text for trace in STACK):
        found.append("a stack trace")
    if heard.seconds > LONGEST_S:
        found.append(f"answered after {heard.seconds:.2f} s")
    if heard.status == 200:
        return found + no_apprec(heard)
    return found + no_problem(heard, text)


def no_problem(heard: Heard, text: str) -> list[str]:
    found = [] if heard.media == _PROBLEM else [f"neither an AppRec nor a problem: {heard.media}"]
    return found + (["an identity number in a problem"] if _IDENTITY_NUMBER.search(text) else [])


def no_apprec(heard: Heard) -> list[str]:
    if heard.media != "application/xml":
        return [f"an AppRec as {heard.media}"]
    root = etree.fromstring(heard.body)
    name = _SCHEMAS.get(str(etree.QName(root).namespace))
    if name is None:
        return ["no AppRec"]
    schema = _schema(name)
    found = [] if schema.validate(etree.ElementTree(root)) else [f"not valid: {schema.error_log}"]
    said = " ".join(_SAID.findall(heard.body.decode()))
    return found + (["an identity number in what an AppRec tells"] if _IDENTITY_NUMBER.search(said) else [])


def named(heard: Heard) -> str:
    """`200 AppRec 2 E21 T02`, or `400`."""
    if heard.status != 200:
        return str(heard.status)
    root = etree.fromstring(heard.body)
    status, errors = root.find("{*}Status"), root.findall("{*}Error")
    codes = sorted({str(error.get("V")) for error in errors})
    return " ".join(("200 AppRec", str(status.get("V") if status is not None else None), *codes))


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / name))
