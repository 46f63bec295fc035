"""Plans, goals and activities as tests write them."""

from typing import Any

import httpx

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, reference

SINCE = {"start": "2026-01-01"}


def category(*kinds: str) -> list[Json]:
    return [coding(CANONICAL.code_system("plan-kind"), kind) for kind in kinds]


def plan(patient: Json, *kinds: str, **elements: Any) -> Json:
    """An active individual plan where nothing else is said."""
    made: Json = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": category(*(kinds or ("individual-plan",))),
        "title": "Planen",
        "subject": reference(patient),
    }
    return made | elements


def goal(patient: Json, words: str = "Jeg vil handle i butikken alene.", **elements: Any) -> Json:
    made: Json = {
        "resourceType": "Goal",
        "extension": [extension("voice", valueCode="person")],
        "lifecycleStatus": "active",
        "description": {"text": words},
        "subject": reference(patient),
    }
    return made | elements


def activity(patient: Json, owner: Json | None = None, due: str | None = None, **elements: Any) -> Json:
    made: Json = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": coding(CANONICAL.code_system("task-kind"), "activity"),
        "description": "Lage handleliste med bilder",
        "for": reference(patient),
    }
    return (
        made
        | ({"owner": reference(owner)} if owner else {})
        | ({"restriction": {"period": {"end": due}}} if due else {})
        | elements
    )


def extension(name: str, **value: Any) -> Json:
    return {"url": CANONICAL.extension(name), **value}


def note(item: str, text: str, relevant: bool | None = None) -> Json:
    """One that answers a point of the plan's content."""
    parts: list[Json] = [{"url": "item", "valueCode": item}]
    parts += [] if relevant is None else [{"url": "relevant", "valueBoolean": relevant}]
    return {"extension": [extension("content", extension=parts)], "text": text}


def relative(town: Municipality, patient: Json) -> tuple[Json, Api]:
    """A RelatedPerson, and whoever holds their identity number."""
    number = identity_number()
    known = {"identifier": [{"system": systems.FNR, "value": number}], "patient": reference(patient)}
    made = town.system.create({"resourceType": "RelatedPerson", **known})
    return made, town.api("person", pid=number, sub="relative")


def broken(response: httpx.Response, status: int) -> list[tuple[str, str]]:
    """(rule, expression) of each issue, which all have a text for the person who reads it."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    told = response.json()["issue"]
    assert all(one["details"]["text"] for one in told)
    return [(one["details"]["coding"][0]["code"], one["expression"][0]) for one in told]
