"""Municipality, coordinating unit, services, offices: https://hl7.org/fhir/R4/organization.html"""

from oppfolging_api.kernel.resource_type import ADDRESS, ResourceType, directory, reference, string, token

RESOURCE = ResourceType(
    "Organization",
    grants=directory(),
    search=(
        token("active"),
        *ADDRESS,
        token("identifier"),
        string("name", "name", "alias"),
        reference("partof", "partOf", targets=("Organization",)),
        token("type"),
    ),
)
