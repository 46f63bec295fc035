"""Media types, sizes, ids and what the client already has: what HTTP settles before a resource is served or read."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from oppfolging_api.kernel.errors import Invalid, NotAcceptable, TooLarge, UnsupportedMediaType

FHIR_JSON = "application/fhir+json"
JSON_TYPES = (FHIR_JSON, "application/json")
JSON_PATCH = "application/json-patch+json"
MERGE_PATCHES = ("application/merge-patch+json", "application/json")
"""Not of R4, but what fhirpy sends (RFC 7396)."""
MOST_PARAMETERS = 100
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


async def read_body(
    request: Request, media_types: tuple[str, ...] = JSON_TYPES, most_bytes: int | None = None
) -> bytes:
    """Raises UnsupportedMediaType for another Content-Type, TooLarge past the limit (the setting's, where none is
    given), before more of it is read."""
    if media_type(request, media_types[0]) not in media_types:
        raise UnsupportedMediaType.of(f"Content-Type is {' or '.join(media_types)}")
    limit: int = most_bytes or request.app.state.settings.max_body_bytes
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    except ClientDisconnect as error:
        raise Invalid.of("the body ended before it was whole", code="incomplete") from error
    request.state.trace.size = len(body)
    return bytes(body)


def media_type(request: Request, otherwise: str) -> str:
    """The Content-Type without its parameters."""
    return _bare(request.headers.get("content-type", otherwise))


def unless_held(request: Request, answer: Response) -> Response:
    """The answer, or 304 where the client has it already: If-None-Match decides where it is given, else
    If-Modified-Since, in whole seconds; a date that is none is passed over (RFC 9110 section 13.2.2)."""
    if not _held(request, answer.headers["etag"], answer.headers.get("last-modified")):
        return answer
    told = {name: answer.headers[name] for name in ("etag", "last-modified") if name in answer.headers}
    return Response(status_code=304, headers=told)


def _held(request: Request, etag: str, modified: str | None) -> bool:
    if tags := request.headers.getlist("if-none-match"):
        held = [tag.strip().removeprefix("W/") for tag in ",".join(tags).split(",")]
        return "*" in held or etag.removeprefix("W/") in held
    if modified is None:
        return False
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return parsedate_to_datetime(modified) <= (since if since.tzinfo else since.replace(tzinfo=UTC))


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Raises Invalid for what is not UTF-8 or holds too many parameters."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except (UnicodeDecodeError, ValueError) as error:
        raise Invalid.of(f"the query is not UTF-8, or has over {MOST_PARAMETERS} parameters") from error


def criteria_of(query: str) -> list[tuple[str, str]]:
    """The search criteria of a conditional interaction, as a URL has them or If-None-Exist; also after `Type?`. A
    question mark within a value is part of it."""
    lead, mark, rest = query.partition("?")
    bare = rest if mark and "=" not in lead else query
    return [pair for pair in pairs_of(bare) if pair[0] not in ("_format", "_pretty")]


def _too_large(limit: int) -> TooLarge:
    return TooLarge.of(f"a body is at most {limit} bytes", Connection="close")


def _bare(text: str) -> str:
    return text.partition(";")[0].strip().lower()
