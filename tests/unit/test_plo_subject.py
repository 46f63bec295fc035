import unicodedata

import pytest
from plo_samples import REFERRAL, bent_by

from oppfolging_api.referral.plo.reading import read_message
from oppfolging_api.referral.plo.subject import is_referral, names_a_team

SUBJECT = "<Tema>Oppfølgingsteam</Tema>"
TOPIC = '<TemaKodet V="6" S="2.16.578.1.12.4.1.1.7322"/>'


@pytest.mark.parametrize(
    "subject",
    [
        "Oppfølgingsteam",
        "OPPFØLGINGSTEAM",
        "oppfølgingsteam",
        "  \t Oppfølgingsteam",
        "Oppfølgingsteam - Kari",
        "Oppfølgingsteam: behov",
        "Oppfølgingsteam/koordinator",
        "Oppfølgingsteam?",
        "«Oppfølgingsteam»",
        "- oppfølgingsteam",
        unicodedata.normalize("NFD", "Oppfølgingsteam på Åsen"),
        "Oppfolgingsteam",
        "Oppfoelgingsteam",
        "Oppfylgingsteam",
    ],
)
def test_a_subject_that_is_a_referral(subject: str) -> None:
    assert names_a_team(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "?",
        "Spørsmål om oppfølgingsteam",
        "SV: Oppfølgingsteam",
        "Oppfølging",
        "Oppfølgingsteamet",
        "Oppfølgingsteammøte",
        "Oppfølgings team",
        "EKG tatt i dag",
    ],
)
def test_a_subject_that_is_none(subject: str) -> None:
    assert not names_a_team(subject)


def test_a_message_is_a_referral_by_the_subject_of_any_of_its_notes() -> None:
    assert is_referral(read_message(REFERRAL.encode()))
    assert not is_referral(read_message(bent_by((SUBJECT, "<Tema>EKG</Tema>"))))
    other = f"<Notat>{TOPIC}<Tema>EKG</Tema></Notat><Notat>"
    assert is_referral(read_message(bent_by(("<Notat>", other))))


def test_a_message_is_a_referral_by_the_code_for_a_need_of_a_plan() -> None:
    topic = TOPIC.replace("7322", "8307")
    needs = read_message(bent_by((SUBJECT, ""), (TOPIC, topic.replace('"6"', '"1"'))))
    has = read_message(bent_by((SUBJECT, ""), (TOPIC, topic.replace('"6"', '"2"'))))
    case = '<SakstypeKodet V="1" S="2.16.578.1.12.4.1.1.8307"/><Notat>'
    by_case = read_message(bent_by((SUBJECT, ""), ("<Notat>", case)))
    assert (is_referral(needs), is_referral(has), is_referral(by_case)) == (True, False, True)


def test_a_code_that_was_agreed_on() -> None:
    message = read_message(bent_by((SUBJECT, "")))
    assert not is_referral(message)
    assert is_referral(message, frozenset({("2.16.578.1.12.4.1.1.7322", "6")}))
