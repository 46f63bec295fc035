from datetime import date

import pytest

from oppfolging_api.coordination.decide import RULES, Decision, problems
from oppfolging_api.coordination.feedback import decided
from oppfolging_api.kernel.vocabulary import Outcome

TODAY = date(2026, 11, 22)
TOMORROW = date(2026, 11, 23)
CONTACT = "PractitionerRole/physio"


def broken(outcome: str, *, contact_works: bool = True, **elements: object) -> list[tuple[str, str]]:
    decision = Decision(Outcome(outcome), "Vurdert i møte.", **elements)  # type: ignore[arg-type]
    return [(one.rule, one.parameter) for one in problems(decision, TODAY, contact_works=contact_works)]


@pytest.mark.parametrize("outcome", ["coordinator-only", "contact-person", "measures", "no-need"])
def test_every_outcome_but_the_full_team_leaves_a_contact_and_a_review_date(outcome: str) -> None:
    assert broken(outcome) == [("decision-contact", "contact"), ("decision-review", "review")]
    assert broken(outcome, contact=CONTACT) == [("decision-review", "review")]
    assert broken(outcome, review=TOMORROW) == [("decision-contact", "contact")]
    assert broken(outcome, contact=CONTACT, review=TOMORROW) == []


def test_a_full_team_needs_neither() -> None:
    assert broken("team") == []


def test_a_refusal_records_what_was_explained() -> None:
    assert broken("declined", contact=CONTACT, review=TOMORROW) == [("decision-explained", "explained")]
    assert broken("declined", contact=CONTACT, review=TOMORROW, explained="Rett til koordinator.") == []


@pytest.mark.parametrize("outcome", ["team", "no-need"])
@pytest.mark.parametrize("review", [TODAY, date(2025, 1, 1)])
def test_a_review_is_a_day_to_come(outcome: str, review: date) -> None:
    assert broken(outcome, contact=CONTACT, review=review) == [("decision-review", "review")]


@pytest.mark.parametrize("outcome", ["team", "contact-person"])
def test_a_contact_works_here(outcome: str) -> None:
    given = {"contact": CONTACT, "review": TOMORROW}
    assert broken(outcome, contact_works=False, **given) == [("decision-contact", "contact")]


@pytest.mark.parametrize(("step", "rules"), [(1, []), (4, []), (0, ["decision-step"]), (5, ["decision-step"])])
def test_the_steps_are_one_to_four(step: int, rules: list[str]) -> None:
    assert [rule for rule, _ in broken("team", step=step)] == rules


def test_every_rule_says_in_norwegian_what_it_asks() -> None:
    assert RULES["decision-explained"] == "Når personen takker nei, skrives det ned hva som ble forklart."
    assert all(text.endswith(".") for text in RULES.values())


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ("team", "Personen får oppfølgingsteam med koordinator."),
        ("coordinator-only", "Personen får koordinator uten oppfølgingsteam."),
        ("contact-person", "Personen får én kontaktperson."),
        ("measures", "Det settes inn tiltak fra én eller to tjenester."),
        ("no-need", "Det er vurdert at det ikke er behov for koordinering nå."),
        ("declined", "Personen ønsker ikke dette nå."),
    ],
)
def test_who_may_hear_it_hears_the_outcome_and_why(outcome: str, text: str) -> None:
    assert decided(Outcome(outcome), "Vurdert.", hears_outcome=True) == f"{text} Begrunnelse: Vurdert."


@pytest.mark.parametrize("outcome", list(Outcome))
def test_others_hear_the_same_whatever_the_outcome(outcome: Outcome) -> None:
    heard = decided(outcome, "Vurdert.", hears_outcome=False)
    assert heard == "Meldingen er mottatt og behandlet av koordinerende enhet."
