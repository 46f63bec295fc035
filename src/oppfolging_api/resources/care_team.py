"""The team around a person: https://hl7.org/fhir/R4/careteam.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal, string, token

RESOURCE = ResourceType(
    "CareTeam",
    person="subject",
    grants=personal(coordinator="u"),
    search=(
        string("name"),
        token("role", "participant.role"),
    ),
)
