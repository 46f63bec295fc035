"""Every role x type x interaction x target, compared with the table in matrix.py."""

import pytest
from matrix import (
    BOUND_BY_A_DENIAL_FOR,
    DENIALS,
    INCLUDED,
    INCLUDES,
    INTERACTIONS,
    LABELS,
    LINES,
    RELABELLED,
    REVERSE,
    TARGETS,
    WITHHELD_TYPES,
    Denial,
    Line,
    Relabelled,
)
from matrix_asked import relabelled, tried, versions_seen
from matrix_world import Withheld, Workplace, World, build

from oppfolging_api.access.development import DevelopmentIssuer
from support import Api, MovableClock, Municipality, ok, patient_number, reference


@pytest.fixture(scope="session")
def world(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> World:
    town, other = (Municipality(server, issuer, session_clock, code) for code in ("7003", "7004"))
    return build(town, other)


@pytest.fixture(scope="session")
def workplace(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> Workplace:
    return Workplace(Municipality(server, issuer, session_clock, "7005"))


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.role}-{line.type}")
def test_a_role_may_do_to_a_type_what_the_table_says(world: World, line: Line) -> None:
    expected = {
        (target, interaction): letter
        for target, letters in zip(TARGETS, line.cells, strict=True)
        for interaction, letter in zip(INTERACTIONS, letters, strict=True)
    }
    wrong = [
        f"{interaction} of {target}: {letter}, the table says {expected[target, interaction]}"
        for target, interaction, letter in tried(world, line)
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


@pytest.fixture(scope="session")
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
@pytest.mark.parametrize("role", ["coordinator", "team", "coordinating-unit", "person"])
def test_a_version_is_seen_only_where_its_own_and_the_current_labels_are(
    workplace: Workplace, change: Relabelled, role: str
) -> None:
    api, goal = relabelled(workplace, change, role)
    assert versions_seen(api, goal["id"]) == change.seen[role]


def test_being_a_person_elsewhere_opens_no_older_version(workplace: Workplace) -> None:
    person, employee = workplace.person("their organisation", "health"), workplace.employee
    goal = person.write("Goal", "mental-health")
    person.relabel(goal, "school")
    own_number = patient_number(workplace.town.person())
    both = workplace.town.api("team", "person", hpr=employee.hpr, orgnr=employee.orgnr, pid=own_number)
    assert versions_seen(both, goal["id"]) == "2"
