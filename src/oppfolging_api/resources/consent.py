"""Consent to plan, to sharing, and for emergencies: https://hl7.org/fhir/R4/consent.html"""

from oppfolging_api.kernel.resource_type import AGENTS, PARTIES, ResourceType, date, reference, token

RESOURCE = ResourceType(
    "Consent",
    person="patient",
    grants={"coordinating-unit": "cud", "system": "cud", "coordinator": "cud", "person": "cu", "kin": ""},
    search=(
        token("action", "provision.action"),
        reference("actor", "provision.actor.reference", targets=PARTIES),
        token("category"),
        reference("consentor", "performer", targets=AGENTS),
        date("date", "dateTime"),
        token("identifier"),
        reference("organization", targets=("Organization",)),
        reference("patient", targets=("Patient",)),
        date("period", "provision.period"),
        token("purpose", "provision.purpose"),
        reference("rule-actor", "provision.provision.actor.reference", targets=PARTIES),
        token("rule-kind", "provision.provision.securityLabel"),
        token("scope"),
        token("security-label", "provision.securityLabel"),
        token("status"),
    ),
)
