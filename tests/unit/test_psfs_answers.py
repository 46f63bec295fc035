from datetime import UTC, date, datetime
from typing import Any

import pytest
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.psfs.answers import (
    Activity,
    Conversation,
    conversation,
    is_finished,
    is_psfs,
    months_after,
    problems,
)

CANONICAL = Canonical("https://kommune.example/fhir")
TODAY = date(2026, 11, 22)
FORM = "https://kommune.example/fhir/Questionnaire/psfs"
Item = dict[str, Any]


def response(*items: Item, status: str = "completed", **elements: Any) -> dict[str, Any]:
    head = {"resourceType": "QuestionnaireResponse", "id": "jan-1", "questionnaire": FORM, "status": status}
    return {**head, "authored": "2026-11-22T09:00:00+01:00", "item": list(items), **elements}


def question(link: str, **values: Any) -> Item:
    """A question with one answer for each value given."""
    return {"linkId": link, "answer": [{element: value} for element, value in values.items()]}


def activity(key: str = "1", name: str = "Gå i trapp", score: int | None = 3) -> Item:
    asked = [question("key", valueString=key), question("name", valueString=name)]
    return {"linkId": "activity", "item": asked + ([] if score is None else [question("score", valueInteger=score)])}


def with_score(*answers: Item) -> Item:
    """An activity whose score has any answers at all."""
    return {"linkId": "activity", "item": [*activity(score=None)["item"], {"linkId": "score", "answer": list(answers)}]}


def broken(answered: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(issue.rule, issue.expression) for issue in problems(answered, CANONICAL, TODAY)]


SIX = [activity(str(number)) for number in range(6)]


@pytest.mark.parametrize(
    ("questionnaire", "ours"),
    [
        ("https://kommune.example/fhir/Questionnaire/psfs", True),
        ("https://kommune.example/fhir/Questionnaire/psfs|1.0", True),
        ("https://kommune.example/fhir/Questionnaire/psfs-other", False),
        ("https://another.example/Questionnaire/psfs", False),
    ],
)
def test_an_answer_is_known_by_its_questionnaire_with_or_without_version(questionnaire: str, ours: bool) -> None:
    assert is_psfs({"questionnaire": questionnaire}, CANONICAL) is ours


def test_an_answer_to_no_form_is_not_ours() -> None:
    assert is_psfs({}, CANONICAL) is False


def test_a_conversation_is_read() -> None:
    answered = response(
        activity("1", "Gå i trapp", 3),
        activity("2", "Lage mat", None),
        question("note", valueString="Trives hjemme"),
        question("next", valueDate="2027-05-22"),
    )
    QuestionnaireResponse.model_validate(answered)
    assert problems(answered, CANONICAL, TODAY) == []
    assert conversation(answered) == Conversation(
        id="jan-1",
        authored=datetime(2026, 11, 22, 8, tzinfo=UTC),
        date=date(2026, 11, 22),
        activities=(Activity("1", "Gå i trapp", 3), Activity("2", "Lage mat", None)),
    )


def test_a_conversation_late_at_night_has_the_norwegian_date() -> None:
    assert conversation(response(activity(), authored="2026-06-30T22:15:00Z")).date == date(2026, 7, 1)


def test_a_conversation_dated_to_the_day_has_that_date() -> None:
    assert conversation(response(activity(), authored="2026-11-22")).date == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("status", "finished"),
    [("completed", True), ("amended", True), ("in-progress", False), ("stopped", False), ("entered-in-error", False)],
)
def test_what_is_finished(status: str, finished: bool) -> None:
    assert is_finished({"status": status}) is finished


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 11, 22), date(2027, 5, 22)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 6, 30), date(2026, 12, 30)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_six_calendar_months_end_within_their_month(day: date, later: date) -> None:
    assert months_after(day, 6) == later


def test_answers_to_other_forms_are_not_judged() -> None:
    assert broken(response(*SIX, questionnaire="https://another.example/Questionnaire/x")) == []


