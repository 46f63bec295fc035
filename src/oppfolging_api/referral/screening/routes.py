"""`POST /referral/screening`: HTTP only."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.negotiation import read_body
from oppfolging_api.fhir.routing import Authenticated
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.errors import Forbidden
from oppfolging_api.referral.screening.engine import Answer, screened
from oppfolging_api.referral.screening.form import Screening, read_screening
from oppfolging_api.referral.screening.rules import CURRENT
from oppfolging_api.referral.sender import as_sender

router = APIRouter(prefix="/referral", tags=["Referral"])

EXAMPLE: Final = {
    "rows": [
        {
            "row": 1,
            "age": 68,
            "sex": "female",
            "diagnoses": ["T90", "K90", "S97"],
            "medicines": 11,
            "gpContacts": 9,
            "emergencyContacts": 3,
            "admissions": 1,
        },
        {"row": 2, "age": 34, "diagnoses": ["P76", "P74", "Z05"], "medicines": 2},
        {"row": 3, "age": 41},
    ]
}


def _schema() -> dict[str, Any]:
    """With the form of a row in place: a reference into `$defs` leads nowhere inside an OpenAPI file."""
    schema = Screening.model_json_schema()
    schema["properties"]["rows"]["items"] = schema.pop("$defs")["Row"]
    return schema


_FORM: Final[dict[str, Any]] = {
    "requestBody": {"content": {"application/json": {"schema": _schema(), "example": EXAMPLE}}, "required": True}
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The criteria each row meets, why, and which to ask about", "model": Answer},
    "4XX": {"description": "What is wrong, and where", "content": {"application/problem+json": {}}},
}


@router.post(
    "/screening",
    name="referral-screening",
    summary="Which of the guide's criteria rows of a GP's list meet",
    openapi_extra=_FORM,
    responses=_ANSWERS,
    response_model=None,
)
async def post_screening(request: Request, context: Authenticated) -> Response:
    """A calculation for GPs' offices: nothing that is sent is stored or logged. Rows name nobody; an identity number
    is refused. The same rows answer the same until the rules have a new version."""
    _require_office(context)
    body = await read_body(request, ("application/json",))
    return Response(await asyncio.to_thread(_answer, body), media_type="application/json")


def _require_office(context: Context) -> None:
    """Raises Forbidden but for who sends referrals for an organisation: figures about people who have not been spoken
    with are for those who treat them, not for the coordinating unit."""
    sender = as_sender(context, "c").caller
    if Role.REFERRER not in sender.roles or not sender.organisation_key:
        raise Forbidden.of("screening is for the offices that refer")


def _answer(body: bytes) -> bytes:
    """In a thread of its own: a whole list takes too long to let everybody wait for it."""
    return exact_json.dump(screened(read_screening(body).rows, CURRENT))
