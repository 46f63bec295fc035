"""What one referral by message costs the database: the resources it writes, and the statements it asks."""

from typing import Any

import pytest

from oppfolging_api.store import database
from oppfolging_api.store.statements import Statements
from plo_messages import Note, sent
from support import Municipality, identity_number

MADE = {"Patient": 1, "ServiceRequest": 1, "Task": 1, "Communication": 1}
ASKED = 3
"""Between the beginning, with which the caller enters, and the commit: who and what is there, the receipt, and all that
is written. Of the feedback that goes out with it nothing is asked."""


class Told:
    """A connection that tells what it is asked."""

    def __init__(self, connection: Any, asked: list[str]) -> None:
        self._connection, self._asked = connection, asked

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        self._asked.append(statement)
        return await self._connection.fetch(statement, *arguments)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of every transaction that writes; the service of the tests runs in their process."""
    found: list[str] = []

    def told(connection: Any) -> Statements:
        return Statements(Told(connection, found))  # type: ignore[arg-type]

    monkeypatch.setattr(database, "Statements", told)
    return found


def test_a_referral_writes_four_resources_and_asks_nothing_of_its_feedback(
    town: Municipality, asked: list[str]
) -> None:
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    note = Note(town.code, identity_number())
    asked.clear()
    assert sent(gp, note).status == "1"
    statements = list(asked)
    assert {kind: len(town.unit.found(kind)) for kind in MADE} == MADE
    assert len(statements) == ASKED
    for table in ("work", "feedback_link"):
        assert [one for one in statements if f"FROM {table} " in one or f"JOIN {table} " in one] == []
