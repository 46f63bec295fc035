"""Identifier systems and code systems that Norway and HL7 have defined."""

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
D_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.2"
HPR = "urn:oid:2.16.578.1.12.4.1.4.4"
ORGANISATION_NUMBER = "urn:oid:2.16.578.1.12.4.1.4.101"
IDENTITY_NUMBERS = (FNR, D_NUMBER)

PATIENT_ROLE = "urn:oid:2.16.578.1.12.4.1.1.9034"
"""Volven 9034, roles towards the patient: 6 general practitioner, 8 coordinator, 9 primary contact."""
COORDINATOR_ROLE = "8"

PROFESSION = "urn:oid:2.16.578.1.12.4.1.1.9060"
V3_ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
V3_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
V3_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
