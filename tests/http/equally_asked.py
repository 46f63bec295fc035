"""What is asked in test_equal_answers.py: by the names of ids, so that the same can be asked of what is hidden and of
what is not there."""

from collections.abc import Callable
from typing import Any

from support import Json

NOBODY = {
    name: f"018bcfe5-687b-7000-8000-00000000000{n}"
    for n, name in enumerate(("patient", "plan", "goal", "team", "task", "request", "message", "consent"))
}
"""Ids that nothing has."""
Ids = dict[str, str]


def plan(ids: Ids) -> Json:
    return {
        "resourceType": "CarePlan",
        "id": ids["plan"],
        "status": "active",
        "intent": "plan",
        "subject": {"reference": f"Patient/{ids['patient']}"},
    }


def message(ids: Ids, **elements: Any) -> Json:
    about = {"subject": {"reference": f"Patient/{ids['patient']}"}}
    return {"resourceType": "Communication", "status": "completed"} | about | elements


def bundle(kind: str, method: str, url: str, resource: Json | None = None, **request: str) -> Json:
    entry: Json = {"request": {"method": method, "url": url, **request}}
    return {"resourceType": "Bundle", "type": kind, "entry": [entry | ({"resource": resource} if resource else {})]}


def parameters(**values: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in values.items()]}


def validated(mode: str, resource: Json | None = None) -> Json:
    given: dict[str, Json] = {"mode": {"valueCode": mode}} | ({"resource": {"resource": resource}} if resource else {})
    return parameters(**given)


MOVE = {"status": "completed"}
Sent = tuple[str, str, Callable[[Ids], Any], dict[str, str]]
"""Method, address with the names of ids, what makes the body, and headers."""


def asks(method: str, path: str, body: Callable[[Ids], Any] = lambda _: None, **headers: str) -> Sent:
    return method, f"/fhir/{path}", body, {name.replace("_", "-"): value for name, value in headers.items()}


