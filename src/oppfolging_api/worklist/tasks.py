"""A Task of the worklist: as it is made, ended, opened again and changed, and the row drawn from it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from oppfolging_api.coordination.tasks import OPEN, value, values
from oppfolging_api.fhir.labels import labelled
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept, has_code
from oppfolging_api.kernel.period import bounds
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.vocabulary import RESULT, WORKLIST, Result, Worklist
from oppfolging_api.store.drawing import Row
from oppfolging_api.store.index import without_version
from oppfolging_api.worklist.differences import Difference
from oppfolging_api.worklist.rules import Rule, texts

_CODES: Final = frozenset(Worklist)


def work_task(rule: Rule, difference: Difference, at: datetime, canonical: Canonical) -> Body:
    """What is to be done, as it is made: without id and version. It tells of what its focus tells of."""
    now = instant(at)
    whose = {"for": {"reference": f"Patient/{difference.person}"}} if rule.about_person and difference.person else {}
    made: Body = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": concept(canonical.code_system(WORKLIST), rule.code),
        "focus": {"reference": difference.focus},
        "authoredOn": now,
        "lastModified": now,
    }
    labels = labelled(difference.kinds, canonical) if difference.kinds else {}
    return made | labels | whose | _said(rule, difference, difference.due)


def settled(held: Body, at: datetime, canonical: Canonical) -> Body:
    """Ended by the service: the output tells it from one that somebody ended by hand, which stays as it is."""
    if held.get("status") not in OPEN:
        return held
    now = instant(at)
    output = [*held.get("output", ()), *values(canonical, [(Result.SETTLED, "valueInstant", now)])]
    return held | {"status": "completed", "lastModified": now, "executionPeriod": {"end": now}, "output": output}


def as_wanted(held: Body, rule: Rule, difference: Difference, at: datetime, canonical: Canonical) -> Body:
    """One that is wanted as the records now want it; one that somebody ended by hand stays ended."""
    if held.get("status") in OPEN:
        return moved(held, rule, difference, at)
    return reopened(held, rule, difference, at, canonical) if _is_settled(held, canonical) else held


def reopened(held: Body, rule: Rule, difference: Difference, at: datetime, canonical: Canonical) -> Body:
    """The same occasion is there again: nothing is said of an end."""
    system = canonical.code_system(RESULT)
    output = [one for one in held.get("output", ()) if not has_code([one["type"]], system, Result.SETTLED)]
    begun = _without(held, "executionPeriod", "output", "owner", "reasonCode")
    again: Body = {"status": "requested", "lastModified": instant(at)} | ({"output": output} if output else {})
    return begun | again | _said(rule, difference, difference.due)


def moved(held: Body, rule: Rule, difference: Difference, at: datetime) -> Body:
    """It is another's, or there is more to say of it; due no later than it was."""
    ends = (bounds(held.get("restriction", {}).get("period"))[1], difference.due)
    due = min(filter(None, ends), default=None)
    return _without(held, "owner", "reasonCode") | {"lastModified": instant(at)} | _said(rule, difference, due)


def work_rows(task: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """The one row of a Task of the worklist; none of another, nor of one that does not say what it is about or since
    when."""
    code = worklist_code(task, canonical)
    focus = without_version(task.get("focus", {}).get("reference", ""))
    since = bounds(task.get("restriction", {}).get("period"))[0]
    if code is None or focus is None or since is None:
        return []
    return [
        {
            "code": code,
            "focus": focus,
            "person": pointed_at(task.get("for"), "Patient"),
            "owner": without_version(task.get("owner", {}).get("reference", "")),
            "since": since,
            "detail": task.get("reasonCode", {}).get("text"),
            "open": task.get("status") in OPEN,
            "settled": _is_settled(task, canonical),
        }
    ]


def worklist_code(task: Mapping[str, Any], canonical: Canonical) -> str | None:
    """None of a Task that is none of the worklist's."""
    system = canonical.code_system(WORKLIST)
    return next((code.value for code in _CODES if has_code([task.get("code", {})], system, code)), None)


def _is_settled(task: Mapping[str, Any], canonical: Canonical) -> bool:
    return task.get("status") == "completed" and value(task, "output", Result.SETTLED, canonical) is not None


def _said(rule: Rule, difference: Difference, due: datetime | None) -> Body:
    """The elements that follow from the records."""
    owner = {"owner": {"reference": difference.owner}} if difference.owner else {}
    period = {"start": instant(difference.since)} | ({"end": instant(due)} if due else {})
    return texts(rule, difference.detail) | owner | {"restriction": {"period": period}}


def _without(held: Body, *elements: str) -> Body:
    return {name: content for name, content in held.items() if name not in elements}
