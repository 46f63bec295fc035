"""Tindøy, code 9902: its services, those who work there, and the teams F to I."""

from typing import Final

from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.vocabulary import ServiceType
from oppfolging_api.seed.directory import GENERAL_PRACTITIONER, Place, Professional, Service, persona
from oppfolging_api.seed.setting import Persona, Setting
from oppfolging_api.seed.stories import bjorg, hans, jan, natalie

UNIT: Final = "tindoy-ke"

SERVICES: Final = (
    Service("tindoy", "Tindøy kommune", ServiceType.MUNICIPALITY, 31020001),
    Service(UNIT, "Koordinerende enhet i Tindøy", ServiceType.COORDINATING_UNIT, 31020002, "tindoy"),
    Service("moloen-gp", "Moloen legekontor", ServiceType.GP_OFFICE, 31020003),
    Service("nordtind-gp", "Nordtind legekontor", ServiceType.GP_OFFICE, 31020004, "tindoy"),
    Service("tindoy-rehab", "Rehabiliteringstjenesten i Tindøy", ServiceType.REHABILITATION, 31020005, "tindoy"),
    Service("tindoy-home-care", "Hjemmetjenesten i Tindøy", ServiceType.HOME_CARE, 31020006, "tindoy"),
    Service("tindoy-mental-health", "Psykisk helse og rus", ServiceType.MENTAL_HEALTH, 31020007, "tindoy"),
    Service("tindoy-memory", "Hukommelsesteamet", ServiceType.OTHER, 31020008, "tindoy"),
    Service("tindoy-day-centre", "Strandtun dagsenter", ServiceType.OTHER, 31020009, "tindoy"),
    Service("tindoy-child-welfare", "Barneverntjenesten i Tindøy", ServiceType.CHILD_WELFARE, 31020010, "tindoy"),
    Service("tindoy-family", "Barne- og familieteamet", ServiceType.OTHER, 31020011, "tindoy"),
    Service("tindoy-introduction", "Introduksjonstjenesten", ServiceType.OTHER, 31020012, "tindoy"),
    Service("nav-tindoy", "NAV Tindøy", ServiceType.NAV, 31020013),
    Service("island-hospital", "Øyriket sykehus", ServiceType.HOSPITAL, 31020015),
    Service("havblikk-rehab", "Havblikk rehabiliteringssenter", ServiceType.REHABILITATION, 31020016),
    Service("holmsund-home-care", "Hjemmetjenesten i Holmsund kommune", ServiceType.HOME_CARE, 31020017),
)

KE_LEADER: Final = Professional("ke-leader-tindoy", "Solveig", "Havlyng", "Leder", UNIT, "9902001", "SP")
REHAB_LEADER: Final = Professional(
    "rehab-leader-tindoy", "Brynjar", "Tangvoll", "Leder", "tindoy-rehab", "9902002", "ET"
)
JANS_COORDINATOR: Final = Professional(
    "physio-jan", "Tore", "Skogbråt", "Fysioterapeut", "tindoy-rehab", "9902003", "FT"
)
JANS_NURSE: Final = Professional("nurse-jan", "Gunnvor", "Lysmyr", "Sykepleier", "tindoy-home-care", "9902004", "SP")
GP: Final = Professional("gp-arne", "Arne", "Fjellglimt", GENERAL_PRACTITIONER, "moloen-gp", "9902005", "LE")

