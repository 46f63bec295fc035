"""What is generated: a municipality in blocks, each with its people and those who work with them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.seed.setting import Setting

NAME: Final = "Prøvevik"
UNIT: Final = "ke"

LOADS: Final = (1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 6, 6, 7, 8)
"""How many people each coordinator of a block has: 35 % have one, 20 % two, 20 % more than five (DOMAIN section 8)."""
COORDINATOR_OF: Final = tuple(who for who, load in enumerate(LOADS) for _ in range(load))
BLOCK: Final = len(COORDINATOR_OF)
"""People a block."""


@dataclass(frozen=True, slots=True)
class Town:
    """Everything in it follows from these. Days are counted from `today`."""

    code: str
    people: int
    seed: int
    today: date
    canonical: Canonical

    @property
    def setting(self) -> Setting:
        return Setting(self.canonical, self.today, self.code, NAME, UNIT)

    @property
    def blocks(self) -> int:
        return -(-self.people // BLOCK)

    def numbers(self, block: int) -> range:
        """Those of the people of a block."""
        return range(block * BLOCK, min((block + 1) * BLOCK, self.people))
