"""Forms; the service publishes its own: https://hl7.org/fhir/R4/questionnaire.html"""

from oppfolging_api.kernel.resource_type import ResourceType, date, directory, string, token

RESOURCE = ResourceType(
    "Questionnaire",
    packaged=True,
    grants=directory(),
    search=(
        token("code", "item.code"),
        token("context-type", "useContext.code"),
        date("date"),
        string("description"),
        date("effective", "effectivePeriod"),
        token("identifier"),
        token("jurisdiction"),
        string("name"),
        string("publisher"),
        token("status"),
        token("subject-type", "subjectType"),
        string("title"),
        token("version"),
    ),
)
