"""Who changes what about a team: the coordinator changes by operation, a Task is kept as it was given (CONTRACT 5, 7).

Each is a rule or a guard of the engine's, with the canonical it reads codes by as first argument.
"""

from typing import Any, Final

from oppfolging_api.access.guards import TRUSTED
from oppfolging_api.coordination.rules import referral_task_kept, task_progress_only, team_problems
from oppfolging_api.coordination.tasks import ASKS, is_ask, is_kind, is_open, value
from oppfolging_api.coordination.team import coordinator_kind
from oppfolging_api.coordination.unit import referral_tasks
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import Conflict, Forbidden, Issue, Unprocessable, broken_rule
from oppfolging_api.kernel.registry import Body, Change, Facts
from oppfolging_api.kernel.vocabulary import MESSAGE_TASK, WORKLIST, MessageTask, Result, TaskKind, Worklist

RULES: Final = {
    "team-one-active": "Personen har allerede et aktivt team.",
    "coordinator-by-operation": "Koordinator oppnevnes og byttes med $appoint-coordinator og $hand-over.",
    "referral-by-operation": "En melding om behov avgjøres med $decide av koordinerende enhet.",
    "message-by-service": "Oppgaver om meldinger lages av tjenesten selv.",
    "worklist-by-service": "Oppgaver på arbeidslista lages og lukkes av tjenesten selv.",
    "referral-reason": "En melding som ikke tas imot, har en begrunnelse.",
    "asked-in-person": "Den som er spurt, svarer selv.",
    "task-ended": "Oppgaven er avsluttet eller besvart.",
}
_ANSWERS: Final = ("accepted", "rejected")
_MADE_BY: Final = dict.fromkeys(ASKS, "coordinator-by-operation") | {TaskKind.REFERRAL: "referral-by-operation"}
"""The kinds of Task that only the service makes and takes away, and the rule that says by which operation."""


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
    if change.by_service or change.before is None or change.after is None or TRUSTED & set(change.seen):
        return
    if _coordinators(change.before, canonical) != _coordinators(change.after, canonical):
        said = "who coordinates, and when, changes by $hand-over"
        raise _forbidden("coordinator-by-operation", "CareTeam.participant", said)


def _coordinators(team: Body, canonical: Canonical) -> list[dict[str, Any]]:
    """Layer and involvement, the extensions, are the coordinator's own to agree on."""
    return [
        {name: value for name, value in participant.items() if name not in ("id", "extension")}
        for participant in team.get("participant", ())
        if coordinator_kind(participant, canonical)
    ]


async def task_is_kept(canonical: Canonical, change: Change, _facts: Facts) -> None:
    """Whoever may change a Task only because it is theirs changes its progress, and not once it has ended.

    The same holds for everyone where the Task asks a candidate to be coordinator: what was asked is never rewritten. A
    referral's Task is kept still closer, since its sender is told what stands in it.
    """
    if change.by_service:
        return
    _check_made_by_service(canonical, change)
    before, after = change.before, change.after
    if before is None or after is None:
        return
    if is_kind(before, TaskKind.REFERRAL, canonical):
        _check_referral(change, before, after)
    elif is_ask(before, canonical) or _only_as_owner(change):
        _check_progress(canonical, change, before, after)


def worklist_is_kept(canonical: Canonical, change: Change) -> None:
    """What stands on the worklist says what the records do: the service makes and ends it, everybody else tells how far
    they are. A guard: whether there is one about something is not everybody's to learn by trying to make it."""
    if change.by_service:
        return
    was, becomes = (_is_worklist(held, canonical) for held in (change.before, change.after))
    rule = "worklist-by-service"
    if becomes and not was:
        raise broken_rule(rule, RULES[rule], "Task.code", "the service makes such a Task")
    if was and change.after is None:
        raise _forbidden(rule, "Task", "the service keeps such a Task")
    if was and change.before is not None and change.after is not None:
        _check_progress(canonical, change, change.before, change.after)
        if _settled(change.before, canonical) != _settled(change.after, canonical):
            raise _forbidden(rule, "Task.output", "only the service says that it has ended it")


def _is_worklist(held: Body | None, canonical: Canonical) -> bool:
    code, system = (held or {}).get("code", {}), canonical.code_system(WORKLIST)
    return any(has_code([code], system, one) for one in Worklist)


def _settled(held: Body, canonical: Canonical) -> str | None:
    """When the service ended it."""
    found: str | None = value(held, "output", Result.SETTLED, canonical)
    return found


def _check_made_by_service(canonical: Canonical, change: Change) -> None:
    """Raises Unprocessable for one who makes what only an operation makes, Forbidden for one who takes it away."""
    was, becomes = (_made_by(held, canonical) for held in (change.before, change.after))
    if becomes and not was:
        raise broken_rule(becomes, RULES[becomes], "Task.code", "the service makes such a Task")
    if was and change.after is None:
        raise _forbidden(was, "Task", "the service keeps such a Task")


def _made_by(held: Body | None, canonical: Canonical) -> str | None:
    if any(has_code([(held or {}).get("code", {})], canonical.code_system(MESSAGE_TASK), one) for one in MessageTask):
        return "message-by-service"
    return next((rule for kind, rule in _MADE_BY.items() if is_kind(held or {}, kind, canonical)), None)


def _check_referral(change: Change, before: Body, after: Body) -> None:
    if touched := referral_task_kept(before, after, by_unit=bool(TRUSTED & set(change.seen))):
        rule, said = "referral-by-operation", "only a note; the coordinating unit also assigns, begins and rejects it"
        issues = (Issue("forbidden", said, f"Task.{element}", rule, RULES[rule]) for element in touched)
        raise Forbidden(tuple(issues))
    if after.get("status") == "rejected" and not after.get("statusReason", {}).get("text"):
        rule, said = "referral-reason", "statusReason.text is required: the sender is told it"
        raise broken_rule(rule, RULES[rule], "Task.statusReason", said)


def _check_progress(canonical: Canonical, change: Change, before: Body, after: Body) -> None:
    if touched := task_progress_only(before, after):
        raise Forbidden(tuple(Issue("forbidden", "only the progress of the Task", f"Task.{it}") for it in touched))
    if before.get("status") != after.get("status") and not is_open(before, canonical):
        raise _conflict("task-ended", "Task.status", "the Task has ended or been answered: its status stays")
    if is_ask(before, canonical) and after.get("status") in _ANSWERS and not set(change.seen) & {"owner", *TRUSTED}:
        said = "the candidate answers, or the coordinating unit on what the candidate said"
        raise _forbidden("asked-in-person", "Task.status", said)


async def referral_is_answered(canonical: Canonical, change: Change, facts: Facts) -> None:
    """What was reported is answered by $decide, and taken back by the unit: nobody else says where it stands."""
    before, after = change.before, change.after
    if change.by_service or before is None or after is None or TRUSTED & set(change.seen):
        return
    if before.get("status") != after.get("status") and await referral_tasks(facts, change.person, change.id, canonical):
        raise _forbidden("referral-by-operation", "ServiceRequest.status", "a referral is answered by $decide")


def _only_as_owner(change: Change) -> bool:
    """Whether no other standing in which the caller sees the Task lets it change one."""
    return {name for name in change.seen if "u" in change.type.grants.get(name, "")} <= {"owner"}


def _conflict(rule: str, expression: str, diagnostics: str) -> Conflict:
    return Conflict((Issue("conflict", diagnostics, expression, rule, RULES[rule]),))


def _forbidden(rule: str, expression: str, diagnostics: str) -> Forbidden:
    return Forbidden((Issue("forbidden", diagnostics, expression, rule, RULES[rule]),))
