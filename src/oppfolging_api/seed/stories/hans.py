"""Hans, in his sixties, cognitive decline after a stroke: his daughter believed there was a plan, and there is none.

What she and the coordinator agree on before a hard talk is labelled third-party, so that he does not read it first.
"""

from oppfolging_api.kernel.vocabulary import CommunicationCategory, ConsentKind, InformationKind, Involvement, Layer
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role
from oppfolging_api.seed.talk import communication, referral
from oppfolging_api.seed.team import COORDINATOR, GP, PRIMARY_CONTACT, Member, care_team

_CONTACT = role("contact-hans")
_FORMER = role("former-contact-hans")
_MEMORY = role("memory-nurse")
_DOCTOR = role("gp-arne")
_NAV = role("nav-adviser-tindoy")


def story(setting: Setting) -> list[Resource]:
    hans = setting.about("hans")
    return [
        *_people(hans),
        *_report(hans),
        _team(hans),
        consent(hans, ConsentKind.SHARING, -600),
        *_work(hans),
        *_talk(hans),
    ]


def _people(hans: Story) -> list[Resource]:
    born, daughter_born, guardian_born = hans.adult(60, 2, 9), hans.adult(30, 4, 21), hans.adult(50, 12, 5)
    return [
        patient(hans, "Hans", "Krattvoll", "male", born, "gp-arne", "Fyrveien 30"),
        related(hans, "daughter", ("Kristin", "Krattvoll"), "female", daughter_born, ("DAUC",), -9000),
        related(hans, "guardian", ("Oddvar", "Tjeldsjø"), "male", guardian_born, ("GUARD",), -500, "Verge, økonomi"),
    ]


def _report(hans: Story) -> list[Resource]:
    """Not decided yet."""
    reason = "Jeg trodde far hadde en individuell plan. Det finnes ingen. Kan noen hjelpe oss å lage en?"
    return referral(
        hans,
        -6,
        hans.kin("daughter"),
        reason,
        "Far vil bo hjemme og holde på med garnene sine.",
        consent_to_share=False,
    )


def _team(hans: Story) -> Resource:
    outer, on_request = Layer.OUTER, Involvement.ON_REQUEST
    members = [
        Member(hans.patient, ("Hovedperson",), -620, involvement=Involvement.PART),
        Member(_FORMER, (COORDINATOR, PRIMARY_CONTACT), -620, -92),
        Member(_CONTACT, (COORDINATOR, PRIMARY_CONTACT), -91),
        Member(hans.kin("daughter"), ("Pårørende",), -620),
        Member(hans.kin("guardian"), ("Verge, økonomi",), -500, layer=outer, involvement=on_request),
        Member(_MEMORY, ("Hukommelsesteam",), -600),
        Member(role("nurse-hans"), ("Hjemmesykepleier",), -620),
        Member(role("home-help"), ("Hjemmehjelp",), -580, layer=Layer.INFORMED, involvement=Involvement.INFORMED),
        Member(_DOCTOR, (GP,), -620, layer=outer, involvement=Involvement.YEARLY),
        Member(role("ot-aslaug"), ("Ergoterapeut",), -550, layer=outer, involvement=on_request),
        Member(role("physio-day"), ("Fysioterapeut",), -620, layer=outer, involvement=on_request),
        Member(role("day-centre-leader"), ("Dagsenter",), -300, layer=outer, involvement=Involvement.PART),
        Member(_NAV, ("NAV-veileder",), -480, layer=outer, involvement=on_request),
        Member(role("rehab-adviser"), ("Rehabiliteringsrådgiver",), -620, -400, outer, on_request),
    ]
    return care_team(hans, "Teamet rundt Hans", (Category.FULL, Category.CONVERTED), -620, members)


def _work(hans: Story) -> list[Resource]:
    memory, driving = "Kontroll av hukommelsen", "Samtale med Hans om bilkjøring"
    return [
        goal(hans, "home", "Jeg vil bo i huset mitt.", -500, 250, InformationKind.HOUSING),
        goal(
            hans,
            "safe",
            "At far er trygg når han er alene om kvelden.",
            -85,
            120,
            voice="next-of-kin",
            by=hans.kin("daughter"),
        ),
        activity(hans, "day", "Dagsenter to dager i uka", role("day-centre-leader"), -300, 60, progress="Trives."),
        activity(hans, "stove", "Komfyrvakt", role("ot-aslaug"), -120, -30, progress="Bestilt, ikke montert."),
        activity(hans, "memory", memory, _MEMORY, -200, -150, status="completed", result="Noe dårligere enn i fjor."),
        activity(hans, "driving", driving, _CONTACT, -20, 10, InformationKind.THIRD_PARTY, status="accepted"),
        activity(hans, "money", "Avtale om faste trekk med vergen", _NAV, -90, -5, InformationKind.ECONOMY),
    ]


def _talk(hans: Story) -> list[Resource]:
    handed_over = "Wenche tar over. Hun ringer Hans hver mandag, Kristin får svar innen to dager. Møte hvert kvartal."
    believed = "Hvor finner jeg planen til far? Jeg har trodd at det fantes en."
    none = "Det er ikke laget noen individuell plan. Jeg har sagt fra om at dere ønsker det."
    aligned = "Kristin og jeg er enige om hva vi sier om bilen. Hans skal høre det av oss, ikke lese det."
    daughter = hans.kin("daughter")
    return [
        communication(hans, "1", -92, _FORMER, (_CONTACT, hans.patient, daughter), handed_over),
        communication(hans, "2", -10, daughter, (_CONTACT,), believed),
        communication(hans, "3", -9, _CONTACT, (daughter,), none),
        communication(hans, "4", -8, _CONTACT, (_MEMORY, _DOCTOR), aligned, InformationKind.THIRD_PARTY),
        communication(
            hans,
            "1",
            -85,
            _CONTACT,
            (hans.patient, daughter, _MEMORY),
            "Avklart hva vi venter av hverandre. Komfyrvakt og dagsenter. Neste møte om tre måneder.",
            category=CommunicationCategory.MINUTES,
        ),
        communication(
            hans,
            "money",
            -30,
            _NAV,
            (hans.kin("guardian"),),
            "Strøm og husleie kan trekkes fast. Vi trenger din underskrift.",
            InformationKind.ECONOMY,
        ),
    ]
