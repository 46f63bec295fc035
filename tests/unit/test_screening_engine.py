"""Which criteria a row meets and why, by the rules of version 1.0."""

from typing import Any

import pytest

from oppfolging_api.referral.screening.engine import Finding, finding, screened
from oppfolging_api.referral.screening.form import Row
from oppfolging_api.referral.screening.rules import CURRENT

EVERY = {
    "diagnoses": (),
    "medicines": 0,
    "gpContacts": 0,
    "emergencyContacts": 0,
    "admissions": 0,
}
"""All that can be known, and nothing the matter."""


def found(age: int, **figures: Any) -> Finding:
    return finding(Row(row=1, age=age, **figures), CURRENT)


def rules_met(age: int, **figures: Any) -> list[str]:
    return [reason.rule for met in found(age, **figures).met for reason in met.why]


def test_bjorg_meets_four_criteria_and_three_are_to_be_asked_about() -> None:
    """Seventy-eight, with diabetes, strokes and a wound (DOMAIN section 7)."""
    bjorg = found(
        78,
        sex="female",
        diagnoses=("T90", "K90", "S97", "T08", "R74"),
        medicines=11,
        gpContacts=16,
        emergencyContacts=3,
        admissions=2,
    )
    assert [(met.criterion.value, [(why.rule, why.nb) for why in met.why]) for met in bjorg.met] == [
        ("long-lasting-illness", [("long-lasting", "Diagnoser som vanligvis varer i årevis: T90, K90, S97")]),
        (
            "reduced-health",
            [
                ("several-long-lasting-older", "Minst 3 langvarige diagnoser i alderen fra 67 år: T90, K90, S97"),
                ("decline-older", "Tegn på svekket allmenntilstand i alderen fra 75 år: T08"),
                ("gp-contacts-older", "16 konsultasjoner hos fastlegen på 12 måneder; grensen er 15 fra 67 år"),
            ],
        ),
        (
            "unforeseen-needs",
            [
                ("emergency-older", "3 kontakter med legevakt på 12 måneder; grensen er 3 fra 67 år"),
                ("admissions", "2 akutte innleggelser på 12 måneder; grensen er 2"),
            ],
        ),
        ("several-medicines", [("medicines-10", "11 faste legemidler; grensen for svært mange er 10")]),
    ]
    assert [one.value for one in bjorg.ask] == ["daily-life", "several-services", "psychosocial"]


def test_berit_meets_two_and_her_figures_say_nothing_of_the_rest() -> None:
    """In her thirties, in mental health care (DOMAIN section 7)."""
    berit = found(34, diagnoses=("P76", "P01", "Z05", "P28"))
    assert [(met.criterion.value, [(why.rule, why.nn) for why in met.why]) for met in berit.met] == [
        ("daily-life", [("limited-function", "Nedsett funksjon er registrert: P28")]),
        ("long-lasting-illness", [("long-lasting", "Diagnosar som vanlegvis varer i årevis: P76")]),
        (
            "psychosocial",
            [
                ("social", "Sosiale problem er registrerte: Z05"),
                ("mental", "Minst 2 psykiske plager eller diagnosar: P76, P01, P28"),
            ],
        ),
    ]
    assert [one.value for one in berit.ask] == [
        "several-services",
        "reduced-health",
        "unforeseen-needs",
        "several-medicines",
    ]


def test_of_a_row_with_an_age_only_everything_is_to_be_asked() -> None:
    nobody = found(90)
    assert nobody.met == []
    assert [one.value for one in nobody.ask] == [
        "daily-life",
        "several-services",
        "long-lasting-illness",
        "reduced-health",
        "unforeseen-needs",
        "several-medicines",
        "psychosocial",
    ]


def test_figures_that_are_all_known_settle_three_criteria_and_never_the_others() -> None:
    healthy = found(90, **EVERY)
    assert healthy.met == []
    assert [one.value for one in healthy.ask] == ["daily-life", "several-services", "reduced-health", "psychosocial"]


@pytest.mark.parametrize("missing", ["emergencyContacts", "admissions"])
def test_what_is_half_known_is_asked_about(missing: str) -> None:
    known = {name: value for name, value in EVERY.items() if name != missing}
    assert "unforeseen-needs" in found(40, **known).ask


def test_nought_is_known_and_what_is_left_out_is_not() -> None:
    assert "several-medicines" not in found(40, medicines=0).ask
    assert "several-medicines" in found(40).ask
    assert "long-lasting-illness" not in found(40, diagnoses=()).ask
    assert "long-lasting-illness" in found(40).ask


