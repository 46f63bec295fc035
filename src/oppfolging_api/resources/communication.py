"""Messages, minutes, invitations, feedback: https://hl7.org/fhir/R4/communication.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Communication",
    person="subject",
    default_kind="health",
    grants=personal(
        coordinator="cud",
        team="c",
        informed="c",
        person="c",
        kin="c",
        **{"guardian-economy": "c", "referrer-feedback": ""},
    ),
)
