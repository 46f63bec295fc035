"""A referral as FHIR resources: the person where new, what is asked, and the Task that carries it."""

from typing import Any

from oppfolging_api.coordination.tasks import task
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.identity_number import system
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import INTERPRETER_REQUIRED, LANGUAGES
from oppfolging_api.kernel.vocabulary import INFORMATION_KIND, REFERRAL, Extension, InformationKind, TaskKind
from oppfolging_api.referral.form import Referral


def patient(referral: Referral, canonical: Canonical) -> Body:
    """A person the municipality did not know. A child that is not born is marked as expected."""
    told = referral.patient
    made: Body = {"resourceType": "Patient", "active": True, "name": [{"text": told.name}]}
    if told.identifier:
        made["identifier"] = [{"system": system(told.identifier), "value": told.identifier}]
    if told.birthDate:
        made["birthDate"] = told.birthDate.isoformat()
    if referral.language:
        made["communication"] = [{"language": concept(LANGUAGES, referral.language), "preferred": True}]
    said = (
        (canonical.extension(Extension.EXPECTED), told.expected or None),
        (INTERPRETER_REQUIRED, referral.interpreter),
    )
    extensions = [{"url": url, "valueBoolean": value} for url, value in said if value is not None]
    return made | ({"extension": extensions} if extensions else {})


def service_request(
    referral: Referral, person: str, requester: dict[str, Any] | None, at: str, canonical: Canonical
) -> Body:
    """Health is told of until somebody who knows says otherwise: the reason is free text."""
    health = {"system": canonical.code_system(INFORMATION_KIND), "code": InformationKind.HEALTH.value}
    made: Body = {
        "resourceType": "ServiceRequest",
        "meta": {"security": [health]},
        "extension": _told(referral, canonical),
        "status": "active",
        "intent": "order",
        "category": [concept(canonical.code_system(REFERRAL), "referral")],
        "subject": {"reference": f"Patient/{person}"},
        "authoredOn": at,
        "reasonCode": [{"text": referral.reason}],
    }
    return made | ({"requester": requester} if requester else {})


def _told(referral: Referral, canonical: Canonical) -> list[dict[str, Any]]:
    """What R4 has no element for."""
    said: list[tuple[Extension, str, Any]] = [
        (Extension.CONSENT_TO_SHARE, "valueBoolean", referral.consentToShare),
        (Extension.PERSON_INFORMED, "valueBoolean", referral.personInformed),
        (Extension.WHAT_MATTERS, "valueString", referral.whatMatters),
        (Extension.ON_BEHALF_OF, "valueString", referral.onBehalfOf),
        (Extension.LANGUAGE, "valueCode", referral.language),
        (Extension.INTERPRETER, "valueBoolean", referral.interpreter),
        *((Extension.CRITERION, "valueCode", criterion.value) for criterion in referral.criteria),
        *((Extension.SERVICE_IN, "valueString", service) for service in referral.services),
    ]
    return [{"url": canonical.extension(name), element: value} for name, element, value in said if value is not None]


def referral_task(request: Body, unit: dict[str, Any] | None, at: str, canonical: Canonical) -> Body:
    """The coordinating unit's work with a referral; claimable where the directory names no unit."""
    return task(
        TaskKind.REFERRAL,
        "requested",
        at,
        canonical,
        focus={"reference": f"ServiceRequest/{request['id']}"},
        for_=request["subject"],
        requester=request.get("requester"),
        owner=unit,
    )
