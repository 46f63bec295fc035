"""Turning any one rule of access off makes cells of the matrices fail, on a server and a database of their own."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice

import pytest
from consent_world import Office
from matrix_world import Workplace, build
from mutants import MUTANTS, Mutant
from mutated_world import Asked, Cells
from sql_mutants import SQL_MUTANTS, SqlMutant

import oppfolging_api.app
from audit import Store
from conftest import Databases
from oppfolging_api.access import policy
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.interactions.read import statement_of
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.keys import development_issuer
from oppfolging_api.runtime import registry_of
from oppfolging_api.settings import Settings
from support import MovableClock, Municipality, running

_SOURCE = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = $1 AND pronamespace = 'public'::regnamespace"


@pytest.fixture(scope="session")
def own(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    url = databases.migrated()
    return Settings(database_url=url, var=tmp_path_factory.mktemp("mutants"), _env_prefix="NOTHING_")


@pytest.fixture(scope="session")
def served(own: Settings) -> Iterator[tuple[str, Registry]]:
    """The address of the server, and what it serves."""
    made: list[Registry] = []

    def known(settings: Settings, keys: PersonKeys) -> Registry:
        made.append(registry_of(settings, keys))
        return made[0]

    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(oppfolging_api.app, "registry_of", known)
            address = stack.enter_context(running(own, MovableClock()))
        yield address, made[0]


@pytest.fixture(scope="session")
def cells(served: tuple[str, Registry], own: Settings) -> Cells:
    def town(code: str) -> Municipality:
        return Municipality(served[0], development_issuer(own), MovableClock(), code)

    return Cells(Office(town("7013")), build(town("7003"), town("7004")), Workplace(town("7005")))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_rule_that_is_off_is_noticed(cells: Cells, served: tuple[str, Registry], mutant: Mutant) -> None:
    asked = cells.asked(mutant.noticed_by)
    with pytest.MonkeyPatch.context() as patch:
        mutant.off(patch, served[1])
        statement_of.cache_clear()
        noticed_after = _as_told(asked())
    statement_of.cache_clear()
    _told_again(asked(), noticed_after)


@pytest.mark.parametrize("mutant", SQL_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_rule_of_the_database_that_is_off_is_noticed(cells: Cells, own: Settings, mutant: SqlMutant) -> None:
    asked = cells.asked(mutant.noticed_by)
    with _replaced(Store(own), mutant):
        noticed_after = _as_told(asked())
    _told_again(asked(), noticed_after)


def _as_told(cells: Asked) -> int:
    """How many cells are as told before one that is not. Raises AssertionError where every one is."""
    for place, as_told in enumerate(cells):
        if not as_told:
            return place
    raise AssertionError("no cell is otherwise while the rule is off")


def _told_again(cells: Asked, place: int) -> None:
    """The cell that noticed, and those before it, are as told once the rule is on again."""
    assert all(islice(cells, place + 1))


@contextmanager
def _replaced(store: Store, mutant: SqlMutant) -> Iterator[None]:
    ((source,),) = store.ask(_SOURCE, mutant.function)
    store.ask(mutant.off(source))
    try:
        yield
    finally:
        store.ask(source)


def test_no_standing_is_without_its_mutants() -> None:
    """It is removed, and where it is to some rows only, or withholds, that is off too."""
    names = {mutant.name for mutant in MUTANTS}
    for one in policy.STANDINGS:
        assert f"no {one.name}" in names
        assert one.condition == "true" or f"{one.name} to everybody" in names
        assert not one.withheld or f"nothing withheld from {one.name}" in names


@pytest.mark.parametrize("function", ["enter", "permitted"])
def test_no_clause_of_time_or_state_is_without_its_mutant(own: Settings, function: str) -> None:
    ((source,),) = Store(own).ask(_SOURCE, function)
    clauses = re.findall(
        r"AND (?:[a-z]\.(?:active|open|guardian|coordinator)\b|\([a-z]\.(?:starts|ends) IS NULL)", source
    )
    told = [mutant.text for mutant in SQL_MUTANTS if mutant.function == function]
    assert len(clauses) == sum(1 for text in told if text.startswith(tuple(clauses)))
