"""Would this be accepted? https://hl7.org/fhir/R4/resource-operation-validate.html

Without a mode the content is judged by itself: structure, codes, invariants, profiles. With the mode create, update or
delete the write is done in full and taken back, so the answer is what the write itself would have been answered.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.beside import beside
from oppfolging_api.fhir.body import check_typed
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.create import create_in
from oppfolging_api.fhir.interactions.delete import delete_in
from oppfolging_api.fhir.interactions.update import update_in
from oppfolging_api.fhir.operations import Inputs, seen
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.fhir.profiles import validate_profiles
from oppfolging_api.fhir.profiles.binding import without_version
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.validation import validate
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.errors import Invalid, Issue, Refusal, Unavailable
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

MODES: Final = ("create", "update", "delete", "profile")
ALL_WELL: Final = Issue("informational", "nothing is wrong with it", severity="information")
_NAMES: Final = frozenset({"resource", "mode", "profile"})
_STAND_IN: Final = {"resourceType": "Patient"}
_R4: Final = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Asked:
    """`id` is that of the URL. `resource` None where what stands under it is meant, or is to be deleted."""

    kind: ResourceType
    id: str | None
    resource: Body | None
    mode: str | None = None
    profile: str | None = None


class _Question(Inputs):
    def resource(self) -> Body | None:
        value: Body | None = self._value("resource", "resource")
        return value

    def uri(self, name: str) -> str | None:
        value: str | None = self._value(name, "valueUri", "valueCanonical", "valueUrl", "valueString")
        return value


class _TakenBack(Exception):
    """Ends a transaction that was only tried."""


async def validate_resource(context: Context, kind: ResourceType, id: str | None, body: bytes) -> Response:
    """An OperationOutcome, 200 whatever it says of the content. Raises Invalid for a question that cannot be
    understood; NotFound and Gone where what stands under the id is asked about."""
    asked = _asked(body, kind, id)
    context.trace.touch(kind.name, id, None)
    if asked.resource is None and asked.mode != "delete":
        asked = Asked(kind, id, await seen(context, kind, id or ""), asked.mode, asked.profile)
    issues = await _verdict(context, asked)
    return json_response(operation_outcome(issues or (ALL_WELL,), context.server.canonical))


def _asked(body: bytes, kind: ResourceType, id: str | None) -> Asked:
    """The resource by itself, or in Parameters beside a mode and a profile."""
    given = exact_json.parse(body) if body else {"resourceType": "Parameters"}
    if given.get("resourceType") != "Parameters":
        return Asked(kind, id, given)
    validate(_content_aside(given), "Parameters")
    inputs = _Question(given, _NAMES)
    asked = Asked(kind, id, inputs.resource(), inputs.text("mode", codes=MODES), inputs.uri("profile"))
    _check_complete(asked)
    return asked


def _content_aside(parameters: Body) -> Body:
    """The question without the resource, about which the answer is told with 200."""
    held = parameters.get("parameter")
    return parameters | {"parameter": [_aside(one) for one in held]} if isinstance(held, list) else parameters


def _aside(parameter: Any) -> Any:
    within = isinstance(parameter, dict) and isinstance(parameter.get("resource"), dict)
    return parameter | {"resource": _STAND_IN} if within else parameter


def _check_complete(asked: Asked) -> None:
    """Raises Invalid where what the mode needs is not there."""
    needed = {
        "there is no resource to validate": asked.resource is None and asked.id is None and asked.mode != "delete",
        "the mode needs the id, in the URL": asked.id is None and asked.mode in ("update", "delete"),
        "the mode needs the resource": asked.resource is None and asked.mode in ("create", "update"),
        "the mode needs the profile": asked.profile is None and asked.mode == "profile",
    }
    if missing := next((said for said, lacks in needed.items() if lacks), None):
        raise Invalid.of(missing, "Parameters.parameter", code="required")


async def _verdict(context: Context, asked: Asked) -> tuple[Issue, ...]:
    """What is wrong, or would be answered. Raises Unavailable, which says nothing about the content."""
    try:
        if asked.mode in _WRITES:
            await _tried(context, _WRITES[asked.mode], asked)
        if asked.resource is not None and asked.mode != "delete":
            return await _content(context, asked, asked.resource)
    except Unavailable:
        raise
    except Refusal as refusal:
        return refusal.issues
    return ()


async def _content(context: Context, asked: Asked, resource: Body) -> tuple[Issue, ...]:
    """Raises Invalid for what is not R4."""
    kind, canonical = asked.kind, context.server.canonical
    check_typed(resource, kind)
    await beside(context.trace.size, validate, resource, kind.name)
    profile = asked.profile
    if profile is None or without_version(profile) == f"{_R4}{kind.name}":
        return tuple(validate_profiles(resource, kind.name, None, canonical))
    found = tuple(validate_profiles(resource, kind.name, [profile], canonical))
    return found if profile.startswith(canonical.extension("")) else (*found, _STRANGE)


_STRANGE: Final = Issue("not-supported", "this server does not know that profile, and cannot judge by it")


async def _tried(context: Context, write: "_Write", asked: Asked) -> None:
    """Also what the database looks at only when a transaction commits is looked at."""
    try:
        async with writing(context) as writer:
            await write(writer, asked)
            await writer.finish()
            await writer.at_commit()
            raise _TakenBack
    except _TakenBack:
        context.trace.written = False


async def _create(writer: Writer, asked: Asked) -> None:
    check_ever(writer.context, asked.kind, "c")
    await create_in(writer, asked.kind, _typed(asked), None)


async def _update(writer: Writer, asked: Asked) -> None:
    check_ever(writer.context, asked.kind, "u")
    await update_in(writer, asked.kind, asked.id or "", _typed(asked), None)


async def _delete(writer: Writer, asked: Asked) -> None:
    check_ever(writer.context, asked.kind, "d")
    await delete_in(writer, asked.kind, asked.id or "", None)


def _typed(asked: Asked) -> Body:
    resource = asked.resource or {}
    check_typed(resource, asked.kind)
    return resource


_Write = Callable[[Writer, Asked], Awaitable[None]]
_WRITES: Final[dict[str | None, _Write]] = {"create": _create, "update": _update, "delete": _delete}
