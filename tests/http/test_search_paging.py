"""A search is read to its end by `next` links, in an order that holds while others write."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from support import Api, Json, Municipality, issues, ok


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


def link(page: Json, relation: str) -> str | None:
    return next((held["url"] for held in page["link"] if held["relation"] == relation), None)


def ids(page: Json) -> list[str]:
    return [entry["resource"]["id"] for entry in page.get("entry", [])]


def all_pages(api: Api, query: str, between: Callable[[int], None] = lambda _: None) -> list[list[str]]:
    """The ids of every page; `between` happens before each page but the first."""
    page, pages = api.search(query), []
    while True:
        pages.append(ids(page))
        following = link(page, "next")
        if following is None:
            return pages
        between(len(pages))
        page = ok(api.get(following.removeprefix(api.address)), 200)


@pytest.fixture
def seven(town: Municipality) -> Municipality:
    """Practitioners a to g, in that order."""
    for id in "abcdefg":
        place(town, {"resourceType": "Practitioner", "id": id, "gender": "female" if id in "ace" else "male"})
    return town


def test_the_newest_come_first_and_every_row_once(seven: Municipality) -> None:
    assert all_pages(seven.system, "Practitioner?_count=3") == [["g", "f", "e"], ["d", "c", "b"], ["a"]]


def test_a_page_that_just_fits_is_the_last(seven: Municipality) -> None:
    page = seven.system.search("Practitioner?_count=7&_sort=_id")
    assert ids(page) == list("abcdefg")
    assert link(page, "next") is None


def test_the_search_goes_on_as_it_began(seven: Municipality) -> None:
    query = "Practitioner?gender=male&_count=2&_sort=_id&_total=accurate"
    first = seven.system.search(query)
    second = ok(seven.system.get(str(link(first, "next")).removeprefix(seven.address)), 200)
    assert (ids(first), ids(second)) == (["b", "d"], ["f", "g"])
    assert (first["total"], second["total"]) == (4, 4)
    again = ok(seven.system.get(str(link(second, "self")).removeprefix(seven.address)), 200)
    assert ids(again) == ["f", "g"]


def test_rows_written_meanwhile_neither_repeat_nor_hide_others(seven: Municipality) -> None:
    def write(page: int) -> None:
        place(seven, {"resourceType": "Practitioner", "id": f"new-{page}"})
        for id in ("g", "f"):
            seven.system.update({"resourceType": "Practitioner", "id": id, "active": bool(page % 2)})

    assert all_pages(seven.system, "Practitioner?_count=2", write) == [["g", "f"], ["e", "d"], ["c", "b"], ["a"]]


def test_an_order_by_id_holds_whatever_is_written(seven: Municipality) -> None:
    def write(page: int) -> None:
        for id in "abcdefg":
            seven.system.update({"resourceType": "Practitioner", "id": id, "active": bool(page % 2)})

    pages = all_pages(seven.system, "Practitioner?_count=2&_sort=_id", write)
    assert pages == [["a", "b"], ["c", "d"], ["e", "f"], ["g"]]


def test_what_is_deleted_meanwhile_is_passed_over(seven: Municipality) -> None:
    def delete(page: int) -> None:
        seven.system.delete("Practitioner", {1: "b", 2: "e"}.get(page, "nothing"))

    pages = all_pages(seven.system, "Practitioner?_count=2&_sort=_id", delete)
    assert pages == [["a", "b"], ["c", "d"], ["f", "g"]]


@pytest.fixture
def people(town: Municipality) -> Municipality:
    """Patients with and without what they are sorted by."""
    people: dict[str, Json] = {
        "1": {"birthDate": "1950-05-05", "gender": "male", "name": [{"family": "Åsen", "given": ["Bjørn"]}]},
        "2": {"birthDate": "1990", "gender": "female", "name": [{"family": "Vik", "given": ["Anne"]}]},
        "3": {"birthDate": "1950-05-05", "gender": "female", "name": [{"family": "Berg"}]},
        "4": {"name": [{"family": "Vik", "given": ["Kari"]}]},
        "5": {},
        "6": {"birthDate": "2001-01", "gender": "male"},
    }
    for id, elements in people.items():
        place(town, {"resourceType": "Patient", "id": id, **elements})
    return town


SORTED = [
    ("_id", "123456"),
    ("-_id", "654321"),
    ("_lastUpdated", "123456"),
    ("-_lastUpdated", "654321"),
    ("birthdate,_id", "132645"),
    ("-birthdate,_id", "621345"),
    ("birthdate,-_id", "312654"),
    ("family,_id", "132456"),
    ("-family,_id", "243156"),
    ("family,given", "132465"),
    ("-family,-given", "423165"),
    ("gender,_id", "231645"),
    ("-gender,-birthdate,_id", "612345"),
    ("gender,-family,birthdate", "231645"),
]


def test_sorted_by_several_with_what_has_no_value_last(people: Municipality) -> None:
    for sort, found in SORTED:
        assert people.system.found(f"Patient?_sort={sort}") == [f"Patient/{id}" for id in found], sort
        pages = all_pages(people.system, f"Patient?_sort={sort}&_count=2")
        assert pages == [list(found[:2]), list(found[2:4]), list(found[4:])], sort
        assert all_pages(people.system, f"Patient?_sort={sort}&_count=1") == [[id] for id in found], sort


def test_the_size_of_a_page(town: Municipality) -> None:
    for number in range(52):
        place(town, {"resourceType": "Practitioner", "id": f"p{number:02d}"})
    page = town.system.search("Practitioner?_sort=_id")
    assert len(ids(page)) == 50
    assert len(ids(ok(town.system.get(str(link(page, "next")).removeprefix(town.address)), 200))) == 2
    assert len(ids(town.system.search("Practitioner?_count=51"))) == 51
    assert len(ids(town.system.search("Practitioner?_count=999999"))) == 52


def test_a_page_is_at_most_200(town: Municipality) -> None:
    for number in range(201):
        place(town, {"resourceType": "Practitioner", "id": f"p{number:03d}"})
    assert [len(page) for page in all_pages(town.system, "Practitioner?_count=1000")] == [200, 1]


def test_a_count_of_nothing_asks_for_the_total(seven: Municipality) -> None:
    page = seven.system.search("Practitioner?gender=female&_count=0")
    assert page["total"] == 3
    assert "entry" not in page
    assert [held["relation"] for held in page["link"]] == ["self"]


@pytest.mark.parametrize(
    ("query", "total"),
    [("", None), ("&_total=none", None), ("&_total=accurate", 3), ("&_total=estimate", 3)],
)
def test_a_total_is_told_where_it_is_asked_for(seven: Municipality, query: str, total: int | None) -> None:
    page = seven.system.search(f"Practitioner?gender=female&_count=1{query}")
    assert (len(ids(page)), page.get("total")) == (1, total)


def test_nothing_found(town: Municipality) -> None:
    page = town.system.search("Goal?_total=accurate")
    assert (page["type"], page["total"]) == ("searchset", 0)
    assert "entry" not in page
    assert link(page, "next") is None


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("_count=-1", "invalid", "_count"),
        ("_count=many", "invalid", "_count"),
        ("_count=1.5", "invalid", "_count"),
        ("_count=%C2%B2", "invalid", "_count"),
        ("_sort=nothing", "not-supported", "_sort"),
        ("_sort=_id,", "not-supported", "_sort"),
        ("_sort=--_id", "not-supported", "_sort"),
        ("_sort=" + ",".join(["name"] * 9), "too-costly", "_sort"),
        ("_total=all", "invalid", "_total"),
        ("_cursor=x", "invalid", "_cursor"),
        ("_cursor=%00", "invalid", "_cursor"),
        ("name=a,,b", "invalid", "name"),
        ("name=a%00b", "invalid", "name"),
        ("name=" + ",".join(["a"] * 501), "too-costly", "name"),
    ],
)
def test_what_a_search_does_not_take(town: Municipality, query: str, code: str, place: str) -> None:
    assert issues(town.system.get(f"/fhir/Practitioner?{query}"), 400) == [(code, place)]


def test_a_cursor_is_of_its_search_and_nobody_makes_one(seven: Municipality) -> None:
    cursor = str(link(seven.system.search("Practitioner?_count=3"), "next")).partition("_cursor=")[2]
    middle = len(cursor) // 2
    tampered = f"{cursor[:middle]}{'A' if cursor[middle] != 'A' else 'B'}{cursor[middle + 1 :]}"
    for path in (
        f"Practitioner?_cursor={tampered}",
        f"Practitioner?_cursor={cursor[:-4]}",
        f"Patient?_cursor={cursor}",
        f"Practitioner/a/_history?_cursor={cursor}",
    ):
        assert issues(seven.system.get(f"/fhir/{path}"), 400) == [("invalid", "_cursor")], path


OURS = {"meta": {"tag": [{"system": "http://tags.example", "code": "ours"}]}}
STILL = [f"still-{number:02d}" for number in range(66)]
RESTLESS = [f"restless-{number}" for number in range(12)]


def somebody(id: str, number: int) -> Json:
    """A third of them is a Practitioner; equal names and days are many, and some have none."""
    named: Json = {"name": [{"family": ("Åsen", "Berg", "Vik", "Ødegård")[number % 4]}]} if number % 5 else {}
    born: Json = {"birthDate": f"19{50 + number % 7}-05-05"} if number % 6 else {}
    return {"resourceType": "Practitioner" if number % 3 == 0 else "Patient", "id": id} | OURS | named | born


@pytest.fixture
def crowd(town: Municipality) -> Municipality:
    """Those who stand still, and among them those who do not, written in transactions of 13."""
    everyone = [somebody(id, number) for number, id in enumerate(STILL)]
    everyone += [somebody(id, number) for number, id in enumerate(RESTLESS)]
    everyone.sort(key=lambda one: one["id"][-1])
    for first in range(0, len(everyone), 13):
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in everyone[first : first + 13]
        ]
        ok(town.system.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries}), 200)
    return town


@contextmanager
def unrest(town: Municipality) -> Iterator[Callable[[int], None]]:
    """Another thread creates, updates, deletes and brings back. What is given lets it take two turns and waits for one,
    so that the other falls together with the next page."""
    turns, taken = queue.SimpleQueue[int | None](), threading.Semaphore(0)

    def write() -> None:
        for turn in iter(turns.get, None):
            number = turn % len(RESTLESS)
            one = somebody(RESTLESS[number], number)
            town.system.put(one | {"active": bool(turn % 5)})
            town.system.put(somebody(f"new-{turn}", turn))
            if turn % 4 == 1:
                town.system.delete(one["resourceType"], one["id"])
            taken.release()

    def waits(page: int) -> None:
        turns.put(2 * page)
        turns.put(2 * page + 1)
        assert taken.acquire(timeout=20)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield waits
    finally:
        turns.put(None)
        writer.join()


PATIENTS = [id for number, id in enumerate(STILL) if number % 3]


@pytest.mark.parametrize(
    ("query", "still"),
    [
        ("Patient?_count=5", PATIENTS),
        ("Patient?_count=5&_sort=family", PATIENTS),
        ("Patient?_count=5&_sort=-family", PATIENTS),
        ("Patient?_count=5&_sort=birthdate", PATIENTS),
        ("Patient?_count=5&_sort=-birthdate", PATIENTS),
        ("Patient?_count=5&_sort=-birthdate,family,_id", PATIENTS),
        ("?_count=6&_tag=ours", STILL),
        ("?_count=6&_tag=ours&_sort=_id", STILL),
    ],
)
def test_while_others_write_no_row_comes_twice_and_none_that_stood_still_is_missed(
    crowd: Municipality, query: str, still: list[str]
) -> None:
    with unrest(crowd) as waits:
        pages = all_pages(crowd.system, query, waits)
    found = [id for page in pages for id in page]
    assert len(pages) > 8
    assert len(found) == len(set(found))
    assert set(still) <= set(found)
