"""The rows of one type that a search asks for, as SQL, in the ways they can be reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from oppfolging_api.fhir.search.conditions import Beginning, beginning, by_keys, condition, points_told, told
from oppfolging_api.fhir.search.criteria import Condition, Criterion
from oppfolging_api.fhir.search.frame import Frame


@dataclass(frozen=True, slots=True)
class Compartment:
    """`Type/id`: a search is held to what belongs to it by the parameters that R4 names for each type."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Rows:
    """`where` all rows `f` of the frame meet, and beside it what stands in `begun`.

    `narrow`: there are about as many as one person has, so each is looked at.
    """

    frame: Frame
    source: str
    narrow: bool
    where: str
    begun: tuple["Begun", ...]

    @classmethod
    def of(
        cls,
        criteria: Sequence[Condition],
        frame: Frame,
        person: str | None = None,
        compartment: Compartment | None = None,
    ) -> "Rows":
        where, source = [frame.standing], None
        if person is not None:
            where.append(f"f.person = {frame.arguments.add(person)}")
            source = frame.rows
        if compartment is not None:
            source, within = _within(compartment, frame)
            where.append(within)
        source = source or next(filter(None, (_reached(criterion, frame) for criterion in criteria)), None)
        each = replace(frame, given=True)
        begun = []
        for criterion in criteria:
            begin = beginning(criterion, frame)
            if begin is None:
                where.append(condition(criterion, frame))
            else:
                where += told(criterion, frame)
                begun.append(Begun(begin, condition(criterion, frame), condition(criterion, each)))
        return cls(frame, source or frame.rows, source is not None, " AND ".join(where), tuple(begun))

    @property
    def every(self) -> str:
        """`rows WHERE ...`, for the planner to choose a way."""
        return self._where(one.given if self.narrow else one.gathered for one in self.begun)

    @property
    def walked(self) -> str:
        """The same, where there are too many keys to look up each."""
        return self._where(one.begin.among(one.begin.select, self.frame) for one in self.begun)

    def _where(self, said: Iterable[str]) -> str:
        return f"{self.source} WHERE {' AND '.join([self.where, *said])}"


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A condition with a place to begin at, as it is asked when all that meets it is gathered, and of a row at hand."""

    begin: Beginning
    gathered: str
    given: str


def _within(compartment: Compartment, frame: Frame) -> tuple[str, str]:
    """The rows to find what belongs to it in, and the condition; what it is of belongs to it, too."""
    names = frame.kind.compartments.get(compartment.type, ())
    pointing = points_told(names, f"{compartment.type}/{compartment.id}", frame) if names else "false"
    if frame.kind.name != compartment.type:
        return frame.keyed, pointing
    itself = f"SELECT {frame.arguments.add(compartment.id)}"
    found = f"SELECT f.id AS found FROM {frame.keyed} WHERE f.type = '{frame.kind.name}' AND {pointing}"
    return frame.each_of(f"{found} UNION ALL {itself}"), "true"


def _reached(asked: Condition, frame: Frame) -> str | None:
    """The rows to find what a condition names by an id, an identifier, a person or an employee who is to do it: there
    are few of it. A service may have much to do."""
    if not isinstance(asked, Criterion):
        return None
    if asked.parameter.name == "_id":
        return None if asked.modifier else frame.rows
    if not by_keys(asked) or asked.modifier == "missing":
        return None
    if asked.parameter.name == "identifier":
        return None if any(value.endswith("|") for value in asked.values) else frame.keyed
    if asked.parameter.name == "owner":
        return frame.keyed if all(value.startswith(_EMPLOYEES) for value in asked.values) else None
    return frame.keyed if all(_is_person(asked, value) for value in asked.values) else None


_EMPLOYEES: Final = ("PractitionerRole/", "Practitioner/")


def _is_person(asked: Criterion, value: str) -> bool:
    if "Patient/" in value:
        return "Patient" in asked.parameter.targets
    bare = "/" not in value and ":" not in value and "|" not in value
    return bare and (asked.modifier or "".join(asked.parameter.targets)) == "Patient"
