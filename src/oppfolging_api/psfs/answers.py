"""The answers of one conversation, a QuestionnaireResponse: https://hl7.org/fhir/R4/questionnaireresponse.html

Each activity is an item `activity` holding `key`, `name` and perhaps `score`. The key is the activity's identity from
one conversation to the next; the name may be worded anew.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.kernel.period import day_span, span
from oppfolging_api.psfs.form import ACTIVITY, HIGHEST, ID, KEY, LOWEST, MOST_ACTIVITIES, NAME, NEXT, NOTE, SCORE

Response = Mapping[str, Any]
Day = date

RULES: Final = {
    "psfs-activities": "En samtale har fra én til fem aktiviteter.",
    "psfs-key": "Hver aktivitet har sin egen nøkkel.",
    "psfs-name": "Hver aktivitet har et navn.",
    "psfs-score": "Poeng er hele tall fra 0 til 10.",
    "psfs-question": "Skjemaet har ikke dette spørsmålet.",
    "psfs-answer": "Hvert spørsmål har ett svar, av det slaget skjemaet sier.",
    "psfs-authored": "En fullført samtale har et tidspunkt.",
    "psfs-to-come": "En samtale er ikke datert fram i tid.",
    "psfs-next": "Neste samtale har en dato, tidligst samme dag og senest seks måneder etter denne.",
}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""

MONTHS_TO_NEXT: Final = 6

_FINISHED: Final = ("completed", "amended")
_BELOW: Final = {"": (ACTIVITY, NOTE, NEXT), ACTIVITY: (KEY, NAME, SCORE)}
_VALUE: Final = {
    KEY: "valueString",
    NAME: "valueString",
    SCORE: "valueInteger",
    NOTE: "valueString",
    NEXT: "valueDate",
}


@dataclass(frozen=True, slots=True)
class Activity:
    key: str
    name: str
    score: int | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """`authored` is in UTC, `date` the day it was in Norway."""

    id: str
    authored: datetime
    date: Day
    activities: tuple[Activity, ...]


class _Item(NamedTuple):
    path: str
    link: str
    body: Mapping[str, Any]


def is_psfs(response: Response, canonical: Canonical) -> bool:
    """Whether it answers this form, whichever version it names."""
    return str(response.get("questionnaire", "")).partition("|")[0] == canonical.questionnaire(ID)


def is_finished(response: Response) -> bool:
    """Whether the conversation has been held and written down, perhaps corrected since."""
    return response.get("status") in _FINISHED


def conversation(response: Response) -> Conversation:
    """Of a response that has `authored` and no problems."""
    authored = span(response["authored"])[0]
    return Conversation(
        id=response["id"],
        authored=authored,
        date=authored.astimezone(OSLO).date(),
        activities=tuple(_activity(group) for group in _groups(response)),
    )


def problems(response: Response, canonical: Canonical, today: Day) -> list[Issue]:
    """What this form does not allow in valid FHIR on a Norwegian day; nothing about the answers to other forms.

    Unfinished answers may lack anything, but what is there must be right. What was entered in error may be marked so
    whatever it holds, short of more activities than there is room for.
    """
    if not is_psfs(response, canonical):
        return []
    checks = _CHECKS.get(response.get("status", ""), _ALL)
    if _next in checks and _is_to_come(response, today):
        # The other dates are counted from this one, and the calendar has an end.
        return [_broken("psfs-to-come", "QuestionnaireResponse.authored", "authored is no later than today")]
    return [issue for check in checks for issue in check(response)]


def months_after(day: date, months: int) -> date:
    """The same day of the month, or the month's last where it is shorter: 31 August and six months is 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _activity(group: _Item) -> Activity:
    key, name, score = (_value(group.body, link) for link in (KEY, NAME, SCORE))
    return Activity(key or "", name or "", score)


def _items(holder: Mapping[str, Any], path: str, *links: str) -> list[_Item]:
    """The items of a response, an item or an answer with any of the links, or all of them."""
    placed = [_Item(f"{path}.item[{i}]", item.get("linkId", ""), item) for i, item in enumerate(holder.get("item", ()))]
    return [item for item in placed if not links or item.link in links]


def _groups(response: Response) -> list[_Item]:
    return _items(response, "QuestionnaireResponse", ACTIVITY)


def _holders(response: Response) -> list[_Item]:
    """What questions stand in: the response itself and each activity."""
    return [_Item("QuestionnaireResponse", "", response), *_groups(response)]


def _questions(response: Response) -> list[_Item]:
    """The items that are answered with a value."""
    return [item for holder in _holders(response) for item in _items(holder.body, holder.path) if item.link in _VALUE]


def _answers(item: _Item) -> list[tuple[str, Mapping[str, Any]]]:
    return [(f"{item.path}.answer[{i}]", answer) for i, answer in enumerate(item.body.get("answer", ()))]


def _value(holder: Mapping[str, Any], link: str) -> Any:
    """The answer to a question, None where there is none."""
    answers = [answer for item in _items(holder, "", link) for _, answer in _answers(item)]
    return answers[0].get(_VALUE[link]) if answers else None


