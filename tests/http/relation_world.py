"""How a caller can stand to a person, by role and relation: each makes a person, and whoever asks."""

from collections.abc import Callable

from consent_world import (
    GUARDIAN,
    OVER,
    SINCE,
    TO_COME,
    Case,
    Office,
    happens,
    informed,
    invited,
    with_authority,
)

from oppfolging_api.kernel import systems
from support import Api, Employee, Json, coding, ok, reference

Relation = Callable[[Office, Case], Api]
_COORDINATOR = [coding(systems.PATIENT_ROLE, systems.COORDINATOR_ROLE)]


def related(office: Office, role: str, relation: str) -> Case:
    """A person with a Goal about work, and the caller in that relation."""
    case = Case.of(office, ("work",), {})
    case.callers[role] = RELATED[role, relation](office, case)
    return case


def _on_team(scope: str, *, by_name: bool = False, then: str = "", **participant: object) -> Relation:
    """An employee of the office on the team; `then` something happens to their role, or to the team."""

    def make(office: Office, case: Case) -> Api:
        employee = office.employee()
        member = employee.practitioner if by_name else employee.role
        team = office.town.team(case.patient, {"member": reference(member), "period": SINCE, **participant})
        happens(office, then, team, employee)
        orgnr = str(office.another["identifier"][0]["value"]) if then == "other-office" else employee.orgnr
        return office.town.api(scope, hpr=employee.hpr, orgnr=orgnr)

    return make


def _member_is(name: str, orgnr_of: str = "office") -> Relation:
    """An organisation on the team, and an employee of the office who comes from some organisation."""

    def make(office: Office, case: Case) -> Api:
        office.town.team(case.patient, getattr(office, name))
        number = str(getattr(office, orgnr_of)["identifier"][0]["value"])
        return office.town.api("team", hpr=office.employee().hpr, orgnr=number)

    return make


def _by_care_team(office: Office, case: Case) -> Api:
    """Whoever is on a team that is on the team is not on the team."""
    employee, (other, _) = office.employee(), office.person()
    theirs = office.town.team(other, employee.role)
    office.town.team(case.patient, theirs)
    return employee.as_("team")


def _informed(**participant: object) -> Relation:
    def make(office: Office, case: Case) -> Api:
        employee = office.employee()
        office.town.team(case.patient, informed(employee.role) | participant)
        return employee.as_("team")

    return make


def _invited(status: str = "proposed", *, by_name: bool = False, then: str = "") -> Relation:
    def make(office: Office, case: Case) -> Api:
        employee, referral = office.employee(), office.referred(case.number)
        invited(case, employee.practitioner if by_name else employee.role, referral, status=status)
        if then == "handled":
            _decline(office, referral, employee)
        happens(office, then, {}, employee)
        orgnr = str(office.another["identifier"][0]["value"]) if then == "other-office" else employee.orgnr
        return office.town.api("case-member", hpr=employee.hpr, orgnr=orgnr)

    return make


def _decline(office: Office, referral: Json, employee: Employee) -> None:
    answer = office.town.unit.operate(
        f"ServiceRequest/{referral['id']}/$decide",
        outcome={"valueCode": "declined"},
        reason={"valueString": "Ønsker det ikke."},
        explained={"valueString": "Retten til koordinator."},
        contact={"valueReference": reference(employee.role)},
        review={"valueDate": "2099-01-01"},
    )
    ok(answer, 200)


def _of_no_case(office: Office, case: Case) -> Api:
    """Invited to a meeting about a request that nobody reported at the door; other work is in progress."""
    employee = office.employee()
    request = {"resourceType": "ServiceRequest", "status": "active", "intent": "order"}
    made = office.town.unit.create(request | {"subject": reference(case.patient)})
    invited(case, employee.role, made)
    case.point("work", owner=reference(office.office))
    return employee.as_("case-member")


def _owns(scope: str, *, done: bool = False, by_name: bool = False, then: str = "") -> Relation:
    """A Task that points at the Goal, the caller's own."""

    def make(office: Office, case: Case) -> Api:
        employee = office.employee()
        owner = employee.practitioner if by_name else employee.role
        case.point("work", owner=reference(owner), status="completed" if done else "requested")
        happens(office, then, {}, employee)
        return employee.as_(scope)

    return make


def _leads(owner: str, *, done: bool = False) -> Relation:
    """The leader of the office, and a Task that some organisation owns."""

    def make(office: Office, case: Case) -> Api:
        case.point("work", owner=reference(getattr(office, owner)), status="completed" if done else "requested")
        return office.town.api("leader", orgnr=office.number)

    return make


def _of_the_office(office: Office, case: Case) -> Api:
    """What the office owns is its leader's to see."""
    case.point("work", owner=reference(office.office))
    return office.employee().as_("team")


