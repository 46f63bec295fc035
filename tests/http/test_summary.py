"""_summary and _elements: parts of resources, marked as such (https://hl7.org/fhir/R4/search.html#summary)."""

import pytest

from support import Api, Json, Municipality, issues, ok

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
OWN = {"system": "http://tags.example", "code": "own"}
NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Vekt</div>'}
CODE = {"text": "Vekt"}
REFERENCE_RANGE = [{"low": {"value": 50.10}}]
OBSERVATION: Json = {
    "resourceType": "Observation",
    "id": "o",
    "meta": {"tag": [OWN]},
    "text": NARRATIVE,
    "status": "final",
    "_status": {"id": "s"},
    "code": CODE,
    "subject": {"reference": "Patient/p"},
    "valueQuantity": {"value": 81.50, "unit": "kg"},
    "note": [{"text": "Med sko"}],
    "referenceRange": REFERENCE_RANGE,
}


@pytest.fixture
def weighed(town: Municipality) -> Municipality:
    """Patient p, with an observation o in which every digit counts."""
    patient: Json = {"resourceType": "Patient", "id": "p", "active": True, "maritalStatus": {"text": "gift"}}
    ok(town.system.put(patient | {"text": NARRATIVE}), 201)
    body = (
        '{"resourceType": "Observation", "id": "o",'
        ' "meta": {"tag": [{"system": "http://tags.example", "code": "own"}]},'
        ' "text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Vekt</div>"},'
        ' "status": "final", "_status": {"id": "s"}, "code": {"text": "Vekt"}, "subject": {"reference": "Patient/p"},'
        ' "valueQuantity": {"value": 81.50, "unit": "kg"}, "note": [{"text": "Med sko"}],'
        ' "referenceRange": [{"low": {"value": 50.10}}]}'
    )
    headers = {"Content-Type": "application/fhir+json"}
    assert town.system.send("PUT", "/fhir/Observation/o", content=body, headers=headers).status_code == 201
    return town


def only(api: Api, query: str) -> Json:
    (entry,) = api.search(f"Observation?{query}")["entry"]
    resource: Json = entry["resource"]
    return resource


KEPT = {
    "_summary=true": ["status", "_status", "code", "subject", "valueQuantity"],
    "_summary=text": ["text", "status", "_status", "code"],
    "_summary=data": ["status", "_status", "code", "subject", "valueQuantity", "note", "referenceRange"],
    "_elements=note": ["status", "_status", "code", "note"],
    "_elements=note,subject": ["status", "_status", "code", "subject", "note"],
    "_elements=value": ["status", "_status", "code", "valueQuantity"],
    "_elements=valueQuantity": ["status", "_status", "code", "valueQuantity"],
    "_elements=nothing": ["status", "_status", "code"],
    "_elements=note&_summary=true": ["status", "_status", "code", "note"],
}


@pytest.mark.parametrize("query", KEPT)
def test_what_is_kept_beside_what_r4_demands(weighed: Municipality, query: str) -> None:
    found = only(weighed.system, query)
    assert list(found) == ["resourceType", "id", "meta", *KEPT[query]]
    assert {name: found[name] for name in KEPT[query]} == {name: OBSERVATION[name] for name in KEPT[query]}


@pytest.mark.parametrize("query", KEPT)
def test_a_part_says_that_it_is_one(weighed: Municipality, query: str) -> None:
    assert only(weighed.system, query)["meta"]["tag"] == [OWN, SUBSETTED]


def test_a_part_is_marked_once(weighed: Municipality) -> None:
    tag = {"meta": {"tag": [SUBSETTED]}}
    ok(weighed.system.put({"resourceType": "Organization", "id": "m", "name": "x"} | tag), 201)
    (entry,) = weighed.system.search("Organization?_id=m&_elements=name")["entry"]
    assert entry["resource"]["meta"]["tag"] == [SUBSETTED]


def test_a_whole_resource_is_not_marked(weighed: Municipality) -> None:
    whole = weighed.system.read("Observation", "o")
    assert whole["meta"]["tag"] == [OWN]
    assert only(weighed.system, "_summary=false") == whole
    assert only(weighed.system, "") == whole


