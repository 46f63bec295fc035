"""A share of `make fuzz`: whatever is written, nothing fails, and what is stored passes the service's own $validate."""

from fuzz.drawing import each
from fuzz.judged import Tally
from fuzz.run import described, generated, send, validated
from fuzz.sent import Sent, created
from fuzz.world import WRITTEN, furnished
from support import Municipality, ok

BEGINNING = 20_260_101


def test_what_r4_allows_is_stored(town: Municipality) -> None:
    """All but what the service's own rules refuse, which are few."""
    world, answered = furnished(town), Tally()

    def one(sent: Sent) -> None:
        answered.note(sent.path, send(world, sent))

    each(created(), 60, BEGINNING, one)
    statuses = {status: sum(held[status] for held in answered.statuses.values()) for status in (201, 400, 422)}
    assert answered.faults == []
    assert len(answered.statuses) > 15
    assert statuses[400] == 0
    assert statuses[201] > 54
    assert validated(world, answered) > 54
    assert answered.faults == []


def test_any_write_search_or_operation_is_answered_and_what_stands_is_valid(town: Municipality) -> None:
    world, tally = furnished(town), Tally()
    generated(world, 200, BEGINNING, tally)
    stood = validated(world, tally)
    assert tally.faults == []
    assert tally.requests > 190
    assert stood > len(WRITTEN) + 20


def test_schemathesis_finds_no_fault_in_what_the_document_describes(town: Municipality) -> None:
    world, tally = furnished(town), Tally()
    described(world, ok(world.town.system.get("/openapi.json"), 200), 2, BEGINNING, tally)
    stood = validated(world, tally)
    assert tally.faults == []
    assert tally.requests > 90
    assert stood > len(WRITTEN)
