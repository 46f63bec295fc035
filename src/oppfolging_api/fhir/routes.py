"""The FHIR endpoint: HTTP only. Each route names its interaction, makes its context, and hands over."""

from fastapi import Request
from starlette.responses import JSONResponse, Response

from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.body import Wanted, wanted
from oppfolging_api.fhir.bundles.batch import bundle
from oppfolging_api.fhir.capability import capability_statement
from oppfolging_api.fhir.interactions.conditional import Criteria
from oppfolging_api.fhir.interactions.create import create
from oppfolging_api.fhir.interactions.delete import delete
from oppfolging_api.fhir.interactions.feed import system_history, type_history
from oppfolging_api.fhir.interactions.history import history
from oppfolging_api.fhir.interactions.patch import patch, patch_of
from oppfolging_api.fhir.interactions.read import read
from oppfolging_api.fhir.interactions.search import Place, of_compartment, of_system, of_type, search
from oppfolging_api.fhir.interactions.update import update
from oppfolging_api.fhir.interactions.vread import vread
from oppfolging_api.fhir.negotiation import (
    FHIR_JSON,
    JSON_PATCH,
    MERGE_PATCHES,
    check_acceptable,
    criteria_of,
    legal_id,
    media_type,
    pairs_of,
    read_body,
    unless_held,
)
from oppfolging_api.fhir.performing import perform_on, perform_on_type
from oppfolging_api.fhir.routing import Authenticated, base_of, heads, root, route, router
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.smart import smart_configuration
from oppfolging_api.kernel.errors import Invalid

FORM = "application/x-www-form-urlencoded"


@route("GET", "/metadata", "What this server serves")
async def capabilities(request: Request) -> Response:
    check_acceptable(request)
    return json_response(capability_statement(request.app.state.server, base_of(request)))


@route("GET", "/.well-known/smart-configuration", "SMART App Launch configuration")
@root.api_route("/.well-known/smart-configuration", methods=["GET", "HEAD"], include_in_schema=False)
async def smart(request: Request) -> Response:
    return JSONResponse(smart_configuration(request.app.state.settings.issuers))


# Routes are tried in this order: what has a name of its own comes before what is matched by any.
@route("GET", "", "Search all types", also="/")
async def search_system(request: Request, context: Authenticated) -> Response:
    return await _search(request, context, of_system(context))


@route("POST", "/_search", "Search all types, parameters in the body")
async def search_system_post(request: Request, context: Authenticated) -> Response:
    return await _search_posted(request, context, of_system(context))


@route("POST", "", "Carry out a batch or a transaction", also="/")
async def bundle_(request: Request, context: Authenticated) -> Response:
    return await bundle(context, await read_body(request), _wanted(request))


@route("GET", "/_history", "The versions of everything")
async def history_system(request: Request, context: Authenticated) -> Response:
    return await system_history(context, pairs_of(_query(request)))


@route("GET", "/{type}/_history", "The versions of a type's resources")
async def history_type(type: str, request: Request, context: Authenticated) -> Response:
    return await type_history(context, context.server.declared(type), pairs_of(_query(request)))


@route("GET", "/{type}/{id}", "Read a resource")
async def read_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    pairs = pairs_of(_query(request))
    return unless_held(request, await read(context, context.server.declared(type), legal_id(id), pairs))


@route("GET", "/{type}", "Search a type")
async def search_type(type: str, request: Request, context: Authenticated) -> Response:
    return await _search(request, context, of_type(context.server.declared(type)))


@route("POST", "/{type}/_search", "Search a type, parameters in the body")
async def search_type_post(type: str, request: Request, context: Authenticated) -> Response:
    return await _search_posted(request, context, of_type(context.server.declared(type)))


async def _search(request: Request, context: Context, place: Place) -> Response:
    return await search(context, place, pairs_of(_query(request)), strict=_strict(request), posted=False)


async def _search_posted(request: Request, context: Context, place: Place) -> Response:
    body = await read_body(request, media_types=(FORM,))
    pairs = pairs_of(_query(request)) + pairs_of(_text(body))
    return await search(context, place, pairs, strict=_strict(request), posted=True)


