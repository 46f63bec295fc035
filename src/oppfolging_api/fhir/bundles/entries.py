"""The entries of a Bundle that is to be carried out, read strictly: https://hl7.org/fhir/R4/bundle.html"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.negotiation import criteria_of, legal_id, pairs_of
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Invalid, MethodNotAllowed, Refusal
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType

MOST_ENTRIES: Final = 500
METHODS: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
"""In the order a transaction carries them out."""
_ENTRY = ("id", "extension", "modifierExtension", "link", "fullUrl", "resource", "search", "request", "response")
_REQUEST = ("id", "extension", "method", "url", "ifNoneMatch", "ifModifiedSince", "ifMatch", "ifNoneExist")

Kind = Literal["batch", "transaction"]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry. `segments` are those of the URL below the base; `position` is its place in the Bundle."""

    position: int
    full_url: str | None
    method: str
    segments: tuple[str, ...]
    query: str
    resource: Body | None
    if_match: str | None
    if_none_match: str | None
    if_none_exist: str | None

    @property
    def where(self) -> str:
        return f"Bundle.entry[{self.position}]"

    @property
    def pairs(self) -> Pairs:
        return pairs_of(self.query)


def kind_and_entries(body: bytes, base: str) -> tuple[Kind, list[Asked | Refusal]]:
    """What each entry asks, or why it cannot be understood. Raises Invalid for what is no batch or transaction."""
    bundle = exact_json.parse(body)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        raise Invalid.of("the base takes a Bundle of the type batch or transaction", "Bundle.type", code="structure")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or ("entry" in bundle and not entries):
        raise Invalid.of("entry is a list that is not empty", "Bundle.entry", code="structure")
    if len(entries) > MOST_ENTRIES:
        raise Invalid.of(f"a Bundle has at most {MOST_ENTRIES} entries", "Bundle.entry", code="too-costly")
    return bundle["type"], [_asked(entry, position, base) for position, entry in enumerate(entries)]


def _asked(entry: Any, position: int, base: str) -> Asked | Refusal:
    where = f"Bundle.entry[{position}]"
    try:
        request = _object(_object(entry, where, _ENTRY).get("request"), f"{where}.request", _REQUEST)
        method, url = request.get("method"), request.get("url")
        if method not in METHODS:
            raise Invalid.of(f"method is one of {', '.join(METHODS)}", f"{where}.request.method", code="code-invalid")
        segments, query = _address(url, base, where)
        resource = entry.get("resource")
        if resource is not None:
            _object(resource, f"{where}.resource", None)
        if (resource is not None) != (method in ("POST", "PUT", "PATCH")):
            raise Invalid.of(
                "a resource comes with POST, PUT and PATCH, and with nothing else", where, code="structure"
            )
        texts = [_text(request, name, where) for name in ("ifMatch", "ifNoneMatch", "ifNoneExist")]
        return Asked(position, _text(entry, "fullUrl", where), method, segments, query, resource, *texts)
    except Refusal as refusal:
        return refusal


def _object(value: Any, where: str, known: tuple[str, ...] | None) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Invalid.of("an object is needed here", where, code="structure")
    if known and (unknown := set(value) - set(known)):
        raise Invalid.of("there is no such element", f"{where}.{min(unknown)}"[:200], code="structure")
    return value


def _text(holder: Mapping[str, Any], name: str, where: str) -> str | None:
    value = holder.get(name)
    if value is not None and not (isinstance(value, str) and value):
        raise Invalid.of("a text is needed here", f"{where}.{name}", code="structure")
    return value


def _address(url: Any, base: str, where: str) -> tuple[tuple[str, ...], str]:
    """The path segments below the base, and the query."""
    if not isinstance(url, str) or not url:
        raise Invalid.of("the URL is a text", f"{where}.request.url", code="structure")
    try:
        parts = urlsplit(url.removeprefix(f"{base}/"))
    except ValueError as error:
        raise Invalid.of("the URL cannot be read", f"{where}.request.url") from error
    if parts.scheme or parts.netloc or parts.fragment:
        raise Invalid.of("the URL is relative to this server's base", f"{where}.request.url")
    return tuple(unquote(segment) for segment in parts.path.strip("/").split("/")), parts.query


@dataclass(frozen=True, slots=True)
class Target:
    """What a write is about: a type, and an id or criteria; neither for a create."""

    kind: ResourceType
    id: str | None
    criteria: Pairs | None

    @property
    def which(self) -> str | Pairs:
        """Raises Invalid where the URL names neither."""
        if self.id is not None:
            return self.id
        if self.criteria:
            return self.criteria
        raise Invalid.of("the URL names an id, or criteria", code="structure")


def target_of(asked: Asked, context: Context) -> Target:
    """Raises Refusal where the method cannot be used on the URL."""
    kind = context.server.declared(asked.segments[0])
    if len(asked.segments) > (1 if asked.method == "POST" else 2):
        raise MethodNotAllowed.of(f"{asked.method} takes Type or Type/id here; operations are called by themselves")
    if len(asked.segments) == 2:
        return Target(kind, legal_id(asked.segments[1]), None)
    return Target(kind, None, criteria_of(asked.query) if asked.query else None)


def placed(refusal: Refusal, asked: Asked) -> Refusal:
    """The same refusal, telling which entry it is about."""
    return refusal.placed(lambda expression: _below(expression, asked))


def _below(expression: str | None, asked: Asked) -> str:
    """`Patient.name` of the resource of an entry is `Bundle.entry[1].resource.name`."""
    if expression is None or expression.startswith("Bundle."):
        return expression or asked.where
    head, dot, rest = expression.partition(".")
    if asked.resource is not None and head == asked.resource.get("resourceType"):
        return f"{asked.where}.resource{dot}{rest}"
    return f"{asked.where}.{expression}"
