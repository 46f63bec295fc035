"""The Tasks of coordination: what goes in, what comes out."""

from collections.abc import Iterable, Mapping
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import concept, has_code
from oppfolging_api.kernel.vocabulary import RESULT, TASK_KIND, Result, TaskKind

Task = dict[str, Any]
OPEN = frozenset({"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"})
ASKS = (TaskKind.APPOINT_COORDINATOR, TaskKind.HAND_OVER)
"""A candidate is asked to be coordinator: accepting is the answer, and what was asked is over."""


def task(kind: TaskKind, status: str, at: str, canonical: Canonical, **elements: Any) -> Task:
    """A Task of this service; `at` is the instant it was authored. `for_` stands for the element `for`."""
    named = {name.rstrip("_"): value for name, value in elements.items() if value is not None}
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "order",
        "code": concept(canonical.code_system(TASK_KIND), kind),
        "authoredOn": at,
        "lastModified": at,
        **named,
    }


def is_kind(held: Mapping[str, Any], kind: TaskKind, canonical: Canonical) -> bool:
    return has_code([held.get("code", {})], canonical.code_system(TASK_KIND), kind)


def is_ask(held: Mapping[str, Any], canonical: Canonical) -> bool:
    return any(is_kind(held, kind, canonical) for kind in ASKS)


def is_open(held: Mapping[str, Any], canonical: Canonical) -> bool:
    """Whether there is still something to do or to answer."""
    status = held.get("status")
    return status in OPEN and not (status == "accepted" and is_ask(held, canonical))


def values(canonical: Canonical, given: Iterable[tuple[Result, str, Any]]) -> list[dict[str, Any]]:
    """Task.output or Task.input: (what it is, the element `valueX`, the value), leaving out what is None."""
    system = canonical.code_system(RESULT)
    return [{"type": concept(system, result), element: value} for result, element, value in given if value is not None]


def value(held: Mapping[str, Any], where: str, result: Result, canonical: Canonical) -> Any:
    """One input or output of a Task, None where it has none."""
    for entry in held.get(where, ()):
        if has_code([entry["type"]], canonical.code_system(RESULT), result):
            return next((content for name, content in entry.items() if name.startswith("value")), None)
    return None
