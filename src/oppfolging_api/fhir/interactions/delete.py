"""Delete a resource: https://hl7.org/fhir/R4/http.html#delete, conditionally: #cdelete"""

from starlette.responses import Response

from oppfolging_api.fhir.body import expected_version
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.conditional import Criteria, held
from oppfolging_api.fhir.interactions.update import check_version
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.resource_type import ResourceType


async def delete(context: Context, kind: ResourceType, which: str | Criteria, if_match: str | None) -> Response:
    """204, also where it was deleted already. `which` is an id, or criteria. Raises Conflict where other resources
    refer to it."""
    check_ever(context, kind, "d")
    expected = expected_version(if_match)
    async with writing(context) as writer:
        writer.status = 204
        version = await delete_in(writer, kind, which, expected)
    return Response(status_code=204, headers={"ETag": f'W/"{version}"'} if version else None)


async def delete_in(writer: Writer, kind: ResourceType, which: str | Criteria, expected: int | None) -> int | None:
    """The version number of the deletion; None where criteria select nothing: what is not there need not be deleted."""
    current = await held(writer, kind, which, to_delete=True)
    if current is None:
        return None
    check_version(current, expected)
    writer.whole(current, {}, replaces=True)
    return current.stored.version if current.stored.deleted else await writer.delete(current)
