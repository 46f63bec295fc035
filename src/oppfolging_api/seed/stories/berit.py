"""Berit, in her thirties, mental health: small meetings, NAV met separately and told nothing of her health.

The individual plan is postponed; she wants a week plan and keeps it herself.
"""

from oppfolging_api.kernel.vocabulary import (
    CommunicationCategory,
    ConsentKind,
    InformationKind,
    Involvement,
    Layer,
    PlanKind,
)
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent, denial
from oppfolging_api.seed.people import patient
from oppfolging_api.seed.plan import activity, external_plan, goal, plan_not_made
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import Score, communication, conversation, decided, referral
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team

_COORDINATOR = role("psychiatric-nurse")
_DOCTOR = role("gp-tuva")
_NAV = role("nav-adviser")
_FAMILY = role("family-therapist")
_COACH = role("healthy-life-coach")
_MENTAL = InformationKind.MENTAL_HEALTH
_ECONOMY = InformationKind.ECONOMY


def story(setting: Setting) -> list[Resource]:
    berit = setting.about("berit")
    person = patient(berit, "Berit", "Lyngkleiv", "female", berit.adult(30, 12, 1), "gp-tuva", "Strandgata 9")
    return [
        person,
        _team(berit),
        *_referral(berit),
        _sharing(berit),
        *_work(berit),
        *_plans(berit),
        _conversation(berit),
        *_talk(berit),
    ]


def _referral(berit: Story) -> list[Resource]:
    reason = "Langvarig psykisk sykdom, to små barn, seks tjenester inne. Klarer ikke hverdagen alene."
    sent = referral(berit, -320, _DOCTOR, reason, "Hun vil ha få folk rundt bordet.", _MENTAL)
    why = "Seks tjenester inne, små barn i huset og sykdom over lang tid."
    answer = (
        "Meldingen er vurdert. Berit får oppfølgingsteam med psykiatrisk sykepleier som koordinator, slik hun ønsket."
    )
    return decided(berit, -300, sent, why, answer)


def _team(berit: Story) -> Resource:
    outer, part, on_request = Layer.OUTER, Involvement.PART, Involvement.ON_REQUEST
    members = [
        Member(berit.patient, ("Hovedperson",), -298),
        Member(_COORDINATOR, (COORDINATOR, "Psykiatrisk sykepleier"), -298),
        Member(_DOCTOR, (GP,), -298, involvement=part),
        Member(role("dps-psychologist"), ("Psykolog ved DPS",), -280, layer=outer, involvement=on_request),
        Member(_FAMILY, ("Barne- og familietjenesten",), -270, layer=outer, involvement=part),
        Member(role("family-counsellor"), ("Familierådgiver",), -200, layer=outer, involvement=on_request),
        Member(role("ppt-adviser"), ("PP-rådgiver",), -150, layer=outer, involvement=on_request),
        Member(_COACH, ("Frisklivsveileder",), -160, layer=outer, involvement=part),
        Member(role("dietitian"), ("Ernæringsfysiolog",), -120, layer=outer, involvement=on_request),
        Member(_NAV, ("NAV-veileder, møtes for seg",), -250, layer=outer, involvement=on_request),
    ]
    return care_team(berit, "Teamet rundt Berit", (Category.FULL, Category.NEW), -298, members)


def _sharing(berit: Story) -> Resource:
    withheld = (denial(berit, service("nav-fjordvik"), InformationKind.HEALTH),)
    return consent(berit, ConsentKind.SHARING, -290, rules=withheld)


def _work(berit: Story) -> list[Resource]:
    return [
        goal(berit, "mornings", "Jeg vil stå opp og følge barna på skolen.", -170, 30, _MENTAL),
        goal(berit, "body", "Jeg vil kjenne kroppen min igjen.", -160, 100),
        goal(berit, "money", "Jeg vil slippe å være redd for posten.", -150, 90, _ECONOMY),
        activity(
            berit, "call", "Telefon hver morgen klokka sju", _COORDINATOR, -170, 30, _MENTAL, progress="Fire av fem."
        ),
        activity(berit, "sleep", "Samtaler om søvn", role("dps-psychologist"), -150, -12, _MENTAL),
        activity(berit, "group", "Turgruppe", _COACH, -155, -60, status="completed", result="Går fast på onsdager."),
        activity(berit, "children", "Familiesamtale med barna", _FAMILY, -90, 15, InformationKind.THIRD_PARTY),
        activity(berit, "debt", "Gå gjennom regningene", _NAV, -140, -20, _ECONOMY, progress="To møter holdt."),
        activity(berit, "work", "Avklare arbeidsevne", _NAV, -30, 60, InformationKind.WORK, status="requested"),
    ]


def _plans(berit: Story) -> list[Resource]:
    explained = "Hva en individuell plan er og hvem som ser den. Berit vil vente og ha en ukeplan nå."
    where = "Ukeplanen står i boka til Berit. Hun tar den med når vi møtes."
    return [
        plan_not_made(berit, "postponed", "on-hold", -280, explained, 45),
        external_plan(berit, "Ukeplan", -170, 180, _COORDINATOR, where, PlanKind.WEEK),
    ]


def _conversation(berit: Story) -> Resource:
    scores = (
        Score("a1", "Følge barna på skolen", 3),
        Score("a2", "Åpne posten", 1),
        Score("a3", "Være på butikken når det er mange der", 2),
    )
    return conversation(berit, 1, -172, _COORDINATOR, scores, _MENTAL, following=4)


def _talk(berit: Story) -> list[Resource]:
    present = (berit.patient, _DOCTOR)
    minutes = "Vi var tre. Berit snakket først. Morgentelefonen fortsetter. Nytt møte om en måned."
    apart = "Møte med NAV for seg selv på torsdag. Koordinator er med om Berit vil."
    doubt = "Jeg er usikker på NAV i teamet. De trenger ikke vite alt om helsa mi."
    return [
        communication(berit, "1", -292, berit.patient, (_COORDINATOR,), doubt, _MENTAL),
        communication(berit, "1", -28, _COORDINATOR, present, minutes, _MENTAL, category=CommunicationCategory.MINUTES),
        communication(berit, "2", -7, _COORDINATOR, (berit.patient, _NAV), apart, _ECONOMY),
        communication(berit, "3", -4, role("dps-psychologist"), (_COORDINATOR,), "Hun sover bedre nå.", _MENTAL),
    ]
