"""What a search of AuditEvents asks, as SQL conditions on a row `l` of the access log.

Values are parsed as for every type (fhir.search): what a token or a reference is looked for by is a key, and a row that
has few possible values of a kind (its interaction, its status) is compared with those whose event has that key.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from oppfolging_api.audit.logged import place_of
from oppfolging_api.audit.vocabulary import INTERACTIONS, OPERATION, OUTCOMES, RESTFUL, TYPE, Said
from oppfolging_api.fhir.search.conditions import any_of
from oppfolging_api.fhir.search.criteria import Condition, Criterion, unescape
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.keys import keys_of
from oppfolging_api.fhir.search.ranges import compared_dates
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import COMMON
from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER
from oppfolging_api.store.index import index

_Of = Callable[[Criterion, Frame], str]
_PATIENT: Final = "Patient/"
_NAMES: Final = tuple(parameter.name for parameter in COMMON)
_AGENTS: Final = (
    f"('{HPR}|' || l.hpr = ANY({{keys}}) OR l.issuer || '|' || l.subject = ANY({{keys}})"
    f" OR '{ORGANISATION_NUMBER}|' || l.organisation = ANY({{keys}}))"
)
_KNOWN_AS: Final = (
    "ARRAY(SELECT i.key FROM identity i WHERE i.municipality = current_setting('oppfolging.municipality', true)"
    " AND i.type IN ('Practitioner', 'Organization') AND i.type || '/' || i.id = ANY({among}))"
)


def condition(asked: Condition, frame: Frame, *, ids: bool) -> str:
    """`ids`: whether the caller is told which resources were touched, and so may ask by them. Raises Invalid."""
    if not isinstance(asked, Criterion):
        raise Invalid.of("an AuditEvent is found by its own parameters only", code="not-supported")
    name, modifier = asked.parameter.name, asked.modifier
    if modifier == "missing":
        return _missing(asked)
    if modifier not in (None, "not") and (name, modifier) != ("agent", "identifier"):
        raise Invalid.of("an AuditEvent is not found by that modifier of the parameter", name, code="not-supported")
    met = _entity(asked, frame, ids=ids) if name == "entity" else _BY_NAME[name](asked, frame)
    return f"({met}) IS NOT TRUE" if modifier == "not" else met


def patients(asked: Iterable[Condition], frame: Frame) -> list[str] | None:
    """The people a search names: of one parameter any, of several all. None where it names nobody."""
    named = [set(_ids(one, frame)) for one in asked if names_patients(one) and isinstance(one, Criterion)]
    return sorted(set.intersection(*named)) if named else None


def names_patients(asked: Condition) -> bool:
    return isinstance(asked, Criterion) and asked.parameter.name == "patient" and asked.modifier is None


def _missing(asked: Criterion) -> str:
    if asked.values not in (("true",), ("false",)):
        raise Invalid.of(":missing is true or false", asked.parameter.name, code="invalid")
    there = _THERE.get(asked.parameter.name, "true")
    return there if asked.values == ("false",) else f"NOT ({there})"


_THERE: Final = {"patient": "l.person IS NOT NULL", "agent": "l.issuer IS NOT NULL"} | dict.fromkeys(_NAMES, "false")
"""Every event has all other elements it may be found by."""


def _keys(asked: Criterion, frame: Frame) -> set[str]:
    return {key for value in asked.values for key in keys_of(asked, value, frame)}


def _values(asked: Criterion, frame: Frame) -> list[str]:
    """What stands after `=` in the keys."""
    return sorted(key.partition("=")[2] for key in _keys(asked, frame))


def _ids(asked: Criterion, frame: Frame) -> list[str]:
    return [value.removeprefix(_PATIENT) for value in _values(asked, frame)]


def _patient(asked: Criterion, frame: Frame) -> str:
    """Of those that are not to be (`names_patients`)."""
    return f"l.person = ANY({frame.arguments.array(_ids(asked, frame))})"


def _agent(asked: Criterion, frame: Frame) -> str:
    """A Practitioner or an Organization of the directory, by whatever it may be known as; or an identifier itself."""
    among = frame.arguments.array(_values(asked, frame))
    return _AGENTS.format(keys=among if asked.modifier else _KNOWN_AS.format(among=among))


def _entity(asked: Criterion, frame: Frame, *, ids: bool) -> str:
    values = _values(asked, frame)
    people = [value.removeprefix(_PATIENT) for value in values if value.startswith(_PATIENT)]
    met = [f"l.person = ANY({frame.arguments.array(people)})"] if people else []
    if ids:
        met.append(f"l.what && {frame.arguments.array(values)}")
    return any_of(met) if met else "false"


def _of_interactions(event: Callable[[Said], dict[str, Any]]) -> _Of:
    """By an element that follows from the interaction."""

    def met(asked: Criterion, frame: Frame) -> str:
        keys = _keys(asked, frame)

        def has(said: Said) -> bool:
            return not keys.isdisjoint(index(event(said), frame.kind).keys)

        alike = [name for name, said in INTERACTIONS.items() if has(said) is not has(OPERATION)]
        listed = f"l.interaction = ANY({frame.arguments.array(alike)})" if alike else "false"
        return f"NOT ({listed})" if has(OPERATION) else listed

    return met


def _type(asked: Criterion, frame: Frame) -> str:
    return "false" if _keys(asked, frame).isdisjoint(index({"type": TYPE}, frame.kind).keys) else "true"


def _outcome(asked: Criterion, frame: Frame) -> str:
    keys = _keys(asked, frame)
    met = [
        f"l.status BETWEEN {low} AND {high}"
        for code, low, high in OUTCOMES
        if not keys.isdisjoint(index({"outcome": code}, frame.kind).keys)
    ]
    return any_of(met) if met else "false"


def _recorded(asked: Criterion, frame: Frame) -> str:
    return any_of([compared_dates(asked.parameter.name, value, frame, "l.at", "l.at") for value in asked.values])


def _id(asked: Criterion, frame: Frame) -> str:
    places = [place for value in asked.values if (place := place_of(unescape(value)))]
    at, number = frame.arguments.add, frame.arguments.add
    met = [
        f"l.at = {at(one.at.isoformat(), '::timestamptz')} AND l.number = {number(str(one.number), '::bigint')}"
        for one in places
    ]
    return f"({any_of(met)})" if met else "false"


def _none(_asked: Criterion, _frame: Frame) -> str:
    """An event has no profile, label, source or tag."""
    return "false"


_BY_NAME: Final[Mapping[str, _Of]] = {
    "_id": _id,
    "_lastUpdated": _recorded,
    "date": _recorded,
    "patient": _patient,
    "agent": _agent,
    "type": _type,
    "subtype": _of_interactions(lambda said: {"subtype": [{"system": RESTFUL, "code": said.subtype}]}),
    "action": _of_interactions(lambda said: {"action": said.action}),
    "outcome": _outcome,
} | dict.fromkeys(_NAMES, _none)
