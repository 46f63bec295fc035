"""What matters to the person: https://hl7.org/fhir/R4/goal.html"""

from oppfolging_api.kernel.resource_type import ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "Goal",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud"),
    search=(
        token("achievement-status", "achievementStatus"),
        token("category"),
        token("identifier"),
        token("lifecycle-status", "lifecycleStatus"),
        reference("patient", "subject", targets=("Patient",)),
        date("start-date", "startDate"),
        reference("subject", targets=("Patient",)),
        date("target-date", "target.dueDate"),
    ),
)
