"""Replace a resource: https://hl7.org/fhir/R4/http.html#update, conditionally: #cond-update"""

from starlette.responses import Response

from oppfolging_api.fhir.body import Wanted, Written, answer, expected_version, parse_resource
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.held import Current
from oppfolging_api.fhir.interactions.conditional import Criteria, selected
from oppfolging_api.fhir.negotiation import legal_id
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.errors import Conflict, Invalid, NotFound, PreconditionFailed
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType


async def update(
    context: Context, kind: ResourceType, which: str | Criteria, body: bytes, if_match: str | None, prefer: Wanted
) -> Response:
    """`which` is an id, or criteria. If-Match is optional; given and stale it raises PreconditionFailed (CONTRACT
    section 2)."""
    check_ever(context, kind, "u")
    resource, expected = parse_resource(body, kind), expected_version(if_match)
    async with writing(context) as writer:
        made = await update_in(writer, kind, which, resource, expected)
        writer.status = made.status
    return answer(made, context, prefer)


async def update_in(
    writer: Writer, kind: ResourceType, which: str | Criteria, resource: Body, expected: int | None
) -> Written:
    if isinstance(which, str):
        return await _update_known(writer, kind, which, resource, expected)
    return await _update_selected(writer, kind, which, resource, expected)


async def _update_known(writer: Writer, kind: ResourceType, id: str, resource: Body, expected: int | None) -> Written:
    """A journal system brings its own ids; nobody else makes a resource by updating it."""
    if resource.get("id") != id:
        raise Invalid.of("the id of the body is that of the URL", f"{kind.name}.id", code="invalid")
    try:
        current = await writer.current(kind, id)
    except NotFound:
        if not _brings_ids(writer):
            raise
        _check_none_expected(kind, expected)
        return await writer.told(await writer.create(resource, id=id), 201)
    return await _update(writer, current, resource, expected)


async def _update_selected(
    writer: Writer, kind: ResourceType, criteria: Criteria, resource: Body, expected: int | None
) -> Written:
    """Where the criteria select nothing the resource is created, under the id of the body where the caller brings
    its own. Raises Conflict where that id is taken, Invalid where it is another than that of the resource selected."""
    current, given = await selected(writer, kind, criteria), resource.get("id")
    if current is None:
        return await _create(writer, kind, given, resource, expected)
    if given not in (None, current.stored.id):
        raise Invalid.of("the id of the body is not that of the resource selected", f"{kind.name}.id", code="invalid")
    return await _update(writer, current, resource, expected)


def check_version(current: Current, expected: int | None) -> None:
    """Raises PreconditionFailed where the row is no longer at the version the client expects."""
    if expected is not None and (expected != current.stored.version or current.stored.deleted):
        raise PreconditionFailed.of(
            f"the {current.stored.type} is at version {current.stored.version}, If-Match names {expected}",
            ETag=f'W/"{current.stored.version}"',
        )


def _check_none_expected(kind: ResourceType, expected: int | None) -> None:
    if expected is not None:
        raise PreconditionFailed.of(f"there is no version {expected} of the {kind.name}")


def _brings_ids(writer: Writer) -> bool:
    return Role.SYSTEM in writer.context.caller.roles


async def _update(writer: Writer, current: Current, resource: Body, expected: int | None) -> Written:
    check_version(current, expected)
    resource = writer.whole(current, resource, replaces=True)
    return await writer.told(await writer.update(current, resource), 201 if current.stored.deleted else 200)


async def _create(writer: Writer, kind: ResourceType, given: object, resource: Body, expected: int | None) -> Written:
    check_ever(writer.context, kind, "c")
    _check_none_expected(kind, expected)
    if given is None or not _brings_ids(writer):
        return await writer.told(await writer.create(resource), 201)
    id = legal_id(str(given))
    if await _stands(writer, kind, id):
        raise Conflict.of(f"another {kind.name} than the criteria select has that id", f"{kind.name}.id")
    return await _update_known(writer, kind, id, resource, None)


async def _stands(writer: Writer, kind: ResourceType, id: str) -> bool:
    try:
        return not (await writer.current(kind, id)).stored.deleted
    except NotFound:
        return False
