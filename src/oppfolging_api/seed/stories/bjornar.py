"""Bjørnar, in his forties, congenital brain injury: four guardians, wishes interpreted, a plan for travel."""

from typing import Any

from oppfolging_api.kernel.vocabulary import (
    CommunicationCategory,
    ConsentKind,
    InformationKind,
    Involvement,
    Layer,
    PlanKind,
)
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.consent import consent
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, care_plan, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role
from oppfolging_api.seed.talk import Score, communication, conversation
from oppfolging_api.seed.team import COORDINATOR, GP, PRIMARY_CONTACT, Member, care_team

_CONTACT = role("contact-bjornar")
_WORKER = role("environmental-worker")
_CASE_HANDLER = role("ke-case-handler")
_PHYSIO = role("physio-helene")
_SPEECH = role("speech-bjornar")

_GUARDIANS = (
    ("sister-economy", "Torunn", "female", 50, 2, "Verge, økonomi"),
    ("brother-health", "Asbjørn", "male", 50, 9, "Verge, helse"),
    ("sister-deputy", "Kari", "female", 40, 8, "Vara for verge, økonomi"),
    ("brother-deputy", "Svein", "male", 30, 5, "Vara for verge, helse"),
)
"""Key, name, gender, decade and month of birth, and what they are guardian for."""


def story(setting: Setting) -> list[Resource]:
    bjornar = setting.about("bjornar")
    born = bjornar.adult(40, 5, 16)
    person = patient(bjornar, "Bjørnar", "Ospemo", "male", born, "gp-eskil", "Solvangveien 2")
    return [
        person,
        *_guardians(bjornar),
        _team(bjornar),
        *_consents(bjornar),
        *_work(bjornar),
        _plan(bjornar),
        _conversation(bjornar),
        *_talk(bjornar),
    ]


def _guardians(bjornar: Story) -> list[Resource]:
    relations = ("SIB", "GUARD")
    return [
        related(bjornar, key, (given, "Ospemo"), gender, bjornar.adult(decade, month, 13), relations, -2000, duty)
        for key, given, gender, decade, month, duty in _GUARDIANS
    ]


def _team(bjornar: Story) -> Resource:
    outer, part, on_request = Layer.OUTER, Involvement.PART, Involvement.ON_REQUEST
    members = [
        Member(bjornar.patient, ("Planeier",), -1200, involvement=part),
        Member(_CONTACT, (COORDINATOR, PRIMARY_CONTACT), -1200),
        Member(bjornar.kin("sister-economy"), ("Verge, økonomi",), -1200, involvement=part),
        Member(bjornar.kin("brother-health"), ("Verge, helse",), -1200, involvement=part),
        Member(bjornar.kin("sister-deputy"), ("Vara for verge, økonomi",), -1200, None, Layer.INFORMED, on_request),
        Member(bjornar.kin("brother-deputy"), ("Vara for verge, helse",), -1200, None, Layer.INFORMED, on_request),
        Member(_WORKER, ("Miljøarbeider",), -1100),
        Member(_CASE_HANDLER, ("Koordinerende enhet",), -1200, involvement=part),
        Member(_PHYSIO, ("Fysioterapeut",), -1000),
        Member(role("ot-hedda"), ("Ergoterapeut",), -1000, layer=outer, involvement=part),
        Member(_SPEECH, ("Logoped",), -700, layer=outer, involvement=part),
        Member(role("habilitation-adviser"), ("Habilitering",), -1200, layer=outer, involvement=part),
        Member(role("neurologist"), ("Nevrolog",), -900, layer=outer, involvement=on_request),
        Member(role("gp-eskil"), (GP,), -1200, layer=outer, involvement=part),
    ]
    return care_team(bjornar, "Laget til Bjørnar", (Category.FULL, Category.CONVERTED), -1200, members)


def _consents(bjornar: Story) -> list[Resource]:
    guardian = bjornar.kin("brother-health")
    return [consent(bjornar, ConsentKind.PLAN, -1150, guardian), consent(bjornar, ConsentKind.SHARING, -1150, guardian)]


