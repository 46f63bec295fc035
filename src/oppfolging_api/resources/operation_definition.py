"""The service's own operations: https://hl7.org/fhir/R4/operationdefinition.html"""

from oppfolging_api.kernel.resource_type import ResourceType, published

RESOURCE = ResourceType(
    "OperationDefinition",
    packaged=True,
    grants=published(),
)
