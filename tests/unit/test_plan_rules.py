from datetime import date
from typing import Any

import pytest

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Issue
from oppfolging_api.plan.rules import (
    is_active_individual_plan,
    missing_consent,
    needs_consent,
    plan_consent_holds,
)

CANONICAL = Canonical("https://kommune.example/fhir")
DAY = date(2026, 11, 22)


def category(system: str, code: str) -> list[dict[str, Any]]:
    return [{"coding": [{"system": f"https://kommune.example/fhir/CodeSystem/{system}", "code": code}]}]


def plan(kind: str = "individual-plan", status: str = "active") -> dict[str, Any]:
    return {"resourceType": "CarePlan", "status": status, "category": category("plan-kind", kind)}


def consent(period: dict[str, str] | None = None, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "status": "active",
        "category": category("consent-kind", "plan"),
        "policyRule": policy("OPTIN"),
        "provision": {} if period is None else {"period": period},
        **elements,
    }


def policy(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}]}


@pytest.mark.parametrize(
    ("kind", "individual"),
    [("individual-plan", True), ("follow-up-plan", False), ("crisis-plan", False), ("external", False)],
)
def test_an_individual_plan_is_known_by_its_category(kind: str, individual: bool) -> None:
    assert is_active_individual_plan(plan(kind), CANONICAL) is individual


def test_the_same_code_from_another_system_is_no_individual_plan() -> None:
    elsewhere = [{"coding": [{"system": "https://another.example", "code": "individual-plan"}]}]
    assert not is_active_individual_plan(plan() | {"category": elsewhere}, CANONICAL)
    assert not is_active_individual_plan({"status": "active"}, CANONICAL)


def test_an_individual_plan_may_have_other_categories_too() -> None:
    both = [*category("plan-kind", "follow-up-plan"), *category("plan-kind", "individual-plan")]
    assert is_active_individual_plan(plan() | {"category": both}, CANONICAL)


@pytest.mark.parametrize(("status", "active"), [("active", True), ("draft", False), ("on-hold", False)])
def test_a_plan_is_active_by_its_status(status: str, active: bool) -> None:
    assert is_active_individual_plan(plan(status=status), CANONICAL) is active


@pytest.mark.parametrize(
    ("period", "holds"),
    [
        (None, True),
        ({"start": "2026-11-22"}, True),
        ({"start": "2026-11-23"}, False),
        ({"end": "2026-11-22"}, True),
        ({"end": "2026-11-21"}, False),
        ({"end": "2026-11"}, True),
        ({"start": "2026-01-01", "end": "2026-12-31"}, True),
        ({"start": "2026-11-22T15:00:00+01:00"}, True),
        ({"end": "2026-11-22T08:00:00+01:00"}, True),
        ({"end": "2026-11-21T23:30:00Z"}, True),
        ({"end": "2026-11-21T22:30:00Z"}, False),
        ({"start": "2026-11-22T23:30:00Z"}, False),
    ],
    ids=[
        "no period",
        "begins that day",
        "begins later",
        "lasts its last day out",
        "over",
        "lasts its last month out",
        "that year",
        "begins during the day",
        "ends during the day",
        "ends that day in Norway",
        "ended the day before in Norway",
        "begins the day after in Norway",
    ],
)
def test_a_consent_holds_on_the_norwegian_days_of_its_period(period: dict[str, str] | None, holds: bool) -> None:
    assert plan_consent_holds([consent(period)], CANONICAL, DAY) is holds


@pytest.mark.parametrize(
    "elements",
    [
        {"status": "inactive"},
        {"status": "rejected"},
        {"status": "proposed"},
        {"category": category("consent-kind", "sharing")},
        {"category": [{"coding": [{"system": "https://another.example", "code": "plan"}]}]},
        {"provision": {"type": "deny"}},
        {"provision": {"type": "permit"}},
        {"policyRule": policy("OPTOUT")},
    ],
    ids=["withdrawn", "rejected", "proposed", "sharing", "other system", "denial", "root type", "opted out"],
)
def test_what_is_no_consent_to_the_plan(elements: dict[str, Any]) -> None:
    assert not plan_consent_holds([consent(**elements)], CANONICAL, DAY)


