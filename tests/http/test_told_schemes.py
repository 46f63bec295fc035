"""How a token is to be shown is told to those who ask before they have one: as Bearer, or as DPoP (RFC 9449)."""

import json
from pathlib import Path

import httpx

from support import NO_TLS, ok

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))


def test_the_capability_statement_tells_of_both(server: str) -> None:
    (rest,) = ok(httpx.get(f"{server}/fhir/metadata", verify=NO_TLS), 200)["rest"]
    told = rest["security"]["description"]
    assert [word for word in ("Bearer", "RFC 6750", "DPoP", "RFC 9449") if word not in told] == []


def test_the_description_of_the_interface_tells_of_both() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {name: (one["type"], one["scheme"]) for name, one in schemes.items()} == {
        "HTTPBearer": ("http", "bearer"),
        "DPoP": ("http", "DPoP"),
    }
    assert "RFC 9449" in schemes["DPoP"]["description"]


def test_whatever_needs_a_token_takes_either() -> None:
    told = [one["security"] for path in DOCUMENT["paths"].values() for one in path.values() if "security" in one]
    assert len(told) > 20
    assert [one for one in told if one != [{"HTTPBearer": []}, {"DPoP": []}]] == []
