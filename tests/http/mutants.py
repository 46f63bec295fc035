"""The rules of access, each with what turns it off and the cells that notice: lines of the matrices, by their names.

`relation team over` is the line of relation_world.py's table with that role and state, `matrix team Goal` the line of
matrix.py with that role and type, and so on (mutated_world.py).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from patched import always, everywhere

from oppfolging_api.access import guards, policy, scopes
from oppfolging_api.fhir import checks
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.registry import Registry

Off = Callable[[pytest.MonkeyPatch, Registry], None]


class Mutant(NamedTuple):
    name: str
    off: Off
    noticed_by: str


def _standing(name: str, **elements: Any) -> Off:
    """One standing is another."""

    def off(monkeypatch: pytest.MonkeyPatch, _registry: Registry) -> None:
        known = tuple(replace(one, **elements) if one.name == name else one for one in policy.STANDINGS)
        assert known != policy.STANDINGS
        monkeypatch.setattr(policy, "STANDINGS", known)

    return off


def _without(name: str) -> Off:
    def off(monkeypatch: pytest.MonkeyPatch, _registry: Registry) -> None:
        monkeypatch.setattr(policy, "STANDINGS", tuple(one for one in policy.STANDINGS if one.name != name))

    return off


def _says(function: Callable[..., Any], answer: object) -> Off:
    return _does(function, always(answer))


def _does(function: Callable[..., Any], instead: Callable[..., Any]) -> Off:
    return lambda monkeypatch, _: everywhere(monkeypatch, function, instead)


def _unguarded(type: str, guard: Callable[..., Any]) -> Off:
    def off(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
        left = [one for one in registry.guards[type] if getattr(one, "func", one) is not guard]
        assert len(left) < len(registry.guards[type])
        monkeypatch.setitem(registry.guards, type, left)

    return off


def _granted(type: str, **letters: str) -> Off:
    def off(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
        kind = registry.types[type]
        grants = dict(kind.grants) | {name.replace("_", "-"): said for name, said in letters.items()}
        monkeypatch.setitem(registry.types, type, replace(kind, grants=grants))

    return off


async def _unchecked(*_: Any) -> None:
    """In place of a check that raises."""


def _unlabelled(caller: Any, alias: str, _kinds: str, kind: Any) -> str:
    """In place of version_visible: a version's own labels count for nothing."""
    return policy.visible(caller, alias, kind)


# By standing, the cells that notice where it is to every row, where it withholds nothing, and where it is no more.
EVERYBODY = {
    "coordinator": "relation coordinator member-only",
    "team": "relation team over",
    "informed": "relation informed over",
    "case-member": "relation case-member cancelled",
    "emergency": "emergency others",
    "owner": "relation owner done",
    "person": "relation person somebody-else",
    "guardian-health": "relation person somebody-else",
    "guardian-economy": "relation guardian relation-over",
    "kin": "relation kin not-on-the-team",
    "referrer": "matrix referrer ServiceRequest",
    "referrer-feedback": "matrix referrer Communication",
}
UNBOUND = {
    "system": "consent system health-org",
    "coordinator": "consent coordinator health-org",
    "team": "consent team work-org",
    "informed": "consent informed health-person",
    "case-member": "consent case-member health-parent",
    "emergency": "emergency health-denied",
    "owner": "consent owner mental-org",
    "guardian-health": "guardian guardian-health nothing",
    "guardian-economy": "guardian guardian-economy nothing",
    "referrer": "referrer referrer health-org",
    "referrer-feedback": "referrer referrer work-org",
}
ABSENT = {
    "coordinating-unit": "matrix coordinating-unit Goal",
    "system": "consent system nothing",
    "directory": "matrix team Practitioner",
    "coordinator": "relation coordinator appointed",
    "team": "relation team member",
    "informed": "relation informed member",
    "case-member": "relation case-member invited",
    "emergency": "emergency organisation",
    "owner": "relation leader open",
    "person": "relation person themselves",
    "guardian-health": "relation guardian-health guardian",
    "guardian-economy": "guardian guardian-economy nothing",
    "kin": "relation kin on-the-team",
    "referrer": "referrer referrer nothing",
    "referrer-feedback": "referrer referrer nothing",
}
TO_ANYONE = {"coordinating-unit": "matrix team Goal", "system": "matrix leader Goal"}
IN_ANY_CONTEXT = {
    "coordinator": "scopes coordinator patient/*.cruds",
    "person": "scopes coordinator system/*.cruds",
}
_ALL = frozenset({"patient", "user", "system"})

