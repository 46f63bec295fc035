"""Every role x type x interaction x target, compared with the table in matrix.py."""

from collections.abc import Iterator

import httpx
import pytest
from matrix import (
    BOUND_BY_A_DENIAL_FOR,
    DENIALS,
    INCLUDED,
    INCLUDES,
    INTERACTIONS,
    LABELS,
    LINES,
    OWNED_TASK,
    RELABELLED,
    REVERSE,
    TARGETS,
    WITHHELD_TYPES,
    Denial,
    Line,
    Relabelled,
)
from matrix_world import Record, Withheld, Workplace, World, build
from test_search_paging import all_pages

from oppfolging_api.access.development import DevelopmentIssuer
from support import Api, Json, MovableClock, Municipality, ok, patient_number, reference

_DONE = {"read": 200, "vread": 200, "history": 200, "create": 201, "update": 200, "delete": 204}
_LETTERS = {401: "!", 403: "x", 404: "-", 422: "r"}


@pytest.fixture(scope="module")
def world(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> World:
    town, other = (Municipality(server, issuer, session_clock, code) for code in ("7003", "7004"))
    return build(town, other)


@pytest.fixture(scope="module")
def workplace(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> Workplace:
    return Workplace(Municipality(server, issuer, session_clock, "7005"))


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
    every = {id for page in all_pages(api, f"{type}?_count=200") for id in page}
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


def _tried(world: World, line: Line) -> Iterator[tuple[str, str, str]]:
    """(target, interaction, letter) of every cell of a line."""
    api = world.callers[line.role]
    found = _searched(api, [_held(record, line) for record in world.records])
    for target, record, search in zip(TARGETS, world.records, found, strict=True):
        yield target, "search", search
        for interaction, response in _answers(api, record, line, foreign=target == "other municipality"):
            yield target, interaction, _letter(interaction, response)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.role}-{line.type}")
def test_a_role_may_do_to_a_type_what_the_table_says(world: World, line: Line) -> None:
    expected = {
        (target, interaction): letter
        for target, letters in zip(TARGETS, line.cells, strict=True)
        for interaction, letter in zip(INTERACTIONS, letters, strict=True)
    }
    wrong = [
        f"{interaction} of {target}: {letter}, the table says {expected[target, interaction]}"
        for target, interaction, letter in _tried(world, line)
        if letter != expected[target, interaction]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_has_a_line_for_every_role_and_every_type_served(world: World) -> None:
    served = ok(world.callers["no-token"].get("/fhir/metadata"), 200)["rest"][0]["resource"]
    lines = sorted((line.role, line.type) for line in LINES if not line.type.endswith("*"))
    assert lines == sorted((role, one["type"]) for role in world.callers for one in served)


@pytest.mark.parametrize("role", ["coordinator", "team", "person"])
def test_what_is_not_seen_is_answered_as_what_does_not_exist(world: World, role: str) -> None:
    api, (own, person, _) = world.callers[role], world.records
    made = own.new("QuestionnaireResponse")
    unseen, nobody = (
        api.post("/fhir/QuestionnaireResponse", made | {"subject": {"reference": who}})
        for who in (f"Patient/{person.patient['id']}", "Patient/nobody")
    )
    assert (unseen.status_code, unseen.json()) == (422, nobody.json())
    for type in ("Goal", "Consent", "Task"):
        id = person.held[type]["id"]
        for path in (f"/fhir/{type}/{{}}", f"/fhir/{type}/{{}}/_history", f"/fhir/{type}/{{}}/_history/1"):
            hidden, missing = api.get(path.format(id)), api.get(path.format("nothing"))
            assert (hidden.status_code, hidden.json()) == (404, missing.json())


@pytest.mark.parametrize("role", INCLUDED)
def test_what_is_included_in_reverse_is_what_a_search_finds(world: World, role: str) -> None:
    unit = world.records[0].town.unit_office["id"]
    asked = "".join(f"&_revinclude={type}:{parameter}" for type, parameter in REVERSE.items())
    brought = world.callers[role].found(f"Organization?_id={unit}{asked}")
    letter = INTERACTIONS.index("search")
    for line in LINES:
        if line.role != role or line.type not in REVERSE:
            continue
        for record, cells in zip(world.records, line.cells, strict=True):
            held = f"{line.type}/{record.held[line.type]['id']}"
            assert (held in brought) == (cells[letter] == "+"), (line.type, cells)


@pytest.mark.parametrize("role", INCLUDED)
def test_an_include_brings_nothing_the_role_does_not_see(world: World, role: str) -> None:
    own, person, _ = world.records
    at = {f"own person {type}": held for type, held in own.held.items()}
    at |= {f"other person {type}": held for type, held in person.held.items()}
    letters = ""
    for include, target in INCLUDES.items():
        source = own.held[include.partition(":")[0]]
        brought = world.callers[role].found(f"{source['resourceType']}?_id={source['id']}&_include={include}")
        letters += "0" if not brought else "+" if reference(at[target])["reference"] in brought else "-"
    assert letters == INCLUDED[role]


def test_a_leader_sees_the_person_and_the_focus_while_the_task_is_open(workplace: Workplace) -> None:
    person = workplace.person("somebody else's organisation", "school")
    leader, request = person.employee.as_("leader"), person.write("ServiceRequest")
    task = person.write("Task") | {"owner": reference(workplace.actors["their organisation"])}
    task = person.town.unit.update(task | {"focus": reference(request)})
    seen = {f"{one['resourceType']}/{one['id']}" for one in (person.patient, request, task)}
    asked = f"Task?_id={task['id']}&_include=Task:patient&_include=Task:focus"
    assert set(leader.found(asked)) == seen
    leader.update(task | {"status": "completed"})
    assert leader.found(asked) == [f"Task/{task['id']}"]


_ALL_WITHHELD = "".join(f"&_revinclude={type}:patient" for type in WITHHELD_TYPES)
_People = dict[tuple[str, str], tuple[Withheld, dict[tuple[str, str], str]]]


@pytest.fixture(scope="module")
def withheld(workplace: Workplace) -> _People:
    """By actor and kind of the denial: the person, and a resource of each type with each label."""
    made: _People = {}
    for actor in BOUND_BY_A_DENIAL_FOR:
        for kind in LABELS[1:]:
            person = workplace.person(actor, kind)
            written = {
                (type, label): str(person.write(type, *filter(None, [label]))["id"])
                for type in WITHHELD_TYPES
                for label in LABELS
            }
            made[actor, kind] = person, written
    return made


def _seen(api: Api, type: str, id: str) -> tuple[str, ...]:
    """How a resource shows: read, every way of finding it, its history."""
    statuses = {200: "+", 404: "-"}
    read, history = api.get(f"/fhir/{type}/{id}"), api.get(f"/fhir/{type}/{id}/_history")
    return tuple(statuses.get(answer.status_code, str(answer.status_code)) for answer in (read, history))


@pytest.mark.parametrize("denial", DENIALS, ids=lambda denial: f"{denial.role}-{denial.kind}")
@pytest.mark.parametrize("actor", BOUND_BY_A_DENIAL_FOR)
def test_a_denial_withholds_the_kinds_it_names(withheld: _People, actor: str, denial: Denial) -> None:
    person, written = withheld[actor, denial.kind]
    api, patient = person.caller(denial.role), person.patient["id"]
    included = api.found(f"Patient?_id={patient}{_ALL_WITHHELD}")
    for type, cells in zip(WITHHELD_TYPES, denial.cells, strict=True):
        bundle = api.search(f"{type}?patient={patient}&_total=accurate")
        found = [entry["resource"]["id"] for entry in bundle.get("entry", ())]
        assert bundle["total"] == cells.count("+")
        for label, letter in zip(LABELS, cells, strict=True):
            id = written[type, label]
            listed = tuple("+" if it else "-" for it in (id in found, f"{type}/{id}" in included))
            shown = (*_seen(api, type, id), *listed)
            assert shown == (letter,) * 4, f"read, history, search, include of a {type} labelled {label or 'nothing'}"


@pytest.mark.parametrize("actor", ["a part of their organisation", "somebody else's organisation"])
def test_a_denial_for_others_withholds_nothing(workplace: Workplace, actor: str) -> None:
    person = workplace.person(actor, "health")
    goal = person.write("Goal", "mental-health")
    assert person.caller("coordinator").read("Goal", goal["id"])["id"] == goal["id"]


@pytest.mark.parametrize("change", RELABELLED, ids=lambda change: f"{change.first} to {change.second}")
def test_a_version_is_seen_only_where_its_own_and_the_current_labels_are(
    workplace: Workplace, change: Relabelled
) -> None:
    person = workplace.person("their organisation", "health")
    first, second = (kinds.split(",") if kinds != "none" else () for kinds in (change.first, change.second))
    goal = person.write("Goal", *first)
    person.relabel(goal, *second)
    expected = {
        "coordinator": change.coordinator,
        "team": change.team,
        "coordinating-unit": change.unit,
        "person": change.person,
    }
    assert {role: _versions(person.caller(role), goal["id"]) for role in expected} == expected


def test_being_a_person_elsewhere_opens_no_older_version(workplace: Workplace) -> None:
    person, employee = workplace.person("their organisation", "health"), workplace.employee
    goal = person.write("Goal", "mental-health")
    person.relabel(goal, "school")
    own_number = patient_number(workplace.town.person())
    both = workplace.town.api("team", "person", hpr=employee.hpr, orgnr=employee.orgnr, pid=own_number)
    assert _versions(both, goal["id"]) == "2"


def _versions(api: Api, id: str) -> str:
    """Which versions vread answers, "0" for none; the history lists the same."""
    read = [version for version in "12" if api.get(f"/fhir/Goal/{id}/_history/{version}").status_code == 200]
    listed = api.get(f"/fhir/Goal/{id}/_history").json().get("entry", ())
    assert [entry["resource"]["meta"]["versionId"] for entry in listed] == read[::-1]
    return "".join(read) or "0"
