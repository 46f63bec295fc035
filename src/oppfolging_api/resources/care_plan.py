"""Individual, follow-up, crisis and other plans: https://hl7.org/fhir/R4/careplan.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "CarePlan",
    person="subject",
    grants=personal(coordinator="cud", emergency=""),
)
