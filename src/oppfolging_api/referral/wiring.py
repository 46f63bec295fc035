"""What the one door hands to the engine."""

from oppfolging_api.kernel.registry import Registry
from oppfolging_api.referral.milestones import on_plan, on_team, on_withdrawal


def register(registry: Registry) -> None:
    registry.reactions["CarePlan"].append(on_plan)
    registry.reactions["CareTeam"].append(on_team)
    registry.reactions["ServiceRequest"].append(on_withdrawal)
