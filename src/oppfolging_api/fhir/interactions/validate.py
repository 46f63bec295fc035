"""Would this be accepted? https://hl7.org/fhir/R4/resource-operation-validate.html

Without a mode the content is judged by itself: structure, codes, invariants, profiles. With the mode create, update or
delete the write is done in full and taken back, so the answer is what the write itself would have been answered.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from oppfolging_api.access.policy import might
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.operations import seen
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.fhir.profiles import validate_profiles
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.validation import validate
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.errors import Forbidden, Invalid, Issue, Refusal, Unavailable
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

MODES = ("create", "update", "delete", "profile")
ALL_WELL = Issue("informational", "nothing is wrong with it", severity="information")


@dataclass(frozen=True, slots=True)
class Asked:
    """`resource` None where only an id is given, to be judged as it stands or deleted."""

    resource: Body | None
    mode: str | None
    profile: str | None


class _TakenBack(Exception):
    """Ends a transaction that was only tried."""


async def validate_resource(context: Context, kind: ResourceType, id: str | None, body: bytes) -> Response:
    """An OperationOutcome, 200 whatever it says. Raises Invalid for a question that cannot be understood."""
    asked = _asked(exact_json.parse(body), kind) if body else Asked(None, None, None)
    context.trace.touch(kind.name, id, None)
    try:
        await _judge(context, kind, id, asked)
    except Unavailable:
        raise
    except Refusal as refusal:
        return _told(context, refusal.issues)
    return _told(context, (ALL_WELL,))


def _told(context: Context, issues: tuple[Issue, ...]) -> Response:
    return json_response(operation_outcome(issues, context.server.canonical))


def _asked(body: Body, kind: ResourceType) -> Asked:
    """The resource by itself, or in Parameters beside a mode and a profile."""
    if body.get("resourceType") != "Parameters":
        return Asked(body, None, None)
    given: dict[str, Any] = {}
    for position, one in enumerate(_list(body.get("parameter", []))):
        if not isinstance(one, dict) or one.get("name") not in ("resource", "mode", "profile"):
            raise Invalid.of("$validate takes resource, mode and profile", f"Parameters.parameter[{position}]")
        given[one["name"]] = next((one[name] for name in _VALUES if name in one), None)
    mode, profile, resource = given.get("mode"), given.get("profile"), given.get("resource")
    if mode not in (None, *MODES):
        raise Invalid.of(f"mode is one of {', '.join(MODES)}", "Parameters.parameter", code="code-invalid")
    if not isinstance(resource, dict | None) or not isinstance(profile, str | None):
        raise Invalid.of("resource is a resource, profile a canonical", "Parameters.parameter", code="structure")
    return Asked(resource, mode, profile)


_VALUES = ("resource", "valueCode", "valueUri", "valueCanonical", "valueString")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid.of("parameter is a list", "Parameters.parameter", code="structure")
    return value


async def _judge(context: Context, kind: ResourceType, id: str | None, asked: Asked) -> None:
    """Raises Refusal for what is wrong."""
    if asked.mode in ("create", "update", "delete"):
        await _tried(context, kind, _WRITES[asked.mode], id, asked.resource)
        return
    resource = asked.resource if asked.resource is not None else await _standing(context, kind, id)
    _check_type(resource, kind)
    validate(resource, kind.name)
    profiles = [asked.profile] if asked.profile else None
    if issues := validate_profiles(resource, kind.name, profiles, context.server.canonical):
        raise Invalid(tuple(issues))


def _check_type(resource: Body, kind: ResourceType) -> None:
    if resource.get("resourceType") != kind.name:
        raise Invalid.of(f"the URL takes a {kind.name}", "resourceType", code="invalid")


async def _standing(context: Context, kind: ResourceType, id: str | None) -> Body:
    if id is None:
        raise Invalid.of("there is no resource to validate", "Parameters.parameter", code="required")
    return await seen(context, kind, id)


async def _tried(context: Context, kind: ResourceType, write: "_Write", id: str | None, resource: Body | None) -> None:
    try:
        async with writing(context) as writer:
            await write(writer, kind, id, resource)
            await writer.finish()
            raise _TakenBack
    except _TakenBack:
        context.trace.written = False


async def _create(writer: Writer, kind: ResourceType, _id: str | None, resource: Body | None) -> None:
    resource = _given(resource, kind)
    _permit(writer.context, kind, "c")
    await writer.create(resource)


async def _update(writer: Writer, kind: ResourceType, id: str | None, resource: Body | None) -> None:
    resource = _given(resource, kind)
    await writer.update(await writer.current(kind, _named(id)), resource)


async def _delete(writer: Writer, kind: ResourceType, id: str | None, _resource: Body | None) -> None:
    await writer.delete(await writer.current(kind, _named(id), to_delete=True))


def _given(resource: Body | None, kind: ResourceType) -> Body:
    if resource is None:
        raise Invalid.of("the mode needs the resource", "Parameters.parameter", code="required")
    _check_type(resource, kind)
    return resource


def _named(id: str | None) -> str:
    if id is None:
        raise Invalid.of("the mode needs the id, in the URL", code="required")
    return id


def _permit(context: Context, kind: ResourceType, letter: str) -> None:
    if not might(context.caller, kind, letter):
        raise Forbidden.of(f"the caller may not do this to a {kind.name}")


_Write = Callable[[Writer, ResourceType, str | None, Body | None], Awaitable[None]]
_WRITES: dict[str, _Write] = {"create": _create, "update": _update, "delete": _delete}
