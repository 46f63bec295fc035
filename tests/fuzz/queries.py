"""Searches by every parameter the service declares, with values that fit its kind and values that do not."""

from random import Random
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from fuzz.drawing import CHANCES
from fuzz.primitives import ODD_TEXTS
from fuzz.world import IDS, ROLES, SERVED
from oppfolging_api.resources import served

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "token": ("x", "urn:x|x", "|x", "urn:x|", "|", "active,final", "x\\,y", "true", "a|b|c"),
    "reference": ("Patient/a", "a", "http://x.example/fhir/Patient/1", "Patient/a,Patient/b", "Group/a", "urn:x", "#c"),
    "date": (
        "2026",
        "gt2026-01-01",
        "le9999-12-31",
        "ap2026-02",
        "ne2026-01-01T00:00:00Z",
        "eb0001",
        "xx2026",
        "2026-02-30",
    ),
    "string": ("kari", "Åse", "aa", "a,b", "\\", "%", "_", " "),
    "uri": ("http://x.example/a", "urn:x", "x"),
    "quantity": ("5", "gt1.5e3", "5||km", "5|http://unitsofmeasure.org|km", "1e400", "NaN", "ap0", "-"),
    "composite": ("x$y", "urn:x|x$gt5", "x", "$", "x$2026$z"),
    "special": ("x",),
}
ODD: Final = (*ODD_TEXTS, "", ",", "\x00", "x" * 4000, "\ud7ff", "9" * 40, "'", "(", "*", "$", "|" * 50)
MODIFIERS: Final = (
    "",
    "",
    "",
    ":missing",
    ":exact",
    ":contains",
    ":not",
    ":text",
    ":in",
    ":of-type",
    ":identifier",
    ":x",
    ":Patient.name",
)
CONTROL: Final[dict[str, tuple[str, ...]]] = {
    "_count": ("0", "1", "1000", "-1", "x", "99999999999999999999"),
    "_sort": ("_id", "-_lastUpdated", "date,-status", "x", "-", "name,name"),
    "_include": ("*", "CarePlan:subject", "CareTeam:participant", "Patient:x", "x"),
    "_revinclude": ("*", "Task:patient", "Goal:subject", "Provenance:target:Patient"),
    "_summary": ("true", "text", "data", "count", "false", "x"),
    "_elements": ("id,status", "x.y", ""),
    "_total": ("none", "estimate", "accurate", "x"),
    "_has": ("",),
    "_has:Task:patient:status": ("requested",),
    "_has:CareTeam:subject:_has:Goal:x:y": ("z",),
    "_cursor": ("x", "e30", ""),
    "_lastUpdated": ("gt2020", "2026-01-01T00:00:00.000Z", "x"),
    "_since": ("2026-01-01T00:00:00Z", "2026", "x", "0001-01-01T00:00:00+14:00"),
    "_at": ("2026", "x"),
    "_type": ("Patient,Task", "x"),
    "_format": ("json", "xml", "application/fhir+json", "x"),
    "_tag": ("x", "|"),
    "_profile": ("x",),
    "_security": ("x|health",),
    "_id": ("a", "a,b", "x" * 70),
}


@st.composite
def searches(draw: st.DrawFn) -> tuple[Any, ...]:
    """(role, method, path, body, headers): by GET or POST, of a type, everything, a compartment, or a history."""
    chance = draw(CHANCES)
    kind = chance.choice(SERVED)
    asked = "&".join(_pair(chance, kind) for _ in range(chance.randint(0, 4)))
    owner = chance.choice(("Patient", "Practitioner", "RelatedPerson", kind))
    place = chance.choice(
        (kind, kind, kind, "", f"{owner}/a/{kind}", f"{kind}/_history", f"{kind}/a/_history", "_history")
    )
    role = chance.choice(ROLES)
    if "_history" in place or chance.random() < 0.7:
        return role, "GET", f"/fhir/{place}?{asked}" if place else f"/fhir?{asked}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return role, "POST", f"/fhir/{place}/_search" if place else "/fhir/_search", asked.encode(), form


def criteria(chance: Random, kind: str) -> str:
    """Of a conditional interaction; mostly they select one or nothing."""
    if chance.random() < 0.5 or kind not in IDS:
        return chance.choice(("identifier=urn:x|1", "identifier=none", "_id=k1", "_id=a", "_tag=x", "x=y", ""))
    return _pair(chance, kind)


def _pair(chance: Random, kind: str) -> str:
    if chance.random() < 0.3:
        name = chance.choice(sorted(CONTROL))
        value = chance.choice(CONTROL[name])
    else:
        declared = chance.choice(served()[kind].search)
        name = declared.name + chance.choice(MODIFIERS)
        value = chance.choice(VALUES[declared.kind])
    if chance.random() < 0.15:
        value = chance.choice(ODD)
    return f"{quote(name, safe=':')}={quote(value, safe='')}"
