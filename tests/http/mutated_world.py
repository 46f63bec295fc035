"""The world that mutants are tried in: cells of every matrix, by the names of their lines."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from consent_asked import goals_as, one_as
from consent_matrix import (
    CONSENTS,
    EMERGENCIES,
    GUARDED,
    GUARDIANS,
    LABELS,
    READERS_OF,
    REFERRERS,
    RELATIONS,
    TOLD,
    Line,
)
from consent_world import Office, case_of, guarded_case
from matrix import INTERACTIONS, LINES, RELABELLED, TARGETS
from matrix_asked import relabelled, tried, versions_seen
from matrix_world import Workplace, World
from power_matrix import CHANGED, SCOPED, SCOPES
from power_world import Scoped, changes_as
from reader_world import emergency_of, told_by
from relation_world import related

Asked = Iterator[bool]
"""Whether each cell of a line is as its table says, asked for when it is taken."""
_SOME_LABELS = ("none", "mental-health", "work", "third-party")
_SOME_GUARDED = ("none", "economy", "work")
"""The columns that are tried."""


class Cells:
    """Whatever a line needs is made when it is first asked for by name, before anything is turned off."""

    def __init__(self, office: Office, world: World, workplace: Workplace) -> None:
        self._office, self._world, self._workplace = office, world, workplace
        self._case = cache(lambda state: case_of(office, _SOME_LABELS, state))
        self._guarded = cache(lambda state: guarded_case(office, _SOME_GUARDED, state))
        self._related = cache(lambda role, state: related(office, role, state))
        self._emergency = cache(lambda state: emergency_of(office, state))
        self._told = cache(lambda state: told_by(office, state))
        self._scoped = cache(lambda: Scoped.of(office))

    def asked(self, name: str) -> Callable[[], Asked]:
        table, role, *rest = name.split(" ", 2)
        made: dict[str, Callable[..., Callable[[], Asked]]] = {
            "consent": self._consent,
            "guardian": self._guardian,
            "relation": self._relation,
            "emergency": self._read_in_emergency,
            "referrer": self._referrer,
            "scopes": self._scopes,
            "change": self._changes,
            "matrix": self._matrix,
            "relabelled": self._relabelled,
        }
        return made[table](role, *rest)

    def _consent(self, role: str, state: str) -> Callable[[], Asked]:
        line, case = _line(CONSENTS, role, state), self._case(state)
        told = [line.cells[LABELS.index(label)] for label in _SOME_LABELS]
        return lambda: _alike(goals_as(case, role), told)

    def _guardian(self, role: str, state: str) -> Callable[[], Asked]:
        line, case = _line(GUARDIANS, role, state), self._guarded(state)
        told = [line.cells[GUARDED.index(label)] for label in _SOME_GUARDED]
        return lambda: _alike(goals_as(case, role), told)

    def _relation(self, role: str, state: str) -> Callable[[], Asked]:
        line, case = _line(RELATIONS, role, state), self._related(role, state)
        return lambda: _alike(goals_as(case, role), line.cells)

    def _read_in_emergency(self, state: str) -> Callable[[], Asked]:
        line, (api, held) = _line(EMERGENCIES, "emergency", state), self._emergency(state)
        return lambda: _alike((one_as(api, held[name]) for name in READERS_OF), line.cells)

    def _referrer(self, role: str, state: str) -> Callable[[], Asked]:
        line, (api, held) = _line(REFERRERS, role, state), self._told(state)
        return lambda: _alike((one_as(api, held[name]) for name in TOLD), line.cells)

    def _scopes(self, role: str, scopes: str) -> Callable[[], Asked]:
        line, scoped = _line(SCOPES, role, scopes), self._scoped()
        return lambda: _alike((scoped.letters(scopes, column) for column in SCOPED), line.cells)

    def _changes(self, role: str) -> Callable[[], Asked]:
        line = _line(CHANGED, role, "")
        return lambda: _alike([changes_as(self._office, role)], line.cells)

    def _matrix(self, role: str, type: str) -> Callable[[], Asked]:
        (line,) = (line for line in LINES if (line.role, line.type) == (role, type))
        told = {
            (target, interaction): letter
            for target, letters in zip(TARGETS, line.cells, strict=True)
            for interaction, letter in zip(INTERACTIONS, letters, strict=True)
        }
        return lambda: (told[target, asked] == letter for target, asked, letter in tried(self._world, line))

    def _relabelled(self, role: str, change: str) -> Callable[[], Asked]:
        (line,) = (one for one in RELABELLED if f"{one.first}-{one.second}" == change)
        api, goal = relabelled(self._workplace, line, role)
        return lambda: iter([versions_seen(api, goal["id"]) == line.seen[role]])


def _alike(found: Iterable[Iterator[str]], told: Sequence[str]) -> Asked:
    for letters, expected in zip(found, told, strict=True):
        yield from (letter == cell for letter, cell in zip(letters, expected, strict=True))


def _line(lines: tuple[Line, ...], role: str, state: str) -> Line:
    (found,) = (line for line in lines if (line.role, line.state) == (role, state))
    return found