READS = {
    "read": asks("GET", "Patient/{patient}"),
    "read of a plan": asks("GET", "CarePlan/{plan}"),
    "read of a consent": asks("GET", "Consent/{consent}"),
    "read of a referral": asks("GET", "ServiceRequest/{request}"),
    "summary": asks("GET", "CarePlan/{plan}?_summary=true"),
    "head": asks("HEAD", "Patient/{patient}"),
    "read if changed": asks("GET", "Patient/{patient}", If_None_Match='W/"1"'),
    "vread": asks("GET", "CarePlan/{plan}/_history/1"),
    "history": asks("GET", "CarePlan/{plan}/_history"),
    "history of a person": asks("GET", "Patient/{patient}/_history"),
    "meta": asks("GET", "CarePlan/{plan}/$meta"),
    "everything": asks("GET", "Patient/{patient}/$everything"),
    "content": asks("GET", "CarePlan/{plan}/$check-content?language=nn"),
    "content asked of in a body": asks(
        "POST", "CarePlan/{plan}/$check-content", lambda _: parameters(language={"valueCode": "nb"})
    ),
    "trend": asks("GET", "Patient/{patient}/$psfs-trend"),
    "compartment": asks("GET", "Patient/{patient}/CarePlan"),
    "whole compartment": asks("GET", "Patient/{patient}/*"),
    "search by id": asks("GET", "CarePlan?_id={plan}&_total=accurate"),
    "search by several ids": asks("GET", "CarePlan?_id={plan},x"),
    "count": asks("GET", "CarePlan?subject=Patient/{patient}&_summary=count"),
    "search by reference": asks("GET", "CarePlan?subject=Patient/{patient}"),
    "search by reference to what may be seen": asks("GET", "Patient?_has:CarePlan:subject:_id={plan}"),
    "search by chain": asks("GET", "CarePlan?subject:Patient._id={patient}"),
    "search by longer chain": asks("GET", "Task?based-on:CarePlan.subject:Patient._id={patient}"),
    "include": asks("GET", "CarePlan?_id={plan}&_include=CarePlan:subject"),
    "revinclude": asks("GET", "Patient?_id={patient}&_revinclude=CarePlan:subject"),
    "search of all types": asks("GET", "?_type=CarePlan,Goal&_id={plan}"),
    "posted search": asks("POST", "CarePlan/_search?_id={plan}"),
    "batch of a read": asks("POST", "", lambda ids: bundle("batch", "GET", f"Patient/{ids['patient']}")),
    "transaction of a read": asks("POST", "", lambda ids: bundle("transaction", "GET", f"Patient/{ids['patient']}")),
}
WRITES = {
    "update": asks("PUT", "CarePlan/{plan}", plan),
    "update of a version": asks("PUT", "CarePlan/{plan}", plan, If_Match='W/"1"'),
    "update of a stale version": asks("PUT", "CarePlan/{plan}", plan, If_Match='W/"7"'),
    "patch": asks("PATCH", "CarePlan/{plan}", lambda _: MOVE),
    "delete": asks("DELETE", "CarePlan/{plan}"),
    "delete of a version": asks("DELETE", "CarePlan/{plan}", If_Match='W/"7"'),
    "meta added": asks(
        "POST", "CarePlan/{plan}/$meta-add", lambda _: parameters(meta={"valueMeta": {"tag": [{"code": "x"}]}})
    ),
    "conditional update": asks("PUT", "Communication?_id={message}", lambda ids: message(NOBODY)),
    "conditional patch": asks("PATCH", "CarePlan?_id={plan}", lambda _: MOVE),
    "conditional delete": asks("DELETE", "CarePlan?_id={plan}"),
    "conditional delete by reference": asks("DELETE", "CarePlan?subject=Patient/{patient}"),
    "create about somebody": asks("POST", "Communication", message),
    "create about somebody unless there is one": asks(
        "POST", "Communication", message, If_None_Exist="subject=Patient/nobody"
    ),
    "create that refers": asks(
        "POST", "Communication", lambda ids: message(ids, partOf=[{"reference": f"Communication/{ids['message']}"}])
    ),
    "create with a reference that is a search": asks(
        "POST",
        "",
        lambda ids: bundle(
            "transaction",
            "POST",
            "Communication",
            message(ids, about=[{"reference": f"CarePlan?_id={ids['plan']}"}]),
        ),
    ),
    "validate what stands": asks("GET", "CarePlan/{plan}/$validate"),
    "validate a creation": asks("POST", "Communication/$validate", lambda ids: validated("create", message(ids))),
    "validate an update": asks("POST", "CarePlan/{plan}/$validate", lambda ids: validated("update", plan(ids))),
    "validate a deletion": asks("POST", "CarePlan/{plan}/$validate", lambda _: validated("delete")),
    "decide": asks("POST", "ServiceRequest/{request}/$decide", lambda _: parameters(outcome={"valueCode": "team"})),
    "appoint": asks(
        "POST",
        "CareTeam/{team}/$appoint-coordinator",
        lambda _: parameters(reason={"valueString": "x"}, agreed={"valueBoolean": True}),
    ),
    "hand over": asks("POST", "CareTeam/{team}/$hand-over", lambda _: parameters(reason={"valueString": "x"})),
    "batch of an update": asks("POST", "", lambda ids: bundle("batch", "PUT", f"CarePlan/{ids['plan']}", plan(ids))),
    "batch of a deletion": asks("POST", "", lambda ids: bundle("batch", "DELETE", f"CarePlan/{ids['plan']}")),
    "transaction of an update": asks(
        "POST", "", lambda ids: bundle("transaction", "PUT", f"CarePlan/{ids['plan']}", plan(ids))
    ),
    "transaction of a deletion": asks(
        "POST", "", lambda ids: bundle("transaction", "DELETE", f"CarePlan/{ids['plan']}", ifMatch='W/"1"')
    ),
}
