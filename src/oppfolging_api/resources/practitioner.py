"""Those who work with people: https://hl7.org/fhir/R4/practitioner.html"""

from oppfolging_api.kernel.resource_type import ADDRESS, ResourceType, directory, string, token

RESOURCE = ResourceType(
    "Practitioner",
    grants=directory(),
    search=(
        token("active"),
        *ADDRESS,
        token("communication"),
        string("family", "name.family"),
        token("gender"),
        string("given", "name.given"),
        token("identifier"),
        string("name"),
        token("telecom"),
    ),
)
