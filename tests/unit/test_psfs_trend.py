from decimal import Decimal
from typing import Any

from fhir.resources.R4B.parameters import Parameters

from oppfolging_api.psfs.trend import trend


def response(
    id: str, authored: str, *activities: tuple[str, str, int | None], status: str = "completed"
) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        "status": status,
        "authored": authored,
        "item": [activity(*each) for each in activities],
    }


def activity(key: str, name: str, score: int | None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"linkId": "key", "answer": [{"valueString": key}]},
        {"linkId": "name", "answer": [{"valueString": name}]},
    ]
    scored = [] if score is None else [{"linkId": "score", "answer": [{"valueInteger": score}]}]
    return {"linkId": "activity", "item": [*parts, *scored]}


SPRING = response("spring", "2026-03-10T09:00:00+01:00", ("1", "Gå i trapp", 2), ("2", "Lage mat", 5))
AUTUMN = response(
    "autumn", "2026-09-08T09:00:00+02:00", ("1", "Gå i trapp", 5), ("2", "Lage mat", None), ("3", "Reise", 1)
)


def part(conversation: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in conversation["part"] if each["name"] == name]


def test_two_conversations_as_parameters() -> None:
    assert trend([AUTUMN, SPRING]) == {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "conversation",
                "part": [
                    {"name": "response", "valueReference": {"reference": "QuestionnaireResponse/spring"}},
                    {"name": "date", "valueDate": "2026-03-10"},
                    {"name": "total", "valueInteger": 7},
                    {"name": "mean", "valueDecimal": Decimal("3.5")},
                    {
                        "name": "activity",
                        "part": [
                            {"name": "key", "valueString": "1"},
                            {"name": "name", "valueString": "Gå i trapp"},
                            {"name": "score", "valueInteger": 2},
                        ],
                    },
                    {
                        "name": "activity",
                        "part": [
                            {"name": "key", "valueString": "2"},
                            {"name": "name", "valueString": "Lage mat"},
                            {"name": "score", "valueInteger": 5},
                        ],
                    },
                ],
            },
            {
                "name": "conversation",
                "part": [
                    {"name": "response", "valueReference": {"reference": "QuestionnaireResponse/autumn"}},
                    {"name": "date", "valueDate": "2026-09-08"},
                    {"name": "total", "valueInteger": 6},
                    {"name": "mean", "valueDecimal": Decimal("3")},
                    {
                        "name": "activity",
                        "part": [
                            {"name": "key", "valueString": "1"},
                            {"name": "name", "valueString": "Gå i trapp"},
                            {"name": "score", "valueInteger": 5},
                            {"name": "change", "valueInteger": 3},
                        ],
                    },
                    {
                        "name": "activity",
                        "part": [
                            {"name": "key", "valueString": "2"},
                            {"name": "name", "valueString": "Lage mat"},
                        ],
                    },
                    {
                        "name": "activity",
                        "part": [
                            {"name": "key", "valueString": "3"},
                            {"name": "name", "valueString": "Reise"},
                            {"name": "score", "valueInteger": 1},
                        ],
                    },
                    {"name": "compared-mean-change", "valueDecimal": Decimal("3")},
                    {"name": "marked-improvement", "valueBoolean": True},
                ],
            },
        ],
    }


def test_it_is_valid_fhir_with_decimals() -> None:
    parameters = trend([SPRING, AUTUMN])
    assert isinstance(part(parameters["parameter"][0], "mean")[0]["valueDecimal"], Decimal)
    read = Parameters.model_validate(parameters).parameter or []
    assert [each.name for each in read] == ["conversation", "conversation"]


def test_without_conversations_it_is_empty_and_still_valid_fhir() -> None:
    assert trend([]) == {"resourceType": "Parameters"}
    assert Parameters.model_validate(trend([])).parameter is None


def test_only_finished_conversations_are_told() -> None:
    responses = [
        response("begun", "2026-03-01T09:00:00+01:00", ("1", "Gå i trapp", 2), status="in-progress"),
        response("wrong", "2026-03-02T09:00:00+01:00", ("1", "Gå i trapp", 9), status="entered-in-error"),
        response("left", "2026-03-03T09:00:00+01:00", ("1", "Gå i trapp", 9), status="stopped"),
        response("corrected", "2026-03-04T09:00:00+01:00", ("1", "Gå i trapp", 3), status="amended"),
    ]
    told = trend(responses)["parameter"]
    assert [part(each, "response")[0]["valueReference"]["reference"] for each in told] == [
        "QuestionnaireResponse/corrected"
    ]


def test_the_order_is_that_of_time_whatever_zone_it_is_written_in() -> None:
    responses = [
        response("second", "2026-03-10T09:00:00+01:00", ("1", "Gå i trapp", 4)),
        response("first", "2026-03-10T07:59:00Z", ("1", "Gå i trapp", 6)),
    ]
    first, second = trend(responses)["parameter"]
    assert part(first, "response")[0]["valueReference"]["reference"] == "QuestionnaireResponse/first"
    assert part(second, "compared-mean-change") == [{"name": "compared-mean-change", "valueDecimal": Decimal("-2")}]
    assert part(second, "marked-improvement") == [{"name": "marked-improvement", "valueBoolean": False}]


def test_the_date_is_the_norwegian_one() -> None:
    (told,) = trend([response("late", "2026-03-09T23:30:00Z", ("1", "Gå i trapp", 4))])["parameter"]
    assert part(told, "date") == [{"name": "date", "valueDate": "2026-03-10"}]


def test_an_activity_is_the_same_by_its_key_though_its_name_is_worded_anew() -> None:
    renamed = response("later", "2026-09-08T09:00:00+02:00", ("2", "Lage middag", 6))
    _, told = trend([SPRING, renamed])["parameter"]
    assert part(told, "activity")[0]["part"] == [
        {"name": "key", "valueString": "2"},
        {"name": "name", "valueString": "Lage middag"},
        {"name": "score", "valueInteger": 6},
        {"name": "change", "valueInteger": 1},
    ]


def test_an_activity_that_comes_back_is_not_compared_across_the_conversation_it_was_out_of() -> None:
    between = response("between", "2026-06-08T09:00:00+02:00", ("2", "Lage mat", 5))
    back = response("back", "2026-09-08T09:00:00+02:00", ("1", "Gå i trapp", 9))
    *_, told = trend([SPRING, between, back])["parameter"]
    assert part(told, "compared-mean-change") == []
    assert part(told, "marked-improvement") == [{"name": "marked-improvement", "valueBoolean": False}]


def test_a_conversation_without_scores_has_neither_total_nor_mean() -> None:
    (told,) = trend([response("talk", "2026-03-10T09:00:00+01:00", ("1", "Gå i trapp", None))])["parameter"]
    assert part(told, "total") + part(told, "mean") == []
