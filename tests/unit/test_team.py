from datetime import UTC, datetime
from typing import Any

import pytest

from oppfolging_api.coordination.team import CoordinatorKind, Member, coordinator_kind, layer, members
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.vocabulary import Layer

CANONICAL = Canonical("https://kommune.example/fhir")
COORDINATOR = {"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "8"}]}
CHILD_COORDINATOR = {
    "coding": [{"system": "https://kommune.example/fhir/CodeSystem/team-role", "code": "child-coordinator"}]
}
GP = {"coding": [{"system": "urn:oid:2.16.578.1.12.4.1.1.9034", "code": "6"}]}


def extension(name: str, code: str) -> dict[str, str]:
    return {"url": f"https://kommune.example/fhir/StructureDefinition/{name}", "valueCode": code}


def test_members_are_read_with_role_layer_and_period() -> None:
    team = {
        "resourceType": "CareTeam",
        "participant": [
            {
                "role": [COORDINATOR],
                "member": {"reference": "PractitionerRole/physio"},
                "period": {"start": "2026-01-15", "end": "2026-06-30"},
                "extension": [extension("layer", "core"), extension("involvement", "every-meeting")],
            },
            {"role": [{"text": "Søster"}], "member": {"display": "Søster"}},
            {
                "role": [GP],
                "member": {"reference": "Practitioner/gp"},
                "period": {"start": "2026-01-15T12:00:00+01:00"},
                "extension": [extension("involvement", "yearly"), extension("layer", "outer")],
            },
            {"role": [CHILD_COORDINATOR], "member": {"reference": "PractitionerRole/nurse"}},
        ],
    }
    assert members(team, CANONICAL) == (
        Member(
            position=0,
            reference="PractitionerRole/physio",
            coordinator=True,
            layer=Layer.CORE,
            starts=datetime(2026, 1, 14, 23, tzinfo=UTC),
            ends=datetime(2026, 6, 30, 22, tzinfo=UTC),
        ),
        Member(
            position=2,
            reference="Practitioner/gp",
            coordinator=False,
            layer=Layer.OUTER,
            starts=datetime(2026, 1, 15, 11, tzinfo=UTC),
            ends=None,
        ),
        Member(
            position=3,
            reference="PractitionerRole/nurse",
            coordinator=True,
            layer=Layer.CORE,
            starts=None,
            ends=None,
        ),
    )


def test_a_team_of_nobody_has_no_members() -> None:
    assert members({"resourceType": "CareTeam"}, CANONICAL) == ()


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        ([COORDINATOR], CoordinatorKind.COORDINATOR),
        ([CHILD_COORDINATOR], CoordinatorKind.CHILD_COORDINATOR),
        ([GP, COORDINATOR], CoordinatorKind.COORDINATOR),
        ([COORDINATOR, CHILD_COORDINATOR], CoordinatorKind.CHILD_COORDINATOR),
        ([{"coding": [*GP["coding"], *COORDINATOR["coding"]]}], CoordinatorKind.COORDINATOR),
        ([GP], None),
        ([{"coding": [{"system": "https://another.example", "code": "8"}]}], None),
        ([{"text": "Koordinator"}], None),
        ([], None),
    ],
)
def test_a_coordinator_is_known_by_its_role(roles: list[dict[str, Any]], kind: CoordinatorKind | None) -> None:
    assert coordinator_kind({"role": roles}, CANONICAL) is kind


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ([extension("layer", "informed")], Layer.INFORMED),
        ([extension("layer", "everyone")], Layer.CORE),
        ([{"url": "https://another.example/StructureDefinition/layer", "valueCode": "outer"}], Layer.CORE),
        ([], Layer.CORE),
    ],
)
def test_a_participant_is_in_the_core_where_nothing_known_is_said(
    extensions: list[dict[str, str]], expected: Layer
) -> None:
    assert layer({"extension": extensions}, CANONICAL) is expected
