"""Documents kept here or elsewhere: https://hl7.org/fhir/R4/documentreference.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "DocumentReference",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
