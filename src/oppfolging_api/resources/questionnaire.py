"""Forms; the service publishes its own: https://hl7.org/fhir/R4/questionnaire.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory

RESOURCE = ResourceType(
    "Questionnaire",
    packaged=True,
    grants=directory(),
)
