"""Resources that R4's definitions allow: every element, cardinality, type, code and target is drawn from them.

What the service's own profiles and rules ask beyond R4 is not known here: they may refuse such a resource.
"""

from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from fuzz.drawing import CHANCES
from fuzz.invariants import SAMPLES, Object, amended
from fuzz.primitives import PRIMITIVES
from fuzz.world import IDS, PEOPLE, WRITTEN
from oppfolging_api.fhir.definitions import Codes, Element, definitions
from support import CANONICAL

DEPTH: Final = 3
ABOUT: Final = frozenset(("subject", "patient", "for"))
EXTENSION_VALUES: Final = ("valueString", "valueDecimal", "valueDateTime", "valueCode", "valueReference", "valuePeriod")
EXTENSION_URLS: Final = ("http://x.example/a", "urn:x", "http://hl7.org/fhir/StructureDefinition/x")
METAS: Final[tuple[Object, ...]] = (
    {"tag": [{"system": "urn:x", "code": "x", "display": "👩‍👩‍👧‍👦"}]},
    {"source": "urn:x", "profile": ["http://x.example/StructureDefinition/x|2"]},
    {"security": [{"system": CANONICAL.code_system("information-kind"), "code": "health"}]},
    {"versionId": "7", "lastUpdated": "2020-01-01T00:00:00Z"},
)
IDENTIFIED: Final[tuple[Object, ...]] = (
    {"identifier": {"system": "urn:x", "value": "æ|,$"}},
    {"identifier": {"use": "old", "value": "1"}, "display": "İstanbul"},
    {"display": "Naboen"},
)
CONTAINED: Final[Object] = {"resourceType": "Organization", "id": "c", "name": "Inni"}


@st.composite
def resources(draw: st.DrawFn, *kinds: str) -> Object:
    """One of the types named, else of any type that may be written."""
    chance = draw(CHANCES)
    kind = chance.choice(kinds or WRITTEN)
    made: Object = {"resourceType": kind} | _Maker(draw, chance).object(kind, 0)
    if chance.random() < 0.1:
        made["contained"] = [CONTAINED]
        made["extension"] = [{"url": "http://x.example/c", "valueReference": {"reference": "#c"}}]
    return made


class _Maker:
    """Chance decides what is there, hypothesis what it says: a draw for each element would be slow."""

    def __init__(self, draw: st.DrawFn, chance: Random) -> None:
        self._draw, self._chance = draw, chance

    def object(self, structure: str, depth: int) -> Object:
        """The elements of a resource, datatype or backbone: those required, and some of the others."""
        elements = definitions().structures[structure].elements
        held: Object = {}
        for name in self._names(structure, depth):
            held[name] = self._content(elements[name], depth + 1)
            if elements[name].extensible and not elements[name].many and self._chance.random() < 0.05:
                held[f"_{name}"] = {"extension": [self._extension(DEPTH)]}
        held = amended(structure, held)
        return held if held.keys() - {"id"} else held | {"extension": [self._extension(DEPTH)]}

    def _names(self, structure: str, depth: int) -> list[str]:
        required, optional = _labels(structure, depth)
        fewest = 0 if required else 1
        count = min(self._chance.randint(fewest, 7 - 2 * min(depth, 3)), len(optional))
        return [self._chance.choice(names) for names in (*required, *self._chance.sample(optional, count))]

    def _content(self, element: Element, depth: int) -> Any:
        if not element.many:
            return self._value(element, depth)
        return [self._value(element, depth) for _ in range(self._chance.choice((1, 1, 2)))]

    def _value(self, element: Element, depth: int) -> Any:
        if element.codes is not None:
            return self._coded(element.type, element.codes)
        if element.check is not None:
            return self._draw(PRIMITIVES[element.type])
        special = _SPECIAL.get(element.type)
        return special(self, element, depth) if special else self.object(element.type, depth)

    def _coded(self, type: str, codes: Codes) -> Any:
        system, code = self._chance.choice(_pairs(codes.name))
        coding = {"system": system, "code": code}
        return {"code": code, "Coding": coding}.get(type, {"coding": [coding]})

    def sample(self, element: Element, _depth: int) -> Any:
        return self._chance.choice(SAMPLES[element.type])

    def meta(self, _element: Element, _depth: int) -> Object:
        return self._chance.choice(METAS)

    def reference(self, element: Element, _depth: int) -> Object:
        """To what stands in the municipality, elsewhere, or by identifier. Whom a resource is about stands here."""
        if element.label in ABOUT and (element.targets is None or "Patient" in element.targets):
            return {"reference": self._chance.choice(PEOPLE)}
        allowed = sorted(element.targets or IDS)
        here = [{"reference": f"{kind}/{IDS[kind]}"} for kind in allowed if kind in IDS]
        there = [{"reference": f"http://x.example/fhir/{kind}/1", "type": kind} for kind in allowed]
        return self._chance.choice([*here, *here, self._chance.choice(there), self._chance.choice(IDENTIFIED)])

    def extension(self, _element: Element, depth: int) -> Object:
        return self._extension(depth)

    def _extension(self, depth: int) -> Object:
        url = self._chance.choice(EXTENSION_URLS)
        if depth < DEPTH and self._chance.random() < 0.5:
            return {"url": url, "extension": [self._extension(depth + 1)]}
        name = self._chance.choice(EXTENSION_VALUES)
        return {"url": url, name: self._value(definitions().structures["Extension"].elements[name], DEPTH)}


@cache
def _labels(structure: str, depth: int) -> tuple[list[list[str]], list[list[str]]]:
    """The variants of each required element, and of each other; deep down only of what is plain."""
    found = definitions().structures[structure]
    labels: dict[str, list[str]] = {}
    for name, element in found.elements.items():
        if name not in ("contained", "implicitRules") and (depth or name != "id"):
            labels.setdefault(element.label, []).append(name)
    plain = [label for label in labels if depth < DEPTH or found.elements[labels[label][0]].check]
    optional = [labels[label] for label in plain if label not in found.required]
    return [labels[label] for label in found.required], optional


@cache
def _pairs(codes: str) -> list[tuple[str, str]]:
    """Every (system, code) of the value set of a required binding."""
    bound = (element.codes for held in definitions().structures.values() for element in held.elements.values())
    found = next(each for each in bound if each and each.name == codes)
    return sorted((system, code) for system, held in found.by_system.items() for code in held)


_SPECIAL: Final[Mapping[str, Callable[[_Maker, Element, int], Any]]] = {
    **dict.fromkeys(SAMPLES, _Maker.sample),
    "Extension": _Maker.extension,
    "Reference": _Maker.reference,
    "Meta": _Maker.meta,
}
