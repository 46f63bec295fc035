"""A row of the access log as an AuditEvent: https://hl7.org/fhir/R4/auditevent.html

The shape is that of the Norwegian trust framework (HL7 Norway, no-domain-Trustframework-Auditevent): one event a
person, the agent a contained PractitionerRole, why in purposeOfEvent. Its entities are those of IHE BALP
(https://profiles.ihe.net/ITI/BALP): the patient, what was touched, the request.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from oppfolging_api.audit.logged import Logged, event_id
from oppfolging_api.audit.vocabulary import RESTFUL, ROLES, TYPE, outcome_of, purpose_concept, said_of
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER, V3_PARTICIPATION

Names = Mapping[str, str]
"""Of people and organisations in the directory, by `system|value` of an identifier."""
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_PERSON: Final = {"system": f"{_HL7}/audit-entity-type", "code": "1", "display": "Person"}
_OBJECT: Final = {"system": f"{_HL7}/audit-entity-type", "code": "2", "display": "System Object"}
_PATIENT: Final = {"system": f"{_HL7}/object-role", "code": "1", "display": "Patient"}
_RESOURCE: Final = {"system": f"{_HL7}/object-role", "code": "4", "display": "Domain Resource"}
_SERVER: Final = {"system": f"{_HL7}/security-source-type", "code": "4", "display": "Application Server"}
_REQUEST: Final = {
    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
    "code": "XrequestId",
}
_APPLICATION: Final = {
    "coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110150", "display": "Application"}]
}
_AGENT: Final = "agent"


def audit_event(logged: Logged, names: Names, *, ids: bool) -> Body:
    """`ids`: whether it says which resources were touched, or their types only."""
    said, at = said_of(logged.interaction), instant(logged.place.at)
    contained = _contained(logged, names)
    return {
        "resourceType": "AuditEvent",
        "id": event_id(logged.place),
        "meta": {"versionId": "1", "lastUpdated": at},
        **({"contained": [contained]} if contained else {}),
        "type": TYPE,
        "subtype": [{"system": RESTFUL, "code": said.subtype}],
        "action": said.action,
        "recorded": at,
        "outcome": outcome_of(logged.status),
        "outcomeDesc": f"HTTP {logged.status}",
        **({"purposeOfEvent": [purpose_concept(logged.purpose)]} if logged.purpose else {}),
        "agent": [_agent(logged), *([_software(logged.client)] if logged.client else [])],
        "source": {
            "site": logged.municipality,
            "observer": {"display": "oppfolging-api"},
            "type": [_SERVER],
        },
        "entity": list(_entities(logged, ids=ids)),
    }


def agent_keys(logged: Logged) -> list[str]:
    """`system|value` of whom and what the agent may be known as in the directory."""
    known = (_practitioner(logged), _organisation(logged))
    return [f"{one['system']}|{one['value']}" for one in known if one]


def _agent(logged: Logged) -> dict[str, Any]:
    roles = [{"text": ROLES.get(role, role)} for role in logged.roles]
    return {
        "type": concept(V3_PARTICIPATION, "IRCP"),
        **({"role": roles} if roles else {}),
        **({"who": _who(logged)} if logged.issuer else {}),
        **({"altId": logged.subject} if _is_system(logged) and logged.subject else {}),
        "requestor": True,
    }


def _software(client: str) -> dict[str, Any]:
    """As the issuer names it, and its supplier's number: the client of BALP, to which nothing was given."""
    return {"type": _APPLICATION, "altId": client, "requestor": False}


def _who(logged: Logged) -> dict[str, Any]:
    """Somebody at work is the contained PractitionerRole; of a person there is only the name the issuer has for them,
    never their number."""
    return {"identifier": _practitioner(logged)} if _in_person(logged) else {"reference": f"#{_AGENT}"}


def _in_person(logged: Logged) -> bool:
    return logged.roles == (Role.PERSON,)


def _is_system(logged: Logged) -> bool:
    """It is nobody: its organisation answers for it, and its name stands beside."""
    return logged.roles == (Role.SYSTEM,) and not logged.hpr


def _contained(logged: Logged, names: Names) -> dict[str, Any] | None:
    if logged.issuer is None or _in_person(logged):
        return None
    organisation = _organisation(logged)
    return {
        "resourceType": "PractitionerRole",
        "id": _AGENT,
        **({} if _is_system(logged) else {"practitioner": _logical("Practitioner", _practitioner(logged), names)}),
        **({"organization": _logical("Organization", organisation, names)} if organisation else {}),
    }


def _logical(type: str, identifier: dict[str, str], names: Names) -> dict[str, Any]:
    """A reference by identifier, with the name the directory has."""
    name = names.get(f"{identifier['system']}|{identifier['value']}")
    return {"type": type, "identifier": identifier, **({"display": name} if name else {})}


def _practitioner(logged: Logged) -> dict[str, str]:
    """By health personnel number; who has none by the issuer's own name for them."""
    if logged.hpr:
        return {"system": HPR, "value": logged.hpr}
    return {"system": str(logged.issuer), "value": str(logged.subject)}


def _organisation(logged: Logged) -> dict[str, str] | None:
    return {"system": ORGANISATION_NUMBER, "value": logged.organisation} if logged.organisation else None


def _entities(logged: Logged, *, ids: bool) -> Iterator[dict[str, Any]]:
    if logged.person:
        yield {"what": {"reference": f"Patient/{logged.person}"}, "type": _PERSON, "role": _PATIENT}
    for what in _touched(logged, ids=ids):
        named = {"reference": what} if "/" in what else {"type": what}
        yield {"what": named, "type": _OBJECT, "role": _RESOURCE}
    yield {"what": {"identifier": {"value": logged.request}}, "type": _REQUEST, "name": logged.interaction}


def _touched(logged: Logged, *, ids: bool) -> list[str]:
    return list(logged.what) if ids else sorted({what.partition("/")[0] for what in logged.what})
