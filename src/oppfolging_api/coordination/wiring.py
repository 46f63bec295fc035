"""What coordination hands to the engine."""

from collections.abc import Mapping
from typing import Any

from oppfolging_api.coordination.appoint import appoint_coordinator, hand_over, on_acceptance
from oppfolging_api.coordination.decide import decide
from oppfolging_api.coordination.projections import Row, assignments, feedback_links, memberships, sole_team
from oppfolging_api.coordination.rules import task_progress_only, team_problems
from oppfolging_api.kernel.errors import Forbidden, Issue, Unprocessable
from oppfolging_api.kernel.registry import Change, Facts, Operation, Projection, Registry
from oppfolging_api.store import tables

_UNIT = frozenset({"coordinating-unit"})
_OWNERS = frozenset({"owner", "team", "informed"})


def register(registry: Registry) -> None:
    canonical = registry.canonical

    def of_team(team: Mapping[str, Any]) -> list[Row]:
        return memberships(team, canonical)

    def of_communication(communication: Mapping[str, Any]) -> list[Row]:
        return feedback_links(communication, canonical)

    async def team_holds(change: Change, _facts: Facts) -> None:
        if change.after is not None and (issues := team_problems(change.after, canonical)):
            raise Unprocessable(tuple(issues))

    registry.projections["CareTeam"] += [
        Projection(tables.Membership, of_team),
        Projection(tables.SoleActive, sole_team),
    ]
    registry.projections["Task"].append(Projection(tables.Assignment, assignments))
    registry.projections["Communication"].append(Projection(tables.FeedbackLink, of_communication))
    registry.rules["CareTeam"].append(team_holds)
    registry.rules["Task"].append(owners_report_progress)
    registry.reactions["Task"].append(on_acceptance)
    registry.operation(Operation("decide", "ServiceRequest", decide, _UNIT))
    registry.operation(Operation("appoint-coordinator", "CareTeam", appoint_coordinator, _UNIT))
    registry.operation(Operation("hand-over", "CareTeam", hand_over, _UNIT | {"coordinator"}))


async def owners_report_progress(change: Change, _facts: Facts) -> None:
    """Who may change a Task only because it is theirs changes its progress, nothing else (CONTRACT section 5)."""
    if change.before is None or change.after is None or change.by_service or not set(change.seen) <= _OWNERS:
        return
    if touched := task_progress_only(change.before, change.after):
        raise Forbidden(tuple(Issue("forbidden", "only the progress of an own Task", f"Task.{it}") for it in touched))
