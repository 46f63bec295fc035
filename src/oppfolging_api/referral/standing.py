"""Where a referral stands, as far as its sender may hear (CONTRACT section 6)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from oppfolging_api.access.policy import not_denied, released
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.clock import OSLO, instant, today
from oppfolging_api.kernel.errors import NotFound
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.registry import Body
from oppfolging_api.referral.next_steps import Reader, next_step
from oppfolging_api.referral.sender import is_person, sender_key


@dataclass(frozen=True, slots=True)
class Standing:
    """`history` has each status with the instant it began; `by` is when the referral is to be decided, `next_step`
    what happens then, in nb and nn."""

    id: str
    status: str
    received: str
    outcome: str | None
    told: list[dict[str, str]]
    history: list[dict[str, str]]
    by: date
    next_step: Body

    def json(self) -> Body:
        told: Body = {"id": self.id, "status": self.status, "received": self.received}
        told |= {"outcome": self.outcome} if self.outcome else {}
        told |= {"feedback": self.told, "history": self.history}
        return told | {"decisionBy": self.by.isoformat(), "next": self.next_step}


_ENDS: Final = {"completed": "handled", "rejected": "handled", "cancelled": "withdrawn"}
_WAITS: Final = "requested"
_MOMENT: Final = timedelta(microseconds=1)
_TASK = (
    "SELECT 'task' AS kind, 'Task' AS type, course.id,"
    " ARRAY[course.outcome, coalesce(course.due, course.received)::text,"
    " EXISTS (SELECT FROM identity i WHERE i.type = 'Patient' AND i.id = course.person AND i.key = own.sender)::text,"
    " (SELECT json_agg(json_build_array(past.status, past.updated) ORDER BY past.version)"
    " FROM (SELECT convert_from(v.body, 'UTF8')::json->>'status' AS status, v.updated, v.version"
    " FROM resource_version v WHERE v.municipality = own.municipality AND v.type = 'Task' AND v.id = course.id"
    " AND v.body <> '') past)::text] AS extra"
    " FROM referral_course course WHERE course.municipality = own.municipality AND course.referral = own.referral"
)
_FEEDBACK = (
    "SELECT 'feedback', 'Communication', link.id, ARRAY[]::text[] FROM feedback_link link"
    " WHERE link.municipality = own.municipality AND link.referral = own.referral"
)
_STANDING = (
    "SELECT told.kind, r.type, r.id, r.version, own.received, false, NULL::text, f.person,"  # noqa: S608 (its own parts)
    " CASE told.kind WHEN 'task' THEN ''::bytea ELSE r.body END,"
    " (own.hears_outcome AND {heard})::text || told.extra"
    f" FROM referral_receipt own CROSS JOIN LATERAL ({_TASK} UNION ALL {_FEEDBACK} OFFSET 0) told"
    " CROSS JOIN LATERAL (SELECT f.* FROM tenant_find f"
    " WHERE f.type = told.type AND f.id = told.id AND NOT f.deleted OFFSET 0) f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE own.referral = $1[1] AND (own.sender = $1[2] OR $1[3]::boolean) AND (told.kind = 'task' OR {heard})"
    " ORDER BY r.id"
)


async def standing(context: Context, id: str) -> Standing:
    """Raises NotFound for a referral the caller did not send; the coordinating unit may ask for any."""
    unit = Role.COORDINATING_UNIT in context.caller.roles
    rows = await told_rows(context, _STANDING, id)
    row = next((row for row in rows if row["mode"] == "task"), None)
    if row is None:
        raise NotFound.of("there is no such referral")
    heard, outcome, due, own, history = row["extra"]
    hears = unit or heard == "true"
    steps = _steps(json.loads(history), hears=hears)
    by = (datetime.fromisoformat(due) - _MOMENT).astimezone(OSLO).date()  # the first instant after the last day
    status = steps[-1]["status"]
    told = [exact_json.parse(row["body"]) for row in rows if row["mode"] == "feedback"]
    return Standing(
        id,
        status,
        instant(row["updated"]),
        outcome if hears else None,
        sorted((said for one in told for said in _said(one)), key=lambda said: span(said["sent"])[0]),
        steps,
        by,
        next_step(status, by, today(context.server.clock), _reader(context, own=own == "true")),
    )


def _reader(context: Context, *, own: bool) -> Reader:
    if not is_person(context.caller):
        return Reader.SERVICE
    return Reader.PERSON if own else Reader.KIN


async def told_rows(context: Context, statement: str, id: str) -> list[Any]:
    """The rows of a statement on one referral, which the unit may ask of any and others of their own: `{heard}` is
    where the caller may hear what `f` tells. The access log learns that it was asked for."""
    unit = Role.COORDINATING_UNIT in context.caller.roles
    heard = "true" if unit else f"{not_denied('f', 'f.kinds')} AND {released('f.kinds')}"
    arguments = [id, "" if unit else sender_key(context.caller), str(unit).lower()]
    rows = await context.fetch(statement.format(heard=heard), arguments)
    for row in rows[:1]:
        context.trace.touch("ServiceRequest", id, row["person"])
    return list(rows)


def _steps(past: list[list[str]], *, hears: bool) -> list[dict[str, str]]:
    """The statuses there have been, each once as it began; who does not hear the outcome hears received and handled."""
    steps: list[dict[str, str]] = []
    for status, at in past:
        underway = "received" if status == _WAITS or not hears else "in-progress"
        told = _ENDS.get(status, underway)
        if not steps or steps[-1]["status"] != told:
            steps.append({"status": told, "at": instant(datetime.fromisoformat(at))})
    return steps


def _said(feedback: Body) -> Iterator[dict[str, str]]:
    """The texts of a Communication; the coordinating unit may have written one by hand."""
    if feedback.get("status") == "completed":
        sent = feedback.get("sent", feedback["meta"]["lastUpdated"])
        yield from ({"sent": sent, "text": text} for text in texts_of(feedback))


def texts_of(feedback: Body) -> Iterator[str]:
    return (part["contentString"] for part in feedback.get("payload", ()) if "contentString" in part)
