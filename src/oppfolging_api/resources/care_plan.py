"""Individual, follow-up, crisis and other plans: https://hl7.org/fhir/R4/careplan.html"""

from oppfolging_api.kernel.resource_type import PARTIES, ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "CarePlan",
    person="subject",
    grants=personal(coordinator="cud"),
    search=(
        token("activity-code", "activity.detail.code"),
        date("activity-date", "activity.detail.scheduled[x]"),
        reference("activity-reference", "activity.reference", targets=("Task", "ServiceRequest")),
        reference("based-on", "basedOn", targets=("CarePlan",)),
        reference("care-team", "careTeam", targets=("CareTeam",)),
        token("category"),
        date("date", "period"),
        reference("goal", targets=("Goal",)),
        token("identifier"),
        reference("instantiates-canonical", "instantiatesCanonical", targets=()),
        token("intent"),
        reference("part-of", "partOf", targets=("CarePlan",)),
        reference("patient", "subject", targets=("Patient",)),
        reference("performer", "activity.detail.performer", targets=PARTIES),
        reference("replaces", targets=("CarePlan",)),
        token("status"),
        reference("subject", targets=("Patient",)),
    ),
)
