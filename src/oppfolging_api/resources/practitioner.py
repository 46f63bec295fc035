"""Those who work with people: https://hl7.org/fhir/R4/practitioner.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "Practitioner",
    grants=directory(),
)
