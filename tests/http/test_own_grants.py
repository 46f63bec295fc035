"""What a write would grant its own writer counts for nothing while that write is judged, and nothing leads past it."""

from support import CANONICAL, Api, Json, Municipality, issues, ok, reference


def entry(method: str, url: str, resource: Json | None = None, **request: str) -> Json:
    return {"request": {"method": method, "url": url} | request} | ({"resource": resource} if resource else {})


def transaction(*entries: Json) -> Json:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def task(patient: Json, owner: Json, focus: Json) -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": reference(patient),
        "owner": reference(owner),
        "focus": reference(focus),
    }


def goal(patient: Json) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "x"},
        "subject": reference(patient),
    }


def test_a_task_to_oneself_opens_no_stranger_by_a_read_in_its_transaction(town: Municipality) -> None:
    own, stranger, coordinator = town.person(), town.person(), town.employee()
    town.team(own, coordinator=coordinator.role)
    api = coordinator.as_("coordinator")
    written = entry("POST", "Task", task(own, coordinator.role, stranger))
    for read in ("Practitioner?_count=1", f"Patient/{stranger['id']}"):
        refused = api.post("/fhir", transaction(written, entry("GET", read)))
        assert issues(refused, 422) == [("not-found", "Bundle.entry[0].resource.focus.reference")]
    assert api.get(f"/fhir/Patient/{stranger['id']}").status_code == 404


def test_nor_by_another_write_that_waits_for_another_person(town: Municipality) -> None:
    """A patch holds its person only when it is carried out, after the Task has been written."""
    own, other, stranger, coordinator = town.person(), town.person(), town.person(), town.employee()
    for one in (own, other):
        town.team(one, coordinator=coordinator.role)
    second = town.unit.create(goal(other))
    api = coordinator.as_("coordinator")
    part = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Goal.lifecycleStatus"},
        {"name": "value", "valueCode": "completed"},
    ]
    parameters: Json = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    refused = api.post(
        "/fhir",
        transaction(
            entry("POST", "Task", task(own, coordinator.role, stranger)),
            entry("PATCH", f"Goal/{second['id']}", parameters),
        ),
    )
    assert issues(refused, 422) == [("not-found", "Bundle.entry[0].resource.focus.reference")]
    assert api.get(f"/fhir/Patient/{stranger['id']}").status_code == 404


def test_a_reference_moved_to_where_it_grants_something_is_new_there(town: Municipality) -> None:
    own, stranger, coordinator = town.person(), town.person(), town.employee()
    town.team(own, coordinator=coordinator.role)
    theirs = town.unit.create(goal(stranger))
    made = town.unit.create(task(own, coordinator.role, own) | {"basedOn": [reference(theirs)]})
    moved = coordinator.as_("coordinator").put(made | {"focus": reference(theirs)})
    assert issues(moved, 422) == [("not-found", "Task.focus.reference")]


def test_reads_in_a_transaction_are_the_callers_own(town: Municipality) -> None:
    own, stranger, coordinator = town.person(), town.person(), town.employee()
    town.team(own, coordinator=coordinator.role)
    town.unit.create(goal(stranger))
    told = ok(
        coordinator.as_("coordinator").post(
            "/fhir",
            transaction(entry("POST", "Goal", goal(own)), entry("GET", "Goal"), entry("GET", f"Patient/{own['id']}")),
        ),
        200,
    )["entry"]
    assert [one["resource"]["subject"] for one in told[1]["resource"]["entry"]] == [reference(own)]
    assert told[2]["resource"]["id"] == own["id"]


def test_what_was_deleted_is_not_made_again_by_those_who_make_none(town: Municipality) -> None:
    own, coordinator = town.person(), town.employee()
    town.team(own, coordinator=coordinator.role)
    referral: Json = {"resourceType": "ServiceRequest", "status": "active", "intent": "proposal"}
    made = town.unit.create(referral | {"subject": reference(own)})
    assert town.unit.delete("ServiceRequest", made["id"]).status_code == 204
    assert issues(coordinator.as_("coordinator").put(made), 403) == [("forbidden", None)]
    assert town.unit.put(made).status_code == 201


