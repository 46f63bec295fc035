"""What is not R4, or points at what is not there, is refused with its place, and nothing of it is kept."""

from typing import Any

import pytest

from support import FHIR_JSON, Json, Municipality, issues, ok, reference

SUBJECT = {"display": "Kari"}
PATIENT: Json = {"resourceType": "Patient"}
PLAN: Json = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": SUBJECT}
TEAM: Json = {"resourceType": "CareTeam", "status": "active"}
TASK: Json = {"resourceType": "Task", "status": "requested", "intent": "order"}
CONSENT: Json = {"resourceType": "Consent", "status": "draft", "scope": {"text": "x"}, "category": [{"text": "x"}]}
OPTIN = {"policyRule": {"text": "x"}}
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
SCRIPT = {"status": "generated", "div": DIV.format("<script>alert(1)</script>")}
HANDLER = {"status": "generated", "div": DIV.format('<p onclick="x()">x</p>')}
LINK = {"status": "generated", "div": DIV.format('<a href="javascript:x()">x</a>')}
APPOINTMENT = {
    "resourceType": "Appointment",
    "id": "a",
    "status": "proposed",
    "start": "2026-03-14T09:00:00Z",
    "participant": [{"actor": {"display": "Kari"}, "status": "accepted"}],
}
REFUSED: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "unknown element": (PATIENT | {"nickname": "x"}, [("structure", "Patient.nickname")]),
    "unknown element further in": (
        PATIENT | {"name": [{"family": "x"}, {"surname": "x"}]},
        [("structure", "Patient.name[1].surname")],
    ),
    "unknown status": (PLAN | {"status": "started"}, [("code-invalid", "CarePlan.status")]),
    "unknown code of another required binding": (
        PATIENT | {"telecom": [{"system": "pigeon", "value": "x"}]},
        [("code-invalid", "Patient.telecom[0].system")],
    ),
    "several faults at once": (
        PLAN | {"status": "started", "intent": "wish", "title": ""},
        [("code-invalid", "CarePlan.status"), ("code-invalid", "CarePlan.intent"), ("value", "CarePlan.title")],
    ),
    "what is required": (
        {"resourceType": "CarePlan", "subject": SUBJECT},
        [("required", "CarePlan.intent"), ("required", "CarePlan.status")],
    ),
    "reference to a type the element does not allow": (
        PLAN | {"subject": {"reference": "Practitioner/1"}},
        [("value", "CarePlan.subject.reference")],
    ),
    "reference that is none": (PLAN | {"subject": {"reference": "Kari"}}, [("value", "CarePlan.subject.reference")]),
    "empty array": (PATIENT | {"name": []}, [("structure", "Patient.name")]),
    "empty string": (PATIENT | {"name": [{"family": ""}]}, [("value", "Patient.name[0].family")]),
    "blank string": (PATIENT | {"name": [{"family": " \t"}]}, [("value", "Patient.name[0].family")]),
    "empty object": (PATIENT | {"name": [{}]}, [("structure", "Patient.name[0]")]),
    "null": (PATIENT | {"birthDate": None}, [("structure", "Patient.birthDate")]),
    "one instead of many": (PATIENT | {"name": {"family": "x"}}, [("structure", "Patient.name")]),
    "many instead of one": (PATIENT | {"gender": ["male"]}, [("structure", "Patient.gender")]),
    "text instead of a boolean": (PATIENT | {"active": "true"}, [("value", "Patient.active")]),
    "a day that does not exist": (PATIENT | {"birthDate": "2026-02-30"}, [("value", "Patient.birthDate")]),
    "a time without zone": (TASK | {"authoredOn": "2026-03-14T09:00:00"}, [("value", "Task.authoredOn")]),
    "two of a choice": (
        PATIENT | {"deceasedBoolean": True, "deceasedDateTime": "2026"},
        [("structure", "Patient.deceased")],
    ),
    "an id of 65 characters": (PATIENT | {"id": "x" * 65}, [("value", "Patient.id")]),
    "an id with other characters": (PATIENT | {"id": "a_b"}, [("value", "Patient.id")]),
    "cpl-3": (
        PLAN | {"activity": [{"reference": {"display": "x"}, "detail": {"status": "in-progress"}}]},
        [("invariant", "CarePlan.activity[0]")],
    ),
    "ctm-1": (
        TEAM | {"participant": [{"member": {"reference": "Patient/1"}, "onBehalfOf": {"display": "x"}}]},
        [("invariant", "CareTeam.participant[0]")],
    ),
    "per-1": (TEAM | {"period": {"start": "2026-02-01", "end": "2026-01-31"}}, [("invariant", "CareTeam.period")]),
    "ppc-1": (CONSENT, [("invariant", "Consent")]),
    "app-2 and app-3": (
        TASK | {"contained": [APPOINTMENT], "focus": {"reference": "#a"}},
        [("invariant", "Task.contained[0]")],
    ),
    "an unknown type of a provision": (
        CONSENT | OPTIN | {"provision": {"type": "maybe"}},
        [("code-invalid", "Consent.provision.type")],
    ),
    "a script": (PATIENT | {"text": SCRIPT}, [("invariant", "Patient.text.div")]),
    "an event handler": (PATIENT | {"text": HANDLER}, [("invariant", "Patient.text.div")]),
    "a link that runs": (PATIENT | {"text": LINK}, [("invariant", "Patient.text.div")]),
    "meta that is no object": (PATIENT | {"meta": "x"}, [("structure", "Patient.meta")]),
    "meta with unknown elements": (PATIENT | {"meta": {"x": "y"}}, [("structure", "Patient.meta.x")]),
    "labels that are no objects": (
        PATIENT | {"meta": {"security": ["x"]}},
        [("structure", "Patient.meta.security[0]")],
    ),
    "labels that are no array": (PATIENT | {"meta": {"security": "x"}}, [("structure", "Patient.meta.security")]),
    "a subject that is no object": (PLAN | {"subject": "Patient/1"}, [("structure", "CarePlan.subject")]),
}


