"""The rows of the store that a new resource gives, by the functions the writer uses. Pure."""

from datetime import datetime

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.labels import kinds_of
from oppfolging_api.fhir.stamp import person_of, stamped
from oppfolging_api.kernel.registry import Body, Registry
from oppfolging_api.store.drawing import Rows
from oppfolging_api.store.records import Stored, drawn


def add_rows(rows: Rows, resource: Body, registry: Registry, municipality: str, at: datetime) -> None:
    """Of the first version of a resource that has its id, without numbers that are infinite."""
    declared = registry.types[resource["resourceType"]]
    body = stamped(resource, resource["id"], 1, at)
    person, kinds = person_of(declared, body, body["id"]), kinds_of(body, declared, registry.canonical)
    stored = Stored(declared.name, body["id"], 1, at, exact_json.dump(body), person, kinds, method="POST")
    for model, found in drawn(municipality, stored, body, declared, registry.projections[declared.name]).items():
        rows[model] += found
