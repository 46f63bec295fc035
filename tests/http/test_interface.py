"""The interface as it is described: openapi.json, and pages that fetch nothing from elsewhere."""

import json
import re
from pathlib import Path

from support import Api, ok

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"


def test_the_committed_description_is_the_one_served(server: str) -> None:
    served = ok(Api(server, None).get("/openapi.json"), 200)
    assert json.loads(COMMITTED.read_text()) == served, "run `make openapi`"


def test_every_address_of_the_interface_is_described() -> None:
    paths = json.loads(COMMITTED.read_text())["paths"]
    assert sorted(paths) == [
        "/fhir",
        "/fhir/.well-known/smart-configuration",
        "/fhir/_history",
        "/fhir/_search",
        "/fhir/metadata",
        "/fhir/{type}",
        "/fhir/{type}/${operation}",
        "/fhir/{type}/_history",
        "/fhir/{type}/_search",
        "/fhir/{type}/{id}",
        "/fhir/{type}/{id}/${operation}",
        "/fhir/{type}/{id}/_history",
        "/fhir/{type}/{id}/_history/{version}",
        "/fhir/{type}/{id}/{inner}",
        "/fhir/{type}/{id}/{inner}/_search",
        "/health/live",
        "/health/ready",
        "/referral",
        "/referral/apprec",
        "/referral/screening",
        "/referral/{id}",
        "/referral/{id}/messages",
        "/referral/{id}/messages/{message}",
    ]


def test_the_documentation_fetches_nothing_from_elsewhere(server: str) -> None:
    api = Api(server, None)
    page = api.get("/docs")
    assert page.status_code == 200
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sorted(assets) == [
        "/docs/assets/favicon-32x32.png",
        "/docs/assets/swagger-ui-bundle.js",
        "/docs/assets/swagger-ui.css",
    ]
    assert [api.get(asset).status_code for asset in assets] == [200, 200, 200]
    assert "://" not in page.text


def test_what_is_not_there_is_said_in_the_right_form(server: str) -> None:
    api = Api(server, None)
    outside = api.get("/nothing")
    assert (outside.status_code, outside.headers["content-type"]) == (404, "application/problem+json")
    assert outside.json()["detail"] == "there is nothing at this address"
    below = api.get("/fhir/a/b/c/d/e")
    assert (below.status_code, below.json()["resourceType"]) == (404, "OperationOutcome")
    method = api.send("OPTIONS", "/fhir/Patient/1")
    assert (method.status_code, method.json()["resourceType"]) == (405, "OperationOutcome")
    assert set(method.headers["allow"].split(", ")) >= {"GET"}
