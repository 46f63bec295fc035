"""The service's own search parameters: https://hl7.org/fhir/R4/searchparameter.html"""

from oppfolging_api.kernel.resource_type import ResourceType, published

RESOURCE = ResourceType(
    "SearchParameter",
    packaged=True,
    grants=published(),
)
