"""Messages for the tests of PLO: the public samples beside the repository, and one of our own to bend."""

import re
from pathlib import Path
from typing import Final

from lxml import etree

FOLDER: Final = Path(__file__).parents[3] / "shared/plo"
DIALOGS: Final = sorted(
    path.relative_to(FOLDER / "samples").as_posix() for path in FOLDER.glob("samples/dialog*/*.xml")
)
APPRECS: Final = sorted(
    path.relative_to(FOLDER / "samples").as_posix() for path in FOLDER.glob("samples/apprec*/*.xml")
)
MISSING: Final = "the PLO samples are not beside the repository"

NUMBER: Final = "01817000173"
"""Synthetic: born 1 January 1970, the month raised by 80."""
MSG_ID: Final = "0b7f8a8e-5a0c-4b7e-9a53-6f2b3f1f7a11"
PDF: Final = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
PDF_IN_BASE64: Final = "JVBERi0xLjQKMSAwIG9iagplbmRvYmoKJSVFT0YK"

REFERRAL: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24">
  <MsgInfo>
    <Type V="DIALOG_HELSEFAGLIG" DN="Helsefaglig dialog"/>
    <MIGversion>v1.2 2006-05-24</MIGversion>
    <GenDate>2026-11-22T09:30:00</GenDate>
    <MsgId>{MSG_ID}</MsgId>
    <Ack V="J" DN="Ja"/>
    <Sender>
      <Organisation>
        <OrganisationName>Fjordvik legesenter</OrganisationName>
        <Ident><Id>80001</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>
        <HealthcareProfessional>
          <FamilyName>Havn</FamilyName>
          <GivenName>Liv</GivenName>
          <Ident><Id>9144900</Id><TypeId V="HPR" S="2.16.578.1.12.4.1.1.8116"/></Ident>
          <Ident><Id>80002</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.8116"/></Ident>
        </HealthcareProfessional>
      </Organisation>
    </Sender>
    <Receiver>
      <Organisation>
        <OrganisationName>Fjordvik kommune</OrganisationName>
        <Ident><Id>90001</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>
        <Organisation>
          <OrganisationName>Koordinerende enhet</OrganisationName>
          <Ident><Id>90002</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>
        </Organisation>
      </Organisation>
    </Receiver>
    <Patient>
      <FamilyName>Havrekil</FamilyName>
      <GivenName>Jan</GivenName>
      <Ident><Id>{NUMBER}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>
    </Patient>
  </MsgInfo>
  <Document>
    <RefDoc>
      <MsgType V="XML"/>
      <Content>
        <Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23">
          <Notat>
            <TemaKodet V="6" S="2.16.578.1.12.4.1.1.7322"/>
            <Tema>Oppfølgingsteam</Tema>
            <TekstNotatInnhold>Hjelp fra fem tjenester.</TekstNotatInnhold>
          </Notat>
        </Dialogmelding>
      </Content>
    </RefDoc>
  </Document>
  <Document>
    <RefDoc>
      <MsgType V="A"/>
      <MimeType>application/pdf</MimeType>
      <Description>medisinliste.pdf</Description>
      <Content>
        <Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{PDF_IN_BASE64}</Base64Container>
      </Content>
    </RefDoc>
  </Document>
</MsgHead>
"""
"""Valid by the schema, and nothing in it to bend."""


def sample(name: str) -> bytes:
    return (FOLDER / "samples" / name).read_bytes()


def bent_by(*changes: tuple[str, str]) -> bytes:
    """The referral with each text replaced by another; every one must be there."""
    text = REFERRAL
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text.encode()


def without(element: str, nth: int = 1) -> tuple[str, str]:
    """A change that takes out the nth element of that name, and all in it."""
    found = re.findall(rf"<{element}[ >].*?</{element}>", REFERRAL, re.DOTALL)
    return found[nth - 1], ""


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FOLDER / "xsd" / name))


def faults_of(schema: etree.XMLSchema, written: bytes) -> list[str]:
    valid = schema.validate(etree.ElementTree(etree.fromstring(written)))
    return [] if valid else str(schema.error_log).splitlines()
