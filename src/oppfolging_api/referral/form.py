"""The small JSON form of a referral (CONTRACT section 6)."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.primitives import CHECKS
from oppfolging_api.kernel.errors import Issue, Unprocessable
from oppfolging_api.kernel.identity_number import is_valid
from oppfolging_api.kernel.registry import Body
from oppfolging_api.referral.need import Need, Person, message_identifier
from oppfolging_api.referral.strict_form import StrictForm, issue_of


def _plain(text: str) -> str:
    """What FHIR's string may hold: asked here, so that the answer is in the sender's words, whoever it is about."""
    if expected := CHECKS["string"](text):
        raise ValueError(expected)
    return text


_Plain = AfterValidator(_plain)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), _Plain]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _Plain]


def _day(written: object) -> date:
    """The library itself also takes seconds since 1970 for a date."""
    if not isinstance(written, str) or len(written) != len("2026-01-01") or written[4] + written[7] != "--":
        raise ValueError("a day is written YYYY-MM-DD")
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError("there is no such day") from None


Day = Annotated[date, BeforeValidator(_day)]


class Criterion(StrEnum):
    """The guide's seven criteria (DOMAIN section 3.1)."""

    DAILY_LIFE = "daily-life"
    SEVERAL_SERVICES = "several-services"
    LONG_LASTING_ILLNESS = "long-lasting-illness"
    REDUCED_HEALTH = "reduced-health"
    UNFORESEEN_NEEDS = "unforeseen-needs"
    SEVERAL_MEDICINES = "several-medicines"
    PSYCHOSOCIAL = "psychosocial"


class ReferredPerson(StrictForm):
    """`identifier` is a fødselsnummer or D-number; `expected` marks a child that is not born, and so has neither."""

    identifier: Annotated[str | None, Field(repr=False)] = None
    name: Annotated[Short, Field(repr=False)]
    birthDate: Day | None = None  # noqa: N815 (the contract's name)
    expected: bool = False

    @field_validator("identifier")
    @classmethod
    def _is_an_identity_number(cls, value: str | None) -> str | None:
        if value is not None and not is_valid(value):
            raise ValueError("not a valid fødselsnummer or D-number")
        return value

    @model_validator(mode="after")
    def _is_identified(self) -> "ReferredPerson":
        if self.expected and (self.identifier or self.birthDate):
            raise ValueError("a child that is expected has no identifier and no birthDate yet")
        if not (self.identifier or self.birthDate or self.expected):
            raise ValueError("identifier, birthDate or expected is needed")
        return self


class Referral(StrictForm):
    messageId: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:\-]{1,64}$")]  # noqa: N815
    patient: ReferredPerson
    reason: Text
    whatMatters: Text | None = None  # noqa: N815
    services: tuple[Short, ...] = Field((), max_length=30)
    criteria: tuple[Criterion, ...] = Field((), max_length=len(Criterion))
    consentToShare: bool  # noqa: N815
    personInformed: bool  # noqa: N815
    onBehalfOf: Short | None = None  # noqa: N815
    language: Annotated[str | None, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")] = None
    interpreter: bool | None = None

    def need(self) -> Need:
        told = self.patient
        return Need(
            Person({"text": told.name}, told.identifier, told.birthDate, expected=told.expected),
            self.reason,
            self.whatMatters,
            self.services,
            tuple(criterion.value for criterion in self.criteria),
            self.consentToShare,
            self.personInformed,
            self.onBehalfOf,
            self.language,
            self.interpreter,
            (message_identifier(self.messageId),),
        )


def read_referral(body: bytes, today: date) -> Referral:
    """Raises Invalid for what is not JSON, Unprocessable with every fault and where it is, never what is written there.

    A value of another type is refused rather than guessed at: consent is `true`, not `"yes"`.
    """
    return form_of(exact_json.parse(body), today, {})


def form_of(told: Body, today: date, places: Mapping[str, str]) -> Referral:
    """The same for what is JSON already; `places` are where its fields stood before they were put together."""
    try:
        referral = Referral.model_validate_json(exact_json.dump(told))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        issues = (issue_of(fault["loc"], fault["msg"], fault["type"]) for fault in faults)
        raise Unprocessable(tuple(_placed(issue, places) for issue in issues)) from None
    if referral.patient.birthDate and referral.patient.birthDate > today:
        said = "a day that has been; expected marks a child not born"
        raise Unprocessable((_placed(Issue("value", said, "patient.birthDate"), places),))
    return referral


def _placed(issue: Issue, places: Mapping[str, str]) -> Issue:
    field, bracket, rest = (issue.expression or "").partition("[")
    return replace(issue, expression=f"{places.get(field, field)}{bracket}{rest}" or None)


def digest_of(referral: Referral) -> bytes:
    """Of what was said: an element that is left out and one given its default are the same message."""
    return hashlib.sha256(referral.model_dump_json(exclude_defaults=True).encode()).digest()
