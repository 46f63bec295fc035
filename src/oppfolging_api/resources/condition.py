"""What the person lives with: https://hl7.org/fhir/R4/condition.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Condition",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
