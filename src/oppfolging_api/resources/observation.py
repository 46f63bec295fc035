"""What was measured or seen: https://hl7.org/fhir/R4/observation.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Observation",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
