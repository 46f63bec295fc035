"""The judgement itself: a service that answered so would be caught."""

from collections import Counter

import pytest

from fuzz.judged import Answered, Tally, faults

FHIR = "application/fhir+json; charset=utf-8"
OUTCOME = '{"resourceType": "OperationOutcome"}'


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answered("GET /fhir/Task", 503, FHIR, OUTCOME), ["a server error"]),
        (Answered("GET /health/live", 500, "text/plain", ""), ["a server error"]),
        (Answered("GET /referral/1", 200, "text/plain", 'File "/app/x.py", line 1'), ["a stack trace"]),
        (Answered("GET /fhir/Task", 404, "application/json", OUTCOME), ["not FHIR JSON"]),
        (Answered("GET /fhir/Task", 200, FHIR, "[]"), ["not the resource it should be"]),
        (Answered("GET /fhir/Task", 200, FHIR, "{"), ["not the resource it should be"]),
        (Answered("PUT /fhir/Task/1", 404, FHIR, '{"resourceType": "Task"}'), ["not the resource it should be"]),
        (Answered("PUT /fhir/Task/1", 400, "", ""), ["not FHIR JSON"]),
    ],
)
def test_an_answer_that_must_not_be_is_told(answer: Answered, told: list[str]) -> None:
    assert faults(answer) == told


@pytest.mark.parametrize(
    "answer",
    [
        Answered("GET /fhir/Task/1", 200, FHIR, '{"resourceType": "Task"}'),
        Answered("GET /fhir/Task/2", 404, FHIR, OUTCOME),
        Answered("GET /fhir/Task/1", 304, "", ""),
        Answered("GET /fhir/.well-known/smart-configuration", 200, "application/json", "{}"),
        Answered("POST /referral", 422, "application/problem+json", "{}"),
    ],
)
def test_an_answer_in_order_is_passed(answer: Answered) -> None:
    assert faults(answer) == []


def test_a_tally_tells_each_source_by_class_and_status() -> None:
    tally = Tally({"search": Counter({200: 3, 404: 1, 400: 2})})
    assert tally.requests == 6
    assert tally.told() == ["search        2xx 3 (200 3)  3xx 0  4xx 3 (400 2, 404 1)  5xx 0"]
