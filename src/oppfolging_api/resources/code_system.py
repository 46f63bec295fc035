"""Codes the service publishes: https://hl7.org/fhir/R4/codesystem.html"""

from oppfolging_api.kernel.resource_type import ResourceType, published

RESOURCE = ResourceType(
    "CodeSystem",
    packaged=True,
    grants=published(),
)
