"""The person: https://hl7.org/fhir/R4/patient.html"""

from oppfolging_api.kernel.resource_type import ADDRESS, ResourceType, date, personal, reference, string, token

RESOURCE = ResourceType(
    "Patient",
    person="id",
    grants=personal(coordinator="u"),
    search=(
        token("active"),
        *ADDRESS,
        date("birthdate", "birthDate"),
        string("family", "name.family"),
        token("gender"),
        reference(
            "general-practitioner",
            "generalPractitioner",
            targets=("Practitioner", "PractitionerRole", "Organization"),
        ),
        string("given", "name.given"),
        token("identifier"),
        token("language", "communication.language"),
        reference("link", "link.other", targets=("Patient", "RelatedPerson")),
        string("name"),
        reference("organization", "managingOrganization", targets=("Organization",)),
        token("telecom"),
    ),
)
