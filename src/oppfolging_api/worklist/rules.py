"""The rules of the worklist as a table: what each wants, what may change that, and what its Task says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.vocabulary import Worklist
from oppfolging_api.worklist import wanted

_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"


def never(_change: Change, _canonical: Canonical) -> bool:
    return False


def is_rejected(change: Change, _canonical: Canonical) -> bool:
    """Feedback that its receiver's system now says it has not taken."""
    said = [(held or {}).get("statusReason") for held in (change.before, change.after)]
    return change.type.name == "Communication" and said[1] is not None and said[0] != said[1]


@dataclass(frozen=True, slots=True)
class Rule:
    """`wanted`: SQL (worklist/wanted.py). `looks_at`: the types whose changes may make it say something else.

    What it no longer says is ended with the change that made it so. What it says anew waits for the daily run, unless
    the change is one that is to be seen `at_once`. `about_person`: whether the Task names the person.
    """

    code: Worklist
    wanted: str
    looks_at: frozenset[str]
    nb: str
    nn: str
    about_person: bool = True
    at_once: Callable[[Change, Canonical], bool] = never


TABLE: Final = (
    Rule(
        Worklist.FEEDBACK_UNDELIVERED,
        wanted.FEEDBACK_UNDELIVERED,
        frozenset({"Communication"}),
        "Avsenderen har ikke kvittert for en tilbakemelding. Ta kontakt på annen måte.",
        "Avsendaren har ikkje kvittert for ei tilbakemelding. Ta kontakt på annan måte.",
        about_person=False,
        at_once=is_rejected,
    ),
)
BY_CODE: Final = {rule.code.value: rule for rule in TABLE}


def texts(rule: Rule, detail: str | None) -> Body:
    """The elements of the Task that people read: what is to be done and why, in Bokmål and Nynorsk."""
    parts = [{"url": "lang", "valueCode": "nn"}, {"url": "content", "valueString": rule.nn}]
    said: Body = {
        "description": rule.nb,
        "_description": {"extension": [{"url": _TRANSLATION, "extension": parts}]},
    }
    return said | ({"reasonCode": {"text": detail}} if detail else {})
