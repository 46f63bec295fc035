"""What may be seen is shown without what it would tell of what may not, and is not written back that way."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from stories import filled

from oppfolging_api.kernel import systems
from support import FHIR_JSON, Api, Employee, Json, MovableClock, Municipality, issues, label, ok, reference

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
TOLD_BY = {
    "health": "dps home-care hospital mental-health public-health rehabilitation",
    "mental-health": "dps mental-health",
    "substance-use": "",
    "economy": "nav",
    "work": "nav",
    "school": "kindergarten ppt school",
    "child-welfare": "child-welfare",
    "housing": "housing",
    "social": "",
}
"""By the kind that is withheld, the services whose part in a team tells of it."""
TOLD_BY_NONE = ("coordinating-unit", "gp-office", "municipality", "other")


def patch(api: Api, path: str, *operations: Json) -> httpx.Response:
    headers = {"Content-Type": "application/json-patch+json"}
    return api.send("PATCH", f"/fhir/{path}", content=json.dumps(operations), headers=headers)


def members(team: Json) -> list[str]:
    return [one["member"]["reference"] for one in team["participant"]]


def at(resource: Json) -> str:
    return str(reference(resource)["reference"])


@pytest.mark.parametrize("kind", TOLD_BY)
def test_a_service_is_shown_unless_it_alone_tells_what_is_withheld(town: Municipality, kind: str) -> None:
    adviser, patient = town.employee(town.organisation("other")), town.person()
    types = {*" ".join(TOLD_BY.values()).split(), *TOLD_BY_NONE}
    offices = {type: town.organisation(type) for type in sorted(types)}
    town.team(patient, *offices.values(), adviser.role)
    town.denial(patient, adviser.practitioner, kind)
    (team,) = adviser.as_("team").search("CareTeam")["entry"]
    hidden = {type for type, office in offices.items() if at(office) not in members(team["resource"])}
    assert (len(types), hidden) == (16, set(TOLD_BY[kind].split()))


@pytest.fixture
def nav(town: Municipality) -> Employee:
    return town.employee(town.organisation("nav"))


def denied_health(town: Municipality, nav: Employee, role: str = "team") -> tuple[Json, Api]:
    """A person who withholds health from NAV's employee, and that employee, not yet on any team."""
    patient = town.person()
    town.denial(patient, nav.practitioner, "health")
    return patient, nav.as_(role)


def hidden_ways(town: Municipality) -> dict[str, Json]:
    """Members whose service tells of health, each by another way from the member to the service."""
    hospital, gps = town.organisation("hospital"), town.organisation("gp-office")
    ward, bed = (town.system.create({"resourceType": "Organization", "name": name}) for name in ("Post", "Rom"))
    for part, whole in ((ward, hospital), (bed, ward)):
        town.system.update(part | {"partOf": reference(whole)})
    both = town.employee(gps)
    employed = {"resourceType": "PractitionerRole", "practitioner": reference(both.practitioner)}
    town.system.create(employed | {"organization": reference(hospital)})
    return {
        "a part of a part": reference(bed),
        "a role in a part": reference(town.system.create(employed | {"organization": reference(bed)})),
        "somebody who works there too": reference(both.practitioner),
        "no more than a name": {"display": "Sykehuset"},
        "a number": {"identifier": {"system": systems.ORGANISATION_NUMBER, "value": "974633574"}},
        "an address elsewhere": {"reference": "https://journal.example/fhir/Organization/1"},
    }


def test_a_member_is_hidden_whichever_way_the_service_is_told(town: Municipality, nav: Employee) -> None:
    patient, api = denied_health(town, nav)
    hidden, doctor = hidden_ways(town), town.employee(town.organisation("gp-office"))
    shown = [reference(patient), reference(doctor.role), reference(nav.role)]
    town.team(patient, *({"member": one} for one in [shown[0], *hidden.values(), *shown[1:]]))
    (team,) = api.search("CareTeam")["entry"]
    assert [one["member"] for one in team["resource"]["participant"]] == shown
    assert SUBSETTED in team["resource"]["meta"]["tag"]


def test_who_once_worked_at_the_hospital_still_tells_of_it(
    town: Municipality, nav: Employee, clock: MovableClock
) -> None:
    """Where somebody has worked everyone may look up, and what they did there stands in the record."""
    patient, _ = denied_health(town, nav)
    doctor, today = town.employee(town.organisation("gp-office")), clock.today.isoformat()
    there = {"practitioner": reference(doctor.practitioner), "organization": reference(town.organisation("hospital"))}
    town.system.create({"resourceType": "PractitionerRole", "period": {"end": today}} | there)
    team = town.team(patient, doctor.practitioner, nav.role)
    for later in (0, 2):
        clock.moved = timedelta(days=later)
        assert members(nav.as_("team").read("CareTeam", team["id"])) == [at(nav.role)]
        assert nav.as_("team").found(f"CareTeam?participant={at(doctor.practitioner)}") == []


