"""What a search asks, as SQL conditions on a row of the index. Values go into `Arguments`, never into the SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from oppfolging_api.fhir.search.criteria import Chain, Condition, Criterion, Has, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.keys import composed, keys_of
from oppfolging_api.fhir.search.ranges import compared_dates, compared_quantity
from oppfolging_api.fhir.sources import by_id, rows_of
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.folding import fold
from oppfolging_api.kernel.resource_type import ResourceType, SearchKind
from oppfolging_api.store.index import LONGEST_VALUE, key


def condition(asked: Condition, frame: Frame) -> str:
    """Raises Invalid for values the parameter's type does not take."""
    if isinstance(asked, Chain):
        return _chained(asked, frame)
    if isinstance(asked, Has):
        return _pointed_from(asked, frame)
    if asked.modifier == "missing":
        return _missing(asked, frame)
    row, name = frame.row, asked.parameter.name
    if name == "_id":
        among = f"{row}.id = ANY({frame.arguments.array([unescape(value) for value in asked.values])})"
        return f"NOT ({among})" if asked.modifier else among
    if name == "_lastUpdated":
        moment = f"{row}.updated"
        return any_of([compared_dates(name, value, frame, moment, moment) for value in asked.values])
    if found := _sides(asked, frame):
        return any_of([one.condition(frame) for one in found])
    keys = _keyed(_keys(asked, frame), frame)
    return f"NOT ({keys})" if asked.modifier in _EXCLUDING else keys


class Worth(NamedTuple):
    """How many can be looked up, each, and how many gathered to compare with, before another way is shorter."""

    few: int
    some: int


OF_VALUES = Worth(500, 5000)
OF_PIECES = Worth(200, 200)
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
        ids = f"{frame.row}_begin"
        return f"(SELECT DISTINCT found FROM ({select}) b) {ids} CROSS JOIN {frame.one(f'{ids}.found')} WHERE true"

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
    found = [f"SELECT s.id AS found FROM {one.rows} s WHERE {one.where}" for one in _sides(asked, frame)]
    worth = OF_PIECES if asked.modifier == "contains" else OF_VALUES
    return Beginning(" UNION ALL ".join(found), worth) if found else None


