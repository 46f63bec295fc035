"""What is found to say about a message: what was bent to read it, and what makes it one to reject.

Both are data. Their texts come from the tables here, and where it is is a path of element names from the schema, so
that neither can carry anything of what the message says.
"""

from dataclasses import dataclass, field
from typing import Final, TypeVar

MOST: Final = 50
"""Told of each kind; more tell nobody more."""


@dataclass(frozen=True, slots=True)
class Bent:
    """Something that breaks the schema or its use, and was read all the same."""

    where: str
    what: str
    text_nb: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered in the AppRec, `code` from Volven 8221. `part`: the fault is an attachment's alone."""

    code: str
    where: str
    text: str
    text_nb: str
    part: bool = False


_Found = TypeVar("_Found", Bent, Fault)


class Unreadable(Exception):
    """Too little can be read for an AppRec. `kind` is a key of FAULTS; the message never tells what was written."""

    def __init__(self, kind: str, line: int | None = None, column: int | None = None) -> None:
        self.kind, self.line, self.column = kind, line, column
        self.fault = fault(kind, "/")
        super().__init__(self.fault.text)


@dataclass(slots=True)
class Findings:
    """Gathered while a message is read, in the order they are come upon, each once."""

    bent: list[Bent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def bend(self, kind: str, where: str) -> None:
        _add(self.bent, Bent(where, *BENT[kind]))

    def fault(self, kind: str, where: str) -> None:
        _add(self.faults, fault(kind, where))


def fault(kind: str, where: str) -> Fault:
    code, text, text_nb = FAULTS[kind]
    return Fault(code, where, text, text_nb, kind in PARTS)


def _add(found: list[_Found], new: _Found) -> None:
    if len(found) < MOST and new not in found:
        found.append(new)


BENT: Final = {
    "order": ("the elements are not in the schema's order", "Elementene står ikke i skjemaets rekkefølge."),
    "missing": ("a required element is missing", "Et påkrevd element mangler."),
    "repeated": (
        "there more often than the schema allows; the first is used",
        "Elementet står flere ganger enn skjemaet tillater. Det første er brukt.",
    ),
    "unknown-element": ("holds an element the schema does not have", "Inneholder et element skjemaet ikke har."),
    "namespace": ("another namespace than the schema's", "Et annet navnerom enn skjemaets."),
    "version": ("not the schema's version", "Ikke skjemaets versjon."),
    "misplaced": ("the content is not where the schema has it", "Innholdet står ikke der skjemaet har det."),
    "no-container": ("base64 without its container", "Base64 uten Base64Container."),
    "encoding": ("not in the encoding it declares; read as UTF-8", "Ikke i tegnsettet som er oppgitt. Lest som UTF-8."),
    "blanks": ("blanks around a code or number", "Mellomrom rundt en kode eller et nummer."),
    "unknown-code": ("a code its table does not have", "En kode som ikke er i kodeverket."),
    "code-system": ("another code system than the schema's", "Et annet kodeverk enn det skjemaet har."),
    "date-form": ("a date that is not written YYYY-MM-DD", "En dato som ikke er skrevet ÅÅÅÅ-MM-DD."),
    "date": ("no date can be read; left out", "Ingen dato kan leses. Den er utelatt."),
    "time-form": (
        "a time that is not written YYYY-MM-DDThh:mm:ss",
        "Et tidspunkt som ikke er skrevet ÅÅÅÅ-MM-DDTtt:mm:ss.",
    ),
    "time": ("no time can be read; left out", "Intet tidspunkt kan leses. Det er utelatt."),
    "capitals": ("a UUID in capital letters", "En UUID med store bokstaver."),
    "not-uuid": ("not a UUID", "Ikke en UUID."),
    "own-parent": ("the message names itself as its parent", "Meldingen viser til seg selv som forrige melding."),
    "media": ("declared as another type than it is", "Oppgitt som en annen type enn den er."),
    "number-form": ("blanks within an identity number", "Mellomrom i et fødselsnummer eller D-nummer."),
    "number-kind": (
        "a fødselsnummer declared as D-number, or the other way",
        "Et fødselsnummer oppgitt som D-nummer, eller omvendt.",
    ),
    "number-wrong": (
        "one identity number has wrong check digits; another one is used",
        "Ett fødselsnummer eller D-nummer har feil kontrollsifre. Et annet er brukt.",
    ),
    "no-number": (
        "no identity number; what else is told identifies the patient",
        "Fødselsnummer mangler. Andre opplysninger identifiserer pasienten.",
    ),
    "no-name": ("the patient's name is missing", "Pasientens navn mangler."),
    "birth-date": (
        "not the date of birth the identity number tells; the number's is used",
        "Ikke fødselsdatoen fødselsnummeret viser. Fødselsnummerets er brukt.",
    ),
}
"""What was bent, in English and in Bokmål."""

FAULTS: Final = {
    "not-well-formed": ("T01", "not well-formed XML", "Ikke velformet XML."),
    "encoding": ("T01", "not in an encoding that is read here", "Tegnsettet kan ikke leses."),
    "doctype": (
        "T01",
        "a document type declaration is not taken",
        "En DOCTYPE tas ikke imot.",
    ),
    "too-large": ("T99", "more than is taken in one message", "Mer enn det som tas imot i én melding."),
    "too-deep": ("T99", "elements within each other too deep", "Elementene ligger for dypt i hverandre."),
    "not-a-message": ("T10", "no MsgHead 1.2", "Ikke en hodemelding (MsgHead 1.2)."),
    "not-a-receipt": ("T10", "no AppRec 1.0 or 1.1", "Ikke en applikasjonskvittering (AppRec 1.0 eller 1.1)."),
    "no-envelope": ("T02", "the message has no MsgInfo", "Meldingen har ingen MsgInfo."),
    "no-original": ("T02", "does not tell which message it answers", "Forteller ikke hvilken melding den svarer på."),
    "message-id": ("E10", "the message id is not a UUID", "Meldingens id (MsgId) er ikke en UUID."),
    "message-id-reused": (
        "E10",
        "the message id was used for another message",
        "Meldingens id (MsgId) er brukt før, med et annet innhold.",
    ),
    "no-receiver": ("E21", "the receiver has no HER-id", "Mottakeren har ingen HER-id."),
    "receiver-unknown": (
        "E21",
        "the receiver's HER-id is not one that is received for here",
        "Mottakerens HER-id er ikke en som tas imot for her.",
    ),
    "no-number": (
        "E30",
        "the patient's identity number is missing",
        "Pasientens fødselsnummer mangler.",
    ),
    "number-wrong": (
        "E31",
        "the patient's identity number has wrong check digits",
        "Pasientens fødselsnummer eller D-nummer er feil: kontrollsifrene stemmer ikke.",
    ),
    "several-numbers": (
        "E36",
        "the patient has several identity numbers of one kind",
        "Pasienten har flere ulike nummer av samme slag.",
    ),
    "insufficient": (
        "E36",
        "neither an identity number nor a name with a date of birth",
        "Verken fødselsnummer eller D-nummer, eller navn med fødselsdato.",
    ),
    "not-stored": ("X99", "what the message says cannot be kept", "Meldingens innhold kan ikke tas vare på."),
    "not-born": (
        "E36",
        "the patient's date of birth has not been",
        "Pasientens fødselsdato er frem i tid.",
    ),
    "payload": ("T10", "no Dialogmelding 1.0 or 1.1", "Ingen Dialogmelding 1.0 eller 1.1."),
    "no-content": ("T02", "neither a note nor a question", "Verken notat eller forespørsel."),
    "twice": (
        "T02",
        "there twice: which one holds cannot be told",
        "Står to ganger: det går ikke frem hvilken som gjelder.",
    ),
    "too-long": ("T02", "a text longer than is taken", "En tekst som er lengre enn det som tas imot."),
    "base64": ("T02", "the attachment is not base64", "Vedlegget er ikke base64."),
    "attachment-type": (
        "X99",
        "the attachment is not a whole PDF, JPG or PNG by its content",
        "Vedlegget er etter sitt innhold ikke en hel PDF, JPG eller PNG, og er ikke tatt imot.",
    ),
    "attachment-size": ("X99", "the attachment is too large", "Vedlegget er for stort, og er ikke tatt imot."),
    "attachment-elsewhere": (
        "X99",
        "the attachment's content is not in the message",
        "Vedleggets innhold er ikke med i meldingen.",
    ),
    "other-document": ("T10", "a document of another format", "Et dokument i et annet format, som ikke er tatt imot."),
}
"""The code of Volven 8221, and what is wrong in English and in Bokmål."""

PARTS: Final = frozenset({"base64", "attachment-type", "attachment-size", "attachment-elsewhere", "other-document"})
"""Faults of one attachment: what else the message says has come through."""