def test_own_entry_stays_whatever_the_own_service_tells(town: Municipality) -> None:
    """A nurse from home care, from whom health is withheld, still finds themselves and no colleague."""
    home = town.organisation("home-care")
    nurse, colleague, patient = town.employee(home), town.employee(home), town.person()
    town.team(patient, patient, nurse.role, colleague.role)
    town.denial(patient, home, "health")
    api = nurse.as_("team")
    (team,) = api.search(f"CareTeam?participant={at(nurse.role)}")["entry"]
    assert members(team["resource"]) == [at(patient), at(nurse.role)]
    assert api.found(f"CareTeam?participant={at(colleague.role)}") == []


def test_a_coordinator_from_school_leads_without_reading_health(town: Municipality) -> None:
    school = town.organisation("school")
    teacher, physio, patient = town.employee(school), town.employee(town.organisation("rehabilitation")), town.person()
    team = town.team(patient, physio.role, coordinator=teacher.role)
    town.denial(patient, school, "health")
    goal: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
    held = {
        kind: town.unit.create(goal | {"subject": reference(patient), "meta": label(*kind.split())})
        for kind in ("school", "health", "mental-health", "school health", "social")
    }
    api = teacher.as_("coordinator")
    assert set(api.found("Goal")) == {at(held["school"]), at(held["social"])}
    assert api.search("Goal?_total=accurate")["total"] == 2
    assert members(api.read("CareTeam", team["id"])) == [at(teacher.role)]
    assert api.found(f"CareTeam?participant={at(physio.role)}") == []
    assert issues(api.get(f"/fhir/Goal/{held['school health']['id']}"), 404) == [("not-found", None)]
    refused = api.put(held["health"] | {"lifecycleStatus": "completed"})
    assert issues(refused, 404) == [("not-found", None)]


def to(name: str) -> Json:
    return {"reference": f"{{{name}}}"}


PLACES: dict[str, tuple[Json, Json]] = {
    "an item that refers": ({"goal": [to("seen"), to("hidden")]}, {"goal": [to("seen")]}),
    "the last item that refers": ({"goal": [to("hidden")]}, {}),
    "a property that refers": ({"author": to("hidden_role")}, {}),
    "an item in which something refers": (
        {"activity": [{"reference": to("hidden_task")}, {"reference": to("seen_task")}]},
        {"activity": [{"reference": to("seen_task")}]},
    ),
    "an item within an item": (
        {"activity": [{"detail": {"status": "scheduled", "performer": [to("hidden_role"), to("own_role")]}}]},
        {"activity": [{"detail": {"status": "scheduled", "performer": [to("own_role")]}}]},
    ),
    "a remark": (
        {"note": [{"authorReference": to("hidden_person"), "text": "Innlagt"}, {"text": "Ring"}]},
        {"note": [{"text": "Ring"}]},
    ),
    "an extension": (
        {"extension": [{"url": "https://x.example/a", "valueReference": to("hidden")}], "title": "Plan"},
        {"title": "Plan"},
    ),
    "an extension of a text": (
        {"title": "Plan", "_title": {"extension": [{"url": "https://x.example/a", "valueReference": to("hidden")}]}},
        {"title": "Plan"},
    ),
    "an identifier": (
        {"identifier": [{"value": "1", "assigner": to("hidden_office")}, {"value": "2"}]},
        {"identifier": [{"value": "1"}, {"value": "2"}]},
    ),
    "an old version": (
        {"supportingInfo": [{"reference": "{hidden}/_history/1"}, to("seen")]},
        {"supportingInfo": [to("seen")]},
    ),
    "what is contained": (
        {
            "contained": [{"resourceType": "Condition", "id": "c", "subject": to("patient"), "code": {"text": "x"}}],
            "addresses": [{"reference": "#c"}],
        },
        {},
    ),
    "a narrative": (
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ved DPS</div>'}},
        {},
    ),
}
"""Elements of a CarePlan as written, and as shown."""


