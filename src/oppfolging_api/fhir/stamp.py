"""What the server gives a resource as it stores it: an id, a version, and whom it is about."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store import paths


def id_for(kind: ResourceType) -> str:
    """UUIDs of version 7; a person's is random, for its moment would tell when the municipality first knew them."""
    return str(uuid4()) if kind.person == "id" else new_id()


def person_of(kind: ResourceType, resource: Body, id: str) -> str | None:
    """The id of the Patient a resource is about: where several are named, of the first."""
    if kind.person is None or kind.person == "id":
        return id if kind.person else None
    pointed = (pointed_at(held, "Patient") for held in paths.values(resource, kind.person))
    return next((person for person in pointed if person is not None), None)


def stamped(resource: Body, id: str, version: int, at: datetime) -> Body:
    """The resource as it is stored and served: the client's JSON with the server's id and meta."""
    meta: dict[str, Any] = {"versionId": str(version), "lastUpdated": instant(at)}
    kept = {name: value for name, value in resource.get("meta", {}).items() if name not in meta}
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": id, "meta": meta | kept, **rest}
