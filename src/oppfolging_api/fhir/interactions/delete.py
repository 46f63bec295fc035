"""Delete a resource: https://hl7.org/fhir/R4/http.html#delete"""

from starlette.responses import Response

from oppfolging_api.access.policy import might
from oppfolging_api.fhir.body import expected_version
from oppfolging_api.fhir.interactions.update import check_version
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.errors import Forbidden
from oppfolging_api.kernel.resource_type import ResourceType


async def delete(context: Context, kind: ResourceType, id: str, if_match: str | None) -> Response:
    """204, also where it was deleted already. Raises Conflict where other resources refer to it."""
    if not might(context.caller, kind, "d"):
        raise Forbidden.of(f"the caller may not delete a {kind.name}")
    expected = expected_version(if_match)
    async with writing(context) as writer:
        writer.status = 204
        current = await writer.current(kind, id, to_delete=True)
        check_version(current, expected)
        version = current.stored.version if current.stored.deleted else await writer.delete(current)
        context.trace.touch(kind.name, id, current.stored.person)
    return Response(status_code=204, headers={"ETag": f'W/"{version}"'})
