"""Next of kin and guardians: https://hl7.org/fhir/R4/relatedperson.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "RelatedPerson",
    person="patient",
    grants=personal(coordinator="cud"),
)
