"""Answers, PSFS among them: https://hl7.org/fhir/R4/questionnaireresponse.html"""

from oppfolging_api.kernel.resource_type import AGENTS, PEOPLE, ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "QuestionnaireResponse",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud", team="cu", person="c", kin="c"),
    search=(
        reference("author", targets=AGENTS),
        date("authored"),
        reference("based-on", "basedOn", targets=("CarePlan", "ServiceRequest")),
        token("identifier"),
        reference("patient", "subject", targets=("Patient",)),
        reference("questionnaire", targets=()),
        reference("source", targets=PEOPLE),
        token("status"),
        reference("subject", targets=("Patient",)),
    ),
)
