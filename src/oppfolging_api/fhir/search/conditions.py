"""What a search asks, as SQL conditions on a row of the index. Values go into `Arguments`, never into the SQL."""

from collections.abc import Callable

from oppfolging_api.fhir.search.criteria import Chain, Condition, Criterion, Has, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.keys import composed, keys_of
from oppfolging_api.fhir.search.ranges import compared_dates, compared_quantity
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.folding import fold
from oppfolging_api.kernel.resource_type import SearchKind
from oppfolging_api.store.index import LONGEST_VALUE


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
    if asked.parameter.kind == "composite":
        return _composite(asked, frame)
    return _MODIFIED.get(asked.modifier or "", _plain)(asked, frame)


def any_of(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def _plain(asked: Criterion, frame: Frame) -> str:
    kind, name = asked.parameter.kind, asked.parameter.name
    if kind in _BESIDE:
        return any_of([_beside(kind, name, name, value, frame) for value in asked.values])
    return _keyed([key for value in asked.values for key in keys_of(asked, value, frame)], frame)


def _keyed(keys: list[str], frame: Frame) -> str:
    return f"{frame.row}.keys {'@>' if len(keys) == 1 else '&&'} {frame.arguments.array(keys)}"


def _missing(asked: Criterion, frame: Frame) -> str:
    """Every parameter that has a value leaves its bare name among the keys."""
    if asked.values not in (("true",), ("false",)):
        raise Invalid.of(":missing is true or false", asked.parameter.name, code="invalid")
    there = "true" if asked.parameter.name in ("_id", "_lastUpdated") else _keyed([asked.parameter.name], frame)
    return there if asked.values == ("false",) else f"NOT ({there})"


def _without(asked: Criterion, frame: Frame) -> str:
    return f"NOT ({_plain(asked, frame)})"


def _text(asked: Criterion, frame: Frame) -> str:
    """The beginning of what a code is called, wherever the resource says it."""
    name = f"{asked.parameter.name}:text"
    return any_of([_beside("string", asked.parameter.name, name, value, frame) for value in asked.values])


def _exact(asked: Criterion, frame: Frame) -> str:
    texts = [frame.arguments.add(unescape(value)[:LONGEST_VALUE]) for value in asked.values]
    return _side("find_string", asked.parameter.name, any_of([f"s.exact = {text}" for text in texts]), frame)


def _contains(asked: Criterion, frame: Frame) -> str:
    found = [f"s.value LIKE {frame.arguments.add('%' + _like(folded(value)) + '%')}" for value in asked.values]
    return _side("find_string", asked.parameter.name, any_of(found), frame)


def _below(asked: Criterion, frame: Frame) -> str:
    """The URI itself and what goes on from it after a slash."""
    found = [
        f"(s.value = {frame.arguments.add(uri)} OR s.value LIKE {frame.arguments.add(_like(uri.rstrip('/')) + '/%')})"
        for uri in (unescape(value)[:LONGEST_VALUE] for value in asked.values)
    ]
    return _side("find_string", asked.parameter.name, any_of(found), frame)


_MODIFIED: dict[str, Callable[[Criterion, Frame], str]] = {
    "not": _without,
    "not-in": _without,
    "text": _text,
    "exact": _exact,
    "contains": _contains,
    "below": _below,
}
"""The others only say which keys are looked for."""


def folded(value: str) -> str:
    return fold(unescape(value)[:LONGEST_VALUE])[:LONGEST_VALUE]


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _beside(kind: SearchKind, name: str, stored_as: str, value: str, frame: Frame) -> str:
    """`name` is what the client calls the parameter, `stored_as` what the rows stand under."""
    table, compare = _BESIDE[kind]
    return _side(table, stored_as, compare(name, value, frame), frame)


def _side(table: str, parameter: str, compared: str, frame: Frame) -> str:
    rows, name = rows_of(frame.kind, table), frame.arguments.add(parameter)
    found = f"SELECT s.id FROM {rows} s WHERE s.type = '{frame.kind.name}' AND s.parameter = {name} AND {compared}"
    return f"{frame.row}.id IN ({found})"


def _starts(_parameter: str, value: str, frame: Frame) -> str:
    return f"s.value LIKE {frame.arguments.add(_like(folded(value)) + '%')}"


def _date(parameter: str, value: str, frame: Frame) -> str:
    return compared_dates(parameter, value, frame, "s.low", "s.high")


_BESIDE: dict[SearchKind, tuple[str, Callable[[str, str, Frame], str]]] = {
    "string": ("find_string", _starts),
    "date": ("find_date", _date),
    "quantity": ("find_quantity", compared_quantity),
}
"""What keys cannot carry lies in a table of its own: (table, comparison with a row `s` of it)."""


def _composite(asked: Criterion, frame: Frame) -> str:
    """Two values of one element: the first is part of the key, or of the name of the side table's row."""
    second = asked.parameter.components[1]
    found = [composed(asked, value, frame) for value in asked.values]
    if second.kind not in _BESIDE:
        return _keyed([key for one in found for key in one.keys], frame)
    return any_of([_beside(second.kind, asked.parameter.name, one.left, one.right, frame) for one in found])


def _chained(asked: Chain, frame: Frame) -> str:
    """What it points at is looked for first, among what the caller may see."""
    found = []
    for kind, inner in asked.targets:
        there = frame.beyond(kind)
        ids = f"SELECT '{asked.parameter.name}={kind.name}/' || {there.row}.id FROM {there.rows}"
        found.append(f"{frame.row}.keys && ARRAY({ids} WHERE {there.searched} AND {condition(inner, there)})")
    return any_of(found)


def _pointed_from(asked: Has, frame: Frame) -> str:
    there = frame.beyond(asked.source)
    lead = f"{asked.parameter.name}={frame.kind.name}/"
    return (
        f"{frame.row}.id IN (SELECT substr(k, {len(lead) + 1}) FROM {there.rows}, unnest({there.row}.keys) k"
        f" WHERE {there.searched} AND starts_with(k, '{lead}') AND {condition(asked.condition, there)})"
    )
