"""Those who work with people: https://hl7.org/fhir/R4/practitioner.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory, string, token

RESOURCE = ResourceType(
    "Practitioner",
    grants=directory(),
    search=(
        token("active"),
        string("address"),
        string("address-city", "address.city"),
        string("address-country", "address.country"),
        string("address-postalcode", "address.postalCode"),
        string("address-state", "address.state"),
        token("communication"),
        string("family", "name.family"),
        token("gender"),
        string("given", "name.given"),
        token("identifier"),
        string("name"),
        token("telecom"),
    ),
)
