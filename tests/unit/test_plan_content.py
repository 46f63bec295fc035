"""What an individual plan is to contain, point by point, over pure functions."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oppfolging_api.conformance import resources
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.plan.content import ITEMS, Item, Record, content, letter_status

BASE = "https://oppfolging.example/fhir"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
COORDINATOR = {"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "8"}]}
World = dict[str, Any]
"""What a Record is made of: `plan`, lists of `goals`, `tasks`, `members` and `consents` (or None), `whole`."""


def world() -> World:
    """An empty plan without anything around it."""
    plan = {"id": "p", "status": "draft", "subject": {"reference": "Patient/j"}}
    return {"plan": plan, "goals": [], "tasks": [], "members": [], "consents": [], "whole": True}


def record(made: World) -> Record:
    team = {"id": "t", "status": "active", "participant": made["members"]}
    return Record(
        plan=made["plan"],
        goals=made["goals"],
        tasks=made["tasks"],
        team=team if made["members"] else None,
        consents=made["consents"],
        at=AT,
        canonical=Canonical(),
        whole=made["whole"],
    )


def judged(made: World) -> dict[str, Item]:
    return {item.code.value: item for item in content(record(made))}


def plan(**elements: Any) -> Callable[[World], None]:
    return lambda made: made["plan"].update(elements)


def task(status: str = "in-progress", **elements: Any) -> Callable[[World], None]:
    return lambda made: made["tasks"].append({"id": "a", "status": status, **elements})


def owned(by: str, status: str = "in-progress") -> Callable[[World], None]:
    return task(status, owner={"reference": by})


def detail(status: str = "scheduled", **elements: Any) -> Callable[[World], None]:
    return plan(activity=[{"detail": {"status": status, **elements}}])


def performed(by: str) -> Callable[[World], None]:
    return detail(performer=[{"reference": by}])


def member(reference: str, **elements: Any) -> Callable[[World], None]:
    return lambda made: made["members"].append({"member": {"reference": reference}, **elements})


def goal(status: str) -> Callable[[World], None]:
    return lambda made: made["goals"].append({"id": "g", "lifecycleStatus": status})


def note(item: str, relevant: bool | None = None, text: str = "Slik er det.") -> Callable[[World], None]:
    parts: list[World] = [{"url": "item", "valueCode": item}]
    parts += [] if relevant is None else [{"url": "relevant", "valueBoolean": relevant}]
    held = {"url": f"{BASE}/StructureDefinition/content", "extension": parts}
    return plan(note=[{"text": text, "extension": [held]}])


def consent(kind: str, **elements: Any) -> Callable[[World], None]:
    category = [{"coding": [{"system": f"{BASE}/CodeSystem/consent-kind", "code": kind}]}]
    held = {"id": "c", "status": "active", "category": category, **elements}
    return lambda made: made.update(consents=[*(made["consents"] or ()), held])


def called(kind: str) -> World:
    return {"coding": [{"system": f"{BASE}/CodeSystem/task-kind", "code": kind}]}


def both(*changes: Callable[[World], None]) -> Callable[[World], None]:
    def make(made: World) -> None:
        for change in changes:
            change(made)

    return make


def shown(**said: Any) -> Callable[[World], None]:
    return lambda made: made.update(said)


REVIEW = {"url": f"{BASE}/StructureDefinition/review", "valueDate": "2027-06-01"}
PRESENT: list[tuple[str, Callable[[World], None], str, str]] = [
    ("goals", goal("active"), "Goal/g", "Goal.description"),
    ("goals", goal("proposed"), "Goal/g", "Goal.description"),
    ("resources-needs", plan(description="Glad i folk."), "CarePlan/p", "CarePlan.description"),
    ("resources-needs", note("resources-needs"), "CarePlan/p", "CarePlan.note[0]"),
    ("participants", member("PractitionerRole/r"), "CareTeam/t", "CareTeam.participant[0]"),
    ("coordinator", member("PractitionerRole/r", role=[COORDINATOR]), "CareTeam/t", "CareTeam.participant[0]"),
    ("person-part", owned("Patient/j"), "Task/a", "Task.owner"),
    ("person-part", performed("Patient/j"), "CarePlan/p", "CarePlan.activity[0].detail.performer[0]"),
    ("person-part", note("person-part"), "CarePlan/p", "CarePlan.note[0]"),
    ("services-part", owned("PractitionerRole/r"), "Task/a", "Task.owner"),
    ("services-part", performed("Organization/o"), "CarePlan/p", "CarePlan.activity[0].detail.performer[0]"),
    ("services-part", note("services-part"), "CarePlan/p", "CarePlan.note[0]"),
    ("kin-part", owned("RelatedPerson/m"), "Task/a", "Task.owner"),
    ("kin-part", performed("RelatedPerson/m"), "CarePlan/p", "CarePlan.activity[0].detail.performer[0]"),
    ("kin-part", note("kin-part"), "CarePlan/p", "CarePlan.note[0]"),
    ("kin-part", note("kin-part", True), "CarePlan/p", "CarePlan.note[0]"),
    ("measures", task(), "Task/a", "Task"),
    ("measures", task("completed"), "Task/a", "Task"),
    ("measures", task(code=called("activity")), "Task/a", "Task"),
    ("measures", detail(), "CarePlan/p", "CarePlan.activity[0].detail"),
    ("responsible", owned("Patient/j"), "Task/a", "Task.owner"),
    ("responsible", performed("Patient/j"), "CarePlan/p", "CarePlan.activity[0].detail.performer[0]"),
    ("extent", task(restriction={"period": {"end": "2027-01-01"}}), "Task/a", "Task.restriction"),
    ("extent", task(restriction={"repetitions": 10}), "Task/a", "Task.restriction"),
    ("extent", detail(scheduledString="Tirsdager"), "CarePlan/p", "CarePlan.activity[0].detail.scheduledString"),
    ("extent", detail(quantity={"value": 2}), "CarePlan/p", "CarePlan.activity[0].detail.quantity"),
    ("carried-out", task(note=[{"text": "Godt i gang"}]), "Task/a", "Task.note"),
    ("carried-out", task(input=[{}]), "Task/a", "Task.input"),
    ("carried-out", plan(activity=[{"progress": [{"text": "x"}]}]), "CarePlan/p", "CarePlan.activity[0].progress"),
    ("carried-out", detail(description="Gå tur"), "CarePlan/p", "CarePlan.activity[0].detail.description"),
    ("carried-out", note("carried-out"), "CarePlan/p", "CarePlan.note[0]"),
    ("period", plan(period={"start": "2026-01-01", "end": "2027-01-01"}), "CarePlan/p", "CarePlan.period"),
    ("revision", plan(extension=[REVIEW]), "CarePlan/p", "CarePlan.extension[0]"),
    ("revision", note("revision"), "CarePlan/p", "CarePlan.note[0]"),
    ("plan-consent", consent("plan"), "Consent/c", "Consent"),
    ("plan-consent", both(plan(status="active"), shown(consents=None)), "CarePlan/p", "CarePlan.status"),
    ("plan-consent", both(plan(status="active"), shown(whole=False)), "CarePlan/p", "CarePlan.status"),
    ("sharing-consent", consent("sharing"), "Consent/c", "Consent"),
    ("cooperation", plan(contributor=[{"reference": "Organization/o"}]), "CarePlan/p", "CarePlan.contributor[0]"),
    ("cooperation", member("Organization/o"), "CareTeam/t", "CareTeam.participant[0]"),
    ("cooperation", note("cooperation"), "CarePlan/p", "CarePlan.note[0]"),
]


@pytest.mark.parametrize(("item", "change", "reference", "path"), PRESENT)
def test_a_point_is_present_and_told_where(
    item: str, change: Callable[[World], None], reference: str, path: str
) -> None:
    made = world()
    change(made)
    found = judged(made)[item]
    assert found.status == "present"
    assert (found.found[0].reference, found.found[0].path) == (reference, path)
    assert found.lacks == ()


OVER = {"end": "2026-11-01"}
MISSING: list[tuple[str, Callable[[World], None]]] = [
    *(("goals", goal(status)) for status in ("completed", "cancelled", "rejected", "entered-in-error")),
    ("resources-needs", plan(description=" ")),
    ("resources-needs", note("resources-needs", text=" ")),
    ("participants", member("Patient/j")),
    ("participants", member("PractitionerRole/r", period=OVER)),
    ("participants", member("PractitionerRole/r", period={"start": "2027-01-01"})),
    ("coordinator", member("PractitionerRole/r")),
    ("coordinator", member("PractitionerRole/r", role=[COORDINATOR], period=OVER)),
    ("person-part", owned("Patient/j", "cancelled")),
    ("person-part", owned("RelatedPerson/m")),
    ("services-part", task()),
    ("kin-part", member("RelatedPerson/m")),
    *(("measures", task(status)) for status in ("cancelled", "rejected", "failed", "entered-in-error")),
    *(("measures", detail(status)) for status in ("cancelled", "stopped", "entered-in-error")),
    ("measures", task(code=called("obtain-consent"))),
    ("carried-out", task("failed", note=[{"text": "Ble ikke noe av"}])),
    ("carried-out", detail("cancelled", description="Gå tur")),
    ("period", plan(period={"start": "2026-01-01"})),
    ("plan-consent", consent("sharing")),
    ("plan-consent", consent("plan", status="inactive")),
    ("plan-consent", consent("plan", provision={"period": OVER})),
    ("plan-consent", plan(status="active")),
    ("plan-consent", shown(consents=None)),
    ("sharing-consent", member("PractitionerRole/r")),
    ("sharing-consent", both(member("PractitionerRole/r"), consent("sharing", status="inactive"))),
    ("cooperation", plan(contributor=[{"reference": "Practitioner/x"}])),
    ("cooperation", member("Organization/o", period=OVER)),
]


@pytest.mark.parametrize(("item", "change"), MISSING)
def test_a_point_is_missing(item: str, change: Callable[[World], None]) -> None:
    made = world()
    change(made)
    assert (judged(made)[item].status, judged(made)[item].found) == ("missing", ())


@pytest.mark.parametrize(
    ("item", "change"),
    [
        ("kin-part", plan()),
        ("kin-part", member("PractitionerRole/r")),
        ("kin-part", member("RelatedPerson/m", period=OVER)),
        ("kin-part", both(member("RelatedPerson/m"), note("kin-part", False))),
        ("sharing-consent", plan()),
        ("sharing-consent", member("RelatedPerson/m")),
        ("sharing-consent", member("PractitionerRole/r", role=[COORDINATOR])),
        ("cooperation", note("cooperation", False)),
    ],
)
def test_a_point_does_not_apply(item: str, change: Callable[[World], None]) -> None:
    made = world()
    change(made)
    assert judged(made)[item].status == "not-relevant"


@pytest.mark.parametrize(
    ("item", "change", "lacks"),
    [
        ("responsible", task(), ("Task/a", "Task.owner")),
        ("extent", task(restriction={"period": {"start": "2026-01-01"}}), ("Task/a", "Task.restriction")),
        ("responsible", detail(), ("CarePlan/p", "CarePlan.activity[0].detail.performer")),
        ("extent", detail(), ("CarePlan/p", "CarePlan.activity[0].detail.scheduled")),
        ("responsible", both(performed("Patient/j"), task()), ("Task/a", "Task.owner")),
    ],
)
def test_what_is_to_be_done_says_by_whom_and_until_when(
    item: str, change: Callable[[World], None], lacks: tuple[str, str]
) -> None:
    made = world()
    change(made)
    found = judged(made)[item]
    assert found.status == "missing"
    assert [(one.reference, one.path) for one in found.lacks] == [lacks]


@pytest.mark.parametrize("item", ["responsible", "extent"])
def test_what_is_done_needs_no_one_to_do_it(item: str) -> None:
    made = world()
    task("completed")(made)
    assert judged(made)[item].status == "present"


def test_who_is_shown_no_consent_is_told_of_none() -> None:
    made = world()
    shown(consents=None)(made)
    assert "sharing-consent" not in judged(made)


def test_an_empty_plan_misses_everything_that_applies() -> None:
    assert {code: item.status.value for code, item in judged(world()).items()} == {
        "goals": "missing",
        "resources-needs": "missing",
        "participants": "missing",
        "coordinator": "missing",
        "person-part": "missing",
        "services-part": "missing",
        "kin-part": "not-relevant",
        "measures": "missing",
        "responsible": "missing",
        "extent": "missing",
        "carried-out": "missing",
        "period": "missing",
        "revision": "missing",
        "plan-consent": "missing",
        "sharing-consent": "not-relevant",
        "cooperation": "missing",
    }


@pytest.mark.parametrize(
    ("statuses", "letter"),
    [
        (("present", "missing", "not-relevant"), "missing"),
        (("present", "not-relevant"), "present"),
        (("not-relevant", "not-relevant"), "not-relevant"),
        (("present",), "present"),
    ],
)
def test_a_letter_is_what_its_points_are(statuses: tuple[str, ...], letter: str) -> None:
    first = content(record(world()))[0]
    items = [Item(first.letter, first.code, type(first.status)(status)) for status in statuses]
    assert letter_status(items) == letter


def test_every_letter_and_point_has_its_text() -> None:
    (system,) = (body for body in resources(Canonical()) if body["id"] == "plan-content" and "concept" in body)
    codes = {concept["code"] for concept in system["concept"]}
    assert {letter.value for letter, _, _ in ITEMS} == set("abcdefghi")
    assert {code.value for pair in ITEMS for code in pair[:2]} == codes


CHANGES = [change for _, change, *_ in (*PRESENT, *MISSING)]
TAKEN_AWAY = ("goals", "tasks", "members", "consents")
BY_ABSENCE = {"kin-part", "sharing-consent", "responsible", "extent"}
"""Points that are asked only where there is somebody or something to ask them of."""


@given(st.lists(st.sampled_from(CHANGES), max_size=6), st.sampled_from(TAKEN_AWAY))
def test_what_is_taken_away_answers_nothing_more(changes: list[Callable[[World], None]], lost: str) -> None:
    made = world()
    for change in changes:
        change(made)
    before = judged(made)
    made[lost] = None if made[lost] is None else made[lost][1:]
    after = judged(made)
    better = {code for code in after if before[code].status == "missing" and after[code].status != "missing"}
    assert better <= BY_ABSENCE
