"""What the schemas say of order, number and namespace, to tell where a message departs from them.

Nothing hangs on it: what the reader needs, it asks for itself. An element whose lack is a fault is optional here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from oppfolging_api.referral.plo import namespaces
from oppfolging_api.referral.plo.part import Part, local, namespace

_PERSON: Final = "DateOfBirth? Sex? Nationality? Ident* Address? TeleCom*"
_NAMED: Final = f"FamilyName? MiddleName? GivenName? {_PERSON}"
_COMMON: Final = {
    "Ident": "Id TypeId",
    "Address": "Type? StreetAdr? PostalCode? City? Postbox? County? Country?",
    "TeleCom": "TypeTelecom? TeleAddress",
}
_HEAD: Final = _COMMON | {
    "MsgHead": "MsgInfo Document* PatientReport* Signature?",
    "MsgInfo": "Type MIGversion GenDate MsgId? ProcessingStatus? RequestedPriority? Ack? ConversationRef?"
    " Sender Receiver? OtherReceiver* Patient?",
    "ConversationRef": "RefToParent RefToConversation",
    "Sender": "ComMethod? Organisation",
    "Receiver": "ComMethod? Organisation",
    "Organisation": "OrganisationName TypeOrganisation? Ident+ Address? TeleCom* Organisation? HealthcareProfessional?",
    "HealthcareProfessional": "TypeHealthcareProfessional? RoleToPatient? FamilyName? MiddleName? GivenName?"
    " DateOfBirth? Sex? Nationality? Ident+ Address? TeleCom*",
    "Patient": _NAMED,
    "Document": "DocumentConnection? ContentType? ContentDescription? ContentCategory? Consent? Annotation? FromDate?"
    " ToDate? OidRef? EnquiryRefId? RefDoc",
    "RefDoc": "IssueDate? MsgType Id? MimeType? Description? Compression? FileReference? Content?",
}
_DIALOG_1_0: Final = _COMMON | {
    "Dialogmelding": "SakstypeKodet? Sakstype? Foresporsel* Notat*",
    "Notat": "TemaKodet Tema? TekstNotatInnhold? Merknad? DokIdNotat? DatoNotat? Foresporsel? RollerRelatertNotat*",
    "Foresporsel": "TypeForesp Sporsmal? Formål? Begrunnelse? Hastegrad? FraDato? TilDato? TypeJournalinfo?"
    " DokIdForesp? RollerRelatertNotat*",
    "RollerRelatertNotat": "RolleNotat? RoleToPatient? HealthcareProfessional? Person?",
    "HealthcareProfessional": f"TypeHealthcareProfessional? RoleToPatient? {_NAMED}",
    "Person": f"GivenName? MiddleName? FamilyName? {_PERSON}",
}
_DIALOG_1_1: Final = _DIALOG_1_0 | {
    "Foresporsel": "TypeForesp EmneSporsmal? Sporsmal? Formål? Begrunnelse? Hastegrad? FraDato? TilDato?"
    " TypeJournalinfo* KodetOpplysning? DokIdForesp? RollerRelatertNotat*",
    "RollerRelatertNotat": "RolleNotat? RoleToPatient? TilknyttetEnhet? HealthcareProfessional? Person?",
    "TilknyttetEnhet": "Kontaktenhet Merknad? HealthcareProfessional? Person?",
    "Kontaktenhet": "TypeOrganisation? OrganisationName Ident+ Address? TeleCom* Organisation?",
    "Organisation": "TypeOrganisation? OrganisationName Ident+ Address? TeleCom* Organisation?",
}
_MAY_BE_EMPTY: Final = {"Organisation"}
"""Elements the schema lets be empty though they have required ones."""
_COMMON_INSIDE: Final = frozenset({"Ident", "Address", "TeleCom", "Kontaktenhet", "Organisation"})
"""Elements of a Dialogmelding whose own elements are of the namespace all messages have in common."""


@dataclass(frozen=True, slots=True)
class Slot:
    position: int
    required: bool
    many: bool


Table = Mapping[str, Mapping[str, Slot]]


@dataclass(frozen=True, slots=True)
class Schema:
    namespace: str
    common_inside: frozenset[str]
    table: Table

    def inside(self, name: str) -> str:
        return namespaces.COMMON if name in self.common_inside else self.namespace


def _table(written: Mapping[str, str]) -> Table:
    return {name: {each.rstrip("?*+"): slot for each, slot in _slots(row)} for name, row in written.items()}


def _slots(row: str) -> Iterator[tuple[str, Slot]]:
    for position, each in enumerate(row.split()):
        yield each, Slot(position, each[-1] not in "?*", each[-1] in "*+")


HEAD: Final = Schema(namespaces.HEAD, frozenset(), _table(_HEAD))
DIALOG_1_0: Final = Schema(namespaces.DIALOG_1_0, _COMMON_INSIDE, _table(_DIALOG_1_0))
DIALOG_1_1: Final = Schema(namespaces.DIALOG_1_1, _COMMON_INSIDE, _table(_DIALOG_1_1))


def compare(part: Part, schema: Schema) -> None:
    """Tell of every departure in an element and those within it that the schema's table has."""
    name = local(part.element)
    slots = schema.table[name]
    named = [(found, child) for child in part.element if (found := local(child)) in slots]
    counts = Counter([found for found, _ in named])
    _tell_number(part, slots, counts, name in _MAY_BE_EMPTY)
    positions = [slots[found].position for found, _ in named]
    if positions != sorted(positions):
        part.bend("order")
    if len(named) != len(part.element):
        part.bend("unknown-element")
    _descend(part, schema, schema.inside(name), named, counts)


def _tell_number(part: Part, slots: Mapping[str, Slot], counts: Counter[str], may_be_empty: bool) -> None:
    for name, slot in slots.items():
        count = counts.get(name, 0)
        if slot.required and not count and not (may_be_empty and not counts):
            part.findings.bend("missing", f"{part.path}/{name}")
        if count > 1 and not slot.many:
            part.findings.bend("repeated", f"{part.path}/{name}")


def _descend(
    part: Part, schema: Schema, expected: str, named: Sequence[tuple[str, etree._Element]], counts: Counter[str]
) -> None:
    """`expected` is the namespace of what stands here."""
    seen = Counter[str]()
    for name, element in named:
        seen[name] += 1
        child = part.at(element, name if counts[name] == 1 else f"{name}[{seen[name]}]")
        if name != "Signature" and namespace(element) != expected:
            child.bend("namespace")
        if name in schema.table:
            compare(child, schema)
