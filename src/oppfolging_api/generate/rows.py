"""The rows of the store that a new resource gives, by the functions the writer uses. Pure."""

from datetime import datetime

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.labels import kinds_of
from oppfolging_api.fhir.stamp import person_of, stamped
from oppfolging_api.kernel.registry import Body, Registry
from oppfolging_api.store import tables
from oppfolging_api.store.drawing import Rows, draw


def add_rows(rows: Rows, resource: Body, registry: Registry, municipality: str, at: datetime) -> None:
    """Of the first version of a resource that has its id, without numbers that are infinite."""
    declared = registry.types[resource["resourceType"]]
    body = stamped(resource, resource["id"], 1, at)
    key = {"municipality": municipality, "type": declared.name, "id": resource["id"]}
    about = {
        "person": person_of(declared, body, body["id"]),
        "kinds": list(kinds_of(body, declared, registry.canonical)),
    }
    version = {"version": 1, "updated": at, "body": exact_json.dump(body)}
    rows[tables.Resource].append(key | version | {"deleted": False})
    rows[tables.ResourceVersion].append(key | version | about | {"method": "POST"})
    rows[tables.Outbox].append(key | {"version": 1, "method": "POST"})
    found = key | about | {"updated": at, "deleted": False}
    draw(rows, found, body, declared, registry.projections[declared.name])
