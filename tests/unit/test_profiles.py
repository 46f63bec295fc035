"""Own profiles and extensions over pure functions: each constraint refuses what it is there to refuse."""

from datetime import date
from typing import Any

import pytest
from profile_samples import (
    AGREEMENT,
    BASE,
    CANONICAL,
    CONTENT,
    CRITERION,
    DENIAL,
    GOOD,
    GROUP,
    HEALTH,
    INVOLVEMENT,
    IRCP,
    LAYER,
    OFFICE,
    PATIENT,
    READER,
    REVIEW,
    STATE,
    TOLD,
    VOICE,
    Resource,
    claiming,
    concept,
    found,
    own,
)

from oppfolging_api.conformance import resources
from oppfolging_api.fhir.profiles import profiles_of, validate_profiles
from oppfolging_api.fhir.profiles.compiling import compiled
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.seed import municipalities

NONE: Any = object()
"""Takes an element out."""


def rules(*each: Resource) -> Resource:
    return {"provision": {"provision": list(each)}}


BAD: list[tuple[str, Resource, list[tuple[str, str]]]] = [
    ("care-plan", {**claiming("care-plan"), "category": NONE}, [("required", "CarePlan.category")]),
    ("care-plan", {"category": [own("plan-kind", "dream")]}, [("code-invalid", "CarePlan.category[0].coding[0]")]),
    ("care-plan", {"category": [own("plan-kind", "week-plan"), own("plan-kind", "dream")]},
     [("code-invalid", "CarePlan.category[1].coding[0]")]),
    ("care-plan", {"subject": GROUP}, [("value", "CarePlan.subject")]),
    ("care-plan", {"activity": [{"reference": {"reference": "ServiceRequest/s"}}]},
     [("value", "CarePlan.activity[0].reference")]),
    ("care-plan", {"extension": [STATE, STATE]}, [("structure", "CarePlan.extension[1]")]),
    ("care-plan", {"extension": [REVIEW, REVIEW]}, [("structure", "CarePlan.extension[1]")]),
    ("care-plan", {"note": [{"extension": [CONTENT, CONTENT], "text": "x"}]},
     [("structure", "CarePlan.note[0].extension[1]")]),
    ("care-team", {**claiming("care-team"), "category": NONE}, [("required", "CareTeam.category")]),
    ("care-team", {"category": [own("team-category", "x")]}, [("code-invalid", "CareTeam.category[0].coding[0]")]),
    ("care-team", {"subject": NONE}, [("required", "CareTeam.subject")]),
    ("care-team", {"subject": GROUP}, [("value", "CareTeam.subject")]),
    ("care-team", {"participant": [{"extension": [LAYER, INVOLVEMENT, LAYER, INVOLVEMENT], "member": PATIENT}]},
     [("structure", "CareTeam.participant[0].extension[2]"), ("structure", "CareTeam.participant[0].extension[3]")]),
    ("psfs-conversation", {**claiming("psfs-conversation"), "questionnaire": NONE},
     [("required", "QuestionnaireResponse.questionnaire")]),
    ("psfs-conversation", {"subject": NONE}, [("required", "QuestionnaireResponse.subject")]),
    ("psfs-conversation", {"subject": OFFICE}, [("value", "QuestionnaireResponse.subject")]),
    ("communication", {**claiming("communication"), "category": NONE}, [("required", "Communication.category")]),
    ("communication", {"category": [own("communication-category", "x")]},
     [("code-invalid", "Communication.category[0].coding[0]")]),
    ("communication", {"subject": NONE}, [("required", "Communication.subject")]),
    ("communication", {"subject": GROUP}, [("value", "Communication.subject")]),
    ("referral", {**claiming("referral"), "category": NONE}, [("required", "ServiceRequest.category")]),
    ("referral", {"category": [own("referral", "x")]}, [("code-invalid", "ServiceRequest.category[0].coding[0]")]),
    ("referral", {"subject": GROUP}, [("value", "ServiceRequest.subject")]),
    ("referral", {"reasonCode": NONE}, [("required", "ServiceRequest.reasonCode")]),
    ("referral", {"extension": [*TOLD, *TOLD]},
     [("structure", f"ServiceRequest.extension[{n}]") for n in (6, 7, 8, 9, 10, 11)]),
    ("referral", {"extension": [CRITERION] * 8}, [("structure", "ServiceRequest.extension[7]")]),
    ("task", {**claiming("task"), "code": NONE}, [("required", "Task.code")]),
    ("task", {**claiming("task"), "code": {"text": "Gå tur"}}, [("required", "Task.code.coding")]),
    ("task", {"code": own("task-kind", "x")}, [("code-invalid", "Task.code.coding[0]")]),
    ("task", {"for": NONE}, [("required", "Task.for")]),
    ("task", {"for": GROUP}, [("value", "Task.for")]),
    ("task", {"input": [{"type": own("task-result", "x"), "valueString": "x"}]},
     [("code-invalid", "Task.input[0].type.coding[0]")]),
    ("task", {"output": [{"type": own("task-result", "x"), "valueString": "x"}]},
     [("code-invalid", "Task.output[0].type.coding[0]")]),
    ("consent", {**claiming("consent"), "category": [{"text": "x"}]}, [("required", "Consent.category")]),
    ("consent", {"category": [own("consent-kind", "x")]}, [("code-invalid", "Consent.category[0].coding[0]")]),
    ("consent", {"scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "research")},
     [("value", "Consent.scope")]),
    ("consent", {"scope": {"text": "patient-privacy"}}, [("value", "Consent.scope")]),
    ("consent", {"patient": NONE}, [("required", "Consent.patient")]),
    ("consent", {"policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT")},
     [("value", "Consent.policyRule")]),
    ("consent", rules({"actor": [{"role": IRCP, "reference": OFFICE}]}),
     [("required", "Consent.provision.provision[0].type")]),
    ("consent", rules({"type": "permit", "actor": [{"role": concept("x", "CST"), "reference": OFFICE}]}),
     [("value", "Consent.provision.provision[0].actor[0].role")]),
    ("sharing-consent", rules(DENIAL, READER), [("value", "Consent.provision.provision[1].type")]),
    ("emergency-consent", rules(READER, DENIAL), [("value", "Consent.provision.provision[1].type")]),
    ("emergency-consent", rules({"type": "permit", "securityLabel": [HEALTH]}),
     [("required", "Consent.provision.provision[0].actor")]),
    ("emergency-consent", rules(READER | {"actor": [{"role": IRCP, "reference": {"reference": "CareTeam/t"}}]}),
     [("value", "Consent.provision.provision[0].actor[0].reference")]),
    ("emergency-consent", rules({"type": "permit", "actor": READER["actor"]}),
     [("required", "Consent.provision.provision[0].securityLabel")]),
    ("emergency-consent", rules(READER | {"securityLabel": [HEALTH, {"system": "http://x", "code": "health"}]}),
     [("code-invalid", "Consent.provision.provision[0].securityLabel[1]")]),
    ("meeting", {"participant": [{"type": [{"text": "x"}], "status": "accepted"}]},
     [("required", "Appointment.participant[0].actor")]),
    ("meeting", {"participant": [{"actor": {"reference": "Device/d"}, "status": "accepted"}]},
     [("value", "Appointment.participant[0].actor")]),
    ("goal", {"extension": [AGREEMENT]}, [("required", "Goal.extension")]),
    ("goal", {"extension": [VOICE, VOICE]}, [("structure", "Goal.extension[1]")]),
    ("goal", {"extension": [VOICE, REVIEW, REVIEW]}, [("structure", "Goal.extension[2]")]),
    ("goal", {"description": concept("http://x", "y")}, [("required", "Goal.description.text")]),
    ("goal", {"subject": GROUP}, [("value", "Goal.subject")]),
]  # fmt: skip


