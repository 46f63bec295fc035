"""Profiles and extensions the service publishes: https://hl7.org/fhir/R4/structuredefinition.html"""

from oppfolging_api.kernel.resource_type import ResourceType, published

RESOURCE = ResourceType(
    "StructureDefinition",
    packaged=True,
    grants=published(),
)
