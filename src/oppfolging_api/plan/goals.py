"""What a Goal is held to: who does not agree is named, and what came from a conversation is measured as it was.

A target may point at an activity of the conversation «Hva er viktig for deg?»: `measure` holds its key below the
questionnaire's address, `detailInteger` the score that is wished for. Whether there is such a conversation is not
looked up: that would tell of one that the writer may not know of.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.kernel.vocabulary import Agreement, Extension

Resource = Mapping[str, Any]

RULES: Final = {
    "goal-agreement": "Når partene ikke er enige, står det hvem som ikke er det.",
    "goal-psfs": "Et mål fra «Hva er viktig for deg?» har et helt tall fra 0 til 10.",
}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""
_SCORES: Final = range(11)


def goal_problems(goal: Resource, canonical: Canonical) -> list[Issue]:
    return [*_agreement(goal, canonical), *_psfs(goal, canonical)]


def _agreement(goal: Resource, canonical: Canonical) -> Iterator[Issue]:
    for i, held in enumerate(goal.get("extension", ())):
        if held.get("url") != canonical.extension(Extension.AGREEMENT):
            continue
        parts = {part.get("url"): part for part in held.get("extension", ())}
        agreed = parts.get("status", {}).get("valueCode") != Agreement.NOT_AGREED
        if not agreed and not parts.get("with", {}).get("valueString", "").strip():
            yield _broken("goal-agreement", f"Goal.extension[{i}]", "`with` is required: who does not agree")


def _psfs(goal: Resource, canonical: Canonical) -> Iterator[Issue]:
    system = canonical.questionnaire("psfs")
    for i, target in enumerate(goal.get("target", ())):
        codings = target.get("measure", {}).get("coding", ())
        if any(coding.get("system") == system for coding in codings) and not _is_score(target):
            yield _broken("goal-psfs", f"Goal.target[{i}]", "detailInteger from 0 to 10, or no detail")


def _is_score(target: Resource) -> bool:
    """Whether the target has a score as its only detail, or no detail."""
    details = [name for name in target if name.removeprefix("_").startswith("detail")]
    return not details or (details == ["detailInteger"] and target["detailInteger"] in _SCORES)


def _broken(rule: str, expression: str, diagnostics: str) -> Issue:
    return Issue("business-rule", diagnostics, expression, rule, RULES[rule])
