"""Identifier systems and code systems that Norway and HL7 have defined."""

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
D_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.2"
HPR = "urn:oid:2.16.578.1.12.4.1.4.4"
ORGANISATION_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.101"
URIS = "urn:ietf:rfc:3986"
IDENTITY_NUMBERS = (FNR, D_NUMBER)

PATIENT_ROLE = "urn:oid:2.16.578.1.12.4.1.1.9034"
"""Volven 9034, roles towards the patient: 6 general practitioner, 8 coordinator, 9 primary contact."""
GENERAL_PRACTITIONER_ROLE = "6"
COORDINATOR_ROLE = "8"
PRIMARY_CONTACT_ROLE = "9"

PROFESSION = "urn:oid:2.16.578.1.12.4.1.1.9060"
LANGUAGES = "urn:ietf:bcp:47"
INTERPRETER_REQUIRED = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
V3_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
V3_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
V3_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