def test_a_candidate_learns_nothing_of_teams_by_what_accepting_comes_to(town: Municipality) -> None:
    own, stranger, candidate = town.person(), town.person(), town.employee()
    team, other = town.team(own), town.team(stranger)
    asked = town.unit.operate(
        f"CareTeam/{team['id']}/$appoint-coordinator",
        coordinator={"valueReference": reference(candidate.role)},
        reason={"valueString": "x"},
        agreed={"valueBoolean": False},
    )
    parameters = ok(asked, 200)["parameter"]
    made = next(one["resource"] for one in parameters if one.get("resource", {}).get("resourceType") == "Task")
    api = candidate.as_("team")
    stands = ok(api.get(f"/fhir/Task/{made['id']}"), 200)
    answers = [
        api.put(stands | {"status": "accepted", "focus": {"reference": f"CareTeam/{id}"}})
        for id in (other["id"], "nothing")
    ]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content


def test_a_question_mark_within_criteria_is_part_of_the_value(town: Municipality) -> None:
    office: Json = {"resourceType": "Organization", "identifier": [{"system": "http://x", "value": "a?name=B"}]}
    one, other = town.system.create(office), town.system.create({"resourceType": "Organization", "name": "B"})
    assert town.system.send("DELETE", "/fhir/Organization?identifier=http://x|a?name=B").status_code == 204
    assert town.system.get(f"/fhir/Organization/{one['id']}").status_code == 410
    assert town.system.get(f"/fhir/Organization/{other['id']}").status_code == 200


def test_two_entries_by_the_same_criteria_are_refused(town: Municipality) -> None:
    office: Json = {"resourceType": "Organization", "name": "Ny"}
    both = [entry("POST", "Organization", office, ifNoneExist="name=Ny")] * 2
    assert issues(town.system.post("/fhir", transaction(*both)), 400) == [("duplicate", "Bundle.entry[1]")]


def test_what_criteria_delete_is_not_written_as_well(town: Municipality) -> None:
    office = town.system.create({"resourceType": "Organization", "name": "Gammel"})
    both = [
        entry("DELETE", "Organization?name=Gammel"),
        entry("PUT", f"Organization/{office['id']}", office | {"name": "Ny"}),
    ]
    assert issues(town.system.post("/fhir", transaction(*both)), 400) == [("duplicate", "Bundle.entry[1]")]
    assert town.system.read("Organization", office["id"])["name"] == "Gammel"


def test_a_search_of_many_conditions_over_many_types_is_refused(town: Municipality) -> None:
    many = "&".join(["_has:Provenance:target:_id=x"] * 20)
    assert issues(town.system.get(f"/fhir?{many}"), 400) == [("too-costly", None)]
    assert issues(town.system.get(f"/fhir?{'&'.join(['_tag=x'] * 50)}"), 400) == [("too-costly", None)]
    assert ok(town.system.get(f"/fhir?{'&'.join(['_tag=x'] * 5)}"), 200)["resourceType"] == "Bundle"


def test_values_that_are_compared_each_count_for_every_type(town: Municipality) -> None:
    many = ",".join(f"x{n}" for n in range(100))
    for name in ("_tag:text", "_profile:below", "_lastUpdated"):
        values = many if name != "_lastUpdated" else ",".join(str(1900 + n) for n in range(100))
        assert issues(town.system.get(f"/fhir?{name}={values}"), 400) == [("too-costly", None)]
    assert town.system.search(f"?_id={many}&_tag={many}")["resourceType"] == "Bundle"