def _full_date(text: str | None) -> date | None:
    """None for a year or a month alone, which FHIR calls dates too."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _broken(rule: str, expression: str, diagnostics: str) -> Issue:
    return Issue("business-rule", diagnostics, expression, rule, RULES[rule])


def _room(response: Response) -> Iterator[Issue]:
    groups = _groups(response)
    if len(groups) > MOST_ACTIVITIES:
        yield _broken("psfs-activities", groups[MOST_ACTIVITIES].path, f"at most {MOST_ACTIVITIES} activities")


def _some_activity(response: Response) -> Iterator[Issue]:
    if not _groups(response):
        yield _broken("psfs-activities", "QuestionnaireResponse.item", f"at least one item has linkId {ACTIVITY}")


def _known_links(response: Response) -> Iterator[Issue]:
    return _unknown(_Item("QuestionnaireResponse", "", response))


def _unknown(holder: _Item) -> Iterator[Issue]:
    known = _BELOW.get(holder.link, ())
    for item in _items(holder.body, holder.path):
        if item.link in known:
            yield from _unknown(item)
        else:
            expected = f"linkId is one of {', '.join(known)}" if known else "no items here"
            yield _broken("psfs-question", f"{item.path}.linkId", expected)
    for path, answer in _answers(holder):
        yield from _unknown(_Item(path, "answer", answer))


def _one_answer(response: Response) -> Iterator[Issue]:
    for holder in _holders(response):
        seen: set[str] = set()
        for item in _items(holder.body, holder.path, *_VALUE):
            if item.link in seen:
                yield _broken("psfs-answer", item.path, f"{item.link} stands once")
            seen.add(item.link)
    for item in _questions(response):
        for path, _ in _answers(item)[1:]:
            yield _broken("psfs-answer", path, f"{item.link} has one answer")


def _answer_types(response: Response) -> Iterator[Issue]:
    for item in _questions(response):
        rule = "psfs-score" if item.link == SCORE else "psfs-answer"
        for path, answer in _answers(item):
            if {element for element in answer if element.startswith("value")} - {_VALUE[item.link]}:
                yield _broken(rule, path, f"{item.link} is answered by {_VALUE[item.link]}")
    for group in _groups(response):
        for path, _ in _answers(group)[:1]:
            yield _broken("psfs-answer", path, f"{ACTIVITY} holds items, not answers")


def _scores(response: Response) -> Iterator[Issue]:
    for item in _questions(response):
        for path, answer in _answers(item):
            score = answer.get("valueInteger") if item.link == SCORE else None
            if score is not None and not (type(score) is int and LOWEST <= score <= HIGHEST):
                diagnostics = f"a whole number from {LOWEST} to {HIGHEST}"
                yield _broken("psfs-score", f"{path}.valueInteger", diagnostics)


def _own_keys(response: Response) -> Iterator[Issue]:
    seen: set[str] = set()
    for group in _groups(response):
        key = _value(group.body, KEY)
        if key in seen:
            yield _broken("psfs-key", group.path, "another activity has the same key")
        if key is not None:
            seen.add(key)


def _keys_and_names(response: Response) -> Iterator[Issue]:
    for group in _groups(response):
        for link, rule in ((KEY, "psfs-key"), (NAME, "psfs-name")):
            if not str(_value(group.body, link) or "").strip():
                yield _broken(rule, group.path, f"{link} is answered and not blank")


def _is_to_come(response: Response, today: Day) -> bool:
    return "authored" in response and span(response["authored"])[0] >= day_span(today)[1]


def _authored(response: Response) -> Iterator[Issue]:
    if "authored" not in response:
        yield _broken("psfs-authored", "QuestionnaireResponse.authored", "authored is required")


def _next(response: Response) -> Iterator[Issue]:
    for item in _items(response, "QuestionnaireResponse", NEXT):
        for path, answer in _answers(item):
            if "valueDate" in answer and not _in_time(_full_date(answer["valueDate"]), response.get("authored")):
                diagnostics = f"a full date at most {MONTHS_TO_NEXT} months after authored, and not before it"
                yield _broken("psfs-next", f"{path}.valueDate", diagnostics)


def _in_time(day: date | None, authored: str | None) -> bool:
    if day is None or authored is None:
        return day is not None
    held = span(authored)[0].astimezone(OSLO).date()
    return held <= day <= months_after(held, MONTHS_TO_NEXT)


_Check = Callable[[Response], Iterator[Issue]]
_WHAT_IS_THERE: Final[tuple[_Check, ...]] = (
    _room, _known_links, _one_answer, _answer_types, _scores, _own_keys, _next,
)  # fmt: skip
_ALL: Final[tuple[_Check, ...]] = (*_WHAT_IS_THERE, _some_activity, _keys_and_names, _authored)
_CHECKS: Final[Mapping[str, tuple[_Check, ...]]] = {
    "in-progress": _WHAT_IS_THERE,
    "stopped": _WHAT_IS_THERE,
    "entered-in-error": (_room,),
}
