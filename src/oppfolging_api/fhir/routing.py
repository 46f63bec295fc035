"""How a request reaches an endpoint of FHIR: its context, and a route that calls it with nothing between."""

from collections.abc import Callable, Coroutine
from inspect import signature
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPBase
from starlette.responses import Response

from oppfolging_api.access.authentication import Authenticator, bearer_of
from oppfolging_api.fhir.negotiation import JSON_PATCH, MERGE_PATCHES, check_acceptable
from oppfolging_api.fhir.server import Context


def base_of(request: Request) -> str:
    """Where this FHIR endpoint is, as the client sees it."""
    configured: str | None = request.app.state.settings.base_url
    if configured is None:
        scope = request.scope
        configured = f"{scope['scheme']}://{request.headers.get('host', '')}{scope.get('root_path', '')}"
    return f"{configured.rstrip('/')}/fhir"


_BEARER = HTTPBearer(auto_error=False, description="A token of a configured issuer, with a scope oppfolging/<role>")
_DPOP = HTTPBase(
    scheme="DPoP",
    scheme_name="DPoP",
    auto_error=False,
    description="The same where the token is bound to a key (cnf.jkt), with a proof for the request in the header DPoP:"
    " RFC 9449",
)


async def authenticated(
    request: Request,
    _bearer: Annotated[Any, Security(_BEARER)] = None,
    _dpop: Annotated[Any, Security(_DPOP)] = None,
) -> Context:
    """The context of a request. Raises Unauthenticated, Forbidden, Invalid, TooManyRequests."""
    authenticator: Authenticator = request.app.state.authenticator
    trace = request.state.trace
    trace.interaction = request.scope["route"].name
    verified = await authenticator.verified(request)
    trace.caller = bearer_of(verified)
    request.state.recognised(trace.caller)
    caller = trace.caller = await authenticator.caller(verified, request.headers.get("x-municipality"))
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
                check_acceptable(request)
            if "request" in asked:
                given["request"] = request
            answer: Response = await endpoint(**given)
            if request.method == "HEAD":
                answer.body = b""
            return answer

        return handle


router = APIRouter(prefix="/fhir", tags=["FHIR"], default_response_class=Response, route_class=DirectRoute)
root = APIRouter(default_response_class=Response, route_class=DirectRoute)
"""What is found beside /fhir as well as below it."""
heads = APIRouter(prefix="/fhir", default_response_class=Response, route_class=DirectRoute)
"""HEAD wherever there is GET, in the same order: https://hl7.org/fhir/R4/http.html#head"""


def route(
    method: str, path: str, summary: str, *, also: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The name of a route is the interaction its access log rows carry. `also` is another way to write the path."""

    def add(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        name = endpoint.__name__.removesuffix("_")
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            name=name,
            summary=summary,
            response_model=None,
            responses=_RESPONSES,
            openapi_extra=_FORM if path.endswith("/_search") else _BODIES.get(method),
            operation_id=f"fhir_{name}",
        )
        if also is not None:
            router.add_api_route(also, endpoint, methods=[method], name=name, include_in_schema=False)
        if method == "GET":
            for one in (path, also):
                if one is not None:
                    heads.add_api_route(one, endpoint, methods=["HEAD"], name=name, include_in_schema=False)
        return endpoint

    return add


_FHIR = {"application/fhir+json": {"schema": {"type": "object"}}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A resource, or a Bundle of them", "content": _FHIR},
    "4XX": {"description": "OperationOutcome", "content": _FHIR},
}
_BODY = {"requestBody": {"content": _FHIR}}
_PATCHES = {
    JSON_PATCH: {"schema": {"type": "array", "items": {"type": "object"}}},
    MERGE_PATCHES[0]: {"schema": {"type": "object"}},
}
_PATCH = {"requestBody": {"content": _FHIR | _PATCHES}}
_FORM = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}}
_BODIES: dict[str, dict[str, Any]] = {"POST": _BODY, "PUT": _BODY, "PATCH": _PATCH}
