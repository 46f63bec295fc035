"""Hypothesis as a source of examples: nothing is kept, nothing is made smaller, and what happens is noted elsewhere."""

from collections.abc import Callable
from random import Random
from typing import Final, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Made = TypeVar("Made")
CHANCES: Final = st.lists(st.integers(0, 2**20 - 1), min_size=4, max_size=4).map(lambda seeds: Random(repr(seeds)))  # noqa: S311
"""Of larger integers hypothesis prefers the small ones, and they come again and again."""

FRESH: Final = 10
"""As many as hypothesis makes anew; after them five of six are an earlier one with a part of it said twice."""
BATCHES: Final = 1_000_000


def each(strategy: st.SearchStrategy[Made], most: int, beginning: int, do: Callable[[Made], None]) -> None:
    """Give `do` so many examples, or all where there are fewer; the same ones for the same beginning."""
    for batch, begun in enumerate(range(0, most, FRESH)):
        _few(strategy, min(FRESH, most - begun), beginning * BATCHES + batch, do)


def _few(strategy: st.SearchStrategy[Made], most: int, beginning: int, do: Callable[[Made], None]) -> None:
    @seed(beginning)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made=strategy)
    def one(made: Made) -> None:
        do(made)

    one()