@pytest.mark.parametrize("status", ["completed", "amended", "in-progress", "stopped", "entered-in-error"])
def test_more_than_five_activities_are_always_refused(status: str) -> None:
    assert broken(response(*SIX, status=status)) == [("psfs-activities", "QuestionnaireResponse.item[5]")]


def test_five_activities_are_allowed() -> None:
    assert broken(response(*SIX[:5])) == []


COMPLETED = [
    (response(), [("psfs-activities", "QuestionnaireResponse.item")]),
    (response(question("note", valueString="x")), [("psfs-activities", "QuestionnaireResponse.item")]),
    (response(activity("1"), activity("1", "Lage mat")), [("psfs-key", "QuestionnaireResponse.item[1]")]),
    (response(activity(key=" ")), [("psfs-key", "QuestionnaireResponse.item[0]")]),
    (response(activity(name="  ")), [("psfs-name", "QuestionnaireResponse.item[0]")]),
    (
        response({"linkId": "activity", "item": [question("score", valueInteger=3)]}),
        [("psfs-key", "QuestionnaireResponse.item[0]"), ("psfs-name", "QuestionnaireResponse.item[0]")],
    ),
    (response(activity(score=0), activity("2", score=10)), []),
    (
        response(activity(score=11), activity("2", score=-1)),
        [
            ("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger"),
            ("psfs-score", "QuestionnaireResponse.item[1].item[2].answer[0].valueInteger"),
        ],
    ),
    (
        response(with_score({"valueDecimal": 3.5})),
        [("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0]")],
    ),
    (
        response(with_score({"valueInteger": 3.0})),
        [("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger")],
    ),
    (
        response(with_score({"valueInteger": True})),
        [("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger")],
    ),
    (
        response(with_score({"valueString": "3"})),
        [("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0]")],
    ),
    (
        response(with_score({"valueInteger": 3}, {"valueInteger": 4})),
        [("psfs-answer", "QuestionnaireResponse.item[0].item[2].answer[1]")],
    ),
    (response({"linkId": "activity", "item": [*activity(score=None)["item"], {"linkId": "score"}]}), []),
    (
        response({"linkId": "activity", "item": [*activity()["item"], question("score", valueInteger=4)]}),
        [("psfs-answer", "QuestionnaireResponse.item[0].item[3]")],
    ),
    (
        response(activity(), question("note", valueInteger=1)),
        [("psfs-answer", "QuestionnaireResponse.item[1].answer[0]")],
    ),
    (
        response(activity(), {"linkId": "activity", "answer": [{"valueString": "x"}], "item": activity("2")["item"]}),
        [("psfs-answer", "QuestionnaireResponse.item[1].answer[0]")],
    ),
    (
        response(activity(), question("mood", valueString="x")),
        [("psfs-question", "QuestionnaireResponse.item[1].linkId")],
    ),
    (
        response(activity(), question("score", valueInteger=3)),
        [("psfs-question", "QuestionnaireResponse.item[1].linkId")],
    ),
    (
        response({"linkId": "activity", "item": [*activity()["item"], question("pain", valueInteger=3)]}),
        [("psfs-question", "QuestionnaireResponse.item[0].item[3].linkId")],
    ),
    (
        response(activity(), {"linkId": "note", "answer": [{"valueString": "x", "item": [question("more")]}]}),
        [("psfs-question", "QuestionnaireResponse.item[1].answer[0].item[0].linkId")],
    ),
]


