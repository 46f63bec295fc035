"""What is asked in each cell of the consent matrix, and the letter that the answer stands for."""

from collections.abc import Callable, Iterator
from functools import cache

import httpx
from consent_matrix import SEARCHES
from consent_world import Case

from support import Api, Json, label, reference

_DONE = {"read": 200, "vread": 200, "history": 200, "create": 201, "update": 200, "delete": 204}
_LETTERS = {403: "x", 404: "-", 409: "c", 422: "r"}

LISTS = {
    "search": "Goal?patient={person}&_total=accurate&_count=100",
    "include": "Task?patient={person}&_include=Task:focus&_count=100",
    "revinclude": "Patient?_id={person}&_revinclude=Goal:patient",
    "chain": "Task?patient={person}&focus:Goal.lifecycle-status=active&_count=100",
    "reference": "Task?patient={person}&focus={goals}&_count=100",
}
"""What lists Goals, or the Tasks that point at them."""
COUNTS = {
    "total": "Goal?_id={id}&_summary=count",
    "has": "Patient?_id={person}&_has:Goal:patient:identifier=urn:goal|{known}&_summary=count",
}
_OWN_MATTERS = {"guardian-economy": "economy"}
"""What a message is labelled with, where the role sees nothing else."""


def letter(interaction: str, response: httpx.Response) -> str:
    status = response.status_code
    return "+" if status == _DONE[interaction] else _LETTERS.get(status, str(status))


def goals_as(case: Case, role: str) -> Iterator[Iterator[str]]:
    """The letters of each of the person's Goals, each cell asked for when its letter is taken."""
    api = case.callers[role]
    listed = cache(lambda name: _listed(api, case, LISTS[name]))
    for kinds in case.goals:
        yield _goal(api, case, role, kinds, listed)


def _goal(api: Api, case: Case, role: str, kinds: str, listed: Callable[[str], set[str]]) -> Iterator[str]:
    path = f"/fhir/Goal/{case.goals[kinds]['id']}"
    yield letter("read", api.get(path))
    yield letter("vread", api.get(f"{path}/_history/1"))
    yield letter("history", api.get(f"{path}/_history"))
    for name in SEARCHES:
        shown = kinds in listed(name) if name in LISTS else _counted(api, case, kinds, COUNTS[name])
        yield "+" if shown else "-"
    yield letter("create", api.post("/fhir/Communication", _message(case, kinds, _OWN_MATTERS.get(role, "school"))))
    yield letter("update", _updated(api, case, kinds))
    yield letter("delete", _deleted(api, case, kinds))


def _listed(api: Api, case: Case, query: str) -> set[str]:
    """The labels of the Goals that a list shows, or points at. Of nothing where its total says something else."""
    goals = ",".join(reference(goal)["reference"] for goal in case.goals.values())
    bundle = api.search(query.format(person=case.patient["id"], goals=goals))
    entries = [one["resource"] for one in bundle.get("entry", ())]
    shown = {f"{one['resourceType']}/{one['id']}" for one in entries}
    if bundle.get("total", len(entries)) != len(entries):
        return {"a total that differs from the list"}
    if query.startswith("Task") and "_include" not in query:
        return {kinds for task, kinds in case.pointing.items() if task in shown}
    return {kinds for kinds, goal in case.goals.items() if f"Goal/{goal['id']}" in shown}


def _counted(api: Api, case: Case, kinds: str, query: str) -> bool:
    known = case.goals[kinds]["identifier"][0]["value"]
    asked = query.format(id=case.goals[kinds]["id"], person=case.patient["id"], known=known)
    return bool(api.search(asked)["total"])


def _message(case: Case, kinds: str, told: str) -> Json:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": reference(case.patient),
        "about": [reference(case.goals[kinds])],
        "meta": label(told),
    }


def _updated(api: Api, case: Case, kinds: str) -> httpx.Response:
    goal = case.goals[kinds]
    response = api.put(goal | {"language": "nb" if goal.get("language") == "nn" else "nn"})
    if response.status_code == 200:
        goal.update(response.json())
    return response


def _deleted(api: Api, case: Case, kinds: str) -> httpx.Response:
    response = api.delete("Goal", case.spare(kinds)["id"])
    if response.status_code == 204:
        case.spent(kinds)
    return response


def one_as(api: Api, resource: Json) -> Iterator[str]:
    """The letters of one resource of any type, in the order of BRIEF."""
    type, id = resource["resourceType"], resource["id"]
    path = f"/fhir/{type}/{id}"
    yield letter("read", api.get(path))
    yield letter("vread", api.get(f"{path}/_history/{resource['meta']['versionId']}"))
    yield letter("history", api.get(f"{path}/_history"))
    yield "+" if f"{type}/{id}" in api.found(f"{type}?_count=200") else "-"
    yield "+" if api.search(f"{type}?_id={id}&_summary=count")["total"] else "-"
    about = {"resourceType": "Communication", "status": "completed", "about": [reference(resource)]}
    yield letter("create", api.post("/fhir/Communication", about | {"meta": label("school")}))
    yield letter("update", api.put(resource | {"language": "nn"}))
    yield letter("delete", api.delete(type, id))
