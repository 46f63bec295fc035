"""Create a resource: https://hl7.org/fhir/R4/http.html#create, conditionally: #ccreate"""

from starlette.responses import Response

from oppfolging_api.fhir.body import Wanted, Written, answer, parse_resource
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.conditional import Criteria, selected
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType


async def create(
    context: Context, kind: ResourceType, body: bytes, if_none_exist: Criteria | None, prefer: Wanted
) -> Response:
    """The client's id and meta.versionId are ignored, as the specification asks. Raises Forbidden, Invalid, Refusal."""
    check_ever(context, kind, "c")
    resource = parse_resource(body, kind)
    async with writing(context) as writer:
        made = await create_in(writer, kind, resource, if_none_exist)
        writer.status = made.status
    return answer(made, context, prefer)


async def create_in(writer: Writer, kind: ResourceType, resource: Body, if_none_exist: Criteria | None) -> Written:
    """Where If-None-Exist selects one resource, that is the answer. Raises PreconditionFailed where it selects more."""
    current = None if if_none_exist is None else await selected(writer, kind, if_none_exist)
    if current is not None:
        return Written(current.shown, 200)
    return await writer.told(await writer.create(resource), 201)
