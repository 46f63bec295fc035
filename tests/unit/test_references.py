"""References: their forms, the types an element allows, contained resources, and finding every one."""

from typing import Any

import pytest

from oppfolging_api.fhir.validation import FoundReference, references, walked

CONTAINED = {"resourceType": "Practitioner", "id": "p"}


def plan(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"display": "x"}, **elements}


def issues(resource: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(issue.code, issue.expression) for issue in walked(resource, resource["resourceType"])]


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Patient/1"},
        {"reference": "Patient/1/_history/2"},
        {"reference": "Group/a.b-C"},
        {"reference": "https://example.org/fhir/Patient/1"},
        {"reference": "http://example.org/fhir/Patient/1/_history/1"},
        {"reference": "https://example.org/whatever?id=1"},
        {"reference": "https://example.org/Something/1"},
        {"reference": "urn:uuid:0198c6b0-0000-7000-8000-00000000000a"},
        {"reference": "urn:oid:2.16.578.1"},
        {"reference": "Patient/1", "type": "Patient"},
        {"reference": "Patient/1", "type": "http://hl7.org/fhir/StructureDefinition/Patient"},
        {"type": "Patient", "identifier": {"value": "x"}},
        {"display": "x"},
        {"extension": [{"url": "http://example.org/x", "valueCode": "masked"}]},
    ],
)
def test_references_to_what_the_element_allows(reference: dict[str, Any]) -> None:
    assert issues(plan(subject=reference)) == []


@pytest.mark.parametrize(
    "reference",
    [
        "1",
        "Patient",
        "Patient/",
        "Patient/1/",
        "/Patient/1",
        "patient/1",
        "Patient/" + "1" * 65,
        "Patient/1/_history",
        "Patient/1/_history/",
        "Patient/1#x",
        "Patient/å",
        "Kommune/1",
        "Patient?identifier=x",
        "fhir/Patient/1",
        "urn:uuid:1",
        "urn:oid:x",
        "ftp://example.org/Patient/1",
        "javascript:alert(1)",
        "https://example.org/ Patient/1",
    ],
)
def test_what_is_no_reference(reference: str) -> None:
    assert issues(plan(subject={"reference": reference})) == [("value", "CarePlan.subject.reference")]


@pytest.mark.parametrize(
    ("elements", "expression"),
    [
        ({"subject": {"reference": "Practitioner/1"}}, "CarePlan.subject.reference"),
        ({"subject": {"reference": "https://example.org/fhir/Practitioner/1"}}, "CarePlan.subject.reference"),
        ({"subject": {"type": "Practitioner", "display": "x"}}, "CarePlan.subject.type"),
        ({"subject": {"reference": "urn:uuid:0198c6b0-0000-7000-8000-00000000000a", "type": "Task"}},
         "CarePlan.subject.reference"),
        ({"subject": {"reference": "Patient/1", "type": "Group"}}, "CarePlan.subject.type"),
        ({"careTeam": [{"reference": "CareTeam/1"}, {"reference": "Patient/1"}]}, "CarePlan.careTeam[1].reference"),
        ({"activity": [{"reference": {"reference": "Goal/1"}}]}, "CarePlan.activity[0].reference.reference"),
        ({"contained": [CONTAINED], "subject": {"reference": "#p"}}, "CarePlan.subject.reference"),
        ({"contained": [{"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#"}}]},
         "CarePlan.contained[0].practitioner.reference"),
    ],
)  # fmt: skip
def test_a_type_that_the_element_does_not_allow(elements: dict[str, Any], expression: str) -> None:
    assert issues(plan(**elements)) == [("value", expression)]


def test_the_allowed_types_are_told() -> None:
    (issue,) = walked(plan(subject={"reference": "Task/1"}), "CarePlan")
    assert issue.diagnostics == "expected a reference to Group, Patient"


def test_any_type_where_the_element_allows_any() -> None:
    assert issues(plan(supportingInfo=[{"reference": "Immunization/1"}])) == []


def test_a_conditional_reference_stands_only_in_a_bundle() -> None:
    entry = {"request": {"method": "POST", "url": "CarePlan"}}
    good = {**entry, "resource": plan(subject={"reference": "Patient?identifier=x"})}
    bad = {**entry, "resource": plan(subject={"reference": "Task?identifier=x"})}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [good, bad]}
    assert issues(bundle) == [("value", "Bundle.entry[1].resource.subject.reference")]