def _on_another_team(office: Office, case: Case) -> Api:
    relative, api = office.relative(case.patient)
    office.town.team(office.person()[0], relative)
    return api


def _relative(said: Json, *, on_team: bool = False, then: str = "", **participant: object) -> Relation:
    def make(office: Office, case: Case) -> Api:
        relative, api = office.relative(case.patient, **said)
        if on_team:
            team = office.town.team(case.patient, {"member": reference(relative), "period": SINCE, **participant})
            if then == "team-over":
                office.town.unit.update(team | {"status": "inactive"})
        return api

    return make


def _born(day: str) -> Relation:
    def make(office: Office, case: Case) -> Api:
        return office.town.as_person(office.town.system.update(case.patient | {"birthDate": day}))

    return make


def _somebody_else(office: Office, _case: Case) -> Api:
    return office.town.as_person(office.person()[0])


RELATED: dict[tuple[str, str], Relation] = {
    ("coordinator", "appointed"): _on_team("coordinator", role=_COORDINATOR),
    ("coordinator", "by-name"): _on_team("coordinator", role=_COORDINATOR, by_name=True),
    ("coordinator", "over"): _on_team("coordinator", role=_COORDINATOR, period=OVER),
    ("coordinator", "to-come"): _on_team("coordinator", role=_COORDINATOR, period=TO_COME),
    ("coordinator", "member-only"): _on_team("coordinator"),
    **{
        ("coordinator", then): _on_team("coordinator", role=_COORDINATOR, then=then)
        for then in ("team-over", "role-over", "role-inactive", "other-office")
    },
    ("team", "member"): _on_team("team"),
    ("team", "by-name"): _on_team("team", by_name=True),
    ("team", "by-office"): _member_is("office"),
    ("team", "coordinator"): _on_team("team", role=_COORDINATOR),
    ("team", "over"): _on_team("team", period=OVER),
    ("team", "to-come"): _on_team("team", period=TO_COME),
    **{
        ("team", then): _on_team("team", then=then)
        for then in ("team-over", "role-over", "role-inactive", "role-to-come", "other-office")
    },
    ("team", "by-parent"): _member_is("parent"),
    ("team", "by-office-unknown"): _member_is("others", "others"),
    ("team", "by-care-team"): _by_care_team,
    ("informed", "member"): _informed(),
    ("informed", "over"): _informed(period=OVER),
    ("case-member", "invited"): _invited(),
    ("case-member", "by-name"): _invited(by_name=True),
    ("case-member", "cancelled"): _invited("cancelled"),
    ("case-member", "noshow"): _invited("noshow"),
    ("case-member", "in-error"): _invited("entered-in-error"),
    **{("case-member", then): _invited(then=then) for then in ("handled", "other-office", "role-over")},
    ("case-member", "of-no-case"): _of_no_case,
    ("case-member", "on-the-team"): _on_team("case-member"),
    ("leader", "open"): _leads("office"),
    ("leader", "done"): _leads("office", done=True),
    ("leader", "other-office"): _leads("another"),
    ("leader", "by-parent"): _leads("parent"),
    ("owner", "open"): _owns("team"),
    ("owner", "by-name"): _owns("team", by_name=True),
    ("owner", "done"): _owns("team", done=True),
    ("owner", "by-office"): _of_the_office,
    ("owner", "role-over"): _owns("team", then="role-over"),
    ("person", "themselves"): lambda office, case: office.town.as_person(case.patient),
    ("person", "somebody-else"): _somebody_else,
    ("person", "child"): _born("2020-01-01"),
    ("person", "grown-up"): _born("1990-01-01"),
    ("kin", "on-the-team"): _relative({}, on_team=True),
    ("kin", "not-on-the-team"): _relative({}),
    ("kin", "relation-over"): _relative({"period": OVER}, on_team=True),
    ("kin", "relation-to-come"): _relative({"period": TO_COME}, on_team=True),
    ("kin", "inactive"): _relative({"active": False}, on_team=True),
    ("kin", "over"): _relative({}, on_team=True, period=OVER),
    ("kin", "to-come"): _relative({}, on_team=True, period=TO_COME),
    ("kin", "team-over"): _relative({}, on_team=True, then="team-over"),
    ("kin", "on-another-team"): _on_another_team,
    ("guardian", "guardian"): _relative(GUARDIAN),
    ("guardian", "relation-over"): _relative(GUARDIAN | {"period": OVER}),
    ("guardian", "relation-to-come"): _relative(GUARDIAN | {"period": TO_COME}),
    ("guardian", "inactive"): _relative(GUARDIAN | {"active": False}),
    ("guardian-economy", "relation-over"): _relative(with_authority("economy") | {"period": OVER}),
    ("guardian-health", "guardian"): _relative(with_authority("health")),
    ("guardian-health", "relation-over"): _relative(with_authority("health") | {"period": OVER}),
}
"""By the role and the relation of a line."""
