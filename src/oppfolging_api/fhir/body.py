"""What comes in with a write, and what goes out after it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import fhir_response, json_response, version_headers
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Invalid, Issue
from oppfolging_api.kernel.named_in import names_somebody
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

Wanted = Literal["minimal", "representation", "OperationOutcome"]
_WANTED: tuple[Wanted, ...] = ("minimal", "representation", "OperationOutcome")
_RETURN = re.compile(r'(?:^|[,;])\s*return\s*=\s*"?([A-Za-z]+)"?\s*(?=$|[,;])', re.IGNORECASE)
_ETAG = re.compile(r'\s*(?:W/)?"([1-9]\d{0,8})(?:-[0-9a-f]{12})?"\s*')


def parse_resource(body: bytes, kind: ResourceType) -> Body:
    """Raises Invalid for what is not JSON, or is not a resource of the type the URL names."""
    resource: Body = exact_json.parse(body)
    check_typed(resource, kind)
    return resource


def check_typed(resource: Body, kind: ResourceType) -> None:
    """Raises Invalid; also for an id that is an identity number, since ids stand in addresses and logs."""
    if resource.get("resourceType") != kind.name:
        raise Invalid.of(f"the URL takes a {kind.name}", "resourceType", code="invalid")
    if not isinstance(resource.get("meta", {}), dict):
        raise Invalid.of("meta is an object", f"{kind.name}.meta", code="structure")
    if names_somebody(str(resource.get("id", ""))):
        raise Invalid.of("an id is no identity number", f"{kind.name}.id", code="security")


def parse_array(body: bytes) -> list[Any]:
    """A JSON array, by the rules of every body. Raises Invalid."""
    held = exact_json.parse(b'{"array":' + body.removeprefix(b"\xef\xbb\xbf") + b"}")
    array = held["array"]
    if len(held) != 1 or not isinstance(array, list):
        raise Invalid.of("the body must be one JSON array", code="structure")
    return array


def expected_version(if_match: str | None) -> int | None:
    """The version of an If-Match header. Raises Invalid for anything but one ETag of this server."""
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise Invalid.of('If-Match holds one ETag of this server: W/"<version>"', code="invalid")
    return int(found[1])


def wanted(prefer: Sequence[str]) -> Wanted:
    """What Prefer headers ask to have back: the first `return` that is known; else the resource.

    https://hl7.org/fhir/R4/http.html#ops
    """
    asked = [found.lower() for held in prefer for found in _RETURN.findall(held)]
    return next((one for name in asked for one in _WANTED if one.lower() == name), "representation")


@dataclass(frozen=True, slots=True)
class Written:
    """What one write came to: the resource as it stands, and the status that says whether it is new.

    A conditional create that found what it would have made says 200.
    """

    body: Body
    status: int

    @property
    def version(self) -> int:
        return int(self.body["meta"]["versionId"])

    def headers(self, base: str) -> dict[str, str]:
        at = datetime.fromisoformat(self.body["meta"]["lastUpdated"])
        location = f"{base}/{self.body['resourceType']}/{self.body['id']}/_history/{self.version}"
        return {"Location": location, **version_headers(self.version, at)}


def answer(written: Written, context: Context, prefer: Wanted) -> Response:
    """The same headers whatever is wanted back."""
    headers = written.headers(context.base)
    if prefer == "minimal":
        return Response(status_code=written.status, headers=headers)
    if prefer == "OperationOutcome":
        done = Issue("informational", _DONE[written.status], severity="information")
        return json_response(operation_outcome([done], context.server.canonical), written.status, headers)
    return fhir_response(exact_json.dump(written.body), written.status, headers)


_DONE = {200: "the resource stands as the headers say", 201: "the resource was created"}
_KEPT_BY_SERVER = ("versionId", "lastUpdated")


def unchanged(before: Body, after: Body) -> bool:
    """Whether two versions say the same, to the digit, but for what the server itself keeps in `meta`."""
    return _same(_without_version(before), _without_version(after))


def _without_version(resource: Body) -> Body:
    meta = {name: value for name, value in resource["meta"].items() if name not in _KEPT_BY_SERVER}
    return {**resource, "meta": meta}


def _same(one: Any, other: Any) -> bool:
    """As JSON: 1.50 is not 1.5, nor 1 true; the order of names does not matter, that of a list does."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        return str(one) == str(other) and type(one) is type(other)
    return type(one) is type(other) and bool(one == other)
