"""Bjørg, in her seventies, diabetes, strokes and a wound: a light team whose minutes are its plan."""

from oppfolging_api.kernel.vocabulary import CommunicationCategory, Involvement, Layer
from oppfolging_api.kernel.vocabulary import TeamCategory as Category
from oppfolging_api.seed.people import patient, related
from oppfolging_api.seed.plan import activity, goal
from oppfolging_api.seed.setting import Resource, Setting, Story, role, service
from oppfolging_api.seed.talk import Score, communication, conversation
from oppfolging_api.seed.team import COORDINATOR, GP, PRIMARY_CONTACT, Member, care_team

_CONTACT = role("contact-bjorg")
_DOCTOR = role("gp-arne")
_PHYSIO = role("physio-day")


def story(setting: Setting) -> list[Resource]:
    bjorg = setting.about("bjorg")
    return [*_people(bjorg), _team(bjorg), *_work(bjorg), *_conversations(bjorg), *_minutes(bjorg)]


def _people(bjorg: Story) -> list[Resource]:
    born, son_born = bjorg.adult(70, 11, 30), bjorg.adult(40, 6, 17)
    return [
        patient(bjorg, "Bjørg", "Nattelid", "female", born, "gp-arne", "Prestvegen 12", language="nn"),
        related(bjorg, "son", ("Leiv", "Nattelid"), "male", son_born, ("SONC",), -9000),
    ]


def _team(bjorg: Story) -> Resource:
    """For three weeks home care of another municipality looked after her."""
    outer, on_request = Layer.OUTER, Involvement.ON_REQUEST
    away = service("holmsund-home-care")
    members = [
        Member(bjorg.patient, ("Hovudperson",), -420),
        Member(_CONTACT, (COORDINATOR, PRIMARY_CONTACT), -420),
        Member(_DOCTOR, (GP,), -420, involvement=Involvement.PART),
        Member(bjorg.kin("son"), ("Pårørande",), -420, layer=outer, involvement=on_request),
        Member(_PHYSIO, ("Fysioterapeut",), -400, layer=outer, involvement=on_request),
        Member(role("ot-aslaug"), ("Ergoterapeut",), -400, layer=outer, involvement=on_request),
        Member(service("island-hospital"), ("Sårpoliklinikk",), -210, layer=outer, involvement=Involvement.INFORMED),
        Member(away, ("Mellombels heimesjukepleie",), -70, -50, layer=outer, involvement=on_request),
    ]
    return care_team(bjorg, "Laget kring Bjørg", (Category.LIGHT, Category.NEW), -420, members)


def _work(bjorg: Story) -> list[Resource]:
    hospital = service("island-hospital")
    return [
        goal(bjorg, "church", "Eg vil kome meg i kyrkja på søndagane.", -190, 100),
        activity(bjorg, "wound", "Sårstell tre gonger i veka", _CONTACT, -210, 40, progress="Såret minkar."),
        activity(bjorg, "clinic", "Kontroll på sårpoliklinikken", hospital, -60, 10, status="requested"),
        activity(bjorg, "shoes", "Spesialsko", role("ot-aslaug"), -100, -20, progress="Har tinga, ventar på levering."),
        activity(
            bjorg,
            "away",
            "Heimesjukepleie hos sonen i Holmsund i tre veker",
            service("holmsund-home-care"),
            -80,
            -50,
            status="completed",
            result="Ho kom heim som avtalt, såret var stelt.",
        ),
        activity(bjorg, "card", "Ark på kjøleskapet med bilete og telefonnummer til Magnhild", _CONTACT, -15, 7),
    ]


def _conversations(bjorg: Story) -> list[Resource]:
    church, coffee, stairs = "Gå i kyrkja", "Koke kaffi til gjester", "Gå i trappa"
    first = (Score("a1", church, 4), Score("a2", coffee, 6), Score("a3", stairs, 3))
    second = (Score("a1", church, 3), Score("a2", coffee, 6), Score("a3", stairs, 1))
    return [
        conversation(bjorg, 1, -370, _CONTACT, first, following=-195),
        conversation(bjorg, 2, -190, _CONTACT, second, following=-12, note="Vondare i foten i haust."),
    ]


def _minutes(bjorg: Story) -> list[Resource]:
    """The journal suffices: there is no individual plan."""
    present = (bjorg.patient, _DOCTOR)
    first = "Legemiddelgjennomgang. Magnhild er kontakten til Bjørg. Journalen er nok, ho treng ingen plan."
    second = "Legemiddelgjennomgang. Insulinet er endra. Sårstell held fram. Leiv får vite det når Bjørg seier ja."
    before = "Bjørg kjem til sonen i tre veker. Sårstell måndag, onsdag og fredag. Medisinlista ligg ved."
    named = "Bjørg hugsar ikkje namn. Ho vil ha bilete av meg og telefonnummeret på papir."
    return [
        communication(bjorg, "1", -370, _CONTACT, present, first, category=CommunicationCategory.MINUTES),
        communication(bjorg, "2", -190, _CONTACT, present, second, category=CommunicationCategory.MINUTES),
        communication(bjorg, "1", -75, _CONTACT, (service("holmsund-home-care"),), before),
        communication(bjorg, "2", -15, _CONTACT, (_PHYSIO, role("ot-aslaug")), named),
    ]
