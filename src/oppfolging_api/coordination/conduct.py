"""Who changes what about a team: the coordinator changes by operation, a Task is kept as it was given (CONTRACT 5, 7).

Each is a rule of the engine's, with the canonical it reads codes by as first argument.
"""

from typing import Any, Final

from oppfolging_api.coordination.rules import task_progress_only, team_problems
from oppfolging_api.coordination.tasks import is_ask, is_open
from oppfolging_api.coordination.team import coordinator_kind
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Conflict, Forbidden, Issue, Unprocessable, broken_rule
from oppfolging_api.kernel.registry import Body, Change, Facts

RULES: Final = {
    "team-one-active": "Personen har allerede et aktivt team.",
    "coordinator-by-operation": "Koordinator oppnevnes og byttes med $appoint-coordinator og $hand-over.",
    "asked-in-person": "Den som er spurt, svarer selv.",
    "task-ended": "Oppgaven er avsluttet eller besvart.",
}
_UNIT: Final = frozenset({"coordinating-unit", "system"})
_ANSWERS: Final = ("accepted", "rejected")


async def team_holds(canonical: Canonical, change: Change, facts: Facts) -> None:
    """What the team says is right, and it is the person's only active one."""
    team = change.after
    if team is None:
        return
    if issues := team_problems(team, canonical):
        raise Unprocessable(tuple(issues))
    if change.person is None or team.get("status") != "active":
        return
    if any(
        other.get("status") == "active" and other["id"] != change.id
        for other in await facts.about(change.person, "CareTeam")
    ):
        raise _conflict("team-one-active", "CareTeam.status", "another CareTeam of the person is active")


async def coordinator_stands(canonical: Canonical, change: Change, _facts: Facts) -> None:
    """A coordinator keeps the team, but does not change who coordinates it: a handover is asked for and recorded."""
    if change.by_service or change.before is None or change.after is None or _UNIT & set(change.seen):
        return
    if _coordinators(change.before, canonical) != _coordinators(change.after, canonical):
        rule, said = "coordinator-by-operation", "who coordinates, and when, changes by $hand-over"
        raise Forbidden((Issue("forbidden", said, "CareTeam.participant", rule, RULES[rule]),))


def _coordinators(team: Body, canonical: Canonical) -> list[dict[str, Any]]:
    """Layer and involvement, the extensions, are the coordinator's own to agree on."""
    return [
        {name: value for name, value in participant.items() if name not in ("id", "extension")}
        for participant in team.get("participant", ())
        if coordinator_kind(participant, canonical)
    ]


async def task_is_kept(canonical: Canonical, change: Change, _facts: Facts) -> None:
    """Whoever may change a Task only because it is theirs changes its progress, and not once it has ended.

    The same holds for everyone where the Task asks a candidate to be coordinator: what was asked is never rewritten.
    """
    before, after = change.before, change.after
    if change.by_service or after is None:
        return
    if is_ask(after, canonical) and not (before and is_ask(before, canonical)):
        said = "a candidate is asked by $appoint-coordinator or $hand-over"
        raise broken_rule("coordinator-by-operation", RULES["coordinator-by-operation"], "Task.code", said)
    if before is None or not (is_ask(before, canonical) or _only_as_owner(change)):
        return
    if touched := task_progress_only(before, after):
        raise Forbidden(tuple(Issue("forbidden", "only the progress of the Task", f"Task.{it}") for it in touched))
    if before.get("status") != after.get("status") and not is_open(before, canonical):
        raise _conflict("task-ended", "Task.status", "the Task has ended or been answered: its status stays")
    if is_ask(before, canonical) and after.get("status") in _ANSWERS and not set(change.seen) & {"owner", *_UNIT}:
        rule, said = "asked-in-person", "the candidate answers, or the coordinating unit on what the candidate said"
        raise Forbidden((Issue("forbidden", said, "Task.status", rule, RULES[rule]),))


def _only_as_owner(change: Change) -> bool:
    """Whether no other standing in which the caller sees the Task lets it change one."""
    return {name for name in change.seen if "u" in change.type.grants.get(name, "")} <= {"owner"}


def _conflict(rule: str, expression: str, diagnostics: str) -> Conflict:
    return Conflict((Issue("conflict", diagnostics, expression, rule, RULES[rule]),))
