"""PLO messages for measuring: each from a GP's office, about somebody new, some with a PDF."""

import base64
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Final
from uuid import uuid4

from oppfolging_api.kernel.identity_number import synthetic

_EACH_DAY: Final = 100
"""People born on one day who get a number."""
_BORN: Final = date(1940, 1, 1)
_EVERY: Final = 5
"""Of how many messages one has a PDF."""
_PDF_BYTES: Final = 30_000
_VOLVEN: Final = "2.16.578.1.12.4.1.1."
_REASON: Final = "Pasienten får hjelp av fem tjenester som ikke vet om hverandre. " * 12


def messages(her_id: str) -> Iterator[bytes]:
    """Without end, and all different."""
    chance = random.Random(1)  # noqa: S311
    pdf = b"%PDF-1.4\n" + chance.randbytes(_PDF_BYTES) + b"\n%%EOF\n"
    attached = _ATTACHED.format(data=base64.b64encode(pdf).decode())
    for serial in count():
        born = _BORN + timedelta(days=serial // _EACH_DAY)
        number = synthetic(born, serial % _EACH_DAY)
        more = "" if serial % _EVERY else attached
        told = {"id": uuid4(), "her": her_id, "number": number, "attached": more, "reason": _REASON, "volven": _VOLVEN}
        yield _MESSAGE.format_map(told).encode()


_MESSAGE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24">
  <MsgInfo>
    <Type V="DIALOG_HELSEFAGLIG" DN="Helsefaglig dialog"/>
    <MIGversion>v1.2 2006-05-24</MIGversion>
    <GenDate>2026-11-22T09:30:00+01:00</GenDate>
    <MsgId>{id}</MsgId>
    <Ack V="J" DN="Ja"/>
    <Sender>
      <Organisation>
        <OrganisationName>Fjordvik legesenter</OrganisationName>
        <Ident><Id>80001</Id><TypeId V="HER" DN="HER-id" S="{volven}9051"/></Ident>
        <HealthcareProfessional>
          <FamilyName>Havn</FamilyName>
          <GivenName>Liv</GivenName>
          <Ident><Id>9144900</Id><TypeId V="HPR" DN="HPR-nummer" S="{volven}8116"/></Ident>
        </HealthcareProfessional>
      </Organisation>
    </Sender>
    <Receiver>
      <Organisation>
        <OrganisationName>Fjordvik kommune</OrganisationName>
        <Ident><Id>{her}</Id><TypeId V="HER" DN="HER-id" S="{volven}9051"/></Ident>
      </Organisation>
    </Receiver>
    <Patient>
      <FamilyName>Havrekil</FamilyName>
      <GivenName>Jan</GivenName>
      <Ident><Id>{number}</Id><TypeId V="FNR" DN="Fødselsnummer" S="{volven}8116"/></Ident>
    </Patient>
  </MsgInfo>
  <Document>
    <RefDoc>
      <MsgType V="XML" DN="XML-instans"/>
      <Content>
        <Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23">
          <Notat>
            <TemaKodet V="6" DN="Henvendelse om pasient" S="{volven}7322"/>
            <Tema>Oppfølgingsteam</Tema>
            <TekstNotatInnhold>{reason}</TekstNotatInnhold>
          </Notat>
        </Dialogmelding>
      </Content>
    </RefDoc>
  </Document>{attached}
</MsgHead>
"""
_ATTACHED: Final = """
  <Document>
    <RefDoc>
      <MsgType V="A" DN="Vedlegg"/>
      <MimeType>application/pdf</MimeType>
      <Description>medisinliste.pdf</Description>
      <Content><Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{data}</Base64Container></Content>
    </RefDoc>
  </Document>"""
