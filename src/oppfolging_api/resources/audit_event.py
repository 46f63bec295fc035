"""Who read or wrote what about whom, of the access log: https://hl7.org/fhir/R4/auditevent.html

Not stored but composed when asked for (the package audit), so it is found by less than R4 has. The coordinating unit
reads that of the municipality, a person what is about those they fully represent.
"""

from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter, date, token

RESOURCE = ResourceType(
    "AuditEvent",
    grants={"coordinating-unit": "", "person": ""},
)


def _referring(name: str, *paths: str) -> SearchParameter:
    """Without targets, so that nothing leads from other resources to an event, or from an event to them."""
    return SearchParameter(name, "reference", paths)


FOUND_BY = (
    token("action"),
    _referring("agent", "agent.who"),
    date("date", "recorded"),
    _referring("entity", "entity.what"),
    token("outcome"),
    _referring("patient", "entity.what"),
    token("subtype"),
    token("type"),
)
