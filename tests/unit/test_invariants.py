"""Every invariant of R4: where it is broken it is told at its place, and what only comes near it passes."""

from typing import Any

import pytest

from oppfolging_api.fhir.definitions import definitions
from oppfolging_api.fhir.invariants import INVARIANTS
from oppfolging_api.fhir.validation import walked

PATIENT = {"reference": "Patient/1"}
UCUM = "http://unitsofmeasure.org"
SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
SCORE = {"coding": [{"system": "http://example.org", "code": "psfs"}]}
BASES: dict[str, dict[str, Any]] = {
    "Appointment": {"status": "booked", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z",
                    "participant": [{"actor": PATIENT, "status": "accepted"}]},
    "AppointmentResponse": {"appointment": {"reference": "Appointment/1"}, "participantStatus": "accepted"},
    "AuditEvent": {"type": {"code": "rest"}, "recorded": "2026-11-22T10:00:00Z", "agent": [{"requestor": True}],
                   "source": {"observer": {"display": "x"}}},
    "CarePlan": {"status": "active", "intent": "plan", "subject": PATIENT},
    "CareTeam": {"subject": PATIENT},
    "Composition": {"status": "final", "type": {"text": "x"}, "date": "2026", "author": [{"display": "x"}],
                    "title": "x"},
    "Condition": {"subject": PATIENT},
    "Consent": {"status": "active", "category": [{"text": "x"}], "patient": PATIENT, "policyRule": {"text": "x"},
                "scope": {"coding": [{"system": SCOPES, "code": "patient-privacy"}]}},
    "Goal": {"lifecycleStatus": "active", "description": {"text": "x"}, "subject": PATIENT},
    "Measure": {"status": "active"},
    "MeasureReport": {"status": "complete", "type": "summary", "measure": "http://example.org/m",
                      "period": {"start": "2026"}},
    "Observation": {"status": "final", "code": SCORE},
    "Organization": {"name": "x"},
    "Parameters": {},
    "Patient": {},
    "Questionnaire": {"status": "active"},
    "QuestionnaireResponse": {"status": "completed"},
    "ServiceRequest": {"status": "active", "intent": "order", "subject": PATIENT},
    "Task": {"status": "draft", "intent": "order"},
}  # fmt: skip

Elements = dict[str, Any]
Case = tuple[str, str, Elements, str]


def resource(kind: str, elements: Elements) -> Elements:
    """An element given as None is left out."""
    whole = {"resourceType": kind, **BASES[kind], **elements}
    return {name: value for name, value in whole.items() if value is not None}


def broken(kind: str, elements: Elements) -> list[tuple[str, str | None]]:
    """Key and expression of each broken invariant; there may be no other issue."""
    issues = walked(resource(kind, elements), kind)
    assert [issue for issue in issues if issue.code != "invariant"] == []
    return [(issue.diagnostics.partition(":")[0], issue.expression) for issue in issues]


def value(**variant: Any) -> Elements:
    return {"extension": [{"url": "http://example.org/x", **variant}]}


def quantity(number: object, **elements: Any) -> Elements:
    return {"value": number, **elements}


def timing(**repeat: Any) -> Elements:
    return value(valueTiming={"repeat": repeat})


def items(*declared: Elements) -> Elements:
    return {"item": [{"linkId": str(number), "type": "string", **item} for number, item in enumerate(declared)]}


def ver_status(code: str) -> Elements:
    return {"coding": [{"system": VERIFICATION, "code": code}]}


def clinical(code: str) -> Elements:
    return {"coding": [{"system": CLINICAL, "code": code}]}


def scoped(code: str, **elements: Any) -> Elements:
    return {"scope": {"coding": [{"system": SCOPES, "code": code}]}, **elements}


VALUE = "Patient.extension[0].value"
REPEAT = "Patient.extension[0].value.repeat"
ITEM = "Questionnaire.item[0]"
MINUTES = {"durationUnit": "min"}
DAILY = {"periodUnit": "d"}
FINISHED = {"detail": {"status": "completed"}}
MEMBER = {"onBehalfOf": {"reference": "Organization/1"}}

