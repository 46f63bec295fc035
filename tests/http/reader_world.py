"""Who reads a part of what there is: the crisis plan in an emergency, and what the sender of a referral is told."""

from consent_world import OVER, TO_COME, Case, Office, consented, denies, happens, rule

from support import CANONICAL, Api, Json, coding, label, reference

_PERMITTED = {
    "organisation": "office",
    "parent": "parent",
    "another-employer": "another",
    "part": "part",
    "others": "others",
}
_NOT_IN_FORCE: dict[str, Json] = {
    "ended": {"period": OVER},
    "not-begun": {"period": TO_COME},
    "withdrawn": {"status": "inactive"},
    "in-error": {"status": "entered-in-error"},
}


def emergency_of(office: Office, state: str) -> tuple[Api, dict[str, Json]]:
    """Who may perhaps read in an emergency, and what there is of the person, by the names in READERS_OF."""
    town, employee, (patient, _) = office.town, office.employee(), office.person()
    named = employee.practitioner if state == "practitioner" else getattr(office, _PERMITTED.get(state, "office"))
    permit = rule("permit", "health", [named], **({"period": OVER} if state == "rule-ended" else {}))
    by = office.person()[0] if state == "of-another" else patient
    consent = consented(office, by, "emergency", [permit], _NOT_IN_FORCE.get(state, {}))
    if state == "health-denied":
        denies(office, patient, "health-org")
    happens(office, state, {}, employee)
    case = Case.of(office, ("none",), {})
    return employee.as_("team"), {
        "crisis-plan": town.unit.create(_plan(patient, "crisis-plan")),
        "crisis-plan health": town.unit.create(_plan(patient, "crisis-plan") | {"meta": label("health")}),
        "week-plan": town.unit.create(_plan(patient, "week-plan")),
        "Goal": town.unit.create(case.goal("none") | {"subject": reference(patient)}),
        "Patient": patient,
        "Consent": consent,
    }


def _plan(patient: Json, kind: str) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), kind)],
        "subject": reference(patient),
    }


def told_by(office: Office, state: str) -> tuple[Api, dict[str, Json]]:
    """The office as the sender of referrals, and what there is to hear, by the names in TOLD."""
    patient, number = office.person()
    denies(office, patient, state)
    api = office.town.api("referrer", orgnr=office.number)
    requests = [office.referred(number, office.number) for _ in range(4)]
    told = [_feedback(office, request) for request in requests]
    return api, {
        "ServiceRequest": requests[0],
        "ServiceRequest health": office.labelled(requests[1], "health"),
        "feedback": told[1],
        "feedback work": office.labelled(told[2], "work"),
        "feedback mental-health": office.labelled(told[3], "mental-health"),
    }


def _feedback(office: Office, request: Json) -> Json:
    found = office.town.system.search(f"Communication?based-on=ServiceRequest/{request['id']}")["entry"]
    assert len(found) == 1
    told: Json = found[0]["resource"]
    return told