class Record:
    """A person who withholds health from NAV's employee, who coordinates; `names` are those of PLACES."""

    def __init__(self, town: Municipality, nav: Employee) -> None:
        self.town, self.nav, self.patient = town, nav, town.person()
        self.api = nav.as_("coordinator")
        town.team(self.patient, coordinator=nav.role)
        office = town.organisation("dps")
        psychologist = town.employee(office)
        made = {"hidden_office": office, "hidden_role": psychologist.role, "hidden_person": psychologist.practitioner}
        made |= {"own_role": nav.role, "patient": self.patient}
        for kind, name in (("work", "seen"), ("mental-health", "hidden")):
            about = {"meta": label(kind)}
            goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": name}}
            task = {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(self.patient)}
            made[name] = town.unit.create(goal | about | {"subject": reference(self.patient)})
            made[f"{name}_task"] = town.unit.create(task | about)
        self.names = {name: at(one) for name, one in made.items()}
        town.denial(self.patient, nav.practitioner, "health")

    def plan(self, **elements: Any) -> Json:
        plan = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": reference(self.patient)}
        return plan | filled(elements, self.names)

    def cut_plan(self) -> Json:
        """As the unit wrote it."""
        performers = {"detail": {"status": "scheduled", "performer": [to("own_role"), to("hidden_role")]}}
        return self.town.unit.create(
            self.plan(title="Plan", goal=[to("seen"), to("hidden")], author=to("hidden_role"), activity=[performers])
        )


@pytest.fixture
def record(town: Municipality, nav: Employee) -> Record:
    return Record(town, nav)


@pytest.mark.parametrize("place", PLACES)
def test_what_refers_to_the_withheld_goes_with_its_innermost_item(record: Record, place: str) -> None:
    written, shown = PLACES[place]
    made = record.town.unit.create(record.plan(**written))
    seen = record.api.read("CarePlan", made["id"])
    assert SUBSETTED in seen["meta"]["tag"]
    del seen["meta"], seen["id"]
    assert seen == record.plan(**shown)
    whole = record.town.unit.read("CarePlan", made["id"])
    assert (whole.get("meta", {}).get("tag"), {name: whole[name] for name in written}) == (
        None,
        filled(written, record.names),
    )


WAYS = (
    "CarePlan/{id}",
    "CarePlan/{id}/_history/1",
    "CarePlan/{id}/_history",
    "CarePlan/_history",
    "_history",
    "CarePlan",
    "CarePlan?_elements=goal,author,activity",
    "CarePlan?_summary=true",
    "?_type=CarePlan,Goal",
    "Goal?_revinclude=CarePlan:goal",
    "Patient?_revinclude=CarePlan:subject",
    "CareTeam?_include=CareTeam:subject&_revinclude:iterate=CarePlan:subject",
    "Patient/{patient}/CarePlan",
    "Patient/{patient}/$everything",
)


def test_it_is_cut_whichever_way_it_is_read(record: Record) -> None:
    plan = record.cut_plan()
    asked = [way.format(id=plan["id"], patient=record.patient["id"]) for way in WAYS]
    batch = [{"request": {"method": "GET", "url": url}} for url in asked if "$" not in url]
    answers = {url: record.api.get(f"/fhir/{url}").text for url in asked}
    for kind in ("batch", "transaction"):
        bundle = {"resourceType": "Bundle", "type": kind, "entry": batch}
        answers[kind] = record.api.post("/fhir", bundle).text
    answers["posted"] = record.api.send("POST", "/fhir/CarePlan/_search", data={"_count": "5"}).text
    secrets = [f'"reference":"{record.names[name]}"' for name in ("hidden", "hidden_role")]
    assert [
        url for url, text in answers.items() if f"CarePlan/{plan['id']}" not in text and plan["id"] not in text
    ] == []
    assert [url for url, text in answers.items() if any(secret in text for secret in secrets)] == []


def test_others_are_told_all_of_it(record: Record) -> None:
    plan = record.cut_plan()
    for reader in (record.town.unit, record.town.as_person(record.patient)):
        assert reader.read("CarePlan", plan["id"]) == plan


@pytest.mark.parametrize("way", ["as seen", "by criteria", "in a transaction"])
def test_what_is_seen_cut_is_not_written_back_whole(record: Record, way: str) -> None:
    plan = record.cut_plan()
    seen = record.api.read("CarePlan", plan["id"]) | {"title": "Ny"}
    if way == "as seen":
        answer = record.api.put(seen)
    elif way == "by criteria":
        answer = record.api.send("PUT", f"/fhir/CarePlan?_id={plan['id']}", json=seen)
    else:
        entry = {"request": {"method": "PUT", "url": f"CarePlan/{plan['id']}"}, "resource": seen}
        answer = record.api.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert [code for code, _ in issues(answer, 409)] == ["conflict"]
    assert record.town.unit.read("CarePlan", plan["id"]) == plan


FHIRPATH: Json = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": "replace"},
                {"name": "path", "valueString": "CarePlan.title"},
                {"name": "value", "valueString": "Ny"},
            ],
        }
    ],
}