BROKEN: list[Case] = [
    ("age-1", "Condition", {"onsetAge": quantity(3)}, "Condition.onset"),
    ("age-1", "Condition", {"onsetAge": quantity(0, code="a", system=UCUM)}, "Condition.onset"),
    ("age-1", "Condition", {"onsetAge": quantity(3, code="a", system="http://example.org")}, "Condition.onset"),
    ("att-1", "Patient", {"photo": [{"data": "aGVp"}]}, "Patient.photo[0]"),
    ("cnt-3", "Patient", value(valueCount=quantity(1)), VALUE),
    ("cnt-3", "Patient", value(valueCount=quantity(1.5, code="1", system=UCUM)), VALUE),
    ("cnt-3", "Patient", value(valueCount=quantity(2, code="2", system=UCUM)), VALUE),
    ("cpt-2", "Patient", {"telecom": [{"system": "phone"}, {"value": "55"}]}, "Patient.telecom[1]"),
    ("dis-1", "Patient", value(valueDistance=quantity(1)), VALUE),
    ("drq-1", "Patient", value(valueDataRequirement={"type": "Task", "codeFilter": [{"valueSet": "http://a"}]}),
     f"{VALUE}.codeFilter[0]"),
    ("drq-2", "Patient", value(valueDataRequirement={
        "type": "Task", "dateFilter": [{"path": "a", "searchParam": "b", "valueDateTime": "2026"}]}),
     f"{VALUE}.dateFilter[0]"),
    ("drt-1", "Patient", value(valueDuration=quantity(1, code="d", system="http://example.org")), VALUE),
    ("drt-1", "Patient", value(valueDuration={"code": "d", "system": UCUM}), VALUE),
    ("exp-1", "Patient", value(valueExpression={"language": "text/fhirpath"}), VALUE),
    ("ext-1", "Patient", value(), "Patient.extension[0]"),
    ("ext-1", "Patient", value(valueCode="a", extension=[{"url": "b", "valueCode": "c"}]), "Patient.extension[0]"),
    ("per-1", "CarePlan", {"period": {"start": "2026-11-22", "end": "2026-11-21"}}, "CarePlan.period"),
    ("per-1", "CarePlan", {"period": {"start": "2026-11-22", "end": "2025"}}, "CarePlan.period"),
    ("per-1", "CarePlan", {"period": {"start": "2026-12", "end": "2026-11-30"}}, "CarePlan.period"),
    ("per-1", "CarePlan", {"period": {"start": "2026-11-22T00:30:00+01:00", "end": "2026-11-21"}}, "CarePlan.period"),
    ("per-1", "CarePlan", {"period": {"start": "2026-11-22T10:00:00Z", "end": "2026-11-22T10:30:00+01:00"}},
     "CarePlan.period"),
    ("per-1", "CarePlan", {"period": {"start": "2026-11-22T10:00:00.0010Z", "end": "2026-11-22T10:00:00.0009Z"}},
     "CarePlan.period"),
    ("qty-3", "Observation", {"valueQuantity": quantity(1, code="km")}, "Observation.value"),
    ("qty-3", "Observation", {"referenceRange": [{"low": quantity(1, code="km")}]},
     "Observation.referenceRange[0].low"),
    ("rat-1", "Observation", {"valueRatio": {"numerator": quantity(1)}}, "Observation.value"),
    ("rat-1", "Observation", {"valueRatio": {"denominator": quantity(1)}}, "Observation.value"),
    ("rng-2", "Observation", {"valueRange": {"low": quantity(2), "high": quantity(1)}}, "Observation.value"),
    ("tim-1", "Patient", timing(duration=1), REPEAT),
    ("tim-2", "Patient", timing(period=1), REPEAT),
    ("tim-4", "Patient", timing(duration=-1, **MINUTES), REPEAT),
    ("tim-5", "Patient", timing(period=-0.5, **DAILY), REPEAT),
    ("tim-6", "Patient", timing(periodMax=1), REPEAT),
    ("tim-7", "Patient", timing(durationMax=1), REPEAT),
    ("tim-8", "Patient", timing(countMax=1), REPEAT),
    ("tim-9", "Patient", timing(offset=1), REPEAT),
    ("tim-9", "Patient", timing(offset=1, when=["ACM", "CD"]), REPEAT),
    ("tim-10", "Patient", timing(timeOfDay=["10:00:00"], when=["ACM"]), REPEAT),
    ("trd-1", "Patient", value(valueTriggerDefinition={
        "type": "data-added", "data": [{"type": "Task"}], "timingDate": "2026"}), VALUE),
    ("trd-2", "Patient", value(valueTriggerDefinition={
        "type": "named-event", "name": "a", "condition": {"language": "text/cql", "expression": "a"}}), VALUE),
    ("trd-3", "Patient", value(valueTriggerDefinition={"type": "named-event"}), VALUE),
    ("trd-3", "Patient", value(valueTriggerDefinition={"type": "periodic"}), VALUE),
    ("trd-3", "Patient", value(valueTriggerDefinition={"type": "data-changed"}), VALUE),
    ("app-1", "Appointment", {"participant": [{"status": "accepted"}]}, "Appointment.participant[0]"),
    ("app-2", "Appointment", {"status": "proposed", "end": None}, "Appointment"),
    ("app-2", "Appointment", {"status": "proposed", "start": None}, "Appointment"),
    ("app-3", "Appointment", {"start": None, "end": None}, "Appointment"),
    ("app-4", "Appointment", {"cancelationReason": {"text": "x"}}, "Appointment"),
    ("apr-1", "AppointmentResponse", {}, "AppointmentResponse"),
    ("cmp-1", "Composition", {"section": [{"title": "x"}]}, "Composition.section[0]"),
    ("cmp-2", "Composition", {"section": [{"section": [{"entry": [PATIENT], "emptyReason": {"text": "x"}}]}]},
     "Composition.section[0].section[0]"),
    ("con-1", "Condition", {"stage": [{"type": {"text": "x"}}]}, "Condition.stage[0]"),
    ("con-2", "Condition", {"evidence": [{"extension": [{"url": "http://a", "valueCode": "a"}]}]},
     "Condition.evidence[0]"),
    ("con-4", "Condition", {"clinicalStatus": clinical("active"), "abatementDateTime": "2026"}, "Condition"),
    ("con-4", "Condition", {"abatementString": "x"}, "Condition"),
    ("con-5", "Condition",
     {"clinicalStatus": clinical("active"), "verificationStatus": ver_status("entered-in-error")}, "Condition"),
    ("cpl-3", "CarePlan", {"activity": [FINISHED, {**FINISHED, "reference": {"reference": "Task/1"}}]},
     "CarePlan.activity[1]"),
    ("ctm-1", "CareTeam", {"participant": [{**MEMBER, "member": PATIENT}]}, "CareTeam.participant[0]"),
    ("ctm-1", "CareTeam", {"participant": [{**MEMBER, "member": {"reference": "PractitionerRole/1/_history/2"}}]},
     "CareTeam.participant[0]"),
    ("ctm-1", "CareTeam", {"participant": [{**MEMBER, "member": {"type": "Patient", "display": "x"}}]},
     "CareTeam.participant[0]"),
    ("ctm-1", "CareTeam", {"contained": [{"resourceType": "RelatedPerson", "id": "r", "patient": PATIENT}],
                           "participant": [{**MEMBER, "member": {"reference": "#r"}}]}, "CareTeam.participant[0]"),
    ("gol-1", "Goal", {"target": [{"detailString": "x"}]}, "Goal.target[0]"),
    ("inv-1", "Task", {"authoredOn": "2026-11-22T10:00:00Z", "lastModified": "2026-11-22T09:59:59Z"}, "Task"),
    ("inv-1", "Parameters", {"parameter": [{"name": "a"}]}, "Parameters.parameter[0]"),
    ("inv-1", "Parameters", {"parameter": [{"name": "a", "part": [{"name": "b"}]}]}, "Parameters.parameter[0].part[0]"),
    ("inv-1", "Parameters", {"parameter": [{"name": "a", "valueCode": "b", "resource": {"resourceType": "Patient"}}]},
     "Parameters.parameter[0]"),
    ("mea-1", "Measure", {"group": [{"stratifier": [{"extension": [{"url": "http://a", "valueCode": "a"}]}]}]},
     "Measure.group[0].stratifier[0]"),
    ("mrp-1", "MeasureReport", {"type": "data-collection", "group": [{"code": {"text": "x"}}]}, "MeasureReport"),
    ("mrp-2", "MeasureReport", {"group": [{"stratifier": [{"stratum": [{"measureScore": quantity(1)}]}]}]},
     "MeasureReport.group[0].stratifier[0].stratum[0]"),
    ("obs-3", "Observation", {"referenceRange": [{"type": {"text": "x"}}]}, "Observation.referenceRange[0]"),
    ("obs-6", "Observation", {"valueInteger": 1, "dataAbsentReason": {"text": "x"}}, "Observation"),
    ("obs-7", "Observation", {"valueInteger": 1, "component": [{"code": SCORE}]}, "Observation"),
    ("org-1", "Organization", {"name": None, "active": True}, "Organization"),
    ("org-2", "Organization", {"address": [{"use": "work"}, {"use": "home"}]}, "Organization.address[1]"),
    ("org-3", "Organization", {"telecom": [{"use": "home"}]}, "Organization.telecom[0]"),
    ("pat-1", "Patient", {"contact": [{"gender": "female"}]}, "Patient.contact[0]"),
    ("ppc-1", "Consent", {"policyRule": None}, "Consent"),
    ("ppc-2", "Consent", {"patient": None}, "Consent"),
    ("ppc-3", "Consent", scoped("research", patient=None), "Consent"),
    ("ppc-4", "Consent", scoped("adr", patient=None), "Consent"),
    ("ppc-5", "Consent", scoped("treatment", patient=None), "Consent"),
    ("prr-1", "ServiceRequest", {"orderDetail": [{"text": "x"}]}, "ServiceRequest"),
    ("qrs-1", "QuestionnaireResponse",
     {"item": [{"linkId": "1", "answer": [{"valueInteger": 1}], "item": [{"linkId": "2"}]}]},
     "QuestionnaireResponse.item[0]"),
    ("que-1", "Questionnaire", items({"type": "group"}), ITEM),
    ("que-1", "Questionnaire", items({"type": "display", "item": [{"linkId": "a", "type": "string"}]}), ITEM),
    ("que-2", "Questionnaire", items({"item": [{"linkId": "0", "type": "string"}]}), "Questionnaire"),
    ("que-3", "Questionnaire", items({"type": "display", "code": [{"code": "a"}]}), ITEM),
    ("que-4", "Questionnaire",
     items({"type": "choice", "answerOption": [{"valueInteger": 1}], "answerValueSet": "http://a"}), ITEM),
    ("que-5", "Questionnaire", items({"type": "boolean", "answerOption": [{"valueInteger": 1}]}), ITEM),
    ("que-6", "Questionnaire", items({"type": "display", "required": True}), ITEM),
    ("que-6", "Questionnaire", items({"type": "display", "repeats": False}), ITEM),
    ("que-7", "Questionnaire", items({"enableWhen": [{"question": "a", "operator": "exists", "answerInteger": 1}]}),
     f"{ITEM}.enableWhen[0]"),
    ("que-8", "Questionnaire", items({"type": "display", "initial": [{"valueInteger": 1}]}), ITEM),
    ("que-9", "Questionnaire", items({"type": "display", "readOnly": True}), ITEM),
    ("que-10", "Questionnaire", items({"type": "date", "maxLength": 10}), ITEM),
    ("que-11", "Questionnaire",
     items({"type": "choice", "answerOption": [{"valueInteger": 1}], "initial": [{"valueInteger": 1}]}), ITEM),
    ("que-12", "Questionnaire",
     items({"enableWhen": [{"question": "a", "operator": "=", "answerInteger": number} for number in (1, 2)]}), ITEM),
    ("que-13", "Questionnaire", items({"initial": [{"valueString": "a"}, {"valueString": "b"}]}), ITEM),
    ("sev-1", "AuditEvent", {"entity": [{"name": "a", "query": "aGVp"}]}, "AuditEvent.entity[0]"),
]  # fmt: skip

