"""A Dialogmelding, 1.0 or 1.1: its notes and questions, as plain text."""

from dataclasses import dataclass

from oppfolging_api.referral.plo.actors import read_organisation, read_person
from oppfolging_api.referral.plo.message import Code, Note, Question, Role
from oppfolging_api.referral.plo.part import Part
from oppfolging_api.referral.plo.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class Dialog:
    case: Code | None
    notes: tuple[Note, ...]
    questions: tuple[Question, ...]


def read_dialog(part: Part) -> Dialog:
    coded, told = part.code("SakstypeKodet"), part.line("Sakstype")
    dialog = Dialog(
        case=coded or (Code("", told) if told else None),
        notes=tuple(_note(each) for each in part.children("Notat")),
        questions=tuple(_question(each) for each in part.children("Foresporsel")),
    )
    if not (dialog.notes or dialog.questions):
        part.fault("no-content")
    return dialog


def _note(part: Part) -> Note:
    question = part.child("Foresporsel")
    return Note(
        topic=part.code("TemaKodet"),
        subject=part.line("Tema"),
        text=_text(part, "TekstNotatInnhold"),
        remark=part.text("Merknad"),
        id=part.line("DokIdNotat"),
        dated=part.date("DatoNotat"),
        question=_question(question) if question else None,
        roles=_roles(part),
    )


def _question(part: Part) -> Question:
    return Question(
        kind=part.code("TypeForesp"),
        subject=part.line("EmneSporsmal"),
        text=_text(part, "Sporsmal"),
        purpose=part.code("Formål"),
        reason=part.text("Begrunnelse"),
        urgency=part.code("Hastegrad"),
        since=part.date("FraDato"),
        until=part.date("TilDato"),
        information=(*part.codes("TypeJournalinfo"), *part.codes("KodetOpplysning")),
        id=part.line("DokIdForesp"),
        roles=_roles(part),
    )


def _text(part: Part, name: str) -> str:
    child = part.child(name)
    return child.bounded(plain_text(child.element)) if child else ""


def _roles(part: Part) -> tuple[Role, ...]:
    return tuple(_role(each) for each in part.children("RollerRelatertNotat"))


def _role(part: Part) -> Role:
    """The person stands beside the unit or within it."""
    unit = part.child("TilknyttetEnhet")
    contact = unit.child("Kontaktenhet") if unit else None
    person = next((found for place in (part, unit) if place and (found := _person(place))), None)
    return Role(
        in_note=part.code("RolleNotat"),
        to_patient=part.code("RoleToPatient"),
        person=read_person(person) if person else None,
        unit=read_organisation(contact) if contact else None,
        remark=unit.text("Merknad") if unit else "",
    )


def _person(part: Part) -> Part | None:
    return part.child("HealthcareProfessional") or part.child("Person")
