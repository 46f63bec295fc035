"""The nine teams of DOMAIN section 7, against the story's own facts."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.exact_json import parse
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.identity_number import is_organisation_number, is_synthetic, is_valid
from oppfolging_api.seed import Municipality, municipalities
from oppfolging_api.seed.receipts import receipts

Resource = dict[str, Any]

TODAY = date(2026, 11, 22)
BASE = "https://oppfolging.example/fhir"
KIND = f"{BASE}/CodeSystem/information-kind"
FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
ROLE_TOWARDS_PATIENT = "urn:oid:2.16.578.1.12.4.1.1.9034"
COORDINATORS = {(ROLE_TOWARDS_PATIENT, "8"), (f"{BASE}/CodeSystem/team-role", "child-coordinator")}

PLACES = municipalities(Canonical(), TODAY)
EVERYTHING = [resource for place in PLACES for resource in place.resources]
EACH_PLACE = pytest.mark.parametrize("place", PLACES, ids=["Fjordvik", "Tindøy"])
DAYS = [TODAY, date(2028, 2, 29), date(2027, 1, 1), date(2039, 12, 31)]


def one(reference: str) -> Resource:
    """The only resource of that type and id in either municipality."""
    found = [each for each in EVERYTHING if f"{each['resourceType']}/{each['id']}" == reference]
    assert len(found) == 1
    return found[0]


def of(person: str, kind: str) -> list[Resource]:
    """A person's resources of a type."""
    return [each for each in EVERYTHING if each["resourceType"] == kind and each["id"].startswith(f"{person}-")]


def codes(concepts: list[Resource]) -> set[tuple[str, str]]:
    return {(coding["system"], coding["code"]) for concept in concepts for coding in concept.get("coding", [])}


def kinds(resource: Resource) -> set[str]:
    return {label["code"] for label in resource.get("meta", {}).get("security", []) if label["system"] == KIND}


def own(system: str, concepts: list[Resource]) -> list[str]:
    """Codes of one of the service's own CodeSystems."""
    return sorted(code for found, code in codes(concepts) if found == f"{BASE}/CodeSystem/{system}")


