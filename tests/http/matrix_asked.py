"""What is asked in each cell of the policy matrix, and the letter that the answer stands for."""

from collections.abc import Iterator

import httpx
from matrix import COMPOSED, OWNED_TASK, TARGETS, Line, Relabelled
from matrix_world import Record, Workplace, World
from test_search_paging import all_pages

from support import Api, Json

_DONE = {"read": 200, "vread": 200, "history": 200, "create": 201, "update": 200, "delete": 204}
_LETTERS = {401: "!", 403: "x", 404: "-", 422: "r"}


def _letter(interaction: str, response: httpx.Response) -> str:
    return "+" if response.status_code == _DONE[interaction] else _refused(response)


def _refused(response: httpx.Response) -> str:
    return _LETTERS.get(response.status_code, str(response.status_code))


def _held(record: Record, line: Line) -> Json:
    if line.type == OWNED_TASK:
        return record.owned.get(line.role, record.held["Task"])
    return record.held[line.type]


def _searched(api: Api, held: list[Json]) -> list[str]:
    """A letter for each: whether a search by `_id` finds it, by GET and by POST, with a total that says no more, and
    one of all there is of the type."""
    type, query = held[0]["resourceType"], {"_id": ",".join(one["id"] for one in held), "_total": "accurate"}
    answers = [api.get(f"/fhir/{type}", params=query), api.send("POST", f"/fhir/{type}/_search", data=query)]
    if answers[0].status_code != 200 or answers[1].status_code != 200:
        return ["".join(dict.fromkeys(_refused(answer) for answer in answers))] * len(held)
    found = [{entry["resource"]["id"] for entry in answer.json().get("entry", ())} for answer in answers]
    if found[0] != found[1] or any(answer.json()["total"] != len(found[0]) for answer in answers):
        return ["GET, POST and total differ"] * len(held)
    every = found[0] if type in COMPOSED else {id for page in all_pages(api, f"{type}?_count=200") for id in page}
    if {one["id"] for one in held} & every != found[0]:
        return ["a search of all and one by _id differ"] * len(held)
    return ["+" if one["id"] in found[0] else "-" for one in held]


def _changed(resource: Json) -> Json:
    """A legal change: progress of a Task, the language of anything else."""
    if resource["resourceType"] == "Task":
        return resource | {"note": [*resource.get("note", ()), {"text": "I gang"}]}
    return resource | {"language": "nb" if resource.get("language") == "nn" else "nn"}


def _update(api: Api, record: Record, line: Line, *, foreign: bool) -> httpx.Response:
    """Of what is held; in the other municipality of a spare, whose id is then known there only."""
    type = line.type.rstrip("*")
    resource = record.spare(type) if foreign else _held(record, line)
    response = api.put(_changed(resource))
    if response.status_code == 200:
        resource.update(response.json())
    return response


def _delete(api: Api, record: Record, type: str) -> httpx.Response:
    response = api.delete(type, record.spare(type)["id"])
    if response.status_code == 204:
        del record.spares[type]
    return response


def _answers(api: Api, record: Record, line: Line, *, foreign: bool) -> Iterator[tuple[str, httpx.Response]]:
    type = line.type.rstrip("*")
    path = f"/fhir/{type}/{_held(record, line)['id']}"
    yield "read", api.get(path)
    yield "vread", api.get(f"{path}/_history/1")
    yield "history", api.get(f"{path}/_history")
    yield "create", api.post(f"/fhir/{type}", record.new(type))
    yield "update", _update(api, record, line, foreign=foreign)
    yield "delete", _delete(api, record, type)


def tried(world: World, line: Line) -> Iterator[tuple[str, str, str]]:
    """(target, interaction, letter) of every cell of a line."""
    api = world.callers[line.role]
    found = _searched(api, [_held(record, line) for record in world.records])
    for target, record, search in zip(TARGETS, world.records, found, strict=True):
        yield target, "search", search
        for interaction, response in _answers(api, record, line, foreign=target == "other municipality"):
            yield target, interaction, _letter(interaction, response)


def relabelled(workplace: Workplace, change: Relabelled, role: str) -> tuple[Api, Json]:
    """A Goal with the one set of labels, then the other, of a person who withholds health from the employee."""
    person = workplace.person("their organisation", "health")
    first, second = (kinds.split(",") if kinds != "none" else () for kinds in (change.first, change.second))
    goal = person.write("Goal", *first)
    person.relabel(goal, *second)
    return person.caller(role), goal


def versions_seen(api: Api, id: str) -> str:
    """Which versions vread answers, "0" for none; the history lists the same."""
    read = [version for version in "12" if api.get(f"/fhir/Goal/{id}/_history/{version}").status_code == 200]
    listed = api.get(f"/fhir/Goal/{id}/_history").json().get("entry", ())
    assert [entry["resource"]["meta"]["versionId"] for entry in listed] == read[::-1]
    return "".join(read) or "0"
