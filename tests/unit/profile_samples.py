"""A resource that follows each profile, and the small parts that profiles speak of."""

from typing import Any

from oppfolging_api.fhir.profiles import validate_profiles
from oppfolging_api.kernel.canonical import Canonical

Resource = dict[str, Any]

CANONICAL = Canonical()
BASE = "https://oppfolging.example/fhir"
PATIENT = {"reference": "Patient/p"}
GROUP = {"reference": "Group/g"}


def concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def own(system: str, code: str) -> Resource:
    return concept(f"{BASE}/CodeSystem/{system}", code)


def extension(name: str, **value: Any) -> Resource:
    return {"url": f"{BASE}/StructureDefinition/{name}", **value}


def parts(**values: Resource) -> list[Resource]:
    return [{"url": name.replace("_", "-"), **value} for name, value in values.items()]


def claiming(profile: str) -> Resource:
    return {"meta": {"profile": [f"{BASE}/StructureDefinition/{profile}"]}}


IRCP = concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
OFFICE = {"reference": "Organization/o"}
HEALTH = {"system": f"{BASE}/CodeSystem/information-kind", "code": "health"}
DENIAL = {"type": "deny", "actor": [{"role": IRCP, "reference": OFFICE}], "securityLabel": [HEALTH]}
READER = DENIAL | {"type": "permit"}
LAYER = extension("layer", valueCode="core")
INVOLVEMENT = extension("involvement", valueCode="part")
VACANCY = extension("vacancy", extension=parts(role={"valueCodeableConcept": {"text": "Logoped"}},
                                               since={"valueDate": "2026-01-01"}))  # fmt: skip
STATE = extension("plan-state", extension=parts(state={"valueCode": "declined"}, explained={"valueString": "Retten"},
                                                ask_again={"valueDate": "2027-01-01"}))  # fmt: skip
REVIEW = extension("review", valueDate="2027-01-01")
CONTENT = extension("content", extension=parts(item={"valueCode": "kin-part"}, relevant={"valueBoolean": False}))
AGREEMENT = extension(
    "agreement", extension=parts(status={"valueCode": "not-agreed"}, **{"with": {"valueString": "Bror"}})
)
VOICE = extension("voice", valueCode="person")
TOLD = [
    extension("consent-to-share", valueBoolean=True),
    extension("person-informed", valueBoolean=True),
    extension("what-matters", valueString="Kamp"),
    extension("on-behalf-of", valueString="Mor"),
    extension("language", valueCode="nb"),
    extension("interpreter", valueBoolean=False),
]
CRITERION = extension("criterion", valueCode="daily-life")
SERVICE = extension("service-in", valueString="NAV")

GOOD: dict[str, Resource] = {
    "care-plan": {
        "resourceType": "CarePlan",
        "extension": [STATE, REVIEW],
        "status": "active",
        "intent": "plan",
        "category": [own("plan-kind", "individual-plan"), concept("http://example.org", "assess-plan")],
        "subject": PATIENT,
        "activity": [{"reference": {"reference": "Task/t"}}],
        "note": [{"extension": [CONTENT], "text": "Pårørende bor langt unna."}],
    },
    "care-team": {
        "resourceType": "CareTeam",
        "extension": [VACANCY, VACANCY],
        "status": "active",
        "category": [own("team-category", "full"), own("team-category", "new")],
        "subject": PATIENT,
        "participant": [{"extension": [LAYER, INVOLVEMENT], "member": PATIENT}],
    },
    "psfs-conversation": {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{BASE}/Questionnaire/psfs|1.0",
        "status": "completed",
        "subject": PATIENT,
    },
    "communication": {
        "resourceType": "Communication",
        "status": "completed",
        "category": [own("communication-category", "message")],
        "subject": PATIENT,
    },
    "referral": {
        "resourceType": "ServiceRequest",
        "extension": [*TOLD, *[CRITERION] * 7, SERVICE, SERVICE],
        "status": "active",
        "intent": "order",
        "category": [own("referral", "referral")],
        "subject": PATIENT,
        "reasonCode": [{"text": "Mange tjenester"}],
    },
    "task": {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": own("task-kind", "activity"),
        "for": PATIENT,
        "input": [{"type": own("task-result", "wish"), "valueString": "x"}],
        "output": [{"type": {"text": "Resultat"}, "valueString": "x"}],
    },
    "consent": {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [own("consent-kind", "plan")],
        "patient": PATIENT,
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
    },
    "meeting": {
        "resourceType": "Appointment",
        **claiming("meeting"),
        "status": "proposed",
        "participant": [{"actor": PATIENT, "status": "needs-action"}],
    },
    "goal": {
        "resourceType": "Goal",
        **claiming("goal"),
        "extension": [VOICE, AGREEMENT, AGREEMENT, REVIEW],
        "lifecycleStatus": "active",
        "description": {"text": "Gå på kamp"},
        "subject": PATIENT,
    },
}
GOOD["sharing-consent"] = GOOD["consent"] | {
    "category": [own("consent-kind", "sharing")],
    "provision": {"provision": [DENIAL]},
}
GOOD["emergency-consent"] = GOOD["consent"] | {
    "category": [own("consent-kind", "emergency")],
    "provision": {"provision": [READER]},
}


def found(resource: Resource, *profiles: str) -> list[tuple[str, str | None]]:
    issues = validate_profiles(resource, resource["resourceType"], profiles, CANONICAL)
    return [(issue.code, issue.expression) for issue in issues]
