"""Where things happen: https://hl7.org/fhir/R4/location.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "Location",
    grants=directory(),
)
