"""How soon a municipality answers, and under which addresses messages reach it."""

from datetime import date
from typing import Any

import pytest

from oppfolging_api.referral.door import Door
from oppfolging_api.settings import Settings


def settings(**given: Any) -> Settings:
    return Settings(_env_prefix="NOTHING_", **given)


FJORDVIK = {"9901": {"her_ids": ["90001", "90002"]}, "9902": {}}


def test_three_weeks_to_decide_unless_settled_otherwise() -> None:
    door, hurried = Door.of(settings()), Door.of(settings(decision_days=14))
    received = date(2026, 12, 20)
    assert (door.decide_by(received), hurried.decide_by(received)) == (date(2027, 1, 10), date(2027, 1, 3))


@pytest.mark.parametrize(
    ("municipality", "her_ids", "arrives"),
    [
        ("9901", ["90001"], True),
        ("9901", ["70001", "90002"], True),
        ("9901", ["70001"], False),
        ("9901", ["9901"], False),
        ("9901", [], False),
        ("9902", ["90001"], False),
    ],
)
def test_a_message_arrives_at_an_address_of_the_municipality(
    municipality: str, her_ids: list[str], arrives: bool
) -> None:
    assert Door.of(settings(municipalities=FJORDVIK)).receives(municipality, her_ids) is arrives


@pytest.mark.parametrize(("by_number", "arrives"), [(True, True), (False, False)])
def test_only_in_development_a_municipality_without_addresses_goes_by_its_number(
    by_number: bool, arrives: bool
) -> None:
    """Also one that is not configured at all."""
    door = Door(her_ids={"9902": frozenset()}, by_number=by_number)
    assert [door.receives(number, [number]) for number in ("9902", "9903")] == [arrives, arrives]
    assert Door.of(settings()).by_number
