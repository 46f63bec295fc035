"""A reported need: https://hl7.org/fhir/R4/servicerequest.html"""

from oppfolging_api.kernel.resource_type import AGENTS, PARTIES, ResourceType, date, personal, reference, token

RESOURCE = ResourceType(
    "ServiceRequest",
    person="subject",
    grants=personal(coordinator="u", referrer=""),
    search=(
        date("authored", "authoredOn"),
        reference("based-on", "basedOn", targets=("CarePlan", "ServiceRequest")),
        token("category"),
        token("code"),
        token("identifier"),
        token("intent"),
        date("occurrence", "occurrence[x]"),
        reference("patient", "subject", targets=("Patient",)),
        reference("performer", targets=PARTIES),
        token("performer-type", "performerType"),
        token("priority"),
        reference("replaces", targets=("ServiceRequest",)),
        reference("requester", targets=AGENTS),
        token("requisition"),
        token("status"),
        reference("subject", targets=("Patient",)),
    ),
)
