"""Who works where: https://hl7.org/fhir/R4/practitionerrole.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "PractitionerRole",
    grants=directory(),
)
