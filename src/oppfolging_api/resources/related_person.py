"""Next of kin and guardians: https://hl7.org/fhir/R4/relatedperson.html"""

from oppfolging_api.kernel.resource_type import ADDRESS, ResourceType, date, personal, reference, string, token

RESOURCE = ResourceType(
    "RelatedPerson",
    person="patient",
    grants=personal(coordinator="cud"),
    search=(
        token("active"),
        *ADDRESS,
        date("birthdate", "birthDate"),
        token("gender"),
        token("identifier"),
        string("name"),
        reference("patient", targets=("Patient",)),
        token("relationship"),
        token("telecom"),
    ),
)
