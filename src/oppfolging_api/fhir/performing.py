"""Which operation a `$name` is: those R4 defines for every type, those of Patient, and what the domain registers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from oppfolging_api.fhir.interactions.everything import everything
from oppfolging_api.fhir.interactions.meta import added, meta, meta_changed, taken_away
from oppfolging_api.fhir.interactions.validate import validate_resource
from oppfolging_api.fhir.operations import perform
from oppfolging_api.fhir.search.query import Pairs
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import MethodNotAllowed, NotFound
from oppfolging_api.kernel.resource_type import ResourceType

_R4: Final = "http://hl7.org/fhir/OperationDefinition"


@dataclass(frozen=True, slots=True)
class Call:
    """`body` None for a GET."""

    context: Context
    kind: ResourceType
    id: str
    body: bytes | None
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Standard:
    """An operation of the specification. `reads`: it may be asked by GET. `type` None: every type has it."""

    name: str
    definition: str
    carry_out: Callable[[Call], Awaitable[Response]]
    reads: bool
    type: str | None = None


async def _everything(call: Call) -> Response:
    return await everything(call.context, call.kind, call.id, call.body, call.pairs)


async def _meta(call: Call) -> Response:
    return await meta(call.context, call.kind, call.id)


async def _meta_add(call: Call) -> Response:
    return await meta_changed(call.context, call.kind, call.id, call.body or b"", added)


async def _meta_delete(call: Call) -> Response:
    return await meta_changed(call.context, call.kind, call.id, call.body or b"", taken_away)


async def _validate(call: Call) -> Response:
    return await validate_resource(call.context, call.kind, call.id, call.body or b"")


STANDARD: Final = (
    Standard("everything", f"{_R4}/Patient-everything", _everything, reads=True, type="Patient"),
    Standard("meta", f"{_R4}/Resource-meta", _meta, reads=True),
    Standard("meta-add", f"{_R4}/Resource-meta-add", _meta_add, reads=False),
    Standard("meta-delete", f"{_R4}/Resource-meta-delete", _meta_delete, reads=False),
    Standard("validate", f"{_R4}/Resource-validate", _validate, reads=True),
)


def standard_of(kind: ResourceType) -> list[Standard]:
    return [one for one in STANDARD if one.type in (None, kind.name)]


async def perform_on_type(context: Context, kind: ResourceType, name: str, body: bytes) -> Response:
    """Raises NotFound: of the operations only $validate is asked of a type."""
    context.trace.interaction = f"${name}" if name == "validate" else context.trace.interaction
    if name != "validate":
        raise NotFound.of(f"{kind.name} has no such operation", code="not-supported")
    return await validate_resource(context, kind, None, body)


async def perform_on(
    context: Context, kind: ResourceType, id: str, name: str, body: bytes | None, pairs: Pairs
) -> Response:
    """Raises NotFound where the type has no such operation, MethodNotAllowed for a GET of one that changes things."""
    reads, carry_out = _found(context, kind, name)
    context.trace.interaction = f"${name}"
    if body is None and not reads:
        raise MethodNotAllowed.of(f"${name} changes things: use POST", Allow="POST")
    return await carry_out(Call(context, kind, id, body, pairs))


def _found(context: Context, kind: ResourceType, name: str) -> tuple[bool, Callable[[Call], Awaitable[Response]]]:
    standard = next((one for one in standard_of(kind) if one.name == name), None)
    if standard is not None:
        return standard.reads, standard.carry_out
    operation = context.server.registry.operations.get((kind.name, name))
    if operation is None:
        raise NotFound.of(f"{kind.name} has no such operation", code="not-supported")
    return operation.reads, lambda call: perform(call.context, operation, call.kind, call.id, call.body, call.pairs)
