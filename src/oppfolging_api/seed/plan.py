"""Goals in the person's words, activities with someone responsible, and the plans that gather them."""

from oppfolging_api.kernel.vocabulary import (
    INFORMATION_KIND,
    PLAN_KIND,
    TASK_KIND,
    Extension,
    InformationKind,
    TaskKind,
)
from oppfolging_api.kernel.vocabulary import PlanKind as Kind
from oppfolging_api.seed.setting import Resource, Setting, Story, ref, refs, resource

_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"


def labels(setting: Setting, *kinds: InformationKind) -> Resource | None:
    """`meta` of a resource that tells of specific kinds of information."""
    system = setting.canonical.code_system(INFORMATION_KIND)
    return {"security": [{"system": system, "code": kind.value} for kind in kinds]} if kinds else None


def goal(
    story: Story,
    key: str,
    words: str,
    since: int,
    due: int,
    *kinds: InformationKind,
    voice: str = "person",
    by: str | None = None,
    disagrees: str | None = None,
    psfs: tuple[str, str, int] | None = None,
    achieved: str | None = None,
) -> Resource:
    """`voice` says whose words they are, `by` who spoke them, `disagrees` who does not share the goal. `psfs`: the key
    and the words of the activity it comes from, and the score that is wished for."""
    extensions = [story.extension(Extension.VOICE, valueCode=voice)]
    if disagrees:
        extensions.append(_disagreement(story, disagrees))
    return resource(
        "Goal",
        f"{story.person}-goal-{key}",
        meta=labels(story, *kinds),
        extension=extensions,
        lifecycleStatus="active",
        description={"text": words},
        subject=story.subject,
        startDate=story.day(since),
        target=[{"dueDate": story.day(due)} | (_wished(story, *psfs) if psfs else {})],
        achievementStatus={"coding": [{"system": _ACHIEVEMENT, "code": achieved}]} if achieved else None,
        expressedBy=ref(by or story.patient),
    )


def activity(
    story: Story,
    key: str,
    what: str,
    owner: str,
    since: int,
    due: int,
    *kinds: InformationKind,
    status: str = "in-progress",
    progress: str | None = None,
    result: str | None = None,
) -> Resource:
    """A measure with its deadline. A result is what came of one that is completed."""
    return resource(
        "Task",
        f"{story.person}-task-{key}",
        meta=labels(story, *kinds),
        status=status,
        intent="order",
        code=story.concept(TASK_KIND, TaskKind.ACTIVITY),
        description=what,
        **{"for": story.subject},
        authoredOn=story.at(since),
        owner=ref(owner),
        note=[{"text": progress}] if progress else None,
        restriction={"period": {"end": story.day(due)}},
        output=[{"type": {"text": "Resultat"}, "valueString": result}] if result else None,
    )


def care_plan(
    story: Story,
    key: str,
    kind: Kind,
    title: str,
    since: int,
    until: int,
    author: str,
    *,
    description: str,
    notes: tuple[str | tuple[str, str], ...] = (),
    contributors: tuple[str, ...] = (),
    goals: tuple[str, ...] = (),
    activities: tuple[str, ...] = (),
    part_of: str | None = None,
    review: int | None = None,
    tells: tuple[InformationKind, ...] = (),
) -> Resource:
    """An active plan. Goals, activities and `part_of` are keys of this story. A note may say which point of the plan's
    content it answers; `review` is the day the plan is looked at again."""
    return resource(
        "CarePlan",
        f"{story.person}-plan-{key}",
        meta=labels(story, *tells),
        extension=[story.extension(Extension.REVIEW, valueDate=story.day(review))] if review else None,
        partOf=[ref(f"CarePlan/{story.person}-plan-{part_of}")] if part_of else None,
        status="active",
        intent="plan",
        category=[story.concept(PLAN_KIND, kind)],
        title=title,
        description=description,
        subject=story.subject,
        period=story.period(since, until),
        created=story.day(since),
        author=ref(author),
        contributor=refs(contributors),
        careTeam=[ref(story.team)],
        goal=[ref(f"Goal/{story.person}-goal-{each}") for each in goals],
        activity=[{"reference": ref(f"Task/{story.person}-task-{each}")} for each in activities],
        note=[_note(story, said, since) for said in notes],
    )


def external_plan(
    story: Story, title: str, since: int, until: int, keeper: str, where: str, kind: Kind | None = None
) -> Resource:
    """A dated pointer to a plan that is kept elsewhere, and what kind of plan that is."""
    return resource(
        "CarePlan",
        f"{story.person}-plan-external",
        status="active",
        intent="plan",
        category=[story.concept(PLAN_KIND, each) for each in (Kind.EXTERNAL, kind) if each],
        title=title,
        subject=story.subject,
        period=story.period(since, until),
        created=story.day(since),
        author=ref(keeper),
        careTeam=[ref(story.team)],
        note=[{"text": where, "time": story.at(since)}],
    )


def plan_not_made(story: Story, state: str, status: str, on: int, explained: str, ask_again: int) -> Resource:
    """An individual plan the person said no, or not yet, to: what was explained, and when it is fit to ask again."""
    nested = [
        {"url": "state", "valueCode": state},
        {"url": "explained", "valueString": explained},
        {"url": "ask-again", "valueDate": story.day(ask_again)},
    ]
    return resource(
        "CarePlan",
        f"{story.person}-plan-individual",
        extension=[story.extension(Extension.PLAN_STATE, extension=nested)],
        status=status,
        intent="plan",
        category=[story.concept(PLAN_KIND, Kind.INDIVIDUAL)],
        subject=story.subject,
        created=story.day(on),
        careTeam=[ref(story.team)],
    )


def _note(story: Story, said: str | tuple[str, str], since: int) -> Resource:
    item, text = said if isinstance(said, tuple) else (None, said)
    parts = [{"url": "item", "valueCode": item}]
    answers = {"extension": [story.extension(Extension.CONTENT, extension=parts)]} if item else {}
    return answers | {"text": text, "time": story.at(since)}


def _wished(story: Story, key: str, words: str, score: int) -> Resource:
    """As a target: the activity of the conversation, and the score the person wants to reach."""
    system = story.canonical.questionnaire("psfs")
    return {"measure": {"coding": [{"system": system, "code": key, "display": words}]}, "detailInteger": score}


def _disagreement(story: Story, party: str) -> Resource:
    nested = [{"url": "status", "valueCode": "not-agreed"}, {"url": "with", "valueString": party}]
    return story.extension(Extension.AGREEMENT, extension=nested)