OF_STANDINGS = (
    *(
        Mutant(f"{name} to everybody", _standing(name, condition="true", reach=""), EVERYBODY[name])
        for name in EVERYBODY
    ),
    *(Mutant(f"nothing withheld from {name}", _standing(name, withheld=False), UNBOUND[name]) for name in UNBOUND),
    *(Mutant(f"no {name}", _without(name), ABSENT[name]) for name in ABSENT),
    *(Mutant(f"{name} to any role", _standing(name, roles=frozenset(Role)), TO_ANYONE[name]) for name in TO_ANYONE),
    *(
        Mutant(f"{name} in any context", _standing(name, contexts=_ALL), IN_ANY_CONTEXT[name])
        for name in IN_ANY_CONTEXT
    ),
)
OF_THE_POLICY = (
    Mutant("no denial", _says(policy.not_denied, "true"), "consent team health-employer"),
    Mutant("everything bound", _says(policy.is_bound, "false"), "consent team mental-org"),
    Mutant("labels of versions", _does(policy.version_visible, _unlabelled), "relabelled team mental-health-school"),
    Mutant("what a role never may", _says(policy.might, True), "matrix team Goal"),
    Mutant("what a standing may", _says(policy.may, True), "scopes coordinator user/Goal.rus"),
    Mutant("what scopes allow", _says(policy.allowed, True), "scopes coordinator user/Goal.s"),
    Mutant(
        "how scopes hold",
        _says(policy.narrowed, False),
        "scopes coordinator user/Goal.cruds?category=diet,user/Patient.r",
    ),
    Mutant(
        "what scopes are held to",
        _says(scopes.restricted_to, "true"),
        "scopes coordinator user/Goal.cruds?category=none,user/Patient.r",
    ),
    Mutant("scopes", _says(policy._within, "true"), "scopes coordinator user/Goal.rs"),
)
OF_WRITES = (
    Mutant("references", _does(checks.check_references, _unchecked), "relation team over"),
    Mutant("creating", _does(checks.check_permitted, _unchecked), "relation owner open"),
    Mutant(
        "changing", lambda patch, _: patch.setattr(Writer, "permit", always(None)), "scopes coordinator user/*.cruds"
    ),
    Mutant("number kept", _unguarded("Patient", guards.identity_is_kept), "change coordinator"),
    Mutant("relative's number kept", _unguarded("RelatedPerson", guards.identity_is_kept), "change coordinator"),
    Mutant("guardianship kept", _unguarded("RelatedPerson", guards.guardianship_is_kept), "change coordinator"),
    Mutant("denial stands", _unguarded("Consent", guards.denial_stands), "change coordinator"),
    Mutant("denial understood", _unguarded("Consent", guards.denial_is_understood), "change coordinating-unit"),
)
OF_GRANTS = (
    Mutant("Goals changed by the team", _granted("Goal", team="u"), "matrix team Goal"),
    Mutant("Goals deleted by the person", _granted("Goal", person="d"), "matrix person Goal"),
    Mutant("Goals changed by owners", _granted("Goal", owner="u"), "relation leader open"),
    Mutant("Consents shown to the team", _granted("Consent", team=""), "matrix team Consent"),
    Mutant("Consents deleted by the person", _granted("Consent", person="cud"), "matrix person Consent"),
    Mutant("Patients made by coordinators", _granted("Patient", coordinator="cu"), "matrix coordinator Patient"),
    Mutant(
        "answers of the informed",
        _granted("QuestionnaireResponse", informed="c"),
        "matrix team-informed QuestionnaireResponse",
    ),
    Mutant("messages of owners", _granted("Communication", owner="c"), "matrix leader Communication"),
    Mutant("Consents shown to the informed", _granted("Consent", informed=""), "matrix team-informed Consent"),
    Mutant("the directory kept by anyone", _granted("Organization", directory="u"), "matrix team Organization"),
    Mutant("plans changed in an emergency", _granted("CarePlan", emergency="u"), "emergency organisation"),
    Mutant("Goals changed by case-members", _granted("Goal", case_member="cu"), "relation case-member invited"),
)
MUTANTS = (*OF_STANDINGS, *OF_THE_POLICY, *OF_WRITES, *OF_GRANTS)
