"""Criteria as SQL conditions on a row `f` of the search index. Values go into `Arguments`, never into the SQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oppfolging_api.fhir.search.query import Criterion, unescape
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.folding import fold
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.index import LONGEST_VALUE, date_span, key, token_key, without_version

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_DATE = re.compile(
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?P<time>T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)?)?"
    r"(?(time)(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)"
)
_SYSTEM_AND_CODE = re.compile(r"((?:\\.|[^\\|])*)\|(.*)", re.DOTALL)
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
        """One slice: PostgreSQL copies all arguments wherever one of them stands by itself."""
        first = len(self.values) + 1
        self.values.extend(values)
        return f"$1[{first}:{len(self.values)}]"


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
    table, compare = ("find_string", _string) if criterion.parameter.kind == "string" else ("find_date", _date)
    return _beside(table, criterion, frame, _any([compare(criterion, value, frame) for value in criterion.values]))


def _any(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"


def _token_keys(criterion: Criterion, value: str, _frame: Frame) -> list[str]:
    """`code`, `system|code`, `|code` (no system) or `system|` (any code)."""
    name, both = criterion.parameter.name, _SYSTEM_AND_CODE.fullmatch(value)
    return [token_key(name, unescape(both[2]), unescape(both[1])) if both else token_key(name, unescape(value))]


def _reference_keys(criterion: Criterion, value: str, frame: Frame) -> list[str]:
    """`Type/id`, the same below this server's base, a bare id of any target type, or a canonical."""
    name, local = criterion.parameter.name, unescape(value).removeprefix(f"{frame.base}/")
    if "/" in local or ":" in local or not criterion.parameter.targets:
        if criterion.modifier and not local.startswith(f"{criterion.modifier}/"):
            raise Invalid.of("the value is of another type than the modifier", name, code="invalid")
        return [key(name, without_version(local) or local)]
    targets = [criterion.modifier] if criterion.modifier else list(criterion.parameter.targets)
    return [key(name, f"{target}/{local}") for target in targets]


_KEYS: dict[str, Callable[[Criterion, str, Frame], list[str]]] = {"token": _token_keys, "reference": _reference_keys}


def _string(criterion: Criterion, value: str, frame: Frame) -> str:
    text = unescape(value)[:LONGEST_VALUE]
    if criterion.modifier == "exact":
        return f"s.exact = {frame.arguments.add(text)}"
    lead = "%" if criterion.modifier == "contains" else ""
    return f"s.value LIKE {frame.arguments.add(lead + _like(fold(text)[:LONGEST_VALUE]) + '%')}"


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _date(criterion: Criterion, value: str, frame: Frame) -> str:
    return _compared(criterion.parameter.name, value, frame, "s.low", "s.high")


def _beside(table: str, criterion: Criterion, frame: Frame, compared: str) -> str:
    kind, name = frame.arguments.add(frame.kind.name), frame.arguments.add(criterion.parameter.name)
    rows = rows_of(frame.kind, table)
    return f"f.id IN (SELECT s.id FROM {rows} s WHERE s.type = {kind} AND s.parameter = {name} AND {compared})"


def _compared(name: str, value: str, frame: Frame, low: str, high: str) -> str:
    """https://hl7.org/fhir/R4/search.html#prefix: the value is a half-open range of time, the row one or an instant."""
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    start, end = _span(name, text.replace(" ", "+"))
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


def _span(name: str, text: str) -> tuple[datetime, datetime]:
    """Seconds and zone may be left out of what is searched for; without a zone it is Norwegian time."""
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError("not the form of a date")
        if found["time"] and not found["zone"]:
            there = datetime.fromisoformat(text).replace(tzinfo=OSLO)
            text = f"{there.astimezone(UTC).isoformat()[:16]}{text[16:]}Z"
        return date_span(text)
    except (ValueError, OverflowError) as error:
        raise Invalid.of("the value is a date or dateTime", name, code="invalid") from error


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return at
