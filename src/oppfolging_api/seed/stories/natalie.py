"""Natalie, in her fifties, musculoskeletal illness: an interpreter at every meeting, six GPs and four physiotherapists.

What child welfare does for her children is about third parties and is labelled so.
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
from oppfolging_api.seed.plan import activity, care_plan, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import communication
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team

_COORDINATOR = role("cancer-coordinator")
_PHYSIO = role("physio-lea")
_CHILD_WELFARE = role("child-welfare-adviser")
_NAV = role("nav-adviser-tindoy")
_CHILDREN = (InformationKind.CHILD_WELFARE, InformationKind.THIRD_PARTY)

_DOCTORS = (
    ("gp-vilde", -1090, -901),
    ("gp-paal", -900, -701),
    ("gp-ingvild", -700, -551),
    ("gp-oskar", -550, -381),
    ("gp-runa", -380, -171),
    ("gp-signe", -170, None),
)
_PHYSIOS = (
    ("physio-nina", -1080, -801),
    ("physio-ada", -800, -501),
    ("physio-kim", -500, -221),
    ("physio-lea", -220, None),
)
"""Three years: who, from and to."""


def story(setting: Setting) -> list[Resource]:
    natalie = setting.about("natalie")
    born = natalie.adult(50, 7, 19)
    person = patient(natalie, "Natalie", "Oradivo", "female", born, "gp-signe", "Tindgata 8", "ar", interpreter=True)
    return [person, _team(natalie), *_consents(natalie), *_work(natalie), _plan(natalie), *_talk(natalie)]


def _team(natalie: Story) -> Resource:
    outer, on_request = Layer.OUTER, Involvement.ON_REQUEST
    members = [
        Member(natalie.patient, ("Planeier",), -1090),
        Member(_COORDINATOR, (COORDINATOR, "Kreftkoordinator"), -1090),
        *(Member(role(who), (GP,), since, until, outer, Involvement.PART) for who, since, until in _DOCTORS),
        *(Member(role(who), ("Fysioterapeut",), since, until) for who, since, until in _PHYSIOS),
        Member(role("environmental-therapist"), ("Miljøterapeut",), -800),
        Member(_CHILD_WELFARE, ("Kontaktperson i barneverntjenesten",), -700, layer=outer, involvement=on_request),
        Member(role("family-therapist-tindoy"), ("Familieterapeut",), -690, layer=outer, involvement=Involvement.PART),
        Member(role("introduction-adviser"), ("Programrådgiver",), -1090, layer=outer, involvement=Involvement.PART),
        Member(role("orthopaedist"), ("Lege på sykehuset",), -950, layer=outer, involvement=on_request),
        Member(_NAV, ("NAV-veileder",), -600, layer=outer, involvement=Involvement.PART),
    ]
    return care_team(natalie, "Teamet rundt Natalie", (Category.FULL, Category.NEW), -1090, members)


def _consents(natalie: Story) -> list[Resource]:
    """NAV and the introduction services are told nothing of her children."""
    withheld = (
        denial(natalie, service("nav-tindoy"), *_CHILDREN),
        denial(natalie, service("tindoy-introduction"), *_CHILDREN),
    )
    return [consent(natalie, ConsentKind.PLAN, -1060), consent(natalie, ConsentKind.SHARING, -690, rules=withheld)]


def _work(natalie: Story) -> list[Resource]:
    answered = "Tid er satt opp."
    return [
        goal(natalie, "stairs", "Jeg vil gå opp trappene hjemme uten å stoppe.", -200, 90),
        goal(natalie, "norwegian", "Jeg vil snakke med legen selv.", -200, 300, InformationKind.SCHOOL),
        goal(natalie, "evenings", "Jeg vil at kveldene med barna skal være rolige.", -200, 120, *_CHILDREN),
        activity(natalie, "exercise", "Ti minutter øvelser hver dag", natalie.patient, -200, 15, progress="Fem dager."),
        activity(natalie, "pool", "Trening i varmtvannsbasseng", _PHYSIO, -150, -14, progress="Venter på drosje."),
        activity(natalie, "hand", "Røntgen av hånd", role("gp-signe"), -90, -40, status="completed", result=answered),
        activity(natalie, "course", "Norskkurs to dager i uka", role("introduction-adviser"), -180, 45),
        activity(natalie, "money", "Søke om arbeidsavklaringspenger", _NAV, -45, -2, InformationKind.ECONOMY),
        activity(natalie, "visits", "Støttekontakt for barna på onsdager", _CHILD_WELFARE, -160, 20, *_CHILDREN),
    ]


def _plan(natalie: Story) -> Resource:
    return care_plan(
        natalie,
        "individual",
        PlanKind.INDIVIDUAL,
        "Individuell plan for Natalie",
        -200,
        165,
        _COORDINATOR,
        description="Natalie er sydame og gir seg ikke. Hun trenger tolk, små steg og de samme folkene over tid.",
        notes=(
            "Natalie gjør øvelsene sine og sier fra når det blir for mye.",
            "Planen ses på hver tredje måned, med tolk.",
            "Samarbeid: fastlegekontoret sier fra til koordinator når det kommer ny lege.",
        ),
        contributors=(natalie.patient, natalie.team),
        goals=("stairs", "norwegian", "evenings"),
        activities=("exercise", "pool", "hand", "course", "money", "visits"),
    )


def _talk(natalie: Story) -> list[Resource]:
    minutes, invitation = CommunicationCategory.MINUTES, CommunicationCategory.INVITATION
    present = (natalie.patient, _PHYSIO, role("environmental-therapist"))
    new_doctor = "Natalie har fått ny fastlege igjen, den sjette. Kan du lese planen før hun kommer på mandag?"
    alone = "Barna er med på onsdagsgruppa nå. Yngste sover bedre."
    return [
        communication(natalie, "1", -168, _COORDINATOR, (role("gp-signe"),), new_doctor),
        communication(
            natalie, "1", -62, _COORDINATOR, present, "Med tolk. Ett steg om gangen: bassenget først.", category=minutes
        ),
        communication(
            natalie, "2", -20, _COORDINATOR, present, "Med tolk. Drosje ordnes før neste møte.", category=minutes
        ),
        communication(
            natalie, "3", -4, _COORDINATOR, present, "Møte torsdag om to uker. Tolk er bestilt.", category=invitation
        ),
        communication(natalie, "children", -33, _CHILD_WELFARE, (_COORDINATOR,), alone, *_CHILDREN),
    ]