@pytest.mark.parametrize("by", ["JSON Patch", "FHIRPath Patch"])
def test_a_patch_beside_the_cut_keeps_what_is_hidden(record: Record, by: str) -> None:
    plan = record.cut_plan()
    path = f"CarePlan/{plan['id']}"
    if by == "JSON Patch":
        answer = patch(record.api, path, {"op": "replace", "path": "/title", "value": "Ny"})
    else:
        answer = record.api.send("PATCH", f"/fhir/{path}", json=FHIRPATH, headers={"Content-Type": FHIR_JSON})
    shown = ok(answer, 200)
    assert (shown["title"], shown["goal"], "author" in shown) == ("Ny", [{"reference": record.names["seen"]}], False)
    assert SUBSETTED in shown["meta"]["tag"]
    whole = record.town.unit.read("CarePlan", plan["id"])
    assert {name: held for name, held in whole.items() if name != "meta"} == (
        {name: held for name, held in plan.items() if name != "meta"} | {"title": "Ny"}
    )
    assert "tag" not in whole["meta"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/goal"},
        {"op": "replace", "path": "/goal", "value": [{"display": "x"}]},
        {"op": "add", "path": "/goal/0", "value": {"display": "x"}},
        {"op": "add", "path": "/author", "value": {"display": "x"}},
        {"op": "remove", "path": "/activity"},
        {"op": "move", "from": "/goal", "path": "/supportingInfo"},
    ],
    ids=lambda operation: f"{operation['op']} {operation['path']}",
)
def test_a_patch_of_what_is_cut_changes_nothing(record: Record, operation: Json) -> None:
    plan = record.cut_plan()
    assert [code for code, _ in issues(patch(record.api, f"CarePlan/{plan['id']}", operation), 409)] == ["conflict"]
    assert record.town.unit.read("CarePlan", plan["id"]) == plan


def test_what_is_added_at_the_end_of_a_list_is_added_to_the_whole(record: Record) -> None:
    """A progress note can be written where one stands that may not be read."""
    plan = record.cut_plan()
    another = record.town.unit.create(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Gå tur"},
            "subject": plan["subject"],
            "meta": label("school"),
        }
    )
    added = {"reference": f"Goal/{another['id']}"}
    told = ok(patch(record.api, f"CarePlan/{plan['id']}", {"op": "add", "path": "/goal/-", "value": added}), 200)
    assert told["goal"] == [plan["goal"][0], added]
    assert record.town.unit.read("CarePlan", plan["id"])["goal"] == [*plan["goal"], added]


def test_a_patch_is_no_way_to_guess(record: Record) -> None:
    plan = record.cut_plan()
    new = {"op": "replace", "path": "/title", "value": "Ny"}
    for path, right in (
        ("/goal/1/reference", record.names["hidden"]),
        ("/author/reference", record.names["hidden_role"]),
        ("/author", {"reference": record.names["hidden_role"]}),
    ):
        wrong = json.loads(json.dumps(right).replace("-7", "-6"))
        answers = [
            patch(record.api, f"CarePlan/{plan['id']}", {"op": "test", "path": path, "value": guess}, new)
            for guess in (right, wrong)
        ]
        assert [one.status_code >= 400 for one in answers] == [True, True]
        assert answers[0].json() == answers[1].json()
    assert record.town.unit.read("CarePlan", plan["id"]) == plan


@pytest.mark.parametrize("how", ["POST", "PUT", "POST in a transaction", "PUT in a transaction"])
def test_what_is_answered_to_its_writer_is_cut_too(record: Record, how: str) -> None:
    """They may point at whom they know of in the directory, and are not told afterwards that it stands there."""
    written = record.plan(author=to("hidden_role"), contributor=[to("own_role"), to("hidden_office")])
    method, _, in_transaction = how.partition(" ")
    if method == "PUT":
        written["id"] = record.town.unit.create(record.plan())["id"]
    path = "CarePlan" if method == "POST" else f"CarePlan/{written['id']}"
    if in_transaction:
        entry = {"request": {"method": method, "url": path}, "resource": written}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        headers = {"Prefer": "return=representation"}
        told = ok(record.api.post("/fhir", bundle, headers=headers), 200)["entry"][0]["resource"]
    else:
        told = record.api.send(method, f"/fhir/{path}", json=written).json()
    assert ("author" in told, told["contributor"]) == (False, [{"reference": record.names["own_role"]}])
    whole = record.town.unit.read("CarePlan", told["id"])
    assert whole["author"] == {"reference": record.names["hidden_role"]}
    assert whole["contributor"][1] == {"reference": record.names["hidden_office"]}