@pytest.mark.parametrize(
    ("elements", "issue"),
    [
        ({"author": {"reference": "#q"}}, ("invariant", "CarePlan.author.reference")),
        ({"author": {"reference": "#q"}, "contained": [{**CONTAINED, "id": "q", "meta": {"versionId": "1"}}]},
         ("invariant", "CarePlan.contained[0].meta.versionId")),
        ({"author": {"reference": "#q"},
          "contained": [{**CONTAINED, "id": "q", "meta": {"lastUpdated": "2026-11-22T08:00:00Z"}}]},
         ("invariant", "CarePlan.contained[0].meta.lastUpdated")),
        ({"author": {"reference": "#q"},
          "contained": [{**CONTAINED, "id": "q", "meta": {"security": [{"code": "R"}]}}]},
         ("invariant", "CarePlan.contained[0].meta.security")),
        ({"author": {"reference": "#q"}, "contained": [{**CONTAINED, "id": "q", "contained": [CONTAINED]}]},
         ("invariant", "CarePlan.contained[0].contained")),
        ({"contained": [CONTAINED]}, ("invariant", "CarePlan.contained[0]")),
        ({"contained": [{"resourceType": "Practitioner"}]}, ("invariant", "CarePlan.contained[0]")),
        ({"author": {"reference": "#p"}, "contained": [CONTAINED, CONTAINED]},
         ("duplicate", "CarePlan.contained[1].id")),
        ({"author": {"reference": "#p"}, "contained": [{**CONTAINED, "gender": "x"}]},
         ("code-invalid", "CarePlan.contained[0].gender")),
    ],
)  # fmt: skip
def test_contained_resources(elements: dict[str, Any], issue: tuple[str, str]) -> None:
    assert issues(plan(**elements)) == [issue]


@pytest.mark.parametrize(
    "elements",
    [
        {"author": {"reference": "#p"}, "contained": [CONTAINED]},
        {"instantiatesCanonical": ["#p"], "contained": [CONTAINED]},
        {
            "contained": [
                {"resourceType": "Task", "status": "draft", "intent": "order", "basedOn": [{"reference": "#"}]}
            ]
        },
    ],
)
def test_a_contained_resource_is_linked(elements: dict[str, Any]) -> None:
    assert issues(plan(**elements)) == []


def test_a_contained_resource_of_a_bundle_entry_is_found_there_only() -> None:
    entries = [
        {"resource": plan(author={"reference": "#p"}, contained=[CONTAINED])},
        {"resource": plan(author={"reference": "#p"})},
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert issues(bundle) == [("invariant", "Bundle.entry[1].resource.author.reference")]


def test_every_reference_is_found() -> None:
    resource = plan(
        subject={"reference": "Patient/1", "identifier": {"value": "x", "assigner": {"reference": "Organization/1"}}},
        author={"reference": "#p"},
        supportingInfo=[{"reference": "#m"}, {"reference": "https://example.org/fhir/Task/1"}, {"display": "x"}],
        activity=[{"detail": {"status": "not-started", "performer": [{"reference": "Patient/2"}]}}],
        extension=[{"url": "http://example.org/x", "valueReference": {"reference": "Goal/1"}}],
        _status={"extension": [{"url": "http://example.org/x", "valueReference": {"reference": "Goal/2"}}]},
        contained=[
            {**CONTAINED, "qualification": [{"code": {"text": "x"}, "issuer": {"reference": "Organization/2"}}]},
            {"resourceType": "Medication", "id": "m", "manufacturer": {"reference": "Organization/3"}},
        ],
    )
    performers = {"Practitioner", "PractitionerRole", "Organization", "RelatedPerson", "Patient", "CareTeam"}
    assert list(references(resource, "CarePlan")) == [
        FoundReference("CarePlan.subject.reference", "Patient/1", frozenset({"Patient", "Group"})),
        FoundReference("CarePlan.subject.identifier.assigner.reference", "Organization/1", frozenset({"Organization"})),
        FoundReference("CarePlan.supportingInfo[1].reference", "https://example.org/fhir/Task/1", None),
        FoundReference(
            "CarePlan.activity[0].detail.performer[0].reference",
            "Patient/2",
            frozenset({*performers, "HealthcareService", "Device"}),
        ),
        FoundReference("CarePlan.extension[0].value.reference", "Goal/1", None),
        FoundReference("CarePlan.status.extension[0].value.reference", "Goal/2", None),
        FoundReference(
            "CarePlan.contained[0].qualification[0].issuer.reference", "Organization/2", frozenset({"Organization"})
        ),
        FoundReference("CarePlan.contained[1].manufacturer.reference", "Organization/3", None),
    ]


def test_references_are_found_in_the_entries_of_a_bundle() -> None:
    task = {"resourceType": "Task", "status": "draft", "intent": "order", "for": {"reference": "Patient/1"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": task}]}
    assert list(references(bundle, "Bundle")) == [
        FoundReference("Bundle.entry[0].resource.for.reference", "Patient/1", None)
    ]