def changed(resource: Resource, change: Resource) -> Resource:
    return {name: value for name, value in (resource | change).items() if value is not NONE}


@pytest.mark.parametrize("profile", GOOD)
def test_what_follows_its_profile_is_taken(profile: str) -> None:
    validate(GOOD[profile], GOOD[profile]["resourceType"])
    assert found(GOOD[profile]) == []
    assert found(GOOD[profile] | claiming(profile)) == []


@pytest.mark.parametrize(("profile", "change", "expected"), BAD)
def test_each_constraint_is_held(profile: str, change: Resource, expected: list[tuple[str, str]]) -> None:
    assert found(changed(GOOD[profile], change)) == expected


def test_every_profile_has_something_it_refuses() -> None:
    assert {profile for profile, _, _ in BAD} == GOOD.keys()
    assert {f"{BASE}/StructureDefinition/{profile}" for profile in GOOD} == profiles_of(CANONICAL).profiles.keys()


def test_an_issue_names_the_profile_and_nothing_of_the_body() -> None:
    plan = GOOD["care-plan"] | {"category": [own("plan-kind", "secret")], "subject": GROUP}
    assert [issue.diagnostics for issue in validate_profiles(plan, "CarePlan", None, CANONICAL)] == [
        f"a code of {BASE}/ValueSet/plan-kind (profile {BASE}/StructureDefinition/care-plan)",
        f"a reference to Patient (profile {BASE}/StructureDefinition/care-plan)",
    ]
    team = {"resourceType": "CareTeam", **claiming("care-team"), "subject": PATIENT}
    assert [issue.diagnostics for issue in validate_profiles(team, "CareTeam", None, CANONICAL)] == [
        f"at least 1 with system {BASE}/CodeSystem/team-category (profile {BASE}/StructureDefinition/care-team)"
    ]


