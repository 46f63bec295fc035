"""Errors as resources: https://hl7.org/fhir/R4/operationoutcome.html"""

from collections.abc import Iterable
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Issue, Refusal
from oppfolging_api.kernel.vocabulary import RULE


def operation_outcome(issues: Iterable[Issue], canonical: Canonical) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, canonical) for issue in issues]}


def _issue(issue: Issue, canonical: Canonical) -> dict[str, Any]:
    said: dict[str, Any] = {"severity": issue.severity, "code": issue.code}
    if issue.rule:
        said["details"] = {
            "coding": [{"system": canonical.code_system(RULE), "code": issue.rule}],
            "text": issue.text or issue.diagnostics,
        }
    said["diagnostics"] = issue.diagnostics
    if issue.expression:
        said["expression"] = [issue.expression]
    return said


def problem(refusal: Refusal) -> dict[str, Any]:
    """The same outside /fhir: RFC 9457 problem details."""
    issues = [
        {
            name: value
            for name, value in (
                ("detail", issue.diagnostics),
                ("expression", issue.expression),
                ("rule", issue.rule),
                ("text", issue.text),
            )
            if value
        }
        for issue in refusal.issues
    ]
    return {
        "type": "about:blank",
        "title": type(refusal).__name__,
        "status": refusal.status,
        "detail": str(refusal),
        "errors": issues,
    }
