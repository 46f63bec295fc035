"""Consent to plan, to sharing, and for emergencies: https://hl7.org/fhir/R4/consent.html"""

from oppfolging_api.kernel.resource_type import PARTIES, ResourceType, reference, token

RESOURCE = ResourceType(
    "Consent",
    person="patient",
    grants={
        "coordinating-unit": "cud",
        "system": "cud",
        "coordinator": "cud",
        "person": "cu",
        "guardian-health": "cu",
        "kin": "",
    },
    search=(
        reference("rule-actor", "provision.provision.actor.reference", targets=PARTIES),
        token("rule-kind", "provision.provision.securityLabel"),
    ),
)
