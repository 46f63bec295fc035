"""The conversations of one person in order, each with its change from the one before, as FHIR Parameters."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from oppfolging_api.psfs.answers import Activity, Conversation, conversation, is_finished
from oppfolging_api.psfs.rules import change_of_mean, changes, marked_improvement, mean, total

Part = dict[str, Any]


def trend(responses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One parameter `conversation` for each finished conversation, in order of `authored`.

    `responses` answer this form and are about one person. Numbers are not rounded; decimals are Decimal objects.
    """
    finished = sorted(map(conversation, filter(is_finished, responses)), key=lambda held: (held.authored, held.id))
    told = [_parameter(previous, current) for previous, current in pairwise([None, *finished]) if current]
    return {"resourceType": "Parameters", **({"parameter": told} if told else {})}


def _parameter(previous: Conversation | None, current: Conversation) -> Part:
    return {"name": "conversation", "part": [*_of_itself(previous, current), *_compared(previous, current)]}


def _of_itself(previous: Conversation | None, current: Conversation) -> list[Part]:
    change = changes(previous, current) if previous else {}
    return [
        {"name": "response", "valueReference": {"reference": f"QuestionnaireResponse/{current.id}"}},
        {"name": "date", "valueDate": current.date.isoformat()},
        *_given("total", "valueInteger", total(current)),
        *_given("mean", "valueDecimal", mean(current)),
        *(_activity(activity, change.get(activity.key)) for activity in current.activities),
    ]


def _activity(activity: Activity, change: int | None) -> Part:
    parts = [
        {"name": "key", "valueString": activity.key},
        {"name": "name", "valueString": activity.name},
        *_given("score", "valueInteger", activity.score),
        *_given("change", "valueInteger", change),
    ]
    return {"name": "activity", "part": parts}


def _compared(previous: Conversation | None, current: Conversation) -> list[Part]:
    """The first conversation has nothing to be compared with."""
    if previous is None:
        return []
    return [
        *_given("compared-mean-change", "valueDecimal", change_of_mean(previous, current)),
        {"name": "marked-improvement", "valueBoolean": marked_improvement(previous, current)},
    ]


def _given(name: str, element: str, value: object | None) -> Iterable[Part]:
    return () if value is None else ({"name": name, element: value},)
