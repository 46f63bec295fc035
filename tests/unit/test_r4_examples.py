"""HL7's own R4 examples are accepted, and come back with every element and number as sent."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oppfolging_api.fhir.exact_json import dump, parse
from oppfolging_api.fhir.validation import references, second_reading, walked

FOLDER = Path(__file__).parents[3] / "shared/r4-examples"
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.json"))
REFUSED = {
    "Questionnaire-zika-virus-exposure-assessment.json": [
        ("invariant", "txt-2: the narrative is blank", "Questionnaire.text.div")
    ],
}
"""Examples that break the specification they belong to."""

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="the R4 examples are not beside the repository")


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def example(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def literal_numbers(body: bytes) -> Any:
    """JSON with each number as the text it is."""
    return json.loads(body, parse_float=lambda text: f"number {text}", parse_int=lambda text: f"number {text}")


def test_an_example_is_accepted_or_refused_for_a_reason(name: str) -> None:
    resource = parse(example(name))
    found = [(issue.code, issue.diagnostics, issue.expression) for issue in walked(resource, resource["resourceType"])]
    assert found == REFUSED.get(name, [])


def test_the_second_reader_accepts_every_example(name: str) -> None:
    resource = parse(example(name))
    assert list(second_reading(resource, resource["resourceType"])) == []


def test_an_example_comes_back_as_sent(name: str) -> None:
    assert literal_numbers(dump(parse(example(name)))) == literal_numbers(example(name))


def test_every_reference_of_an_example_is_found(name: str) -> None:
    resource = parse(example(name))
    found = sorted(reference.reference for reference in references(resource, resource["resourceType"]))
    assert found == sorted(all_references(json.loads(example(name), parse_float=Decimal)))


def all_references(value: Any) -> list[str]:
    """By brute force: in these examples every text named `reference` is one."""
    if isinstance(value, list):
        return [found for item in value for found in all_references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    below = [found for item in value.values() for found in all_references(item)]
    return [found for found in own if not found.startswith("#")] + below


def test_the_examples_are_there_in_number() -> None:
    assert len(EXAMPLES) >= 120
    assert set(REFUSED) <= set(EXAMPLES)
