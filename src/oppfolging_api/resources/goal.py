"""What matters to the person: https://hl7.org/fhir/R4/goal.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Goal",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
