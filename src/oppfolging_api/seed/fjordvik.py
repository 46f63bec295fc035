"""Fjordvik, code 9901: its services, those who work there, and the teams A to E."""

from typing import Final

from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.vocabulary import ServiceType
from oppfolging_api.seed.directory import GENERAL_PRACTITIONER, Place, Professional, Service, persona
from oppfolging_api.seed.setting import Persona, Setting
from oppfolging_api.seed.stories import berit, bjornar, helene, ole, pia

UNIT: Final = "fjordvik-ke"

SERVICES: Final = (
    Service("fjordvik", "Fjordvik kommune", ServiceType.MUNICIPALITY, 31010001),
    Service(UNIT, "Koordinerende enhet i Fjordvik", ServiceType.COORDINATING_UNIT, 31010002, "fjordvik"),
    Service("brygga-gp", "Brygga legesenter", ServiceType.GP_OFFICE, 31010004),
    Service("tyttebaer-kindergarten", "Tyttebær barnehage", ServiceType.KINDERGARTEN, 31010005, "fjordvik"),
    Service("lia-school", "Lia skole", ServiceType.SCHOOL, 31010006, "fjordvik"),
    Service("ness-upper-secondary", "Ness videregående skole", ServiceType.SCHOOL, 31010007),
    Service("fjordvik-ppt", "PPT i Fjordvik", ServiceType.PPT, 31010008, "fjordvik"),
    Service("county-ppt", "Fylkets PPT", ServiceType.PPT, 31010009),
    Service("fjordvik-rehab", "Fysio-, ergo- og logopedtjenesten", ServiceType.REHABILITATION, 31010010, "fjordvik"),
    Service("fjordvik-home-care", "Hjemmetjenesten i Fjordvik", ServiceType.HOME_CARE, 31010011, "fjordvik"),
    Service("fjordvik-mental-health", "Psykisk helsetjeneste", ServiceType.MENTAL_HEALTH, 31010012, "fjordvik"),
    Service("fjordvik-family", "Barne- og familietjenesten", ServiceType.OTHER, 31010013, "fjordvik"),
    Service("family-counselling", "Familievernkontoret", ServiceType.OTHER, 31010014),
    Service("fjordvik-health-centre", "Helsestasjon og skolehelse", ServiceType.PUBLIC_HEALTH, 31010015, "fjordvik"),
    Service("healthy-life-centre", "Frisklivssentralen", ServiceType.OTHER, 31010016, "fjordvik"),
    Service("nav-fjordvik", "NAV Fjordvik", ServiceType.NAV, 31010018),
    Service("fjord-hospital", "Fjordkysten sykehus", ServiceType.HOSPITAL, 31010019),
    Service("fjord-hospital-youth", "Avdeling for barn og unge", ServiceType.HOSPITAL, 31010021, "fjord-hospital"),
    Service("habilitation", "Habiliteringstjenesten", ServiceType.HOSPITAL, 31010022, "fjord-hospital"),
    Service("fjord-dps", "Fjordkysten DPS", ServiceType.DPS, 31010023, "fjord-hospital"),
    Service("solvang-housing", "Solvang bofellesskap", ServiceType.HOUSING, 31010024, "fjordvik"),
    Service("fjordvik-emergency", "Fjordvik legevakt", ServiceType.OTHER, 31010025, "fjordvik"),
)

KE_LEADER: Final = Professional("ke-leader-fjordvik", "Ragnhild", "Vindheia", "Leder", UNIT, "9901001", "SP")
REHAB_LEADER: Final = Professional(
    "rehab-leader-fjordvik", "Gjermund", "Eikvam", "Leder", "fjordvik-rehab", "9901002", "FT"
)
OLES_COORDINATOR: Final = Professional(
    "special-teacher-ole", "Synnøve", "Fjærvoll", "Spesialpedagog", "tyttebaer-kindergarten"
)
OLES_PHYSIO: Final = Professional("physio-ole", "Ylva", "Granstø", "Fysioterapeut", "fjordvik-rehab", "9901003", "FT")
GP: Final = Professional("gp-tuva", "Tuva", "Myrtangen", GENERAL_PRACTITIONER, "brygga-gp", "9901004", "LE")

