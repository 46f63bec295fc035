"""The invariants of R4 with severity error, by the type or element they belong to.

Keys are R4's, texts ours. Where R4's expression and its own text differ, the text counts: que-12 (more than one, not
more than two), ppc-2 to ppc-5 (the system of consentscope, not 'something').
Elsewhere: dom-2 to dom-5, ele-1 and ref-1 (validation.py), txt-1 and txt-2 (narrative.py), bdl-* (Bundles are judged
by the interactions that read them).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from oppfolging_api.fhir import predicates as p
from oppfolging_api.fhir.predicates import Holds


class Invariant(NamedTuple):
    """`contexts`: paths of types or elements, separated by spaces."""

    key: str
    contexts: str
    text: str
    holds: Holds


QUANTITIES: Final = "Quantity SimpleQuantity Age Count Distance Duration"
SIMPLE_ITEMS: Final = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")
CHOICE_ITEMS: Final = ("choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity")
CANCELLED: Final = ("noshow", "cancelled")

INVARIANTS: Final = (
    # datatypes
    Invariant("age-1", "Age", "an age is positive, has a code, and its system is UCUM", p.age),
    Invariant("att-1", "Attachment", "data needs a contentType", p.needs("data", "contentType")),
    Invariant("cnt-3", "Count", "a count is whole, its code is 1 and its system UCUM", p.count),
    Invariant("cpt-2", "ContactPoint", "a value needs a system", p.needs("value", "system")),
    Invariant("dis-1", "Distance", "a distance has a code, and its system is UCUM", p.in_ucum),
    Invariant(
        "drq-1", "DataRequirement.codeFilter", "either path or searchParam", p.exactly_one("path", "searchParam")
    ),
    Invariant(
        "drq-2", "DataRequirement.dateFilter", "either path or searchParam", p.exactly_one("path", "searchParam")
    ),
    Invariant("drt-1", "Duration", "a duration's code needs a value, and UCUM as system", p.duration),
    Invariant("exp-1", "Expression", "an expression or a reference", p.any_of("expression", "reference")),
    Invariant("ext-1", "Extension", "either extensions or one value", p.exactly_one("extension", "value[x]")),
    Invariant("per-1", "Period", "start is not later than end", p.in_order("start", "end")),
    Invariant("qty-3", QUANTITIES, "a code needs a system", p.needs("code", "system")),
    Invariant("rat-1", "Ratio", "numerator and denominator, or neither and an extension", p.both_sides),
    Invariant("rng-2", "Range", "low is not higher than high", p.range_in_order),
    Invariant("tim-1", "Timing.repeat", "a duration needs its unit", p.needs("duration", "durationUnit")),
    Invariant("tim-2", "Timing.repeat", "a period needs its unit", p.needs("period", "periodUnit")),
    Invariant("tim-4", "Timing.repeat", "duration is not negative", p.not_negative("duration")),
    Invariant("tim-5", "Timing.repeat", "period is not negative", p.not_negative("period")),
    Invariant("tim-6", "Timing.repeat", "periodMax needs period", p.needs("periodMax", "period")),
    Invariant("tim-7", "Timing.repeat", "durationMax needs duration", p.needs("durationMax", "duration")),
    Invariant("tim-8", "Timing.repeat", "countMax needs count", p.needs("countMax", "count")),
    Invariant("tim-9", "Timing.repeat", "offset needs when, and not C, CM, CD or CV", p.offset_has_event),
    Invariant("tim-10", "Timing.repeat", "timeOfDay or when, not both", p.not_both("timeOfDay", "when")),
    Invariant("trd-1", "TriggerDefinition", "timing or data, not both", p.not_both("data", "timing[x]")),
    Invariant("trd-2", "TriggerDefinition", "a condition needs data", p.needs("condition", "data")),
    Invariant("trd-3", "TriggerDefinition", "what its type calls for: name, timing or data", p.trigger_complete),
    # resources
    Invariant("app-1", "Appointment.participant", "a type or an actor", p.any_of("type", "actor")),
    Invariant("app-2", "Appointment", "both start and end, or neither", p.both_or_neither("start", "end")),
    Invariant("app-3", "Appointment", "only proposed, cancelled or waitlist may lack start and end", p.dated),
    Invariant(
        "app-4",
        "Appointment",
        "cancelationReason only where cancelled or noshow",
        p.only_when(p.is_one_of("status", *CANCELLED), "cancelationReason"),
    ),
    Invariant("apr-1", "AppointmentResponse", "participantType or actor", p.any_of("participantType", "actor")),
    Invariant("cmp-1", "Composition.section", "text, entry or section", p.any_of("text", "entry", "section")),
    Invariant("cmp-2", "Composition.section", "emptyReason only without entry", p.not_both("emptyReason", "entry")),
    Invariant("con-1", "Condition.stage", "summary or assessment", p.any_of("summary", "assessment")),
    Invariant("con-2", "Condition.evidence", "code or detail", p.any_of("code", "detail")),
    Invariant("con-4", "Condition", "abated means inactive, resolved or remission", p.abated_is_inactive),
    Invariant("con-5", "Condition", "no clinicalStatus where entered-in-error", p.no_status_in_error),
    Invariant("cpl-3", "CarePlan.activity", "reference or detail, not both", p.not_both("detail", "reference")),
    Invariant(
        "ctm-1",
        "CareTeam.participant",
        "onBehalfOf only where the member is a Practitioner",
        p.on_behalf_of_practitioner,
    ),
    Invariant("gol-1", "Goal.target", "detail needs measure", p.needs("detail[x]", "measure")),
    Invariant("inv-1", "Task", "lastModified is not before authoredOn", p.in_order("authoredOn", "lastModified")),
    Invariant(
        "inv-1", "Parameters.parameter", "one of value, resource, part", p.exactly_one("part", "value[x]", "resource")
    ),
    Invariant("mea-1", "Measure.group.stratifier", "criteria of its own or components", p.stratifier),
    Invariant(
        "mrp-1",
        "MeasureReport",
        "no group in a data-collection",
        p.only_when(lambda report: p.text(report, "type") != "data-collection", "group"),
    ),
    Invariant(
        "mrp-2",
        "MeasureReport.group.stratifier.stratum",
        "either value or component",
        p.exactly_one("value", "component"),
    ),
    Invariant("obs-3", "Observation.referenceRange", "low, high or text", p.any_of("low", "high", "text")),
    Invariant("obs-6", "Observation", "a value or a dataAbsentReason", p.not_both("dataAbsentReason", "value[x]")),
    Invariant("obs-7", "Observation", "no value of its own where a component has its code", p.measured_once),
    Invariant("org-1", "Organization", "a name or an identifier", p.any_of("identifier", "name")),
    Invariant("org-2", "Organization.address", "no use home", lambda address, _: p.text(address, "use") != "home"),
    Invariant("org-3", "Organization.telecom", "no use home", lambda telecom, _: p.text(telecom, "use") != "home"),
    Invariant(
        "pat-1",
        "Patient.contact",
        "name, telecom, address or organization",
        p.any_of("name", "telecom", "address", "organization"),
    ),
    Invariant("ppc-1", "Consent", "policy or policyRule", p.any_of("policy", "policyRule")),
    Invariant("ppc-2", "Consent", "scope patient-privacy needs a patient", p.with_patient("patient-privacy")),
    Invariant("ppc-3", "Consent", "scope research needs a patient", p.with_patient("research")),
    Invariant("ppc-4", "Consent", "scope adr needs a patient", p.with_patient("adr")),
    Invariant("ppc-5", "Consent", "scope treatment needs a patient", p.with_patient("treatment")),
    Invariant("prr-1", "ServiceRequest", "orderDetail needs code", p.needs("orderDetail", "code")),
    Invariant("qrs-1", "QuestionnaireResponse.item", "answer or item, not both", p.not_both("answer", "item")),
    Invariant("que-1", "Questionnaire.item", "a group has items, a display has none", p.nested_as_typed),
    Invariant("que-2", "Questionnaire", "each linkId once", p.distinct_links),
    Invariant("que-3", "Questionnaire.item", "no code on a display", p.when(p.is_one_of("type", "display"), "code")),
    Invariant(
        "que-4", "Questionnaire.item", "answerOption or answerValueSet", p.not_both("answerOption", "answerValueSet")
    ),
    Invariant(
        "que-5",
        "Questionnaire.item",
        "answerOption and answerValueSet only where answers are chosen",
        p.only_when(p.is_one_of("type", *CHOICE_ITEMS), "answerOption", "answerValueSet"),
    ),
    Invariant(
        "que-6",
        "Questionnaire.item",
        "no required or repeats on a display",
        p.when(p.is_one_of("type", "display"), "required", "repeats"),
    ),
    Invariant("que-7", "Questionnaire.item.enableWhen", "operator exists needs answerBoolean", p.exists_is_boolean),
    Invariant(
        "que-8",
        "Questionnaire.item",
        "no initial on a group or display",
        p.when(p.is_one_of("type", "group", "display"), "initial"),
    ),
    Invariant(
        "que-9", "Questionnaire.item", "no readOnly on a display", p.when(p.is_one_of("type", "display"), "readOnly")
    ),
    Invariant(
        "que-10",
        "Questionnaire.item",
        "maxLength only on simple questions",
        p.only_when(p.is_one_of("type", *SIMPLE_ITEMS), "maxLength"),
    ),
    Invariant("que-11", "Questionnaire.item", "answerOption or initial", p.not_both("answerOption", "initial")),
    Invariant("que-12", "Questionnaire.item", "several enableWhen need enableBehavior", p.behaviour_given),
    Invariant("que-13", "Questionnaire.item", "several initial only where it repeats", p.one_initial),
    Invariant("sev-1", "AuditEvent.entity", "name or query, not both", p.not_both("name", "query")),
)


def _by_context() -> Mapping[str, tuple[Invariant, ...]]:
    found: dict[str, tuple[Invariant, ...]] = {}
    for invariant in INVARIANTS:
        for context in invariant.contexts.split():
            found[context] = (*found.get(context, ()), invariant)
    return found


INVARIANTS_OF: Final = _by_context()
