"""Replace a resource: https://hl7.org/fhir/R4/http.html#update"""

from starlette.responses import Response

from oppfolging_api.access.policy import might
from oppfolging_api.fhir.answer import version_headers
from oppfolging_api.fhir.body import expected_version, parse_resource, written
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Current, Writer, writing
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.errors import Forbidden, Invalid, NotFound, PreconditionFailed
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType


async def update(context: Context, kind: ResourceType, id: str, body: bytes, if_match: str | None) -> Response:
    """If-Match is optional; given and stale it raises PreconditionFailed (CONTRACT section 2)."""
    if not might(context.caller, kind, "u"):
        raise Forbidden.of(f"the caller may not change a {kind.name}")
    resource = parse_resource(body, kind)
    if resource.get("id") != id:
        raise Invalid.of("the id of the body is that of the URL", f"{kind.name}.id", code="invalid")
    expected = expected_version(if_match)
    async with writing(context) as writer:
        made, status = await _write(writer, kind, id, resource, expected)
        writer.status = status
        at = writer.at
    version = int(made["meta"]["versionId"])
    location = f"{context.base}/{kind.name}/{id}/_history/{version}"
    return written(made, status, {"Location": location, **version_headers(version, at)})


async def _write(writer: Writer, kind: ResourceType, id: str, resource: Body, expected: int | None) -> tuple[Body, int]:
    try:
        current = await writer.current(kind, id)
    except NotFound:
        if Role.SYSTEM not in writer.context.caller.roles:
            raise
        if expected is not None:
            raise PreconditionFailed.of(f"there is no version {expected} of the {kind.name}") from None
        return await writer.create(resource, id=id), 201
    check_version(current, expected)
    return await writer.update(current, resource), 201 if current.stored.deleted else 200


def check_version(current: Current, expected: int | None) -> None:
    """Raises PreconditionFailed where the row is no longer at the version the client expects."""
    if expected is not None and (expected != current.stored.version or current.stored.deleted):
        raise PreconditionFailed.of(
            f"the {current.stored.type} is at version {current.stored.version}, If-Match names {expected}",
            ETag=f'W/"{current.stored.version}"',
        )
