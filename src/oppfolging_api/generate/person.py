"""One person of a synthetic municipality, and all that is written about them.

Everyone is referred; three in four have been decided on and have a team. Of these 18 in 33 have an individual plan
(DOMAIN section 1), the others a plan elsewhere or none.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from oppfolging_api.generate.directory import GPS, NAV, STAFF, in_role, worker
from oppfolging_api.generate.measured import condition, observation
from oppfolging_api.generate.names import (
    ACTIVITIES,
    FAMILY_BEGINS,
    FAMILY_ENDS,
    GIVEN,
    GOALS,
    MESSAGES,
    MINUTES,
    REASONS,
    SCORED,
    STREETS,
)
from oppfolging_api.generate.town import BLOCK, COORDINATOR_OF, Town
from oppfolging_api.kernel import identity_number, systems
from oppfolging_api.kernel.vocabulary import CommunicationCategory, ConsentKind, InformationKind, Involvement, Layer
from oppfolging_api.kernel.vocabulary import PlanKind as Kind
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent, denial
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, care_plan, external_plan, goal
from oppfolging_api.seed.setting import Resource
from oppfolging_api.seed.talk import Score, communication, conversation, decided, referral
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team

TEST_DATA: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
"""The tag of test data: https://terminology.hl7.org/CodeSystem-v3-ActReason.html"""

_OLDEST: Final = 91
_BIRTHDAYS: Final = 365 * 90
_STRIDE: Final = 7919
"""Coprime with the number of birthdays: neighbours in number are years apart in age, and no two share a number."""
_LABELS: Final = ((), (), (), (InformationKind.MENTAL_HEALTH,), (InformationKind.ECONOMY,), (InformationKind.SOCIAL,))


class _Life:
    """The choices of one person's story, each drawn in turn from the person's own random numbers."""

    def __init__(self, town: Town, number: int) -> None:
        self.rng = Random(f"{town.seed}/{number}")  # noqa: S311 (the same town from the same seed)
        self.number = number
        self.story = town.setting.about(f"p{number:07d}")
        self.block, place = divmod(number, BLOCK)
        self.coordinator = in_role(self.block, COORDINATOR_OF[place])
        self.gp = worker(self.block, self.rng.choice(GPS))
        self.since = -self.rng.randint(60, 1400)
        self.has_team = self.rng.random() < 0.75
        self.consents = self.rng.random() < 0.8

    def later(self) -> int:
        """A day between the beginning and today."""
        return self.rng.randint(self.since + 10, -1)

    def labels(self) -> tuple[InformationKind, ...]:
        return self.rng.choice(_LABELS)

    def someone(self) -> str:
        """Who works in the person's block."""
        return in_role(self.block, self.rng.randrange(STAFF))

    def name(self) -> tuple[str, str, str]:
        """Given name, gender and family name; one in five has two of the latter."""
        given, gender = self.rng.choice(GIVEN)
        families = [self.rng.choice(FAMILY_BEGINS) + self.rng.choice(FAMILY_ENDS) for _ in range(2)]
        return given, gender, "-".join(families) if self.rng.random() < 0.2 else families[0]


def person(town: Town, number: int) -> list[Resource]:
    """Each refers only to earlier ones and to the directory."""
    life = _Life(town, number)
    found = [*_people(life), *(_followed_up(life) if life.has_team else _referral(life))]
    return [resource | {"meta": resource.get("meta", {}) | {"tag": [TEST_DATA]}} for resource in found]


def _people(life: _Life) -> Iterator[Resource]:
    given, gender, family = life.name()
    born = _birthday(life)
    street = f"{life.rng.choice(STREETS)} {life.rng.randint(1, 120)}"
    told = patient(life.story, given, family, gender, born, life.gp, street)
    yield told | {"identifier": _identifier(life, born, gender, 0)}
    if life.rng.random() < 0.4:
        given, gender, family = life.name()
        kin = related(life.story, "kin", (given, family), gender, born, ("FAMMEMB",), life.since)
        yield kin | {"identifier": _identifier(life, born, gender, 1)}


def _birthday(life: _Life) -> date:
    first = date(life.story.today.year - _OLDEST, 1, 1)
    return first + timedelta(days=life.number * _STRIDE % _BIRTHDAYS)