def test_nothing_of_what_is_stored_changes(weighed: Municipality) -> None:
    before = weighed.system.get("/fhir/Observation/o")
    for query in KEPT:
        only(weighed.system, query)
    after = weighed.system.get("/fhir/Observation/o")
    assert (after.content, after.headers["etag"]) == (before.content, 'W/"1"')
    assert weighed.system.found("Observation?_tag=SUBSETTED") == []


def test_every_digit_is_kept(weighed: Municipality) -> None:
    for query in ("_summary=data", "_elements=value,referenceRange"):
        answer = weighed.system.get(f"/fhir/Observation?{query}")
        assert '"value":81.50,' in answer.text
        assert '"value":50.10' in answer.text


def test_elements_are_of_the_matches_and_a_summary_of_all(weighed: Municipality) -> None:
    by_elements = weighed.system.search("Observation?_elements=note&_include=Observation:subject")["entry"]
    assert [entry["search"]["mode"] for entry in by_elements] == ["match", "include"]
    assert "subject" not in by_elements[0]["resource"]
    assert by_elements[1]["resource"] == weighed.system.read("Patient", "p")
    by_summary = weighed.system.search("Observation?_summary=true&_include=Observation:subject")["entry"]
    patient = by_summary[1]["resource"]
    assert list(patient) == ["resourceType", "id", "meta", "active"]
    assert patient["meta"]["tag"] == [SUBSETTED]


def test_only_the_count(weighed: Municipality) -> None:
    page = weighed.system.search("Observation?_summary=count")
    assert page["total"] == 1
    assert "entry" not in page
    assert [link["relation"] for link in page["link"]] == ["self"]
    assert weighed.system.search("Observation?_summary=count&status=cancelled")["total"] == 0


def test_pages_of_parts_have_parts_on_every_page(weighed: Municipality) -> None:
    for id in ("o2", "o3"):
        ok(weighed.system.put(OBSERVATION | {"id": id}), 201)
    page = weighed.system.search("Observation?_elements=note&_count=2&_sort=_id")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    (entry,) = ok(weighed.system.get(following.removeprefix(weighed.address)), 200)["entry"]
    assert list(entry["resource"]) == ["resourceType", "id", "meta", "status", "_status", "code", "note"]


def test_of_all_types_and_of_a_posted_search(weighed: Municipality) -> None:
    (entry,) = ok(weighed.system.get("/fhir?_type=Observation&_elements=note"), 200)["entry"]
    assert "subject" not in entry["resource"]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = weighed.system.send("POST", "/fhir/Observation/_search", content="_summary=text", headers=headers)
    assert list(ok(answer, 200)["entry"][0]["resource"]) == ["resourceType", "id", "meta", *KEPT["_summary=text"]]


@pytest.mark.parametrize("value", ["yes", "TRUE", "text,data"])
def test_a_summary_that_there_is_not(town: Municipality, value: str) -> None:
    assert issues(town.system.get(f"/fhir/Observation?_summary={value}"), 400) == [("invalid", "_summary")]


@pytest.mark.parametrize("query", KEPT)
def test_a_read_may_be_of_a_part(weighed: Municipality, query: str) -> None:
    answer = weighed.system.get(f"/fhir/Observation/o?{query}")
    assert list(ok(answer, 200)) == ["resourceType", "id", "meta", *KEPT[query]]
    assert (answer.json()["meta"]["tag"], answer.headers["etag"]) == ([OWN, SUBSETTED], 'W/"1"')


def test_a_read_is_of_the_whole_unless_told(weighed: Municipality) -> None:
    whole = weighed.system.read("Observation", "o")
    assert ok(weighed.system.get("/fhir/Observation/o?_summary=false&_format=json"), 200) == whole
    assert whole["meta"]["tag"] == [OWN]
    assert issues(weighed.system.get("/fhir/Observation/o?_summary=count"), 400) == [("invalid", "_summary")]
