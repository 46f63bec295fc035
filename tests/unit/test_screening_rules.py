"""The rules of the screening are data that hold together, or the service does not start."""

import json
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from oppfolging_api.referral import screening
from oppfolging_api.referral.form import Criterion
from oppfolging_api.referral.screening.rules import CURRENT, Rules

WRITTEN: dict[str, Any] = json.loads((files(screening) / "rules.json").read_text(encoding="utf-8"))
RULE = {
    "id": "medicines",
    "criterion": "several-medicines",
    "description": "Some medicines.",
    "when": [{"what": "medicines", "least": 3}],
    "nb": "{medicines} av {medicines_least}",
    "nn": "{medicines} av {medicines_least}",
}


def with_rule(**elements: Any) -> dict[str, Any]:
    return WRITTEN | {"rules": [RULE | elements]}


def faults(written: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        Rules.model_validate(written)
    return [fault["msg"].removeprefix("Value error, ") for fault in refused.value.errors()]


def test_the_version_that_these_tests_are_about() -> None:
    assert (CURRENT.id, CURRENT.version) == ("screening", "1.0")
    assert "Helsedirektoratet" in CURRENT.source.nb
    assert "forslag" in CURRENT.source.nb  # the guide has no figures: whose the thresholds are is said


def test_a_service_with_several_only_asks() -> None:
    assert [rule.id for rule in CURRENT.rules if rule.criterion == "several-services"] == []
    assert CURRENT.settled[Criterion.SEVERAL_SERVICES] == ()


def test_what_a_list_means() -> None:
    assert {"Z00", "Z05", "Z29"} <= CURRENT.lists["social"].whole
    assert not {"Z30", "Z45", "Z69", "Z70"} & CURRENT.lists["social"].whole
    assert {"P01", "P28", "P70", "P99"} <= CURRENT.lists["mental"].whole
    assert not {"P45", "P50"} & CURRENT.lists["mental"].whole
    assert CURRENT.lists["dependence"].whole == {"P15", "P16", "P18", "P19"}
    assert len(CURRENT.lists["limitedFunction"].whole) == 17  # the chapters of ICPC-2
    assert not {"K86", "T82", "T93", "A97", "R74"} & CURRENT.lists["longLasting"].whole


def test_every_text_is_in_both_languages_and_of_its_own() -> None:
    texts = [(rule.nb, rule.nn) for rule in CURRENT.rules]
    assert len(texts) == 18
    assert len(set(texts)) == 18


def test_a_rule_that_is_one() -> None:
    assert [rule.told({"medicines": 4}) for rule in Rules.model_validate(with_rule()).rules] == [("4 av 3", "4 av 3")]


@pytest.mark.parametrize(
    ("elements", "fault"),
    [
        ({"when": [{"what": "age", "least": 67}], "nb": "-", "nn": "-"}, "nobody meets a criterion by age alone"),
        ({"when": [{"what": "medicines", "most": 2}], "nb": "-", "nn": "-"}, "nobody meets a criterion by age alone"),
        ({"when": []}, "Tuple should have at least 1 item"),
        ({"when": [{"what": "medicines", "least": 0}]}, "Input should be greater than or equal to 1"),
        ({"when": [{"what": "score", "least": 3}], "nb": "-", "nn": "-"}, "a rule looks at what is neither a figure"),
        ({"nb": "{age}"}, "a text has a place for what the rule does not look at"),
        ({"nn": "{medicines_most}"}, "a text has a place for what the rule does not look at"),
        ({"nn": "{}"}, "a text has a place for what the rule does not look at"),
        ({"nn": "{medicines"}, "a text has a place for what the rule does not look at"),
        ({"nn": ""}, "String should have at least 1 character"),
        ({"criterion": "old-age"}, "Input should be 'daily-life'"),
        ({"description": ""}, "String should have at least 1 character"),
        ({"weight": 2}, "Extra inputs are not permitted"),
    ],
)
def test_a_rule_that_is_none(elements: dict[str, Any], fault: str) -> None:
    told, *_ = faults(with_rule(**elements))
    assert told.startswith(fault)


@pytest.mark.parametrize(
    ("elements", "fault"),
    [
        ({"rules": [RULE, RULE]}, "two rules have the same id"),
        ({"settled": {"daily-life": []}}, "of each criterion it is said which fields of a row settle it"),
        ({"lists": {"x": {"description": "X", "codes": ["T9.0"]}}}, "String should match pattern"),
        ({"lists": {"x": {"description": "X", "codes": []}}}, "Tuple should have at least 1 item"),
        ({"version": "new"}, "String should match pattern"),
        ({"threshold": 1}, "Extra inputs are not permitted"),
    ],
)
def test_rules_that_do_not_hold_together(elements: dict[str, Any], fault: str) -> None:
    told, *_ = faults(WRITTEN | {"rules": []} | elements)
    assert told.startswith(fault)


def test_a_criterion_is_settled_by_fields_of_a_row_and_nothing_else() -> None:
    settled = WRITTEN["settled"] | {"psychosocial": ["mood"]}
    assert all(told.startswith("Input should be") for told in faults(WRITTEN | {"settled": settled}))