@route("POST", "/{type}", "Create a resource, unless there is what If-None-Exist selects")
async def create_(type: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await create(context, kind, await read_body(request), _unless(request), _wanted(request))


def _unless(request: Request) -> Criteria | None:
    """If-None-Exist; or criteria in the address, where fhirpy puts them."""
    told = request.headers.get("if-none-exist")
    return criteria_of(_query(request)) or None if told is None else criteria_of(told)


@route("PUT", "/{type}/{id}", "Replace a resource")
async def update_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    kind, which = context.server.declared(type), legal_id(id)
    return await update(context, kind, which, await read_body(request), _if_match(request), _wanted(request))


@route("PUT", "/{type}", "Replace the resource that the criteria select, or create it")
async def update_conditional(type: str, request: Request, context: Authenticated) -> Response:
    kind, which = context.server.declared(type), criteria_of(_query(request))
    return await update(context, kind, which, await read_body(request), _if_match(request), _wanted(request))


@route("PATCH", "/{type}/{id}", "Change parts of a resource")
async def patch_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    return await _patch(request, context, type, legal_id(id))


@route("PATCH", "/{type}", "Change parts of the resource that the criteria select")
async def patch_conditional(type: str, request: Request, context: Authenticated) -> Response:
    return await _patch(request, context, type, criteria_of(_query(request)))


async def _patch(request: Request, context: Context, type: str, which: str | Criteria) -> Response:
    kind = context.server.declared(type)
    body = await read_body(request, media_types=(JSON_PATCH, FHIR_JSON, *MERGE_PATCHES))
    change = patch_of(body, media_type(request, JSON_PATCH))
    return await patch(context, kind, which, change, _if_match(request), _wanted(request))


@route("DELETE", "/{type}/{id}", "Delete a resource")
async def delete_(type: str, id: str, request: Request, context: Authenticated) -> Response:
    return await delete(context, context.server.declared(type), legal_id(id), _if_match(request))


@route("DELETE", "/{type}", "Delete the resource that the criteria select")
async def delete_conditional(type: str, request: Request, context: Authenticated) -> Response:
    return await delete(context, context.server.declared(type), criteria_of(_query(request)), _if_match(request))


@route("GET", "/{type}/{id}/_history", "The versions of a resource")
async def history_instance(type: str, id: str, request: Request, context: Authenticated) -> Response:
    return await history(context, context.server.declared(type), legal_id(id), pairs_of(_query(request)))


@route("GET", "/{type}/{id}/_history/{version}", "Read one version of a resource")
async def vread_(type: str, id: str, version: str, request: Request, context: Authenticated) -> Response:
    return unless_held(request, await vread(context, context.server.declared(type), legal_id(id), version))


@route("POST", "/{type}/${operation}", "Perform an operation on a type")
async def operation_type(type: str, operation: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await perform_on_type(context, kind, operation, await read_body(request))


@route("POST", "/{type}/{id}/${operation}", "Perform an operation on a resource")
async def operation_(type: str, id: str, operation: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await perform_on(context, kind, legal_id(id), operation, await read_body(request), pairs_of(_query(request)))


@route("GET", "/{type}/{id}/${operation}", "Ask an operation that changes nothing")
async def operation_get(type: str, id: str, operation: str, request: Request, context: Authenticated) -> Response:
    kind = context.server.declared(type)
    return await perform_on(context, kind, legal_id(id), operation, None, pairs_of(_query(request)))


@route("GET", "/{type}/{id}/{inner}", "Search what belongs to a person, a practitioner or a next of kin")
async def search_compartment(type: str, id: str, inner: str, request: Request, context: Authenticated) -> Response:
    return await _search(request, context, of_compartment(context, type, legal_id(id), inner))


@route("POST", "/{type}/{id}/{inner}/_search", "Search what belongs to somebody, parameters in the body")
async def search_compartment_post(type: str, id: str, inner: str, request: Request, context: Authenticated) -> Response:
    return await _search_posted(request, context, of_compartment(context, type, legal_id(id), inner))


def _query(request: Request) -> str:
    """As it was sent: making a URL of the whole address costs more than reading what stands in it."""
    return request.scope["query_string"].decode("latin-1")  # type: ignore[no-any-return]


def _strict(request: Request) -> bool:
    return any("handling=strict" in held.replace(" ", "") for held in request.headers.getlist("prefer"))


def _if_match(request: Request) -> str | None:
    return request.headers.get("if-match")


def _wanted(request: Request) -> Wanted:
    return wanted(request.headers.getlist("prefer"))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Invalid.of("the body is not UTF-8") from error


router.routes.extend([*heads.routes, *root.routes])

__all__ = ["router"]