def any_of(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def _keys(asked: Criterion, frame: Frame) -> list[str]:
    if asked.parameter.kind == "composite":
        return [key for value in asked.values for key in composed(asked, value, frame).keys]
    return [key for value in asked.values for key in keys_of(asked, value, frame)]


def _keyed(keys: list[str], frame: Frame) -> str:
    return f"{frame.row}.keys {'@>' if len(keys) == 1 else '&&'} {frame.arguments.array(keys)}"


def _by_keys(asked: Criterion) -> bool:
    """Whether what meets it is found by keys it has."""
    if asked.parameter.name in ("_id", "_lastUpdated") or asked.modifier in _EXCLUDING:
        return False
    return asked.modifier != "missing" or asked.values == ("false",)


_EXCLUDING = ("not", "not-in")


def _missing(asked: Criterion, frame: Frame) -> str:
    """Every parameter that has a value leaves its bare name among the keys."""
    if asked.values not in (("true",), ("false",)):
        raise Invalid.of(":missing is true or false", asked.parameter.name, code="invalid")
    there = "true" if asked.parameter.name in ("_id", "_lastUpdated") else _keyed([asked.parameter.name], frame)
    return there if asked.values == ("false",) else f"NOT ({there})"


@dataclass(frozen=True, slots=True)
class _Side:
    """Rows `s` beside the index, those of a type, a parameter and a value: what has their ids meets the value."""

    table: str
    rows: str
    of: str
    compared: str

    @property
    def where(self) -> str:
        return f"{self.of} AND {self.compared}"

    def condition(self, frame: Frame) -> str:
        """OFFSET 0 keeps the question one to ask of each row, and its answer one to look for among the row's own: the
        planner might begin with all that is beside."""
        if not frame.given:
            return f"{frame.row}.id IN (SELECT s.id FROM {self.rows} s WHERE {self.where})"
        own = f"SELECT * FROM {by_id(frame.kind, self.table, 's', f'{frame.row}.id')} OFFSET 0"
        return f"EXISTS (SELECT FROM ({own}) s WHERE {self.where} OFFSET 0)"


def _sides(asked: Criterion, frame: Frame) -> list[_Side]:
    """One for each value; none where keys tell."""
    parameter = asked.parameter
    if of_string := _OF_STRINGS.get(asked.modifier):
        return [of_string(parameter.name, value, frame) for value in asked.values]
    if parameter.kind == "composite":
        return _composite(asked, frame)
    if parameter.kind in _BESIDE:
        return [_compared(parameter.kind, parameter.name, parameter.name, value, frame) for value in asked.values]
    return []


def _text(name: str, value: str, frame: Frame) -> _Side:
    """The beginning of what a code is called, wherever the resource says it."""
    return _side("find_string", f"{name}:text", _begins(value, frame), frame)


def _exact(name: str, value: str, frame: Frame) -> _Side:
    return _side("find_string", name, f"s.exact = {frame.arguments.add(unescape(value)[:LONGEST_VALUE])}", frame)


def _contains(name: str, value: str, frame: Frame) -> _Side:
    """Found by the pieces of three characters that the text has, where it has any."""
    text = folded(value)
    found = f"s.value LIKE {frame.arguments.add('%' + _like(text) + '%')}"
    pieces = sorted({key(name, text[n : n + 3]) for n in range(len(text) - 2)})
    if not pieces or frame.given:
        return _side("find_string", name, found, frame)
    return _side("find_string_by_pieces", name, f"s.pieces @> {frame.arguments.array(pieces)} AND {found}", frame)


def _below(name: str, value: str, frame: Frame) -> _Side:
    """The URI itself and what goes on from it after a slash."""
    uri = unescape(value)[:LONGEST_VALUE]
    itself, further = frame.arguments.add(uri), frame.arguments.add(_like(uri.rstrip("/")) + "/%")
    return _side("find_string", name, f"(s.value = {itself} OR s.value LIKE {further})", frame)


def _begins(value: str, frame: Frame) -> str:
    return f"s.value LIKE {frame.arguments.add(_like(folded(value)) + '%')}"


_OF_STRINGS: dict[str | None, Callable[[str, str, Frame], _Side]] = {
    "text": _text,
    "exact": _exact,
    "contains": _contains,
    "below": _below,
}
"""By modifier. The others only say which keys are looked for."""


def folded(value: str) -> str:
    return fold(unescape(value)[:LONGEST_VALUE])[:LONGEST_VALUE]


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _compared(kind: SearchKind, name: str, stored_as: str, value: str, frame: Frame) -> _Side:
    """`name` is what the client calls the parameter, `stored_as` what the rows stand under."""
    table, compare = _BESIDE[kind]
    return _side(table, stored_as, compare(name, value, frame), frame)


def _side(table: str, parameter: str, compared: str, frame: Frame) -> _Side:
    of = f"s.type = '{frame.kind.name}' AND s.parameter = {frame.arguments.add(parameter)}"
    return _Side(table, rows_of(frame.kind, table), of, compared)


def _starts(_parameter: str, value: str, frame: Frame) -> str:
    return _begins(value, frame)


def _date(parameter: str, value: str, frame: Frame) -> str:
    return compared_dates(parameter, value, frame, "s.low", "s.high")


_BESIDE: dict[SearchKind, tuple[str, Callable[[str, str, Frame], str]]] = {
    "string": ("find_string", _starts),
    "date": ("find_date", _date),
    "quantity": ("find_quantity", compared_quantity),
}
"""What keys cannot carry lies in a table of its own: (table, comparison with a row `s` of it)."""


def _composite(asked: Criterion, frame: Frame) -> list[_Side]:
    """Two values of one element: the first is part of the name of the row beside, or of the key where there is none."""
    second = asked.parameter.components[1]
    if second.kind not in _BESIDE:
        return []
    found = [composed(asked, value, frame) for value in asked.values]
    return [_compared(second.kind, asked.parameter.name, one.left, one.right, frame) for one in found]


def _chained(asked: Chain, frame: Frame) -> str:
    if not frame.given:
        return f"{frame.row}.keys && ARRAY({_pointing(asked, frame)})"
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
    return f"SELECT {frame.row}.id FROM {_gathered(asked, frame)}"


def _leads_to(asked: Chain, kind: ResourceType, inner: Condition, frame: Frame) -> str:
    there, lead = frame.beyond(kind), f"{asked.parameter.name}={kind.name}/"
    key = f"{there.row}_key"
    return (
        f"EXISTS (SELECT FROM unnest({frame.row}.keys) {key}"
        f" CROSS JOIN {there.one(f'substr({key}, {len(lead) + 1})')}"
        f" WHERE starts_with({key}, '{lead}') AND {there.searched} AND {condition(inner, there)} OFFSET 0)"
    )


def _pointed_from(asked: Has, frame: Frame) -> str:
    if not frame.given:
        return f"{frame.row}.id IN ({_pointed(asked, frame)})"
    there = frame.beyond(asked.source)
    pointing = f"ARRAY['{asked.parameter.name}={frame.kind.name}/' || {frame.row}.id]"
    return (
        f"EXISTS (SELECT FROM {there.keyed} WHERE {there.row}.keys @> {pointing}"
        f" AND {there.searched} AND {condition(asked.condition, there)} OFFSET 0)"
    )


def _pointed(asked: Has, frame: Frame) -> str:
    """The ids of what any that meets the condition points at."""
    there, lead = frame.beyond(asked.source), f"{asked.parameter.name}={frame.kind.name}/"
    key = f"{there.row}_key"
    pointing = f"SELECT {there.row}.keys FROM {_gathered(asked.condition, there)}"
    return (
        f"SELECT substr({key}, {len(lead) + 1}) AS found FROM ({pointing}) p, unnest(p.keys) {key}"
        f" WHERE starts_with({key}, '{lead}')"
    )


def _gathered(asked: Condition, frame: Frame) -> str:
    """`rows WHERE ...` of all that the caller may find and that meets a condition, from where that can begin."""
    begin = beginning(asked, frame)
    if begin is not None:
        return f"{begin.rows(begin.select, frame)} AND {frame.searched}"
    rows = frame.keyed if isinstance(asked, Criterion) and _by_keys(asked) else frame.rows
    return f"{rows} WHERE {frame.searched} AND {condition(asked, frame)}"
