"""Whom the criteria of a search or of a conditional interaction name, for the access log: by the ids of Patients, or by
identity numbers. Whoever is asked about finds it in their log, whatever is answered."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from oppfolging_api.access.access_log import Trace
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.search.criteria import ID, Chain, Condition, Criterion, Has, unescape
from oppfolging_api.fhir.search.frame import Arguments
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.systems import IDENTITY_NUMBERS

_PATIENT: Final = "Patient"
_NUMBERED: Final = frozenset({_PATIENT, "RelatedPerson"})
"""The types whose resources have the identity numbers of those who come in person."""
_NAMING: Final = (None, "not", "of-type")
"""The modifiers with which an identifier is compared by its value."""
_ELEVEN_DIGITS: Final = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True)
class Named:
    """`type`: the one that is asked for, None for several. `ids` may be anything that was typed."""

    type: str | None
    ids: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, criteria: Sequence[Condition], kinds: Sequence[ResourceType], base: str) -> Self:
        leaves = [leaf for one in criteria for leaf in _leaves(one, kinds)]
        ids = [id for asked, within in leaves for id in _ids(asked, within, base)]
        numbers = [number for asked, within in leaves for number in _numbers(asked, within)]
        return cls(kinds[0].name if len(kinds) == 1 else None, tuple(ids), tuple(dict.fromkeys(numbers)))

    def known(self, arguments: Arguments, keys: PersonKeys) -> str | None:
        """SQL: the ids of those who have the numbers, whether or not the caller sees them; None where none is named."""
        if not self.numbers:
            return None
        asked = arguments.array([keys.key(number) for number in self.numbers])
        return f"SELECT i.id FROM identity i WHERE i.type = '{_PATIENT}' AND i.key = ANY({asked})"

    def note(self, trace: Trace, known: Iterable[str] = ()) -> None:
        """`known`: what the database told."""
        for id in self.ids:
            trace.seek_about(self.type, id)
        for person in known:
            trace.seek_known(self.type, person)


async def note_named(context: Context, criteria: Sequence[Condition], kinds: Sequence[ResourceType]) -> None:
    """The log says whom a search names; only numbers are looked up for it."""
    named, arguments = Named.of(criteria, kinds, context.base), Arguments()
    known = named.known(arguments, context.server.person_keys)
    statement = f"SELECT k.id, NULL::text AS person FROM ({known}) k"
    rows = await context.look_up(statement, arguments.values) if known else []
    named.note(context.trace, [row["id"] for row in rows])


def _leaves(asked: Condition, kinds: Sequence[ResourceType]) -> Iterator[tuple[Criterion, Sequence[ResourceType]]]:
    """What is compared with values, at the ends of chains, and on which types."""
    if isinstance(asked, Chain):
        for target, inner in asked.targets:
            yield from _leaves(inner, (target,))
    elif isinstance(asked, Has):
        yield from _leaves(asked.condition, (asked.source,))
    else:
        yield asked, kinds


def _ids(asked: Criterion, kinds: Sequence[ResourceType], base: str) -> Iterator[str]:
    """The ids by which Patients are named, or what may be one: never another value."""
    if asked.parameter is ID:
        yield from (value for value in asked.values if any(kind.name == _PATIENT for kind in kinds))
    elif asked.parameter.kind == "reference" and asked.modifier in (None, _PATIENT):
        yield from filter(None, (_patient(asked, unescape(value).removeprefix(f"{base}/")) for value in asked.values))


def _patient(asked: Criterion, value: str) -> str | None:
    """Of `Patient/id`, or of a bare id where a Patient may be meant."""
    type, slash, rest = value.partition("/")
    if slash:
        return rest.partition("/")[0] if type == _PATIENT else None
    meant = _PATIENT in asked.parameter.targets or asked.parameter.name == "patient"
    return value if meant else None


def _numbers(asked: Criterion, kinds: Sequence[ResourceType]) -> Iterator[str]:
    """Of `identifier`, and of `subject:identifier`, where a person may be meant."""
    parameter = asked.parameter
    own = parameter.name == "identifier" and asked.modifier in _NAMING and _NUMBERED & {kind.name for kind in kinds}
    pointed = parameter.kind == "reference" and asked.modifier == "identifier" and _NUMBERED & {*parameter.targets}
    if own or pointed:
        yield from filter(None, (_number(value, asked.modifier) for value in asked.values))


def _number(value: str, modifier: str | None) -> str | None:
    """Of `system|number`, of one without a system, and of `:of-type`; None for what is no identity number."""
    system, _, number = (unescape(part) for part in value.rpartition("|"))
    anywhere = (not system or modifier == "of-type") and _ELEVEN_DIGITS.fullmatch(number)
    return number if anywhere or system in IDENTITY_NUMBERS else None
