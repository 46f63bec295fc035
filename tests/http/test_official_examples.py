"""HL7's own R4 examples of the types served come back element for element, or are refused for a reason told here."""

import json
from pathlib import Path
from typing import Any

import pytest

from support import FHIR_JSON, Municipality, issues

FOLDER = Path(__file__).parents[3] / "shared/r4-examples"
SERVED = frozenset(
    (
        *("Appointment", "AppointmentResponse", "CarePlan", "CareTeam", "Communication", "Composition", "Condition"),
        *("Consent", "DocumentReference", "Goal", "HealthcareService", "Location", "Observation", "Organization"),
        *("Patient", "Practitioner", "PractitionerRole", "Provenance", "Questionnaire", "QuestionnaireResponse"),
        *("RelatedPerson", "ServiceRequest", "Task"),
    )
)
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.json") if path.name.partition("-")[0] in SERVED)
REFUSED = {
    "Consent-consent-example-Emergency.json": (422, [("business-rule", "Consent.provision.provision[0]")]),
    "Questionnaire-zika-virus-exposure-assessment.json": (400, [("invariant", "Questionnaire.text.div")]),
}
"""A denial in a consent to something else than sharing, which could not be enforced; narrative that is blank."""

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="the R4 examples are not beside the repository")


def read_exactly(body: bytes) -> Any:
    """JSON with each number as the text it is."""
    return json.loads(body, parse_float=lambda text: f"number {text}", parse_int=lambda text: f"number {text}")


def on_its_own(value: Any) -> Any:
    """The same with every reference to another resource as one by identifier, since the others are not there."""
    if isinstance(value, list):
        return [on_its_own(item) for item in value]
    if not isinstance(value, dict):
        return value
    held = {name: on_its_own(item) for name, item in value.items()}
    link = held.get("reference")
    if isinstance(link, str) and not link.startswith(("#", "http")):
        held = {name: item for name, item in held.items() if name != "reference"} | {"identifier": {"value": link}}
    return held


def without_version(resource: Any) -> Any:
    """What is the client's own."""
    meta = {name: item for name, item in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    return {name: item for name, item in resource.items() if name != "meta"} | ({"meta": meta} if meta else {})


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_kept_as_it_is(town: Municipality, name: str) -> None:
    body = (FOLDER / name).read_bytes()
    sent = on_its_own(read_exactly(body))
    answer = town.system.send(
        "PUT",
        f"/fhir/{sent['resourceType']}/{sent['id']}",
        content=numbers_restored(sent),
        headers={"Content-Type": FHIR_JSON},
    )
    if name in REFUSED:
        status, found = REFUSED[name]
        assert issues(answer, status) == found
        return
    assert answer.status_code == 201, answer.text
    read = town.system.get(f"/fhir/{sent['resourceType']}/{sent['id']}")
    assert without_version(read_exactly(read.content)) == without_version(sent)


def numbers_restored(value: Any) -> str:
    """JSON text of what `read_exactly` gave."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{numbers_restored(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(numbers_restored, value)) + "]"
    if isinstance(value, str) and value.startswith("number "):
        return value.removeprefix("number ")
    return json.dumps(value)


def test_the_examples_are_there_in_number() -> None:
    assert len(EXAMPLES) >= 109
    assert set(REFUSED) <= set(EXAMPLES)
