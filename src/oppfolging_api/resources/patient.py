"""The person: https://hl7.org/fhir/R4/patient.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Patient",
    person="id",
    grants=personal(coordinator="u"),
)
