"""`/referral`: HTTP only."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.negotiation import legal_id, read_body
from oppfolging_api.fhir.routes import Authenticated
from oppfolging_api.referral.form import Referral, read_referral
from oppfolging_api.referral.sender import sender_key
from oppfolging_api.referral.service import receive, standing

router = APIRouter(prefix="/referral", tags=["Referral"])
_FORM = {"requestBody": {"content": {"application/json": {"schema": Referral.model_json_schema()}}, "required": True}}
_PROBLEM = {"description": "What is wrong, and where", "content": {"application/problem+json": {}}}


@router.post(
    "",
    name="referral",
    status_code=201,
    summary="Report a need",
    openapi_extra=_FORM,
    responses={"4XX": _PROBLEM},
    response_model=None,
)
async def post_referral(request: Request, context: Authenticated) -> JSONResponse:
    """The same message id with the same content answers the same; with another content 409."""
    sender_key(context.caller)
    body = await read_body(request, ("application/json",))
    id = await receive(context, read_referral(exact_json.parse(body)))
    location = f"{context.base.removesuffix('/fhir')}/referral/{id}"
    return JSONResponse((await standing(context, id)).json(), 201, {"Location": location})


@router.get("/{id}", name="referral-status", summary="Where a referral stands", responses={"4XX": _PROBLEM})
async def get_referral(id: str, context: Authenticated) -> JSONResponse:
    """What the sender may hear: a GP the outcome, others that it was received and handled."""
    return JSONResponse((await standing(context, legal_id(id))).json())
