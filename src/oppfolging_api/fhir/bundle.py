"""Bundles put together from stored bytes, never parsed: https://hl7.org/fhir/R4/bundle.html"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from oppfolging_api.fhir.answer import fhir_response


def entry(fields: Mapping[str, Any], body: bytes | None = None) -> bytes:
    """One entry; `body` is a resource as stored."""
    told = dict(fields)
    if body:
        told["resource"] = orjson.Fragment(body)
    return orjson.dumps(told)


def bundle(kind: str, links: Mapping[str, str], entries: Sequence[bytes], total: int | None = None) -> bytes:
    """A Bundle of the type `searchset` or `history`; an empty array is not FHIR, so without entries there is none."""
    head: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links.items()]
    if entries:
        head["entry"] = orjson.Fragment(b"[" + b",".join(entries) + b"]")
    return orjson.dumps(head)


def response(kind: str, links: Mapping[str, str], entries: Iterable[bytes], total: int | None = None) -> Response:
    return fhir_response(bundle(kind, links, list(entries), total))
