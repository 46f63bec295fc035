"""Everything the service refuses, as exceptions that know their HTTP status and their OperationOutcome issues."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Self

_INDEX: Final = re.compile(r"(?<!entry)\[\d+\]")


@dataclass(frozen=True, slots=True)
class Issue:
    """One OperationOutcome.issue (https://hl7.org/fhir/R4/operationoutcome.html).

    `code` is from http://hl7.org/fhir/issue-type; `expression` is a FHIRPath such as `CarePlan.activity[1].detail`;
    `rule` is a code from this service's CodeSystem `rule`, with `text` in Bokmål for the person who reads it.
    Texts never carry identity numbers, names or values of the body.
    """

    code: str
    diagnostics: str
    expression: str | None = None
    rule: str | None = None
    text: str | None = None
    severity: str = "error"


@dataclass(eq=False)
class Refusal(Exception):
    """A request that is answered with an error."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"

    issues: tuple[Issue, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "; ".join(issue.diagnostics for issue in self.issues)

    @classmethod
    def of(cls, diagnostics: str, expression: str | None = None, *, code: str | None = None, **headers: str) -> Self:
        """One issue; `headers` are named with underscores for hyphens."""
        issue = Issue(code or cls.code, diagnostics, expression)
        return cls((issue,), {name.replace("_", "-"): value for name, value in headers.items()})

    def placed(self, place: Callable[[str | None], str]) -> Self:
        """The same refusal, its expressions as `place` gives them."""
        issues = tuple(replace(issue, expression=place(issue.expression)) for issue in self.issues)
        return type(self)(issues, self.headers)

    def without_indices(self) -> Self:
        """The same refusal, naming lists and not how far down them; the entry of a Bundle is still named."""
        issues = tuple(
            replace(issue, expression=issue.expression and _INDEX.sub("", issue.expression)) for issue in self.issues
        )
        return type(self)(issues, self.headers)


class Invalid(Refusal):
    """The request cannot be understood, or the resource is not valid FHIR."""


class Unauthenticated(Refusal):
    status, code = 401, "login"


class Forbidden(Refusal):
    status, code = 403, "forbidden"


class NotFound(Refusal):
    """It does not exist, or the caller may not know that it does."""

    status, code = 404, "not-found"


class MethodNotAllowed(Refusal):
    status, code = 405, "not-supported"


class NotAcceptable(Refusal):
    status, code = 406, "not-supported"


class Conflict(Refusal):
    status, code = 409, "conflict"


class Gone(Refusal):
    status, code = 410, "deleted"


class PreconditionFailed(Refusal):
    status, code = 412, "conflict"


class TooLarge(Refusal):
    status, code = 413, "too-long"


class UnsupportedMediaType(Refusal):
    status, code = 415, "not-supported"


class Unprocessable(Refusal):
    """Valid FHIR that breaks a rule of this service or points at what is not there."""

    status, code = 422, "processing"


class Unavailable(Refusal):
    status, code = 503, "transient"


def broken_rule(rule: str, text: str, expression: str, diagnostics: str) -> Unprocessable:
    """A domain rule that does not hold: `rule` a code of CodeSystem `rule`, `text` in Bokmål."""
    return Unprocessable((Issue("business-rule", diagnostics, expression, rule, text),))
