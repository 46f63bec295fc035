"""Reading an AppRec that came for a message sent from here: leniently, as all that comes."""

from dataclasses import dataclass
from datetime import datetime

from oppfolging_api.referral.plo.codes import STATUSES
from oppfolging_api.referral.plo.envelope import unwrapped
from oppfolging_api.referral.plo.findings import Bent, Findings, Unreadable
from oppfolging_api.referral.plo.limits import Limits
from oppfolging_api.referral.plo.message import Code, Identifier, Organisation, Person, Status, Version
from oppfolging_api.referral.plo.namespaces import APPRECS
from oppfolging_api.referral.plo.part import Part, is_uuid, local, namespace
from oppfolging_api.referral.plo.xml import read_xml


@dataclass(frozen=True, slots=True)
class Receipt:
    """An AppRec. `status` is None where it is none of Volven 8258; `told` is what was said. Errors have their OT."""

    version: Version
    id: str
    generated: datetime | None
    status: Status | None
    told: Code
    errors: tuple[Code, ...]
    sender: Organisation
    receiver: Organisation
    original_id: str
    original_kind: Code
    original_generated: datetime | None
    bent: tuple[Bent, ...]


def read_receipt(body: bytes, limits: Limits | None = None) -> Receipt:
    """Raises Unreadable: as read_xml, `not-a-receipt`, or `no-original` where the message it is for is not told."""
    findings = Findings()
    element = unwrapped(read_xml(body, limits or Limits(), findings))
    version = APPRECS.get(namespace(element))
    if version is None or local(element) != "AppRec":
        raise Unreadable("not-a-receipt")
    part = Part(element, "AppRec", findings)
    original = part.child("OriginalMsgId")
    original_id = original.uuid("Id") if original else ""
    if original is None or not is_uuid(original_id):
        raise Unreadable("no-original")
    told = part.code("Status") or Code("")
    return Receipt(
        version=version,
        id=part.text("Id"),
        generated=part.time("GenDate"),
        status=Status(told.value) if told.value in STATUSES else None,
        told=told,
        errors=part.codes("Error"),
        sender=_party(part.child("Sender")),
        receiver=_party(part.child("Receiver")),
        original_id=original_id,
        original_kind=original.code("MsgType") or Code(""),
        original_generated=original.time("IssueDate"),
        bent=tuple(findings.bent),
    )


def _party(part: Part | None) -> Organisation:
    """An institution, or a professional who stands alone."""
    provider = part.child("HCP") if part else None
    institution = provider.child("Inst") if provider else None
    alone = provider.child("HCProf") if provider else None
    if institution is None:
        return Organisation(person=_person(alone) if alone else None)
    unit, person = institution.child("Dept"), institution.child("HCPerson")
    return Organisation(
        name=institution.line("Name"),
        identifiers=_identifiers(institution),
        unit=Organisation(unit.line("Name"), _identifiers(unit)) if unit else None,
        person=_person(person) if person else None,
    )


def _person(part: Part) -> Person:
    """The name is one text here, told as the family name."""
    return Person(family=part.line("Name"), identifiers=_identifiers(part))


def _identifiers(part: Part) -> tuple[Identifier, ...]:
    """Its own, then the additional ones, whose type has another element name."""
    own = _identifier(part, "TypeId")
    read = (own, *(_identifier(each, "Type") for each in part.children("AdditionalId")))
    return tuple(each for each in read if each.value)


def _identifier(part: Part, type: str) -> Identifier:
    code = part.code(type)
    return Identifier(code.value if code else "", part.text("Id"), code.name if code else "")
