"""Search parameters and compartments as the service declares them, from the specification's own definitions.

A SearchParameter's FHIRPath expression becomes paths of JSON names: https://hl7.org/fhir/R4/searchparameter-registry.html
"""

import re
from collections.abc import Iterator, Set
from typing import Any, Final

Json = dict[str, Any]

NOT_STORED: Final = ("Bundle", "OperationOutcome", "Parameters")
LEFT_OUT: Final = {
    ("Location", "near"): "special: distances need a geographic index",
    ("Organization", "phonetic"): "R4 names no algorithm, and those there are do not fit Norwegian",
    ("Patient", "phonetic"): "as for Organization",
    ("Practitioner", "phonetic"): "as for Organization",
    ("RelatedPerson", "phonetic"): "as for Organization",
}
"""What is not done, and why."""
COMPARTMENTS: Final = ("Patient", "Practitioner", "RelatedPerson")
TRUTHS: Final = {"Patient.deceased.exists() and Patient.deceased != false": "Patient.deceased"}
"""Expressions that ask whether there is a value other than false, and the element they ask of."""
SWAPPED: Final = {"relationship": ("target", "code")}
"""The elements of DocumentReference's composite, which R4 gives the other way about than what it says they are."""
ANY: Final = "Resource"
KINDS: Final = {
    "token": {"boolean", "code", "Coding", "CodeableConcept", "ContactPoint", "Identifier", "id", "string", "uri"},
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "quantity": {"Age", "Quantity", "Range", "SampledData"},
    "reference": {"Reference", "canonical", "uri"},
    "string": {"string", "markdown", "HumanName", "Address"},
    "uri": {"uri", "url", "canonical", "oid", "uuid"},
}
"""The types of element that a kind of parameter can use: https://hl7.org/fhir/R4/search.html#table"""

_ALTERNATIVE = re.compile(r"\s*\|\s*")
_AS = (re.compile(r"\(([\w.]+) as (\w+)\)"), re.compile(r"([\w.]+)\.as\((\w+)\)"))
_RESOLVED = re.compile(r"\.where\(resolve\(\) is (\w+)\)")
_WHERE = re.compile(r"\.where\((\w+)='([\w-]+)'\)")
_STEP = re.compile(r"(?P<label>\w+)(?P<condition>\[[\w=-]+\])?(?::(?P<type>\w+))?(?:\.(?P<rest>.+))?")


class Elements:
    """The elements of the derived types, by path."""

    def __init__(self, types: Json) -> None:
        self._types = types

    def at(self, owner: str, path: str, used: Set[str]) -> Iterator[tuple[str, Json]]:
        """(path of JSON names, element) at a path read by `_read`: of a choice the type named, else those of use."""
        step = _STEP.fullmatch(path)
        demand(step is not None, f"{path} is no path")
        label, condition, type_, rest = step.groups(default="") if step else ("",) * 4
        for json, element in self._types[owner].items():
            if element.get("choice", json) == label and _wanted(element, type_, rest, used):
                if rest:
                    yield from (
                        (f"{json}{condition}.{tail}", held) for tail, held in self.at(element["type"], rest, used)
                    )
                else:
                    yield json + condition, element


def _wanted(element: Json, type_: str, rest: str, used: Set[str]) -> bool:
    """R4 writes DateTime for dateTime in an expression or two."""
    if type_:
        return bool(element["type"].casefold() == type_.casefold())
    return "choice" not in element or bool(rest) or element["type"] in used


def search_parameters(parameters: list[Json], types: Json, served: list[str]) -> Json:
    """{type: {name: {kind, paths, targets?, components?, truth?}}}"""
    elements = Elements(types)
    by_url = {parameter["url"]: parameter for parameter in parameters}
    return {
        base: {
            parameter["code"]: _parameter(parameter, base, elements, by_url)
            for parameter in parameters
            if base in parameter["base"] and (base, parameter["code"]) not in LEFT_OUT
        }
        for base in served
        if base not in NOT_STORED
    }


def compartments(definitions: list[Json], served: list[str]) -> Json:
    """{type: {compartment: [parameter]}}; `{def}` only says that the resource itself is the compartment."""
    found: Json = {}
    for definition in definitions:
        for held in definition["resource"]:
            names = [name for name in held.get("param", []) if name != "{def}"]
            if names and held["code"] in served and definition["code"] in COMPARTMENTS:
                found.setdefault(held["code"], {})[definition["code"]] = names
    return found


def _parameter(parameter: Json, base: str, elements: Elements, by_url: Json) -> Json:
    kind: str = parameter["type"]
    expression: str = parameter["expression"]
    if kind == "composite":
        return _composite(parameter, base, elements, by_url)
    own = [_read(one, base) for one in _alternatives(TRUTHS.get(expression, expression)) if _root(one) == base]
    used = KINDS[kind] | (KINDS["date"] if expression in TRUTHS else set())
    held = [(json, element, resolved) for path, resolved in own for json, element in elements.at(base, path, used)]
    demand(bool(held), f"{base} {parameter['code']} finds nothing")
    for json, element, _ in held:
        demand(element["type"] in used, f"{base}.{json} is a {element['type']}, no {kind}")
    targets = {target for _, element, to in held for target in _targets(element, to, parameter.get("target", []))}
    paths = list(dict.fromkeys(json for json, _, _ in held))
    entry: Json = {"kind": kind, "paths": paths} | ({"targets": sorted(targets)} if targets else {})
    return entry | ({"truth": True} if expression in TRUTHS else {})


def _targets(element: Json, resolved: str | None, declared: list[str]) -> list[str]:
    """The types both the parameter and the element name; a canonical names none."""
    if element["type"] != "Reference":
        return []
    if resolved:
        return [resolved]
    return [target for target in element["targets"] if target in declared] if "targets" in element else [ANY]


def _composite(parameter: Json, base: str, elements: Elements, by_url: Json) -> Json:
    owners = [one for one in _alternatives(parameter["expression"]) if _root(one) == base]
    types = [_type_at(owner, base, elements) for owner in owners]
    expressions = SWAPPED.get(parameter["code"], [part["expression"] for part in parameter["component"]])
    components = []
    for part, expression in zip(parameter["component"], expressions, strict=True):
        definition = by_url[part["definition"]]
        own = [path for path, _ in (_read(one, "") for one in _alternatives(expression))]
        found = [json for path in own for json, _ in elements.at(types[0], path, KINDS[definition["type"]])]
        demand(bool(found), f"{base} {parameter['code']} has no {expression}")
        components.append([definition["code"], *found])
    return {"kind": "composite", "paths": [_below(owner, base) for owner in owners], "components": components}


def _type_at(owner: str, base: str, elements: Elements) -> str:
    if owner == base:
        return base
    ((_, element),) = elements.at(base, _below(owner, base), set())
    return str(element["type"])


def _alternatives(expression: str) -> list[str]:
    return _ALTERNATIVE.split(expression.strip())


def _root(expression: str) -> str:
    return expression.lstrip("(").partition(".")[0]


def _below(path: str, base: str) -> str:
    return path.removeprefix(base).removeprefix(".")


def _read(expression: str, base: str) -> tuple[str, str | None]:
    """The path below the base, as `telecom[system=phone]` or `value:Quantity`; the one type of target wanted."""
    resolved = _RESOLVED.search(expression)
    path = _WHERE.sub(r"[\1=\2]", _RESOLVED.sub("", expression))
    for written in _AS:
        path = written.sub(r"\1:\2", path)
    return _below(path, base), resolved[1] if resolved else None


def demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"the definitions are not as expected: {otherwise}")
