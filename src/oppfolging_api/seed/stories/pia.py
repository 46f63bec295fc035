"""Pia, in primary school, congenital genetic condition: four coordinators, each handed over; IOP and no IP."""

from oppfolging_api.kernel.vocabulary import CommunicationCategory, ConsentKind, InformationKind, Involvement, Layer
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, external_plan, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role
from oppfolging_api.seed.talk import communication
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team

_NURSE = role("nurse-pia")
_TEACHER = role("special-teacher-pia")
_PRINCIPAL = role("principal-pia")
_PHYSIO = role("physio-pia")
_SPEECH = role("speech-pia")
_SCHOOL = InformationKind.SCHOOL


def story(setting: Setting) -> list[Resource]:
    pia = setting.about("pia")
    sharing = consent(pia, ConsentKind.SHARING, -1480, pia.kin("father"))
    return [*_people(pia), _team(pia), sharing, *_work(pia), *_handovers(pia), *_talk(pia)]


def _people(pia: Story) -> list[Resource]:
    mother, father = ("Elisabeth", "Bølgevik"), ("Morten", "Bølgevik")
    return [
        patient(pia, "Pia", "Bølgevik", "female", pia.child(9, 6, 2), "gp-eskil", "Skolebakken 21"),
        related(pia, "mother", mother, "female", pia.adult(40, 10, 10), ("MTH",), -2900),
        related(pia, "father", father, "male", pia.adult(40, 5, 25), ("FTH",), -2900),
    ]


def _team(pia: Story) -> Resource:
    outer, part, on_request = Layer.OUTER, Involvement.PART, Involvement.ON_REQUEST
    members = [
        Member(pia.patient, ("Hovedperson",), -1500, layer=outer, involvement=part),
        Member(pia.kin("mother"), ("Mor",), -1500),
        Member(pia.kin("father"), ("Far",), -1500),
        Member(_NURSE, (COORDINATOR, "Helsesykepleier"), -1500, -1101),
        Member(_TEACHER, (COORDINATOR,), -1100, -751),
        Member(_PRINCIPAL, (COORDINATOR, "Rektor"), -750, -401),
        Member(_PHYSIO, (COORDINATOR, "Fysioterapeut"), -400),
        Member(_TEACHER, ("Spesialpedagog",), -1100),
        Member(role("social-educator-pia"), ("Vernepleier",), -1000),
        Member(role("ot-hedda"), ("Ergoterapeut",), -1300, layer=outer, involvement=part),
        Member(_SPEECH, ("Logoped",), -900, layer=outer, involvement=part),
        Member(role("ppt-adviser"), ("PP-rådgiver",), -1200, layer=outer, involvement=Involvement.YEARLY),
        Member(role("school-nurse"), ("Skolehelsetjenesten",), -1090, layer=outer, involvement=on_request),
        Member(role("gp-eskil"), (GP,), -1500, layer=outer, involvement=on_request),
        Member(role("nav-adviser"), ("NAV-veileder",), -800, layer=Layer.INFORMED, involvement=Involvement.INFORMED),
    ]
    return care_team(pia, "Teamet rundt Pia", (Category.FULL, Category.CONVERTED), -1500, members)


def _work(pia: Story) -> list[Resource]:
    aids = InformationKind.ECONOMY
    where = "IOP for skoleåret ligger i skolens mappe hos Lia skole. Familien vil ikke ha en plan til."
    return [
        goal(pia, "swim", "Jeg vil svømme med klassen.", -300, 60, _SCHOOL),
        goal(pia, "talk", "Jeg vil at de andre skal forstå hva jeg sier.", -300, 150, voice="interpreted", by=_TEACHER),
        activity(pia, "pool", "Følge Pia i svømmehallen", role("social-educator-pia"), -90, 60, _SCHOOL),
        activity(pia, "tablet", "Talemaskin", _SPEECH, -150, -15, progress="Prøver den tredje nå."),
        activity(pia, "shoes", "Nye skinner til sko", _PHYSIO, -120, -40, status="completed", result="Passer godt."),
        activity(pia, "strength", "Styrketrening i gymtimen", _PHYSIO, -60, 30, progress="To ganger i uka."),
        activity(pia, "car", "Søke om stønad til bil", role("nav-adviser"), -40, 50, aids, status="accepted"),
        external_plan(pia, "IOP ved Lia skole", -100, 210, _TEACHER, where),
    ]


def _handovers(pia: Story) -> list[Resource]:
    parents = (pia.kin("mother"), pia.kin("father"))
    return [
        communication(pia, "1", -1101, _NURSE, (_TEACHER, *parents), "Pia begynner på skolen. Vetle tar over."),
        communication(pia, "2", -751, _TEACHER, (_PRINCIPAL, *parents), "Gudveig tar over. Bytt ikke møtedag nå."),
        communication(
            pia, "3", -401, _PRINCIPAL, (_PHYSIO, *parents), "Sigbjørn tar over. Talemaskin er ikke avklart."
        ),
    ]


def _talk(pia: Story) -> list[Resource]:
    present = (pia.kin("mother"), _TEACHER, _SPEECH)
    minutes = "Talemaskin prøves til jul. Svømming med klassen fra neste uke. Nytt møte om et halvt år."
    ask = "Kan vi slippe å fortelle alt på nytt hver gang noen bytter?"
    return [
        communication(pia, "1", -95, _PHYSIO, present, minutes, category=CommunicationCategory.MINUTES),
        communication(pia, "4", -399, pia.kin("mother"), (_PHYSIO,), ask),
        communication(pia, "5", -12, _SPEECH, (_PHYSIO,), "Den nye talemaskinen virker bedre ute enn inne."),
    ]
