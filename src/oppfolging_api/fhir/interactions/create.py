"""Create a resource: https://hl7.org/fhir/R4/http.html#create"""

from starlette.responses import Response

from oppfolging_api.access.policy import might
from oppfolging_api.fhir.answer import version_headers
from oppfolging_api.fhir.body import parse_resource, written
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.errors import Forbidden
from oppfolging_api.kernel.resource_type import ResourceType


async def create(context: Context, kind: ResourceType, body: bytes) -> Response:
    """The client's id and meta.versionId are ignored, as the specification asks. Raises Forbidden, Invalid, Refusal."""
    if not might(context.caller, kind, "c"):
        raise Forbidden.of(f"the caller may not create a {kind.name}")
    resource = parse_resource(body, kind)
    async with writing(context) as writer:
        writer.status = 201
        made = await writer.create(resource)
        at = writer.at
    location = f"{context.base}/{kind.name}/{made['id']}/_history/1"
    return written(made, 201, {"Location": location, **version_headers(1, at)})
