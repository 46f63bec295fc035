"""Reading a CareTeam: https://hl7.org/fhir/R4/careteam.html, with CONTRACT section 5's extensions of participant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import extension_code
from oppfolging_api.kernel.period import bounds
from oppfolging_api.kernel.vocabulary import TEAM_ROLE, Extension, Layer, TeamRole

Resource = Mapping[str, Any]

_LAYERS: Final = frozenset(Layer)


class CoordinatorKind(StrEnum):
    """A child coordinator takes the ordinary coordinator's place."""

    COORDINATOR = "coordinator"
    CHILD_COORDINATOR = "child-coordinator"


@dataclass(frozen=True, slots=True)
class Member:
    """One participant. `position` is its place in CareTeam.participant; `ends` is the first instant after its period.

    A child coordinator is a coordinator too.
    """

    position: int
    reference: str
    coordinator: bool
    layer: Layer
    starts: datetime | None
    ends: datetime | None


def members(team: Resource, canonical: Canonical) -> tuple[Member, ...]:
    """The participants that point at somebody; one that is only described is nobody the service can know."""
    return tuple(
        _member(position, participant, canonical)
        for position, participant in enumerate(team.get("participant", ()))
        if "reference" in participant.get("member", {})
    )


def coordinator_kind(participant: Resource, canonical: Canonical) -> CoordinatorKind | None:
    """None where the participant is not a coordinator; child coordinator where it is called both."""
    codings = [coding for role in participant.get("role", ()) for coding in role.get("coding", ())]
    found = {(coding.get("system"), coding.get("code")) for coding in codings}
    kinds = (CoordinatorKind.CHILD_COORDINATOR, CoordinatorKind.COORDINATOR)
    return next((kind for kind in kinds if coordinator_coding(kind, canonical) in found), None)


def coordinator_coding(kind: CoordinatorKind, canonical: Canonical) -> tuple[str, str]:
    """System and code of the role: Volven 9034 has a coordinator but no child coordinator."""
    if kind is CoordinatorKind.COORDINATOR:
        return systems.PATIENT_ROLE, systems.COORDINATOR_ROLE
    return canonical.code_system(TEAM_ROLE), TeamRole.CHILD_COORDINATOR.value


def layer(participant: Resource, canonical: Canonical) -> Layer:
    """Core where nothing, or nothing known, is said."""
    code = extension_code(participant, canonical.extension(Extension.LAYER))
    return Layer(code) if code in _LAYERS else Layer.CORE


def _member(position: int, participant: Resource, canonical: Canonical) -> Member:
    starts, ends = bounds(participant.get("period"))
    return Member(
        position=position,
        reference=participant["member"]["reference"],
        coordinator=coordinator_kind(participant, canonical) is not None,
        layer=layer(participant, canonical),
        starts=starts,
        ends=ends,
    )
