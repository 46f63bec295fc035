"""A need as FHIR resources: the person where new, what is asked, what came along, and the Task that carries it."""

import base64
from datetime import date
from typing import Any

from oppfolging_api.coordination.tasks import task, values
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.identity_number import birthday, system
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import INTERPRETER_REQUIRED, LANGUAGES
from oppfolging_api.kernel.vocabulary import INFORMATION_KIND, REFERRAL, Extension, InformationKind, Result, TaskKind
from oppfolging_api.referral.need import Attachment, Need


def patient(need: Need, canonical: Canonical) -> Body:
    """A person the municipality did not know, born when the number tells where nothing else does. A child that is not
    born is marked as expected."""
    told = need.person
    made: Body = {"resourceType": "Patient", "active": True, "name": [told.name]}
    if told.identifier:
        made["identifier"] = [{"system": system(told.identifier), "value": told.identifier}]
    if told.gender:
        made["gender"] = told.gender
    born = told.birth_date or (birthday(told.identifier) if told.identifier else None)
    if born:
        made["birthDate"] = born.isoformat()
    if need.general_practitioner:
        made["generalPractitioner"] = [need.general_practitioner]
    if need.language:
        made["communication"] = [{"language": concept(LANGUAGES, need.language), "preferred": True}]
    said = (
        (canonical.extension(Extension.EXPECTED), told.expected or None),
        (INTERPRETER_REQUIRED, need.interpreter),
    )
    extensions = [{"url": url, "valueBoolean": value} for url, value in said if value is not None]
    return made | ({"extension": extensions} if extensions else {})


def service_request(
    need: Need,
    person: str,
    requester: dict[str, Any] | None,
    documents: list[dict[str, Any]],
    at: str,
    canonical: Canonical,
) -> Body:
    """Health is told of until somebody who knows says otherwise: the reason is free text. `documents` are References
    to what came along."""
    made: Body = {
        "resourceType": "ServiceRequest",
        "meta": health(canonical),
        "extension": _told(need, canonical),
        "identifier": list(need.identifiers),
        "status": "active",
        "intent": "order",
        "category": [concept(canonical.code_system(REFERRAL), "referral")],
        "subject": {"reference": f"Patient/{person}"},
        "authoredOn": at,
        "reasonCode": [{"text": need.reason}],
    }
    optional = {"requester": requester, "supportingInfo": documents, "note": list(need.notes)}
    return {name: value for name, value in (made | optional).items() if value}


def document(attachment: Attachment, person: str, at: str, canonical: Canonical) -> Body:
    """What came along with a message, as it came."""
    told = {"contentType": attachment.media_type, "data": base64.b64encode(attachment.content).decode()}
    return {
        "resourceType": "DocumentReference",
        "meta": health(canonical),
        "status": "current",
        "subject": {"reference": f"Patient/{person}"},
        "date": at,
        "content": [{"attachment": told | ({"title": attachment.title} if attachment.title else {})}],
    }


def health(canonical: Canonical) -> Body:
    """The `meta` of what tells of health until somebody who knows says otherwise."""
    health = {"system": canonical.code_system(INFORMATION_KIND), "code": InformationKind.HEALTH.value}
    return {"security": [health]}


def _told(need: Need, canonical: Canonical) -> list[dict[str, Any]]:
    """What R4 has no element for."""
    said: list[tuple[Extension, str, Any]] = [
        (Extension.CONSENT_TO_SHARE, "valueBoolean", need.consent_to_share),
        (Extension.PERSON_INFORMED, "valueBoolean", need.person_informed),
        (Extension.WHAT_MATTERS, "valueString", need.what_matters),
        (Extension.ON_BEHALF_OF, "valueString", need.on_behalf_of),
        (Extension.LANGUAGE, "valueCode", need.language),
        (Extension.INTERPRETER, "valueBoolean", need.interpreter),
        *((Extension.CRITERION, "valueCode", criterion) for criterion in need.criteria),
        *((Extension.SERVICE_IN, "valueString", service) for service in need.services),
    ]
    return [{"url": canonical.extension(name), element: value} for name, element, value in said if value is not None]


def referral_task(
    request: Body, unit: dict[str, Any] | None, remarks: tuple[str, ...], at: str, due: date, canonical: Canonical
) -> Body:
    """The coordinating unit's work with a referral, to be decided by `due`; claimable where the directory names no
    unit. `remarks` are on how its message was read."""
    return task(
        TaskKind.REFERRAL,
        "requested",
        at,
        canonical,
        focus={"reference": f"ServiceRequest/{request['id']}"},
        for_=request["subject"],
        requester=request.get("requester"),
        owner=unit,
        restriction={"period": {"end": due.isoformat()}},
        input=values(canonical, [(Result.REMARK, "valueString", remark) for remark in remarks]) or None,
    )
