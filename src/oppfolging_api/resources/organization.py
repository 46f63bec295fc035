"""Municipality, coordinating unit, services, offices: https://hl7.org/fhir/R4/organization.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "Organization",
    grants=directory(),
)
