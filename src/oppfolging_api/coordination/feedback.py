"""Feedback to whoever reported a need: what each kind of sender hears (CONTRACT section 6). Texts are in Bokmål."""

from collections.abc import Iterable
from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.vocabulary import (
    COMMUNICATION_CATEGORY,
    INFORMATION_KIND,
    CommunicationCategory,
    InformationKind,
    Outcome,
)

RECEIVED: Final = "Meldingen er mottatt av koordinerende enhet."
HANDLED: Final = "Meldingen er mottatt og behandlet av koordinerende enhet."
APPOINTED: Final = "Koordinator er oppnevnt: {coordinator}."
REJECTED: Final = "Meldingen er ikke tatt imot av koordinerende enhet."
PLAN_ACTIVE: Final = "Individuell plan er tatt i bruk."
ENDED: Final = "Oppfølgingsteamet er avsluttet."
HANDED_OVER: Final = "Ny koordinator har overtatt: {coordinator}."
OUTCOMES: Final = {
    Outcome.TEAM: "Personen får oppfølgingsteam med koordinator.",
    Outcome.COORDINATOR_ONLY: "Personen får koordinator uten oppfølgingsteam.",
    Outcome.CONTACT_PERSON: "Personen får én kontaktperson.",
    Outcome.MEASURES: "Det settes inn tiltak fra én eller to tjenester.",
    Outcome.NO_NEED: "Det er vurdert at det ikke er behov for koordinering nå.",
    Outcome.DECLINED: "Personen ønsker ikke dette nå.",
}


def decided(outcome: Outcome, reason: str, *, hears_outcome: bool) -> str:
    """What the sender is told when a referral is decided."""
    return f"{OUTCOMES[outcome]} Begrunnelse: {reason}" if hears_outcome else HANDLED


def rejected(reason: str, *, hears_outcome: bool) -> str:
    """What the sender is told when the unit does not take a referral on."""
    return f"{REJECTED} Begrunnelse: {reason}" if hears_outcome else HANDLED


def communication(
    referral: dict[str, Any],
    text: str,
    sent: str,
    sender: dict[str, Any] | None,
    canonical: Canonical,
    kinds: Iterable[str] = (),
) -> dict[str, Any]:
    """A Communication to the requester of a referral; `sent` is an instant, `sender` the coordinating unit. It tells of
    health, and of `kinds` beside."""
    system = canonical.code_system(INFORMATION_KIND)
    labels = [{"system": system, "code": kind} for kind in sorted({InformationKind.HEALTH.value, *kinds})]
    told: dict[str, Any] = {
        "resourceType": "Communication",
        "meta": {"security": labels},
        "status": "completed",
        "category": [concept(canonical.code_system(COMMUNICATION_CATEGORY), CommunicationCategory.FEEDBACK)],
        "subject": referral["subject"],
        "basedOn": [{"reference": f"ServiceRequest/{referral['id']}"}],
        "sent": sent,
        "payload": [{"contentString": text}],
    }
    if sender:
        told["sender"] = sender
    if "requester" in referral:
        told["recipient"] = [referral["requester"]]
    return told
