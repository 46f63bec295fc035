"""Municipality, coordinating unit, services, offices: https://hl7.org/fhir/R4/organization.html"""

from oppfolging_api.kernel.resource_type import ResourceType, directory, reference, string, token

RESOURCE = ResourceType(
    "Organization",
    grants=directory(),
    search=(
        token("active"),
        string("address"),
        string("address-city", "address.city"),
        string("address-country", "address.country"),
        string("address-postalcode", "address.postalCode"),
        string("address-state", "address.state"),
        token("identifier"),
        string("name", "name", "alias"),
        reference("partof", "partOf", targets=("Organization",)),
        token("type"),
    ),
)
