"""What becomes of a plan as it is written, and as the consent to it goes (CONTRACT sections 4 and 7).

Each is a rule or a reaction of the engine's, with the canonical it reads codes by as first argument.
"""

from datetime import date, datetime
from typing import Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Conflict, Issue, Unprocessable
from oppfolging_api.kernel.registry import Body, Change, Desk, Facts
from oppfolging_api.plan.goals import goal_problems
from oppfolging_api.plan.reading import gathered, kinds, wholes
from oppfolging_api.plan.rules import (
    RULES,
    is_active_individual_plan,
    missing_consent,
    needs_consent,
    plan_consent_holds,
    plan_problems,
)

# Asked after references have been found to lead to what the caller may see: of others this tells nothing.
_OF_OTHERS: Final = (
    "SELECT wanted.n FROM unnest(cast(:types AS text[]), cast(:ids AS text[])) WITH ORDINALITY wanted (type, id, n)"
    " CROSS JOIN LATERAL ("
    "SELECT t.person FROM tenant_find t WHERE t.type = wanted.type AND t.id = wanted.id OFFSET 0) f"
    " WHERE f.person IS DISTINCT FROM cast(:person AS text) ORDER BY wanted.n"
)


async def plan_holds(canonical: Canonical, change: Change, facts: Facts) -> None:
    """What the plan says of itself is right."""
    if change.after is None:
        return
    if issues := plan_problems(change.before, change.after, _day(facts.at), canonical):
        raise Unprocessable(tuple(issues))


async def consent_before_plan(canonical: Canonical, change: Change, facts: Facts) -> None:
    """No plan consent, no active individual plan, nor a part of one in use."""
    plan, person = change.after, change.person
    if plan is None:
        return
    plans = await facts.about(person, "CarePlan") if person and wholes(plan) else []
    if not needs_consent(plan, plans, canonical):
        return
    consents = await facts.about(person, "Consent") if person else []
    if issues := missing_consent(plan, plans, consents, canonical, _day(facts.at)):
        raise Unprocessable(tuple(issues))


async def one_active_plan(canonical: Canonical, change: Change, facts: Facts) -> None:
    """The person's writes wait for each other, so what stands here stands at the commit."""
    if change.after is None or change.person is None or not is_active_individual_plan(change.after, canonical):
        return
    others = [plan for plan in await facts.about(change.person, "CarePlan") if plan["id"] != change.id]
    if any(is_active_individual_plan(plan, canonical) for plan in others):
        rule, said = "plan-one-active", "another individual plan of the person is active"
        raise Conflict((Issue("conflict", said, "CarePlan.status", rule, RULES[rule]),))


async def own_parts(canonical: Canonical, change: Change, facts: Facts) -> None:
    """What a plan gathers is about the same person. What stood there before is not judged again."""
    if change.after is None or not kinds(change.after, canonical):
        return
    known = {local for local, _ in gathered(change.before or {})}
    new = [(local, path) for local, path in gathered(change.after) if local not in known]
    if not new:
        return
    types, ids = zip(*(local.split("/") for local, _ in new), strict=True)
    rows = await facts.ask(_OF_OTHERS, {"types": list(types), "ids": list(ids), "person": change.person})
    rule, said = "plan-own-parts", "it is about somebody else, or about nobody"
    if issues := [Issue("business-rule", said, new[row["n"] - 1][1], rule, RULES[rule]) for row in rows]:
        raise Unprocessable(tuple(issues))


async def goal_holds(canonical: Canonical, change: Change, _facts: Facts) -> None:
    if change.after is not None and (issues := goal_problems(change.after, canonical)):
        raise Unprocessable(tuple(issues))


async def withdrawal_rests_the_plan(canonical: Canonical, change: Change, desk: Desk) -> None:
    """A consent withdrawn acts at once, in the same transaction."""
    if change.person is not None and change.before is not None:
        await rest(desk, change.person, canonical)


async def rest(desk: Desk, person: str, canonical: Canonical) -> None:
    """Put on hold what is in use of a person's individual plan, where no consent to it is in force any more."""
    if plan_consent_holds(await desk.about(person, "Consent"), canonical, _day(desk.at)):
        return
    plans = await desk.about(person, "CarePlan")
    for plan in plans:
        if needs_consent(plan, plans, canonical):
            await desk.change("CarePlan", plan["id"], _on_hold)


def _on_hold(plan: Body) -> Body:
    return plan | {"status": "on-hold"}


def _day(at: datetime) -> date:
    return at.astimezone(OSLO).date()
