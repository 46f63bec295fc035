"""What an access log row's interaction, status, purpose and role are called in an AuditEvent: tables of data."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

TYPE: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
    "code": "rest",
    "display": "Restful Operation",
}
RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
PURPOSE_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


class Said(NamedTuple):
    """`subtype` from http://hl7.org/fhir/restful-interaction, `action` C, R, U, D or E (searching is executing)."""

    subtype: str
    action: str


INTERACTIONS: Final[Mapping[str, Said]] = {
    "read": Said("read", "R"),
    "vread": Said("vread", "R"),
    "history_instance": Said("history-instance", "R"),
    "history_type": Said("history-type", "R"),
    "history_system": Said("history-system", "R"),
    "search_type": Said("search-type", "E"),
    "search_type_post": Said("search-type", "E"),
    "search_compartment": Said("search-type", "E"),
    "search_compartment_post": Said("search-type", "E"),
    "search_system": Said("search-system", "E"),
    "search_system_post": Said("search-system", "E"),
    "create": Said("create", "C"),
    "update": Said("update", "U"),
    "update_conditional": Said("update", "U"),
    "patch": Said("patch", "U"),
    "patch_conditional": Said("patch", "U"),
    "delete": Said("delete", "D"),
    "delete_conditional": Said("delete", "D"),
    "bundle": Said("transaction", "E"),
    "transaction": Said("transaction", "E"),
    "batch": Said("batch", "E"),
    "GET": Said("batch", "R"),
    "HEAD": Said("batch", "R"),
    "POST": Said("batch", "C"),
    "PUT": Said("batch", "U"),
    "PATCH": Said("batch", "U"),
    "DELETE": Said("batch", "D"),
    "referral": Said("create", "C"),
    "referral-status": Said("read", "R"),
    "referral-messages": Said("read", "R"),
    "referral-message": Said("read", "R"),
    "referral-apprec": Said("update", "U"),
    "seed": Said("transaction", "E"),
    "worklist": Said("transaction", "E"),
}
"""By the interaction a row is logged under: the name of its route, or the method of a batch's entry."""
OPERATION: Final = Said("operation", "E")
"""Every other one: `$name`."""


def said_of(interaction: str) -> Said:
    return INTERACTIONS.get(interaction, OPERATION)


OUTCOMES: Final = (("0", 100, 399), ("4", 400, 499), ("8", 500, 599))
"""http://hl7.org/fhir/audit-event-outcome of each class of statuses: done, refused, failed."""


def outcome_of(status: int) -> str:
    return next((code for code, low, high in OUTCOMES if low <= status <= high), "8")


ROLES: Final[Mapping[str, str]] = {
    "coordinating-unit": "Koordinerende enhet",
    "case-member": "Medlem av koordinerende enhet i enkeltsaker",
    "leader": "Leder for en tjeneste",
    "coordinator": "Koordinator",
    "team": "Medlem av oppfølgingsteamet",
    "referrer": "Henviser",
    "person": "Personen selv, verge eller pårørende",
    "system": "Fagsystem",
}
_PURPOSES: Final[Mapping[str, str]] = {
    "TREAT": "Behandling og oppfølging",
    "COC": "Samordning av tjenester",
    "RECORDMGT": "Føring av journal",
    "PATRQT": "Eget innsyn og egne opplysninger",
}


def purpose_concept(code: str) -> dict[str, Any]:
    return {"coding": [{"system": PURPOSE_SYSTEM, "code": code}], "text": _PURPOSES[code]}
