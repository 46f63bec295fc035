"""The follow-up team: who is on it, as what, since when, how close and how often."""

from dataclasses import dataclass
from typing import Final

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.vocabulary import TEAM_CATEGORY, TEAM_ROLE, Extension, Involvement, Layer, TeamCategory
from oppfolging_api.kernel.vocabulary import TeamRole as OwnRole
from oppfolging_api.seed.setting import Resource, Story, coded, ref, resource, service

COORDINATOR: Final = "Koordinator individuell plan"
CHILD_COORDINATOR: Final = "Barnekoordinator"
GP: Final = "Fastlege"
PRIMARY_CONTACT: Final = "Primærkontakt"

_VOLVEN: Final = {
    COORDINATOR: systems.COORDINATOR_ROLE,
    GP: systems.GENERAL_PRACTITIONER_ROLE,
    PRIMARY_CONTACT: systems.PRIMARY_CONTACT_ROLE,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the team list: `who` is a reference, `roles` a Volven role above or any other word."""

    who: str
    roles: tuple[str, ...]
    since: int
    until: int | None = None
    layer: Layer = Layer.CORE
    involvement: Involvement = Involvement.EVERY_MEETING


def care_team(
    story: Story,
    name: str,
    categories: tuple[TeamCategory, ...],
    since: int,
    members: list[Member],
    vacancies: list[Resource] | None = None,
) -> Resource:
    return resource(
        "CareTeam",
        f"{story.person}-team",
        extension=vacancies,
        status="active",
        category=[story.concept(TEAM_CATEGORY, each) for each in categories],
        name=name,
        subject=story.subject,
        period=story.period(since),
        participant=[_participant(story, each) for each in members],
        managingOrganization=[ref(service(story.unit))],
    )


def vacancy(story: Story, wanted: str, since: int) -> Resource:
    """A role nobody fills yet."""
    nested = [
        {"url": "role", "valueCodeableConcept": {"text": wanted}},
        {"url": "since", "valueDate": story.day(since)},
    ]
    return story.extension(Extension.VACANCY, extension=nested)


def _participant(story: Story, member: Member) -> Resource:
    return {
        "extension": [
            story.extension(Extension.LAYER, valueCode=member.layer.value),
            story.extension(Extension.INVOLVEMENT, valueCode=member.involvement.value),
        ],
        "role": [_role(story, each) for each in member.roles],
        "member": ref(member.who),
        "period": story.period(member.since, member.until),
    }


def _role(story: Story, title: str) -> Resource:
    if title == CHILD_COORDINATOR:
        return story.concept(TEAM_ROLE, OwnRole.CHILD_COORDINATOR) | {"text": title}
    if title in _VOLVEN:
        return coded(systems.PATIENT_ROLE, _VOLVEN[title], title)
    return {"text": title}
