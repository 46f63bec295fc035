"""Ole, in kindergarten, congenital brain injury: school and health share the plan; a crisis plan for the nights.

Emergency staff whom the family approved beforehand may read the crisis plan. The speech therapist is still to be found.
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
from oppfolging_api.seed.consent import consent, reader
from oppfolging_api.seed.people import identity, patient, related
from oppfolging_api.seed.plan import activity, care_plan, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import communication
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team, vacancy

_COORDINATOR = role("special-teacher-ole")
_PHYSIO = role("physio-ole")
_NURSE = role("nurse-ole")
_ADVISER = role("ppt-adviser")
_SCHOOL = InformationKind.SCHOOL


def mothers_number(setting: Setting) -> str:
    """The identity number of Ole's mother."""
    return identity(setting.adult(30, 9, 23), "female")[0]["value"]


def story(setting: Setting) -> list[Resource]:
    ole = setting.about("ole")
    return [*_people(ole), _team(ole), *_consents(ole), *_goals(ole), *_activities(ole), *_plans(ole), *_talk(ole)]


def _people(ole: Story) -> list[Resource]:
    mother, father = ("Marianne", "Tåkeli"), ("Anders", "Tåkeli")
    return [
        patient(ole, "Ole", "Tåkeli", "male", ole.child(5, 3, 14), "gp-tuva", "Tåkeveien 3"),
        related(ole, "mother", mother, "female", ole.adult(30, 9, 23), ("MTH",), -1600),
        related(ole, "father", father, "male", ole.adult(30, 1, 28), ("FTH",), -1600),
    ]


def _team(ole: Story) -> Resource:
    outer, part, on_request = Layer.OUTER, Involvement.PART, Involvement.ON_REQUEST
    members = [
        Member(ole.patient, ("Planeier",), -900, layer=outer, involvement=on_request),
        Member(ole.kin("mother"), ("Mor",), -900),
        Member(ole.kin("father"), ("Far",), -900, involvement=part),
        Member(_PHYSIO, (COORDINATOR,), -900, -301),
        Member(_COORDINATOR, (COORDINATOR, "Spesialpedagog"), -300),
        Member(_PHYSIO, ("Fysioterapeut",), -900),
        Member(role("ot-hedda"), ("Ergoterapeut",), -850),
        Member(role("assistant-ole"), ("Assistent",), -700),
        Member(_NURSE, ("Helsesykepleier",), -900, layer=outer, involvement=part),
        Member(_ADVISER, ("PP-rådgiver",), -600, layer=outer, involvement=part),
        Member(role("gp-tuva"), (GP,), -900, layer=outer, involvement=Involvement.YEARLY),
        Member(role("paediatrician"), ("Barnelege",), -900, layer=outer, involvement=on_request),
        Member(role("habilitation-adviser"), ("Habilitering",), -800, layer=outer, involvement=Involvement.YEARLY),
        Member(role("nav-adviser"), ("NAV-veileder",), -500, layer=Layer.INFORMED, involvement=Involvement.INFORMED),
    ]
    categories = (Category.FULL, Category.CONVERTED)
    return care_team(ole, "Teamet rundt Ole", categories, -900, members, [vacancy(ole, "Logoped", -180)])


def _consents(ole: Story) -> list[Resource]:
    readers = (reader(ole, "Practitioner/emergency-doctor"), reader(ole, "Practitioner/emergency-nurse"))
    mother = ole.kin("mother")
    return [
        consent(ole, ConsentKind.PLAN, -880, mother),
        consent(ole, ConsentKind.SHARING, -880, mother),
        consent(ole, ConsentKind.EMERGENCY, -400, mother, readers),
    ]


def _goals(ole: Story) -> list[Resource]:
    mother = ole.kin("mother")
    return [
        goal(ole, "play", "Jeg vil leke med Sander ute.", -290, 75, voice="interpreted", by=_COORDINATOR),
        goal(ole, "sit", "At Ole kan sitte ved bordet sammen med oss.", -290, 120, voice="next-of-kin", by=mother),
        goal(
            ole, "school", "At Ole kjenner skolen før han begynner.", -60, 300, _SCHOOL, voice="next-of-kin", by=mother
        ),
    ]


