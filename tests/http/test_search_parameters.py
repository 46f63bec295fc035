"""What a search understands, what it passes over and says so, and what it keeps out of addresses."""

from urllib.parse import urlencode

import httpx
import pytest

from support import Api, Json, Municipality, issues, ok, patient_number

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"


def search(api: Api, type: str, form: dict[str, str], query: str = "", **headers: str) -> httpx.Response:
    return api.send("POST", f"/fhir/{type}/_search{query}", data=form, headers=headers)


def link(page: Json, relation: str) -> str | None:
    return next((held["url"] for held in page["link"] if held["relation"] == relation), None)


def self_of(answer: httpx.Response) -> str:
    return str(link(ok(answer, 200), "self"))


@pytest.mark.parametrize("prefer", [{}, {"Prefer": "handling=lenient"}, {"Prefer": "return=representation"}])
def test_lenient_passes_over_and_says_so_in_the_self_link(town: Municipality, prefer: dict[str, str]) -> None:
    made = town.system.create({"resourceType": "Practitioner", "name": [{"family": "Vik"}]})
    query = "family=vik&colour=blue&_text=x&organization.name=x&_count=5"
    answer = town.system.get(f"/fhir/Practitioner?{query}", headers=prefer)
    assert [entry["resource"]["id"] for entry in answer.json()["entry"]] == [made["id"]]
    assert self_of(answer) == f"{town.address}/fhir/Practitioner?family=vik&_count=5"


@pytest.mark.parametrize(
    "prefer", ["handling=strict", "respond-async, handling=strict", "return=minimal; handling=strict"]
)
def test_strict_refuses_what_is_not_declared(town: Municipality, prefer: str) -> None:
    answer = town.system.get("/fhir/Practitioner?family=vik&colour=blue&_text=x", headers={"Prefer": prefer})
    assert issues(answer, 400) == [("not-supported", "colour"), ("not-supported", "_text")]
    posted = search(town.system, "Practitioner", {"colour": "blue"}, Prefer=prefer)
    assert issues(posted, 400) == [("not-supported", "colour")]


def test_strict_takes_all_that_is_declared(town: Municipality) -> None:
    query = "family=vik&_id=x&_count=5&_sort=_id&_total=none&_format=json&_pretty=true&_lastUpdated=2026&given="
    answer = town.system.get(f"/fhir/Practitioner?{query}", headers={"Prefer": "handling=strict"})
    expected = "family=vik&_id=x&_count=5&_sort=_id&_total=none&_lastUpdated=2026"
    assert self_of(answer) == f"{town.address}/fhir/Practitioner?{expected}"


def test_the_self_link_repeats_the_search(town: Municipality) -> None:
    town.system.create({"resourceType": "Practitioner", "name": [{"family": "Å & B, C"}]})
    query = urlencode({"name:exact": "Å & B\\, C", "_sort": "-_lastUpdated"})
    answer = town.system.get(f"/fhir/Practitioner?{query}")
    assert len(answer.json()["entry"]) == 1
    assert self_of(answer) == f"{town.address}/fhir/Practitioner?{query}"
    again = town.system.get(self_of(answer).removeprefix(town.address))
    assert again.json()["entry"] == answer.json()["entry"]


def test_a_posted_search_takes_parameters_from_body_and_address(town: Municipality) -> None:
    for id, gender in (("a", "male"), ("b", "female"), ("c", "male")):
        body = {"resourceType": "Practitioner", "id": id, "gender": gender, "name": [{"family": "Vik"}]}
        ok(town.system.put(body), 201)
    answer = search(town.system, "Practitioner", {"family": "vik", "gender": "male"}, "?_sort=-_id")
    assert [entry["resource"]["id"] for entry in ok(answer, 200)["entry"]] == ["c", "a"]


def test_a_posted_search_leaves_no_value_in_its_links(town: Municipality) -> None:
    patient = town.person()
    number = patient_number(patient)
    ok(town.system.put(patient | {"id": "twin", "identifier": [{"system": FNR[:-1] + "9", "value": number}]}), 201)
    first = ok(search(town.unit, "Patient", {"identifier": number, "_count": "1", "_sort": "_id"}), 200)
    for relation in ("self", "next"):
        url = str(link(first, relation))
        assert url.startswith(f"{town.address}/fhir/Patient?_cursor=")
        assert "&" not in url
        assert number not in url
    second = ok(town.unit.get(str(link(first, "next")).removeprefix(town.address)), 200)
    again = ok(town.unit.get(str(link(first, "self")).removeprefix(town.address)), 200)
    assert [entry["resource"]["id"] for entry in second["entry"]] == ["twin"]
    assert again["entry"] == first["entry"]
    assert number not in str(second["link"])
    assert link(second, "next") is None


def test_a_cursor_read_by_somebody_else_shows_what_they_may_see(town: Municipality) -> None:
    nurse = town.employee()
    for _ in range(2):
        town.person()
    page = ok(search(town.unit, "Patient", {"_count": "1"}), 200)
    following = str(link(page, "next")).removeprefix(town.address)
    assert len(ok(town.unit.get(following), 200)["entry"]) == 1
    assert "entry" not in ok(nurse.as_("team").get(following), 200)


def test_a_posted_search_is_a_form(town: Municipality) -> None:
    answer = town.system.post("/fhir/Practitioner/_search", {"family": "vik"})
    assert issues(answer, 415) == [("not-supported", None)]
    latin = town.system.send(
        "POST",
        "/fhir/Practitioner/_search",
        content=b"name=\xe5",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert issues(latin, 400) == [("invalid", None)]


def test_a_query_is_utf_8_and_of_a_sensible_size(town: Municipality) -> None:
    assert issues(town.system.get("/fhir/Practitioner?name=%E5"), 400) == [("invalid", None)]
    many = "&".join(["name=a"] * 101)
    assert issues(town.system.get(f"/fhir/Practitioner?{many}"), 400) == [("invalid", None)]


@pytest.mark.parametrize("name", ["family:phonetic", "gender:above", "active:exact", "_id:text", "_lastUpdated:not"])
@pytest.mark.parametrize("handling", ["strict", "lenient"])
def test_an_unknown_modifier_is_refused_however_it_is_handled(town: Municipality, name: str, handling: str) -> None:
    answer = town.system.get(f"/fhir/Practitioner?{name}=x", headers={"Prefer": f"handling={handling}"})
    assert issues(answer, 400) == [("not-supported", name)]


def test_the_entries_of_a_search(town: Municipality) -> None:
    made = town.system.create({"resourceType": "Practitioner", "name": [{"family": "Vik"}]})
    page = town.system.search("Practitioner")
    assert (page["resourceType"], page["type"]) == ("Bundle", "searchset")
    url = f"{town.address}/fhir/Practitioner/{made['id']}"
    assert page["entry"] == [{"fullUrl": url, "search": {"mode": "match"}, "resource": made}]
