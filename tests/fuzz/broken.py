"""The same resources with a few things wrong, as texts: some of it no JSON parser would let a client write."""

import copy
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from fuzz.drawing import CHANCES
from fuzz.invariants import Object
from fuzz.primitives import ODD_TEXTS
from fuzz.samples import META, SAMPLES
from fuzz.valid import resources
from support import CANONICAL

RAW: Final = "\x01raw "
"""Begins a text that is written without its quotes."""
NUMBERS: Final = (
    *("1e400", "-1e-400", "1e308", "1E+9", "-0", "-0.0", "00", "01.5", "NaN", "-Infinity", "9" * 60, "9" * 400, ".5"),
    *("1.000", "0.1000000000000000055511151231257827", "2147483648", "9223372036854775808", "1e99999999999"),
)
TEXTS: Final = (
    *ODD_TEXTS,
    *("", " ", "\x00", "a\x00b", "\ud800", "\udc00\ud800", "\ufffe", "\x7f", "\x1b[0m", "\u0085", "é" * 100_000),
    *(
        "2026-02-30",
        "2026-13",
        "24:00",
        "0000",
        "2026-01-01T00:00:00",
        "true",
        "null",
        "1",
        "http://",
        "a b",
        "urn:uuid:x",
    ),
)
REFERENCES: Final = (
    *(
        "Patient/none",
        "Group/a",
        "Organization/a",
        "Patient/a/_history/1",
        "Patient/a/_history/9",
        "#none",
        "#",
        "Patient/",
    ),
    *(
        "Patient?identifier=x",
        "urn:uuid:0",
        "http://127.0.0.1/fhir/Patient/a",
        "../Patient/a",
        "Questionnaire/psfs",
        "/",
    ),
)
OWN: Final = tuple(
    CANONICAL.extension(name)
    for name in (
        "layer",
        "involvement",
        "vacancy",
        "plan-state",
        "review",
        "content",
        "agreement",
        "binds",
        "no-such-extension",
        "criterion",
    )
)
EXTENSIONS: Final[tuple[Any, ...]] = (
    {"url": "http://x.example"},
    {"valueString": "x"},
    {"url": "", "valueString": "x"},
    {"url": "http://x.example", "valueString": "x", "valueInteger": 1},
    {"url": "http://x.example", "valueString": "x", "extension": [{"url": "y", "valueCode": "z"}]},
    {"url": "http://x.example", "extension": []},
    {"url": ["http://x.example"], "valueCode": "x"},
    *({"url": url, "valueCode": "core"} for url in OWN),
    *({"url": url, "extension": [{"url": "state", "valueCode": "x"}]} for url in OWN),
)
JUNK: Final[tuple[Any, ...]] = (
    *(None, True, -1, 2**80, 0.5, [], {}, [None], [[]], [{}], ["x"], {"x": "y"}, {"id": "x"}, "x", {"extension": []}),
    *({"coding": [{}]}, {"coding": "x"}, {"start": "2026"}, {"start": "9999-12-31T23:59:60Z", "end": "0001-01-01"}),
    *({"resourceType": "Patient"}, {"reference": {"reference": "Patient/a"}}, {"div": "<div/>"}),
)
Change = Callable[[Random, Any], Any]
"""What stands instead of a value."""


def _nested(chance: Random, _value: Any) -> Any:
    held: Any = {"url": "x", "valueCode": "x"}
    for _ in range(chance.choice((5, 30, 70, 150))):
        held = {"url": "x", "extension": [held]}
    return [held]


def _doubled(_chance: Random, value: Any) -> Any:
    return value * 2 if isinstance(value, list) else [value, value]


def _unwrapped(_chance: Random, value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else [value]


def _many(_chance: Random, value: Any) -> Any:
    return [*value, *value[:1] * 300] if isinstance(value, list) else value


def _unknown(chance: Random, value: Any) -> Any:
    name = chance.choice(
        ("x", "_x", "status", "_status", "resourceType", "fhir_comments", "æ", "", "a.b", "__proto__", "id")
    )
    return value | {name: chance.choice(JUNK)} if isinstance(value, dict) else value


def _extended(chance: Random, value: Any) -> Any:
    name = chance.choice(("extension", "modifierExtension", "_extension"))
    return value | {name: [chance.choice(EXTENSIONS)]} if isinstance(value, dict) else value


CHANGES: Final[tuple[Change, ...]] = (
    lambda chance, _: chance.choice(JUNK),
    lambda chance, _: chance.choice(TEXTS),
    lambda chance, _: RAW + chance.choice(NUMBERS),
    lambda chance, _: {"reference": chance.choice(REFERENCES)},
    lambda chance, value: value + chance.choice(TEXTS) if isinstance(value, str) else chance.choice(REFERENCES),
    _doubled,
    _unwrapped,
    _many,
    _nested,
    _unknown,
    _unknown,
    _extended,
    _extended,
)


@st.composite
def spoilt(draw: st.DrawFn) -> Object:
    """A resource that is in order but for one to three places: something else stands there, or nothing."""
    resource: Object = copy.deepcopy(
        draw(st.one_of(resources(), st.sampled_from(SAMPLES).map(lambda sample: META | sample)))
    )
    chance = draw(CHANCES)
    for _ in range(chance.choice((1, 1, 2, 3))):
        _spoil(chance, resource)
    return resource


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """(type, a spoilt resource as it is sent), now and then with the text itself spoilt."""
    resource = draw(spoilt())
    text = written(resource)
    chance = draw(CHANCES)
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) else "Patient", chance.choice((_whole,) * 12 + TEXT_FAULTS)(chance, text)


def _whole(_chance: Random, text: bytes) -> bytes:
    return text


TEXT_FAULTS: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    lambda chance, text: text[: chance.randrange(len(text))],
    lambda _, text: b"\xef\xbb\xbf" + text,
    lambda _, text: text.replace(b"{", b'{"status":"x","status":"y",', 1),
    lambda chance, text: text.replace(b"e", bytes([chance.randrange(128, 256)]), 1),
    lambda _, text: b"[" + text + b"]",
    lambda _, text: text[:-1] + b', "x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    lambda _, text: text.decode().encode("utf-16"),
)


def written(value: Any) -> bytes:
    """JSON, but for what is raw in it; half a surrogate pair stands as its escape."""
    text = json.dumps(value)
    return re.sub(r'"\\u0001raw ([^"]*)"', r"\1", text).encode()


def _spoil(chance: Random, resource: Object) -> None:
    held, last = _somewhere(chance, resource)
    if chance.random() < 0.15 and isinstance(held, dict):
        held.pop(last, None)
    elif last in held or isinstance(held, list):
        held[last] = copy.deepcopy(chance.choice(CHANGES)(chance, held[last]))


def _somewhere(chance: Random, resource: Object) -> tuple[Any, Any]:
    """What holds a value, and the name or index it has there."""
    below = [place for place in places(resource) if place != ("resourceType",)] or [("x",)]
    *way, last = chance.choice(below)
    held: Any = resource
    for step in way:
        held = held[step]
    return held, last


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where every value below the top is."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, held in below for place in ((*path, name), *places(held, (*path, name)))]