@pytest.mark.parametrize(
    ("answered", "expected"),
    COMPLETED,
    ids=[
        "nothing",
        "only a note",
        "same key",
        "blank key",
        "blank name",
        "neither key nor name",
        "lowest and highest",
        "outside",
        "half a point",
        "float",
        "boolean",
        "text score",
        "two answers",
        "not scored",
        "scored twice",
        "note of another type",
        "activity with an answer",
        "unknown question",
        "score outside an activity",
        "unknown part of an activity",
        "question below an answer",
    ],
)
def test_a_completed_conversation(answered: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert broken(answered) == expected


def test_a_completed_conversation_needs_a_time() -> None:
    answered = response(activity())
    del answered["authored"]
    assert broken(answered) == [("psfs-authored", "QuestionnaireResponse.authored")]


@pytest.mark.parametrize(
    ("authored", "agreed", "allowed"),
    [
        ("2026-11-22T09:00:00+01:00", "2027-05-22", True),
        ("2026-11-22T09:00:00+01:00", "2027-05-23", False),
        ("2026-08-31T09:00:00+02:00", "2027-02-28", True),
        ("2026-08-31T09:00:00+02:00", "2027-03-01", False),
        ("2026-11-21T23:30:00Z", "2027-05-22", True),
        ("2026-11-22T09:00:00+01:00", "2026-11-22", True),
        ("2026-11-22T09:00:00+01:00", "2026-11-21", False),
        ("2026-11-22T09:00:00+01:00", "2027-05", False),
        ("2026-11-22T09:00:00+01:00", "2027", False),
    ],
    ids=[
        "six months",
        "a day more",
        "end of a shorter month",
        "after it",
        "by the Norwegian date",
        "same day",
        "before",
        "only a month",
        "only a year",
    ],
)
def test_the_next_conversation_is_within_six_months(authored: str, agreed: str, allowed: bool) -> None:
    answered = response(activity(), question("next", valueDate=agreed), authored=authored)
    expected = [] if allowed else [("psfs-next", "QuestionnaireResponse.item[1].answer[0].valueDate")]
    assert broken(answered) == expected


@pytest.mark.parametrize(
    ("authored", "allowed"),
    [
        ("2026-11-22T22:59:59Z", True),
        ("2026-11-22T23:00:00Z", False),
        ("2026-11-22", True),
        ("2026-11-23", False),
        ("2026-11", True),
        ("2026-12", False),
        ("9999-12-31T23:59:59Z", False),
    ],
    ids=["this evening", "midnight", "today", "tomorrow", "this month", "next month", "the end of time"],
)
@pytest.mark.parametrize("status", ["completed", "in-progress"])
def test_no_conversation_is_dated_to_come(authored: str, allowed: bool, status: str) -> None:
    answered = response(activity(), authored=authored, status=status)
    assert broken(answered) == ([] if allowed else [("psfs-to-come", "QuestionnaireResponse.authored")])


def test_a_date_to_come_that_was_entered_in_error_may_be_marked_so() -> None:
    assert broken(response(activity(), authored="2199-01-01", status="entered-in-error")) == []


def test_what_is_in_progress_may_lack_anything() -> None:
    unfinished = response({"linkId": "activity"}, activity("2", name=" ", score=None), status="in-progress")
    del unfinished["authored"]
    assert broken(unfinished) == []
    assert broken(response(status="in-progress")) == []


def test_in_what_is_in_progress_what_is_there_must_be_right() -> None:
    unfinished = response(
        activity("1", score=11), activity("1"), question("next", valueDate="2027-05"), status="in-progress"
    )
    del unfinished["authored"]
    assert broken(unfinished) == [
        ("psfs-score", "QuestionnaireResponse.item[0].item[2].answer[0].valueInteger"),
        ("psfs-key", "QuestionnaireResponse.item[1]"),
        ("psfs-next", "QuestionnaireResponse.item[2].answer[0].valueDate"),
    ]


def test_what_is_in_progress_may_agree_the_next_date_before_it_has_a_time() -> None:
    unfinished = response(question("next", valueDate="2030-01-01"), status="in-progress")
    del unfinished["authored"]
    assert broken(unfinished) == []


def test_what_was_entered_in_error_may_be_marked_so() -> None:
    assert broken(response(activity(score=11), question("mood", valueString="x"), status="entered-in-error")) == []


def test_an_issue_speaks_norwegian_and_echoes_nothing_that_was_answered() -> None:
    (issue,) = problems(response(activity(name="Hemmelig", score=99)), CANONICAL, TODAY)
    assert (issue.code, issue.severity, issue.text) == ("business-rule", "error", "Poeng er hele tall fra 0 til 10.")
    assert issue.diagnostics == "a whole number from 0 to 10"
