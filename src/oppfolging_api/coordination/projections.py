"""What access and search ask of teams, Tasks and feedback, drawn from the resources that say it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oppfolging_api.coordination.tasks import is_kind, is_open, value
from oppfolging_api.coordination.team import members
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.period import bounds, span
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.vocabulary import COMMUNICATION_CATEGORY, CommunicationCategory, Result, TaskKind
from oppfolging_api.store.index import without_version

Row = dict[str, Any]
ONE_TEAM = "team"
CALLED_OFF = frozenset({"cancelled", "noshow", "entered-in-error"})
_REFERRAL = "ServiceRequest"


def memberships(team: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """A row for each participant; none for a team about nobody."""
    person = pointed_at(team.get("subject"), "Patient")
    if person is None:
        return []
    return [
        {
            "position": member.position,
            "person": person,
            "member": local,
            "coordinator": member.coordinator,
            "layer": member.layer.value,
            "active": team.get("status") == "active",
            "starts": member.starts,
            "ends": member.ends,
        }
        for member in members(team, canonical)
        if (local := without_version(member.reference))
    ]


def sole_team(team: Mapping[str, Any]) -> list[Row]:
    """One active team a person."""
    person = pointed_at(team.get("subject"), "Patient")
    return [{"slot": ONE_TEAM, "person": person}] if person and team.get("status") == "active" else []


def assignments(task: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """Whose it is; while it is open the owner also sees what and whom it is about."""
    owner = without_version(task.get("owner", {}).get("reference", ""))
    return (
        [
            {
                "owner": owner,
                "focus": without_version(task.get("focus", {}).get("reference", "")),
                "person": pointed_at(task.get("for"), "Patient"),
                "open": is_open(task, canonical),
            }
        ]
        if owner
        else []
    )


def invitations(meeting: Mapping[str, Any]) -> list[Row]:
    """A row for each who takes part in a meeting about a referral, and for each referral: case-members see the case."""
    actors = [without_version(held.get("actor", {}).get("reference", "")) for held in meeting.get("participant", ())]
    person = next((actor.removeprefix("Patient/") for actor in actors if actor and actor.startswith("Patient/")), None)
    referrals = [f"ServiceRequest/{id}" for based in meeting.get("basedOn", ()) if (id := pointed_at(based, _REFERRAL))]
    invited = [(actor, referral) for actor in actors if actor for referral in referrals] if person else []
    held = {"person": person, "open": meeting.get("status") not in CALLED_OFF}
    return [
        held | {"position": position, "member": actor, "referral": referral}
        for position, (actor, referral) in enumerate(invited)
    ]


def feedback_links(communication: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """Which referrals a Communication gives feedback on, and how it fared; it is sent once it is completed."""
    system = canonical.code_system(COMMUNICATION_CATEGORY)
    if not has_code(communication.get("category", ()), system, CommunicationCategory.FEEDBACK):
        return []
    referrals = {pointed_at(based, _REFERRAL) for based in communication.get("basedOn", ())}
    sent = communication.get("sent") or communication["meta"]["lastUpdated"]
    course = {
        "sent": _moment(sent) if communication.get("status") == "completed" else None,
        "received": _moment(communication.get("received")),
        "refused": communication.get("statusReason", {}).get("text"),
    }
    return [{"referral": referral} | course for referral in sorted(filter(None, referrals))]


def courses(task: Mapping[str, Any], canonical: Canonical) -> list[Row]:
    """The one row of a Task that carries a referral."""
    referral = pointed_at(task.get("focus"), _REFERRAL)
    if referral is None or "authoredOn" not in task or not is_kind(task, TaskKind.REFERRAL, canonical):
        return []
    return [
        {
            "referral": referral,
            "person": pointed_at(task.get("for"), "Patient"),
            "status": task["status"],
            "outcome": value(task, "output", Result.OUTCOME, canonical),
            "received": span(task["authoredOn"])[0],
            "due": bounds(task.get("restriction", {}).get("period"))[1],
            "decided": _moment(task.get("executionPeriod", {}).get("end")),
        }
    ]


def _moment(written: str | None) -> datetime | None:
    return span(written)[0] if written else None
