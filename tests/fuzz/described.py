"""Requests that schemathesis makes of the OpenAPI document the service answers.

The document leaves much open, as any text, and most texts name no type: as many cases are of what the service has.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

import schemathesis
from schemathesis import Case
from schemathesis.core.result import Ok

from fuzz.drawing import each
from fuzz.judged import Answered
from fuzz.queries import CONTROL
from fuzz.world import SERVED
from support import Json

OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    "type": SERVED,
    "inner": SERVED,
    "id": ("a", "b", "none"),
    "version": ("1", "2"),
    "message": ("a", "none"),
    "operation": ("validate", "meta", "meta-add", "meta-delete", "everything", "decide", "psfs-trend", "check-content"),
}
Made = Case[Any]
ASKED: Final = ("_count", "_elements", "_lastUpdated", "_summary", "_tag")


def narrowed(document: Json) -> Json:
    """The document where parameters take only what the service has, and searches have parameters."""
    whole = copy.deepcopy(document)
    for path, methods in whole["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = {"enum": list(OFFERED[parameter["name"]])}
            if path.startswith("/fhir/{type}") or path in ("/fhir", "/fhir/_history"):
                operation.setdefault("parameters", []).extend(map(_query, ASKED))
    return whole


def _query(name: str) -> Json:
    return {"name": name, "in": "query", "schema": {"enum": list(CONTROL[name])}}


def each_case(document: Json, examples: int, beginning: int, send: Callable[[Made], None]) -> None:
    """Give `send` up to so many cases of every operation, of the document as it is and as many narrowed."""
    for one in (document, narrowed(document)):
        for found in schemathesis.openapi.from_dict(one).get_all_operations():
            assert isinstance(found, Ok), found
            each(found.ok().as_strategy(), examples, beginning, send)


def call(case: Made, address: str, headers: Mapping[str, str]) -> Answered:
    """As the caller whose headers these are, whatever Authorization the case invented."""
    case.headers.pop("Authorization", None)
    answer = case.call(base_url=address, headers=dict(headers))
    media = (answer.headers.get("content-type") or [""])[0]
    path = (answer.request.url or "").removeprefix(address)
    return Answered(f"{case.method} {path}", answer.status_code, media, answer.text)
