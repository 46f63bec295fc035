"""Receipts of the referrals the stories begin with, so that their senders can ask where they stand. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.systems import GENERAL_PRACTITIONER_ROLE, ORGANISATION_NUMBER, PATIENT_ROLE
from oppfolging_api.kernel.vocabulary import Extension

Resource = Mapping[str, Any]


def receipts(
    resources: Iterable[Resource], municipality: str, keys: PersonKeys, canonical: Canonical
) -> list[dict[str, Any]]:
    """Rows, one for each ServiceRequest whose requester is an employee or a relative, received as it was authored."""
    held = {f"{resource['resourceType']}/{resource['id']}": resource for resource in resources}
    return [
        {
            "municipality": municipality,
            "sender": sender,
            "message_id": resource["id"],
            "digest": hashlib.sha256(resource["id"].encode()).digest(),
            "referral": resource["id"],
            "hears_outcome": hears or _shared(resource, canonical),
            "received": span(resource["authoredOn"])[0],
        }
        for resource in held.values()
        if resource["resourceType"] == "ServiceRequest"
        for sender, hears in _senders(held[resource["requester"]["reference"]], held, keys)
    ]


def _senders(requester: Resource, held: Mapping[str, Resource], keys: PersonKeys) -> Iterable[tuple[str, bool]]:
    """(key of the sender, whether it hears the outcome whatever is agreed): a GP office does, a relative does not."""
    if requester["resourceType"] == "RelatedPerson":
        yield keys.key(requester["identifier"][0]["value"]), False
    elif requester["resourceType"] == "PractitionerRole":
        office = held[f"Organization/{pointed_at(requester['organization'], 'Organization')}"]
        practises = has_code(requester.get("code", ()), PATIENT_ROLE, GENERAL_PRACTITIONER_ROLE)
        yield f"{ORGANISATION_NUMBER}|{office['identifier'][0]['value']}", practises


def _shared(request: Resource, canonical: Canonical) -> bool:
    """Whether the person agreed that the sender hears what comes of it."""
    agreed = {"url": canonical.extension(Extension.CONSENT_TO_SHARE), "valueBoolean": True}
    return agreed in request["extension"]
