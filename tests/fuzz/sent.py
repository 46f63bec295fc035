"""Requests of a client that writes: creates, updates, patches, bundles and operations, with whole and broken bodies."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from fuzz.broken import EXTENSIONS, JUNK, bodies, places, spoilt, written
from fuzz.drawing import CHANCES
from fuzz.invariants import SAMPLES, Object
from fuzz.queries import criteria, searches
from fuzz.valid import resources
from fuzz.world import ROLES, WRITTEN

PREFERENCES: Final = ("return=minimal", "return=representation", "return=OperationOutcome", "return=x, handling=strict")
CONDITIONS: Final = ('W/"1"', 'W/"2"', '"1"', "*", "x", 'W/"99999999999999999999"')
OPERATIONS: Final = (
    *("$validate", "$meta", "$meta-add", "$meta-delete", "$everything", "$decide", "$psfs-trend", "$hand-over"),
    *("$appoint-coordinator", "$check-content", "$nothing"),
)
PARAMETERS: Final = (
    *("resource", "mode", "profile", "meta", "outcome", "reason", "step", "contact", "review", "explained", "_since"),
    *("coordinator", "role", "from", "start", "_type", "language"),
)
VALUES: Final[tuple[Object, ...]] = (
    *({"valueCode": code} for code in ("create", "update", "delete", "team", "no-need", "declined")),
    *({"valueString": text} for text in ("Fordi", "\x00", "x" * 5000)),
    *({"valueReference": {"reference": to}} for to in ("PractitionerRole/a", "Patient/none", "#x")),
    {"valueMeta": {"tag": [{"system": "urn:x", "code": "y"}]}},
    {"valueMeta": {"security": [{"system": "urn:x", "code": "y"}], "tag": [{}]}},
    {"valueDate": "2027-01-01"},
    {"valueDateTime": "9999-12-31T23:59:59-14:00"},
    {"valueInteger": 2**40},
    {"part": [{"name": "x", "valueCode": "y"}]},
    {},
)


_META: Final = next(n for n, value in enumerate(VALUES) if "valueMeta" in value)


@dataclass(frozen=True, slots=True)
class Sent:
    role: str
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    """Nothing that R4 defines is wrong with the body."""


Paths = list[tuple[str | int, ...]]
STEPS: Final[Paths] = [("contained", 0), ("resourceType",), ("id",), ("meta", "security"), ("x",), ("",)]
GOOD_STEPS: Final[tuple[Object, ...]] = (
    {"op": "add", "path": "/extension", "value": [{"url": "urn:x", "valueInteger": 1}]},
    {"op": "add", "path": "/language", "value": "nb"},
    {"op": "add", "path": "/meta/tag", "value": [{"code": "x"}]},
    {"op": "add", "path": "/text", "value": SAMPLES["Narrative"][0]},
)


def _role(chance: Random) -> str:
    """Those who may write most come most."""
    return chance.choice((*("system", "coordinating-unit") * 5, "coordinator", "coordinator", *ROLES))


@st.composite
def created(draw: st.DrawFn) -> Sent:
    """By who may create anything."""
    resource = draw(resources())
    return Sent("coordinating-unit", "POST", f"/fhir/{resource['resourceType']}", written(resource), whole=True)


@st.composite
def writes(draw: st.DrawFn) -> Sent:
    """A create or an update, or a conditional one."""
    chance = draw(CHANCES)
    if whole := chance.random() < 0.4:
        resource = draw(resources())
        kind, body = str(resource["resourceType"]), written(resource)
    else:
        kind, body = draw(bodies())
    headers = {"Content-Type": "application/fhir+json"}
    for name, values in (("Prefer", PREFERENCES), ("If-Match", CONDITIONS)):
        if chance.random() < 0.15:
            headers[name] = chance.choice(values)
    method, path, more = chance.choice(_WAYS)(chance, kind)
    if method == "PUT" and path.count("/") == 3:
        body = body.replace(b"{", b'{"id": "%s", ' % path.rpartition("/")[2].encode(), 1)
    return Sent(_role(chance), method, path, body, headers | more, whole)


_WAYS: Final[tuple[Callable[[Random, str], tuple[str, str, dict[str, str]]], ...]] = (
    lambda _, kind: ("POST", f"/fhir/{kind}", {}),
    lambda _, kind: ("POST", f"/fhir/{kind}", {}),
    lambda chance, kind: ("POST", f"/fhir/{kind}", {"If-None-Exist": criteria(chance, kind)}),
    lambda chance, kind: ("PUT", f"/fhir/{kind}?{criteria(chance, kind)}", {}),
    lambda chance, kind: ("PUT", f"/fhir/{kind}/{chance.choice(('a', 'k1', 'k2', 'x' * 64))}", {}),
    lambda chance, kind: ("PUT", f"/fhir/{kind}/{chance.choice(('k1', 'k2'))}", {}),
)


@st.composite
def patches(draw: st.DrawFn) -> Sent:
    """Of each form of patch, of paths that a resource of the type could have, and of others."""
    chance = draw(CHANCES)
    kind = chance.choice(WRITTEN)
    steps = [*places(draw(resources(kind))), *STEPS]
    media, patch = chance.choice(_PATCHES)
    made = patch(chance, kind, [chance.choice(steps) for _ in range(chance.randint(1, 3))])
    one = f"{kind}/{chance.choice(('a', 'a', 'a', 'k1', 'none'))}"
    where = one if chance.random() < 0.9 else f"{kind}?{criteria(chance, kind)}"
    return Sent(_role(chance), "PATCH", f"/fhir/{where}", written(made), {"Content-Type": media})


def _operations(chance: Random, _kind: str, paths: Paths) -> list[Object]:
    return [_operation(chance, path) if chance.random() < 0.6 else chance.choice(GOOD_STEPS) for path in paths]


def _merged(chance: Random, _kind: str, paths: Paths) -> Object:
    return {str(path[0]): chance.choice((*JUNK, None)) for path in paths} | {"language": "nn"}


def _parameters(chance: Random, kind: str, paths: Paths) -> Object:
    good = {
        "name": "operation",
        "part": [
            {"name": "type", "valueCode": "add"},
            {"name": "path", "valueString": kind},
            {"name": "name", "valueString": "extension"},
            {"name": "value", "valueExtension": {"url": "urn:x", "valueString": "Lagt til"}},
        ],
    }
    steps = [_fhirpath(chance, kind, path) if chance.random() < 0.6 else good for path in paths]
    return {"resourceType": "Parameters", "parameter": steps}


def _operation(chance: Random, path: tuple[str | int, ...]) -> Object:
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    last = chance.choice(("", "/-", "/0", "/99999999999999999999", "/x", ""))
    made: Object = {
        "op": chance.choice(("add", "replace", "remove", "test", "move", "copy", "x")),
        "path": pointer + last,
    }
    if chance.random() < 0.8:
        made["value"] = chance.choice(JUNK + EXTENSIONS)
    if made["op"] in ("move", "copy"):
        made["from"] = chance.choice(("/id", "/meta", pointer, "", "/x/y"))
    return made


def _fhirpath(chance: Random, kind: str, path: tuple[str | int, ...]) -> Object:
    told = kind + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    odd = chance.choice(
        (told, told, told, f"{told}.first()", f"{kind}.where(", "æ", "", f"{told}[99999999999999999999]")
    )
    parts: list[Object] = [
        {"name": "type", "valueCode": chance.choice(("add", "insert", "delete", "replace", "move", "x"))},
        {"name": "path", "valueString": odd},
        {"name": "name", "valueString": str(chance.choice(("note", "extension", "status", path[-1])))},
        {"name": "index", "valueInteger": chance.choice((0, 1, -1, 2**31))},
        {"name": "source", "valueInteger": 0},
        {"name": "destination", "valueInteger": chance.choice((0, 5))},
        {"name": "value", **chance.choice(VALUES)},
    ]
    return {"name": "operation", "part": [part for part in parts if chance.random() < 0.85]}


_PATCHES: Final[tuple[tuple[str, Callable[[Random, str, Paths], Any]], ...]] = (
    ("application/json-patch+json", _operations),
    ("application/fhir+json", _parameters),
    ("application/merge-patch+json", _merged),
)


@st.composite
def bundles(draw: st.DrawFn) -> Sent:
    """A batch or a transaction of whole and spoilt resources, reads, searches and deletes that refer to one another."""
    chance = draw(CHANCES)
    entries = [_entry(draw, chance, n) for n in range(chance.randint(1, 5))]
    bundle: Object = {
        "resourceType": "Bundle",
        "type": chance.choice(("batch", "batch", "transaction")),
        "entry": entries,
    }
    if chance.random() < 0.1:
        bundle["type"] = chance.choice(("searchset", "x", 1, None))
    if chance.random() < 0.1:
        bundle["entry"] = chance.choice((*JUNK, entries * 60))
    return Sent(_role(chance), "POST", "/fhir", written(bundle))


def _entry(draw: st.DrawFn, chance: Random, n: int) -> Object:
    resource = draw(resources() if chance.random() < 0.7 else spoilt())
    kind = resource.get("resourceType")
    request: Object = chance.choice(
        (
            {"method": "POST", "url": kind},
            {"method": "POST", "url": kind, "ifNoneExist": criteria(chance, str(kind))},
            {"method": "PUT", "url": f"{kind}/k{n}"},
            {"method": "PUT", "url": f"{kind}?{criteria(chance, str(kind))}"},
            {"method": "GET", "url": f"{kind}?{criteria(chance, str(kind))}"},
            {"method": "GET", "url": f"{kind}/a", "ifNoneMatch": 'W/"1"'},
            {"method": "DELETE", "url": f"{kind}/k1", "ifMatch": chance.choice(CONDITIONS)},
            {"method": chance.choice(("HEAD", "PATCH", "x", None)), "url": chance.choice(("", "/", "æ", "../x", 1))},
        )
    )
    if chance.random() < 0.3:
        resource = resource | {"extension": [{"url": "urn:x", "valueReference": {"reference": f"urn:uuid:{_uuid(0)}"}}]}
    entry: Object = {"fullUrl": f"urn:uuid:{_uuid(n)}", "request": request}
    return entry if request["method"] in ("GET", "DELETE") else entry | {"resource": resource | {"id": f"k{n}"}}


def _uuid(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012}"


@st.composite
def operations(draw: st.DrawFn) -> Sent:
    """An operation asked as it wants to be, or as it does not, or one that is none, on a type or an instance."""
    chance = draw(CHANCES)
    kind = chance.choice((*WRITTEN, "Patient", "CareTeam", "ServiceRequest", "ValueSet"))
    where = f"{kind}/{chance.choice(('a', 'a', 'k1', 'none'))}" if chance.random() < 0.8 else kind
    if chance.random() < 0.25:
        where, name = chance.choice(
            ((where, chance.choice(OPERATIONS)), ("Patient/a", "$everything"), (where, "$meta"))
        )
        asked = chance.choice(
            ("", "_count=3", "_type=Goal,Task&_count=1", "_type=x", "_since=2026-01-01T00:00:00Z", "_count=x")
        )
        return Sent(_role(chance), "GET", f"/fhir/{where}/{name}?{asked}")
    resource = draw(resources(kind) if kind in WRITTEN else spoilt())
    path, parameters = chance.choice((*_proper(kind, resource), (f"{where}/{chance.choice(OPERATIONS)}", _any(chance))))
    body = written({"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {}))
    if chance.random() < 0.15:
        _, body = draw(bodies())
    return Sent(_role(chance), "POST", f"/fhir/{path}", body)


def _proper(kind: str, resource: Object) -> list[tuple[str, list[Object]]]:
    """(path, parameters) of operations asked as they want to be."""
    given: Object = {"name": "resource", "resource": resource}
    modes = [{"name": "mode", "valueCode": mode} for mode in ("create", "update", "delete")]
    reason: Object = {"name": "reason", "valueString": "Fordi"}
    outcome: Object = {"name": "outcome", "valueCode": "measures"}
    member: Object = {"name": "coordinator", "valueReference": {"reference": "PractitionerRole/a"}}
    return [
        (f"{kind}/$validate", [given]),
        (f"{kind}/$validate", [given, modes[0]]),
        (f"{kind}/a/$validate", [{"name": "resource", "resource": resource | {"id": "a"}}, modes[1]]),
        (f"{kind}/a/$validate", [modes[2]]),
        (f"{kind}/a/$meta-add", [{"name": "meta", **VALUES[_META]}]),
        (f"{kind}/a/$meta-delete", [{"name": "meta", **VALUES[_META]}]),
        ("ServiceRequest/a/$decide", [outcome, reason]),
        ("CareTeam/a/$appoint-coordinator", [member, reason]),
        ("CareTeam/a/$hand-over", [member, reason]),
    ]


def _any(chance: Random) -> list[Object]:
    return [{"name": name} | chance.choice(VALUES) for name in chance.sample(PARAMETERS, chance.randint(0, 4))]


@st.composite
def referrals(draw: st.DrawFn) -> Sent:
    """A report of need that is in order but for what is drawn into it."""
    chance = draw(CHANCES)
    form: Object = {
        "messageId": str(chance.randrange(10**9)),
        "patient": {"name": "Kari", "birthDate": "1950-02-01"},
        "reason": "Klarer ikke hverdagen",
        "consentToShare": True,
        "personInformed": True,
    }
    if chance.random() < 0.7:
        name = chance.choice((*form, "services", "criteria", "whatMatters", "x"))
        form[name] = chance.choice((*JUNK, *({"name": text} for text in ("", "\x00", "Åse")), "\ud800", "x" * 5000))
    body = json.dumps(form).encode()
    return Sent("referrer", "POST", "/referral", body, {"Content-Type": "application/json"})


KINDS: Final[Mapping[str, tuple[int, st.SearchStrategy[Sent]]]] = {
    "create whole": (20, created()),
    "write": (35, writes()),
    "patch": (10, patches()),
    "bundle": (8, bundles()),
    "operation": (10, operations()),
    "search": (14, searches().map(lambda asked: Sent(*asked))),
    "referral": (3, referrals()),
}
"""With the share of each, of a hundred."""
