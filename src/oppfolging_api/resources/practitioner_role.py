"""Who works where: https://hl7.org/fhir/R4/practitionerrole.html"""

from oppfolging_api.kernel.resource_type import ResourceType, date, directory, reference, token

RESOURCE = ResourceType(
    "PractitionerRole",
    grants=directory(),
    search=(
        token("active"),
        date("date", "period"),
        token("identifier"),
        reference("organization", targets=("Organization",)),
        reference("practitioner", targets=("Practitioner",)),
        token("role", "code"),
        token("specialty"),
        token("telecom"),
    ),
)
