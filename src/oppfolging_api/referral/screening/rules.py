"""The rules of the screening, which are data: rules.json, read and checked as the service starts.

The guide has criteria and no figures, so lists and thresholds are this service's own and will change: whoever changes
them raises the version, which every answer names.
"""

from functools import cached_property
from importlib.resources import files
from string import ascii_uppercase
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from oppfolging_api.referral.form import Criterion

Figure = Literal["age", "medicines", "gpContacts", "emergencyContacts", "admissions"]
"""A field of a row that is a number; its diagnoses are counted by list."""
FIGURES: Final[tuple[Figure, ...]] = get_args(Figure)

_POSSIBLE: Final = tuple(f"{chapter}{number:02}" for chapter in ascii_uppercase for number in range(100))

Text = Annotated[str, StringConstraints(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Both(_Data):
    """Bokmål and Nynorsk."""

    nb: Text
    nn: Text


class Codes(_Data):
    """ICPC-2 codes, or what several of them begin with: `Z0` is Z00 to Z09."""

    description: Text
    codes: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{0,2}$")], ...] = Field(min_length=1)

    @cached_property
    def whole(self) -> frozenset[str]:
        """All codes of the list, of those that ICPC-2 has and those it might."""
        return frozenset(code for code in _POSSIBLE if code.startswith(self.codes))


class Condition(_Data):
    """A figure, or how many different codes of a list there are, within bounds that belong to it."""

    what: Text
    least: int | None = Field(None, ge=1)
    most: int | None = Field(None, ge=0)

    def holds(self, number: int) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


class Rule(_Data):
    """A criterion is met where all conditions hold. The texts have places `{what}`, `{what}_least`, `{what}_most`."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    criterion: Criterion
    description: Text
    when: tuple[Condition, ...] = Field(min_length=1)
    nb: Text
    nn: Text

    @model_validator(mode="after")
    def _is_a_reason(self) -> Self:
        if not any(one.what != "age" and one.least for one in self.when):
            raise ValueError("nobody meets a criterion by age alone, or by having none of something")
        try:
            self.told({one.what: 0 for one in self.when})
        except (KeyError, IndexError, ValueError):
            raise ValueError("a text has a place for what the rule does not look at") from None
        return self

    @cached_property
    def _bounds(self) -> dict[str, object]:
        bounds = {f"{one.what}_{end}": getattr(one, end) for one in self.when for end in ("least", "most")}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    def told(self, found: dict[str, object]) -> tuple[str, str]:
        """The texts about what a row has."""
        places = self._bounds | found
        return self.nb.format_map(places), self.nn.format_map(places)


class Rules(_Data):
    id: Text
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+$")]
    source: Both
    next: Both
    lists: dict[str, Codes]
    settled: dict[Criterion, tuple[Figure | Literal["diagnoses"], ...]]
    """By criterion the fields that settle it: where all are known and no rule is met, neither is the criterion. Without
    any, figures can show that it is met and never that it is not."""
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if {one.what for rule in self.rules for one in rule.when} - {*FIGURES, *self.lists}:
            raise ValueError("a rule looks at what is neither a figure of a row nor a list")
        if len({rule.id for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have the same id")
        if set(self.settled) != set(Criterion):
            raise ValueError("of each criterion it is said which fields of a row settle it")
        return self


CURRENT: Final = Rules.model_validate_json((files(__package__) / "rules.json").read_bytes())