@pytest.mark.parametrize(
    ("age", "below", "reached", "rule"),
    [
        (40, {"medicines": 4}, {"medicines": 5}, "medicines-5"),
        (40, {"medicines": 10}, {"medicines": 9}, "medicines-5"),
        (40, {"medicines": 9}, {"medicines": 10}, "medicines-10"),
        (17, {"gpContacts": 9}, {"gpContacts": 10}, "gp-contacts-child"),
        (18, {"gpContacts": 11}, {"gpContacts": 12}, "gp-contacts-adult"),
        (66, {"gpContacts": 11}, {"gpContacts": 12}, "gp-contacts-adult"),
        (67, {"gpContacts": 14}, {"gpContacts": 15}, "gp-contacts-older"),
        (5, {"emergencyContacts": 5}, {"emergencyContacts": 6}, "emergency-small-child"),
        (6, {"emergencyContacts": 3}, {"emergencyContacts": 4}, "emergency"),
        (66, {"emergencyContacts": 3}, {"emergencyContacts": 4}, "emergency"),
        (67, {"emergencyContacts": 2}, {"emergencyContacts": 3}, "emergency-older"),
        (0, {"admissions": 1}, {"admissions": 2}, "admissions"),
        (66, {"diagnoses": ("T90",)}, {"diagnoses": ("T90", "R95")}, "several-long-lasting"),
        (67, {"diagnoses": ("T90", "R95")}, {"diagnoses": ("T90", "R95", "K77")}, "several-long-lasting-older"),
        (74, {"diagnoses": ("A04",)}, {"diagnoses": ("A04", "T08")}, "decline"),
        (75, {"diagnoses": ("A03",)}, {"diagnoses": ("A04",)}, "decline-older"),
        (40, {"diagnoses": ("K86", "R74")}, {"diagnoses": ("K87",)}, "long-lasting"),
        (40, {"diagnoses": ("A29",)}, {"diagnoses": ("A28",)}, "limited-function"),
        (40, {"diagnoses": ("Z45",)}, {"diagnoses": ("Z20",)}, "social"),
        (40, {"diagnoses": ("P17",)}, {"diagnoses": ("P18",)}, "dependence"),
        (40, {"diagnoses": ("P06",)}, {"diagnoses": ("P06", "P74")}, "mental"),
    ],
)
def test_where_a_rule_begins(age: int, below: dict[str, Any], reached: dict[str, Any], rule: str) -> None:
    assert rule not in rules_met(age, **below)
    assert rule in rules_met(age, **reached)


@pytest.mark.parametrize(
    ("figures", "by_age"),
    [
        ({"gpContacts": 99}, {0: "gp-contacts-child", 18: "gp-contacts-adult", 67: "gp-contacts-older"}),
        ({"emergencyContacts": 99}, {5: "emergency-small-child", 6: "emergency", 67: "emergency-older"}),
        ({"diagnoses": ("A04", "A05")}, {74: "decline", 75: "decline-older"}),
    ],
)
def test_of_the_rules_for_ages_one_holds_at_a_time(figures: dict[str, Any], by_age: dict[int, str]) -> None:
    assert {age: rules_met(age, **figures) for age in by_age} == {age: [rule] for age, rule in by_age.items()}


def test_a_code_that_was_sent_twice_is_one_diagnosis() -> None:
    assert rules_met(40, diagnoses=("T90", "T90")) == ["long-lasting"]


def test_age_and_sex_alone_meet_nothing() -> None:
    assert [rules_met(age, sex=sex, **EVERY) for age in (0, 40, 120) for sex in ("female", "male", "other")] == [[]] * 9


def test_rows_come_back_in_the_order_sent_whatever_they_meet() -> None:
    rows = [Row(row=7, age=1), Row(row=3, age=80, medicines=12), Row(row=5, age=40, medicines=5)]
    answer = screened(rows, CURRENT)
    assert [(one.row, len(one.met)) for one in answer.rows] == [(7, 0), (3, 1), (5, 1)]


def test_the_answer_says_by_which_rules_and_what_comes_next() -> None:
    answer = screened((), CURRENT)
    assert (answer.rules.version, answer.rows) == ("1.0", [])
    assert "Snakk med pasienten før noe sendes" in answer.next.nb
    assert "Snakk med pasienten før noko blir sendt" in answer.next.nn
    assert "personInformed" in answer.next.nb
