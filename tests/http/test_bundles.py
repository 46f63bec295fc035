"""Batch and transaction: https://hl7.org/fhir/R4/http.html#transaction"""

import base64
import json
from typing import Any

import httpx
import pytest

from audit import events
from oppfolging_api.fhir.bundles import answers, batch
from support import Api, Json, Municipality, coding, issues, ok, patient_number, reference

KARI, PLAN, GOAL = (f"urn:uuid:00000000-0000-4000-8000-00000000000{n}" for n in range(3))


def entry(method: str, url: str, resource: Json | None = None, full_url: str | None = None, **request: str) -> Json:
    told: Json = {"request": {"method": method, "url": url} | request}
    told |= {"resource": resource} if resource else {}
    return told | ({"fullUrl": full_url} if full_url else {})


def send(api: Api, kind: str, *entries: Json, **headers: str) -> httpx.Response:
    body: Json = {"resourceType": "Bundle", "type": kind} | ({"entry": list(entries)} if entries else {})
    return api.send("POST", "/fhir", json=body, headers=headers)


def statuses(answer: httpx.Response) -> list[str]:
    bundle = ok(answer, 200)
    return [one["response"]["status"].partition(" ")[0] for one in bundle.get("entry", [])]


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", "name": [{"family": "Person"}]} | elements


def goal(subject: str, **elements: Any) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "gå på tur"},
        "subject": {"reference": subject},
    } | elements


