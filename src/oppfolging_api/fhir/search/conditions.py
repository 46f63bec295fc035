"""Criteria as SQL conditions on a row `f` of the search index. Values go into `Arguments`, never into the SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from oppfolging_api.fhir.search.query import Criterion, unescape
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.folding import fold
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.index import date_span

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_APPROXIMATELY = 0.1
"""How far `ap` reaches: this share of the time between the value and now."""


class Arguments:
    """The arguments of a statement, all text; `add` gives the SQL that stands for one."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def add(self, value: str, cast: str = "") -> str:
        self.values.append(value)
        return f"$1[{len(self.values)}]{cast}"

    def array(self, values: list[str]) -> str:
        return f"ARRAY[{', '.join(self.add(value) for value in values)}]"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a condition is compiled for: `base` is this server's own address, `now` what `ap` counts from."""

    kind: ResourceType
    arguments: Arguments
    base: str
    now: datetime


def condition(criterion: Criterion, frame: Frame) -> str:
    """Raises Invalid for values the parameter's type does not take."""
    name = criterion.parameter.name
    if name == "_id":
        return f"f.id = ANY({frame.arguments.array([unescape(value) for value in criterion.values])})"
    if name == "_lastUpdated":
        return _any([_compared(name, value, frame, "f.updated", "f.updated") for value in criterion.values])
    if criterion.parameter.kind in ("token", "reference"):
        keys = [key for value in criterion.values for key in _KEYS[criterion.parameter.kind](criterion, value, frame)]
        return f"f.keys {'@>' if len(keys) == 1 else '&&'} {frame.arguments.array(keys)}"
    compile_one = _string if criterion.parameter.kind == "string" else _date
    return _any([compile_one(criterion, value, frame) for value in criterion.values])


def _any(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def _token_keys(criterion: Criterion, value: str, _frame: Frame) -> list[str]:
    return [f"{criterion.parameter.name}={unescape(value)}"]


def _reference_keys(criterion: Criterion, value: str, frame: Frame) -> list[str]:
    """`Type/id`, the same below this server's base, a bare id of any target type, or a canonical."""
    name, local = criterion.parameter.name, unescape(value).removeprefix(f"{frame.base}/")
    if "/" in local or ":" in local:
        if criterion.modifier and not local.startswith(f"{criterion.modifier}/"):
            raise Invalid.of("the value is of another type than the modifier", name, code="invalid")
        return [f"{name}={local}"]
    targets = [criterion.modifier] if criterion.modifier else list(criterion.parameter.targets)
    return [f"{name}={target}/{local}" for target in targets]


_KEYS: dict[str, Callable[[Criterion, str, Frame], list[str]]] = {"token": _token_keys, "reference": _reference_keys}


def _string(criterion: Criterion, value: str, frame: Frame) -> str:
    text = unescape(value)
    if criterion.modifier == "exact":
        compared = f"s.exact = {frame.arguments.add(text)}"
    else:
        lead = "%" if criterion.modifier == "contains" else ""
        compared = f"s.value LIKE {frame.arguments.add(lead + _like(fold(text)) + '%')}"
    return _beside("find_string", criterion, frame, compared)


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _date(criterion: Criterion, value: str, frame: Frame) -> str:
    name = criterion.parameter.name
    return _beside("find_date", criterion, frame, _compared(name, value, frame, "s.low", "s.high"))


def _beside(table: str, criterion: Criterion, frame: Frame, compared: str) -> str:
    kind, name = frame.arguments.add(frame.kind.name), frame.arguments.add(criterion.parameter.name)
    rows = rows_of(frame.kind, table)
    return f"f.id IN (SELECT s.id FROM {rows} s WHERE s.type = {kind} AND s.parameter = {name} AND {compared})"


def _compared(name: str, value: str, frame: Frame, low: str, high: str) -> str:
    """https://hl7.org/fhir/R4/search.html#prefix: the value is a half-open range of time, the row one or an instant."""
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        start, end = date_span(text.replace(" ", "+"))
    except ValueError as error:
        raise Invalid.of("the value is a date or dateTime", name, code="invalid") from error
    if prefix == "ap":
        reach = abs(frame.now - start) * _APPROXIMATELY
        start, end = _moved(start, -reach), _moved(end, reach)
    at_start = frame.arguments.add(start.isoformat(), "::timestamptz")
    at_end = frame.arguments.add(end.isoformat(), "::timestamptz")
    before, after = ("<", ">=") if low == high else ("<=", ">")
    return {
        "eq": f"({low} >= {at_start} AND {high} {before} {at_end})",
        "ne": f"NOT ({low} >= {at_start} AND {high} {before} {at_end})",
        "gt": f"{high} {after} {at_end}",
        "lt": f"{low} < {at_start}",
        "ge": f"{high} {after} {at_start}",
        "le": f"{low} < {at_end}",
        "sa": f"{low} >= {at_end}",
        "eb": f"{high} {before} {at_start}",
        "ap": f"({low} < {at_end} AND {high} {after} {at_start})",
    }[prefix]


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return at
