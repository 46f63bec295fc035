"""The reading entries of a Bundle: the same interactions as by a URL of their own."""

from starlette.responses import Response

from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.bundles.answers import Answered, read
from oppfolging_api.fhir.bundles.entries import Asked
from oppfolging_api.fhir.capability import capability_statement
from oppfolging_api.fhir.interactions import feed, history, vread
from oppfolging_api.fhir.interactions import read as one
from oppfolging_api.fhir.interactions.search import Place, of_compartment, of_system, of_type, search
from oppfolging_api.fhir.negotiation import legal_id
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import NotFound


async def carried_out(context: Context, asked: Asked) -> Answered:
    """Raises Refusal as the interaction does."""
    response = await _response(context, asked)
    if asked.if_none_match and asked.if_none_match == response.headers.get("etag"):
        return Answered(304, {"etag": asked.if_none_match})
    return read(response, with_body=asked.method == "GET")


async def _response(context: Context, asked: Asked) -> Response:
    match asked.segments:
        case ("metadata",):
            return json_response(capability_statement(context.server, context.base))
        case ("_history",):
            return await feed.system_history(context, asked.pairs)
        case (type, "_history"):
            return await feed.type_history(context, context.server.declared(type), asked.pairs)
        case (type, id, "_history"):
            return await history.history(context, context.server.declared(type), legal_id(id), asked.pairs)
        case (type, id, "_history", version):
            return await vread.vread(context, context.server.declared(type), legal_id(id), version)
        case (type, id) if id and not id.startswith(("_", "$")):
            return await one.read(context, context.server.declared(type), legal_id(id), asked.pairs)
        case _:
            return await search(context, _place(context, asked), asked.pairs, strict=False, posted=True)


def _place(context: Context, asked: Asked) -> Place:
    """Raises NotFound for what is no place to search; operations are asked by themselves."""
    match asked.segments:
        case ("",):
            return of_system(context)
        case (type,) if not type.startswith(("_", "$")):
            return of_type(context.server.declared(type))
        case (type, id, inner) if not inner.startswith("$"):
            return of_compartment(context, type, legal_id(id), inner)
    raise NotFound.of("there is nothing to read at that URL in a Bundle", f"{asked.where}.request.url")