def total(town: Municipality, type: str) -> int:
    found: int = town.system.search(f"{type}?_total=accurate&_count=0")["total"]
    return found


@pytest.mark.parametrize("fault", REFUSED)
def test_nothing_is_created(town: Municipality, fault: str) -> None:
    resource, expected = REFUSED[fault]
    assert issues(town.system.post(f"/fhir/{resource['resourceType']}", resource), 400) == expected
    assert total(town, resource["resourceType"]) == 0


LEAST = {
    "Patient": PATIENT,
    "CarePlan": PLAN,
    "CareTeam": TEAM,
    "Task": TASK,
    "Consent": CONSENT | OPTIN,
}


@pytest.mark.parametrize("fault", [fault for fault in REFUSED if "an id" not in fault])
def test_nothing_is_changed(town: Municipality, fault: str) -> None:
    resource, expected = REFUSED[fault]
    made = town.system.create(LEAST[resource["resourceType"]])
    answer = town.system.put(resource | {"id": made["id"]})
    assert issues(answer, 400) == expected
    assert answer.headers["content-type"].startswith(FHIR_JSON)
    history = ok(town.system.get(f"/fhir/{made['resourceType']}/{made['id']}/_history"), 200)
    assert [entry["resource"] for entry in history["entry"]] == [made]


def raw(town: Municipality, body: bytes, type: str = "Patient") -> Any:
    return town.system.send("POST", f"/fhir/{type}", content=body, headers={"Content-Type": FHIR_JSON})


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b'{"resourceType":"Patient","active":true,"active":false}', "structure", "Patient.active"),
        (b'{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}', "structure", "Patient.name[0].family"),
        (b'{"resourceType":"Patient","resourceType":"Patient"}', "structure", "Patient.resourceType"),
        (b'{"resourceType":"Patient"', "structure", None),
        (b'{"resourceType":"Patient"} x', "structure", None),
        (b"", "structure", None),
        (b"[]", "structure", None),
        (b"null", "structure", None),
        (b'"Patient"', "structure", None),
        (b'{"resourceType":"Patient","name":[{"family":"\xe5"}]}', "structure", None),
        (b'{"resourceType":"Patient","multipleBirthInteger":NaN}', "invalid", "Patient.multipleBirthInteger"),
        (b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', "invalid", "Patient.name[0].family"),
        (b'{"resourceType":"Patient","name":[{"family":"a\\ud800"}]}', "invalid", "Patient.name[0].family"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "structure", None),
        (b"[" * 100_000, "structure", None),
        (b"{}", "invalid", "resourceType"),
        (b'{"resourceType":["Patient"]}', "invalid", "resourceType"),
    ],
)
def test_malformed_json(town: Municipality, body: bytes, code: str, place: str | None) -> None:
    assert issues(raw(town, body), 400) == [(code, place)]
    assert total(town, "Patient") == 0