def _identifier(life: _Life, born: date, gender: str, which: int) -> list[dict[str, str]]:
    """The person's own number, or (`which` 1) that of next of kin, who is nobody else of the town."""
    ordinal = 2 * (life.number // _BIRTHDAYS) + which
    number = identity_number.synthetic(born, 2 * ordinal + (gender == "male"))
    return [{"system": systems.FNR, "value": number}]


def _referral(life: _Life) -> list[Resource]:
    reason = life.rng.choice(REASONS)
    return referral(life.story, life.since, f"PractitionerRole/{life.gp}-role", reason, "Å klare seg selv hjemme.")


def _followed_up(life: _Life) -> Iterator[Resource]:
    yield _team(life)
    yield from decided(life.story, life.since + 5, _referral(life), "Flere tjenester er inne.", "Det blir team.")
    yield from _consents(life)
    goals, activities = list(_goals(life)), list(_activities(life))
    yield from (*goals, *activities)
    yield from _plan(life, goals, activities)
    yield from _conversations(life)
    yield from _messages(life)
    for key in range(life.rng.randint(0, 3)):
        yield observation(life.story, key, life.later(), life.coordinator, life.rng)
    if life.rng.random() < 0.5:
        yield condition(life.story, life.later(), life.rng)


def _team(life: _Life) -> Resource:
    """Between two and seven services beside the person (DOMAIN section 1)."""
    part, outer = Involvement.PART, Layer.OUTER
    others = life.rng.sample(range(STAFF), life.rng.randint(1, 5))
    members = [
        Member(life.story.patient, ("Hovedperson",), life.since),
        Member(life.coordinator, (COORDINATOR,), life.since),
        Member(f"PractitionerRole/{life.gp}-role", (GP,), life.since, involvement=part),
        *(Member(in_role(life.block, who), ("Fagperson",), life.since, layer=outer) for who in others),
    ]
    origin = Category.CONVERTED if life.rng.random() < 0.3 else Category.NEW
    return care_team(life.story, f"Teamet {life.number}", (Category.FULL, origin), life.since, members)


def _consents(life: _Life) -> Iterator[Resource]:
    if life.consents:
        yield consent(life.story, ConsentKind.PLAN, life.since + 6)
    if life.rng.random() < 0.1:
        withheld = (denial(life.story, f"Practitioner/{worker(life.block, NAV)}", InformationKind.HEALTH),)
        yield consent(life.story, ConsentKind.SHARING, life.since + 6, rules=withheld)


def _goals(life: _Life) -> Iterator[Resource]:
    for key in range(life.rng.randint(2, 4)):
        since = life.later()
        yield goal(life.story, str(key), life.rng.choice(GOALS), since, since + 180, *life.labels())


def _activities(life: _Life) -> Iterator[Resource]:
    for key in range(life.rng.randint(2, 4)):
        since, status = life.later(), life.rng.choice(("requested", "in-progress", "in-progress", "completed"))
        what, owner = life.rng.choice(ACTIVITIES), life.someone()
        due = since + life.rng.randint(14, 200)
        yield activity(life.story, str(key), what, owner, since, due, *life.labels(), status=status)


def _plan(life: _Life, goals: list[Resource], activities: list[Resource]) -> Iterator[Resource]:
    planned, kept_elsewhere = life.rng.random() < 18 / 33 / 0.8, life.rng.random() < 0.3
    if life.consents and planned:
        yield care_plan(
            life.story,
            "individual",
            Kind.INDIVIDUAL,
            "Individuell plan",
            life.since + 30,
            400,
            life.coordinator,
            description="Planen er laget sammen med personen.",
            contributors=(life.story.patient,),
            goals=tuple(str(key) for key in range(len(goals))),
            activities=tuple(str(key) for key in range(len(activities))),
        )
    elif kept_elsewhere:
        yield external_plan(life.story, "Ukeplan", life.since + 30, 400, life.coordinator, "Planen ligger hjemme.")


def _conversations(life: _Life) -> Iterator[Resource]:
    """Up to three, a month short of half a year apart, with the same activities."""
    activities = life.rng.sample(SCORED, life.rng.randint(2, len(SCORED)))
    for number in range(1, life.rng.randint(1, 3) + 1):
        on = life.since + 20 + 150 * (number - 1)
        if on >= 0:
            return
        scores = tuple(Score(one.key, one.name, life.rng.randint(0, 10)) for one in activities)
        yield conversation(life.story, number, on, life.coordinator, scores, following=on + 150)


def _messages(life: _Life) -> Iterator[Resource]:
    to = (life.story.patient, life.coordinator)
    for key in range(life.rng.randint(1, 4)):
        sender, text = life.someone(), life.rng.choice(MESSAGES)
        yield communication(life.story, str(key), life.later(), sender, to, text, *life.labels())
    minutes = CommunicationCategory.MINUTES
    yield communication(life.story, "1", life.later(), life.coordinator, to, life.rng.choice(MINUTES), category=minutes)
