"""What a conversation's scores show: DOMAIN section 4, and Suldal's form for what is marked.

A fall is a number and never labelled: for many it is the illness.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from oppfolging_api.psfs.answers import Conversation

MARKED: Final = Decimal(2)
"""Points the compared mean rises by, from the previous conversation, in a marked improvement."""

_EXACT: Final = Context(prec=17)
"""FHIR R5 settles a decimal at no more than 17 decimals; only a mean over three activities has more."""


def total(conversation: Conversation) -> int | None:
    """The sum of the scores; None where nothing was scored, which is not a total of 0."""
    scores = scored(conversation).values()
    return sum(scores) if scores else None


def mean(conversation: Conversation) -> Decimal | None:
    """Over the scored activities, not rounded; None where nothing was scored."""
    return _mean(scored(conversation))


def changes(previous: Conversation, current: Conversation) -> dict[str, int]:
    """This score minus the previous one, by activity key; only the activities both conversations scored."""
    before, now = scored(previous), scored(current)
    return {key: score - before[key] for key, score in now.items() if key in before}


def change_of_mean(previous: Conversation, current: Conversation) -> Decimal | None:
    """The change of the mean over the activities both conversations scored; None without one in common."""
    return _mean(changes(previous, current))


def marked_improvement(previous: Conversation, current: Conversation) -> bool:
    """True where the mean over the activities both conversations scored rose by 2 or more (Suldal's PSFS form)."""
    return is_marked(change_of_mean(previous, current))


def is_marked(change: Decimal | None) -> bool:
    """Asked of the change itself, never of a rounded one: 1.99 is not marked."""
    return change is not None and change >= MARKED


def scored(conversation: Conversation) -> dict[str, int]:
    """Scores by activity key."""
    return {activity.key: activity.score for activity in conversation.activities if activity.score is not None}


def _mean(points: Mapping[str, int]) -> Decimal | None:
    return _EXACT.divide(Decimal(sum(points.values())), Decimal(len(points))) if points else None
