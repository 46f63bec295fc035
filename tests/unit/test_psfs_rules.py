from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from oppfolging_api.psfs.answers import Activity, Conversation
from oppfolging_api.psfs.rules import change_of_mean, changes, is_marked, marked_improvement, mean, total


def held(**scores: int | None) -> Conversation:
    """A conversation of activities by key, None where one is named but not scored."""
    activities = tuple(Activity(key, key.title(), score) for key, score in scores.items())
    return Conversation("c", datetime(2026, 11, 22, 8, tzinfo=UTC), date(2026, 11, 22), activities)


def test_the_total_is_the_sum_and_the_mean_is_over_the_scored_activities() -> None:
    conversation = held(stairs=3, football=4, cooking=None)
    assert (total(conversation), mean(conversation)) == (7, Decimal("3.5"))


def test_scores_of_zero_count() -> None:
    assert (total(held(stairs=0, football=1)), mean(held(stairs=0, football=1))) == (1, Decimal("0.5"))
    assert (total(held(stairs=0)), mean(held(stairs=0))) == (0, Decimal("0"))


def test_where_nothing_is_scored_there_is_no_total_and_no_mean() -> None:
    assert (total(held(stairs=None)), mean(held(stairs=None))) == (None, None)


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        (held(a=5, b=5, c=10), "6.6666666666666667"),
        (held(a=2, b=2, c=2, d=2, e=3), "2.2"),
        (held(a=1, b=1, c=1, d=2), "1.25"),
        (held(a=10, b=10), "10"),
    ],
    ids=["thirds", "fifths", "quarters", "whole"],
)
def test_the_mean_is_not_rounded(conversation: Conversation, expected: str) -> None:
    assert str(mean(conversation)) == expected


def test_each_activity_changes_by_this_score_minus_the_previous_one() -> None:
    previous, current = held(stairs=3, football=4, cooking=6), held(stairs=5, football=4, cooking=1)
    assert changes(previous, current) == {"stairs": 2, "football": 0, "cooking": -5}


def test_an_activity_scored_in_only_one_conversation_is_left_out_of_what_is_compared() -> None:
    previous, current = held(stairs=2, football=4, cooking=9), held(stairs=4, football=7, travel=0)
    assert changes(previous, current) == {"stairs": 2, "football": 3}
    assert change_of_mean(previous, current) == Decimal("2.5")
    assert (mean(previous), mean(current)) == (Decimal("5"), Decimal("3.6666666666666667"))


def test_an_activity_named_but_not_scored_is_not_compared() -> None:
    previous, current = held(stairs=2, football=None, cooking=1), held(stairs=3, football=8, cooking=None)
    assert changes(previous, current) == {"stairs": 1}
    assert change_of_mean(previous, current) == Decimal("1")


def test_without_an_activity_in_common_nothing_is_compared() -> None:
    previous, current = held(stairs=0), held(football=10)
    assert (changes(previous, current), change_of_mean(previous, current)) == ({}, None)
    assert marked_improvement(previous, current) is False


@pytest.mark.parametrize(
    ("previous", "current", "change", "marked"),
    [
        (held(a=3), held(a=5), "2", True),
        (held(a=1, b=2, c=3), held(a=2, b=5, c=5), "2", True),
        (held(a=1, b=1, c=1), held(a=2, b=2, c=4), "1.6666666666666667", False),
        (held(a=1, b=1, c=1, d=1), held(a=2, b=3, c=3, d=3), "1.75", False),
        (held(a=1, b=1, c=1, d=1, e=1), held(a=2, b=3, c=3, d=3, e=3), "1.8", False),
        (held(a=1, b=1, c=1), held(a=3, b=3, c=4), "2.3333333333333333", True),
        (held(a=4, b=4), held(a=4, b=4), "0", False),
        (held(a=9, b=8), held(a=2, b=3), "-6", False),
        (held(a=2, b=2, c=2), held(a=1, b=2, c=2), "-0.33333333333333333", False),
    ],
    ids=[
        "exactly two",
        "exactly two over thirds",
        "under by a third",
        "under by a quarter",
        "under by a fifth",
        "over",
        "none",
        "fall",
        "slight fall",
    ],
)
def test_a_rise_of_two_or_more_is_a_marked_improvement_and_a_fall_is_only_a_number(
    previous: Conversation, current: Conversation, change: str, marked: bool
) -> None:
    assert str(change_of_mean(previous, current)) == change
    assert marked_improvement(previous, current) is marked


@pytest.mark.parametrize(("change", "marked"), [("2", True), ("1.99", False), ("2.01", True), ("-2", False)])
def test_what_only_rounds_to_two_is_not_marked(change: str, marked: bool) -> None:
    assert is_marked(Decimal(change)) is marked


def test_a_high_new_activity_does_not_make_a_marked_improvement() -> None:
    assert marked_improvement(held(stairs=2), held(stairs=3, football=10)) is False


def test_dropping_a_low_activity_does_not_make_a_marked_improvement() -> None:
    assert marked_improvement(held(stairs=7, football=0), held(stairs=7)) is False
