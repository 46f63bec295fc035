"""Reading and searching AuditEvents: who sees which, and rows as the engine serves them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from oppfolging_api.access.policy import narrowed, visible
from oppfolging_api.audit.directory import names_of
from oppfolging_api.audit.event import agent_keys, audit_event
from oppfolging_api.audit.logged import Logged, Place, place_of
from oppfolging_api.audit.statement import Asked, one
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.search.criteria import Criterion
from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.query import Query
from oppfolging_api.fhir.search.rows import Compartment
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.resource_type import ResourceType

Row = Mapping[str, Any]


class AuditEvents:
    """The coordinating unit sees the log of the municipality, and which resources were touched; a person what is about
    those they fully represent, and of what types it was: some of it they may not read. Nobody else sees anything."""

    def __init__(self, kind: ResourceType) -> None:
        self.kind = kind

    async def one(self, context: Context, id: str) -> Row | None:
        """None where there is no such event for the caller."""
        place, whole = place_of(id), self._whole(context)
        if place is None or whole is None:
            return None
        rows = await context.fetch(one(whole=whole), [place.at.isoformat(), str(place.number)])
        return next(iter(await _composed(context, rows, ids=whole)), None)

    async def page(
        self, context: Context, query: Query, position: list[str] | None, compartment: Compartment | None
    ) -> list[Row]:
        """Raises Invalid for what events are not found by."""
        whole = self._whole(context)
        if whole is None:
            return [_total(0)] if _counts(query) else []
        query.criteria += self._within(compartment)
        frame = Frame(self.kind, "l", Arguments(), context)
        asked = Asked.of(query, frame, whole=whole)
        statement = asked.page(frame, query.count, position)
        rows = await context.fetch(statement, frame.arguments.values) if query.count else []
        found = await _composed(context, rows[: query.count], ids=whole)
        if len(rows) > query.count:
            found.append({"mode": "more"})
        if _counts(query):
            found += await context.fetch(asked.total(), frame.arguments.values)
        return found

    def _whole(self, context: Context) -> bool | None:
        """Whether the caller sees all; None where they see nothing, nor can be held to a part by what a scope says."""
        seen = visible(context.caller, "l", self.kind)
        if seen == "false" or narrowed(context.caller, self.kind, "rs"):
            return None
        return seen == "true"

    def _within(self, compartment: Compartment | None) -> list[Criterion]:
        if compartment is None:
            return []
        parameters = [self.kind.parameter(name) for name in self.kind.compartments[compartment.type]]
        value = f"{compartment.type}/{compartment.id}"
        return [Criterion(parameter, None, (value,)) for parameter in parameters if parameter]


async def _composed(context: Context, rows: Sequence[Row], *, ids: bool) -> list[Row]:
    held = [_logged(row) for row in rows]
    names = await names_of(context, [key for logged in held for key in agent_keys(logged)])
    return [_row(logged, audit_event(logged, names, ids=ids)) for logged in held]


def _logged(row: Row) -> Logged:
    said = orjson.loads(row["body"])
    place = Place(row["updated"], said.pop("number"))
    return Logged(place, **(said | {"roles": tuple(said["roles"]), "what": tuple(said["what"])}))


def _row(logged: Logged, event: Mapping[str, Any]) -> Row:
    return {
        "mode": "match",
        "type": "AuditEvent",
        "id": event["id"],
        "version": 1,
        "updated": logged.place.at,
        "deleted": False,
        "person": logged.person,
        "body": exact_json.dump(event),
        "extra": [logged.place.at.isoformat(), str(logged.place.number)],
    }


def _counts(query: Query) -> bool:
    return query.total == "accurate" or not query.count


def _total(count: int) -> Row:
    return {"mode": "total", "version": count}
