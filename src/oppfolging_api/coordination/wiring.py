"""What coordination hands to the engine."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from oppfolging_api.coordination.appoint import appoint_coordinator, hand_over, on_acceptance
from oppfolging_api.coordination.conduct import (
    coordinator_stands,
    referral_is_answered,
    task_is_kept,
    team_holds,
    worklist_is_kept,
)
from oppfolging_api.coordination.decide import decide, on_rejection, on_withdrawal
from oppfolging_api.coordination.messages import author_is_the_caller, sender_is_the_caller
from oppfolging_api.coordination.projections import (
    Row,
    assignments,
    courses,
    feedback_links,
    invitations,
    memberships,
    sole_team,
)
from oppfolging_api.kernel.registry import Operation, Projection, Registry
from oppfolging_api.store import projected

_DECIDES = frozenset({"coordinating-unit"})


def register(registry: Registry) -> None:
    canonical = registry.canonical

    def of_team(team: Mapping[str, Any]) -> list[Row]:
        return memberships(team, canonical)

    def of_task(task: Mapping[str, Any]) -> list[Row]:
        return assignments(task, canonical)

    def of_referral(task: Mapping[str, Any]) -> list[Row]:
        return courses(task, canonical)

    def of_communication(communication: Mapping[str, Any]) -> list[Row]:
        return feedback_links(communication, canonical)

    registry.projections["CareTeam"] += [
        Projection(projected.Membership, of_team),
        Projection(projected.SoleActive, sole_team),
    ]
    registry.projections["Task"] += [
        Projection(projected.Assignment, of_task),
        Projection(projected.ReferralCourse, of_referral),
    ]
    registry.projections["Appointment"].append(Projection(projected.Invitation, invitations))
    registry.projections["Communication"].append(Projection(projected.FeedbackLink, of_communication))
    registry.rules["CareTeam"] += [partial(team_holds, canonical), partial(coordinator_stands, canonical)]
    registry.rules["Task"].append(partial(task_is_kept, canonical))
    registry.guards["Task"].append(partial(worklist_is_kept, canonical))
    registry.rules["ServiceRequest"].append(partial(referral_is_answered, canonical))
    registry.rules["Communication"].append(partial(sender_is_the_caller, canonical))
    registry.rules["QuestionnaireResponse"].append(author_is_the_caller)
    registry.reactions["Task"] += [on_acceptance, on_rejection]
    registry.reactions["ServiceRequest"].append(on_withdrawal)
    registry.operation(Operation("decide", "ServiceRequest", decide, _DECIDES))
    registry.operation(Operation("appoint-coordinator", "CareTeam", appoint_coordinator, _DECIDES))
    registry.operation(Operation("hand-over", "CareTeam", hand_over, _DECIDES | {"coordinator"}))