def test_entries_that_refer_to_each_other_are_bound_together(town: Municipality) -> None:
    """Whatever their order; also in a narrative."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{KARI}">Kari</a></div>'
    plan: Json = {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "plan",
        "subject": {"reference": KARI},
        "goal": [{"reference": GOAL}],
        "text": {"status": "generated", "div": div},
    }
    answer = send(
        town.system,
        "transaction",
        entry("POST", "CarePlan", plan, PLAN),
        entry("POST", "Goal", goal(KARI), GOAL),
        entry("POST", "Patient", patient(), KARI),
    )
    assert statuses(answer) == ["201", "201", "201"]
    assert answer.json()["type"] == "transaction-response"
    plan_url, goal_url, kari_url = (
        one["response"]["location"].removesuffix("/_history/1") for one in answer.json()["entry"]
    )
    stored = ok(town.system.get(f"/fhir/{plan_url}"), 200)
    assert stored["subject"]["reference"] == kari_url
    assert stored["goal"] == [{"reference": goal_url}]
    assert f'href="{kari_url}"' in stored["text"]["div"]
    assert answer.json()["entry"][0]["response"]["etag"] == 'W/"1"'
    assert answer.json()["entry"][0]["response"]["lastModified"] == stored["meta"]["lastUpdated"]
    assert answer.json()["entry"][0]["resource"] == stored
    assert town.system.found(f"{kari_url}/CarePlan") == [plan_url]


def test_all_or_nothing(town: Municipality) -> None:
    before = town.system.search("Patient?_total=accurate")["total"]
    answer = send(
        town.system,
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Goal", goal("Patient/nobody")),
    )
    assert issues(answer, 422) == [("not-found", "Bundle.entry[1].resource.subject.reference")]
    answer = send(
        town.system,
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Patient", patient(gender="unsure")),
    )
    assert issues(answer, 400) == [("code-invalid", "Bundle.entry[1].resource.gender")]
    assert town.system.search("Patient?_total=accurate")["total"] == before


def test_the_order_is_that_of_the_specification(town: Municipality) -> None:
    """Deletes come first, so that what they leave behind does not hinder; reads come last, and see what was written."""
    old = town.person()
    number = patient_number(old)
    answer = send(
        town.system,
        "transaction",
        entry("GET", f"Patient?identifier={number}"),
        entry("PUT", "Patient/new", patient(id="new", active=True, identifier=old["identifier"])),
        entry("DELETE", f"Patient/{old['id']}"),
    )
    assert statuses(answer) == ["200", "201", "204"]
    found = answer.json()["entry"][0]["resource"]["entry"]
    assert [one["resource"]["id"] for one in found] == ["new"]


def test_each_entry_of_a_batch_stands_by_itself(town: Municipality) -> None:
    kari = town.person()
    answer = send(
        town.system,
        "batch",
        entry("GET", f"Patient/{kari['id']}"),
        entry("POST", "Patient", patient(gender="unsure")),
        entry("GET", "Patient/nobody"),
        entry("POST", "Patient", patient()),
        entry("GET", "Nothing/1"),
        entry("OPTIONS", "Patient"),
        entry("HEAD", f"Patient/{kari['id']}"),
        entry("GET", f"Patient/{kari['id']}", ifNoneMatch='W/"1"'),
        entry("GET", "metadata"),
    )
    assert statuses(answer) == ["200", "400", "404", "201", "404", "400", "200", "304", "200"]
    entries = answer.json()["entry"]
    assert answer.json()["type"] == "batch-response"
    assert entries[0]["resource"]["id"] == kari["id"]
    assert entries[0]["response"]["etag"] == 'W/"1"'
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert entries[5]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[5].request.method"]
    assert "resource" not in entries[6]
    assert entries[8]["resource"]["resourceType"] == "CapabilityStatement"


def test_versions_are_asked_for(town: Municipality) -> None:
    kari = town.person()
    changed = kari | {"active": True}
    stale = entry("PUT", f"Patient/{kari['id']}", changed, ifMatch='W/"7"')
    assert issues(send(town.system, "transaction", stale), 412) == [("conflict", "Bundle.entry[0]")]
    right = entry("PUT", f"Patient/{kari['id']}", changed, ifMatch='W/"1"')
    answer = send(town.system, "transaction", right)
    assert [one["response"]["etag"] for one in ok(answer, 200)["entry"]] == ['W/"2"']


def test_conditional_creates_updates_and_references(town: Municipality) -> None:
    kari = town.person()
    search = f"Patient?identifier={patient_number(kari)}"
    asked = [
        entry("POST", "Patient", patient(), KARI, ifNoneExist=search.partition("?")[2]),
        entry("POST", "Goal", goal(KARI)),
        entry("POST", "Goal", goal(search)),
        entry("PUT", "Organization?name=Finnes ikke", {"resourceType": "Organization", "name": "Finnes ikke"}, PLAN),
        entry("POST", "Organization", {"resourceType": "Organization", "name": "Del", "partOf": {"reference": PLAN}}),
    ]
    answer = send(town.system, "transaction", *asked)
    assert statuses(answer) == ["200", "201", "201", "201", "201"]
    goals = town.system.search(f"Goal?patient={kari['id']}")["entry"]
    assert len(goals) == 2
    whole = answer.json()["entry"][3]["response"]["location"].removesuffix("/_history/1")
    assert town.system.search(f"Organization?partof={whole}")["entry"][0]["resource"]["name"] == "Del"


def test_a_reference_that_is_a_search_finds_exactly_one(town: Municipality) -> None:
    none = send(town.system, "transaction", entry("POST", "Goal", goal("Patient?identifier=urn:x|1")))
    assert issues(none, 412) == [("conflict", "Bundle.entry[0].resource")]


def test_a_name_that_no_entry_has_is_refused(town: Municipality) -> None:
    lost = send(town.system, "transaction", entry("POST", "Goal", goal(KARI)))
    assert issues(lost, 400) == [("not-found", "Bundle.entry[0].resource")]


def test_two_entries_for_one_resource_are_refused(town: Municipality) -> None:
    kari = town.person()
    one = entry("PUT", f"Patient/{kari['id']}", kari | {"active": True})
    other = entry("DELETE", f"Patient/{kari['id']}")
    assert issues(send(town.system, "transaction", one, other), 400) == [("duplicate", "Bundle.entry[0]")]


def test_patches(town: Municipality) -> None:
    kari = town.person()
    url = f"Patient/{kari['id']}"
    part = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "Patient"},
        {"name": "name", "valueString": "birthDate"},
        {"name": "value", "valueDate": "1970-01-01"},
    ]
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    assert statuses(send(town.system, "transaction", entry("PATCH", url, parameters))) == ["200"]
    data = base64.b64encode(json.dumps([{"op": "add", "path": "/gender", "value": "female"}]).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}
    assert statuses(send(town.system, "batch", entry("PATCH", url, binary))) == ["200"]
    stored = town.system.read("Patient", kari["id"])
    assert (stored["birthDate"], stored["gender"]) == ("1970-01-01", "female")


def test_what_is_written_is_not_told_back_where_that_is_not_wanted(town: Municipality) -> None:
    answer = send(town.system, "transaction", entry("POST", "Patient", patient()), Prefer="return=minimal")
    assert sorted(ok(answer, 200)["entry"][0]) == ["response"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"resourceType": "Patient"}, ("structure", "Bundle.type")),
        ({"resourceType": "Bundle", "type": "collection"}, ("structure", "Bundle.type")),
        ({"resourceType": "Bundle", "type": "batch", "entry": []}, ("structure", "Bundle.entry")),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, ("structure", "Bundle.entry")),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [7]}, ("structure", "Bundle.entry[0]")),
        ({"resourceType": "Bundle", "type": "transaction", "entry": [{}]}, ("structure", "Bundle.entry[0]")),
        (
            {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "GET"}}]},
            ("structure", "Bundle.entry[0].request.url"),
        ),
        (
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"request": {"method": "POST", "url": "Goal"}}],
            },
            ("structure", "Bundle.entry[0]"),
        ),
        (
            {"resourceType": "Bundle", "type": "transaction", "entry": [entry("GET", "http://elsewhere.example/Goal")]},
            ("invalid", "Bundle.entry[0].request.url"),
        ),
    ],
)
def test_what_is_no_such_bundle_is_refused(town: Municipality, body: Json, fault: tuple[str, str]) -> None:
    assert issues(town.system.post("/fhir", body), 400) == [fault]


def test_a_bundle_has_an_end(town: Municipality) -> None:
    many = [entry("GET", "metadata")] * 501
    assert issues(send(town.system, "batch", *many), 400) == [("too-costly", "Bundle.entry")]


def test_an_empty_one_is_answered(town: Municipality) -> None:
    assert ok(send(town.system, "transaction"), 200) == {"resourceType": "Bundle", "type": "transaction-response"}


def test_policy_holds_for_every_entry(town: Municipality) -> None:
    kari, ola, nurse = town.person(), town.person(), town.employee()
    town.team(kari, nurse.role)
    api = nurse.as_("team")
    answer = send(
        api,
        "batch",
        entry("GET", f"Patient/{kari['id']}"),
        entry("GET", f"Patient/{ola['id']}"),
        entry("PUT", f"Patient/{kari['id']}", kari),
        entry("DELETE", f"Patient/{ola['id']}"),
    )
    assert statuses(answer) == ["200", "404", "403", "403"]
    refused = send(api, "transaction", entry("GET", "metadata"), entry("POST", "Patient", patient()))
    assert issues(refused, 403) == [("forbidden", "Bundle.entry[1]")]
    hidden = send(
        town.api("team", hpr=nurse.hpr, orgnr=nurse.orgnr), "batch", entry("GET", f"Goal?patient={ola['id']}")
    )
    assert "entry" not in ok(hidden, 200)["entry"][0]["resource"]


def test_the_rules_see_the_whole_bundle(town: Municipality) -> None:
    """An active individual plan needs consent: in one transaction they come together."""
    kari = town.person()
    plan: Json = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding("https://oppfolging.example/fhir/CodeSystem/plan-kind", "individual-plan")],
        "subject": reference(kari),
    }
    alone = send(town.unit, "transaction", entry("POST", "CarePlan", plan))
    assert alone.status_code == 422
    assert "plan-needs-consent" in alone.text or "consent" in alone.text


LATE = [entry("POST", "Organization", {"resourceType": "Organization", "name": "For sen"})] * 300


def stored(town: Municipality) -> int:
    return int(town.system.search("Organization?name=for sen&_total=accurate")["total"])


def test_a_transaction_that_takes_too_long_is_given_up_and_leaves_nothing(
    town: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(batch, "LONGEST_S", 0.05)
        assert issues(send(town.system, "transaction", *LATE), 422) == [("too-costly", "Bundle")]
    assert stored(town) == 0
    assert statuses(send(town.system, "transaction", *LATE[:2])) == ["201", "201"]


def test_a_batch_that_takes_too_long_tells_what_was_done_and_that_the_rest_was_not(
    town: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry that was under way may have been committed as it was given up. It is in the log as one that failed."""
    with monkeypatch.context() as hurried:
        hurried.setattr(batch, "LONGEST_S", 0.2)
        answer = send(town.system, "batch", *LATE)
    told = statuses(answer)
    done = told.count("201")
    assert 0 < done < 300
    assert told == ["201"] * done + ["503"] * (300 - done)
    assert done <= stored(town) <= done + 1
    assert {outcome_of(one) for one in answer.json()["entry"][done:]} == {"transient"}
    failed = events(town.unit, "outcome=8")
    assert [(event["outcomeDesc"], event["entity"][-1]["name"]) for event in failed] == [("HTTP 503", "POST")]


def outcome_of(entry: Json) -> str:
    return str(entry["response"]["outcome"]["issue"][0]["code"])


def test_the_answer_of_a_transaction_has_an_end(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [entry("GET", f"Patient/{town.person()['id']}")] * 3
    monkeypatch.setattr(answers, "LARGEST", 100)
    assert issues(send(town.system, "transaction", *reads), 422) == [("too-costly", "Bundle")]
    assert statuses(send(town.system, "transaction", *reads[:1])) == ["200"]


def test_the_answer_of_a_batch_has_an_end_that_is_told(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    kari = town.person()
    entries = [entry("PUT", f"Patient/{kari['id']}", kari), entry("GET", f"Patient/{kari['id']}")]
    monkeypatch.setattr(answers, "LARGEST", 100)
    answer = send(town.system, "batch", *entries)
    assert statuses(answer) == ["200", "422"]
    assert outcome_of(answer.json()["entry"][1]) == "too-costly"
