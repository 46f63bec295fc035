"""`/referral`: HTTP only."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from oppfolging_api.fhir.negotiation import legal_id, read_body
from oppfolging_api.fhir.routing import Authenticated
from oppfolging_api.kernel.clock import today
from oppfolging_api.referral.form import Referral, read_referral
from oppfolging_api.referral.sender import as_sender
from oppfolging_api.referral.service import receive, standing

router = APIRouter(prefix="/referral", tags=["Referral"])


def _schema() -> dict[str, Any]:
    """The form's JSON Schema with its parts in place: a reference into `$defs` leads nowhere inside an OpenAPI file."""
    whole = Referral.model_json_schema()
    parts = whole.pop("$defs")

    def placed(schema: Any) -> Any:
        if isinstance(schema, dict):
            part = parts.get(str(schema.get("$ref", "")).removeprefix("#/$defs/"))
            return placed(part) if part else {name: placed(value) for name, value in schema.items()}
        return [placed(each) for each in schema] if isinstance(schema, list) else schema

    return dict(placed(whole))


_FORM = {"requestBody": {"content": {"application/json": {"schema": _schema()}}, "required": True}}
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
    context = as_sender(context, "c")
    body = await read_body(request, ("application/json",))
    id = await receive(context, read_referral(body, today(context.server.clock)))
    location = f"{context.base.removesuffix('/fhir')}/referral/{id}"
    return JSONResponse((await standing(context, id)).json(), 201, {"Location": location})


@router.get("/{id}", name="referral-status", summary="Where a referral stands", responses={"4XX": _PROBLEM})
async def get_referral(id: str, context: Authenticated) -> JSONResponse:
    """What the sender may hear: a GP the outcome, others that it was received and handled."""
    return JSONResponse((await standing(as_sender(context, "r"), legal_id(id))).json())
