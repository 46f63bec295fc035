"""$everything tells what the caller may see about a person, page by page, and nothing else."""

import httpx
import pytest

from audit import NOBODY
from support import Api, Json, Municipality, issues, label, ok, reference


def goal(patient: Json, **elements: object) -> Json:
    made: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå tur"},
        "subject": reference(patient),
    }
    return made | elements


def named(resource: Json) -> str:
    return str(reference(resource)["reference"])


def told(page: Json, mode: str) -> set[str]:
    entries = [entry for entry in page.get("entry", []) if entry["search"]["mode"] == mode]
    assert len({entry["fullUrl"] for entry in entries}) == len(entries)
    return {named(entry["resource"]) for entry in entries}


def next_link(page: Json) -> str | None:
    return next((link["url"] for link in page["link"] if link["relation"] == "next"), None)


def pages(api: Api, first: httpx.Response) -> list[Json]:
    found = [ok(first, 200)]
    while following := next_link(found[-1]):
        found.append(ok(api.get(following.removeprefix(api.address)), 200))
    return found


def everything(api: Api, patient: Json, query: str = "") -> httpx.Response:
    return api.get(f"/fhir/Patient/{patient['id']}/$everything{query}")


def posted(api: Api, patient: Json, *parameters: Json, query: str = "") -> httpx.Response:
    body: Json = {"resourceType": "Parameters"} | ({"parameter": list(parameters)} if parameters else {})
    return api.post(f"/fhir/Patient/{patient['id']}/$everything{query}", body)


def test_all_of_the_person_with_whom_and_where_it_refers_to(town: Municipality) -> None:
    employee, stranger, patient, other = town.employee(), town.employee(), town.person(), town.person()
    team = town.team(patient, employee.role)
    goals = [town.unit.create(goal(patient)) for _ in range(2)]
    town.unit.create(goal(other))
    page = ok(everything(town.unit, patient), 200)
    assert page["type"] == "searchset"
    assert told(page, "match") == {named(patient), named(team), *map(named, goals)}
    assert told(page, "include") == {named(employee.role)}
    assert named(stranger.role) not in str(page)
    assert next_link(page) is None


def test_asked_by_post_it_is_the_same(town: Municipality) -> None:
    employee, patient = town.employee(), town.person()
    town.team(patient, employee.role)
    town.unit.create(goal(patient))
    by_get = ok(everything(town.unit, patient), 200)
    by_post = ok(posted(town.unit, patient), 200)
    assert len(by_get["entry"]) == 4
    assert by_post["entry"] == by_get["entry"]
    headers = {"Content-Type": "application/fhir+json"}
    empty = town.unit.send("POST", f"/fhir/Patient/{patient['id']}/$everything", content=b"", headers=headers)
    assert ok(empty, 200)["entry"] == by_get["entry"]


@pytest.mark.parametrize("by", ["GET", "POST"])
def test_pages(town: Municipality, by: str) -> None:
    employee, patient = town.employee(), town.person()
    team = town.team(patient, employee.role)
    goals = [town.unit.create(goal(patient)) for _ in range(5)]
    if by == "GET":
        first = everything(town.unit, patient, "?_count=3")
    else:
        first = posted(town.unit, patient, {"name": "_count", "valueInteger": 3})
    found = pages(town.unit, first)
    newest_first = [*reversed(goals), team, patient]
    shown = [[named(e["resource"]) for e in page["entry"] if e["search"]["mode"] == "match"] for page in found]
    assert shown == [[named(one) for one in newest_first[n : n + 3]] for n in (0, 3, 6)]
    assert [told(page, "include") for page in found] == [set(), {named(employee.role)}, set()]


def test_since(town: Municipality) -> None:
    patient = town.person()
    town.unit.create(goal(patient))
    later = town.unit.create(goal(patient))
    since = later["meta"]["lastUpdated"]
    assert told(ok(everything(town.unit, patient, f"?_since={since.replace('+', '%2B')}"), 200), "match") == {
        named(later)
    }
    by_post = posted(town.unit, patient, {"name": "_since", "valueInstant": since})
    assert told(ok(by_post, 200), "match") == {named(later)}


BY_GET = {
    "commas": "?_type=Goal,CareTeam",
    "repeated": "?_type=Goal&_type=CareTeam",
}


@pytest.mark.parametrize("way", [*BY_GET, "posted", "posted in one", "both"])
def test_only_some_types_on_every_page(town: Municipality, way: str) -> None:
    """What is brought along is of the types asked for, too."""
    employee, patient = town.employee(), town.person()
    team = town.team(patient, employee.role)
    goals = [town.unit.create(goal(patient)) for _ in range(3)]
    types = [{"name": "_type", "valueCode": "Goal"}, {"name": "_type", "valueCode": "CareTeam"}]
    if way in BY_GET:
        first = everything(town.unit, patient, f"{BY_GET[way]}&_count=2")
    elif way == "posted":
        first = posted(town.unit, patient, *types, {"name": "_count", "valueInteger": 2})
    elif way == "both":
        first = posted(town.unit, patient, types[0], query="?_type=CareTeam&_count=2")
    else:
        first = posted(town.unit, patient, {"name": "_type", "valueString": "Goal,CareTeam"}, query="?_count=2")
    found = pages(town.unit, first)
    assert [len(page["entry"]) for page in found] == [2, 2]
    assert told(found[0], "match") | told(found[1], "match") == {named(team), *map(named, goals)}


