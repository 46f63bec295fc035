"""Answers, PSFS among them: https://hl7.org/fhir/R4/questionnaireresponse.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal, token

RESOURCE = ResourceType(
    "QuestionnaireResponse",
    person="subject",
    default_kind="health",
    grants=personal(coordinator="cud", team="cu", person="c", kin="c"),
    search=(token("conversation", "item[linkId=conversation].answer.valueInteger"),),
)
