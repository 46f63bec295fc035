"""Messages, minutes, invitations, feedback: https://hl7.org/fhir/R4/communication.html"""

from oppfolging_api.kernel.resource_type import AGENTS, PARTIES, ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "Communication",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud", team="c", informed="c", person="c", kin="c", **{"referrer-feedback": ""}),
    search=(
        reference("based-on", "basedOn", targets=("ServiceRequest", "CarePlan", "Task", "CareTeam")),
        token("category"),
        token("identifier"),
        token("medium"),
        reference("part-of", "partOf", targets=("Communication", "Task")),
        reference("patient", "subject", targets=("Patient",)),
        date("received"),
        reference("recipient", targets=PARTIES),
        reference("sender", targets=AGENTS),
        date("sent"),
        token("status"),
        reference("subject", targets=("Patient",)),
    ),
)
