"""Referrals in work, activities of a plan, questions to answer: https://hl7.org/fhir/R4/task.html"""

from oppfolging_api.kernel.resource_type import ResourceType, date, personal

RESOURCE = ResourceType(
    "Task",
    person="for",
    default_kind="health",
    grants=personal(coordinator="cud", owner="u"),
    search=(date("due", "restriction.period.end"),),
)
