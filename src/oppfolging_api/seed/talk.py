"""What is said and written: messages and minutes, referrals and their answer, PSFS conversations."""

from typing import NamedTuple

from oppfolging_api.kernel import vocabulary
from oppfolging_api.kernel.vocabulary import (
    CommunicationCategory,
    Extension,
    InformationKind,
    Outcome,
    Result,
    TaskKind,
)
from oppfolging_api.psfs import form
from oppfolging_api.seed.plan import labels
from oppfolging_api.seed.setting import Resource, Story, ref, refs, resource, service


class Score(NamedTuple):
    """One activity of a PSFS conversation: the same key means the same activity in later conversations."""

    key: str
    name: str
    score: int


def communication(
    story: Story,
    key: str,
    on: int,
    sender: str,
    recipients: tuple[str, ...],
    text: str,
    *kinds: InformationKind,
    category: CommunicationCategory = CommunicationCategory.MESSAGE,
    about: str | None = None,
) -> Resource:
    return resource(
        "Communication",
        f"{story.person}-{category}-{key}",
        meta=labels(story, *kinds),
        basedOn=[ref(about)] if about else None,
        status="completed",
        category=[story.concept(vocabulary.COMMUNICATION_CATEGORY, category)],
        subject=story.subject,
        sent=story.at(on, 12),
        sender=ref(sender),
        recipient=refs(recipients),
        payload=[{"contentString": text}],
    )


def referral(
    story: Story,
    on: int,
    requester: str,
    reason: str,
    matters: str,
    *kinds: InformationKind,
    consent_to_share: bool = True,
) -> list[Resource]:
    """A report of need that KE has not decided yet: the request, and the Task that carries it.

    `matters` is what matters to the person, who knows of the referral and may have agreed that the sender hears more.
    """
    request = resource(
        "ServiceRequest",
        f"{story.person}-referral",
        meta=labels(story, *kinds),
        extension=[
            story.extension(Extension.CONSENT_TO_SHARE, valueBoolean=consent_to_share),
            story.extension(Extension.PERSON_INFORMED, valueBoolean=True),
            story.extension(Extension.WHAT_MATTERS, valueString=matters),
        ],
        status="active",
        intent="order",
        category=[story.concept(vocabulary.REFERRAL, "referral")],
        subject=story.subject,
        authoredOn=story.at(on, 14),
        requester=ref(requester),
        reasonCode=[{"text": reason}],
    )
    return [request, _referral_task(story, request, labels(story, *kinds))]


def decided(story: Story, on: int, referral: list[Resource], why: str, answer: str) -> list[Resource]:
    """The same referral when KE has decided on a full team, with the feedback to the sender."""
    request, task = referral
    result = [
        _result(story, Result.OUTCOME, valueCode=Outcome.TEAM.value),
        _result(story, Result.REASON, valueString=why),
        _result(story, Result.TEAM, valueReference=ref(story.team)),
    ]
    feedback = communication(
        story,
        "referral",
        on,
        service(story.unit),
        (request["requester"]["reference"],),
        answer,
        category=CommunicationCategory.FEEDBACK,
        about=f"ServiceRequest/{request['id']}",
    )
    closed = task | {"status": "completed", "lastModified": story.at(on, 12), "output": result}
    return [request | {"status": "completed"}, closed, feedback]


def _result(story: Story, what: Result, **value: object) -> Resource:
    return {"type": story.concept(vocabulary.RESULT, what), **value}


def _referral_task(story: Story, request: Resource, meta: Resource | None) -> Resource:
    return resource(
        "Task",
        f"{story.person}-referral-task",
        meta=meta,
        status="requested",
        intent="order",
        code=story.concept(vocabulary.TASK_KIND, TaskKind.REFERRAL),
        focus=ref(f"ServiceRequest/{request['id']}"),
        **{"for": story.subject},
        authoredOn=request["authoredOn"],
        requester=request["requester"],
        owner=ref(service(story.unit)),
    )


def conversation(
    story: Story,
    number: int,
    on: int,
    author: str,
    scores: tuple[Score, ...],
    *kinds: InformationKind,
    following: int,
    note: str | None = None,
    source: str | None = None,
) -> Resource:
    """A PSFS conversation. `following` is the agreed day of the next; `source` who answered for the person."""
    items = [_scored(each) for each in scores]
    items += [_answer(form.NOTE, valueString=note)] if note else []
    return resource(
        "QuestionnaireResponse",
        f"{story.person}-psfs-{number}",
        meta=labels(story, *kinds),
        questionnaire=f"{story.canonical.questionnaire(form.ID)}|{form.VERSION}",
        status="completed",
        subject=story.subject,
        authored=story.at(on, 11),
        author=ref(author),
        source=ref(source or story.patient),
        item=[*items, _answer(form.NEXT, valueDate=story.day(following))],
    )


def _scored(scored: Score) -> Resource:
    nested = [
        _answer(form.KEY, valueString=scored.key),
        _answer(form.NAME, valueString=scored.name),
        _answer(form.SCORE, valueInteger=scored.score),
    ]
    return {"linkId": form.ACTIVITY, "item": nested}


def _answer(link: str, **value: str | int) -> Resource:
    return {"linkId": link, "answer": [value]}
