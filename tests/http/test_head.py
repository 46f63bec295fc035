"""HEAD is GET without the body, wherever there is GET."""

import pytest

from audit import Store
from oppfolging_api.settings import Settings
from support import Api, Municipality

HEADERS = ("content-type", "content-length", "etag", "last-modified")


@pytest.mark.parametrize(
    "path",
    [
        "Organization/{id}",
        "Organization/{id}/_history",
        "Organization/{id}/_history/1",
        "Organization?name=nothing",
        "Organization/nobody",
        "Organization/{id}/$nothing",
        "metadata",
        ".well-known/smart-configuration",
    ],
)
def test_head_has_the_headers_of_get(town: Municipality, path: str) -> None:
    address = f"/fhir/{path.format(id=town.unit_office['id'])}"
    got, told = town.system.get(address), town.system.send("HEAD", address)
    assert told.content == b""
    assert told.status_code == got.status_code
    for name in HEADERS:
        assert told.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("path", ["Organization/_history?_since=2999", "_history?_since=2999"])
def test_head_of_a_feed(town: Municipality, path: str) -> None:
    """Its links are sealed anew every time, yet of one length."""
    got, told = town.system.get(f"/fhir/{path}"), town.system.send("HEAD", f"/fhir/{path}")
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-type"] == got.headers["content-type"]


def test_head_of_what_the_client_has(town: Municipality) -> None:
    answer = town.system.send("HEAD", f"/fhir/Organization/{town.unit_office['id']}", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["etag"]) == (304, 'W/"1"')


def test_head_is_logged_as_the_read_it_is_and_refused_as_one(town: Municipality, settings: Settings) -> None:
    patient = town.person()
    address = f"/fhir/Patient/{patient['id']}"
    answer = town.unit.send("HEAD", address)
    assert Store(settings).what(answer) == [("read", 200, "Patient", patient["id"], patient["id"])]
    assert Api(town.address, None).send("HEAD", address).status_code == 401
    assert town.employee().as_("team").send("HEAD", address).status_code == 404
