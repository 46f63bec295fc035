"""What the invariants of R4 demand, as small predicates over parsed JSON; invariants.py names them.

A predicate hears the element and the resource that `#` points into, and tells whether the invariant holds. It must
bear any JSON: where the shape is wrong the walk says so.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from oppfolging_api.fhir.primitives import is_after
from oppfolging_api.kernel import systems

Object = Mapping[str, Any]
Holds = Callable[[Object, Object], bool]
Test = Callable[[Object], bool]

UCUM: Final = "http://unitsofmeasure.org"
CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def has(element: Object, name: str) -> bool:
    """FHIRPath exists(): the element, its extension, or for `name[x]` any variant of it."""
    if not name.endswith("[x]"):
        return name in element or f"_{name}" in element
    stem = name.removesuffix("[x]")
    return any(_is_variant(key.removeprefix("_"), stem) for key in element)


def _is_variant(key: str, stem: str) -> bool:
    return key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()


def text(element: Object, name: str) -> str:
    value = element.get(name)
    return value if isinstance(value, str) else ""


def inner(element: Object, name: str) -> Object:
    value = element.get(name)
    return value if isinstance(value, dict) else {}


def items(element: Object, name: str) -> list[Any]:
    value = element.get(name)
    return value if isinstance(value, list) else []


def objects(element: Object, name: str) -> Iterator[Object]:
    return (item for item in items(element, name) if isinstance(item, dict))


def number(element: Object, name: str) -> Decimal | int | float | None:
    value = element.get(name)
    return value if isinstance(value, Decimal | int | float) and not isinstance(value, bool) else None


def coded(concept: Object, system: str, *codes: str) -> bool:
    """Whether a CodeableConcept has a coding with one of the codes."""
    return any(
        text(coding, "system") == system and text(coding, "code") in codes for coding in objects(concept, "coding")
    )


def referred_type(reference: Object, root: Object) -> str:
    """The type a Reference says it points at, "" where it does not say."""
    link = text(reference, "reference")
    if link.startswith("#"):
        found = (text(item, "resourceType") for item in objects(root, "contained") if text(item, "id") == link[1:])
        return next(found, "")
    before = link.partition("/_history/")[0].rpartition("/")[0].rpartition("/")[2]
    return before or text(reference, "type").rpartition("/")[2]


def any_of(*names: str) -> Holds:
    return lambda element, _: any(has(element, name) for name in names)


def needs(first: str, second: str) -> Holds:
    return lambda element, _: not has(element, first) or has(element, second)


def not_both(first: str, second: str) -> Holds:
    return lambda element, _: not (has(element, first) and has(element, second))


def both_or_neither(first: str, second: str) -> Holds:
    return lambda element, _: has(element, first) == has(element, second)


def exactly_one(*names: str) -> Holds:
    return lambda element, _: sum(has(element, name) for name in names) == 1


def when(condition: Test, *absent: str) -> Holds:
    """Where the condition is met, none of these."""
    return lambda element, _: not condition(element) or not any(has(element, name) for name in absent)


def only_when(condition: Test, *allowed: str) -> Holds:
    return lambda element, _: condition(element) or not any(has(element, name) for name in allowed)


def is_one_of(name: str, *codes: str) -> Test:
    return lambda element: text(element, name) in codes


def not_negative(name: str) -> Holds:
    def holds(element: Object, _: Object) -> bool:
        value = number(element, name)
        return value is None or value >= 0

    return holds


def in_order(first: str, second: str) -> Holds:
    def holds(element: Object, _: Object) -> bool:
        return not is_after(text(element, first), text(element, second))

    return holds


def with_patient(scope: str) -> Holds:
    return lambda consent, _: (
        has(consent, "patient") or not coded(inner(consent, "scope"), systems.CONSENT_SCOPE, scope)
    )


def in_ucum(element: Object, _: Object) -> bool:
    """A value has a code, and the system, where there is one, is UCUM."""
    named = has(element, "code") or not has(element, "value")
    return named and (not has(element, "system") or text(element, "system") == UCUM)


def age(element: Object, _: Object) -> bool:
    value = number(element, "value")
    return in_ucum(element, _) and (value is None or value > 0)


def count(element: Object, _: Object) -> bool:
    whole = "." not in str(number(element, "value") or 0)
    return in_ucum(element, _) and whole and (not has(element, "code") or text(element, "code") == "1")


def duration(element: Object, _: Object) -> bool:
    return not has(element, "code") or (text(element, "system") == UCUM and has(element, "value"))


def range_in_order(element: Object, _: Object) -> bool:
    """Only quantities of one unit can be compared here."""
    low, high = inner(element, "low"), inner(element, "high")
    bounds = number(low, "value"), number(high, "value")
    units = [(text(side, "system"), text(side, "code") or text(side, "unit")) for side in (low, high)]
    return bounds[0] is None or bounds[1] is None or units[0] != units[1] or bounds[0] <= bounds[1]


def both_sides(element: Object, _: Object) -> bool:
    sides = has(element, "numerator"), has(element, "denominator")
    return all(sides) or (not any(sides) and has(element, "extension"))


def offset_has_event(element: Object, _: Object) -> bool:
    events = items(element, "when")
    return not has(element, "offset") or (
        bool(events) and not any(event in ("C", "CM", "CD", "CV") for event in events)
    )


def trigger_complete(element: Object, _: Object) -> bool:
    type_ = text(element, "type")
    needed = {"named-event": "name", "periodic": "timing[x]"}.get(type_, "data" if type_.startswith("data-") else "")
    return not needed or has(element, needed)


def dated(element: Object, _: Object) -> bool:
    both = has(element, "start") and has(element, "end")
    return both or text(element, "status") in ("proposed", "cancelled", "waitlist")


def abated_is_inactive(element: Object, _: Object) -> bool:
    status = inner(element, "clinicalStatus")
    return not has(element, "abatement[x]") or coded(status, CLINICAL, "resolved", "remission", "inactive")


def no_status_in_error(element: Object, _: Object) -> bool:
    status = inner(element, "verificationStatus")
    return not has(element, "clinicalStatus") or not coded(status, VERIFICATION, "entered-in-error")


def on_behalf_of_practitioner(element: Object, root: Object) -> bool:
    member = referred_type(inner(element, "member"), root)
    return not has(element, "onBehalfOf") or member in ("", "Practitioner")


def measured_once(element: Object, _: Object) -> bool:
    """No component's code is the code of an Observation that has a value itself."""
    own = set(_codings(inner(element, "code")))
    components = (inner(component, "code") for component in objects(element, "component"))
    return not has(element, "value[x]") or own.isdisjoint(chain.from_iterable(map(_codings, components)))


def _codings(concept: Object) -> Iterator[tuple[str, str]]:
    return ((text(item, "system"), text(item, "code")) for item in objects(concept, "coding") if text(item, "code"))


def distinct_links(element: Object, _: Object) -> bool:
    links = list(_links(element))
    return len(links) == len(set(links))


def _links(element: Object) -> Iterator[str]:
    for item in objects(element, "item"):
        if text(item, "linkId"):
            yield text(item, "linkId")
        yield from _links(item)


def nested_as_typed(element: Object, _: Object) -> bool:
    type_ = text(element, "type")
    return type_ not in ("group", "display") or has(element, "item") == (type_ == "group")


def exists_is_boolean(element: Object, _: Object) -> bool:
    return text(element, "operator") != "exists" or has(element, "answerBoolean")


def behaviour_given(element: Object, _: Object) -> bool:
    return len(items(element, "enableWhen")) < 2 or has(element, "enableBehavior")


def one_initial(element: Object, _: Object) -> bool:
    return len(items(element, "initial")) < 2 or element.get("repeats") is True


def stratifier(element: Object, _: Object) -> bool:
    return any(has(element, name) for name in ("code", "description", "criteria")) != has(element, "component")
