"""$check-content: what an individual plan contains of what the regulation asks, for whoever may read the plan.

It is judged by what the caller may read and by nothing else: to whom something is withheld, it is as if it were not
there, and `partial` says that there may be more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from oppfolging_api.fhir.cutting import SUBSETTED
from oppfolging_api.fhir.operations import Inputs, Question, seen, seen_about, seen_among, sees_such
from oppfolging_api.kernel.errors import broken_rule
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Registry
from oppfolging_api.kernel.vocabulary import CONTENT_STATUS, PLAN_CONTENT, ContentStatus
from oppfolging_api.plan.content import Found, Item, Record, content, letter_status
from oppfolging_api.plan.reading import gathered, is_individual

RULES: Final = {"content-individual": "Bare en individuell plan som føres her, har krav til innhold."}
"""Codes of CodeSystem `rule` with their texts in Bokmål."""
PARAMETERS: Final = frozenset({"language"})
LANGUAGES: Final = ("nb", "nn")
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """What the points and their statuses are called in a language, as the CodeSystems say."""

    points: Mapping[str, str]
    statuses: Mapping[str, str]


async def check_content(question: Question) -> Body:
    """Raises Invalid for a language that is not spoken, NotFound, Gone, Unprocessable for what is no such plan."""
    inputs = Inputs(question.parameters, PARAMETERS)
    asked = inputs.text("language", codes=LANGUAGES)
    registry = question.context.server.registry
    plan = await seen(question.context, question.kind, question.id)
    if not is_individual(plan, registry.canonical):
        rule, said = "content-individual", "an individual plan that is kept here is checked, and no other"
        raise broken_rule(rule, RULES[rule], "CarePlan.category", said)
    person = pointed_at(plan.get("subject"), "Patient")
    patient = next(iter(await _about(question, "Patient", person)), None)
    record = await _record(question, plan, person, patient)
    language = asked or _spoken(patient or {})
    return _answer(content(record), _texts(registry, language), language, partial=not record.whole)


async def _record(question: Question, plan: Body, person: str | None, patient: Body | None) -> Record:
    """The plan and what is around it, as the caller sees it."""
    server = question.context.server
    wanted = [local for local, _ in gathered(plan) if local.startswith(("Goal/", "Task/"))]
    goals = await _among(question, "Goal", person, wanted)
    tasks = await _among(question, "Task", person, wanted)
    teams = [one for one in await _about(question, "CareTeam", person) if one.get("status") == "active"]
    shown = patient is not None and await sees_such(question.context, server.declared("Consent"), patient)
    consents = await _about(question, "Consent", person) if shown else None
    read = {f"{one['resourceType']}/{one['id']}" for one in (*goals, *tasks)}
    cut = any(SUBSETTED in one.get("meta", {}).get("tag", ()) for one in (plan, *teams, *goals, *tasks))
    whole = not cut and consents is not None and read.issuperset(wanted)
    at = server.clock.now()
    return Record(plan, goals, tasks, next(iter(teams), None), consents, at, server.canonical, whole=whole)


async def _among(question: Question, type: str, person: str | None, wanted: Sequence[str]) -> list[Body]:
    """What the plan points at, in the order it does."""
    ids = [local.removeprefix(f"{type}/") for local in wanted if local.startswith(f"{type}/")]
    if person is None:
        return []
    found = await seen_among(question.context, question.context.server.declared(type), person, ids)
    return sorted(found, key=lambda one: ids.index(one["id"]))


async def _about(question: Question, type: str, person: str | None) -> list[Body]:
    if person is None:
        return []
    return await seen_about(question.context, question.context.server.declared(type), person)


def _spoken(patient: Body) -> str:
    """Nynorsk to whom prefers it, else Bokmål."""
    preferred = (one.get("language", {}) for one in patient.get("communication", ()) if one.get("preferred"))
    codes = [str(coding.get("code", "")) for language in preferred for coding in language.get("coding", ())]
    return "nn" if any(code.partition("-")[0] == "nn" for code in codes) else "nb"


def _texts(registry: Registry, language: str) -> Texts:
    return Texts(*(_displays(registry, name, language) for name in (PLAN_CONTENT, CONTENT_STATUS)))


def _displays(registry: Registry, name: str, language: str) -> Mapping[str, str]:
    """Code -> what it is called: the display is in Bokmål, and each has a designation in Nynorsk."""
    url = registry.canonical.code_system(name)
    (system,) = (body for body in registry.packaged if body.get("url") == url)
    return {
        concept["code"]: next(
            (one["value"] for one in concept.get("designation", ()) if one["language"] == language), concept["display"]
        )
        for concept in system["concept"]
    }


def _answer(items: Sequence[Item], texts: Texts, language: str, *, partial: bool) -> Body:
    complete = all(item.status is not ContentStatus.MISSING for item in items)
    letters = (_letter(list(held), texts) for _, held in groupby(items, lambda item: item.letter))
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "language", "valueCode": language},
            {"name": "complete", "valueBoolean": complete},
            {"name": "partial", "valueBoolean": partial},
            *({"name": "content", "part": parts} for parts in letters),
        ],
    }


def _letter(items: Sequence[Item], texts: Texts) -> list[Part]:
    status = letter_status(items)
    missing = [_within(texts.points[item.code]) for item in items if item.status is ContentStatus.MISSING]
    said = f"{texts.points[items[0].letter]}: {texts.statuses[status]}"
    return [
        {"name": "letter", "valueCode": items[0].letter.value},
        {"name": "status", "valueCode": status.value},
        {"name": "text", "valueString": f"{said} ({', '.join(missing)})" if missing else said},
        *({"name": "item", "part": _item(item, texts)} for item in items),
    ]


def _item(item: Item, texts: Texts) -> list[Part]:
    return [
        {"name": "code", "valueCode": item.code.value},
        {"name": "status", "valueCode": item.status.value},
        {"name": "text", "valueString": f"{texts.points[item.code]}: {texts.statuses[item.status]}"},
        *_places("found", item.found),
        *_places("lacks", item.lacks),
    ]


def _places(name: str, places: Iterable[Found]) -> list[Part]:
    return [
        {
            "name": name,
            "part": [
                {"name": "reference", "valueReference": {"reference": place.reference}},
                {"name": "path", "valueString": place.path},
            ],
        }
        for place in places
    ]


def _within(text: str) -> str:
    """As it stands within a sentence."""
    return f"{text[:1].lower()}{text[1:]}"