def _work(bjornar: Story) -> list[Resource]:
    sister, social, money = bjornar.kin("sister-economy"), InformationKind.SOCIAL, InformationKind.ECONOMY
    heard: dict[str, Any] = {"voice": "interpreted", "by": _CONTACT}
    against = "Verge for økonomi"
    calm = "At Bjørnar har rolige kvelder i leiligheten sin."
    return [
        goal(bjornar, "football", "Jeg vil se laget mitt spille på hjemmebane.", -340, 40, social, **heard),
        goal(bjornar, "travel", "Jeg vil reise til Danmark med båt.", -340, 220, social, disagrees=against, **heard),
        goal(bjornar, "calm", calm, -150, 100, InformationKind.HOUSING, voice="guardian", by=sister),
        activity(bjornar, "match", "Følge på kamp annenhver søndag", _WORKER, -330, 40, social, progress="Tre kamper."),
        activity(
            bjornar,
            "ticket",
            "Regne ut hva reisen koster",
            _CONTACT,
            -90,
            -18,
            money,
            progress="Mangler pris på følge.",
        ),
        activity(bjornar, "chair", "Rullestol som tåler tribunen", role("ot-hedda"), -200, 25, status="accepted"),
        activity(bjornar, "swallow", "Vurdere svelging", _SPEECH, -160, -90, status="completed", result="Tykk drikke."),
        activity(bjornar, "standing", "Stå i stativ tre ganger i uka", _PHYSIO, -300, 60),
        activity(bjornar, "fits", "Kontroll av anfallsmedisin", role("neurologist"), -50, 35, status="requested"),
    ]


def _plan(bjornar: Story) -> Resource:
    guardians = tuple(bjornar.kin(key) for key, *_ in _GUARDIANS[:2])
    return care_plan(
        bjornar,
        "individual",
        PlanKind.INDIVIDUAL,
        "Individuell plan for Bjørnar: fotball og reiser",
        -340,
        190,
        _CONTACT,
        description="Bjørnar kjenner alle spillerne og elsker fart. Han trenger folk som kan lese ja og nei hos ham.",
        notes=(
            "Bjørnar viser med lyd og blikk. Miljøarbeiderne skriver opp hva de ser. Søsknene tar ham med på hytta.",
            "Ett stort møte hvert halvår og små møter imellom. Planen ses på i det store møtet.",
            "Samarbeid: habiliteringen, sykehuset og koordinerende enhet.",
        ),
        contributors=(bjornar.patient, *guardians, bjornar.team),
        goals=("football", "travel", "calm"),
        activities=("match", "ticket", "chair", "swallow", "standing", "fits"),
    )


def _conversation(bjornar: Story) -> Resource:
    scores = (
        Score("a1", "Komme seg på kamp", 5),
        Score("a2", "Velge mat selv", 3),
        Score("a3", "Være med på båttur", 1),
    )
    note = "Tolket av dem som kjenner Bjørnar, ut fra lyd og blikk."
    return conversation(bjornar, 1, -120, _WORKER, scores, following=55, note=note, source=_CONTACT)


def _talk(bjornar: Story) -> list[Resource]:
    economy, health = bjornar.kin("sister-economy"), bjornar.kin("brother-health")
    everyone = (economy, health, _WORKER, _CASE_HANDLER, _PHYSIO, role("habilitation-adviser"))
    minutes_kind, invitation = CommunicationCategory.MINUTES, CommunicationCategory.INVITATION
    large = (
        "Stort møte. Uenighet om Danmark: vergen for økonomi synes det blir for dyrt. Primærkontakten regner på det."
    )
    small = "Lite møte. Svelging er vurdert. Kampene fortsetter."
    too_dear = "En reise til Danmark er mer enn han har råd til i år."
    return [
        communication(bjornar, "1", -150, _CONTACT, everyone, large, category=minutes_kind),
        communication(bjornar, "2", -60, _CONTACT, (_WORKER, _SPEECH, health), small, category=minutes_kind),
        communication(
            bjornar, "3", -6, _CONTACT, everyone, "Stort møte om tre uker. Ta med prisene.", category=invitation
        ),
        communication(bjornar, "1", -88, economy, (_CONTACT,), too_dear, InformationKind.ECONOMY),
        communication(
            bjornar, "2", -20, _CASE_HANDLER, (_CONTACT,), "Koordinerende enhet blir med på det store møtet."
        ),
    ]
