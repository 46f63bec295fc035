"""How the cost of a search grows with the store: `python -m bench.scale` (or `make bench-scale`).

Each kind of search is asked in turn of a small and a large database, and of a copy of each that was never analyzed, all
served alike, by one client. What is compared is what that client waits: the 95th percentile, and the median. `--plans`
prints the plans PostgreSQL takes for some kinds instead.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from bench.kinds import KINDS, Facts, Kind, sample, token
from bench.plans import plans
from bench.servers import server
from bench.towns import Database, databases
from oppfolging_api.kernel.caller import Role
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres

_FIRST_PORT: Final = 8473
_VAR: Final = Path("var/bench")
_PEOPLE: Final = 10
_FEWEST: Final = 5
_LONGEST_S: Final = 5.0
"""What warming up and then the turns of one kind may take in one database; a slow one gets fewer of them."""


@dataclass(slots=True)
class Served:
    """One database with a server of its own; `took` holds the milliseconds of the answers to one kind."""

    settings: Settings
    database: Database
    client: httpx.Client
    facts: list[Facts]
    took: list[float] = field(default_factory=list)
    tokens: dict[tuple[Role, str], str] = field(default_factory=dict)

    def measure(self, kind: Kind, turn: int, fewest: int = 0) -> None:
        """Adds what one answer took, unless the answers took long enough already."""
        if len(self.took) >= fewest and sum(self.took) > _LONGEST_S * 1000:
            return
        facts = self.facts[turn % len(self.facts)]
        headers = {"Authorization": f"Bearer {self.token(kind.role, facts)}"}
        began = time.perf_counter()
        answer = self.client.get(kind.asked(facts), headers=headers)
        self.took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{kind.name}: {answer.text}"

    def token(self, role: Role, facts: Facts) -> str:
        whose = role, facts["worker"]
        if whose not in self.tokens:
            self.tokens[whose] = token(self.settings, self.database.town, role, facts)
        return self.tokens[whose]

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.took, n=20, method="inclusive")[-1]

    @property
    def p50(self) -> float:
        return statistics.median(self.took)


def main() -> None:
    asked = _arguments()
    kinds = [kind for kind in KINDS if not asked.kinds or kind.name in asked.kinds]
    with _settings(asked.url) as settings:
        both = [database for size in asked.sizes for database in databases(settings, size)]
        found = [database for database in both if database.analyzed or not asked.only_analyzed]
        if asked.plans:
            _print_plans(settings, found, kinds)
        else:
            _print_table(settings, found, kinds, asked.turns)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs=2, type=int, default=(10_000, 1_000_000), help="resources, small and large")
    parser.add_argument("--url", help="of a PostgreSQL to make the databases in, instead of one below var/bench")
    parser.add_argument("--turns", type=int, default=60, help="requests a kind and database")
    parser.add_argument("--kinds", nargs="+", metavar="KIND", help="only these")
    parser.add_argument("--only-analyzed", action="store_true", help="not the copies that were never analyzed")
    parser.add_argument("--plans", action="store_true", help="EXPLAIN (ANALYZE, BUFFERS) instead of measuring")
    return parser.parse_args()


@contextmanager
def _settings(url: str | None) -> Iterator[Settings]:
    """Of the PostgreSQL that holds the databases; the secret stays below var/bench with them."""
    _VAR.mkdir(parents=True, exist_ok=True)
    if url is not None:
        yield Settings(database_url=url, var=_VAR)
        return
    with EmbeddedPostgres.start(_VAR / "postgres") as embedded:
        yield Settings(database_url=embedded.url, var=_VAR)


def _print_plans(settings: Settings, found: Sequence[Database], kinds: Sequence[Kind]) -> None:
    for database in found:
        facts = sample(database.town, 1)[0]
        inside = settings.model_copy(update={"database_url": database.url})
        asked = [(kind.asked(facts), token(settings, database.town, kind.role, facts)) for kind in kinds]
        for kind, told in zip(kinds, plans(inside, asked), strict=True):
            print(f"\n{_name(database)}: {kind.name}: {kind.path}\n{told}", flush=True)


def _print_table(settings: Settings, found: Sequence[Database], kinds: Sequence[Kind], turns: int) -> None:
    """A line a kind: p95 and median of each database, and their ratios."""
    columns = [_name(database) for database in found]
    with ExitStack() as stack:
        served = [_served(stack, settings, database, number) for number, database in enumerate(found)]
        print(f"ms: p95 (median)      | {' | '.join(f'{name:>18}' for name in columns)} | {_RATIOS}")
        for kind in kinds:
            _measure(served, kind, turns)
            print(_line(kind, served), flush=True)


_RATIOS: Final = "large/small p95 (median) | never analyzed/analyzed, medians: small, large"


def _served(stack: ExitStack, settings: Settings, database: Database, number: int) -> Served:
    environment = {"OPPFOLGING_DATABASE_URL": database.url, "OPPFOLGING_VAR": str(settings.var)}
    running = stack.enter_context(server("oppfolging_api.serve:application", _FIRST_PORT + number, environment))
    client = stack.enter_context(httpx.Client(base_url=running.address, timeout=60))
    return Served(settings, database, client, sample(database.town, _PEOPLE))


def _measure(served: Sequence[Served], kind: Kind, turns: int) -> None:
    """In turn, so that whatever else the machine does falls on all alike."""
    for one in served:
        one.took.clear()
        for turn in range(_PEOPLE):
            one.measure(kind, turn)
        one.took.clear()
    for turn in range(turns):
        for one in served:
            one.measure(kind, turn, _FEWEST)


def _line(kind: Kind, served: Sequence[Served]) -> str:
    small, large = (one for one in served if one.database.analyzed)
    raw = [one for one in served if not one.database.analyzed]
    cells = " | ".join(f"{one.p95:8.1f} ({one.p50:7.1f})" for one in served)
    growth = f"{large.p95 / small.p95:6.2f} ({large.p50 / small.p50:6.2f})"
    never = " ".join(f"{one.p50 / known.p50:6.2f}" for one, known in zip(raw, (small, large), strict=False))
    return f"{kind.name:<21} | {cells} | {growth} | {never}"


def _name(database: Database) -> str:
    return f"{database.size}{'' if database.analyzed else ' raw'}"


if __name__ == "__main__":
    main()
