"""Change parts of a resource: https://hl7.org/fhir/R4/http.html#patch"""

import base64
from collections.abc import Callable

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.body import Wanted, Written, answer, expected_version, parse_array
from oppfolging_api.fhir.checks import check_ever
from oppfolging_api.fhir.interactions.conditional import Criteria, held
from oppfolging_api.fhir.interactions.update import check_version
from oppfolging_api.fhir.negotiation import JSON_PATCH, MERGE_PATCHES
from oppfolging_api.fhir.patch.fhirpath_patch import fhirpath_patch
from oppfolging_api.fhir.patch.json_patch import json_patch
from oppfolging_api.fhir.patch.merge_patch import merge_patch
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.errors import Gone, Invalid, NotFound
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

Patch = Callable[[Body], Body]
"""Gives the patched copy. Raises Invalid for what is no patch, Unprocessable for one that does not fit."""


def patch_of(body: bytes, media_type: str) -> Patch:
    """A JSON Patch, a FHIRPath Patch or a JSON Merge Patch. Raises Invalid for what is not JSON."""
    if media_type == JSON_PATCH:
        operations = parse_array(body)
        return lambda resource: json_patch(resource, operations)
    parameters = exact_json.parse(body)
    if media_type in MERGE_PATCHES and parameters.get("resourceType") != "Parameters":
        return lambda resource: merge_patch(resource, parameters)
    return lambda resource: fhirpath_patch(resource, parameters)


def patch_of_resource(resource: Body) -> Patch:
    """The patch in an entry of a Bundle: Parameters, or a Binary that holds a JSON Patch. Raises Invalid."""
    if resource.get("resourceType") != "Binary":
        return lambda stands: fhirpath_patch(stands, resource)
    try:
        body = base64.b64decode(resource["data"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise Invalid.of("data is base64", "Binary.data", code="structure") from None
    if resource.get("contentType") != JSON_PATCH:
        raise Invalid.of(f"contentType is {JSON_PATCH}", "Binary.contentType", code="code-invalid")
    return patch_of(body, JSON_PATCH)


async def patch(
    context: Context, kind: ResourceType, which: str | Criteria, change: Patch, if_match: str | None, prefer: Wanted
) -> Response:
    """`which` is an id, or criteria; the outcome is judged as an update is."""
    check_ever(context, kind, "u")
    expected = expected_version(if_match)
    async with writing(context) as writer:
        made = await patch_in(writer, kind, which, change, expected)
    return answer(made, context, prefer)


async def patch_in(
    writer: Writer, kind: ResourceType, which: str | Criteria, change: Patch, expected: int | None
) -> Written:
    """Raises NotFound where criteria select nothing, Gone for what was deleted."""
    current = await held(writer, kind, which)
    if current is None:
        raise NotFound.of(f"the criteria select no {kind.name}")
    if current.stored.deleted:
        raise Gone.of(f"the {kind.name} was deleted", ETag=f'W/"{current.stored.version}"')
    writer.permit(current, "u")
    check_version(current, expected)
    return await writer.told(await writer.update(current, writer.whole(current, change(current.shown))), 200)
