"""What is measured and diagnosed: Observations with a quantity, Conditions."""

from decimal import Decimal
from random import Random
from typing import Final, NamedTuple

from oppfolging_api.generate.names import CONDITIONS
from oppfolging_api.seed.setting import Resource, Story, coded, ref, resource

LOINC: Final = "http://loinc.org"
_UCUM: Final = "http://unitsofmeasure.org"
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"


class _Measure(NamedTuple):
    """A LOINC code and its display, the unit, and the range of values in tenths."""

    code: str
    display: str
    unit: str
    low: int
    high: int


_MEASURES: Final = (
    _Measure("29463-7", "Body weight", "kg", 420, 1300),
    _Measure("8867-4", "Heart rate", "/min", 450, 1200),
    _Measure("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 45, 120),
)


def observation(story: Story, key: int, on: int, performer: str, rng: Random) -> Resource:
    measure = rng.choice(_MEASURES)
    value = Decimal(rng.randint(measure.low, measure.high)) / 10
    return resource(
        "Observation",
        f"{story.person}-observation-{key}",
        status="final",
        code=coded(LOINC, measure.code, measure.display),
        subject=story.subject,
        effectiveDateTime=story.at(on, 9),
        performer=[ref(performer)],
        valueQuantity={"value": value, "unit": measure.unit, "system": _UCUM, "code": measure.unit},
    )


def condition(story: Story, on: int, rng: Random) -> Resource:
    return resource(
        "Condition",
        f"{story.person}-condition",
        clinicalStatus=coded(_CLINICAL, "active"),
        code={"text": rng.choice(CONDITIONS)},
        subject=story.subject,
        recordedDate=story.day(on),
    )
