"""The Volven code tables that are read or written here: codes, what they are called, and their numbers.

A code that is in none of them is kept as it came: that is no ground for rejection.
"""

from typing import Final

VOLVEN: Final = "2.16.578.1.12.4.1.1."
"""What the number of a code list follows in an S attribute."""

ERROR: Final = VOLVEN + "8221"
TOPIC: Final = VOLVEN + "7322"
TOPIC_1_0: Final = VOLVEN + "9153"
NEED_OF_PLAN: Final = VOLVEN + "8307"
ROLE_TO_PATIENT: Final = VOLVEN + "9034"
ORGANISATION_ID: Final = VOLVEN + "9051"
PERSON_ID: Final = VOLVEN + "8116"

ENQUIRY_ABOUT_PATIENT: Final = "6"
OTHER_ENQUIRY: Final = "99"
NEEDS_PLAN: Final = "1"
CONTACT_AT_RECEIVER: Final = "24"

ERRORS: Final = {
    "E10": "Ugyldig meldingsidentifikator",
    "E20": "Lege finnes ikke",
    "E21": "Mottaker finnes ikke",
    "E30": "Pasientens fødselsnummer mangler",
    "E31": "Pasientens fødselsnummer er feil",
    "E35": "Pasienten finnes ikke i mottakersystemet",
    "E36": "Pasientopplysninger er utilstrekkelige",
    "T01": "Ikke XML / ikke 'well formed' / uleselig",
    "T02": "XML validerer ikke",
    "T10": "Støtter ikke meldingsformatet",
    "T99": "Annen feil på format",
    "X99": "Annen feil",
}
STATUSES: Final = {"1": "OK", "2": "Avvist", "3": "OK, feil i delmelding"}
TOPICS: Final = {ENQUIRY_ABOUT_PATIENT: "Henvendelse om pasient"}
TOPICS_1_0: Final = {OTHER_ENQUIRY: "Annen henvendelse"}
ROLES: Final = {CONTACT_AT_RECEIVER: "Kontakt hos mottaker"}
DIALOGS: Final = {
    "DIALOG_AVVIK": "Tilbakemelding om feil i mottatt melding",
    "DIALOG_FORESPORSEL": "Forespørsel",
    "DIALOG_HELSEFAGLIG": "Helsefaglig dialog",
    "DIALOG_NOTAT": "Notat",
    "DIALOG_STATUS_HENVISNING": "Status på henvisning",
    "DIALOG_SVAR": "Svar på forespørsel",
}
"""Those of 8279 that carry a Dialogmelding between health services."""
ORGANISATION_IDS: Final = {
    "AKO": "Apotekets konsesjonsnummer",
    "APO": "Apotekets identifikasjonsnummer",
    "AVD": "Off. identifikator for avdelinger",
    "ENH": "Organisasjonsnummeret i Enhetsregister",
    "HER": "HER-id",
    "LAV": "Lokal identifikator for avdelinger",
    "LIN": "Lokal identifikator for institusjoner",
    "LOK": "Lokal identifikator uten nærmere angivelse",
    "NPR": "NPR avdelingsnummer",
    "RSH": "Nasjonalt register over enheter i spesialisthelsetjenesten (RESH-ID)",
    "SYS": "SYSVAK institusjonsnummer",
}
PERSON_IDS: Final = {
    "DKF": "Dansk 'personnummer'",
    "DNR": "D-nummer",
    "DUF": "DUF-nummer",
    "FHN": "Felles hjelpenummer",
    "FNR": "Fødselsnummer",
    "FPN": "Forsikringspolise nummer",
    "HER": "HER-id",
    "HNR": "H-nummer",
    "HPR": "HPR-nummer",
    "PNR": "Passnummer",
    "SEF": "Svensk 'personnummer'",
    "SSN": "Sosial security number",
    "UID": "Utenlandsk identifikasjon",
    "XXX": "Annet",
}
ID_TABLES: Final = {ORGANISATION_ID: ORGANISATION_IDS, PERSON_ID: PERSON_IDS}
