"""Identity numbers and organisation numbers. The ordinary ones here belong to births in 2039: to nobody yet."""

from datetime import date

import pytest

from oppfolging_api.kernel import identity_number

ORDINARY = "31123990008"
D_NUMBER = "71123990182"
SKATTEETATEN = "71923990067"
"""A D-number of the synthetic series, month + 80."""


@pytest.mark.parametrize("number", [ORDINARY, D_NUMBER, SKATTEETATEN, "05811950051", "31773990037", "31523990090"])
def test_a_number_with_a_possible_date_and_both_check_digits_is_valid(number: str) -> None:
    assert identity_number.is_valid(number)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("31123990018", id="first check digit wrong"),
        pytest.param("31123990009", id="second check digit wrong"),
        pytest.param("31133990189", id="month 13"),
        pytest.param("30023990020", id="30 February"),
        pytest.param("05811950300", id="no first check digit exists"),
        pytest.param("3112399000", id="ten digits"),
        pytest.param("311239900080", id="twelve digits"),
        pytest.param("3112399000x", id="a letter"),
        pytest.param("٣١١٢٣٩٩٠٠٠٨", id="digits of another script"),
        pytest.param("", id="empty"),
    ],
)
def test_anything_else_is_not(number: str) -> None:
    assert not identity_number.is_valid(number)


def test_29_february_is_a_date_in_a_leap_year_only() -> None:
    assert identity_number.is_valid("29024090041")
    assert not identity_number.is_valid("29820150064")


@pytest.mark.parametrize("number", ["05811950051", SKATTEETATEN, "31773990037", "31523990090"])
def test_a_month_above_twelve_by_40_65_or_80_is_synthetic(number: str) -> None:
    assert identity_number.is_synthetic(number)


@pytest.mark.parametrize("number", [ORDINARY, D_NUMBER, "05811950052"])
def test_an_ordinary_or_invalid_number_is_not_synthetic(number: str) -> None:
    assert not identity_number.is_synthetic(number)


@pytest.mark.parametrize(
    ("number", "system"),
    [
        (ORDINARY, "urn:oid:2.16.578.1.12.4.1.4.1"),
        ("05811950051", "urn:oid:2.16.578.1.12.4.1.4.1"),
        (D_NUMBER, "urn:oid:2.16.578.1.12.4.1.4.2"),
        (SKATTEETATEN, "urn:oid:2.16.578.1.12.4.1.4.2"),
    ],
)
def test_the_day_tells_which_series_a_number_is_of(number: str, system: str) -> None:
    assert identity_number.system(number) == system


@pytest.mark.parametrize(
    ("serial", "number"),
    [(0, "05811950051"), (2, "05811950213"), (4, "05811950485"), (1, "05811950132"), (3, "05811950566")],
)
def test_even_serials_are_women_and_odd_are_men(serial: int, number: str) -> None:
    """The third individual digit is even for women. 503 has no check digits and is passed over."""
    assert identity_number.synthetic(date(2019, 1, 5), serial) == number


@pytest.mark.parametrize(
    ("born", "number"),
    [
        (date(1899, 12, 31), "31929950162"),
        (date(1974, 3, 11), "11837400521"),
        (date(2019, 1, 5), "05811950132"),
    ],
)
def test_the_individual_number_tells_the_century(born: date, number: str) -> None:
    assert identity_number.synthetic(born, 1) == number


def test_a_date_gives_each_serial_another_number() -> None:
    numbers = {identity_number.synthetic(date(2019, 1, 5), serial) for serial in range(200)}
    assert len(numbers) == 200
    assert all(identity_number.is_synthetic(number) for number in numbers)


@pytest.mark.parametrize(
    ("born", "serial"), [(date(2019, 1, 5), 500), (date(2019, 1, 5), -1), (date(1853, 1, 5), 0), (date(2040, 1, 5), 0)]
)
def test_there_are_no_numbers_outside_the_ranges(born: date, serial: int) -> None:
    with pytest.raises(ValueError, match="no "):
        identity_number.synthetic(born, serial)


def test_an_organisation_number_is_a_stem_and_its_check_digit() -> None:
    assert identity_number.organisation_number(31010001) == "310100013"
    assert identity_number.organisation_number(31010002) == "310100021"


@pytest.mark.parametrize("stem", [31010003, 1234567, 123456789, -1234567])
def test_some_stems_have_no_organisation_number(stem: int) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        identity_number.organisation_number(stem)


@pytest.mark.parametrize(
    ("number", "valid"),
    [("310100013", True), ("310100014", False), ("31010001", False), ("3101000130", False), ("31010003-", False)],
)
def test_an_organisation_number_is_nine_digits_with_the_check_digit_right(number: str, valid: bool) -> None:
    assert identity_number.is_organisation_number(number) is valid
