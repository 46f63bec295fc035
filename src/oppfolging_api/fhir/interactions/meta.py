"""Profiles, tags and labels of a resource: https://hl7.org/fhir/R4/resource-operation-meta.html

Adding and taking away are updates like any other: they make a version, and the labels that decide who sees the
resource keep their own rule (CONTRACT section 3).
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.operations import seen
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.validation import validate
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.errors import Gone, Invalid
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

LISTS = ("profile", "security", "tag")
Meta = dict[str, Any]
Edit = Callable[[Meta, Meta], Meta]


async def meta(context: Context, kind: ResourceType, id: str) -> Response:
    return _told(await seen(context, kind, id))


async def meta_changed(context: Context, kind: ResourceType, id: str, body: bytes, edit: Edit) -> Response:
    """Raises Invalid for what is no Parameters resource with one `meta`."""
    given = _given(body)
    async with writing(context) as writer:
        current = await writer.current(kind, id)
        if current.stored.deleted:
            raise Gone.of(f"the {kind.name} was deleted")
        kept = edit(current.body["meta"], given)
        written = await writer.update(current, current.body | {"meta": kept}, labels_told="security" in given)
    return _told(written)


def added(stands: Meta, given: Meta) -> Meta:
    """What is there already stays once."""
    more = {name: _joined(stands.get(name, []), given.get(name, [])) for name in LISTS}
    return stands | {name: values for name, values in more.items() if values}


def taken_away(stands: Meta, given: Meta) -> Meta:
    """A coding is the same where system and code are."""
    less = {name: [one for one in stands.get(name, []) if not _among(one, given.get(name, []))] for name in LISTS}
    rest = {name: value for name, value in stands.items() if name not in LISTS}
    return rest | {name: values for name, values in less.items() if values}


def _joined(stands: list[Any], given: list[Any]) -> list[Any]:
    joined = list(stands)
    for one in given:
        if not _among(one, joined):
            joined.append(one)
    return joined


def _among(one: Any, several: list[Any]) -> bool:
    return any(_same(one, other) for other in several)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(one.get(name) == other.get(name) for name in ("system", "code"))
    return bool(one == other)


def _given(body: bytes) -> Meta:
    parameters: Body = exact_json.parse(body)
    validate(parameters, "Parameters")
    found = [
        one["valueMeta"] for one in parameters.get("parameter", ()) if one["name"] == "meta" and "valueMeta" in one
    ]
    if len(found) != 1 or len(parameters["parameter"]) != 1:
        raise Invalid.of("the operation takes one meta, as valueMeta", "Parameters.parameter", code="required")
    return dict(found[0])


def _told(resource: Body) -> Response:
    return json_response(
        {"resourceType": "Parameters", "parameter": [{"name": "return", "valueMeta": resource["meta"]}]}
    )
