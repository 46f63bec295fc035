"""Meetings, about the Patient who takes part: https://hl7.org/fhir/R4/appointment.html"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Appointment",
    person="participant.actor",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