def _activities(ole: Story) -> list[Resource]:
    kindergarten, speech = service("tyttebaer-kindergarten"), service("fjordvik-rehab")
    return [
        activity(
            ole, "chair", "Tilpasse stol", role("ot-hedda"), -280, -200, status="completed", result="Stolen passer."
        ),
        activity(
            ole, "stretch", "Tøye og stå i stativ hver dag", role("assistant-ole"), -280, 75, progress="Går fint."
        ),
        activity(ole, "signs", "Tegn til tale i samlingsstund", _COORDINATOR, -200, 60, _SCHOOL),
        activity(ole, "speech", "Finne logoped til Ole", speech, -180, -30, status="requested"),
        activity(ole, "move", "Flytte til ny avdeling i barnehagen", kindergarten, -45, 75, _SCHOOL, status="accepted"),
        activity(ole, "visit", "Sakkyndig vurdering før skolestart", _ADVISER, -30, 240, _SCHOOL, status="accepted"),
        activity(ole, "allowance", "Søke om hjelpestønad", role("nav-adviser"), -100, -10, InformationKind.ECONOMY),
        activity(ole, "nights", "Se over smertelindring om natten", role("paediatrician"), -70, 20),
    ]


def _plans(ole: Story) -> list[Resource]:
    mother = ole.kin("mother")
    individual = care_plan(
        ole,
        "individual",
        PlanKind.INDIVIDUAL,
        "Individuell plan for Ole",
        -290,
        240,
        _COORDINATOR,
        description="Ole er nysgjerrig og ler mye. Han trenger tid, hvile og voksne som kjenner tegnene hans.",
        notes=(
            "Skolen skriver om barnehage og skole. Helse skriver om trening, hjelpemidler og netter.",
            ("kin-part", "Ole viser med blikket hva han vil. Foreldrene tøyer hjemme og følger til kontroller."),
            ("cooperation", "Planen ses på i mars og september. Samarbeid: sykehuset, habiliteringen og PPT."),
        ),
        review=110,
        contributors=(mother, ole.kin("father"), ole.team),
        goals=("play", "sit", "school"),
        activities=("chair", "stretch", "signs", "speech", "move", "visit", "allowance", "nights"),
    )
    crisis = care_plan(
        ole,
        "crisis",
        PlanKind.CRISIS,
        "Kriseplan for Ole: smerter om natten",
        -280,
        240,
        _NURSE,
        description="Ole kan våkne med sterke smerter. Hold ham oppreist mot brystet og snakk rolig.",
        notes=(
            "Gi smertestillende etter skjemaet på kjøleskapet. Ring legevakten hvis det ikke virker på en halv time.",
            "Mor og far vil være med i rommet hele tiden.",
        ),
        contributors=(mother, ole.kin("father")),
        part_of="individual",
    )
    return [individual, *_parts(ole), crisis]


def _parts(ole: Story) -> list[Resource]:
    """Each service answers for its own part of what the plan gathers."""
    school = care_plan(
        ole,
        "school",
        PlanKind.FOLLOW_UP,
        "Barnehage og skole",
        -290,
        240,
        service("tyttebaer-kindergarten"),
        description="Ole lærer best i små grupper, med tegn og bilder.",
        goals=("school",),
        activities=("signs", "move", "visit"),
        part_of="individual",
        tells=(_SCHOOL,),
    )
    health = care_plan(
        ole,
        "health",
        PlanKind.FOLLOW_UP,
        "Trening, hjelpemidler og netter",
        -290,
        240,
        _PHYSIO,
        description="Ole trenger å stå hver dag, og hvile etterpå.",
        activities=("chair", "stretch", "nights"),
        part_of="individual",
        tells=(InformationKind.HEALTH,),
    )
    return [school, health]


def _talk(ole: Story) -> list[Resource]:
    mother = ole.kin("mother")
    present = (mother, _PHYSIO, role("ot-hedda"), role("assistant-ole"))
    handed_over = "Synnøve tar over som koordinator. Hun ringer hver fredag. Jeg er fortsatt med som fysioterapeut."
    agenda = "Forslag til saker: nettene, ny avdeling, logoped. Er det noe dere vil ta opp eller la være?"
    minutes = "Ny avdeling fra høsten. Rehabiliteringstjenesten leter etter logoped. Barnelegen ser på nettene."
    invited = "Møtet er onsdag klokka 14 i barnehagen. Sakene er de vi ble enige om."
    minutes_kind, invitation = CommunicationCategory.MINUTES, CommunicationCategory.INVITATION
    return [
        communication(ole, "1", -301, _PHYSIO, (_COORDINATOR, mother), handed_over),
        communication(ole, "1", -70, _COORDINATOR, present, minutes, category=minutes_kind),
        communication(ole, "2", -9, _COORDINATOR, (mother,), agenda),
        communication(ole, "2", -2, _COORDINATOR, present, invited, category=invitation),
        communication(ole, "3", -1, mother, (_COORDINATOR,), "To vonde netter. Kriseplanen virket."),
    ]
