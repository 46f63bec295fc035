"""What a search asks, as SQL conditions on a row of the index. Values go into `Arguments`, never into the SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from oppfolging_api.access.policy import is_bound
from oppfolging_api.fhir.search.criteria import Chain, Condition, Criterion, Has, has_keys, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.keys import composed, keys_of
from oppfolging_api.fhir.search.ranges import compared_dates
from oppfolging_api.fhir.search.sides import sides
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import ResourceType


def condition(asked: Condition, frame: Frame) -> str:
    """Raises Invalid for values the parameter's type does not take."""
    if isinstance(asked, Has):
        return _pointed_from(asked, frame)
    held = all_of([_met(asked, frame), *told(asked, frame)])
    return f"NOT ({held})" if _excludes(asked) else held


def told(asked: Condition, frame: Frame) -> list[str]:
    """What else a row must be for a condition to be met by what the caller may know of it, where that may be less than
    there is. One that excludes is met where the opposite is not."""
    if isinstance(asked, Has) or not frame.may_be_cut(asked.parameter):
        return []
    free = f"NOT {is_bound(frame.row)}"
    if isinstance(asked, Chain):
        return [any_of([free, _leads_to_any(asked, frame)])]
    if asked.parameter.kind != "reference" or asked.modifier == "identifier":
        return [free]
    keys = frame.keys_told(asked.parameter)
    known = f"cardinality({keys}) > 0" if asked.modifier == "missing" else f"{keys} && {_array(asked, frame)}"
    return [any_of([free, known])]


def points_told(names: Iterable[str], to: str, frame: Frame) -> str:
    """That a row points at `Type/id` by one of its parameters, as far as the caller may know of it."""
    parameters = [found for name in names if (found := frame.kind.parameter(name)) is not None]
    pointing = f"{frame.row}.keys && {frame.arguments.array([f'{one.name}={to}' for one in parameters])}"
    if not any(map(frame.may_be_cut, parameters)):
        return pointing
    known = [f"{frame.keys_told(one)} @> {frame.arguments.array([f'{one.name}={to}'])}" for one in parameters]
    return all_of([pointing, any_of([f"NOT {is_bound(frame.row)}", *known])])


def _excludes(asked: Criterion | Chain) -> bool:
    return isinstance(asked, Criterion) and (
        asked.modifier in _EXCLUDING or (asked.modifier == "missing" and asked.values == ("true",))
    )


def _met(asked: Criterion | Chain, frame: Frame) -> str:
    """Of one that excludes, the opposite."""
    if isinstance(asked, Chain):
        return _chained(asked, frame)
    if asked.modifier == "missing":
        return _has_value(asked, frame)
    row, name = frame.row, asked.parameter.name
    if name == "_id":
        return f"{row}.id = ANY({frame.arguments.array([unescape(value) for value in asked.values])})"
    if name == "_lastUpdated":
        moment = f"{row}.updated"
        return any_of([compared_dates(name, value, frame, moment, moment) for value in asked.values])
    if found := sides(asked, frame):
        return any_of([one.condition(frame) for one in found])
    return _keyed(_keys(asked, frame), frame)


class Worth(NamedTuple):
    """How many are worth looking up, each; how many gathering to compare with; and how many of the very next rows are
    worth asking what they lead to before anything is gathered."""

    few: int
    some: int
    next: int = 50


