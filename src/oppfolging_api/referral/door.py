"""What the municipality has settled for its one door: how soon, and under which addresses messages reach it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from oppfolging_api.settings import Settings


@dataclass(frozen=True, slots=True)
class Door:
    """`her_ids`: by municipality, the HER-ids at which messages for it arrive."""

    decision_days: int = 21
    her_ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_number: bool = False
    """Whether a municipality without HER-ids of its own goes by its number: in development, where none is real."""

    @classmethod
    def of(cls, settings: Settings) -> "Door":
        return cls(
            settings.decision_days,
            {number: municipality.her_ids for number, municipality in settings.municipalities.items()},
            settings.in_development,
        )

    def receives(self, municipality: str, her_ids: Iterable[str]) -> bool:
        """Whether one of a receiver's HER-ids is the municipality's."""
        own = self.her_ids.get(municipality) or frozenset({municipality} if self.by_number else ())
        return not own.isdisjoint(her_ids)

    def decide_by(self, received: date) -> date:
        return received + timedelta(days=self.decision_days)
