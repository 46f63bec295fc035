"""All there is about a person: https://hl7.org/fhir/R4/patient-operation-everything.html

A search of every type for what is about the person, through the same policy and pages, newest first; each page brings
the practitioners, services and places that its resources refer to.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from starlette.responses import Response

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.interactions.search import Place, search
from oppfolging_api.fhir.operations import seen
from oppfolging_api.fhir.search.query import Pairs
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.kernel.resource_type import ResourceType

_IN_BODY: Final = {
    "_since": ("valueInstant", "valueDateTime", "valueDate"),
    "_type": ("valueCode", "valueString"),
    "_count": ("valueInteger", "valuePositiveInt", "valueUnsignedInt"),
}
"""What R4 has of the parameters, and the elements their values are given in."""
_TAKEN: Final = (*_IN_BODY, "_cursor", "_format", "_pretty")


async def everything(context: Context, kind: ResourceType, id: str, body: bytes | None, pairs: Pairs) -> Response:
    """Raises NotFound, Gone, and Invalid for a parameter the operation does not have."""
    asked = _once([*pairs, *_pairs_of(body or b"")])
    await seen(context, kind, id)
    place = _place(context, f"{kind.name}/{id}/$everything", id, asked)
    return await search(context, place, asked, strict=True, posted=False)


def _place(context: Context, path: str, person: str, asked: Pairs) -> Place:
    """Where types are named, what is brought along is of those too."""
    types = context.server.registry.stored
    about = [one for one in types if one.person is not None]
    directory = [one for one in types if one.person is None and not one.packaged]
    if named := _named(context, path, asked):
        directory = [one for one in directory if one.name in named]
        if named.isdisjoint(one.name for one in about):
            raise Invalid.of("_type names a type of what is about the person", "_type", code="not-supported")
        about += directory
    return Place(tuple(about), path, person=person, along=tuple(directory), also={"_since": ("_lastUpdated", "ge")})


def _named(context: Context, path: str, asked: Pairs) -> set[str]:
    """The types asked for, on the first page or by the cursor of a later one."""
    cursor = next((value for name, value in asked if name == "_cursor"), None)
    held = asked if cursor is None else context.server.cursors.open(path, cursor)[0]
    return {type for name, value in held if name == "_type" and value for type in value.split(",")}


def _once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """`_type` may be given several times, which means all of them; the others once."""
    given = list(pairs)
    rest = [pair for pair in given if pair[0] != "_type"]
    names = [name for name, _ in rest]
    if unknown := sorted(set(names) - set(_TAKEN)):
        raise Invalid.of(f"$everything does not take {', '.join(unknown)}", unknown[0], code="not-supported")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Invalid.of("the parameter is given once", twice, code="invalid")
    types = [value for name, value in given if name == "_type"]
    return [*rest, ("_type", ",".join(types))] if types else rest


def _pairs_of(body: bytes) -> Iterator[tuple[str, str]]:
    """The Parameters of a POST as what a URL would say. Raises Invalid."""
    parameters = exact_json.parse(body) if body else {"resourceType": "Parameters"}
    validate(parameters, "Parameters")
    for position, one in enumerate(parameters.get("parameter", ())):
        yield one["name"], _value(one, f"Parameters.parameter[{position}]")


def _value(parameter: Any, where: str) -> str:
    elements = _IN_BODY.get(parameter["name"])
    if elements is None:
        raise Invalid.of(f"$everything takes {', '.join(_IN_BODY)}", where, code="not-supported")
    found = next((parameter[element] for element in elements if element in parameter), None)
    if found is None:
        raise Invalid.of(f"the parameter is given as {' or '.join(elements)}", where, code="invalid")
    return str(found)
