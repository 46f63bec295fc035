"""Municipality, coordinating unit, services, offices: https://hl7.org/fhir/R4/organization.html"""

from oppfolging_api.kernel.resource_type import ResourceType, Telling, directory
from oppfolging_api.kernel.vocabulary import SERVICE_TELLS, SERVICE_TYPE

RESOURCE = ResourceType(
    "Organization",
    grants=directory(),
    tells=Telling("type", SERVICE_TYPE, SERVICE_TELLS),
)
