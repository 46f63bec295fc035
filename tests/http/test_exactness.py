"""What a client wrote is what everybody reads: numbers, times and letters, to the last digit."""

import json
import re

import pytest

from support import FHIR_JSON, Municipality

DECIMALS = (
    *("1.50", "1.500", "0.00", "-0.0", "-0", "1e3", "1.0E-7", "0.1"),
    *("9007199254740993", "100000000000000000000", "3.141592653589793238462643"),
)


def create(town: Municipality, type: str, elements: bytes) -> str:
    """The id of what is made of raw JSON."""
    body = b'{"resourceType":"' + type.encode() + b'",' + elements + b"}"
    answer = town.system.send("POST", f"/fhir/{type}", content=body, headers={"Content-Type": FHIR_JSON})
    assert answer.status_code == 201, answer.text
    assert elements in answer.content
    return str(answer.json()["id"])


def everywhere(town: Municipality, type: str, id: str) -> list[bytes]:
    """The resource as a read, a read of its version, a history and a search tell it."""
    paths = (f"{type}/{id}", f"{type}/{id}/_history/1", f"{type}/{id}/_history", f"{type}?_id={id}")
    return [town.system.get(f"/fhir/{path}").content for path in paths]


@pytest.mark.parametrize("number", DECIMALS)
def test_a_decimal_keeps_its_digits(town: Municipality, number: str) -> None:
    extension = b'"extension":[{"url":"http://a.example/weight","valueDecimal":%b}]' % number.encode()
    id = create(town, "Patient", extension)
    for told in everywhere(town, "Patient", id):
        assert extension in told


def test_a_decimal_keeps_its_digits_through_an_update(town: Municipality) -> None:
    id = create(town, "Patient", b'"active":true')
    extension = b'"extension":[{"url":"http://a.example/weight","valueDecimal":72.50}]'
    body = b'{"resourceType":"Patient","id":"%b",%b}' % (id.encode(), extension)
    answer = town.system.send("PUT", f"/fhir/Patient/{id}", content=body, headers={"Content-Type": FHIR_JSON})
    assert answer.status_code == 200
    assert extension in town.system.get(f"/fhir/Patient/{id}").content


@pytest.mark.parametrize(
    "instant",
    [
        "2026-03-14T09:00:00Z",
        "2026-03-14T09:00:00.0Z",
        "2026-03-14T09:00:00.1234567+01:00",
        "2026-03-14T09:00:00-00:00",
        "2016-12-31T23:59:60Z",
        "2026-03",
    ],
)
def test_a_time_keeps_its_zone_and_precision(town: Municipality, instant: str) -> None:
    authored = b'"status":"requested","intent":"order","authoredOn":"%b"' % instant.encode()
    id = create(town, "Task", authored)
    for told in everywhere(town, "Task", id):
        assert authored in told


def test_letters_and_order_are_kept(town: Municipality) -> None:
    name = '"name":[{"given":["Bjørg","  Åse "],"family":"Sæther 👩‍⚕️ \\"x\\" \\\\ /"}],"gender":"female"'.encode()
    id = create(town, "Patient", name)
    for told in everywhere(town, "Patient", id):
        assert name in told


def test_letters_that_are_written_as_numbers_are_the_same_letters(town: Municipality) -> None:
    body = b'{"resourceType":"Organization","name":"B\\u00e5t \\ud83d\\udea4"}'
    answer = town.system.send("POST", "/fhir/Organization", content=body, headers={"Content-Type": FHIR_JSON})
    assert answer.json()["name"] == "Båt 🚤"
    assert town.system.read("Organization", answer.json()["id"])["name"] == "Båt 🚤"


def test_a_byte_order_mark_and_white_space_are_no_part_of_it(town: Municipality) -> None:
    body = b'\xef\xbb\xbf {\r\n\t"resourceType" : "Organization", "name":"x" }\n'
    answer = town.system.send("POST", "/fhir/Organization", content=body, headers={"Content-Type": FHIR_JSON})
    assert answer.status_code == 201
    assert town.system.get(f"/fhir/Organization/{answer.json()['id']}").content.startswith(b'{"resourceType":"Organ')


def test_the_server_adds_its_meta_and_nothing_else(town: Municipality) -> None:
    id = create(town, "Organization", b'"language":"nb","name":"x"')
    told = town.system.get(f"/fhir/Organization/{id}").content
    meta = rb'"meta":\{"versionId":"1","lastUpdated":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}'
    head = rb'\{"resourceType":"Organization","id":"%b",' % id.encode()
    assert re.fullmatch(head + meta + rb',"language":"nb","name":"x"\}', told)
    assert json.loads(told)["id"] == id