def test_a_search_goes_on_with_a_token_of_other_scopes(town: Municipality) -> None:
    patient = town.person()
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
    made = town.system.create(goal | {"subject": reference(patient)})
    narrow = town.api("system", smart=("system/Patient.rs",))
    for one, other in ((town.system, narrow), (narrow, town.system)):
        page = one.search("?_type=Patient,Goal&_count=1&_sort=_lastUpdated")
        assert _shown(page, "id") == [patient["id"]]
        further = [link["url"] for link in page["link"] if link["relation"] == "next"]
        assert len(further) == (one is town.system)
        for url in further:
            assert _ids_of(ok(other.get(url.removeprefix(town.address)), 200)) == []
    page = town.system.search("?_type=Patient,Goal&_count=1")
    assert _shown(page, "id") == [made["id"]]
    assert _shown(_following(narrow, page), "id") == [patient["id"]]


def _ids_of(page: Json) -> list[str]:
    return [one["resource"]["id"] for one in page.get("entry", ())]


def _following(api: Api, page: Json) -> Json:
    (following,) = (one["url"] for one in page["link"] if one["relation"] == "next")
    return ok(api.get(following.removeprefix(api.address)), 200)


def _shown(page: Json, element: str) -> list[str]:
    return [one["resource"][element] for one in page["entry"]]


def test_a_page_ends_where_it_grows_too_large(town: Municipality) -> None:
    """Of twelve resources of 1.6 MB each, ten are on the first page, and the same goes for versions."""
    text = "x" * 790_000
    for n in range(12):
        office: Json = {"resourceType": "Organization", "id": f"o{n:02}", "name": f"x{n}", "alias": [text, text]}
        ok(town.system.put(office), 201)
    first = town.system.search("Organization?name=x&_sort=_id&_elements=name&_count=100")
    assert _shown(first, "id") == [f"o{n:02}" for n in range(10)]
    assert _shown(_following(town.system, first), "id") == ["o10", "o11"]
    first = town.system.search("Organization/_history?_count=100")
    assert _shown(first, "id") == [f"o{n:02}" for n in range(11, 1, -1)]
    assert _shown(_following(town.system, first), "id")[:2] == ["o01", "o00"]
    for n in range(12, 23):
        ok(town.system.put(office | {"name": f"x{n}"}), 200)
    first = town.system.search("Organization/o11/_history?_count=100")
    assert _shown(first, "name") == [f"x{n}" for n in range(22, 12, -1)]
    assert _shown(_following(town.system, first), "name") == ["x12", "x11"]


def test_chains_need_the_scope_to_search(town: Municipality) -> None:
    patient, nurse = town.person(name=[{"family": "Vik"}]), town.employee()
    team = town.team(patient, nurse.role)
    narrow = nurse.as_("team", smart=("user/CareTeam.rs", "user/Patient.r"))
    wide = nurse.as_("team", smart=("user/CareTeam.rs", "user/Patient.rs"))
    assert wide.found("CareTeam?subject:Patient.family=vik") == [f"CareTeam/{team['id']}"]
    assert narrow.found("CareTeam?subject:Patient.family=vik") == []


def test_nobody_takes_the_address_of_what_the_service_publishes(town: Municipality) -> None:
    form: Json = {"resourceType": "Questionnaire", "status": "active", "url": CANONICAL.questionnaire("psfs")}
    for caller in (town.unit, town.system):
        assert issues(caller.post("/fhir/Questionnaire", form), 422) == [("processing", "Questionnaire.url")]
    assert town.unit.create(form | {"url": "http://example.org/form"})["status"] == "active"
    assert town.unit.found(f"Questionnaire?url={form['url']}") == ["Questionnaire/psfs"]


def test_a_unit_too_long_to_be_found_again_is_refused_and_nothing_stored(town: Municipality) -> None:
    """PostgreSQL has no room in an index for what cannot be compressed."""
    patient, unlike = town.person(), "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(3000))
    measured: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    measured |= {"subject": reference(patient), "valueQuantity": {"value": 1, "system": f"urn:{unlike}", "code": "kg"}}
    assert issues(town.system.post("/fhir/Observation", measured), 400) == [("too-long", None)]
    assert town.system.found(f"Observation?patient={patient['id']}") == []
