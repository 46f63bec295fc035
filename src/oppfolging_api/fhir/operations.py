"""Operations on an instance, `[type]/[id]/$name`: https://hl7.org/fhir/R4/operations.html"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from starlette.responses import Response

from oppfolging_api.access.policy import visible
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.held import Current
from oppfolging_api.fhir.search.query import Pairs
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE, rows_of
from oppfolging_api.fhir.validation import validate
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.errors import Forbidden, Gone, Invalid, Issue, NotFound
from oppfolging_api.kernel.registry import Body, Operation
from oppfolging_api.kernel.resource_type import ResourceType

_READ = (
    "SELECT 'match', r.type, r.id, r.version, r.updated, r.deleted, NULL, f.person, r.body, NULL::text[]"
    " FROM {rows} f {resource} WHERE f.type = $1[1] AND {which} = ANY($1[2:]) AND {visible} ORDER BY r.id"
)

_OF_FORM: Final = frozenset({"_format", "_pretty"})


class Inputs:
    """The parameters of a request, each asked for by name and by the type of its value."""

    def __init__(self, parameters: Body, known: frozenset[str]) -> None:
        """Raises Invalid for names the operation does not know, and for one that is given twice."""
        self._values: dict[str, Mapping[str, Any]] = {}
        issues = []
        for position, parameter in enumerate(parameters.get("parameter", ())):
            where, name = f"Parameters.parameter[{position}]", parameter["name"]
            if name not in known:
                issues.append(Issue("not-supported", f"the operation takes {', '.join(sorted(known))}", where))
            elif name in self._values:
                issues.append(Issue("invalid", "the parameter is given once", where))
            self._values[name] = parameter | {"": where}
        if issues:
            raise Invalid(tuple(issues))

    def text(self, name: str, *, codes: tuple[str, ...] = ()) -> str | None:
        """A valueString, valueCode or valueMarkdown; one of the codes where they are given."""
        value: str | None = self._value(name, "valueString", "valueCode", "valueMarkdown")
        if value is not None and codes and value not in codes:
            raise Invalid.of(f"one of {', '.join(codes)}", self.path(name), code="code-invalid")
        return value

    def integer(self, name: str) -> int | None:
        value: int | None = self._value(name, "valueInteger", "valuePositiveInt")
        return value

    def boolean(self, name: str) -> bool | None:
        value: bool | None = self._value(name, "valueBoolean")
        return value

    def date(self, name: str) -> date | None:
        """A full day."""
        value: str | None = self._value(name, "valueDate")
        if value is None:
            return None
        if len(value) != len("2026-01-01"):
            raise Invalid.of("a full date: year, month and day", self.path(name), code="invalid")
        return date.fromisoformat(value)

    def reference(self, name: str, *targets: str) -> str | None:
        """A relative reference to one of the target types."""
        value: Mapping[str, Any] | None = self._value(name, "valueReference")
        if value is None:
            return None
        reference = str(value.get("reference", ""))
        if reference.partition("/")[0] not in targets:
            raise Invalid.of(f"a reference to {' or '.join(targets)}", self.path(name), code="invalid")
        return reference

    def path(self, name: str) -> str:
        """`Parameters.parameter[1].valueCode`; the list where the parameter is not given."""
        held = self._values.get(name)
        if held is None:
            return "Parameters.parameter"
        element = next((one for one in held if one.startswith("value")), None)
        return f"{held['']}.{element}" if element else str(held[""])

    def _value(self, name: str, *elements: str) -> Any:
        held = self._values.get(name)
        if held is None:
            return None
        for element in elements:
            if element in held:
                return held[element]
        raise Invalid.of(f"{name} is given as {' or '.join(elements)}", self.path(name), code="invalid")


def required(inputs: Inputs, name: str, value: Any) -> Any:
    """The value. Raises Invalid where it is missing."""
    if value is None or value == "":
        raise Invalid.of(f"{name} is required", inputs.path(name), code="required")
    return value


@dataclass(frozen=True, slots=True)
class Request:
    """What the handler of an operation that writes is given; its transaction commits when the handler returns."""

    context: Context
    writer: Writer
    current: Current
    parameters: Body


@dataclass(frozen=True, slots=True)
class Question:
    """What the handler of an operation that only reads is given."""

    context: Context
    kind: ResourceType
    id: str
    parameters: Body


async def perform(
    context: Context, operation: Operation, kind: ResourceType, id: str, body: bytes | None, pairs: Pairs = ()
) -> Response:
    """`pairs` are the parameters of a GET. Raises Invalid for a body that is not a Parameters resource."""
    parameters: Body = exact_json.parse(body) if body else {"resourceType": "Parameters"}
    validate(parameters, "Parameters")
    if operation.reads:
        asked = parameters if body is not None else _of_address(pairs)
        return json_response(await operation.handle(Question(context, kind, id, asked)))
    async with writing(context) as writer:
        current = await writer.current(kind, id)
        if current.stored.deleted:
            raise Gone.of(f"the {kind.name} was deleted")
        if not operation.standings & set(current.scoped["u"]):
            raise Forbidden.of(f"the caller may not perform ${operation.name}")
        answer = await operation.handle(Request(context, writer, current, parameters))
        shown = await _shown(writer, answer)
    return json_response(shown)


def _of_address(pairs: Pairs) -> Body:
    """Parameters that stand in the address, but for those about the answer's form."""
    given = [{"name": name, "valueString": value} for name, value in pairs if name not in _OF_FORM]
    return {"resourceType": "Parameters", "parameter": given}


