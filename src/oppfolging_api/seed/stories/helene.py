"""Helene, a teenager, exhaustion: the municipality's first child coordinator; her mother declines an individual plan.

Her mother distrusts the hospital department, which is told nothing but that there is a team. The municipality's PPT
stays with Helene past the age where the county's would take over.
"""

from oppfolging_api.kernel.vocabulary import (
    CommunicationCategory,
    ConsentKind,
    InformationKind,
    Involvement,
    Layer,
)
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent, denial
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, external_plan, goal, plan_not_made
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import communication, decided, referral
from oppfolging_api.seed.team import CHILD_COORDINATOR, GP, Member, care_team

_COORDINATOR = role("child-coordinator")
_ADVISER = role("ppt-adviser")
_PHYSIO = role("physio-helene")
_DIETITIAN = role("dietitian")
_SCHOOL = InformationKind.SCHOOL


def story(setting: Setting) -> list[Resource]:
    helene = setting.about("helene")
    return [
        *_people(helene),
        _team(helene),
        *_referral(helene),
        _sharing(helene),
        *_work(helene),
        *_plans(helene),
        *_talk(helene),
    ]


def _people(helene: Story) -> list[Resource]:
    mother_born = helene.adult(40, 3, 30)
    return [
        patient(helene, "Helene", "Skjærgry", "female", helene.child(17, 4, 8), "gp-eskil", "Fjellveien 17"),
        related(helene, "mother", ("Grethe", "Skjærgry"), "female", mother_born, ("MTH",), -5900),
    ]


def _referral(helene: Story) -> list[Resource]:
    reason = "Helene er utmattet og har vært borte fra skolen siden jul. Jeg klarer ikke å holde i alle trådene."
    sent = referral(helene, -520, helene.kin("mother"), reason, "Helene vil møte venninnene sine igjen.")
    why = "Borte fra skolen siden jul, og mor holder i alle trådene."
    answer = "Dere har rett til barnekoordinator. Ingebjørg ringer på mandag."
    return decided(helene, -505, sent, why, answer)


def _team(helene: Story) -> Resource:
    outer, on_request, doctor = Layer.OUTER, Involvement.ON_REQUEST, role("youth-doctor")
    members = [
        Member(helene.patient, ("Hovedperson",), -500, involvement=Involvement.PART),
        Member(helene.kin("mother"), ("Mor",), -500),
        Member(_COORDINATOR, (CHILD_COORDINATOR,), -500),
        Member(_ADVISER, ("PP-rådgiver",), -480),
        Member(_PHYSIO, ("Fysioterapeut",), -450),
        Member(_DIETITIAN, ("Ernæringsfysiolog",), -300, layer=outer, involvement=Involvement.PART),
        Member(role("home-care-nurse"), ("Hjemmesykepleier på tilkalling",), -260, layer=outer, involvement=on_request),
        Member(role("gp-eskil"), (GP,), -500, layer=outer, involvement=Involvement.PART),
        Member(doctor, ("Lege på sykehuset",), -500, layer=Layer.INFORMED, involvement=Involvement.INFORMED),
    ]
    return care_team(helene, "Teamet rundt Helene", (Category.FULL, Category.NEW), -500, members)


def _sharing(helene: Story) -> Resource:
    kinds = (InformationKind.HEALTH, InformationKind.SCHOOL, InformationKind.SOCIAL)
    withheld = (denial(helene, service("fjord-hospital-youth"), *kinds),)
    return consent(helene, ConsentKind.SHARING, -495, helene.kin("mother"), withheld)


def _work(helene: Story) -> list[Resource]:
    social, nurse, fed = InformationKind.SOCIAL, role("home-care-nurse"), "Spiser frokost fem dager i uka."
    return [
        goal(
            helene,
            "friends",
            "Jeg vil være med venninnene mine en time uten å betale for det etterpå.",
            -300,
            60,
            social,
        ),
        goal(helene, "school", "Jeg vil ta ett fag om gangen.", -200, 180, _SCHOOL),
        activity(helene, "energy", "Lage ukeoversikt over krefter", _PHYSIO, -280, 25, progress="Bruker farger."),
        activity(helene, "food", "Små måltider", _DIETITIAN, -290, -100, status="completed", result=fed),
        activity(
            helene, "subject", "Ett fag hjemmefra", _ADVISER, -190, -6, _SCHOOL, progress="Skolen har ikke svart."
        ),
        activity(helene, "drip", "Væske hjemme når hun er på det dårligste", nurse, -250, 120, status="accepted"),
        activity(helene, "walk", "Gå til postkassa annenhver dag", helene.patient, -40, 20),
    ]


def _plans(helene: Story) -> list[Resource]:
    explained = "Hva en individuell plan er, at den er frivillig og kan lages senere. Mor stoler på IOP fra skolen."
    where = "IOP ligger hos Ness videregående skole. Barnekoordinator har ikke kopi."
    return [
        plan_not_made(helene, "declined", "revoked", -490, explained, 120),
        external_plan(helene, "IOP ved Ness videregående skole", -110, 200, _ADVISER, where),
    ]


def _talk(helene: Story) -> list[Resource]:
    mother = helene.kin("mother")
    present = (mother, helene.patient, _ADVISER, _PHYSIO)
    stays = "Kommunens PPT følger Helene videre på videregående, i stedet for fylkets. Hun slipper å begynne på nytt."
    minutes = "Vi går sakte fram. PPT snakker med skolen om ett fag. Nytt møte om seks uker."
    distrust = "Jeg vil ikke at avdelingen på sykehuset skal få vite mer enn de må."
    return [
        communication(helene, "1", -470, mother, (_COORDINATOR,), distrust),
        communication(helene, "2", -130, _ADVISER, (_COORDINATOR, mother), stays, _SCHOOL),
        communication(helene, "1", -35, _COORDINATOR, present, minutes, category=CommunicationCategory.MINUTES),
        communication(
            helene, "3", -5, _COORDINATOR, (helene.patient,), "Vil du være med på neste møte, eller ringe inn?"
        ),
    ]
