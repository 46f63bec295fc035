"""A reported need: https://hl7.org/fhir/R4/servicerequest.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "ServiceRequest",
    person="subject",
    grants=personal(coordinator="u", referrer=""),
)
