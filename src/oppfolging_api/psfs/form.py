"""The form itself, a packaged Questionnaire: https://hl7.org/fhir/R4/questionnaire.html

Up to five activities that matter and are hard, each scored by the person. Forms in use differ in direction; this one
says its own, 0 cannot do it and 10 without difficulty, so that series of different direction are never compared.
"""

from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical

ID: Final = "psfs"
VERSION: Final = "1.0"

ACTIVITY: Final = "activity"
KEY: Final = "key"
NAME: Final = "name"
SCORE: Final = "score"
NOTE: Final = "note"
NEXT: Final = "next"

MOST_ACTIVITIES: Final = 5
LOWEST: Final = 0
HIGHEST: Final = 10

_HL7: Final = "http://hl7.org/fhir/StructureDefinition"
_TITLE: Final = ("Hva er viktig for deg?", "Kva er viktig for deg?")
_TEXTS: Final = {
    ACTIVITY: (
        "Aktivitet som er viktig for deg og vanskelig å få til",
        "Aktivitet som er viktig for deg og vanskeleg å få til",
    ),
    KEY: (
        "Kjennetegn for aktiviteten, det samme i hver samtale",
        "Kjenneteikn for aktiviteten, det same i kvar samtale",
    ),
    NAME: ("Hvilken aktivitet?", "Kva for ein aktivitet?"),
    SCORE: (
        "Hvor godt får du det til? 0 = kan ikke utføre aktiviteten, 10 = uten vansker",
        "Kor godt får du det til? 0 = kan ikkje utføre aktiviteten, 10 = utan vanskar",
    ),
    NOTE: ("Merknad fra samtalen", "Merknad frå samtalen"),
    NEXT: ("Neste samtale, senest om seks måneder", "Neste samtale, seinast om seks månader"),
}
"""Bokmål and Nynorsk."""


def questionnaire(canonical: Canonical) -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire",
        "id": ID,
        "language": "nb",
        "extension": [{"url": canonical.extension("psfs-direction"), "valueCode": "higher-is-better"}],
        "url": canonical.questionnaire(ID),
        "version": VERSION,
        "name": "PSFS",
        "title": _TITLE[0],
        "_title": _nynorsk(_TITLE[1]),
        "status": "active",
        "subjectType": ["Patient"],
        "item": [_activity(), _item(NOTE, "text"), _item(NEXT, "date")],
    }


def _activity() -> dict[str, Any]:
    most = {"url": f"{_HL7}/questionnaire-maxOccurs", "valueInteger": MOST_ACTIVITIES}
    parts = [_item(KEY, "string", required=True), _item(NAME, "string", required=True), _score()]
    return {"extension": [most], **_item(ACTIVITY, "group", required=True), "repeats": True, "item": parts}


def _score() -> dict[str, Any]:
    """Not required: an activity may be named in one conversation and scored in a later one."""
    limits = [
        {"url": f"{_HL7}/minValue", "valueInteger": LOWEST},
        {"url": f"{_HL7}/maxValue", "valueInteger": HIGHEST},
    ]
    return {"extension": limits, **_item(SCORE, "integer")}


def _item(link: str, kind: str, *, required: bool = False) -> dict[str, Any]:
    bokmaal, nynorsk = _TEXTS[link]
    return {"linkId": link, "text": bokmaal, "_text": _nynorsk(nynorsk), "type": kind, "required": required}


def _nynorsk(text: str) -> dict[str, Any]:
    """Extension http://hl7.org/fhir/StructureDefinition/translation of a string element."""
    parts = [{"url": "lang", "valueCode": "nn"}, {"url": "content", "valueString": text}]
    return {"extension": [{"url": f"{_HL7}/translation", "extension": parts}]}
