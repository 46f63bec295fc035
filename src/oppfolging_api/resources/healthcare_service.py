"""What a service offers, and where: https://hl7.org/fhir/R4/healthcareservice.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "HealthcareService",
    grants=directory(),
)