STAFF: Final = (
    KE_LEADER,
    REHAB_LEADER,
    OLES_COORDINATOR,
    OLES_PHYSIO,
    GP,
    Professional("ke-case-handler", "Amund", "Solgry", "Saksbehandler", UNIT, "9901005", "VP"),
    Professional("gp-eskil", "Eskil", "Lauvkil", GENERAL_PRACTITIONER, "brygga-gp", "9901006", "LE"),
    Professional("assistant-ole", "Jorid", "Steinbråt", "Assistent", "tyttebaer-kindergarten"),
    Professional("nurse-ole", "Borghild", "Havgløtt", "Helsesykepleier", "fjordvik-health-centre", "9901007", "SP"),
    Professional("ot-hedda", "Hedda", "Krattmo", "Ergoterapeut", "fjordvik-rehab", "9901008", "ET"),
    Professional("ppt-adviser", "Torbjørn", "Skodvang", "PP-rådgiver", "fjordvik-ppt"),
    Professional("nav-adviser", "Liv", "Ospedal", "NAV-veileder", "nav-fjordvik"),
    Professional("paediatrician", "Einar", "Bølgenes", "Barnelege", "fjord-hospital", "9901009", "LE"),
    Professional("habilitation-adviser", "Marit", "Tindgard", "Vernepleier", "habilitation", "9901010", "VP"),
    Professional("emergency-doctor", "Sunniva", "Rimvoll", "Legevaktslege", "fjordvik-emergency", "9901011", "LE"),
    Professional("emergency-nurse", "Kåre", "Nattlyng", "Sykepleier", "fjordvik-emergency", "9901012", "SP"),
    Professional("physio-pia", "Sigbjørn", "Lyngsund", "Fysioterapeut", "fjordvik-rehab", "9901013", "FT"),
    Professional("nurse-pia", "Anlaug", "Brekkestø", "Helsesykepleier", "fjordvik-health-centre", "9901014", "SP"),
    Professional("special-teacher-pia", "Vetle", "Hegreli", "Spesialpedagog", "lia-school"),
    Professional("principal-pia", "Gudveig", "Furusjø", "Rektor", "lia-school"),
    Professional("social-educator-pia", "Iselin", "Torvmo", "Vernepleier", "lia-school", "9901015", "VP"),
    Professional("speech-pia", "Halvard", "Siljebø", "Logoped", "fjordvik-ppt"),
    Professional("school-nurse", "Ragna", "Kvitelv", "Helsesykepleier", "fjordvik-health-centre", "9901016", "SP"),
    Professional("child-coordinator", "Ingebjørg", "Sjøgren-Vik", "Barnekoordinator", "fjordvik-family"),
    Professional("physio-helene", "Marte", "Havbrå", "Fysioterapeut", "fjordvik-rehab", "9901017", "FT"),
    Professional("dietitian", "Oddny", "Vasslia", "Ernæringsfysiolog", "healthy-life-centre", "9901018", "KE"),
    Professional("home-care-nurse", "Terje", "Myrdokk", "Sykepleier", "fjordvik-home-care", "9901019", "SP"),
    Professional("youth-doctor", "Fredrik", "Skarpnes", "Overlege", "fjord-hospital-youth", "9901020", "LE"),
    Professional(
        "psychiatric-nurse", "Astri", "Holmgry", "Psykiatrisk sykepleier", "fjordvik-mental-health", "9901021", "SP"
    ),
    Professional("family-therapist", "Nils", "Bjørkevåg", "Familieterapeut", "fjordvik-family"),
    Professional("family-counsellor", "Turid", "Selheia", "Familierådgiver", "family-counselling"),
    Professional("dps-psychologist", "Håvard", "Isgard", "Psykolog", "fjord-dps", "9901022", "PS"),
    Professional("healthy-life-coach", "Silje", "Rundtind", "Frisklivsveileder", "healthy-life-centre"),
    Professional("contact-bjornar", "Roar", "Hestmyr", "Primærkontakt", "solvang-housing", "9901023", "VP"),
    Professional("environmental-worker", "Bente", "Åslykkje", "Miljøarbeider", "solvang-housing"),
    Professional("speech-bjornar", "Eldbjørg", "Vårsol", "Logoped", "fjordvik-rehab"),
    Professional("neurologist", "Øystein", "Frostvik", "Nevrolog", "fjord-hospital", "9901024", "LE"),
)


def _personas(setting: Setting) -> list[Persona]:
    return [
        persona(Role.COORDINATING_UNIT, KE_LEADER, SERVICES, "leads the coordinating unit in Fjordvik"),
        persona(Role.LEADER, REHAB_LEADER, SERVICES, "leads physio, occupational and speech therapy"),
        persona(
            Role.COORDINATOR, OLES_COORDINATOR, SERVICES, "coordinates Ole's team; special teacher in kindergarten"
        ),
        persona(Role.TEAM, OLES_PHYSIO, SERVICES, "Ole's physiotherapist, his coordinator before"),
        persona(Role.REFERRER, GP, SERVICES, "GP of Ole and of Berit, whom she referred"),
        Persona(Role.PERSON, "ole-mother", None, None, ole.mothers_number(setting), "Ole's mother"),
        Persona(Role.SYSTEM, "journal-fjordvik", None, SERVICES[0].number, None, "the municipality's journal system"),
    ]


PLACE: Final = Place(
    "9901",
    "Fjordvik",
    UNIT,
    SERVICES,
    STAFF,
    (ole.story, pia.story, helene.story, berit.story, bjornar.story),
    _personas,
)
