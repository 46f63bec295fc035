"""What comes in with a write, and what goes out after it."""

import re
from collections.abc import Mapping

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import fhir_response
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

_ETAG = re.compile(r'\s*(?:W/)?"([1-9]\d{0,8})"\s*')


def parse_resource(body: bytes, kind: ResourceType) -> Body:
    """Raises Invalid for what is not JSON, or is not a resource of the type the URL names."""
    resource: Body = exact_json.parse(body)
    if resource.get("resourceType") != kind.name:
        raise Invalid.of(f"the URL takes a {kind.name}", "resourceType", code="invalid")
    if not isinstance(resource.get("meta", {}), dict):
        raise Invalid.of("meta is an object", f"{kind.name}.meta", code="structure")
    return resource


def expected_version(if_match: str | None) -> int | None:
    """The version of an If-Match header. Raises Invalid for anything but one ETag of this server."""
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise Invalid.of('If-Match holds one ETag of this server: W/"<version>"', code="invalid")
    return int(found[1])


def written(resource: Body, status: int, headers: Mapping[str, str]) -> Response:
    return fhir_response(exact_json.dump(resource), status, headers)
