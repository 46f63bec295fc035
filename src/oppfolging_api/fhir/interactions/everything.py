"""All there is about a person: https://hl7.org/fhir/R4/patient-operation-everything.html

A search of every type for what is about the person, through the same policy and pages, newest first; each page brings
the practitioners, services and places that its resources refer to.
"""

from starlette.responses import Response

from oppfolging_api.fhir.interactions.search import Place, search
from oppfolging_api.fhir.operations import seen
from oppfolging_api.fhir.search.query import Pairs
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import ResourceType

_TAKEN = ("_since", "_type", "_count", "_cursor", "_format", "_pretty")


async def everything(context: Context, kind: ResourceType, id: str, pairs: Pairs) -> Response:
    """Raises NotFound, Gone, and Invalid for a parameter the operation does not have."""
    if unknown := sorted({name for name, _ in pairs} - set(_TAKEN)):
        raise Invalid.of(f"$everything does not take {', '.join(unknown)}", unknown[0], code="not-supported")
    await seen(context, kind, id)
    types = context.server.registry.types.values()
    place = Place(
        kinds=tuple(one for one in types if one.person is not None),
        path=f"{kind.name}/{id}/$everything",
        person=id,
        along=tuple(one for one in types if one.person is None and not one.packaged),
        also={"_since": ("_lastUpdated", "ge")},
    )
    return await search(context, place, pairs, strict=True, posted=False)
