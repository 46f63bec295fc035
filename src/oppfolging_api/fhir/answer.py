"""Answers of the FHIR endpoint: bytes as stored, with the headers the specification asks for."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from oppfolging_api.fhir import exact_json

FHIR_JSON = "application/fhir+json; charset=utf-8"


def fhir_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type=FHIR_JSON)


def json_response(body: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return fhir_response(exact_json.dump(body), status, headers)


def version_headers(version: int, updated: datetime) -> dict[str, str]:
    """https://hl7.org/fhir/R4/http.html#versioning"""
    return {"ETag": f'W/"{version}"', "Last-Modified": format_datetime(updated, usegmt=True)}


def row_headers(row: Mapping[str, Any]) -> dict[str, str]:
    """Of one resource read, stored or composed. What is cut of a version depends on consent: its ETag tells one copy
    from another, and no date does."""
    headers = version_headers(row["version"], row["updated"])
    if not row.get("bound"):
        return headers
    return {"ETag": f'W/"{row["version"]}-{sha256(row["body"]).hexdigest()[:12]}"'}
