"""Whatever anybody sends is answered: never with a fault, and below /fhir always with an OperationOutcome or FHIR."""

import copy
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.broken import places
from fuzz.samples import LABEL, META, PERIOD, PERSON, SAMPLES
from support import CONNECTIONS, Json, Municipality, ok

BOUNDED = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = """
    name family identifier active birthdate subject patient status date period owner _id _lastUpdated _count _sort
    _include _revinclude _total _cursor _format _has _summary name:exact name:contains subject:Patient
"""
TEXTS = """
    2026-01-01 gt2026 ap0001-01-01 9999-12-31T23:59:60Z 0001-01-01T00:00:00+14:00 Patient/1 a|b | || \\ \\, , % -_id * 0
    name,-birthdate Task:owner CarePlan:subject:Patient 999999999999 æ # ../x http://x.example/fhir/Patient/1
"""
PIECES = st.sampled_from([*TEXTS.split(), "", " ", "\x00", "\ufffe", "x" * 900])
VALUES = st.one_of(PIECES, st.text(max_size=12), st.lists(PIECES, max_size=4).map(",".join))
TYPES = st.sampled_from(("Patient", "CarePlan", "CareTeam", "Task", "Questionnaire", "Slot", "æ", "$x", "metadata"))
IDS = st.one_of(st.sampled_from(["x", "psfs", "_search", "$decide", "..", "x" * 70]), st.text(min_size=1, max_size=5))
BELOW = (
    *("", "/_history", "/_history/1", "/_history/x"),
    *("/$decide", "/$psfs-trend", "/$hand-over", "/$check-content", "/$nothing"),
)
HEADERS = ("If-Match", "Prefer", "Accept", "X-Municipality", "X-Request-Id", "If-None-Exist", "Content-Type", "Range")
LATIN = st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")

LONG = "".join(f"{n:x}" for n in range(1500))
"""Longer than an index holds, and not to be compressed much."""
JUNK = st.one_of(
    PIECES,
    st.sampled_from([None, True, -1, 2**80, 1e308, [], {}, [None], [[]], [{}], ["x"], {"x": "y"}, {"reference": "#"}]),
    st.sampled_from([{"reference": "Patient/none"}, {"coding": [{}]}, {"coding": "x"}, {"start": "2026"}, LONG]),
    st.sampled_from([{"start": "9999-12-31T23:59:60Z"}, {"end": "0001-01-01"}, "9999-12-31T23:59:60Z", LABEL, PERIOD]),
)


@st.composite
def spoilt(draw: st.DrawFn) -> Json:
    """A resource that is in order but for one or two values, replaced by anything, or taken out, or both."""
    resource: Any = copy.deepcopy(META | draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from([place for place in places(resource) if place != ("resourceType",)]))
        held = resource
        for step in way:
            held = held[step]
        if draw(st.booleans()):
            held[last] = copy.deepcopy(draw(JUNK))
        elif isinstance(held, dict):
            del held[last]
    return dict(resource)


def answered(answer: httpx.Response) -> None:
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    if answer.status_code >= 400:
        assert answer.json()["resourceType"] == "OperationOutcome"


@BOUNDED
@given(type=TYPES, pairs=st.lists(st.tuples(st.sampled_from(NAMES.split()), VALUES), max_size=5), post=st.booleans())
def test_any_query_is_answered(town: Municipality, type: str, pairs: list[tuple[str, str]], post: bool) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    path = f"/fhir/{quote(type, safe='$')}"
    if post:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answered(town.system.send("POST", f"{path}/_search", content=query, headers=form))
    else:
        answered(town.system.get(f"{path}?{query}"))


@BOUNDED
@given(
    where=st.tuples(TYPES, IDS, st.sampled_from(BELOW), st.text(max_size=10)),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]),
    names=st.lists(st.sampled_from(HEADERS), max_size=3),
    value=st.text(LATIN, max_size=12),
)
def test_any_address_and_header_is_answered(
    town: Municipality, where: tuple[str, str, str, str], method: str, names: list[str], value: str
) -> None:
    type, id, below, query = where
    path = f"{town.address}/fhir/{quote(type, safe='$')}/{quote(id, safe='$')}{below}?{quote(query, safe='&=')}"
    sent = [(name.encode(), text.encode()) for name, text in town.system.headers.items()]
    sent += [(name.encode(), value.strip().encode("latin-1")) for name in names]
    answered(CONNECTIONS.request(method, path, headers=sent, content=b"{}"))


@BOUNDED
@given(resource=spoilt(), put=st.booleans())
def test_any_resource_is_answered(town: Municipality, resource: Json, put: bool) -> None:
    """Over what was in order before, or as something new."""
    for type in ("Patient", "Organization"):
        town.system.put({"resourceType": type, "id": "a", "name": [{"text": "x"}] if type == "Patient" else "x"})
    type = resource["resourceType"]
    if put:
        answered(town.system.put(resource | {"id": "kept"}))
    else:
        answered(town.system.post(f"/fhir/{type}", resource))


def test_the_samples_are_in_order(town: Municipality) -> None:
    """So that what is spoilt gets far."""
    ok(town.system.put({"resourceType": "Patient", "id": "a"}), 201)
    ok(town.system.put({"resourceType": "Organization", "id": "a", "name": "x"}), 201)
    ok(
        town.system.put(
            {"resourceType": "ServiceRequest", "id": "a", "status": "active", "intent": "order", "subject": PERSON}
        ),
        201,
    )
    for sample in SAMPLES:
        ok(town.system.post(f"/fhir/{sample['resourceType']}", META | sample), 201)