STAFF: Final = (
    KE_LEADER,
    REHAB_LEADER,
    JANS_COORDINATOR,
    JANS_NURSE,
    GP,
    Professional("nurse-hans", "Laila", "Gressvær", "Sykepleier", "tindoy-home-care", "9902028", "SP"),
    Professional("gp-nurse", "Unni", "Sandskjær", "Sykepleier på legekontoret", "moloen-gp", "9902006", "SP"),
    Professional("ot-aslaug", "Aslaug", "Rødtind", "Ergoterapeut", "tindoy-rehab", "9902007", "ET"),
    Professional("speech-therapist", "Kjetil", "Båresund", "Logoped", "tindoy-rehab"),
    Professional("stroke-doctor", "Vigdis", "Myggvær", "Overlege", "island-hospital", "9902008", "LE"),
    Professional("rehab-adviser", "Ottar", "Skumvik", "Rehabiliteringsrådgiver", "havblikk-rehab", "9902009", "FT"),
    Professional("cancer-coordinator", "Else", "Vårkil", "Kreftkoordinator", "tindoy-home-care", "9902010", "SP"),
    Professional("gp-vilde", "Vilde", "Kobbnes", GENERAL_PRACTITIONER, "nordtind-gp", "9902011", "LE", -1400, -901),
    Professional("gp-paal", "Pål", "Gråhei", GENERAL_PRACTITIONER, "nordtind-gp", "9902012", "LE", -900, -701),
    Professional("gp-ingvild", "Ingvild", "Stormo", GENERAL_PRACTITIONER, "nordtind-gp", "9902013", "LE", -700, -551),
    Professional("gp-oskar", "Oskar", "Vintermyr", GENERAL_PRACTITIONER, "nordtind-gp", "9902014", "LE", -550, -381),
    Professional("gp-runa", "Runa", "Silvær", GENERAL_PRACTITIONER, "nordtind-gp", "9902015", "LE", -380, -171),
    Professional("gp-signe", "Signe", "Dønnevåg", GENERAL_PRACTITIONER, "nordtind-gp", "9902016", "LE", -170),
    Professional("physio-nina", "Nina", "Krokskjær", "Fysioterapeut", "tindoy-rehab", "9902017", "FT", -1500, -801),
    Professional("physio-ada", "Ada", "Molvik", "Fysioterapeut", "tindoy-rehab", "9902018", "FT", -800, -501),
    Professional("physio-kim", "Kim", "Tareholm", "Fysioterapeut", "tindoy-rehab", "9902019", "FT", -500, -221),
    Professional("physio-lea", "Lea", "Nordskott", "Fysioterapeut", "tindoy-rehab", "9902020", "FT", -220),
    Professional("introduction-adviser", "Jarle", "Hildrevoll", "Programrådgiver", "tindoy-introduction"),
    Professional("child-welfare-adviser", "Maren", "Stillevik", "Kontaktperson", "tindoy-child-welfare"),
    Professional("family-therapist-tindoy", "Geir", "Sundlykkje", "Familieterapeut", "tindoy-family"),
    Professional(
        "environmental-therapist", "Hilde", "Lyngvær", "Miljøterapeut", "tindoy-mental-health", "9902021", "VP"
    ),
    Professional("nav-adviser-tindoy", "Steinar", "Kvalsteg", "NAV-veileder", "nav-tindoy"),
    Professional("orthopaedist", "Cecilie", "Blånes", "Overlege", "island-hospital", "9902022", "LE"),
    Professional(
        "contact-hans", "Wenche", "Tiriltun", "Psykisk helsearbeider", "tindoy-mental-health", "9902023", "VP"
    ),
    Professional(
        "former-contact-hans", "Trond", "Gløttvik", "Sykepleier", "tindoy-mental-health", "9902024", "SP", -2000, -91
    ),
    Professional("memory-nurse", "Åshild", "Minnesund-Lie", "Sykepleier", "tindoy-memory", "9902025", "SP"),
    Professional("physio-day", "Jostein", "Steglund", "Fysioterapeut", "tindoy-rehab", "9902026", "FT"),
    Professional("day-centre-leader", "Ruth", "Solbåe", "Leder for dagsenteret", "tindoy-day-centre"),
    Professional("home-help", "Inger", "Kaffegard", "Hjemmehjelp", "tindoy-home-care"),
    Professional(
        "contact-bjorg",
        "Magnhild",
        "Rosevær",
        "Helsefagarbeider",
        "tindoy-home-care",
        "9902027",
        "HF",
        phone="+47 00 01 00 09",
    ),
)


def _personas(setting: Setting) -> list[Persona]:
    return [
        persona(Role.COORDINATING_UNIT, KE_LEADER, SERVICES, "leads the coordinating unit in Tindøy"),
        persona(Role.LEADER, REHAB_LEADER, SERVICES, "leads the rehabilitation service"),
        persona(Role.COORDINATOR, JANS_COORDINATOR, SERVICES, "coordinates Jan's team; his physiotherapist"),
        persona(Role.TEAM, JANS_NURSE, SERVICES, "nurse in home care on Jan's team"),
        persona(Role.REFERRER, GP, SERVICES, "GP of Jan, whom he referred"),
        Persona(Role.PERSON, "jan", None, None, jan.number(setting), "Jan himself"),
        Persona(Role.SYSTEM, "journal-tindoy", None, SERVICES[0].number, None, "the municipality's journal system"),
    ]


PLACE: Final = Place(
    "9902", "Tindøy", UNIT, SERVICES, STAFF, (jan.story, natalie.story, hans.story, bjorg.story), _personas
)
