"""What a sender reads: what happens next and by when, in both languages, and never a promise that is broken."""

import re
from datetime import date
from itertools import product

import pytest

from oppfolging_api.referral.next_steps import Reader, next_step

BY, BEFORE, AFTER = date(2026, 12, 13), date(2026, 11, 22), date(2026, 12, 14)
STATUSES = ("received", "in-progress", "handled", "withdrawn")
EVERY = list(product(STATUSES, Reader))


@pytest.mark.parametrize(
    ("reader", "nb", "nn"),
    [
        (
            Reader.PERSON,
            (
                "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt, så dere kan snakke sammen om hva "
                "som er viktig for deg. Du får svar innen 13. desember 2026. Du trenger ikke gjøre noe nå."
            ),
            (
                "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt, så de kan snakke saman om kva som "
                "er viktig for deg. Du får svar innan 13. desember 2026. Du treng ikkje gjere noko no."
            ),
        ),
        (
            Reader.KIN,
            (
                "Vi har fått meldingen. Koordinerende enhet i kommunen tar kontakt med den det gjelder, så de kan "
                "snakke sammen om hva som er viktig. Det blir svart innen 13. desember 2026. "
                "Du trenger ikke gjøre noe nå."
            ),
            (
                "Vi har fått meldinga. Koordinerande eining i kommunen tek kontakt med den det gjeld, så dei kan "
                "snakke saman om kva som er viktig. Det blir svart innan 13. desember 2026. "
                "Du treng ikkje gjere noko no."
            ),
        ),
        (
            Reader.SERVICE,
            "Koordinerende enhet vurderer behovet sammen med personen. Det blir svart innen 13. desember 2026.",
            "Koordinerande eining vurderer behovet saman med personen. Det blir svart innan 13. desember 2026.",
        ),
    ],
)
def test_what_is_received_is_told_with_what_happens_then_and_when(reader: Reader, nb: str, nn: str) -> None:
    assert next_step("received", BY, BEFORE, reader) == {"nb": nb, "nn": nn}


def test_the_last_day_is_still_in_time() -> None:
    on_the_day, before = (next_step("in-progress", BY, today, Reader.PERSON) for today in (BY, BEFORE))
    assert on_the_day == before
    assert before["nb"] == (
        "Koordinerende enhet i kommunen arbeider med meldingen. Du får svar innen 13. desember 2026."
    )


@pytest.mark.parametrize(("status", "reader"), list(product(STATUSES[:2], Reader)))
def test_a_day_that_has_passed_is_not_promised_again(status: str, reader: Reader) -> None:
    late = next_step(status, BY, AFTER, reader)
    assert "Svaret er forsinket. Det skulle vært her innen 13. desember 2026." in late["nb"]
    assert "Svaret er forseinka. Det skulle vore her innan 13. desember 2026." in late["nn"]
    assert [word for word in ("får svar", "blir svart") if word in late["nb"] + late["nn"]] == []


@pytest.mark.parametrize(("status", "reader"), list(product(STATUSES[2:], Reader)))
def test_what_has_ended_tells_of_no_day(status: str, reader: Reader) -> None:
    said = [next_step(status, BY, today, reader) for today in (BEFORE, AFTER)]
    assert said[0] == said[1]
    assert re.search(r"\d|svar", "".join(said[0].values())) is None


@pytest.mark.parametrize(("status", "reader"), EVERY)
def test_every_text_is_whole_in_both_languages(status: str, reader: Reader) -> None:
    told = next_step(status, BY, BEFORE, reader)
    assert sorted(told) == ["nb", "nn"]
    assert told["nb"] != told["nn"]
    assert all(text[0].isupper() and text.endswith(".") and "{" not in text for text in told.values())


def test_bokmal_and_nynorsk_are_not_mixed() -> None:
    words = {"nb": {"meldingen", "enhet", "ikke", "noe", "innen"}, "nn": {"meldinga", "eining", "ikkje", "innan"}}
    told = [next_step(status, BY, day, reader) for (status, reader), day in product(EVERY, (BEFORE, AFTER))]
    for own, other in (("nb", "nn"), ("nn", "nb")):
        found = {word for each in told for word in re.findall(r"\w+", each[own].lower())}
        assert found & words[own] == words[own]
        assert found & words[other] == set()


@pytest.mark.parametrize(
    ("by", "written"),
    [
        (date(2026, 1, 1), "1. januar 2026"),
        (date(2026, 3, 31), "31. mars 2026"),
        (date(2028, 2, 29), "29. februar 2028"),
        (date(2026, 8, 9), "9. august 2026"),
    ],
)
def test_a_day_is_written_as_people_write_it(by: date, written: str) -> None:
    assert f"innen {written}." in next_step("received", by, date(2026, 1, 1), Reader.SERVICE)["nb"]
