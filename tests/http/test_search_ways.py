"""Whichever way a search takes to its page (fhir/search/ways.py), it finds the same in the same order."""

import pytest
from test_search_paging import all_pages

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.fhir.search import conditions, ways
from oppfolging_api.fhir.search.conditions import Worth
from support import Api, Json, MovableClock, Municipality, ok

WAYS = {
    "what is sought is looked up": (1, Worth(5000, 5000, 0)),
    "the very next rows": (500, Worth(-1, -1, 50)),
    "in a window compared with what is sought": (500, Worth(-1, 5000, 0)),
    "in a window each asked": (500, Worth(-1, -1, 0)),
    "in a window too small for some": (3, Worth(-1, 5000, 3)),
    "any way": (1, Worth(-1, 5000, 0)),
    "any way with nothing gathered": (1, Worth(-1, -1, 0)),
}
"""Rows that are looked through at most, and what it is worth to begin with."""


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service of the tests runs in their process."""
    window, worth = request.param
    monkeypatch.setattr(ways, "WINDOW", window)
    monkeypatch.setattr(ways, "REACH", worth)
    for name in ("OF_VALUES", "OF_PIECES", "OF_CHAIN", "OF_REVERSE_CHAIN"):
        monkeypatch.setattr(conditions, name, worth)


FAMILIES = {
    "a": ("Andersen", "1950-05-05"),
    "b": ("Berg", "1960"),
    "c": ("Angell", "1950-05-05"),
    "d": ("Bergli", "1950-05-05"),
    "e": (None, "1971-02-03"),
    "f": ("Lillebergen", "1960-06"),
    "g": ("Vik", None),
    "h": ("Berg", "1950-05-05"),
}
"""By the id of a Patient: family and birthDate."""
WEIGHTS = {"a": 61, "c": 59.5, "d": 80, "f": 80, "g": 101, "h": 60}
FOLLOWED = "acf"


def _patient(id: str) -> Json:
    family, born = FAMILIES[id]
    named = {"name": [{"family": family}]} if family else {}
    return {"resourceType": "Patient", "id": id} | named | ({"birthDate": born} if born else {})


def _weight(id: str) -> Json:
    return {
        "resourceType": "Observation",
        "id": f"weight-{id}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{id}"},
        "valueQuantity": {"value": WEIGHTS[id], "system": "http://unitsofmeasure.org", "code": "kg", "unit": "kg"},
    }


@pytest.fixture(scope="module")
def callers(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> dict[str, tuple[Api, str]]:
    """Each with the people it sees, of whom it finds all that meets a search, and nobody else."""
    town = Municipality(server, issuer, session_clock, "7006")
    office = town.organisation("home-care")
    coordinator = town.employee(office)
    for id in FAMILIES:
        ok(town.system.put(_patient(id)), 201)
    for id in WEIGHTS:
        ok(town.system.put(_weight(id)), 201)
    for id in FOLLOWED:
        town.team(_patient(id), coordinator=coordinator.role)
    return {"the unit": (town.unit, "abcdefgh"), "a coordinator": (coordinator.as_("coordinator"), FOLLOWED)}


FOUND = {
    "Patient?family=be": "hdb",
    "Patient?family:exact=Berg": "hb",
    "Patient?family:contains=ber": "hfdb",
    "Patient?family:contains=be": "hfdb",
    "Patient?family=an,vik": "gca",
    "Patient?birthdate=1950-05-05": "hdca",
    "Patient?birthdate=ge1960&birthdate=lt1980": "feb",
    "Patient?birthdate=lt1965&family:contains=berg": "hfdb",
    "Patient?birthdate=lt1965&family:contains=berg&family=b": "hdb",
    "Patient?family:missing=true": "e",
    "Patient?_has:Observation:patient:code=29463-7": "hgfdca",
    "Patient?_has:Observation:patient:value-quantity=ge61": "gfda",
    "Patient?_has:Observation:patient:value-quantity=lt61&birthdate=1950-05-05": "hc",
    "Observation?patient.family=berg": "hd",
    "Observation?patient.birthdate=lt1970": "hfdca",
    "Observation?patient.family:contains=berg&value-quantity=80": "fd",
    "Observation?value-quantity=gt60|http://unitsofmeasure.org|kg": "gfda",
    "Observation?value-quantity=gt60||kg&code=29463-7": "gfda",
    "Observation?value-quantity=gt60||g": "",
    "Observation?code-value-quantity=29463-7$lt61": "hc",
    "Observation?code=29463-7": "hgfdca",
    "Observation?status=preliminary": "",
}
"""The newest first."""
SORTED = {
    "Patient?_sort=birthdate": "hdcabfeg",
    "Patient?_sort=-birthdate": "ebfhdcag",
    "Patient?_sort=birthdate,family": "achdbfeg",
    "Patient?_sort=-birthdate,-family": "ebfdhcag",
    "Patient?_sort=family": "achbdfge",
    "Patient?_sort=-family": "gfdhbcae",
    "Patient?_sort=-family&birthdate=lt1965": "fdhbca",
    "Patient?_sort=birthdate&family:contains=berg": "hdbf",
    "Patient?_sort=_id&family=b": "bdh",
    "Patient?_sort=_lastUpdated&family=b": "bdh",
    "Observation?_sort=value-quantity": "chafdg",
    "Observation?_sort=-value-quantity": "gfdahc",
    "Observation?_sort=-value-quantity&patient.birthdate=lt1970": "fdahc",
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("caller", ["the unit", "a coordinator"])
def test_it_finds_the_same_in_the_same_order(callers: dict[str, tuple[Api, str]], caller: str) -> None:
    api, people = callers[caller]
    for query, found in (FOUND | SORTED).items():
        expected = [id for id in found if id in people]
        pages = all_pages(api, f"{query}&_count=2")
        assert [id.removeprefix("weight-") for page in pages for id in page] == expected, query
        assert all(len(page) == 2 for page in pages[:-1]), query