@pytest.mark.parametrize(
    ("resource", "held"),
    [
        ({"resourceType": "CarePlan", "subject": GROUP, "category": [own("plan-kind", "week-plan")]}, True),
        ({"resourceType": "CarePlan", "subject": GROUP, "category": [concept("http://x", "week-plan")]}, False),
        ({"resourceType": "CarePlan", "subject": GROUP, "category": [{"text": "Ukeplan"}]}, False),
        ({"resourceType": "CarePlan", "subject": GROUP}, False),
        ({"resourceType": "Task", "code": own("task-kind", "activity")}, True),
        ({"resourceType": "Task", "code": {"text": "Tiltak"}}, False),
        ({"resourceType": "QuestionnaireResponse", "questionnaire": f"{BASE}/Questionnaire/psfs"}, True),
        ({"resourceType": "QuestionnaireResponse", "questionnaire": f"{BASE}/Questionnaire/psfs|9"}, True),
        ({"resourceType": "QuestionnaireResponse", "questionnaire": f"{BASE}/Questionnaire/psfs2"}, False),
        ({"resourceType": "QuestionnaireResponse", "_questionnaire": {"id": "x"}}, False),
        ({"resourceType": "Goal", "subject": GROUP, "extension": [VOICE]}, False),
        ({"resourceType": "Goal", "subject": GROUP, **claiming("goal")}, True),
        ({"resourceType": "Goal", "subject": GROUP, **claiming("goal|1.0")}, True),
    ],
)
def test_a_profile_binds_by_what_it_says_itself(resource: Resource, held: bool) -> None:
    assert bool(found(resource)) is held


def test_consents_of_each_kind_are_held_to_their_own_rules() -> None:
    plan = GOOD["consent"] | rules({"type": "permit"})
    assert found(plan) == []
    assert found(plan | {"category": [own("consent-kind", "sharing")]}) == [
        ("value", "Consent.provision.provision[0].type")
    ]


def test_a_profile_that_is_asked_for_is_held_too() -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}, "subject": PATIENT}
    assert found(goal) == []
    assert found(goal, f"{BASE}/StructureDefinition/goal") == [("required", "Goal.extension")]
    assert found(goal, "http://hl7.org/fhir/StructureDefinition/Goal") == []
    assert found(goal, f"{BASE}/StructureDefinition/none") == [("not-found", None)]


