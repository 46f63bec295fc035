"""Who did what, where it says so of the Patient: https://hl7.org/fhir/R4/provenance.html

One that tells of other resources only is about nobody, and so for the coordinating unit and its systems alone.
"""

from oppfolging_api.kernel.resource_type import ResourceType, personal

RESOURCE = ResourceType(
    "Provenance",
    person="target",
    default_kind="health",
    grants=personal(coordinator="cud"),
)
