"""Norwegian identity numbers (fødselsnummer and D-number) and organisation numbers: checked and invented.

An identity number is DDMMYY, three individual digits and two check digits. A D-number adds 40 to the day; the
synthetic series add 80 (Skatteetaten), 65 or 40 to the month, so that no living person can have one.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Final

from oppfolging_api.kernel import systems

_FIRST_WEIGHTS: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ORGANISATION_WEIGHTS: Final = (3, 2, 7, 6, 5, 4, 3, 2)

_D_NUMBER_DAY: Final = 40
_SYNTHETIC_MONTHS: Final = (80, 65, 40)
_INDIVIDUAL_NUMBERS: Final = ((1854, 1899, 500), (1900, 1999, 0), (2000, 2039, 500))
"""First and last year of birth, first individual number. The shortest range holds 250 numbers."""
_RANGE: Final = 250
_CENTURIES: Final = (
    (1900, range(100), range(500)),
    (1800, range(54, 100), range(500, 750)),
    (2000, range(40), range(500, 1000)),
    (1900, range(40, 100), range(900, 1000)),
)
"""Century, years in it, individual numbers."""


def is_valid(number: str) -> bool:
    """Whether it is eleven digits with a possible date and both check digits right."""
    if not _all_digits(number, 11) or _birthday(number) is None:
        return False
    return number[9:] == _check_digits(number[:9])


def is_synthetic(number: str) -> bool:
    """Whether it is a valid number of a synthetic series."""
    return is_valid(number) and _series(number) != 0


def system(number: str) -> str:
    """The identifier system of a valid number."""
    return systems.D_NUMBER if int(number[:2]) > _D_NUMBER_DAY else systems.FNR


def synthetic(born: date, serial: int) -> str:
    """The number of an invented person: odd serials for men, even for women, each serial another number.

    Raises ValueError where the date has no numbers, or none left for the serial.
    """
    stem = f"{born.day:02d}{born.month + _SYNTHETIC_MONTHS[0]:02d}{born.year % 100:02d}"
    ordinal, sex = divmod(serial, 2)
    found = next(islice(_numbers(stem, _first_individual(born), sex), ordinal, None), None) if serial >= 0 else None
    if found is None:
        raise ValueError("no synthetic number for this serial and date of birth")
    return found


def is_organisation_number(number: str) -> bool:
    return _all_digits(number, 9) and number[8] == _check_digit(number[:8], _ORGANISATION_WEIGHTS)


def organisation_number(stem: int) -> str:
    """The organisation number of an eight-digit stem. Raises ValueError where the stem has no check digit."""
    digits = str(stem)
    check = _check_digit(digits, _ORGANISATION_WEIGHTS) if _all_digits(digits, 8) else None
    if check is None:
        raise ValueError("the stem is not eight digits that have a check digit")
    return digits + check


def _all_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _check_digit(digits: str, weights: tuple[int, ...]) -> str | None:
    """Modulus 11; None where the digit would be 10."""
    rest = -sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11
    return str(rest) if rest < 10 else None


def _check_digits(stem: str) -> str | None:
    """Both check digits of nine digits."""
    first = _check_digit(stem, _FIRST_WEIGHTS)
    second = _check_digit(stem + first, _SECOND_WEIGHTS) if first else None
    return first + second if first and second else None


def _series(number: str) -> int:
    """What is added to the month; 0 for an ordinary number."""
    month = int(number[2:4])
    return next((added for added in _SYNTHETIC_MONTHS if month > added), 0)


def birthday(number: str) -> date | None:
    """The day of birth a valid number tells of; None for what is none, or tells of no century."""
    found = _birthday(number) if is_valid(number) else None
    century = _century(int(number[4:6]), int(number[6:9])) if found else None
    try:
        return found.replace(year=century + found.year % 100) if found and century else None
    except ValueError:  # 29 February 1900
        return None


def _birthday(number: str) -> date | None:
    """Day and month, read as of this century: the one century whose every fourth year is a leap year."""
    day, month, year = int(number[:2]), int(number[2:4]) - _series(number), int(number[4:6])
    try:
        return date(2000 + year, month, day - _D_NUMBER_DAY if day > _D_NUMBER_DAY else day)
    except ValueError:
        return None


def _century(year: int, individual: int) -> int | None:
    """By the last two digits of the year and the individual number."""
    return next((century for century, years, numbers in _CENTURIES if year in years and individual in numbers), None)


def _first_individual(born: date) -> int:
    found = next((individual for first, last, individual in _INDIVIDUAL_NUMBERS if first <= born.year <= last), None)
    if found is None:
        raise ValueError("no identity numbers for that year of birth")
    return found


def _numbers(stem: str, first: int, sex: int) -> Iterator[str]:
    """The valid numbers of a date, the third individual digit odd for men."""
    for individual in range(first + sex, first + _RANGE, 2):
        digits = f"{stem}{individual:03d}"
        if check := _check_digits(digits):
            yield digits + check
