"""PLO messages as a GP's system sends them, and what it is answered with, each valid by the public schemas.

The schemas are beside the repository. Where they are not, nothing is validated; `test_plo_samples.py` says so.
"""

import base64
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import httpx
from lxml import etree

from support import Api

FOLDER: Final = Path(__file__).parents[2] / "shared/plo"
DIALOGS: Final = sorted(
    path.relative_to(FOLDER / "samples").as_posix() for path in FOLDER.glob("samples/dialog*/*.xml")
)
MISSING: Final = "the PLO schemas and samples are not beside the repository"

XML: Final = "application/xml"
NUMBER: Final = "01817000173"
"""Synthetic: born 1 January 1970, the month raised by 80."""
OFFICE_HER, DOCTOR_HER, HPR = "80001", "80002", "9144900"
PDF: Final = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9"
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00IEND\xaeB`\x82"

HEAD: Final = "http://www.kith.no/xmlstds/msghead/2006-05-24"
DIALOG: Final = {
    "1.0": "http://www.kith.no/xmlstds/dialog/2006-10-11",
    "1.1": "http://www.kith.no/xmlstds/dialog/2013-01-23",
}
APPREC: Final = {
    "1.0": "http://www.kith.no/xmlstds/apprec/2004-11-21",
    "1.1": "http://www.kith.no/xmlstds/apprec/2012-02-15",
}
_KINDS: Final = {"1.0": ("DIALOG_NOTAT", "Notat"), "1.1": ("DIALOG_HELSEFAGLIG", "Helsefaglig dialog")}
_TOPICS: Final = {"1.0": ("99", "9153"), "1.1": ("6", "7322")}
_MARKS: Final = {"1.0": "1.0 2004-11-21", "1.1": "v1.1 2012-02-15"}
_SCHEMAS: Final = {
    f"{{{HEAD}}}MsgHead": "msghead-dialog.xsd",
    f"{{{APPREC['1.0']}}}AppRec": "apprec-v1.0.xsd",
    f"{{{APPREC['1.1']}}}AppRec": "apprec-v1.1.xsd",
}
_VOLVEN: Final = "2.16.578.1.12.4.1.1."


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Attached:
    """`declared` and `name` are what the sender calls it."""

    content: bytes
    declared: str = "application/pdf"
    name: str = "medisinliste.pdf"


@dataclass(frozen=True)
class Note:
    """A message from a GP's office to a municipality, whose HER-id is `her`; `patient` is what MsgInfo has of one."""

    her: str
    number: str = NUMBER
    subject: str = "Oppfølgingsteam"
    text: str = "Får hjelp av fem tjenester."
    version: str = "1.1"
    id: str = field(default_factory=new_id)
    conversation: tuple[str, str] | None = None
    attachments: tuple[Attached, ...] = ()
    hpr: str = HPR
    patient: str | None = None

    def xml(self) -> bytes:
        """Valid by the schema; the first line is the declaration."""
        documents = "".join(_document(each) for each in self.attachments)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<MsgHead xmlns="{HEAD}"><MsgInfo>{self._info()}</MsgInfo>{self._dialog()}{documents}</MsgHead>'
        ).encode()

    def _info(self) -> str:
        kind, name = _KINDS[self.version]
        return (
            f'<Type V="{kind}" DN="{name}"/><MIGversion>v1.2 2006-05-24</MIGversion>'
            f"<GenDate>2026-11-22T09:30:00+01:00</GenDate><MsgId>{self.id}</MsgId>"
            f'<Ack V="J" DN="Ja"/>{self._conversation()}'
            f"<Sender>{self._sender()}</Sender><Receiver>{self._receiver()}</Receiver>{self._patient()}"
        )

    def _conversation(self) -> str:
        if self.conversation is None:
            return ""
        parent, first = self.conversation
        inside = f"<RefToParent>{parent}</RefToParent><RefToConversation>{first}</RefToConversation>"
        return f"<ConversationRef>{inside}</ConversationRef>"

    def _sender(self) -> str:
        doctor = f"{_ident(self.hpr, 'HPR', '8116')}{_ident(DOCTOR_HER, 'HER', '8116')}"
        return (
            f"<Organisation><OrganisationName>Fjordvik legesenter</OrganisationName>{_ident(OFFICE_HER, 'HER', '9051')}"
            "<HealthcareProfessional><FamilyName>Havn</FamilyName><GivenName>Liv</GivenName>"
            f"{doctor}</HealthcareProfessional></Organisation>"
        )

    def _receiver(self) -> str:
        unit = "<OrganisationName>Koordinerende enhet</OrganisationName>" + _ident(self.her, "HER", "9051")
        own = "<OrganisationName>Fjordvik kommune</OrganisationName>" + _ident("70001", "HER", "9051")
        return f"<Organisation>{own}<Organisation>{unit}</Organisation></Organisation>"

    def _patient(self) -> str:
        names = "<FamilyName>Havrekil</FamilyName><MiddleName>Moe</MiddleName><GivenName>Jan</GivenName>"
        told = f'{names}<Sex V="1" DN="Mann"/>{_ident(self.number, "FNR", "8116")}'
        return f"<Patient>{told}</Patient>" if self.patient is None else self.patient

    def _dialog(self) -> str:
        topic, table = _TOPICS[self.version]
        note = (
            f'<TemaKodet V="{topic}" S="{_VOLVEN}{table}"/><Tema>{escape(self.subject)}</Tema>'
            f"<TekstNotatInnhold>{escape(self.text)}</TekstNotatInnhold>"
        )
        dialog = f'<Dialogmelding xmlns="{DIALOG[self.version]}"><Notat>{note}</Notat></Dialogmelding>'
        return f'<Document><RefDoc><MsgType V="XML"/><Content>{dialog}</Content></RefDoc></Document>'


def _ident(value: str, kind: str, table: str) -> str:
    return f'<Ident><Id>{value}</Id><TypeId V="{kind}" S="{_VOLVEN}{table}"/></Ident>'


def _document(attached: Attached) -> str:
    data = base64.b64encode(attached.content).decode()
    told = f"<MimeType>{attached.declared}</MimeType><Description>{escape(attached.name)}</Description>"
    container = f'<Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{data}</Base64Container>'
    return f'<Document><RefDoc><MsgType V="A"/>{told}<Content>{container}</Content></RefDoc></Document>'


def bent(message: Note, *changes: tuple[str, str]) -> bytes:
    """The message with each text replaced by another; every one must be there."""
    text = message.xml().decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text.encode()


def apprec(original: str, status: str = "1", version: str = "1.1", *errors: tuple[str, str]) -> bytes:
    """The receipt of a sender's system; `errors` are code and text."""
    inst = '<HCP><Inst><Name>{}</Name><Id>{}</Id><TypeId V="HER" DN="HER-id"/></Inst></HCP>'
    said = "".join(f"<Error S={quoteattr(_VOLVEN + '8221')} V={quoteattr(v)} DN={quoteattr(dn)}/>" for v, dn in errors)
    told = {"1": "OK", "2": "Avvist", "3": "OK, feil i delmelding"}.get(status, "Ukjent")
    return (
        f'<AppRec xmlns="{APPREC[version]}"><MsgType V="APPREC"/><MIGversion>{_MARKS[version]}</MIGversion>'
        f"<GenDate>2026-11-22T10:30:00+01:00</GenDate><Id>{new_id()}</Id>"
        f"<Sender>{inst.format('Fjordvik legesenter', OFFICE_HER)}</Sender>"
        f"<Receiver>{inst.format('Fjordvik kommune', '70001')}</Receiver>"
        f'<Status V="{status}" DN="{told}"/>{said}<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/>'
        f"<IssueDate>2026-11-22T09:30:00+01:00</IssueDate><Id>{original}</Id></OriginalMsgId></AppRec>"
    ).encode()


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / name))


def valid(written: bytes) -> etree._Element:
    """The root of a MsgHead or an AppRec, which the schema of its version lets be."""
    root = etree.fromstring(written)
    if FOLDER.is_dir():
        schema = _schema(_SCHEMAS[root.tag])
        assert schema.validate(etree.ElementTree(root)), str(schema.error_log)
    return root


def post(api: Api, body: bytes, path: str = "/referral", kind: str = XML) -> httpx.Response:
    return api.send("POST", path, {"Content-Type": kind}, content=body)


@dataclass(frozen=True)
class Answer:
    """What an AppRec says; `body` is all of it."""

    body: bytes
    version: str
    status: str
    codes: list[str]
    errors: list[str]
    original: str
    remarks: list[str]


def sent(api: Api, message: Note | bytes) -> Answer:
    """The AppRec a message is answered with."""
    response = post(api, message.xml() if isinstance(message, Note) else message)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == XML
    return _answer(response.content)


def _answer(body: bytes) -> Answer:
    root = valid(body)
    errors = root.findall("{*}Error")
    return Answer(
        body,
        next(version for version, namespace in APPREC.items() if root.tag == f"{{{namespace}}}AppRec"),
        _code(root, "{*}Status"),
        [error.get("V", "") for error in errors],
        [error.get("OT", "") for error in errors],
        root.findtext("{*}OriginalMsgId/{*}Id", ""),
        [(comment.text or "").strip() for comment in root.iterchildren(etree.Comment)],
    )


@dataclass(frozen=True)
class Told:
    """A Dialogmelding that a sender is given."""

    id: str
    parent: str
    first: str
    version: str
    kind: str
    subject: str
    text: str
    patient: str
    number: str
    sender: list[str]
    receiver: list[str]


def told(written: bytes) -> Told:
    root = valid(written)

    info = ".//{*}MsgInfo"
    names = [
        root.findtext(f"{info}/{{*}}Patient/{{*}}{name}", "") for name in ("GivenName", "MiddleName", "FamilyName")
    ]
    dialog = root.find(".//{*}Dialogmelding")
    assert dialog is not None
    return Told(
        root.findtext(f"{info}/{{*}}MsgId", ""),
        root.findtext(".//{*}RefToParent", ""),
        root.findtext(".//{*}RefToConversation", ""),
        next(version for version, namespace in DIALOG.items() if dialog.tag == f"{{{namespace}}}Dialogmelding"),
        _code(root, f"{info}/{{*}}Type"),
        root.findtext(".//{*}Tema", ""),
        root.findtext(".//{*}TekstNotatInnhold", ""),
        " ".join(filter(None, names)),
        root.findtext(f"{info}/{{*}}Patient/{{*}}Ident/{{*}}Id", ""),
        _her_ids(root, "Sender"),
        _her_ids(root, "Receiver"),
    )


def _code(root: etree._Element, path: str) -> str:
    found = root.find(path)
    return found.get("V", "") if found is not None else ""


def _her_ids(root: etree._Element, party: str) -> list[str]:
    idents = root.findall(f".//{{*}}MsgInfo/{{*}}{party}//{{*}}Ident")
    return [ident.findtext("{*}Id", "") for ident in idents if ident.find("{*}TypeId[@V='HER']") is not None]


def feedback(api: Api, id: str) -> list[Told]:
    """All of it, and each of them the same when it is asked for alone."""
    response = api.get(f"/referral/{id}/messages", headers={"Accept": XML})
    assert response.status_code == 200, response.text
    all_told = [told(etree.tostring(each)) for each in etree.fromstring(response.content)]
    for each in all_told:
        alone = api.get(f"/referral/{id}/messages/{each.id}")
        assert (alone.status_code, alone.headers["content-type"].partition(";")[0]) == (200, XML)
        assert told(alone.content) == each
    return all_told


def referral_of(api: Api, message: Note) -> str:
    """As its sender finds it: by the id of the message."""
    (found,) = api.found(f"ServiceRequest?identifier=urn:ietf:rfc:3986|urn:uuid:{message.id.lower()}")
    return found.removeprefix("ServiceRequest/")
