"""What each entry of a batch or transaction came to: https://hl7.org/fhir/R4/bundle.html#Bundle.entry.response"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import fhir_response
from oppfolging_api.fhir.body import Wanted, Written
from oppfolging_api.fhir.bundles.entries import Kind
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Refusal, Unprocessable

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of resources in an answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`told` are elements of entry.response beside the status; `resource` as stored."""

    status: int
    told: dict[str, Any] = field(default_factory=dict)
    resource: bytes | None = None


def wrote(written: Written, base: str, prefer: Wanted) -> Answered:
    told = {
        "location": written.headers(base)["Location"].removeprefix(f"{base}/"),
        "etag": f'W/"{written.version}"',
        "lastModified": written.body["meta"]["lastUpdated"],
    }
    resource = exact_json.dump(written.body) if prefer == "representation" else None
    return Answered(written.status, told, resource)


def deleted(version: int | None) -> Answered:
    return Answered(204, {"etag": f'W/"{version}"'} if version else {})


def read(response: Response, *, with_body: bool) -> Answered:
    etag = response.headers.get("etag")
    return Answered(response.status_code, {"etag": etag} if etag else {}, bytes(response.body) if with_body else None)


def refused(refusal: Refusal, canonical: Canonical) -> Answered:
    return Answered(refusal.status, {"outcome": operation_outcome(refusal.issues, canonical)})


def check_size(answers: Sequence[Answered]) -> None:
    """Raises Unprocessable where the answer would grow past what a worker should hold at once."""
    if sum(len(one.resource or b"") for one in answers) > LARGEST:
        raise Unprocessable.of("the answer grows too large: ask for less at once", "Bundle", code="too-costly")


def response_of(kind: Kind, answers: Sequence[Answered]) -> Response:
    head: dict[str, Any] = {"resourceType": "Bundle", "type": f"{kind}-response"}
    if answers:
        head["entry"] = [_entry(one) for one in answers]
    return fhir_response(orjson.dumps(head))


def _entry(answered: Answered) -> dict[str, Any]:
    status = f"{answered.status} {HTTPStatus(answered.status).phrase}"
    entry: dict[str, Any] = {"response": {"status": status} | answered.told}
    return {"resource": orjson.Fragment(answered.resource)} | entry if answered.resource else entry