HOLDS: list[tuple[str, Elements]] = [
    ("CarePlan", {"period": {"start": "2026-11-22", "end": "2026-11-22"}}),
    ("CarePlan", {"period": {"start": "2026-11-22", "end": "2026-11"}}),
    ("CarePlan", {"period": {"start": "2026", "end": "2026-01-01"}}),
    ("CarePlan", {"period": {"start": "2026-11-22T23:00:00+01:00", "end": "2026-11-22"}}),
    ("CarePlan", {"period": {"start": "2026-11-22T10:30:00+01:00", "end": "2026-11-22T10:00:00Z"}}),
    ("CarePlan", {"period": {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:60-12:00"}}),
    ("CarePlan", {"period": {"start": "2026-11-22T10:00:00.5Z", "end": "2026-11-22T10:00:00.50Z"}}),
    ("CarePlan", {"period": {"end": "2026"}}),
    ("CarePlan", {"activity": [FINISHED, {"reference": {"reference": "Task/1"}}]}),
    ("CareTeam", {"participant": [{**MEMBER, "member": {"reference": "Practitioner/1"}}]}),
    ("CareTeam", {"participant": [{**MEMBER, "member": {"identifier": {"value": "x"}}}]}),
    ("CareTeam", {"participant": [{**MEMBER, "member": {"reference": "urn:oid:2.16.578.1"}}]}),
    ("CareTeam", {"participant": [{"member": PATIENT}, MEMBER]}),
    ("Appointment", {"status": "proposed", "start": None, "end": None}),
    ("Appointment", {"status": "waitlist", "start": None, "end": None}),
    ("Appointment", {"status": "noshow", "cancelationReason": {"text": "x"}}),
    ("Condition", {"clinicalStatus": clinical("remission"), "abatementDateTime": "2026"}),
    ("Condition", {"verificationStatus": ver_status("entered-in-error")}),
    ("Condition", {"onsetAge": quantity(3, code="a", system=UCUM)}),
    ("Consent", {"policy": [{"uri": "http://example.org"}], "policyRule": None}),
    ("Consent", {"scope": {"text": "research"}, "patient": None}),
    ("Goal", {"target": [{"detailString": "x", "measure": {"text": "x"}}, {"dueDate": "2026"}]}),
    ("Observation", {"valueInteger": 1, "component": [{"code": {"coding": [{"system": "http://b", "code": "psfs"}]}}]}),
    ("Observation", {"component": [{"code": SCORE, "valueInteger": 1}]}),
    ("Observation", {"valueRange": {"low": quantity(2, unit="m"), "high": quantity(1, unit="km")}}),
    ("Observation", {"valueRange": {"low": quantity(2), "high": quantity(2)}}),
    ("Observation", {"valueRatio": {"numerator": quantity(1), "denominator": quantity(2)}}),
    ("Organization", {"name": None, "identifier": [{"value": "x"}]}),
    ("Patient", timing(offset=10, when=["ACM"])),
    ("Patient", timing(duration=0, durationMax=1, period=0, periodMax=1, count=1, countMax=2, **MINUTES, **DAILY)),
    ("Patient", value(valueCount=quantity(2, code="1", system=UCUM))),
    ("Patient", value(valueDuration=quantity(2, unit="dager"))),
    ("Patient", value(valueExpression={"language": "text/cql", "reference": "http://a"})),
    ("Parameters", {"parameter": [{"name": "a", "part": [{"name": "b", "_valueCode": value(valueCode="c")}]}]}),
    ("Task", {"authoredOn": "2026-11-22T10:00:00Z", "lastModified": "2026-11-22"}),
    ("Questionnaire", items({"type": "group", "item": [{"linkId": "a", "type": "string", "maxLength": 10}]})),
    ("Questionnaire", items({"repeats": True, "initial": [{"valueString": "a"}, {"valueString": "b"}]})),
    ("Questionnaire", items({"enableWhen": [{"question": "a", "operator": "exists", "answerBoolean": True}]})),
    ("QuestionnaireResponse",
     {"item": [{"linkId": "1", "answer": [{"valueInteger": 1, "item": [{"linkId": "2"}]}]}]}),
    ("ServiceRequest", {"orderDetail": [{"text": "x"}], "code": {"text": "x"}}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "kind", "elements", "expression"), BROKEN)
def test_a_broken_invariant_is_told_at_its_place(key: str, kind: str, elements: Elements, expression: str) -> None:
    assert broken(kind, elements) == [(key, expression)]


@pytest.mark.parametrize(("kind", "elements"), HOLDS)
def test_what_comes_near_passes(kind: str, elements: Elements) -> None:
    assert broken(kind, elements) == []


@pytest.mark.parametrize("kind", [kind for kind in BASES if kind != "AppointmentResponse"])
def test_the_resources_these_tests_start_from_are_valid(kind: str) -> None:
    assert broken(kind, {}) == []


def test_every_invariant_is_tried() -> None:
    assert {invariant.key for invariant in INVARIANTS} == {key for key, *_ in BROKEN}


def test_every_invariant_belongs_to_a_type_or_element_of_r4() -> None:
    structures = definitions().structures.values()
    known = {structure.name for structure in structures}
    known |= {element.path for structure in structures for element in structure.elements.values()}
    assert {context for invariant in INVARIANTS for context in invariant.contexts.split()} <= known
