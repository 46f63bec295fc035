"""What a search compares with rows beside the index: texts, dates, quantities, and composites of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from oppfolging_api.fhir.search.criteria import Criterion, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.keys import composed
from oppfolging_api.fhir.search.ranges import bounded, compared_dates, compared_quantity
from oppfolging_api.fhir.sources import by_id, rows_of
from oppfolging_api.kernel.folding import fold
from oppfolging_api.kernel.resource_type import SearchKind
from oppfolging_api.store.index import LONGEST_VALUE, folded_forms, key


@dataclass(frozen=True, slots=True)
class Side:
    """Rows `s` beside the index, those of a type, a parameter and a value: what has their ids meets the value."""

    table: str
    rows: str
    of: str
    compared: str
    bounded: str = ""

    @property
    def ids(self) -> str:
        """In the order of the index that serves the comparison, or where nothing is known another seems as good."""
        order = f" ORDER BY s.{self.bounded}" if self.bounded else ""
        return f"(SELECT s.id AS found FROM {self.rows} s WHERE {self.where}{order})"

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


def sides(asked: Criterion, frame: Frame) -> list[Side]:
    """One for each value; none where keys tell."""
    parameter = asked.parameter
    if of_string := _OF_STRINGS.get(asked.modifier):
        return [of_string(parameter.name, value, frame) for value in asked.values]
    if parameter.kind == "composite":
        return _composite(asked, frame)
    if parameter.kind in _BESIDE:
        return [_compared(parameter.kind, parameter.name, parameter.name, value, frame) for value in asked.values]
    return []


def _text(name: str, value: str, frame: Frame) -> Side:
    """The beginning of what a code is called, wherever the resource says it."""
    return _side("find_string", f"{name}:text", _begins(value, frame), frame)


def _exact(name: str, value: str, frame: Frame) -> Side:
    """Found by what it folds to."""
    text = unescape(value)[:LONGEST_VALUE]
    among = f"s.value = ANY({frame.arguments.array(list(folded_forms(text)))})"
    return _side("find_string", name, f"{among} AND s.exact = {frame.arguments.add(text)}", frame)


def _contains(name: str, value: str, frame: Frame) -> Side:
    """Found by the pieces of three characters that the text has, where it has any."""
    text = folded(value)
    found = f"s.value LIKE {frame.arguments.add('%' + _like(text) + '%')}"
    pieces = sorted({key(name, text[n : n + 3]) for n in range(len(text) - 2)})
    if not pieces or frame.given:
        return _side("find_string", name, found, frame)
    return _side("find_string_by_pieces", name, f"s.pieces @> {frame.arguments.array(pieces)} AND {found}", frame)


def _below(name: str, value: str, frame: Frame) -> Side:
    """The URI itself and what goes on from it after a slash."""
    uri = unescape(value)[:LONGEST_VALUE]
    itself, further = frame.arguments.add(uri), frame.arguments.add(_like(uri.rstrip("/")) + "/%")
    return _side("find_string", name, f"(s.value = {itself} OR s.value LIKE {further})", frame)


def _begins(value: str, frame: Frame) -> str:
    return f"s.value LIKE {frame.arguments.add(_like(folded(value)) + '%')}"


_OF_STRINGS: dict[str | None, Callable[[str, str, Frame], Side]] = {
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


def _compared(kind: SearchKind, name: str, stored_as: str, value: str, frame: Frame) -> Side:
    """`name` is what the client calls the parameter, `stored_as` what the rows stand under."""
    table, compare = _BESIDE[kind]
    side = _side(table, stored_as, compare(name, value, frame), frame)
    return side if kind == "string" else replace(side, bounded=bounded(value))


def _side(table: str, parameter: str, compared: str, frame: Frame) -> Side:
    of = f"s.type = '{frame.kind.name}' AND s.parameter = {frame.arguments.add(parameter)}"
    return Side(table, rows_of(frame.kind, table), of, compared)


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


def _composite(asked: Criterion, frame: Frame) -> list[Side]:
    """Two values of one element: the first is part of the name of the row beside, or of the key where there is none."""
    second = asked.parameter.components[1]
    if second.kind not in _BESIDE:
        return []
    found = [composed(asked, value, frame) for value in asked.values]
    return [_compared(second.kind, asked.parameter.name, one.left, one.right, frame) for one in found]
