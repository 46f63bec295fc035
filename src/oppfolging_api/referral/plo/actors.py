"""Organisations and people as MsgHead and Dialogmelding have them: the same elements, in namespaces of their own."""

from typing import Final

from oppfolging_api.referral.plo.codes import ID_TABLES, ORGANISATION_ID, PERSON_ID
from oppfolging_api.referral.plo.message import Address, Identifier, Organisation, Person, Telecom
from oppfolging_api.referral.plo.part import Part

_SCHEMES: Final = ("tel", "fax", "mailto")


def read_organisation(part: Part) -> Organisation:
    unit, person = part.child("Organisation"), part.child("HealthcareProfessional")
    return Organisation(
        name=part.line("OrganisationName"),
        identifiers=_identifiers(part, ORGANISATION_ID),
        kind=part.code("TypeOrganisation"),
        address=_address(part),
        telecoms=_telecoms(part),
        unit=read_organisation(unit) if unit and len(unit.element) else None,
        person=read_person(person) if person else None,
    )


def read_person(part: Part) -> Person:
    return Person(
        family=part.line("FamilyName"),
        middle=part.line("MiddleName"),
        given=part.line("GivenName"),
        birth_date=part.date("DateOfBirth"),
        sex=part.code("Sex"),
        identifiers=_identifiers(part, PERSON_ID),
        address=_address(part),
        telecoms=_telecoms(part),
        profession=part.code("TypeHealthcareProfessional"),
        role=part.code("RoleToPatient"),
    )


def _identifiers(part: Part, table: str) -> tuple[Identifier, ...]:
    read = (_identifier(each, table) for each in part.children("Ident"))
    return tuple(each for each in read if each.value)


def _identifier(part: Part, table: str) -> Identifier:
    code, kind = part.code("TypeId"), part.child("TypeId")
    if code and kind and code.value not in ID_TABLES[table]:
        kind.bend("unknown-code")
    if code and kind and code.system not in ("", table):
        kind.bend("code-system")
    return Identifier(code.value if code else "", part.text("Id"), code.name if code else "")


def _address(part: Part) -> Address | None:
    found = part.child("Address")
    if found is None:
        return None
    kind = found.code("Type")
    address = Address(
        kind=kind.value if kind else "",
        street=found.line("StreetAdr"),
        postal_code=found.line("PostalCode"),
        city=found.line("City"),
        postbox=found.line("Postbox"),
        municipality=found.code("County"),
        country=found.code("Country"),
    )
    return address if address != Address() else None


def _telecoms(part: Part) -> tuple[Telecom, ...]:
    read = (_telecom(each) for each in part.children("TeleCom"))
    return tuple(each for each in read if each.value)


def _telecom(part: Part) -> Telecom:
    kind, address = part.code("TypeTelecom"), part.child("TeleAddress")
    written = address.attribute("V") if address else ""
    scheme, _, rest = written.partition(":")
    known = scheme.lower() in _SCHEMES
    return Telecom(kind.value if kind else "", scheme.lower() if known else "", rest if known else written)
