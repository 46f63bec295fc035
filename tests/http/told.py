"""A need that came as a PLO message, what its sender is told, and what becomes of that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from plo_messages import Note, apprec, post, referral_of, sent, valid
from support import CANONICAL, Api, Json, Municipality, ok

UNDELIVERED = f"Task?code={CANONICAL.code_system('worklist')}|feedback-undelivered"
Daily = Callable[[str], Any]
"""The day's run of the worklist of a municipality, by its code."""


def office_of(town: Municipality, kind: str = "gp-office") -> Api:
    return town.employee(town.organisation(kind)).as_("referrer")


def reported(town: Municipality, sender: Api, **elements: Any) -> tuple[Note, str]:
    """The message, and the id of the referral it became."""
    note = Note(town.code, **elements)
    assert sent(sender, note).status == "1"
    return note, referral_of(sender, note)


def kept(town: Municipality, query: str) -> list[Json]:
    return [entry["resource"] for entry in town.unit.search(query).get("entry", [])]


def decided(town: Municipality, id: str) -> Json:
    """The team that comes of it."""
    given: dict[str, Json] = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert i møte."}}
    made = ok(town.unit.operate(f"ServiceRequest/{id}/$decide", **given), 200)["parameter"]
    team: Json = next(one["resource"] for one in made if one["name"] == "CareTeam")
    return team


def receipted(api: Api, *told: Any) -> int:
    body = apprec(*told)
    valid(body)
    return post(api, body, "/referral/apprec").status_code


def undelivered(town: Municipality, told: str) -> Json:
    """The Task of the unit's worklist about a message."""
    (found,) = [task for task in kept(town, UNDELIVERED) if task["focus"] == {"reference": f"Communication/{told}"}]
    return found


def later(town: Municipality, **passed: float) -> None:
    """The unit logs in anew: a token lasts an hour."""
    town.clock.moved += timedelta(**passed)
    town.unit = town.api("coordinating-unit", orgnr=town.unit_office["identifier"][0]["value"])