def test_types_of_the_directory_are_brought_where_they_are_named(town: Municipality) -> None:
    employee, patient = town.employee(), town.person()
    team = town.team(patient, employee.role, town.organisation("nav"))
    town.unit.create(goal(patient))
    found = pages(town.unit, everything(town.unit, patient, "?_type=CareTeam,PractitionerRole,Goal&_count=1"))
    assert [told(page, "match") for page in found][1:] == [{named(team)}]
    assert [told(page, "include") for page in found] == [set(), {named(employee.role)}]


def test_what_is_withheld_meanwhile_is_not_on_the_next_page(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    health = [town.unit.create(goal(patient, meta=label("health"))) for _ in range(4)]
    member = nurse.as_("team")
    first = everything(member, patient, "?_type=Goal,Patient&_count=2")
    town.denial(patient, nurse.practitioner, "health")
    found = pages(member, first)
    assert told(found[0], "match") == {named(health[3]), named(health[2])}
    assert [told(page, "match") for page in found[1:]] == [{named(patient)}]
    assert told(ok(everything(member, patient, "?_type=Goal"), 200), "match") == set()


def test_who_leaves_the_team_gets_no_further_page(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    team = town.team(patient, nurse.role)
    for _ in range(3):
        town.unit.create(goal(patient))
    member = nurse.as_("team")
    following = next_link(ok(everything(member, patient, "?_count=2"), 200))
    assert following
    town.unit.update({name: held for name, held in team.items() if name != "participant"})
    assert issues(member.get(following.removeprefix(member.address)), 404) == [("not-found", None)]


def test_the_person_hears_nothing_about_third_parties(town: Municipality) -> None:
    patient = town.person()
    own = town.unit.create(goal(patient))
    town.unit.create(goal(patient, meta=label("third-party")))
    page = ok(everything(town.as_person(patient), patient), 200)
    assert told(page, "match") == {named(patient), named(own)}


def test_whom_one_may_not_see_and_who_was_deleted(town: Municipality) -> None:
    patient, stranger = town.person(), town.employee().as_("team")
    for by in (everything, posted):
        assert issues(by(stranger, patient), 404) == [("not-found", None)]
        assert issues(by(town.unit, {"id": NOBODY}), 404) == [("not-found", None)]
    assert town.unit.delete("Patient", patient["id"]).status_code == 204
    for by in (everything, posted):
        assert issues(by(town.unit, patient), 410) == [("deleted", None)]


def test_a_cursor_is_of_one_person(town: Municipality) -> None:
    patient, other = town.person(), town.person()
    town.unit.create(goal(patient))
    following = str(next_link(ok(everything(town.unit, patient, "?_count=1"), 200)))
    moved = following.removeprefix(town.address).replace(patient["id"], other["id"])
    assert issues(town.unit.get(moved), 400) == [("invalid", "_cursor")]


@pytest.mark.parametrize(
    ("query", "issue"),
    [
        ("?start=2026-01-01", ("not-supported", "start")),
        ("?end=2026-01-01", ("not-supported", "end")),
        ("?status=active", ("not-supported", "status")),
        ("?_sort=_id", ("not-supported", "_sort")),
        ("?_type=Unheard", ("not-supported", "_type")),
        ("?_type=Goal,Unheard", ("not-supported", "_type")),
        ("?_type=Practitioner", ("not-supported", "_type")),
        ("?_type=ValueSet", ("not-supported", "_type")),
        ("?_count=-1", ("invalid", "_count")),
        ("?_count=1&_count=2", ("invalid", "_count")),
        ("?_since=yesterday", ("invalid", "_lastUpdated")),
        ("?_cursor=x", ("invalid", "_cursor")),
    ],
)
def test_what_it_does_not_take(town: Municipality, query: str, issue: tuple[str, str]) -> None:
    assert issues(everything(town.unit, town.person(), query), 400) == [issue]


@pytest.mark.parametrize(
    ("parameters", "issue"),
    [
        ([{"name": "start", "valueDate": "2026-01-01"}], ("not-supported", "Parameters.parameter[0]")),
        ([{"name": "_cursor", "valueString": "x"}], ("not-supported", "Parameters.parameter[0]")),
        ([{"name": "_count", "valueString": "5"}], ("invalid", "Parameters.parameter[0]")),
        ([{"name": "_since", "valueBoolean": True}], ("invalid", "Parameters.parameter[0]")),
        ([{"name": "_since", "valueInstant": "2026"}], ("value", "Parameters.parameter[0].value")),
        ([{"name": "_count", "valueInteger": 1}] * 2, ("invalid", "_count")),
        ([{"name": "_type", "part": [{"name": "x", "valueCode": "Goal"}]}], ("invalid", "Parameters.parameter[0]")),
    ],
)
def test_parameters_in_a_body_that_it_does_not_take(
    town: Municipality, parameters: list[Json], issue: tuple[str, str]
) -> None:
    assert issues(posted(town.unit, town.person(), *parameters), 400) == [issue]


def test_a_body_that_is_no_parameters(town: Municipality) -> None:
    patient = town.person()
    answer = town.unit.post(f"/fhir/Patient/{patient['id']}/$everything", patient)
    assert issues(answer, 400) == [("invalid", "Parameters.resourceType")]


def test_only_the_total(town: Municipality) -> None:
    patient = town.person()
    town.unit.create(goal(patient))
    page = ok(everything(town.unit, patient, "?_count=0"), 200)
    assert (page["total"], page.get("entry")) == (2, None)
