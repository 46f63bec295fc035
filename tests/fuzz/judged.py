"""What every answer must be, whatever was asked; and the count of what was answered."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from support import FHIR_JSON

STACK: Final = ("Traceback (most recent call last)", 'File "/', "asyncpg.exceptions", "sqlalchemy.exc")
NO_RESOURCE: Final = ("/fhir/.well-known/", "/health/", "/referral")
SHOWN: Final = 600


@dataclass(frozen=True, slots=True)
class Answered:
    request: str
    """Method and path."""
    status: int
    media: str
    text: str


@dataclass(slots=True)
class Tally:
    """`statuses` by what sent the requests; `faults` tell each answer that must not be."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, source: str, answer: Answered) -> None:
        self.statuses.setdefault(source, Counter())[answer.status] += 1
        self.faults += [
            f"{source}: {fault}: {answer.request} -> {answer.status} {answer.text[:SHOWN]}" for fault in faults(answer)
        ]

    @property
    def requests(self) -> int:
        return sum(sum(counted.values()) for counted in self.statuses.values())

    def told(self) -> list[str]:
        """A line for each source, of how many answers had each class of status."""
        return [f"{source:<13} {_classes(counted)}" for source, counted in sorted(self.statuses.items())]


def faults(answer: Answered) -> list[str]:
    """What is wrong with an answer."""
    found = ["a server error"] if answer.status >= 500 else []
    if any(trace in answer.text for trace in STACK):
        found.append("a stack trace")
    path = answer.request.partition(" ")[2]
    if path.startswith("/fhir") and not path.startswith(NO_RESOURCE):
        found += _no_fhir(answer)
    return found


def _no_fhir(answer: Answered) -> list[str]:
    if not answer.text and answer.status < 400:
        return []
    if answer.media.partition(";")[0] != FHIR_JSON:
        return ["not FHIR JSON"]
    kind = _resource_type(answer.text)
    if kind is None or (answer.status >= 400 and kind != "OperationOutcome"):
        return ["not the resource it should be"]
    return []


def _resource_type(text: str) -> str | None:
    try:
        body: Any = json.loads(text)
    except ValueError:
        return None
    kind = body.get("resourceType") if isinstance(body, dict) else None
    return kind if isinstance(kind, str) else None


def _classes(counted: Counter[int]) -> str:
    """`2xx 12 (200 10, 201 2)` and so on."""
    told = []
    for begins in "2345":
        codes = {status: counted[status] for status in sorted(counted) if str(status)[0] == begins}
        detail = ", ".join(f"{status} {count}" for status, count in codes.items())
        told.append(f"{begins}xx {sum(codes.values())}{f' ({detail})' if detail else ''}")
    return "  ".join(told)
