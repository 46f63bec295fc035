"""Resources that the service's own profiles and rules look at: what is spoilt in them gets far."""

from support import CANONICAL, Json, coding

LABEL = {"system": CANONICAL.code_system("information-kind"), "code": "health"}
PERIOD = {"start": "2026-01-01", "end": "2026-12-31T12:00:00+01:00"}
PERSON = {"reference": "Patient/a"}
META = {
    "meta": {"security": [LABEL], "tag": [{"code": "x"}]},
    "extension": [{"url": "http://x.example", "valueCode": "x"}],
}
SAMPLES: list[Json] = [
    {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "x", "period": PERIOD}],
        "name": [{"family": "Vik", "given": ["Kari"]}],
        "birthDate": "1970-03-14",
        "communication": [{"language": coding("urn:x", "nb")}],
    },
    {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": PERSON,
        "period": PERIOD,
        "participant": [
            {
                "extension": [{"url": CANONICAL.extension("layer"), "valueCode": "core"}],
                "role": [coding("urn:oid:2.16.578.1.12.4.1.1.9034", "9")],
                "member": PERSON,
                "period": PERIOD,
            }
        ],
    },
    {
        "resourceType": "Consent",
        "status": "active",
        "scope": coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [coding(CANONICAL.code_system("consent-kind"), "sharing")],
        "patient": PERSON,
        "policyRule": coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "provision": {
            "period": PERIOD,
            "provision": [
                {
                    "type": "deny",
                    "actor": [{"role": coding("urn:x", "IRCP"), "reference": {"reference": "Organization/a"}}],
                    "securityLabel": [LABEL],
                }
            ],
        },
    },
    {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), "individual-plan")],
        "subject": PERSON,
        "period": PERIOD,
        "activity": [{"detail": {"status": "in-progress", "scheduledTiming": {"event": ["2026-01-01"]}}}],
    },
    {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": coding("urn:x", "walk"),
        "for": PERSON,
        "owner": {"reference": "Organization/a"},
        "focus": PERSON,
        "authoredOn": "2026-01-01T00:00:00Z",
        "restriction": {"period": PERIOD},
        "input": [{"type": coding("urn:x", "y"), "valueString": "z"}],
    },
    {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{CANONICAL.base}/Questionnaire/psfs|1.0",
        "subject": PERSON,
        "authored": "2026-01-01",
        "item": [
            {
                "linkId": "activity",
                "item": [
                    {"linkId": "key", "answer": [{"valueString": "k"}]},
                    {"linkId": "name", "answer": [{"valueString": "n"}]},
                    {"linkId": "score", "answer": [{"valueInteger": 3}]},
                ],
            }
        ],
    },
    {
        "resourceType": "RelatedPerson",
        "patient": PERSON,
        "identifier": [{"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "y"}],
        "relationship": [coding("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "GUARD")],
        "period": PERIOD,
    },
    {
        "resourceType": "PractitionerRole",
        "active": True,
        "organization": {"reference": "Organization/a"},
        "code": [coding("urn:oid:2.16.578.1.12.4.1.1.9034", "6")],
        "period": PERIOD,
    },
    {
        "resourceType": "Communication",
        "status": "completed",
        "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
        "subject": PERSON,
        "basedOn": [{"reference": "ServiceRequest/a"}],
        "sent": "2026-01-01T00:00:00Z",
        "payload": [{"contentString": "x"}],
    },
]