OF_VALUES = Worth(500, 5000)
OF_PIECES = Worth(200, 200, 200)
OF_CHAIN = Worth(300, 2000)
OF_REVERSE_CHAIN = Worth(100, 100)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a search can begin: `select` gives, as `found`, ids of what meets a condition, perhaps several times, or
    the keys (`by_keys`) of which it has one."""

    select: str
    worth: Worth
    by_keys: bool = False

    def rows(self, select: str, frame: Frame) -> str:
        """`rows WHERE ...` of those that `select` gives of what there is to begin at, each once."""
        if self.by_keys:
            return f"{frame.keyed} WHERE {frame.row}.keys && ARRAY({select})"
        return f"{frame.each_of(select)} WHERE true"

    def among(self, select: str, frame: Frame) -> str:
        """Of a row at hand. IS TRUE keeps it a comparison with what is gathered once."""
        if not self.by_keys:
            return f"{frame.row}.id IN ({select})"
        key = f"{frame.row}_key"
        return f"EXISTS (SELECT FROM unnest({frame.row}.keys) {key} WHERE ({key} IN ({select})) IS TRUE OFFSET 0)"


def beginning(asked: Condition, frame: Frame) -> Beginning | None:
    """None where the condition is one on the row itself."""
    if isinstance(asked, Chain):
        return Beginning(_pointing(asked, frame), OF_CHAIN, by_keys=True)
    if isinstance(asked, Has):
        return Beginning(_pointed(asked, frame), OF_REVERSE_CHAIN)
    if asked.modifier == "missing" or asked.parameter.name in ("_id", "_lastUpdated"):
        return None
    found = [one.ids for one in sides(asked, frame)]
    worth = OF_PIECES if asked.modifier == "contains" else OF_VALUES
    return Beginning(" UNION ALL ".join(found), worth) if found else None


def all_of(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' AND '.join(conditions)})"


def any_of(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def _keys(asked: Criterion, frame: Frame) -> list[str]:
    if asked.parameter.kind == "composite":
        return [key for value in asked.values for key in composed(asked, value, frame).keys]
    return [key for value in asked.values for key in keys_of(asked, value, frame)]


def _keyed(keys: list[str], frame: Frame) -> str:
    return f"{frame.row}.keys {'@>' if len(keys) == 1 else '&&'} {frame.arguments.array(keys)}"


def _array(asked: Criterion, frame: Frame) -> str:
    return frame.arguments.array(_keys(asked, frame))


def by_keys(asked: Criterion) -> bool:
    """Whether what meets it is found by keys it has."""
    if asked.parameter.name in ("_id", "_lastUpdated") or asked.modifier in _EXCLUDING:
        return False
    return asked.values == ("false",) if asked.modifier == "missing" else has_keys(asked)


_EXCLUDING = ("not", "not-in")


def _has_value(asked: Criterion, frame: Frame) -> str:
    """Every parameter that has a value leaves its bare name among the keys."""
    if asked.values not in (("true",), ("false",)):
        raise Invalid.of(":missing is true or false", asked.parameter.name, code="invalid")
    return "true" if asked.parameter.name in ("_id", "_lastUpdated") else _keyed([asked.parameter.name], frame)


def _chained(asked: Chain, frame: Frame) -> str:
    if not frame.given:
        return f"{frame.row}.keys && ARRAY({_pointing(asked, frame)})"
    return _leads_to_any(asked, frame)


def _leads_to_any(asked: Chain, frame: Frame) -> str:
    return any_of([_leads_to(asked, kind, inner, frame) for kind, inner in asked.targets])


def _pointing(asked: Chain, frame: Frame) -> str:
    """The keys of what points at any that meets the condition."""
    found = []
    for kind, inner in asked.targets:
        key = f"'{asked.parameter.name}={kind.name}/'"
        found.append(f"SELECT {key} || id AS found FROM ({_ids(inner, frame.beyond(kind))}) there")
    return " UNION ALL ".join(found)


def _ids(asked: Condition, frame: Frame) -> str:
    """Of all that the caller may find and that meets a condition. What has a row beside stands, so where a caller sees
    all of a type no other row is asked."""
    begin = beginning(asked, frame)
    if begin is not None and not begin.by_keys and frame.unrestricted:
        return f"SELECT found AS id FROM ({begin.select}) b"
    return f"SELECT {frame.row}.id FROM {_gathered(asked, begin, frame)}"


def _leads_to(asked: Chain, kind: ResourceType, inner: Condition, frame: Frame) -> str:
    there, lead = frame.beyond(kind), f"{asked.parameter.name}={kind.name}/"
    key = f"{there.row}_key"
    return (
        f"EXISTS (SELECT FROM unnest({frame.keys_told(asked.parameter)}) {key}"
        f" CROSS JOIN {there.one(f'substr({key}, {len(lead) + 1})')}"
        f" WHERE starts_with({key}, '{lead}') AND {there.standing} AND {condition(inner, there)} OFFSET 0)"
    )


def _pointed_from(asked: Has, frame: Frame) -> str:
    if not frame.given:
        return f"{frame.row}.id IN ({_pointed(asked, frame)})"
    there = frame.beyond(asked.source)
    pointing = f"ARRAY['{asked.parameter.name}={frame.kind.name}/' || {frame.row}.id]"
    return (
        f"EXISTS (SELECT FROM {there.keyed} WHERE {there.row}.keys @> {pointing}{_known(asked, there, pointing)}"
        f" AND {there.standing} AND {condition(asked.condition, there)} OFFSET 0)"
    )


def _known(asked: Has, there: Frame, pointing: str) -> str:
    return f" AND {there.keys_told(asked.parameter)} @> {pointing}" if there.may_be_cut(asked.parameter) else ""


def _pointed(asked: Has, frame: Frame) -> str:
    """The ids of what any that meets the condition points at."""
    there, lead = frame.beyond(asked.source), f"{asked.parameter.name}={frame.kind.name}/"
    key = f"{there.row}_key"
    gathered = _gathered(asked.condition, beginning(asked.condition, there), there)
    pointing = f"SELECT {there.keys_told(asked.parameter)} AS keys FROM {gathered}"
    return (
        f"SELECT substr({key}, {len(lead) + 1}) AS found FROM ({pointing}) p, unnest(p.keys) {key}"
        f" WHERE starts_with({key}, '{lead}')"
    )


def _gathered(asked: Condition, begin: Beginning | None, frame: Frame) -> str:
    """`rows WHERE ...` of all that the caller may find and that meets a condition, from where that can begin."""
    if begin is not None:
        return f"{begin.rows(begin.select, frame)} AND {' AND '.join([frame.standing, *told(asked, frame)])}"
    rows = frame.keyed if isinstance(asked, Criterion) and by_keys(asked) else frame.rows
    return f"{rows} WHERE {frame.standing} AND {condition(asked, frame)}"
