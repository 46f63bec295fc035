"""What a resource made of random elements still lacks to keep R4's invariants: amendments, by type or element.

An amendment changes the object in place. Whole datatypes whose invariants bind every element stand as a few samples.
"""

from collections.abc import Callable
from typing import Any, Final

Object = dict[str, Any]
Amendment = Callable[[Object], None]

UCUM: Final = "http://unitsofmeasure.org"
CONCEPT: Final = {"text": "x"}

SAMPLES: Final[dict[str, tuple[Any, ...]]] = {
    "xhtml": ('<div xmlns="http://www.w3.org/1999/xhtml"><p>Går <b>fint</b> &amp; &#8212; greit</p></div>',),
    "Period": (
        {"start": "2026-01-01"},
        {"end": "2099-12-31T12:00:00+01:00"},
        {"start": "2026", "end": "2026-12"},
        {"start": "0001-01-01", "end": "9999-12-31"},
        {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00+01:00"},
    ),
    "Range": ({"low": {"value": 1}, "high": {"value": 1e30}}, {"high": {"value": -1}}, {"low": {"value": 0.0001}}),
    "Timing.repeat": ({"frequency": 2, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}, {"when": ["ACM"]}),
    "TriggerDefinition": ({"type": "named-event", "name": "x"}, {"type": "periodic", "timingDate": "2026-01-01"}),
    "Questionnaire.item": (
        {"linkId": "1", "type": "integer", "maxLength": 3, "initial": [{"valueInteger": -1}]},
        {"linkId": "1", "type": "choice", "answerOption": [{"valueCoding": {"code": "x"}}, {"valueString": "y"}]},
        {"linkId": "1", "type": "group", "item": [{"linkId": "2", "type": "display", "text": "Hei"}]},
    ),
    "Narrative": (
        {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><a href="#x">æøå</a></div>'},
    ),
}


def always(**values: Any) -> Amendment:
    return lambda held: held.update(values)


def default(**values: Any) -> Amendment:
    return lambda held: held.update({name: value for name, value in values.items() if name not in held})


def without(*names: str) -> Amendment:
    """Nor any variant of a choice named so, nor what extends them."""

    def amend(held: Object) -> None:
        for name in [name for name in held if name.removeprefix("_").startswith(names)]:
            del held[name]

    return amend


def needs(name: str, **values: Any) -> Amendment:
    """Where an element is there, or a variant of it, these are as well."""

    def amend(held: Object) -> None:
        if any(each.startswith(name) for each in held):
            default(**values)(held)

    return amend


def not_both(kept: str, dropped: str) -> Amendment:
    return lambda held: without(dropped)(held) if kept in held else None


def not_at_home(held: Object) -> None:
    for one in (*held.get("address", ()), *held.get("telecom", ())):
        if one.get("use") == "home":
            one["use"] = "work"


def in_error_has_no_status(held: Object) -> None:
    if "entered-in-error" in str(held.get("verificationStatus")):
        without("clinicalStatus")(held)


def one_item(held: Object) -> None:
    """Each linkId once."""
    if "item" in held:
        del held["item"][1:]


_QUANTITY: Final = (needs("code", system=UCUM),)
AMENDMENTS: Final[dict[str, tuple[Amendment, ...]]] = {
    "Age": (always(value=30, system=UCUM, code="a"),),
    "Attachment": (needs("data", contentType="text/plain"),),
    "Count": (always(value=3, system=UCUM, code="1"),),
    "ContactPoint": (needs("value", system="phone"),),
    "Distance": (always(value=3.5, system=UCUM, code="km"),),
    "Duration": (always(value=3, system=UCUM, code="d"),),
    "Expression": (default(expression="true"),),
    "Quantity": _QUANTITY,
    "SimpleQuantity": _QUANTITY,
    "DataRequirement.codeFilter": (always(path="x"), without("searchParam")),
    "DataRequirement.dateFilter": (always(path="x"), without("searchParam")),
    "Ratio": (default(numerator={"value": 1}, denominator={"value": 2}),),
    "Appointment": (
        always(start="2026-01-01T08:00:00Z", end="2026-01-01T09:00:00Z"),
        without("cancelationReason"),
    ),
    "Appointment.participant": (default(type=[CONCEPT]),),
    "AppointmentResponse": (default(participantType=[CONCEPT]),),
    "CarePlan.activity": (not_both("reference", "detail"),),
    "CareTeam.participant": (without("onBehalfOf"),),
    "Composition.section": (default(text=SAMPLES["Narrative"][0]), without("emptyReason")),
    "Condition": (without("abatement"), in_error_has_no_status),
    "Condition.evidence": (default(code=[CONCEPT]),),
    "Condition.stage": (default(summary=CONCEPT),),
    "Consent": (default(policyRule=CONCEPT),),
    "Goal.target": (needs("detail", measure=CONCEPT),),
    "Observation": (without("dataAbsentReason"), not_both("component", "value")),
    "Observation.referenceRange": (default(text="vanlig"),),
    "Organization": (default(name="Tjenesten"), not_at_home),
    "Patient.contact": (default(name={"text": "Nabo"}),),
    "Questionnaire": (one_item,),
    "QuestionnaireResponse.item": (not_both("item", "answer"),),
    "ServiceRequest": (needs("orderDetail", code=CONCEPT),),
    "Task": (without("lastModified"),),
}


def amended(structure: str, held: Object) -> Object:
    for amend in AMENDMENTS.get(structure, ()):
        amend(held)
    return held
