"""The team around a person: https://hl7.org/fhir/R4/careteam.html"""

from oppfolging_api.kernel.resource_type import PARTIES, ResourceType, date, personal, reference, string, token

RESOURCE = ResourceType(
    "CareTeam",
    person="subject",
    grants=personal(coordinator="u"),
    search=(
        token("category"),
        date("date", "period"),
        token("identifier"),
        string("name"),
        reference("participant", "participant.member", targets=PARTIES),
        reference("patient", "subject", targets=("Patient",)),
        token("role", "participant.role"),
        token("status"),
        reference("subject", targets=("Patient",)),
    ),
)
