"""Referrals in work, activities of a plan, questions to answer: https://hl7.org/fhir/R4/task.html"""

from oppfolging_api.kernel.resource_type import AGENTS, PARTIES, ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "Task",
    person="for",
    default_kind="health",
    grants=personal(coordinator="cud", owner="u"),
    search=(
        date("authored-on", "authoredOn"),
        reference("based-on", "basedOn", targets=("CarePlan", "ServiceRequest", "Task")),
        token("business-status", "businessStatus"),
        token("code"),
        date("due", "restriction.period"),
        reference("focus", targets=("ServiceRequest", "CareTeam", "CarePlan", "Goal", "Communication", "Task")),
        token("group-identifier", "groupIdentifier"),
        token("identifier"),
        token("intent"),
        date("modified", "lastModified"),
        reference("owner", targets=PARTIES),
        reference("part-of", "partOf", targets=("Task",)),
        reference("patient", "for", targets=("Patient",)),
        token("performer", "performerType"),
        date("period", "executionPeriod"),
        token("priority"),
        reference("requester", targets=AGENTS),
        token("status"),
        reference("subject", "for", targets=("Patient",)),
    ),
)