def test_a_consent_under_a_written_policy_needs_no_policy_rule() -> None:
    under_policy = consent(policy=[{"uri": "https://kommune.example/samtykke"}])
    del under_policy["policyRule"], under_policy["provision"]
    assert plan_consent_holds([under_policy], CANONICAL, DAY)


def test_one_consent_that_holds_is_enough_and_none_is_not() -> None:
    assert plan_consent_holds([consent(status="inactive"), consent({"end": "2025"}), consent()], CANONICAL, DAY)
    assert not plan_consent_holds([], CANONICAL, DAY)


def test_an_active_individual_plan_without_consent_breaks_a_rule() -> None:
    assert missing_consent(plan(), [], [consent({"end": "2026-11-21"})], CANONICAL, DAY) == [
        Issue(
            code="business-rule",
            diagnostics="an active Consent of category plan covers the day",
            expression="CarePlan.status",
            rule="plan-consent",
            text="En aktiv individuell plan krever personens samtykke til planen.",
        )
    ]


@pytest.mark.parametrize(
    "needs_none",
    [plan(status="draft"), plan(status="revoked"), plan("follow-up-plan"), plan("week-plan")],
    ids=["draft", "revoked", "follow-up", "week"],
)
def test_other_plans_stand_without_consent_to_an_individual_plan(needs_none: dict[str, Any]) -> None:
    assert missing_consent(needs_none, [], [], CANONICAL, DAY) == []


def test_an_active_individual_plan_with_consent_breaks_nothing() -> None:
    assert missing_consent(plan(), [], [consent()], CANONICAL, DAY) == []


def both(*kinds: str) -> list[dict[str, Any]]:
    return [concept for kind in kinds for concept in category("plan-kind", kind)]


@pytest.mark.parametrize("kinds", [("external", "individual-plan"), ("individual-plan", "external")])
def test_an_individual_plan_kept_elsewhere_is_none_here(kinds: tuple[str, ...]) -> None:
    elsewhere = plan() | {"category": both(*kinds)}
    assert not is_active_individual_plan(elsewhere, CANONICAL)
    assert not needs_consent(elsewhere, [elsewhere | {"id": "a"}], CANONICAL)


def part(id: str, *wholes: str, kind: str = "follow-up-plan", status: str = "active") -> dict[str, Any]:
    return plan(kind, status) | {"id": id, "partOf": [{"reference": f"CarePlan/{whole}"} for whole in wholes]}


WHOLE = plan(status="draft") | {"id": "whole"}
UNDER = part("under", "whole")


@pytest.mark.parametrize(
    ("held", "needed"),
    [
        (part("a", "whole"), True),
        (part("a", "under"), True),
        (part("a", "none", "whole"), True),
        (part("a", "whole", kind="week-plan"), True),
        (part("a", "whole", status="draft"), False),
        (part("a", "whole", kind="crisis-plan"), False),
        (part("a", "whole", kind="external"), False),
        (part("a", "circle"), False),
        (part("a", "a"), False),
        (part("a", "elsewhere"), False),
        (part("a"), False),
        (part("a", "whole") | {"category": []}, False),
    ],
    ids=[
        "of the plan",
        "of a part",
        "of several",
        "of any kind",
        "not in use",
        "crisis",
        "kept elsewhere",
        "in a circle",
        "of itself",
        "of one kept elsewhere",
        "of none",
        "not ours",
    ],
)
def test_a_part_needs_the_consent_of_the_whole(held: dict[str, Any], needed: bool) -> None:
    circle = [part("circle", "back"), part("back", "circle")]
    elsewhere = plan() | {"id": "elsewhere", "category": both("individual-plan", "external")}
    assert needs_consent(held, [WHOLE, UNDER, elsewhere, *circle, held], CANONICAL) is needed
