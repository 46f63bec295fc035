"""Jan, in his fifties, acquired brain injury: an active plan, PSFS at every medication review, home care by message."""

from oppfolging_api.kernel.vocabulary import CommunicationCategory, ConsentKind, Involvement, Layer, PlanKind
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent
from oppfolging_api.seed.people import identity, patient, related
from oppfolging_api.seed.plan import activity, care_plan, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import Score, communication, conversation, decided, referral
from oppfolging_api.seed.team import COORDINATOR, GP, Member, care_team

_COORDINATOR = role("physio-jan")
_NURSE = role("nurse-jan")
_DOCTOR = role("gp-arne")


def number(setting: Setting) -> str:
    """Jan's identity number."""
    return identity(setting.adult(50, 3, 11), "male")[0]["value"]


def story(setting: Setting) -> list[Resource]:
    jan = setting.about("jan")
    return [*_people(jan), _team(jan), *_referral(jan), *_plan(jan), *_conversations(jan), *_messages(jan)]


def _people(jan: Story) -> list[Resource]:
    born, wife_born = jan.adult(50, 3, 11), jan.adult(50, 8, 2)
    return [
        patient(jan, "Jan", "Havrekil", "male", born, "gp-arne", "Naustveien 4"),
        related(jan, "wife", ("Randi", "Havrekil"), "female", wife_born, ("WIFE",), -7000),
    ]


def _referral(jan: Story) -> list[Resource]:
    reason = "Hjerneskade etter fall. Får hjelp av fem tjenester som ikke vet om hverandre."
    sent = referral(jan, -760, _DOCTOR, reason, "Jan vil klare butikken og turene på egen hånd igjen.")
    why = "Fem tjenester over lang tid, og Jan ønsker fysioterapeuten som koordinator."
    answer = "Meldingen er vurdert. Jan får oppfølgingsteam, og fysioterapeuten blir koordinator."
    return decided(jan, -745, sent, why, answer)


def _team(jan: Story) -> Resource:
    outer, on_request = Layer.OUTER, Involvement.ON_REQUEST
    members = [
        Member(jan.patient, ("Planeier",), -740),
        Member(_COORDINATOR, (COORDINATOR, "Fysioterapeut"), -740),
        Member(jan.kin("wife"), ("Pårørende",), -740, involvement=Involvement.PART),
        Member(_NURSE, ("Sykepleier i hjemmetjenesten",), -740),
        Member(role("ot-aslaug"), ("Ergoterapeut",), -735),
        Member(role("speech-therapist"), ("Logoped",), -600, -120),
        Member(_DOCTOR, (GP,), -740, layer=outer, involvement=Involvement.PART),
        Member(role("gp-nurse"), ("Sykepleier på legekontoret",), -700, layer=outer, involvement=Involvement.PART),
        Member(role("stroke-doctor"), ("Lege på sykehuset",), -740, layer=outer, involvement=on_request),
        Member(role("rehab-adviser"), ("Rehabiliteringsrådgiver",), -500, layer=outer, involvement=Involvement.YEARLY),
    ]
    return care_team(jan, "Teamet rundt Jan", (Category.FULL, Category.NEW), -740, members)


def _plan(jan: Story) -> list[Resource]:
    plan = care_plan(
        jan,
        "individual",
        PlanKind.INDIVIDUAL,
        "Individuell plan for Jan",
        -700,
        200,
        _COORDINATOR,
        description="Jan kan mye om båt og motor og har godt humør. Han trenger ro, faste avtaler og påminnelser.",
        notes=(
            ("kin-part", "Jan øver hver dag og skriver i boka. Randi blir med på turer og minner om avtaler."),
            ("revision", "Planen ses på etter hver legemiddelgjennomgang, senest hvert halvår."),
            (
                "cooperation",
                "Samarbeid: fastlegen melder fra til koordinator når medisiner endres. Havblikk vurderer nytt opphold.",
            ),
        ),
        review=60,
        contributors=(jan.patient, jan.kin("wife"), jan.team),
        goals=("shop", "walk", "boat"),
        activities=("list", "walks", "dosette", "review", "boat", "group"),
    )
    return [consent(jan, ConsentKind.PLAN, -738), consent(jan, ConsentKind.SHARING, -738), *_goals(jan), plan]


def _goals(jan: Story) -> list[Resource]:
    return [
        goal(
            jan,
            "shop",
            "Jeg vil handle i butikken alene.",
            -700,
            60,
            psfs=("a1", "Handle i butikken", 8),
            achieved="improving",
        ),
        goal(
            jan,
            "walk",
            "Jeg vil gå til naustet og hjem igjen uten å hvile.",
            -700,
            30,
            psfs=("a2", "Gå til naustet", 8),
            achieved="improving",
        ),
        goal(jan, "boat", "Jeg vil bli med på sjøen til sommeren.", -170, 200),
        activity(
            jan,
            "list",
            "Lage handleliste med bilder",
            role("ot-aslaug"),
            -650,
            -500,
            status="completed",
            result="I bruk",
        ),
        activity(jan, "walks", "Gå til naustet tre ganger i uka", jan.patient, -170, 30, progress="Klarer to av tre."),
        activity(jan, "dosette", "Fylle dosett og ringe hver morgen", _NURSE, -400, 20),
        activity(jan, "review", "Legemiddelgjennomgang", _DOCTOR, -190, -8, progress="Venter på svar fra sykehuset."),
        activity(jan, "boat", "Prøve redningsvest og stige på brygga", _COORDINATOR, -60, 90, status="accepted"),
        activity(jan, "group", "Plass i balansegruppe", service("tindoy-rehab"), -25, 14, status="requested"),
    ]


def _conversations(jan: Story) -> list[Resource]:
    shop, walk, phone = "Handle i butikken", "Gå til naustet", "Snakke i telefonen"
    read, boat = "Lese avisa", "Komme om bord i båten"
    first = (Score("a1", shop, 3), Score("a2", walk, 2), Score("a3", phone, 4), Score("a4", read, 5))
    second = (Score("a1", shop, 4), Score("a2", walk, 3), Score("a3", phone, 4), Score("a4", read, 5))
    third = (Score("a1", shop, 6), Score("a2", walk, 6), Score("a3", phone, 7), Score("a5", boat, 1))
    return [
        conversation(jan, 1, -520, _COORDINATOR, first, following=-350),
        conversation(jan, 2, -350, _COORDINATOR, second, following=-175, note="Sliten etter ny medisin."),
        conversation(jan, 3, -175, _COORDINATOR, third, following=5, note="Lesing er greit nå; båten er viktigere."),
    ]


def _messages(jan: Story) -> list[Resource]:
    present = (jan.patient, jan.kin("wife"), _NURSE, role("ot-aslaug"))
    minutes = "Enige om å øve på butikken på tirsdager. Hjemmetjenesten ringer om morgenen. Nytt møte om fire måneder."
    return [
        communication(jan, "1", -28, _NURSE, (_COORDINATOR,), "Jan var svimmel i dag tidlig. Vi lot ham hvile."),
        communication(jan, "2", -27, _COORDINATOR, (_NURSE, _DOCTOR), "Takk. Kan fastlegen se på blodtrykksmedisinen?"),
        communication(jan, "3", -3, _NURSE, (_COORDINATOR,), "Bedre nå. Han gikk til naustet i går."),
        communication(jan, "1", -60, _COORDINATOR, present, minutes, category=CommunicationCategory.MINUTES),
    ]
