"""The FHIR endpoint: HTTP only. Each route names its interaction, makes its context, and hands over."""

from collections.abc import Callable, Coroutine
from inspect import signature
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.responses import JSONResponse, Response

from oppfolging_api.access.authentication import Authenticator, bearer_of
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.capability import capability_statement, smart_configuration
from oppfolging_api.fhir.interactions.create import create
from oppfolging_api.fhir.interactions.delete import delete
from oppfolging_api.fhir.interactions.history import history
from oppfolging_api.fhir.interactions.read import read
from oppfolging_api.fhir.interactions.search import search
from oppfolging_api.fhir.interactions.update import update
from oppfolging_api.fhir.interactions.vread import vread
from oppfolging_api.fhir.negotiation import check_acceptable, legal_id, read_body
from oppfolging_api.fhir.operations import perform
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Invalid, MethodNotAllowed, NotFound

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 100


def base_of(request: Request) -> str:
    """Where this FHIR endpoint is, as the client sees it."""
    configured: str | None = request.app.state.settings.base_url
    if configured is None:
        scope = request.scope
        configured = f"{scope['scheme']}://{request.headers.get('host', '')}{scope.get('root_path', '')}"
    return f"{configured.rstrip('/')}/fhir"


_BEARER = HTTPBearer(auto_error=False, description="A token of a configured issuer, with a scope oppfolging/<role>")


async def authenticated(request: Request, _described: Annotated[Any, Security(_BEARER)] = None) -> Context:
    """The context of a request. Raises Unauthenticated, Forbidden, Invalid, NotAcceptable."""
    authenticator: Authenticator = request.app.state.authenticator
    trace = request.state.trace
    trace.interaction = request.scope["route"].name
    headers = request.headers
    verified = await authenticator.verified(headers.get("authorization"))
    trace.caller = bearer_of(verified)
    caller = trace.caller = await authenticator.caller(verified, headers.get("x-municipality"))
    check_acceptable(request)
    return Context(request.app.state.server, caller, base_of(request), trace)


Authenticated = Annotated[Context, Depends(authenticated)]


class DirectRoute(APIRoute):
    """Calls its endpoint with the path's parameters, the request and the context, and nothing between.

    FastAPI describes the endpoint from its signature as ever; what it would do at each request to solve parameters and
    serialise answers, none of which these endpoints need, costs a third of a read.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint, asked = self.endpoint, signature(self.endpoint).parameters

        async def handle(request: Request) -> Response:
            given: dict[str, Any] = dict(request.path_params)
            if "context" in asked:
                given["context"] = await authenticated(request)
            if "request" in asked:
                given["request"] = request
            answer: Response = await endpoint(**given)
            return answer

        return handle


router = APIRouter(prefix="/fhir", tags=["FHIR"], default_response_class=Response, route_class=DirectRoute)


def _route(method: str, path: str, summary: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The name of a route is the interaction its access log rows carry."""

    def add(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            name=endpoint.__name__.removesuffix("_"),
            summary=summary,
            response_model=None,
            responses=_RESPONSES,
            openapi_extra=_BODY if method in ("POST", "PUT") else None,
            operation_id=f"fhir_{endpoint.__name__.rstrip('_')}",
        )
        return endpoint

    return add


_FHIR = {"application/fhir+json": {"schema": {"type": "object"}}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A resource, or a Bundle of them", "content": _FHIR},
    "4XX": {"description": "OperationOutcome", "content": _FHIR},
}
_BODY = {"requestBody": {"content": _FHIR}}


@_route("GET", "/metadata", "What this server serves")
async def capabilities(request: Request) -> Response:
    check_acceptable(request)
    return json_response(capability_statement(request.app.state.server, base_of(request)))


@_route("GET", "/.well-known/smart-configuration", "SMART App Launch configuration")
async def smart(request: Request) -> Response:
    return JSONResponse(smart_configuration(base_of(request)))


# The most asked for come first: routes are tried in this order.
@_route("GET", "/{type}/{id}", "Read a resource")
async def read_(type: str, id: str, context: Authenticated) -> Response:
    return await read(context, context.server.declared(type), legal_id(id))


@_route("GET", "/{type}", "Search a type")
async def search_type(type: str, request: Request, context: Authenticated) -> Response:
    pairs = _pairs(request.url.query)
    return await search(context, context.server.declared(type), pairs, strict=_strict(request), posted=False)


@_route("POST", "/{type}/_search", "Search a type, parameters in the body")
async def search_type_post(type: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    body = await read_body(request, media_types=(FORM,))
    pairs = _pairs(request.url.query) + _pairs(_text(body))
    return await search(context, kind, pairs, strict=_strict(request), posted=True)


@_route("POST", "/{type}", "Create a resource")
async def create_(type: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await create(context, kind, await read_body(request))


@_route("PUT", "/{type}/{id}", "Replace a resource")
async def update_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await update(context, kind, legal_id(id), await read_body(request), request.headers.get("if-match"))


@_route("DELETE", "/{type}/{id}", "Delete a resource")
async def delete_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    return await delete(context, context.server.declared(type), legal_id(id), request.headers.get("if-match"))


@_route("GET", "/{type}/{id}/_history", "The versions of a resource")
async def history_instance(type: str, id: str, request: Request, context: Authenticated) -> Response:
    return await history(context, context.server.declared(type), legal_id(id), _pairs(request.url.query))


@_route("GET", "/{type}/{id}/_history/{version}", "Read one version of a resource")
async def vread_(type: str, id: str, version: str, context: Authenticated) -> Response:
    return await vread(context, context.server.declared(type), legal_id(id), version)


@_route("POST", "/{type}/{id}/${operation}", "Perform an operation on a resource")
async def operation_(type: str, id: str, operation: str, request: Request, context: Authenticated) -> Response:
    return await _perform(context, type, id, operation, await read_body(request))


@_route("GET", "/{type}/{id}/${operation}", "Ask an operation that changes nothing")
async def operation_get(type: str, id: str, operation: str, context: Authenticated) -> Response:
    return await _perform(context, type, id, operation, None)


async def _perform(context: Context, type: str, id: str, name: str, body: bytes | None) -> Response:
    kind = context.server.declared(type)
    operation = context.server.registry.operations.get((type, name))
    if operation is None:
        raise NotFound.of(f"{type} has no such operation", code="not-supported")
    context.trace.interaction = f"${operation.name}"
    if body is None and not operation.reads:
        raise MethodNotAllowed.of(f"${operation.name} changes things: use POST", Allow="POST")
    return await perform(context, operation, kind, legal_id(id), body)


def _strict(request: Request) -> bool:
    return any("handling=strict" in held.replace(" ", "") for held in request.headers.getlist("prefer"))


def _pairs(query: str) -> list[tuple[str, str]]:
    """Raises Invalid for what is not UTF-8 or holds too many parameters."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except (UnicodeDecodeError, ValueError) as error:
        raise Invalid.of(f"the query is not UTF-8, or has over {MOST_PARAMETERS} parameters") from error


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Invalid.of("the body is not UTF-8") from error
