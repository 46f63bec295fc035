"""The ranges of numbers that quantities stand for: https://hl7.org/fhir/R4/search.html#quantity"""

import re
from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, NamedTuple

_WIDE = Context(prec=100)
"""Digits enough for any number the service takes, and half of its last one."""
_SAMPLE = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
LOWEST, HIGHEST = Decimal("-Infinity"), Decimal("Infinity")


class Measured(NamedTuple):
    """Half open, from low to high."""

    low: Decimal
    high: Decimal
    system: str | None
    code: str | None
    unit: str | None


def number_span(text: str) -> tuple[Decimal, Decimal]:
    """What a number covers at the precision it is written with: 5.4 is from 5.35 to 5.45, 1e2 from 95 to 105."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("a number is finite")
    half = Decimal((0, (5,), exponent - (1 if exponent <= 0 else 2)))
    return _WIDE.subtract(number, half), _WIDE.add(number, half)


def measured(value: Any) -> Iterator[Measured]:
    """Of a Quantity (also an Age, Duration and so on), a Range or SampledData."""
    if not isinstance(value, dict):
        return
    if "origin" in value:
        yield from _sampled(value)
    elif "low" in value or "high" in value:
        yield _range(value.get("low") or {}, value.get("high") or {})
    elif "value" in value:
        yield Measured(*_compared(value.get("comparator"), str(value["value"])), *_unit(value))


def _compared(comparator: str | None, text: str) -> tuple[Decimal, Decimal]:
    """`<5` is all below 5, `<=5` all below 5.5, `>5` all from 5 (the 5 itself is no matter), `>=5` all from 4.5."""
    number, (low, high) = Decimal(text), number_span(text)
    return {
        "<": (LOWEST, number),
        "<=": (LOWEST, high),
        ">=": (low, HIGHEST),
        ">": (number, HIGHEST),
    }.get(comparator or "", (low, high))


def _range(low: Mapping[str, Any], high: Mapping[str, Any]) -> Measured:
    """Open where it has no bound."""
    least = number_span(str(low["value"]))[0] if "value" in low else LOWEST
    most = number_span(str(high["value"]))[1] if "value" in high else HIGHEST
    return Measured(least, most, *_unit(low if "value" in low else high))


def _sampled(data: Mapping[str, Any]) -> Iterator[Measured]:
    """From the least to the greatest of what was sampled; E, L, U and what else is no number aside."""
    factor, origin = Decimal(str(data.get("factor", 1))), Decimal(str(data["origin"].get("value", 0)))
    numbers = [Decimal(text) for text in data.get("data", "").split() if _SAMPLE.fullmatch(text)]
    spans = [number_span(str(_WIDE.add(origin, _WIDE.multiply(factor, number)))) for number in numbers]
    if spans:
        yield Measured(min(low for low, _ in spans), max(high for _, high in spans), *_unit(data["origin"]))


def _unit(quantity: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    return quantity.get("system"), quantity.get("code"), quantity.get("unit")
