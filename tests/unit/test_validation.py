"""Each way a resource can fail to be R4 is refused with its code, at its place."""

from typing import Any

import pytest

from oppfolging_api.fhir.exact_json import ExactNumber, parse
from oppfolging_api.fhir.validation import second_reading, validate, walked
from oppfolging_api.kernel.errors import Invalid

ANY = {"url": "http://example.org/reason", "valueCode": "unknown"}
PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/1"}}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "PSFS"}}
CONDITION = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **elements}


def plan(**elements: Any) -> dict[str, Any]:
    return {**PLAN, **elements}


def observation(**elements: Any) -> dict[str, Any]:
    return {**OBSERVATION, **elements}


def extended(**value: Any) -> dict[str, Any]:
    return patient(extension=[{"url": "http://example.org/x", **value}])


def refused(resource: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Code and expression of each issue, of the whole validation."""
    try:
        validate(resource, resource["resourceType"])
    except Invalid as refusal:
        return [(issue.code, issue.expression) for issue in refusal.issues]
    return []


@pytest.mark.parametrize(
    "resource",
    [
        patient(),
        patient(id="a" * 64, meta={"versionId": "1", "lastUpdated": "2026-11-22T08:00:00.000Z"}),
        plan(activity=[{"detail": {"status": "in-progress", "doNotPerform": False}}]),
        patient(_birthDate={"extension": [ANY]}),
        patient(birthDate="2026", _birthDate={"id": "a"}),
        patient(name=[{"given": ["A", None], "_given": [None, {"extension": [ANY]}]}]),
        patient(name=[{"_given": [{"extension": [ANY]}]}]),
        {"resourceType": "CarePlan", "_status": {"extension": [ANY]}, "intent": "plan", "subject": {"display": "x"}},
        observation(valueQuantity={"value": ExactNumber("1.50"), "unit": "km"}),
        observation(valueBoolean=True, _valueBoolean={"id": "a"}),
        {**CONDITION, "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "provisional"}]}},
        {**CONDITION, "verificationStatus": {"extension": [ANY]}},
        extended(valueMeta={"tag": [{"code": "a"}]}),
        extended(extension=[{"url": "inner", "valueString": "a"}]),
    ],
)
def test_valid_resources_pass(resource: dict[str, Any]) -> None:
    assert refused(resource) == []


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (patient(nickname="x"), "Patient.nickname"),
        (patient(name=[{"family": "x"}, {"surname": "x"}]), "Patient.name[1].surname"),
        (plan(activity=[{"detail": {"status": "completed", "statu": "x"}}]), "CarePlan.activity[0].detail.statu"),
        (patient(name=[{"resourceType": "HumanName", "family": "x"}]), "Patient.name[0].resourceType"),
        (patient(_name=[{"extension": [ANY]}]), "Patient._name"),
        (observation(value="x"), "Observation.value"),
        (observation(valueAddress={"text": "x"}), "Observation.valueAddress"),
        (patient(**{"name with spaces": "x"}), "Patient"),
        (observation(referenceRange=[{"low": {"value": 1, "comparator": "<"}}]),
         "Observation.referenceRange[0].low.comparator"),
        (patient(meta={"project": "x"}), "Patient.meta.project"),
        (patient(_id={"extension": [ANY]}), "Patient._id"),
        (patient(name=[{"family": "x", "_id": {"extension": [ANY]}}]), "Patient.name[0]._id"),
        (patient(extension=[{**ANY, "_url": {"extension": [ANY]}}]), "Patient.extension[0]._url"),
    ],
)  # fmt: skip
def test_unknown_elements(resource: dict[str, Any], expression: str) -> None:
    assert refused(resource) == [("structure", expression)]


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        ({"resourceType": "CarePlan", "intent": "plan", "subject": {"reference": "Patient/1"}}, "CarePlan.status"),
        (plan(activity=[{"detail": {"description": "x"}}]), "CarePlan.activity[0].detail.status"),
        (patient(link=[{"type": "refer"}]), "Patient.link[0].other"),
        ({**OBSERVATION, "resourceType": "Goal", "lifecycleStatus": "active", "subject": {"reference": "Patient/1"},
          "description": {"text": "x"}, "status": "x"}, None),
        ({"resourceType": "Parameters", "parameter": [{"valueCode": "x"}]}, "Parameters.parameter[0].name"),
        (extended(extension=[{"valueCode": "x"}]), "Patient.extension[0].extension[0].url"),
        (patient(extension=[{"url": "http://example.org/x", "valueUsageContext": {"code": {"code": "x"}}}]),
         "Patient.extension[0].value.value"),
        (patient(text={"status": "generated"}), "Patient.text.div"),
    ],
)  # fmt: skip
def test_required_elements(resource: dict[str, Any], expression: str | None) -> None:
    required = [place for code, place in refused(resource) if code == "required"]
    assert required == ([expression] if expression else [])


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (patient(name=[]), "Patient.name"),
        (patient(name={"family": "x"}), "Patient.name"),
        (patient(name="x"), "Patient.name"),
        (patient(name=["x"]), "Patient.name[0]"),
        (patient(name=[None]), "Patient.name[0]"),
        (patient(name=[{}]), "Patient.name[0]"),
        (patient(name=[{"given": []}]), "Patient.name[0].given"),
        (patient(name=[{"given": [None]}]), "Patient.name[0].given[0]"),
        (patient(gender=["male"]), "Patient.gender"),
        (patient(gender=None), "Patient.gender"),
        (patient(gender={"code": "male"}), "Patient.gender"),
        (patient(meta=None), "Patient.meta"),
        (patient(meta=[]), "Patient.meta"),
        (patient(maritalStatus=[{"text": "x"}]), "Patient.maritalStatus"),
        (patient(maritalStatus={}), "Patient.maritalStatus"),
        (patient(_birthDate=None), "Patient.birthDate"),
        (patient(_birthDate={}), "Patient.birthDate"),
        (patient(_birthDate=[{"extension": [ANY]}]), "Patient.birthDate"),
        (patient(name=[{"given": ["A"], "_given": {"extension": [ANY]}}]), "Patient.name[0].given"),
        (patient(name=[{"given": ["A"], "_given": []}]), "Patient.name[0].given"),
        (patient(name=[{"given": ["A", "B"], "_given": [{"extension": [ANY]}]}]), "Patient.name[0].given"),
        (patient(name=[{"given": ["A"], "_given": ["x"]}]), "Patient.name[0].given[0]"),
        (patient(name=[{"_given": [None]}]), "Patient.name[0].given[0]"),
        (observation(valueString="a", valueInteger=1), "Observation.value"),
        (observation(valueString="a", _valueInteger={"extension": [ANY]}), "Observation.value"),
        (patient(deceasedBoolean=False, deceasedDateTime="2026"), "Patient.deceased"),
        (patient(contained=["x"]), "Patient.contained[0]"),
    ],
)
def test_the_shape_of_the_json(resource: dict[str, Any], expression: str) -> None:
    assert refused(resource) == [("structure", expression)]


@pytest.mark.parametrize("kind", [{}, {"resourceType": "Kommune"}, {"resourceType": "DomainResource"}])
def test_a_contained_resource_has_a_type(kind: dict[str, Any]) -> None:
    assert refused(patient(contained=[{"id": "x", **kind}]))[0] == ("structure", "Patient.contained[0].resourceType")


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (patient(id="a" * 65), "Patient.id"),
        (patient(id="Å"), "Patient.id"),
        (patient(id=""), "Patient.id"),
        (patient(active="true"), "Patient.active"),
        (patient(active=1), "Patient.active"),
        (patient(birthDate="2026-02-30"), "Patient.birthDate"),
        (patient(name=[{"family": ""}]), "Patient.name[0].family"),
        (patient(name=[{"given": ["A", " \t"]}]), "Patient.name[0].given[1]"),
        (patient(identifier=[{"system": "urn:oid: 2.16"}]), "Patient.identifier[0].system"),
        (patient(meta={"lastUpdated": "2026-11-22"}), "Patient.meta.lastUpdated"),
        (patient(extension=[{"url": "", "valueCode": "x"}]), "Patient.extension[0].url"),
        (extended(valueDecimal="1.5"), "Patient.extension[0].value"),
        (patient(_birthDate={"extension": [{"url": "http://example.org/x", "valueDate": "22.11.2026"}]}),
         "Patient.birthDate.extension[0].value"),
    ],
)  # fmt: skip
def test_primitive_values(resource: dict[str, Any], expression: str) -> None:
    assert refused(resource) == [("value", expression)]


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (plan(status="aktiv"), "CarePlan.status"),
        (plan(status="Active"), "CarePlan.status"),
        (plan(intent="directive"), "CarePlan.intent"),
        (plan(activity=[{"reference": {"display": "x"}}, {"detail": {"status": "draft"}}]),
         "CarePlan.activity[1].detail.status"),
        (patient(gender="kvinne"), "Patient.gender"),
        (patient(contact=[{"gender": "M", "name": {"text": "x"}}]), "Patient.contact[0].gender"),
        (patient(telecom=[{"system": "mobile", "value": "x"}]), "Patient.telecom[0].system"),
        ({**CONDITION, "clinicalStatus": {"coding": [{"system": "http://example.org", "code": "active"}]}},
         "Condition.clinicalStatus"),
        ({**CONDITION, "clinicalStatus": {"coding": [{"code": "active"}]}}, "Condition.clinicalStatus"),
        ({**CONDITION, "clinicalStatus": {"text": "aktiv"}}, "Condition.clinicalStatus"),
    ],
)  # fmt: skip
def test_codes_of_required_bindings(resource: dict[str, Any], expression: str) -> None:
    assert refused(resource) == [("code-invalid", expression)]


def test_the_codes_are_told() -> None:
    (issue,) = walked(patient(gender="x"), "Patient")
    assert issue.diagnostics == "expected one of female, male, other, unknown"


def test_a_long_value_set_is_told_by_its_name() -> None:
    questionnaire = {"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "1", "type": "x"}]}
    (issue,) = walked(questionnaire, "Questionnaire")
    assert issue.diagnostics == "expected a code of the value set item-type"


@pytest.mark.parametrize(
    ("resource", "issue"),
    [
        (patient(name=[{"id": "a"}]), ("invariant", "Patient.name[0]")),
        (patient(_birthDate={"id": "a"}), ("invariant", "Patient.birthDate")),
        (patient(name=[{"given": ["A", None], "_given": [None, {"id": "a"}]}]),
         ("invariant", "Patient.name[0].given[1]")),
    ],
)  # fmt: skip
def test_an_element_is_more_than_an_id(resource: dict[str, Any], issue: tuple[str, str]) -> None:
    assert refused(resource) == [issue]


@pytest.mark.parametrize("kind", [{"resourceType": "Patient"}, {"resourceType": 1}, {}])
def test_the_resource_is_of_the_type_asked_for(kind: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        validate(kind, "CarePlan")
    assert [(issue.code, issue.expression) for issue in caught.value.issues] == [("invalid", "CarePlan.resourceType")]


def test_every_issue_is_told_at_once() -> None:
    resource = plan(status="x", foo=1, activity=[{"detail": {}}, {"reference": {"reference": "Patient/1"}}], period={})
    assert refused(resource) == [
        ("code-invalid", "CarePlan.status"),
        ("structure", "CarePlan.foo"),
        ("structure", "CarePlan.activity[0].detail"),
        ("value", "CarePlan.activity[1].reference.reference"),
        ("structure", "CarePlan.period"),
    ]


def test_but_at_most_fifty() -> None:
    assert len(refused(patient(name=[{"x": 1}] * 1000))) == 50
    medication = {"resourceType": "Medication", "id": "m", "ingredient": [{"x": 1}] * 1000}
    assert len(refused(plan(contained=[medication], supportingInfo=[{"reference": "#m"}]))) == 50


@pytest.mark.parametrize(
    "resource",
    [patient(birthDate="Kari"), patient(gender="Kari"), patient(**{"Kari Nordmann": 1}), patient(name="Kari")],
)
def test_a_refusal_repeats_no_values(resource: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        validate(resource, "Patient")
    assert "Kari" not in repr(caught.value.issues)


def test_resources_in_a_bundle_are_validated_where_they_stand() -> None:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": patient(), "request": {"method": "POST", "url": "Patient"}},
        {"resource": patient(gender="x"), "request": {"method": "POST", "url": "Patient"}},
    ]}  # fmt: skip
    assert refused(bundle) == [("code-invalid", "Bundle.entry[1].resource.gender")]


@pytest.mark.parametrize(
    ("inner", "expression"),
    [
        ({"resourceType": "Kommune"}, "Bundle.entry[0].resource.resourceType"),
        ("Patient", "Bundle.entry[0].resource"),
        (None, "Bundle.entry[0].resource"),
    ],
)
def test_what_stands_in_a_bundle_is_a_resource(inner: object, expression: str) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": inner}]}
    assert refused(bundle) == [("structure", expression)]


def test_a_contained_type_without_definitions_is_left_to_the_second_reader() -> None:
    good = {"resourceType": "Medication", "id": "m", "code": {"text": "x"}}
    bad = {"resourceType": "Medication", "id": "m", "kode": {"text": "x"}}
    link = plan(supportingInfo=[{"reference": "#m"}])
    assert refused({**link, "contained": [good]}) == []
    assert refused({**link, "contained": [bad]}) == [("structure", "CarePlan.contained[0].kode")]
    assert refused({**link, "contained": [{**good, "form": {"coding": []}}]}) == [
        ("structure", "CarePlan.contained[0].form.coding")
    ]


def test_a_type_that_r4b_has_dropped_has_no_second_reader() -> None:
    contained = {"resourceType": "EffectEvidenceSynthesis", "id": "e", "status": "draft"}
    assert refused(plan(contained=[contained], supportingInfo=[{"reference": "#e"}])) == []


def test_the_second_reader_points_at_the_place() -> None:
    found = [(issue.code, issue.expression) for issue in second_reading(patient(name=[{}, {"x": 1}]), "Patient")]
    assert found == [("structure", "Patient.name[1].x")]


def test_validation_leaves_the_resource_as_it_was() -> None:
    body = b'{"resourceType":"Patient","name":[{"given":["A"],"_given":[{"id":"a"}]}],"birthDate":"2026-02"}'
    resource = parse(body)
    validate(resource, "Patient")
    assert resource == parse(body)
