"""Media types, sizes and ids: what is refused before anything is read."""

import re

from starlette.requests import Request

from oppfolging_api.kernel.errors import Invalid, NotAcceptable, TooLarge, UnsupportedMediaType

JSON_TYPES = ("application/fhir+json", "application/json")
_FORMATS = (*JSON_TYPES, "json", "text/json")
_ACCEPTED = (*JSON_TYPES, "*/*", "application/*", "text/json")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def legal_id(id: str) -> str:
    """Raises Invalid for what cannot be an id: https://hl7.org/fhir/R4/datatypes.html#id"""
    if not _ID.fullmatch(id):
        raise Invalid.of("an id is 1 to 64 letters, digits, hyphens and full stops", "id", code="value")
    return id


def check_acceptable(request: Request) -> None:
    """Raises NotAcceptable where neither `_format`, which goes first, nor Accept takes JSON."""
    wanted = request.query_params.get("_format") if request.scope["query_string"] else None
    if wanted is not None:
        if _bare(wanted.replace(" ", "+")) not in _FORMATS:
            raise NotAcceptable.of("this server answers in JSON only", "_format")
        return
    accept = ",".join(request.headers.getlist("accept"))
    if accept and not any(_bare(part) in _ACCEPTED for part in accept.split(",")):
        raise NotAcceptable.of("this server answers in JSON only: Accept application/fhir+json")


async def read_body(request: Request, media_types: tuple[str, ...] = JSON_TYPES) -> bytes:
    """Raises UnsupportedMediaType for another Content-Type, TooLarge past the limit, before more of it is read."""
    if _bare(request.headers.get("content-type", media_types[0])) not in media_types:
        raise UnsupportedMediaType.of(f"Content-Type is {' or '.join(media_types)}")
    limit: int = request.app.state.settings.max_body_bytes
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    request.state.trace.size = len(body)
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge.of(f"a body is at most {limit} bytes", Connection="close")


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
