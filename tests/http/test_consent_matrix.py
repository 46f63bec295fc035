"""Every caller x state of consent x kind of information x interaction, as the tables in consent_matrix.py say."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import pytest
from consent_asked import goals_as, one_as
from consent_matrix import (
    BRIEF,
    CONSENTS,
    EMERGENCIES,
    GUARDED,
    GUARDIANS,
    INTERACTIONS,
    LABELS,
    READERS_OF,
    REFERRERS,
    RELATIONS,
    TOLD,
    Line,
    cells,
)
from consent_world import Case, Office, case_of, guarded_case
from power_matrix import CHANGED, CHANGES, POWERS, SCOPED, SCOPES
from power_world import Scoped, changes_as
from reader_world import emergency_of, told_by
from relation_world import RELATED, related

from oppfolging_api.access.development import DevelopmentIssuer
from support import MovableClock, Municipality

Cases = Callable[[str], Case]


@pytest.fixture(scope="session")
def office(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> Office:
    return Office(Municipality(server, issuer, session_clock, "7013"))


@pytest.fixture(scope="session")
def cases(office: Office) -> Cases:
    """By state of consent."""
    return cache(lambda state: case_of(office, LABELS, state))


@pytest.fixture(scope="session")
def guarded(office: Office) -> Cases:
    return cache(lambda state: guarded_case(office, GUARDED, state))


def _same(line: Line, found: Iterable[Iterator[str]], columns: Sequence[str], interactions: Sequence[str]) -> None:
    """Raises AssertionError with each cell that differs."""
    wrong = [
        f"{interaction} of {column}: {letter}, the table says {expected}"
        for column, letters, told in zip(columns, found, line.cells, strict=True)
        for interaction, letter, expected in zip(interactions, letters, told, strict=True)
        if letter != expected
    ]
    assert not wrong, "\n".join(wrong)


def _named(line: Line) -> str:
    return f"{line.role}-{line.state}"


@pytest.mark.parametrize("line", CONSENTS, ids=_named)
def test_a_caller_sees_what_consent_leaves(cases: Cases, line: Line) -> None:
    _same(line, goals_as(cases(line.state), line.role), LABELS, INTERACTIONS)


@pytest.mark.parametrize("line", GUARDIANS, ids=_named)
def test_a_guardian_sees_what_their_authority_is_about(guarded: Cases, line: Line) -> None:
    _same(line, goals_as(guarded(line.state), line.role), GUARDED, INTERACTIONS)


@pytest.mark.parametrize("line", RELATIONS, ids=_named)
def test_a_caller_stands_to_a_person_as_things_are_now(office: Office, line: Line) -> None:
    case = related(office, line.role, line.state)
    _same(line, goals_as(case, line.role), ("work",), INTERACTIONS)


@pytest.mark.parametrize("line", EMERGENCIES, ids=_named)
def test_who_may_read_in_an_emergency_reads_the_crisis_plan_alone(office: Office, line: Line) -> None:
    api, held = emergency_of(office, line.state)
    _same(line, (one_as(api, held[name]) for name in READERS_OF), READERS_OF, BRIEF)


@pytest.mark.parametrize("line", REFERRERS, ids=_named)
def test_a_sender_sees_their_referral_and_the_answers_that_are_not_withheld(office: Office, line: Line) -> None:
    api, held = told_by(office, line.state)
    _same(line, (one_as(api, held[name]) for name in TOLD), TOLD, BRIEF)


@pytest.fixture(scope="session")
def scoped(office: Office) -> Scoped:
    return Scoped.of(office)


@pytest.mark.parametrize("line", SCOPES, ids=_named)
def test_a_token_does_what_its_scopes_leave_of_its_roles(scoped: Scoped, line: Line) -> None:
    _same(line, (scoped.letters(line.state, column) for column in SCOPED), SCOPED, POWERS)


@pytest.mark.parametrize("line", CHANGED, ids=_named)
def test_who_may_see_what_is_not_for_everyone_to_change(office: Office, line: Line) -> None:
    _same(line, [changes_as(office, line.role)], ["a person's"], CHANGES)


def test_the_tables_are_of_more_than_two_thousand_cells_about_consent() -> None:
    assert sum(1 for _ in cells(CONSENTS)) >= 7000
    assert sum(1 for _ in cells((*GUARDIANS, *RELATIONS, *EMERGENCIES, *REFERRERS))) >= 2500


def test_no_relation_is_made_that_the_table_forgets() -> None:
    assert {(line.role, line.state) for line in RELATIONS} == set(RELATED)
