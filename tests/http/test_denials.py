"""What a person withholds is withheld as they said it, stays withheld, or is refused when they say it."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Json, MovableClock, Municipality, coding, identity_number, issues, label, reference

KINDS = CANONICAL.code_system("information-kind")
RECIPIENT = coding(systems.V3_PARTICIPATION, "IRCP")


def rule_against(actor: Json, **elements: object) -> Json:
    rule: Json = {
        "type": "deny",
        "actor": [{"role": RECIPIENT, "reference": reference(actor)}],
        "securityLabel": label("health")["security"],
    }
    return rule | elements


def without_type(rule: Json) -> Json:
    return {name: held for name, held in rule.items() if name != "type"}


def sharing(patient: Json, *rules: Json, **elements: object) -> Json:
    consent: Json = {
        "resourceType": "Consent",
        "status": "active",
        "scope": coding(systems.CONSENT_SCOPE, "patient-privacy"),
        "category": [coding(CANONICAL.code_system("consent-kind"), "sharing")],
        "patient": reference(patient),
        "policyRule": coding(systems.V3_ACT, "OPTIN"),
        "provision": {"provision": list(rules)},
    }
    return consent | elements


def refused(answer: httpx.Response, status: int = 422) -> list[tuple[str, str]]:
    """(rule, expression) of each issue."""
    assert answer.status_code == status, answer.text
    return [(one["details"]["coding"][0]["code"], one["expression"][0]) for one in answer.json()["issue"]]


def goal(patient: Json, kind: str) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå tur"},
        "subject": reference(patient),
        "meta": label(kind),
    }


@pytest.mark.parametrize("how", ["inactive", "deleted", "fewer kinds", "a shorter consent"])
def test_a_coordinator_does_not_lift_a_denial(town: Municipality, how: str) -> None:
    employee, patient = town.employee(), town.person()
    town.team(patient, coordinator=employee.role)
    coordinator = employee.as_("coordinator")
    denial = town.denial(patient, town.organisation("nav"), "health", "economy")
    rule = denial["provision"]["provision"][0]
    if how == "deleted":
        answer = coordinator.delete("Consent", denial["id"])
    elif how == "inactive":
        answer = coordinator.put(denial | {"status": "inactive"})
    elif how == "fewer kinds":
        fewer = rule | {"securityLabel": rule["securityLabel"][:1]}
        answer = coordinator.put(denial | {"provision": {"provision": [fewer]}})
    else:
        answer = coordinator.put(denial | {"provision": {"period": {"end": "2026-01-01"}, "provision": [rule]}})
    assert refused(answer, 403) == [("denial-stands", "Consent.provision")]


def test_the_person_lifts_their_own_denial(town: Municipality) -> None:
    patient = town.person()
    denial = town.denial(patient, town.organisation("nav"), "health")
    assert town.as_person(patient).update(denial | {"status": "inactive"})["status"] == "inactive"


@pytest.mark.parametrize(
    ("whole", "rule"),
    [
        ({"end": "2199-12-31"}, {"end": "{today}"}),
        ({"end": "{today}"}, {"end": "2199-12-31"}),
        ({"end": "{today}"}, {"start": "2020-01-01"}),
        ({"end": "{today}"}, {}),
        ({}, {"end": "{today}"}),
    ],
    ids=["the rule ends first", "the consent ends first", "only the consent ends", "no rule period", "no whole period"],
)
def test_a_denial_ends_with_its_rule_and_with_its_consent(
    town: Municipality, clock: MovableClock, whole: Json, rule: Json
) -> None:
    nurse, patient = town.employee(), town.person()
    today = clock.today.isoformat()
    periods = [{bound: day.format(today=today) for bound, day in period.items()} for period in (whole, rule)]
    town.team(patient, nurse.role)
    denial = rule_against(nurse.practitioner, **({"period": periods[1]} if rule else {}))
    town.as_person(patient).create(
        sharing(patient, provision={"provision": [denial]} | ({"period": periods[0]} if whole else {}))
    )
    held = town.unit.create(goal(patient, "health"))
    assert nurse.as_("team").found("Goal") == []
    clock.moved = timedelta(days=2)
    assert nurse.as_("team").found("Goal") == [f"Goal/{held['id']}"]


def test_a_denial_has_not_begun_before_its_consent(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    late = {"period": {"start": "2199-01-01"}, "provision": [rule_against(nurse.practitioner, period={"end": "2200"})]}
    town.as_person(patient).create(sharing(patient, provision=late))
    held = town.unit.create(goal(patient, "health"))
    assert nurse.as_("team").found("Goal") == [f"Goal/{held['id']}"]


UNDERSTOOD_BY_NOBODY: dict[str, Callable[[Municipality], Json]] = {
    "no actor": lambda town: {"type": "deny", "securityLabel": label("health")["security"]},
    "an actor that is a role": lambda town: rule_against(town.employee().role),
    "an actor by number only": lambda town: (
        rule_against(town.unit_office) | {"actor": [{"role": RECIPIENT, "reference": {"identifier": {"value": "1"}}}]}
    ),
    "no kinds": lambda town: {"type": "deny", "actor": rule_against(town.unit_office)["actor"]},
    "an unknown kind": lambda town: rule_against(
        town.unit_office, securityLabel=[{"system": KINDS, "code": "nonsense"}]
    ),
    "a kind of another system": lambda town: rule_against(
        town.unit_office, securityLabel=[{"system": "http://example.org", "code": "health"}]
    ),
    "a rule without a type": lambda town: without_type(rule_against(town.unit_office)),
    "a rule within a denial": lambda town: rule_against(town.unit_office, provision=[{"type": "permit"}]),
}


@pytest.mark.parametrize("fault", UNDERSTOOD_BY_NOBODY)
def test_a_denial_that_could_not_be_enforced_is_refused(town: Municipality, fault: str) -> None:
    patient = town.person()
    consent = sharing(patient, UNDERSTOOD_BY_NOBODY[fault](town))
    assert refused(town.as_person(patient).post("/fhir/Consent", consent)) == [
        ("denial-understood", "Consent.provision.provision[0]")
    ]
    assert town.unit.found(f"Consent?patient={patient['id']}") == []


@pytest.mark.parametrize("type", ["deny", "permit"])
@pytest.mark.parametrize("kind", ["sharing", "plan", "emergency"])
def test_nothing_is_denied_or_permitted_at_the_root(town: Municipality, kind: str, type: str) -> None:
    patient = town.person()
    whole = rule_against(town.unit_office, type=type)
    category = [coding(CANONICAL.code_system("consent-kind"), kind)]
    consent = sharing(patient, category=category, provision=whole)
    assert refused(town.as_person(patient).post("/fhir/Consent", consent)) == [
        ("denial-understood", "Consent.provision.type")
    ]


@pytest.mark.parametrize("inner", ["deny", None], ids=["a denial", "a rule without a type"])
def test_a_denial_hidden_in_a_permission_is_refused(town: Municipality, inner: str | None) -> None:
    patient = town.person()
    hidden = without_type(rule_against(town.unit_office)) | ({"type": inner} if inner else {})
    permission = rule_against(town.unit_office, type="permit", provision=[{"type": "permit", "provision": [hidden]}])
    answer = town.as_person(patient).post("/fhir/Consent", sharing(patient, permission))
    assert refused(answer) == [("denial-understood", "Consent.provision.provision[0].provision[0].provision[0]")]


@pytest.mark.parametrize("category", ["plan", "emergency", "of another system"])
def test_only_a_consent_to_sharing_denies(town: Municipality, category: str) -> None:
    patient = town.person()
    system = "http://example.org/kinds" if " " in category else CANONICAL.code_system("consent-kind")
    code = "sharing" if " " in category else category
    denial = rule_against(town.unit_office)
    consent = sharing(patient, {"type": "permit"}, denial, category=[coding(system, code)])
    assert refused(town.as_person(patient).post("/fhir/Consent", consent)) == [
        ("denial-understood", "Consent.provision.provision[1]")
    ]
    within = sharing(patient, {"type": "permit", "provision": [denial]}, category=[coding(system, code)])
    assert refused(town.as_person(patient).post("/fhir/Consent", within)) == [
        ("denial-understood", "Consent.provision.provision[0].provision[0]")
    ]


def test_a_consent_for_emergencies_permits(town: Municipality) -> None:
    patient = town.person()
    permission = rule_against(town.unit_office, type="permit")
    assert town.consent(patient, "emergency", permission)["provision"]["provision"] == [permission]


@pytest.mark.parametrize("how", ["by number", "contained", "elsewhere", "missing"])
def test_a_denial_says_whose_it_is(town: Municipality, how: str) -> None:
    """The journal system writes it: nobody else may write about what is about nobody."""
    patient = town.person()
    consent = sharing(patient, rule_against(town.unit_office))
    if how == "by number":
        consent["patient"] = {"identifier": {"system": systems.FNR, "value": identity_number()}}
    elif how == "contained":
        consent |= {"patient": {"reference": "#p"}, "contained": [{"resourceType": "Patient", "id": "p"}]}
    elif how == "elsewhere":
        consent["patient"] = {"reference": f"https://journal.example/fhir/Patient/{patient['id']}"}
    else:
        del consent["patient"]
        consent["scope"] = {"text": "Deling"}
    assert refused(town.system.post("/fhir/Consent", consent)) == [("denial-understood", "Consent.patient")]


def test_a_denial_that_becomes_one_that_is_not_understood_is_refused_too(town: Municipality) -> None:
    patient = town.person()
    denial = town.denial(patient, town.unit_office, "health")
    rule = denial["provision"]["provision"][0]
    answer = town.as_person(patient).put(denial | {"provision": {"type": "deny", "provision": [rule]}})
    assert refused(answer) == [("denial-understood", "Consent.provision.type")]
    assert issues(town.unit.get(f"/fhir/Consent/{denial['id']}/_history/2"), 404) == [("not-found", None)]
