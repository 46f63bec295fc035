"""The rows of the store that a new resource gives, by the functions the writer uses. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.labels import kinds_of
from oppfolging_api.fhir.stamp import person_of, stamped
from oppfolging_api.kernel.registry import Body, Registry
from oppfolging_api.store import tables
from oppfolging_api.store.index import Indexed, index

Row = dict[str, Any]
Rows = defaultdict[type[SQLModel], list[Row]]
"""By table; those of one table all have the same columns."""


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
    found = index(body, declared)
    rows[tables.Resource].append(key | version | {"deleted": False})
    rows[tables.ResourceVersion].append(key | version | about | {"method": "POST"})
    rows[tables.Outbox].append(key | {"version": 1, "method": "POST"})
    rows[tables.Find].append(key | about | {"updated": at, "deleted": False, "keys": sorted(found.keys)})
    for table, one in _beside(found):
        rows[table].append(key | one)
    _project(rows, key, body, registry)


def _beside(found: Indexed) -> Iterator[tuple[type[SQLModel], Row]]:
    for n, (parameter, value, exact) in enumerate(found.strings, 1):
        yield tables.FindString, {"position": n, "parameter": parameter, "value": value, "exact": exact}
    for n, (parameter, low, high) in enumerate(found.dates, 1):
        yield tables.FindDate, {"position": n, "parameter": parameter, "low": low, "high": high}
    for n, (name, least, most, system, code, unit) in enumerate(found.quantities, 1):
        limits = {"position": n, "parameter": name, "low": least, "high": most}
        yield tables.FindQuantity, limits | {"system": system, "code": code, "unit": unit}


def _project(rows: Rows, key: Mapping[str, str], body: Body, registry: Registry) -> None:
    for projection in registry.projections[key["type"]]:
        columns = projection.model.__table__.columns
        whose = {name: value for name, value in key.items() if name in columns}
        rows[projection.model] += [whose | row for row in projection.rows(body)]
