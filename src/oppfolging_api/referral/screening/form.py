"""What a GP's office sends to have screened: rows of figures and codes, with no room for whom they are about."""

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator

from oppfolging_api.fhir import exact_json
from oppfolging_api.kernel.errors import Unprocessable
from oppfolging_api.kernel.named_in import names_somebody
from oppfolging_api.referral.strict_form import StrictForm, issue_of

MOST_ROWS: Final = 5000
"""Twice the longest list a GP has."""
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_LENGTH: Final = 11
"""Of an identity number; what has been a number on its way here may have lost the nought it began with."""
_NAMED: Final = "an identity number: what is screened names nobody, rows have numbers of their own"
_Place = tuple[int | str, ...]

Icpc2 = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}$")]


class Row(StrictForm):
    """One person, whom only the sender can tell. No number has digits enough for a date of birth.

    A figure that is left out is not known; nought is.
    """

    row: int = Field(ge=1, le=9999, description="The sender's own number of the row")
    age: int = Field(ge=0, le=120, description="In whole years")
    sex: Literal["female", "male", "other", "unknown"] | None = Field(
        None, description="Lists have it; no rule needs it"
    )
    diagnoses: tuple[Icpc2, ...] | None = Field(None, max_length=100, description="ICPC-2 codes")
    medicines: int | None = Field(None, ge=0, le=99, description="Regular medicines")
    gpContacts: int | None = Field(None, ge=0, le=999, description="Consultations with the GP, 12 months")  # noqa: N815
    emergencyContacts: int | None = Field(  # noqa: N815
        None, ge=0, le=999, description="Contacts with the emergency service (legevakt), 12 months"
    )
    admissions: int | None = Field(None, ge=0, le=99, description="Unplanned admissions to hospital, 12 months")


class Screening(StrictForm):
    rows: tuple[Row, ...] = Field(max_length=MOST_ROWS)

    @field_validator("rows")
    @classmethod
    def _are_told_apart(cls, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        if len({one.row for one in rows}) < len(rows):
            raise ValueError("two rows have the same number")
        return rows


def read_screening(body: bytes) -> Screening:
    """Raises Invalid for what is not JSON, Unprocessable with the faults and where they are, never what is written
    there. An identity number is looked for first, and wherever it stands, so that the sender hears what is the matter.
    """
    named = tuple(islice(_naming(exact_json.parse(body), ()), exact_json.MAX_ISSUES))
    if named:
        raise Unprocessable(tuple(issue_of(_told(where), _NAMED, "value") for where in named))
    try:
        return Screening.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = (issue_of(_told(fault["loc"]), fault["msg"], fault["type"]) for fault in faults[: exact_json.MAX_ISSUES])
        raise Unprocessable(tuple(told)) from None


_FIELDS: Final = frozenset({*Screening.model_fields, *Row.model_fields})


def _told(where: _Place) -> _Place:
    """As far as the form knows the way: a field it has no room for may be called by somebody's name."""
    return tuple(takewhile(lambda step: isinstance(step, int) or step in _FIELDS, where))


def _naming(value: Any, where: _Place) -> Iterator[_Place]:
    """Where an identity number stands."""
    if isinstance(value, dict):
        for name, item in value.items():
            if _names(name):
                yield where
            yield from _naming(item, (*where, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _naming(item, (*where, index))
    elif _names(value):
        yield where


def _names(value: object) -> bool:
    """Also with anything between its digits. Few texts of a good body are long enough to be looked at closely."""
    text = str(value)
    if text.isascii() and len(text) < _LENGTH - 1:
        return False
    text = text.zfill(_LENGTH)
    return names_somebody(text) or names_somebody(_BETWEEN_DIGITS.sub("", text))
