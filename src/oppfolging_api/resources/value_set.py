"""Choices of codes the service publishes: https://hl7.org/fhir/R4/valueset.html"""

from oppfolging_api.kernel.resource_type import ResourceType, published

RESOURCE = ResourceType(
    "ValueSet",
    packaged=True,
    grants=published(),
)