def test_a_reference_to_nothing(town: Municipality) -> None:
    task = TASK | {"for": {"reference": "Patient/nobody"}, "partOf": [{"reference": "Task/nothing"}]}
    expected = [("not-found", "Task.for.reference"), ("not-found", "Task.partOf[0].reference")]
    assert sorted(issues(town.system.post("/fhir/Task", task), 422)) == expected
    assert total(town, "Task") == 0


def test_a_reference_to_a_type_that_is_not_served(town: Municipality) -> None:
    task = TASK | {"encounter": {"reference": "Encounter/1"}}
    assert issues(town.system.post("/fhir/Task", task), 422) == [("not-found", "Task.encounter.reference")]


def test_a_reference_to_what_was_deleted(town: Municipality) -> None:
    office = town.organisation("home-care")
    town.system.delete("Organization", office["id"])
    role = {"resourceType": "PractitionerRole", "organization": reference(office)}
    found = issues(town.system.post("/fhir/PractitionerRole", role), 422)
    assert found == [("not-found", "PractitionerRole.organization.reference")]


def test_another_municipality_is_answered_as_nothing(town: Municipality, other_town: Municipality) -> None:
    elsewhere = other_town.person()
    answers = [
        town.system.post("/fhir/Task", TASK | {"for": {"reference": f"Patient/{id}"}})
        for id in (elsewhere["id"], "nobody", "01a20293-9d15-7c2e-9950-cfa8251f986f")
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert answers[0].content == answers[1].content == answers[2].content
    assert total(town, "Task") == 0


def test_whom_a_caller_may_not_see_is_answered_as_nobody(town: Municipality) -> None:
    nurse, patient, stranger = town.employee(), town.person(), town.person()
    town.team(patient, nurse.role)
    message: Json = {"resourceType": "Communication", "status": "completed", "subject": reference(patient)}
    message |= {"sender": reference(nurse.role)}
    answers = [
        nurse.as_("team").post("/fhir/Communication", message | {"recipient": [{"reference": f"Patient/{id}"}]})
        for id in (stranger["id"], "nobody")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content


def test_an_update_is_held_to_its_new_references_only(town: Municipality) -> None:
    one, other = town.organisation("home-care"), town.organisation("home-care")
    town.system.update(one | {"partOf": reference(other)})
    moved = one | {"partOf": {"reference": "Organization/nothing"}}
    assert issues(town.system.put(moved), 422) == [("not-found", "Organization.partOf.reference")]
    assert town.system.read("Organization", one["id"])["partOf"] == reference(other)


def test_at_most_fifty_faults_are_told(town: Municipality) -> None:
    answer = town.system.post("/fhir/Patient", PATIENT | {"name": [{"family": ""}] * 80})
    assert len(issues(answer, 400)) == 50


def test_what_only_looked_like_a_reference_before_is_new_when_it_is_one(town: Municipality) -> None:
    """An Expression has a `reference` too, a URI that points at no resource of ours."""
    url = "http://example.org/extension"
    office = town.system.create(
        {
            "resourceType": "Organization",
            "name": "x",
            "extension": [{"url": url, "valueExpression": {"language": "text/cql", "reference": "Patient/nobody"}}],
        }
    )
    changed = office | {"extension": [{"url": url, "valueReference": {"reference": "Patient/nobody"}}]}
    place = "Organization.extension[0].value.reference"
    assert issues(town.system.put(changed), 422) == [("not-found", place)]


def test_what_the_service_publishes_may_be_referred_to(town: Municipality) -> None:
    task: Json = {"resourceType": "Task", "status": "draft", "intent": "order", "for": reference(town.person())}
    assert town.unit.create(task | {"focus": {"reference": "Questionnaire/psfs"}})["focus"]
    nothing = town.unit.post("/fhir/Task", task | {"focus": {"reference": "Questionnaire/nothing"}})
    assert issues(nothing, 422) == [("not-found", "Task.focus.reference")]


def test_a_question_with_a_body_that_is_none_is_refused(town: Municipality) -> None:
    path = f"/fhir/Patient/{town.person()['id']}/$psfs-trend"
    headers = {"Content-Type": "application/fhir+json"}
    assert issues(town.unit.send("POST", path, content="garbage{", headers=headers), 400) == [("structure", None)]
    assert ok(town.unit.post(path, {"resourceType": "Parameters"}), 200)["resourceType"] == "Parameters"
