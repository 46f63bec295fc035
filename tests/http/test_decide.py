"""The coordinating unit answers a reported need: six outcomes, each with what it leaves behind and what is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import (
    CANONICAL,
    Api,
    Json,
    Municipality,
    coding,
    identity_number,
    issues,
    label,
    ok,
    patient_number,
    reference,
)

_SERIAL = count(1)
RECEIVED = "Meldingen er mottatt av koordinerende enhet."
HANDLED = "Meldingen er mottatt og behandlet av koordinerende enhet."


def refer(sender: Api, number: str | None = None, **elements: Any) -> str:
    made: Json = {
        "messageId": f"d-{next(_SERIAL)}",
        "patient": {"identifier": number or identity_number(), "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester som ikke vet om hverandre.",
        "consentToShare": False,
        "personInformed": True,
    }
    return str(ok(sender.post("/referral", made | elements), 201)["id"])


def gp_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def decide(api: Api, id: str, decided: str, **parameters: Json) -> httpx.Response:
    given = {"outcome": {"valueCode": decided}, "reason": {"valueString": "Vurdert i møte."}} | parameters
    return api.operate(f"ServiceRequest/{id}/$decide", **given)


def left(town: Municipality, days: int = 90) -> dict[str, Json]:
    """A contact and a day to look again."""
    review = (town.clock.now() + timedelta(days=days)).date().isoformat()
    return {"contact": {"valueReference": reference(town.employee().role)}, "review": {"valueDate": review}}


def answered(response: httpx.Response) -> dict[str, Json]:
    """The resources an operation gives, by type."""
    parameters = ok(response, 200)
    assert parameters["resourceType"] == "Parameters"
    assert all(one["name"] == one["resource"]["resourceType"] for one in parameters["parameter"])
    return {one["name"]: one["resource"] for one in parameters["parameter"]}


def outputs(task: Json) -> dict[str, Any]:
    """What a Task says came of it, by code."""
    return {
        one["type"]["coding"][0]["code"]: next(value for name, value in one.items() if name.startswith("value"))
        for one in task["output"]
    }


def rules(response: httpx.Response, status: int) -> list[tuple[str, str, str]]:
    """(code of CodeSystem `rule`, text, place) of each issue."""
    assert response.status_code == status, response.text
    told = response.json()["issue"]
    assert {one["details"]["coding"][0]["system"] for one in told} == {CANONICAL.code_system("rule")}
    return [(one["details"]["coding"][0]["code"], one["details"]["text"], one["expression"][0]) for one in told]


@pytest.mark.parametrize(("outcome", "category"), [("team", "full"), ("coordinator-only", "coordinator-only")])
def test_a_team_or_a_coordinator_makes_a_team_to_build(town: Municipality, outcome: str, category: str) -> None:
    id = refer(gp_of(town))
    made = answered(decide(town.unit, id, outcome, **(left(town) if outcome != "team" else {})))
    assert sorted(made) == ["CareTeam", "Communication", "ServiceRequest", "Task"]
    team = made["CareTeam"]
    system = CANONICAL.code_system("team-category")
    assert team["category"] == [coding(system, category), coding(system, "new")]
    assert (team["status"], team["subject"]) == ("active", made["ServiceRequest"]["subject"])
    assert team["managingOrganization"] == [reference(town.unit_office)]
    assert [one["member"] for one in team["participant"]] == [team["subject"]]
    assert outputs(made["Task"])["team"] == {"reference": f"CareTeam/{team['id']}"}
    assert town.unit.read("CareTeam", team["id"]) == team


@pytest.mark.parametrize("outcome", ["contact-person", "measures", "no-need", "declined"])
def test_the_other_outcomes_make_no_team(town: Municipality, outcome: str) -> None:
    id = refer(gp_of(town))
    explained = {"explained": {"valueString": "Retten til koordinator."}}
    made = answered(decide(town.unit, id, outcome, **left(town), **explained))
    assert sorted(made) == ["Communication", "ServiceRequest", "Task"]
    assert town.unit.found("CareTeam") == []


@pytest.mark.parametrize("outcome", ["team", "coordinator-only", "contact-person", "measures", "no-need", "declined"])
def test_every_outcome_is_recorded_with_what_it_leaves(town: Municipality, outcome: str) -> None:
    id, contact = refer(gp_of(town)), reference(town.employee().role)
    given: dict[str, Json] = {
        "step": {"valueInteger": 3},
        "contact": {"valueReference": contact},
        "review": {"valueDate": "2199-02-01"},
        "explained": {"valueString": "Retten til koordinator."},
    }
    made = answered(decide(town.unit, id, outcome, **given))
    assert (made["ServiceRequest"]["status"], made["Task"]["status"]) == ("completed", "completed")
    told = outputs(made["Task"])
    told.pop("team", None)
    assert told == {
        "outcome": outcome,
        "reason": "Vurdert i møte.",
        "step": 3,
        "contact": contact,
        "review": "2199-02-01",
        "explained": "Retten til koordinator.",
    }


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ("team", "Personen får oppfølgingsteam med koordinator. Begrunnelse: Vurdert i møte."),
        ("coordinator-only", "Personen får koordinator uten oppfølgingsteam. Begrunnelse: Vurdert i møte."),
        ("contact-person", "Personen får én kontaktperson. Begrunnelse: Vurdert i møte."),
        ("measures", "Det settes inn tiltak fra én eller to tjenester. Begrunnelse: Vurdert i møte."),
        ("no-need", "Det er vurdert at det ikke er behov for koordinering nå. Begrunnelse: Vurdert i møte."),
        ("declined", "Personen ønsker ikke dette nå. Begrunnelse: Vurdert i møte."),
    ],
)
def test_a_gp_hears_the_outcome_and_a_service_that_it_was_handled(town: Municipality, outcome: str, text: str) -> None:
    gp, service = gp_of(town), town.employee(town.organisation("nav")).as_("referrer")
    for sender, heard, said in ((gp, outcome, text), (service, None, HANDLED)):
        id = refer(sender)
        answered(decide(town.unit, id, outcome, **left(town), explained={"valueString": "Alt."}))
        told = ok(sender.get(f"/referral/{id}"), 200)
        assert (told["status"], told.get("outcome")) == ("handled", heard)
        assert [one["text"] for one in told["feedback"]] == [RECEIVED, said]
        assert ok(town.unit.get(f"/referral/{id}"), 200)["outcome"] == outcome


def test_a_service_hears_the_outcome_where_the_person_agreed(town: Municipality) -> None:
    service = town.employee(town.organisation("school")).as_("referrer")
    id = refer(service, consentToShare=True)
    answered(decide(town.unit, id, "team"))
    assert ok(service.get(f"/referral/{id}"), 200)["outcome"] == "team"


def test_a_gp_in_a_service_of_another_kind_hears_the_outcome_too(town: Municipality) -> None:
    doctor = town.employee(code=coding("urn:oid:2.16.578.1.12.4.1.1.9034", "6")).as_("referrer")
    id = refer(doctor)
    answered(decide(town.unit, id, "team"))
    assert ok(doctor.get(f"/referral/{id}"), 200)["outcome"] == "team"


def test_people_hear_the_outcome_of_their_own_report_and_next_of_kin_do_not(town: Municipality) -> None:
    patient, unknown, mother = town.person(), identity_number(), identity_number()
    known, identifier = patient_number(patient), [{"system": systems.FNR, "value": mother}]
    town.system.create({"resourceType": "RelatedPerson", "identifier": identifier, "patient": reference(patient)})
    for sender, number, outcome in ((known, known, "team"), (unknown, unknown, "team"), (mother, known, None)):
        api = town.api("person", pid=sender)
        id = refer(api, number)
        answered(decide(town.unit, id, "team"))
        assert ok(api.get(f"/referral/{id}"), 200).get("outcome") == outcome


def test_what_consent_withholds_from_an_office_is_withheld_from_its_receipt(town: Municipality) -> None:
    office, patient = town.organisation("gp-office"), town.person()
    gp = town.employee(office).as_("referrer")
    id = refer(gp, patient_number(patient))
    answered(decide(town.unit, id, "team"))
    town.denial(patient, office, "health")
    told = ok(gp.get(f"/referral/{id}"), 200)
    assert (told["status"], "outcome" in told, told["feedback"]) == ("handled", False, [])


def test_what_is_withheld_is_not_read_through_another_task_on_the_referral(town: Municipality) -> None:
    """That one is labelled school, which the office may hear of, and has the lower id."""
    office, patient = town.organisation("gp-office"), town.person()
    gp = town.employee(office).as_("referrer")
    id = refer(gp, patient_number(patient))
    answered(decide(town.unit, id, "team"))
    town.denial(patient, office, "health")
    other = {"resourceType": "Task", "id": "0", "status": "requested", "intent": "order", "for": reference(patient)}
    made = town.system.put(other | {"focus": {"reference": f"ServiceRequest/{id}"}, "meta": label("school")})
    assert made.status_code == 201, made.text
    told = ok(gp.get(f"/referral/{id}"), 200)
    assert (told["status"], "outcome" in told, told["feedback"]) == ("handled", False, [])


def test_a_service_cannot_read_the_outcome_from_the_state_of_the_request(town: Municipality) -> None:
    service = town.employee(town.organisation("nav")).as_("referrer")
    ids = [refer(service) for _ in range(2)]
    answered(decide(town.unit, ids[0], "team"))
    answered(decide(town.unit, ids[1], "declined", **left(town), explained={"valueString": "Alt."}))
    assert {service.read("ServiceRequest", id)["status"] for id in ids} == {"completed"}
    assert service.found("Task") == []


def test_a_word_from_the_unit_reaches_the_sender_and_a_resource_in_it_does_not(town: Municipality) -> None:
    gp = gp_of(town)
    id = refer(gp)
    subject = town.unit.read("ServiceRequest", id)["subject"]
    word: Json = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
        "subject": subject,
        "basedOn": [{"reference": f"ServiceRequest/{id}"}],
        "payload": [{"contentString": "Vi ringer i morgen."}, {"contentReference": subject}],
    }
    town.unit.create(word)
    town.unit.create(word | {"status": "entered-in-error"})
    told = ok(gp.get(f"/referral/{id}"), 200)
    assert [one["text"] for one in told["feedback"]] == [RECEIVED, "Vi ringer i morgen."]


@pytest.mark.parametrize(
    ("outcome", "parameters", "expected"),
    [
        (
            "contact-person",
            {},
            [
                (
                    "decision-contact",
                    "Alle utfall unntatt fullt team har en kontakt, som arbeider i kommunen nå.",
                    "Parameters.parameter",
                ),
                (
                    "decision-review",
                    "Alle utfall unntatt fullt team har en dato for ny vurdering, og den er ikke passert.",
                    "Parameters.parameter",
                ),
            ],
        ),
        (
            "team",
            {"review": {"valueDate": "2020-01-01"}},
            [
                (
                    "decision-review",
                    "Alle utfall unntatt fullt team har en dato for ny vurdering, og den er ikke passert.",
                    "Parameters.parameter[2].valueDate",
                )
            ],
        ),
        (
            "team",
            {"step": {"valueInteger": 5}},
            [("decision-step", "Trinnet er 1, 2, 3 eller 4.", "Parameters.parameter[2].valueInteger")],
        ),
        (
            "team",
            {"contact": {"valueReference": {"reference": "Practitioner/nobody"}}},
            [
                (
                    "decision-contact",
                    "Alle utfall unntatt fullt team har en kontakt, som arbeider i kommunen nå.",
                    "Parameters.parameter[2].valueReference",
                )
            ],
        ),
    ],
)
def test_a_decision_that_breaks_a_rule_changes_nothing(
    town: Municipality, outcome: str, parameters: dict[str, Json], expected: list[tuple[str, str, str]]
) -> None:
    id = refer(gp_of(town))
    assert rules(decide(town.unit, id, outcome, **parameters), 422) == expected
    assert ok(town.unit.get(f"/referral/{id}"), 200)["status"] == "received"
    assert town.unit.found("CareTeam") == []


def test_a_refusal_needs_what_was_explained(town: Municipality) -> None:
    id, given = refer(gp_of(town)), left(town)
    refused = rules(decide(town.unit, id, "declined", **given), 422)
    assert refused == [
        ("decision-explained", "Når personen takker nei, skrives det ned hva som ble forklart.", "Parameters.parameter")
    ]


def test_a_contact_who_has_left_is_no_contact(town: Municipality) -> None:
    gone = town.employee().role
    town.system.update(gone | {"active": False})
    given = left(town) | {"contact": {"valueReference": reference(gone)}}
    refused = rules(decide(town.unit, refer(gp_of(town)), "measures", **given), 422)
    assert [rule for rule, _, _ in refused] == ["decision-contact"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"outcome": {"valueCode": "maybe"}}, ("code-invalid", "Parameters.parameter[0].valueCode")),
        ({"outcome": {"valueBoolean": True}}, ("invalid", "Parameters.parameter[0].valueBoolean")),
        ({"review": {"valueDate": "2199"}}, ("invalid", "Parameters.parameter[2].valueDate")),
        (
            {"contact": {"valueReference": {"reference": "Patient/1"}}},
            ("invalid", "Parameters.parameter[2].valueReference"),
        ),
        ({"why": {"valueString": "x"}}, ("not-supported", "Parameters.parameter[2]")),
    ],
)
def test_parameters_that_cannot_be_read_are_pointed_at(
    town: Municipality, parameters: dict[str, Json], expected: tuple[str, str]
) -> None:
    assert issues(decide(town.unit, refer(gp_of(town)), "team", **parameters), 400) == [expected]


def test_outcome_and_reason_are_required(town: Municipality) -> None:
    operation = f"ServiceRequest/{refer(gp_of(town))}/$decide"
    assert issues(town.unit.operate(operation), 400) == [("required", "Parameters.parameter")]
    only_outcome = town.unit.operate(operation, outcome={"valueCode": "team"})
    assert issues(only_outcome, 400) == [("required", "Parameters.parameter")]


def test_a_referral_is_decided_once(town: Municipality) -> None:
    id = refer(gp_of(town))
    answered(decide(town.unit, id, "team"))
    assert rules(decide(town.unit, id, "no-need", **left(town)), 409) == [
        ("referral-decided", "Meldingen er allerede avgjort.", "ServiceRequest.status")
    ]


def test_two_who_decide_at_once_decide_once(town: Municipality) -> None:
    id = refer(gp_of(town))
    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(lambda _: decide(town.unit, id, "team").status_code, range(4)))
    assert statuses == [200, 409, 409, 409]
    assert len(town.unit.found("CareTeam")) == 1
    assert len(ok(town.unit.get(f"/referral/{id}"), 200)["feedback"]) == 2


def test_a_request_that_nobody_reported_is_not_decided(town: Municipality) -> None:
    order = town.unit.create(
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "subject": reference(town.person()),
        }
    )
    assert rules(decide(town.unit, order["id"], "team"), 409) == [
        ("referral-none", "Dette er ikke en melding om behov.", "ServiceRequest")
    ]


@pytest.mark.parametrize("category", ["light", "coordinator-only"])
def test_someone_who_has_a_team_already_keeps_it_as_the_full_team(town: Municipality, category: str) -> None:
    """A light team may stand without referral or decision; a referral may come later."""
    patient, nurse = town.person(), town.employee()
    system = CANONICAL.code_system("team-category")
    has = [coding(system, category), coding(system, "converted-ansvarsgruppe"), {"text": "Hverdagsteam"}]
    team = town.team(patient, nurse.role, coordinator=town.employee().role, category=has)
    made = answered(decide(town.unit, refer(gp_of(town), patient_number(patient)), "team"))["CareTeam"]
    assert (made["id"], made["participant"]) == (team["id"], team["participant"])
    assert made["category"] == [coding(system, "full"), *has[1:]]
    again = answered(decide(town.unit, refer(gp_of(town), patient_number(patient)), "team"))["CareTeam"]
    assert again == made


def test_a_later_referral_does_not_step_a_full_team_down(town: Municipality) -> None:
    patient = town.person()
    full = [coding(CANONICAL.code_system("team-category"), "full")]
    team = town.team(patient, coordinator=town.employee().role, category=full)
    gp = gp_of(town)
    id = refer(gp, patient_number(patient))
    assert rules(decide(town.unit, id, "coordinator-only", **left(town)), 409) == [
        (
            "decision-full-team",
            "Personen har et fullt team: det trappes ned i teamet selv, ikke ved en ny melding.",
            "CareTeam.category",
        )
    ]
    assert town.unit.read("CareTeam", team["id"]) == team
    assert ok(gp.get(f"/referral/{id}"), 200)["status"] == "received"
    answered(decide(town.unit, id, "no-need", **left(town)))


def test_a_person_pointed_at_by_a_version_is_the_same_person(town: Municipality) -> None:
    """FHIR lets a reference name a version: https://hl7.org/fhir/R4/references.html"""
    patient, gp = town.person(), gp_of(town)
    id = refer(gp, patient_number(patient))
    request = town.unit.read("ServiceRequest", id)
    town.unit.update(request | {"subject": {"reference": f"Patient/{patient['id']}/_history/1"}})
    team = town.team(patient)
    made = answered(decide(town.unit, id, "team"))["CareTeam"]
    assert made["id"] == team["id"]


def test_an_ended_team_is_not_taken_up_again(town: Municipality) -> None:
    patient = town.person()
    ended = town.team(patient, status="inactive")
    made = answered(decide(town.unit, refer(gp_of(town), patient_number(patient)), "team"))["CareTeam"]
    assert made["id"] != ended["id"]


def test_only_the_coordinating_unit_decides(town: Municipality, other_town: Municipality) -> None:
    gp, patient, physio = gp_of(town), town.person(), town.employee()
    id = refer(gp, patient_number(patient))
    town.team(patient, coordinator=physio.role)
    for sees_it in (gp, town.as_person(patient), physio.as_("coordinator"), town.system):
        assert issues(decide(sees_it, id, "team"), 403) == [("forbidden", None)]
    for sees_nothing in (gp_of(town), town.employee().as_("team"), other_town.unit):
        refused, absent = decide(sees_nothing, id, "team"), decide(sees_nothing, "none", "team")
        assert issues(refused, 404) == [("not-found", None)]
        assert refused.json() == absent.json()
    assert decide(town.unit, id, "team").status_code == 200


def test_a_decision_is_posted(town: Municipality) -> None:
    refused = town.unit.get(f"/fhir/ServiceRequest/{refer(gp_of(town))}/$decide")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
