"""A document put together of what stands in the record: https://hl7.org/fhir/R4/composition.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Composition",
    person="subject",
    grants=personal(coordinator="cud"),
)
