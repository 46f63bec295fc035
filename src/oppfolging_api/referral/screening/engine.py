"""What the rules say of each row: facts for the GP to look at, without score, order or decision.

https://www.helsedirektoratet.no/veiledere/oppfolging-av-personer-med-store-og-sammensatte-behov
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oppfolging_api.referral.form import Criterion
from oppfolging_api.referral.screening.form import Row
from oppfolging_api.referral.screening.rules import FIGURES, Rule, Rules

_GUIDE: Final = tuple(Criterion)
"""In the order of the guide."""


@dataclass(frozen=True, slots=True)
class Texts:
    nb: str
    nn: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that is met, and what of the row met it."""

    rule: str
    nb: str
    nn: str


@dataclass(frozen=True, slots=True)
class Met:
    criterion: Criterion
    why: list[Reason]


@dataclass(frozen=True, slots=True)
class Finding:
    """Of the other criteria, `ask` has those that these figures cannot rule out."""

    row: int
    met: list[Met]
    ask: list[Criterion]


@dataclass(frozen=True, slots=True)
class Edition:
    version: str
    source: Texts


@dataclass(frozen=True, slots=True)
class Answer:
    """`rows` in the order sent; `next` says that the GP talks with the person, and then refers as always."""

    rules: Edition
    rows: list[Finding]
    next: Texts


def screened(rows: Sequence[Row], rules: Rules) -> Answer:
    edition = Edition(rules.version, Texts(rules.source.nb, rules.source.nn))
    return Answer(edition, [finding(row, rules) for row in rows], Texts(rules.next.nb, rules.next.nn))


def finding(row: Row, rules: Rules) -> Finding:
    """Criteria in the order of the guide, reasons in the order of the rules."""
    listed = _listed(row, rules)
    figures = {name: getattr(row, name) for name in FIGURES}
    numbers = figures | {name: len(codes) for name, codes in listed.items()}
    shown = figures | {name: ", ".join(codes) for name, codes in listed.items()}
    why: dict[Criterion, list[Reason]] = {}
    for rule in rules.rules:
        if _is_met(rule, numbers):
            why.setdefault(rule.criterion, []).append(Reason(rule.id, *rule.told(shown)))
    met = [Met(criterion, why[criterion]) for criterion in _GUIDE if criterion in why]
    return Finding(row.row, met, [one for one in _GUIDE if one not in why and not _settled(one, row, rules)])


def _listed(row: Row, rules: Rules) -> dict[str, list[str]]:
    """By list those of the diagnoses that are on it, each once, in the order sent."""
    codes = dict.fromkeys(row.diagnoses or ())
    return {name: [code for code in codes if code in one.whole] for name, one in rules.lists.items()}


def _is_met(rule: Rule, numbers: Mapping[str, int | None]) -> bool:
    """What is not known meets nothing."""
    for one in rule.when:
        number = numbers[one.what]
        if number is None or not one.holds(number):
            return False
    return True


def _settled(criterion: Criterion, row: Row, rules: Rules) -> bool:
    fields = rules.settled[criterion]
    return bool(fields) and all(getattr(row, field) is not None for field in fields)