async def _shown(writer: Writer, answer: Body) -> Body:
    """With each resource as the caller may see it."""
    parameters = [
        one | {"resource": await writer.shown(one["resource"], writer.person(one["resource"]))}
        if "resource" in one
        else one
        for one in answer.get("parameter", ())
    ]
    return answer | ({"parameter": parameters} if parameters else {})


async def seen(context: Context, kind: ResourceType, id: str) -> Body:
    """One resource as the caller sees it. Raises NotFound, Gone."""
    rows = await _rows(context, kind, "f.id", id)
    if not rows:
        raise NotFound.of(f"there is no such {kind.name}")
    if rows[0]["deleted"]:
        raise Gone.of(f"the {kind.name} was deleted")
    context.trace.touch(kind.name, id, rows[0]["person"])
    return exact_json.parse(rows[0]["body"])


async def seen_about(context: Context, kind: ResourceType, person: str) -> list[Body]:
    """Every resource of a type about a person that the caller may see."""
    rows = await _rows(context, kind, "f.person", person)
    context.trace.touch(kind.name, None, person)
    return [exact_json.parse(row["body"]) for row in rows if not row["deleted"]]


async def seen_among(context: Context, kind: ResourceType, person: str, ids: Sequence[str]) -> list[Body]:
    """Of the resources of a type with some ids, those about a person that the caller may see."""
    if not ids:
        return []
    context.trace.touch(kind.name, None, person)
    rows = await _rows(context, kind, "f.id", *ids)
    return [exact_json.parse(row["body"]) for row in rows if row["person"] == person and not row["deleted"]]


async def sees_such(context: Context, kind: ResourceType, person: Body) -> bool:
    """Whether the caller sees resources of a type about a Patient, whether or not there are any."""
    patient = context.server.declared("Patient")
    return bool(await _rows(context, patient, "f.id", person["id"], seen_as=kind))


async def _rows(
    context: Context, kind: ResourceType, which: str, *values: str, seen_as: ResourceType | None = None
) -> list[Any]:
    """`seen_as`: only those that the caller would see if they were of that type."""
    condition = visible(context.caller, "f", seen_as or kind)
    statement = _READ.format(rows=rows_of(kind), resource=RESOURCE.format(f="f"), which=which, visible=condition)
    return await context.fetch(statement, [kind.name, *values])
