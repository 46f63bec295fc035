"""Answers to an invitation: https://hl7.org/fhir/R4/appointmentresponse.html

One that is not the Patient's own is about nobody, and so for the coordinating unit and its systems alone.
"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "AppointmentResponse",
    person="actor",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
