"""`/referral`: HTTP only."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.beside import beside
from oppfolging_api.fhir.negotiation import FHIR_JSON, legal_id, media_type, read_body
from oppfolging_api.fhir.routing import Authenticated
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.clock import today
from oppfolging_api.referral.delivery import receipted
from oppfolging_api.referral.fhir_form import read_fhir
from oppfolging_api.referral.form import Referral, digest_of, read_referral
from oppfolging_api.referral.messages_out import as_bundle, as_message, as_messages, feedback_on
from oppfolging_api.referral.plo.findings import Unreadable
from oppfolging_api.referral.plo.receipt import read_receipt
from oppfolging_api.referral.plo_in import receive_message, unreadable
from oppfolging_api.referral.receipts import Message
from oppfolging_api.referral.receiving import receive
from oppfolging_api.referral.sender import as_sender
from oppfolging_api.referral.standing import standing

JSON, XML = "application/json", "application/xml"
XML_TYPES = (XML, "text/xml")
router = APIRouter(prefix="/referral", tags=["Referral"])


def wants_xml(request: Request) -> bool:
    """Whichever is named first; FHIR where nothing is."""
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    named = next((kind for kind in accepted if kind in (*XML_TYPES, FHIR_JSON, JSON)), FHIR_JSON)
    return named in XML_TYPES


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


_FHIR_SCHEMA = {"schema": {"type": "object"}}
_XML_SCHEMA = {"schema": {"type": "string"}}
_SENT = {
    "requestBody": {
        "content": {"application/json": {"schema": _schema()}, FHIR_JSON: _FHIR_SCHEMA, XML: _XML_SCHEMA},
        "required": True,
    }
}
_RECEIPT = {"requestBody": {"content": {XML: _XML_SCHEMA}, "required": True}}
_PROBLEM = {"description": "What is wrong, and where", "content": {"application/problem+json": {}}}
_APPREC = {"description": "AppRec, for a PLO message", "content": {XML: _XML_SCHEMA}}
_MESSAGES = {"description": "What was told the sender", "content": {FHIR_JSON: _FHIR_SCHEMA, XML: _XML_SCHEMA}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": _PROBLEM}


@router.post(
    "",
    name="referral",
    status_code=201,
    summary="Report a need",
    openapi_extra=_SENT,
    responses={200: _APPREC, **_PROBLEMS},
    response_model=None,
)
async def post_referral(request: Request, context: Authenticated) -> Response:
    """A form in JSON, a ServiceRequest or Bundle in FHIR, or a PLO message in XML. The same message id with the same
    content answers the same; with another content 409, or an AppRec that rejects it."""
    context, door = as_sender(context, "c"), request.app.state.door
    kind = media_type(request, JSON)
    if kind in XML_TYPES:
        body = await read_body(request, XML_TYPES, request.app.state.settings.max_message_bytes)
        answer = await receive_message(context, door, body)
        headers = {"Content-Location": f"{_address(context)}/{answer.referral}"} if answer.referral else {}
        return Response(answer.apprec, headers=headers, media_type=XML)
    body = await read_body(request, (JSON, FHIR_JSON, XML))
    day = today(context.server.clock)
    if kind == FHIR_JSON:
        need, message = await beside(len(body), read_fhir, body, day, context.server.canonical)
    else:
        form = read_referral(body, day)
        need, message = form.need(), Message(form.messageId, digest_of(form))
    id = await receive(context, door, need, message)
    location = f"{_address(context)}/{id}"
    told = (await standing(context, id)).json() | ({"remarks": list(need.remarks)} if need.remarks else {})
    return JSONResponse(told, 201, {"Location": location})


@router.post(
    "/apprec",
    name="referral-apprec",
    status_code=204,
    summary="Receipt for feedback that came as a message",
    openapi_extra=_RECEIPT,
    responses=_PROBLEMS,
    response_class=Response,
)
async def post_apprec(request: Request, context: Authenticated) -> None:
    """The AppRec of the sender's system: the feedback is delivered, or the coordinating unit learns that it is not."""
    context = as_sender(context, "c")
    try:
        receipt = read_receipt(await read_body(request, XML_TYPES))
    except Unreadable as error:
        raise unreadable(error) from None
    await receipted(context, receipt)


@router.get("/{id}", name="referral-status", summary="Where a referral stands", responses=_PROBLEMS)
async def get_referral(id: str, context: Authenticated) -> JSONResponse:
    """What the sender may hear: a GP the outcome, others that it was received and handled."""
    return JSONResponse((await standing(as_sender(context, "r"), legal_id(id))).json())


@router.get(
    "/{id}/messages",
    name="referral-messages",
    summary="What was told the sender, as messages or FHIR",
    responses={200: _MESSAGES, **_PROBLEMS},
    response_class=Response,
)
async def get_messages(id: str, request: Request, context: Authenticated) -> Response:
    """In XML each is a Dialogmelding in the conversation in which the need was reported, within one element
    `Messages`; in FHIR they are the Communications of a Bundle."""
    told = await feedback_on(as_sender(context, "r"), legal_id(id))
    if wants_xml(request):
        return Response(as_messages(told), media_type=XML)
    return json_response(as_bundle(told, context.base))


@router.get(
    "/{id}/messages/{message}",
    name="referral-message",
    summary="One of them, as it goes to the sender's system",
    responses={200: {"description": "MsgHead with a Dialogmelding", "content": {XML: _XML_SCHEMA}}, **_PROBLEMS},
    response_class=Response,
)
async def get_message(id: str, message: str, context: Authenticated) -> Response:
    told = await feedback_on(as_sender(context, "r"), legal_id(id))
    return Response(as_message(told, legal_id(message)), media_type=XML)


def _address(context: Context) -> str:
    return f"{context.base.removesuffix('/fhir')}/referral"