def strings(node: object, key: str) -> Iterator[str]:
    """Every string under a key, however deep."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from strings(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value, key)


def in_role(team: Resource, *wanted: tuple[str, str]) -> list[Resource]:
    """Participants with one of the role codes, the earliest first."""
    found = [each for each in team["participant"] if codes(each["role"]) & set(wanted)]
    return sorted(found, key=lambda each: str(each["period"]["start"]))


def members(participants: list[Resource]) -> list[str]:
    return [each["member"]["reference"] for each in participants]


def leave(participants: list[Resource]) -> list[Resource]:
    return [each for each in participants if "end" in each["period"]]


def plan_states(person: str) -> list[dict[str, str]]:
    extensions = [each for plan in of(person, "CarePlan") for each in plan.get("extension", [])]
    return [
        {part["url"]: part.get("valueCode") or part.get("valueDate") or "text" for part in each["extension"]}
        for each in extensions
        if each["url"] == f"{BASE}/StructureDefinition/plan-state"
    ]


def denials(person: str) -> list[tuple[str, set[str]]]:
    rules = [rule for consent in of(person, "Consent") for rule in consent["provision"].get("provision", [])]
    return [
        (rule["actor"][0]["reference"]["reference"], {label["code"] for label in rule["securityLabel"]})
        for rule in rules
        if rule["type"] == "deny"
    ]


def plan_kinds(person: str) -> list[tuple[str, str]]:
    return sorted((own("plan-kind", plan["category"])[0], plan["status"]) for plan in of(person, "CarePlan"))


# What holds of every resource


@pytest.mark.parametrize("today", DAYS)
def test_every_resource_is_fhir_on_any_day(today: date) -> None:
    resources = [resource for place in municipalities(Canonical(), today) for resource in place.resources]
    assert len(resources) > 300
    for resource in resources:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_every_resource_passes_the_services_own_validation() -> None:
    for resource in EVERYTHING:
        validate(parse(json.dumps(resource).encode()), resource["resourceType"])


@pytest.mark.parametrize("today", DAYS)
def test_people_are_as_old_as_their_stories_on_any_day(today: date) -> None:
    born = {
        resource["id"]: date.fromisoformat(resource["birthDate"])
        for place in municipalities(Canonical(), today)
        for resource in place.resources
        if resource["resourceType"] == "Patient"
    }
    decades = {person: (today - birth).days * 4 // 1461 // 10 * 10 for person, birth in born.items()}
    assert decades == {
        "ole": 0,
        "pia": 0,
        "helene": 10,
        "berit": 30,
        "bjornar": 40,
        "jan": 50,
        "natalie": 50,
        "hans": 60,
        "bjorg": 70,
    }


@EACH_PLACE
def test_ids_are_legal_and_unique_in_a_municipality(place: Municipality) -> None:
    ids = [resource["id"] for resource in place.resources]
    assert [id for id in ids if not re.fullmatch(r"[a-z0-9-]{1,64}", id)] == []
    assert len(ids) == len(set(ids))


@EACH_PLACE
def test_a_resource_refers_only_to_earlier_ones(place: Municipality) -> None:
    known: set[str] = set()
    for resource in place.resources:
        assert set(strings(resource, "reference")) - known == set(), resource["id"]
        known.add(f"{resource['resourceType']}/{resource['id']}")


@pytest.mark.parametrize("today", DAYS)
def test_people_have_valid_synthetic_numbers_of_their_own(today: date) -> None:
    resources = [resource for place in municipalities(Canonical(), today) for resource in place.resources]
    people = [each for each in resources if each["resourceType"] in ("Patient", "RelatedPerson")]
    numbers = [each["identifier"][0]["value"] for each in people]
    assert {each["identifier"][0]["system"] for each in people} == {FNR}
    assert [number for number in numbers if not (is_valid(number) and is_synthetic(number))] == []
    assert len(numbers) == len(set(numbers)) == 22


def test_a_number_tells_its_owners_birth_date_and_sex() -> None:
    people = [each for each in EVERYTHING if each["resourceType"] in ("Patient", "RelatedPerson")]
    for person in people:
        number, born = person["identifier"][0]["value"], date.fromisoformat(person["birthDate"])
        assert number[:6] == f"{born.day:02d}{born.month + 80}{born.year % 100:02d}"
        assert ("female", "male")[int(number[8]) % 2] == person["gender"]


def test_organisation_numbers_are_valid_and_outside_the_series_in_use() -> None:
    """Real ones begin with 8 or 9."""
    organizations = [each for each in EVERYTHING if each["resourceType"] == "Organization"]
    numbers = [each["identifier"][0]["value"] for each in organizations]
    assert [number for number in numbers if not is_organisation_number(number) or not number.startswith("310")] == []
    assert len(numbers) == len(set(numbers)) == 38


def test_health_personnel_numbers_are_invented_and_others_have_a_development_name() -> None:
    found = [each for each in EVERYTHING if each["resourceType"] == "Practitioner"]
    identifiers = [(each["identifier"][0]["system"], each["identifier"][0]["value"], each["id"]) for each in found]
    hpr = [value for system, value, _ in identifiers if system == "urn:oid:2.16.578.1.12.4.1.4.4"]
    others = {(system, value == id) for system, value, id in identifiers if system != "urn:oid:2.16.578.1.12.4.1.4.4"}
    assert [value for value in hpr if not re.fullmatch(r"99\d{5}", value)] == []
    assert len(hpr) == len(set(hpr)) == 52
    assert others == {("urn:oppfolging:development", True)}


def test_personas_stand_still_through_the_year_that_follows() -> None:
    """A token made next year still fits what was loaded this year."""
    later = municipalities(Canonical(), TODAY + timedelta(days=365))
    assert [place.sample for place in later] == [place.sample for place in PLACES]


# What holds of every team, plan and conversation


@pytest.mark.parametrize("person", ["ole", "pia", "helene", "berit", "bjornar", "jan", "natalie", "hans", "bjorg"])
def test_a_team_has_one_open_coordinator_and_no_overlap(person: str) -> None:
    team = one(f"CareTeam/{person}-team")
    coordinators = in_role(team, *COORDINATORS)
    assert team["status"] == "active"
    assert len(coordinators) - len(leave(coordinators)) == 1
    for former, following in pairwise(coordinators):
        ended = date.fromisoformat(former["period"]["end"])
        assert date.fromisoformat(following["period"]["start"]) == ended + timedelta(days=1)


def test_every_participant_has_a_period_a_layer_and_an_involvement() -> None:
    teams = [each for each in EVERYTHING if each["resourceType"] == "CareTeam"]
    participants = [participant for team in teams for participant in team["participant"]]
    extensions = {tuple(extension["url"] for extension in each["extension"]) for each in participants}
    assert len(teams) == 9
    assert extensions == {(f"{BASE}/StructureDefinition/layer", f"{BASE}/StructureDefinition/involvement")}
    assert [each for each in participants if "start" not in each["period"]] == []


def test_those_with_an_active_individual_plan_have_one_and_have_consented_to_it() -> None:
    active = [
        plan["subject"]["reference"]
        for plan in EVERYTHING
        if plan["resourceType"] == "CarePlan"
        and plan["status"] == "active"
        and own("plan-kind", plan["category"]) == ["individual-plan"]
    ]
    consented = [
        consent["patient"]["reference"]
        for consent in EVERYTHING
        if consent["resourceType"] == "Consent"
        and consent["status"] == "active"
        and own("consent-kind", consent["category"]) == ["plan"]
    ]
    assert sorted(active) == ["Patient/bjornar", "Patient/jan", "Patient/natalie", "Patient/ole"]
    assert sorted(consented) == sorted(active)


def test_the_next_conversation_is_within_six_months() -> None:
    responses = [each for each in EVERYTHING if each["resourceType"] == "QuestionnaireResponse"]
    assert len(responses) == 7
    for response in responses:
        following = next(strings([item for item in response["item"] if item["linkId"] == "next"], "valueDate"))
        authored = date.fromisoformat(response["authored"][:10])
        assert authored < date.fromisoformat(following) <= authored + timedelta(days=181)


@pytest.mark.parametrize("person", ["ole", "pia", "helene", "berit", "bjornar", "jan", "natalie", "hans", "bjorg"])
def test_every_person_has_something_overdue(person: str) -> None:
    open_tasks = [task for task in of(person, "Task") if task["status"] != "completed" and "restriction" in task]
    assert [task for task in open_tasks if task["restriction"]["period"]["end"] < TODAY.isoformat()] != []


# The stories


def test_ole_lacks_a_speech_therapist() -> None:
    vacancies = [
        [(part["url"], part.get("valueDate") or part["valueCodeableConcept"]["text"]) for part in each["extension"]]
        for each in one("CareTeam/ole-team")["extension"]
        if each["url"] == f"{BASE}/StructureDefinition/vacancy"
    ]
    assert vacancies == [[("role", "Logoped"), ("since", "2026-05-26")]]


def test_oles_coordinator_comes_from_kindergarten_and_took_over_from_the_physiotherapist() -> None:
    coordinators = in_role(one("CareTeam/ole-team"), *COORDINATORS)
    assert members(coordinators) == ["PractitionerRole/physio-ole-role", "PractitionerRole/special-teacher-ole-role"]


def test_oles_crisis_plan_is_part_of_his_plan_and_named_staff_may_read_it() -> None:
    crisis = one("CarePlan/ole-plan-crisis")
    rules = one("Consent/ole-consent-emergency")["provision"]["provision"]
    assert crisis["partOf"] == [{"reference": "CarePlan/ole-plan-individual"}]
    assert [(rule["type"], rule["actor"][0]["reference"]["reference"]) for rule in rules] == [
        ("permit", "Practitioner/emergency-doctor"),
        ("permit", "Practitioner/emergency-nurse"),
    ]


def test_school_and_health_each_answer_for_their_part_of_oles_plan() -> None:
    parts = [one(f"CarePlan/ole-plan-{part}") for part in ("school", "health")]
    assert [part["partOf"] for part in parts] == [[{"reference": "CarePlan/ole-plan-individual"}]] * 2
    assert [part["author"]["reference"] for part in parts] == [
        "Organization/tyttebaer-kindergarten",
        "PractitionerRole/physio-ole-role",
    ]
    assert [kinds(part) for part in parts] == [{"school"}, {"health"}]


def test_jans_goals_come_from_the_conversation_and_are_on_their_way() -> None:
    (target,) = one("Goal/jan-goal-walk")["target"]
    assert target["measure"]["coding"] == [
        {"system": f"{BASE}/Questionnaire/psfs", "code": "a2", "display": "Gå til naustet"}
    ]
    assert target["detailInteger"] == 8
    assert codes([one("Goal/jan-goal-walk")["achievementStatus"]]) == {
        ("http://terminology.hl7.org/CodeSystem/goal-achievement", "improving")
    }


def test_pia_has_had_four_coordinators_and_each_handed_over() -> None:
    coordinators = in_role(one("CareTeam/pia-team"), *COORDINATORS)
    handovers = [one(f"Communication/pia-message-{number}") for number in (1, 2, 3)]
    assert members(coordinators) == [
        "PractitionerRole/nurse-pia-role",
        "PractitionerRole/special-teacher-pia-role",
        "PractitionerRole/principal-pia-role",
        "PractitionerRole/physio-pia-role",
    ]
    assert [
        (each["sent"][:10], each["sender"]["reference"], each["recipient"][0]["reference"]) for each in handovers
    ] == [
        ("2023-11-17", "PractitionerRole/nurse-pia-role", "PractitionerRole/special-teacher-pia-role"),
        ("2024-11-01", "PractitionerRole/special-teacher-pia-role", "PractitionerRole/principal-pia-role"),
        ("2025-10-17", "PractitionerRole/principal-pia-role", "PractitionerRole/physio-pia-role"),
    ]


def test_pia_has_only_the_schools_plan() -> None:
    assert plan_kinds("pia") == [("external", "active")]


def test_helenes_mother_declined_a_plan_and_trusts_the_schools() -> None:
    assert plan_kinds("helene") == [("external", "active"), ("individual-plan", "revoked")]
    assert plan_states("helene") == [{"state": "declined", "explained": "text", "ask-again": "2027-03-22"}]


def test_helenes_hospital_department_is_told_nothing() -> None:
    assert denials("helene") == [("Organization/fjord-hospital-youth", {"health", "school", "social"})]
    assert one("Consent/helene-consent-sharing")["performer"] == [{"reference": "RelatedPerson/helene-mother"}]


def test_helene_has_a_child_coordinator() -> None:
    coordinators = in_role(one("CareTeam/helene-team"), (f"{BASE}/CodeSystem/team-role", "child-coordinator"))
    assert members(coordinators) == ["PractitionerRole/child-coordinator-role"]


def test_berit_keeps_her_health_from_nav_which_is_on_the_outer_layer() -> None:
    nav = [each for each in one("CareTeam/berit-team")["participant"] if "nav" in each["member"]["reference"]]
    assert denials("berit") == [("Organization/nav-fjordvik", {"health"})]
    assert [extension["valueCode"] for each in nav for extension in each["extension"]] == ["outer", "on-request"]


def test_berits_plan_is_postponed_for_a_week_plan() -> None:
    assert plan_kinds("berit") == [("external", "active"), ("individual-plan", "on-hold")]
    assert own("plan-kind", one("CarePlan/berit-plan-external")["category"]) == ["external", "week-plan"]
    assert plan_states("berit") == [{"state": "postponed", "explained": "text", "ask-again": "2027-01-06"}]
    assert one("CarePlan/berit-plan-external")["title"] == "Ukeplan"


def test_what_tells_of_berits_mind_is_labelled() -> None:
    told = ["Goal/berit-goal-mornings", "QuestionnaireResponse/berit-psfs-1", "ServiceRequest/berit-referral"]
    assert [kinds(one(reference)) for reference in told] == [{"mental-health"}] * 3


def test_bjornars_siblings_are_his_guardians_and_two_are_deputies() -> None:
    related = of("bjornar", "RelatedPerson")
    assert {code for each in related for _, code in codes(each["relationship"])} == {"SIB", "GUARD"}
    assert [each["relationship"][1]["text"] for each in related] == [
        "Verge, økonomi",
        "Verge, helse",
        "Vara for verge, økonomi",
        "Vara for verge, helse",
    ]


def test_bjornars_wish_to_travel_is_interpreted_and_not_agreed() -> None:
    voice, agreement = one("Goal/bjornar-goal-travel")["extension"]
    assert voice == {"url": f"{BASE}/StructureDefinition/voice", "valueCode": "interpreted"}
    assert agreement == {
        "url": f"{BASE}/StructureDefinition/agreement",
        "extension": [
            {"url": "status", "valueCode": "not-agreed"},
            {"url": "with", "valueString": "Verge for økonomi"},
        ],
    }


def test_the_coordinating_unit_takes_part_in_bjornars_team() -> None:
    assert "PractitionerRole/ke-case-handler-role" in members(one("CareTeam/bjornar-team")["participant"])


def test_jans_conversations_drop_one_activity_and_add_another() -> None:
    conversations = [
        [
            (next(strings(item["item"][0], "valueString")), item["item"][2]["answer"][0]["valueInteger"])
            for item in response["item"]
            if item["linkId"] == "activity"
        ]
        for response in of("jan", "QuestionnaireResponse")
    ]
    assert conversations == [
        [("a1", 3), ("a2", 2), ("a3", 4), ("a4", 5)],
        [("a1", 4), ("a2", 3), ("a3", 4), ("a4", 5)],
        [("a1", 6), ("a2", 6), ("a3", 7), ("a5", 1)],
    ]


@pytest.mark.parametrize(
    ("person", "sender"),
    [
        ("jan", "PractitionerRole/gp-arne-role"),
        ("berit", "PractitionerRole/gp-tuva-role"),
        ("helene", "RelatedPerson/helene-mother"),
    ],
)
def test_a_referral_that_led_to_a_team_is_closed_and_its_sender_told(person: str, sender: str) -> None:
    request, task = one(f"ServiceRequest/{person}-referral"), one(f"Task/{person}-referral-task")
    feedback = one(f"Communication/{person}-feedback-referral")
    assert (request["status"], request["requester"]["reference"]) == ("completed", sender)
    told = [(own("task-result", [each["type"]])[0], *list(each.values())[1:]) for each in task["output"]]
    assert (task["status"], told[0]) == ("completed", ("outcome", "team"))
    assert [name for name, _ in told] == ["outcome", "reason", "team"]
    assert told[2] == ("team", {"reference": f"CareTeam/{person}-team"})
    assert members([{"member": each} for each in feedback["recipient"]]) == [sender]


@pytest.mark.parametrize(
    ("person", "agreed", "matters"),
    [
        ("jan", True, "Jan vil klare butikken og turene på egen hånd igjen."),
        ("helene", True, "Helene vil møte venninnene sine igjen."),
        ("berit", True, "Hun vil ha få folk rundt bordet."),
        ("hans", False, "Far vil bo hjemme og holde på med garnene sine."),
    ],
)
def test_a_seeded_referral_tells_what_one_through_the_door_tells(person: str, agreed: bool, matters: str) -> None:
    """As CONTRACT section 6 has it: what R4 has no element for stands in extensions."""
    request = one(f"ServiceRequest/{person}-referral")
    assert request["extension"] == [
        {"url": f"{BASE}/StructureDefinition/consent-to-share", "valueBoolean": agreed},
        {"url": f"{BASE}/StructureDefinition/person-informed", "valueBoolean": True},
        {"url": f"{BASE}/StructureDefinition/what-matters", "valueString": matters},
    ]
    assert "note" not in request


def test_a_seeded_referral_was_received_the_day_it_was_written_and_who_may_hear_hears() -> None:
    filed = [
        (receipt["referral"], receipt["received"].isoformat(), receipt["hears_outcome"])
        for place in PLACES
        for receipt in receipts(place.resources, place.code, PersonKeys(b"x" * 32), Canonical())
    ]
    assert filed == [
        ("helene-referral", "2025-06-20T12:00:00+00:00", True),
        ("berit-referral", "2026-01-06T13:00:00+00:00", True),
        ("jan-referral", "2024-10-23T12:00:00+00:00", True),
        ("hans-referral", "2026-11-16T13:00:00+00:00", False),
    ]


def test_natalie_has_had_six_gps_and_four_physiotherapists_in_three_years() -> None:
    team = one("CareTeam/natalie-team")
    doctors = in_role(team, (ROLE_TOWARDS_PATIENT, "6"))
    physios = [each for each in team["participant"] if each["role"] == [{"text": "Fysioterapeut"}]]
    assert (len(set(members(doctors))), len(leave(doctors))) == (6, 5)
    assert (len(set(members(physios))), len(leave(physios))) == (4, 3)
    assert min(each["period"]["start"] for each in team["participant"]) == "2023-11-28"


def test_natalie_needs_an_interpreter() -> None:
    assert one("Patient/natalie")["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired", "valueBoolean": True}
    ]


def test_what_child_welfare_does_for_natalies_children_is_about_third_parties() -> None:
    told = ["Goal/natalie-goal-evenings", "Task/natalie-task-visits", "Communication/natalie-message-children"]
    assert [kinds(one(reference)) for reference in told] == [{"child-welfare", "third-party"}] * 3
    assert denials("natalie") == [
        ("Organization/nav-tindoy", {"child-welfare", "third-party"}),
        ("Organization/tindoy-introduction", {"child-welfare", "third-party"}),
    ]


def test_hans_has_no_plan_and_his_daughter_asks_for_one() -> None:
    assert plan_kinds("hans") == []
    assert one("ServiceRequest/hans-referral")["status"] == "active"
    assert one("Task/hans-referral-task")["status"] == "requested"
    assert one("ServiceRequest/hans-referral")["requester"] == {"reference": "RelatedPerson/hans-daughter"}


def test_hans_does_not_read_of_the_hard_talk_before_it() -> None:
    assert kinds(one("Task/hans-task-driving")) == {"third-party"}
    assert kinds(one("Communication/hans-message-4")) == {"third-party"}


def test_hanss_guardian_is_for_his_economy() -> None:
    assert one("RelatedPerson/hans-guardian")["relationship"][0]["text"] == "Verge, økonomi"


def test_bjorgs_team_is_light_and_needs_no_plan() -> None:
    team = one("CareTeam/bjorg-team")
    written = [own("communication-category", each["category"]) for each in of("bjorg", "Communication")]
    assert own("team-category", team["category"]) == ["light", "new"]
    assert plan_kinds("bjorg") == []
    assert written == [["minutes"], ["minutes"], ["message"], ["message"]]


def test_bjorg_was_three_weeks_in_the_care_of_another_municipality() -> None:
    away = leave(one("CareTeam/bjorg-team")["participant"])
    assert [(each["member"]["reference"], each["period"]) for each in away] == [
        ("Organization/holmsund-home-care", {"start": "2026-09-13", "end": "2026-10-03"})
    ]


def test_bjorgs_coordinator_can_be_called() -> None:
    assert one("Practitioner/contact-bjorg")["telecom"] == [
        {"system": "phone", "value": "+47 00 01 00 09", "use": "work"}
    ]


# The personas


@EACH_PLACE
def test_each_role_has_a_persona(place: Municipality) -> None:
    assert sorted(place.sample) == [
        "coordinating-unit",
        "coordinator",
        "leader",
        "person",
        "referrer",
        "system",
        "team",
    ]


@EACH_PLACE
def test_a_working_persona_is_employed_by_the_organisation_of_its_token(place: Municipality) -> None:
    known = {f"{each['resourceType']}/{each['id']}": each for each in place.resources}
    for role in ("coordinating-unit", "leader", "coordinator", "team", "referrer"):
        persona = place.sample[role]
        employer = known[known[f"PractitionerRole/{persona.subject}-role"]["organization"]["reference"]]
        identifier = known[f"Practitioner/{persona.subject}"]["identifier"][0]["value"]
        assert employer["identifier"][0]["value"] == persona.organisation
        assert identifier == (persona.hpr or persona.subject)


@pytest.mark.parametrize(
    ("place", "role", "team"),
    [
        (PLACES[0], "coordinator", "ole"),
        (PLACES[0], "team", "ole"),
        (PLACES[1], "coordinator", "jan"),
        (PLACES[1], "team", "jan"),
    ],
)
def test_coordinator_and_member_personas_are_on_that_one_team(place: Municipality, role: str, team: str) -> None:
    reference = f"PractitionerRole/{place.sample[role].subject}-role"
    teams = [each for each in place.resources if each["resourceType"] == "CareTeam"]
    on = [each["id"] for each in teams if reference in members(each["participant"])]
    assert on == [f"{team}-team"]


def test_the_person_persona_is_oles_mother_and_jan_himself() -> None:
    numbers = [one(reference)["identifier"][0]["value"] for reference in ("RelatedPerson/ole-mother", "Patient/jan")]
    assert [place.sample["person"].pid for place in PLACES] == numbers


@EACH_PLACE
def test_the_leaders_service_has_a_task_waiting(place: Municipality) -> None:
    employers = {
        each["identifier"][0]["value"]: f"Organization/{each['id']}"
        for each in place.resources
        if each["resourceType"] == "Organization"
    }
    owner = employers[place.sample["leader"].organisation or ""]
    waiting = [
        each["status"]
        for each in place.resources
        if each["resourceType"] == "Task" and each.get("owner") == {"reference": owner}
    ]
    assert waiting == ["requested"]