@pytest.mark.parametrize("name", ["none", "care-plan", "voice", ""])
def test_an_own_profile_that_is_none_of_the_type_is_refused(name: str) -> None:
    goal = GOOD["goal"] | {"meta": {"profile": ["https://example.org/goal", *claiming(name)["meta"]["profile"]]}}
    assert found(goal) == [("not-found", "Goal.meta.profile[1]")]


@pytest.mark.parametrize(
    ("subject", "refused"),
    [
        ({"reference": "Group/g"}, True),
        ({"reference": "https://example.org/fhir/Group/g/_history/2"}, True),
        ({"type": "Group", "identifier": {"value": "1"}}, True),
        ({"reference": "#g"}, True),
        ({"reference": "https://example.org/fhir/Patient/p"}, False),
        ({"identifier": {"value": "1"}}, False),
        ({"display": "Kari"}, False),
        ({"reference": "urn:uuid:0190a5e4-0000-7000-8000-000000000000"}, False),
        ({"reference": "https://example.org/who"}, False),
    ],
)
def test_a_reference_is_to_what_the_profile_names(subject: Resource, refused: bool) -> None:
    plan = GOOD["care-plan"] | {"subject": subject, "contained": [{"resourceType": "Group", "id": "g"}]}
    assert found(plan) == ([("value", "CarePlan.subject")] if refused else [])


def test_at_most_fifty_issues_are_told() -> None:
    assert len(found({"resourceType": "Goal", "extension": [LAYER] * 60})) == 50


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2028, 2, 29)])
def test_the_nine_teams_follow_the_profiles(day: date) -> None:
    told = [resource for place in municipalities(CANONICAL, day) for resource in place.resources]
    assert len(told) > 300
    assert [(each["id"], found(each)) for each in told if found(each)] == []
    bound = {profile.type for each in told for profile in profiles_of(CANONICAL).profiles.values()
             if profile.type == each["resourceType"] and profile.binds(each)}  # fmt: skip
    types = {"CarePlan", "CareTeam", "Communication", "Consent", "QuestionnaireResponse", "ServiceRequest", "Task"}
    assert bound == types


def test_profiles_follow_the_configured_base() -> None:
    moved = Canonical("https://kommune.example/r4")
    team = {"resourceType": "CareTeam", "category": [concept(moved.code_system("team-category"), "x")]}
    assert [issue.expression for issue in validate_profiles(team, "CareTeam", None, moved)] == [
        "CareTeam.category[0].coding[0]",
        "CareTeam.subject",
    ]
    assert validate_profiles(GOOD["goal"] | {"extension": []}, "Goal", None, moved) == []


def differential(*elements: Resource) -> Resource:
    return {"differential": {"element": [{"id": "Goal", "path": "Goal"}, *elements]}}


@pytest.mark.parametrize(
    "element",
    [
        {"id": "Goal.note", "path": "Goal.note", "maxLength": 5},
        {"id": "Goal.note", "path": "Goal.note", "binding": {"strength": "preferred", "valueSet": "x"}},
        {"id": "Goal.target.due[x]", "path": "Goal.target.due[x]", "min": 1},
        {"id": "Goal.note:one", "path": "Goal.note", "sliceName": "one", "min": 1},
    ],
)
def test_no_file_says_what_is_not_enforced(element: Resource) -> None:
    with pytest.raises(ValueError, match="Goal"):
        compiled(differential(element), {})


def test_a_binding_is_to_what_is_published() -> None:
    bound = {"id": "Goal.note", "path": "Goal.note", "binding": {"strength": "required", "valueSet": "http://x"}}
    with pytest.raises(KeyError, match="http://x"):
        compiled(differential(bound), {})


def test_it_is_compiled_once() -> None:
    assert profiles_of(Canonical()) is profiles_of(Canonical())
    assert resources(Canonical()) is resources(Canonical())
