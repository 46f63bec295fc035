"""Words of a synthetic municipality. Family names are put together of two parts, so that few are of anyone alive."""

from typing import Final

from oppfolging_api.seed.talk import Score

GIVEN: Final = (
    ("Aksel", "male"),
    ("Alva", "female"),
    ("Arvid", "male"),
    ("Asbjørn", "male"),
    ("Åse", "female"),
    ("Astrid", "female"),
    ("Bård", "male"),
    ("Birgit", "female"),
    ("Bjørg", "female"),
    ("Dagny", "female"),
    ("Eirik", "male"),
    ("Embla", "female"),
    ("Frøydis", "female"),
    ("Gaute", "male"),
    ("Gunnvor", "female"),
    ("Håkon", "male"),
    ("Idunn", "female"),
    ("Jorunn", "female"),
    ("Kjell", "male"),
    ("Lars", "male"),
    ("Mikkel", "male"),
    ("Nora", "female"),
    ("Oddvar", "male"),
    ("Ragnhild", "female"),
    ("Sæmund", "male"),
    ("Solveig", "female"),
    ("Torstein", "male"),
    ("Unni", "female"),
    ("Vegard", "male"),
    ("Ylva", "female"),
)
FAMILY_BEGINS: Final = (
    "Alm", "Berg", "Bjørk", "Brekk", "Dal", "Eik", "Elv", "Fager", "Fjell", "Foss", "Furu", "Gran", "Grøn", "Hav",
    "Hegg", "Holm", "Høg", "Kvit", "Lang", "Lind", "Lyng", "Myr", "Nes", "Nord", "Osp", "Raud", "Sel", "Sjø", "Skog",
    "Sol", "Stein", "Storm", "Sund", "Tind", "Torv", "Vass", "Vår", "Vind", "Ør", "Åker",
)  # fmt: skip
FAMILY_ENDS: Final = (
    "bakken", "botn", "brå", "bygd", "fonn", "gard", "glenne", "grend", "haug", "hamar", "kleiv", "lia", "løkk",
    "moen", "mork", "rud", "rygg", "sletta", "stad", "stranda", "sæter", "tangen", "tun", "tveit", "vang", "vik",
    "vold", "våg", "ødegård", "åsen",
)  # fmt: skip
STREETS: Final = ("Bakkevegen", "Elvegata", "Fjordgata", "Kyrkjevegen", "Skuleveien", "Strandgata", "Torget", "Åsvegen")
GOALS: Final = (
    "Jeg vil gå til butikken og hjem igjen uten hjelp.",
    "Jeg vil sove gjennom natta.",
    "Jeg vil tilbake på jobb to dager i uka.",
    "Jeg vil lage middag selv.",
    "Jeg vil møte vennene mine hver uke.",
    "Jeg vil ha oversikt over regningene.",
    "Jeg vil klare trappa hjemme.",
)
ACTIVITIES: Final = (
    "Trening to ganger i uka",
    "Samtale annenhver uke",
    "Gå gjennom økonomien",
    "Legemiddelgjennomgang",
    "Følge til aktivitetssenteret",
    "Hjemmebesøk",
    "Avklare hjelpemidler",
)
REASONS: Final = (
    "Langvarig sykdom og flere tjenester inne. Klarer ikke hverdagen alene.",
    "Uforutsette innleggelser, og ingen som har oversikt.",
    "Sammensatte behov over lang tid; skole og helse må samarbeide.",
    "Mange legemidler og nedsatt helse etter slag.",
)
MESSAGES: Final = (
    "Ny time er satt opp til uka.",
    "Det går bedre nå, vi fortsetter som avtalt.",
    "Kan vi ta et møte før ferien?",
    "Hjelpemiddelet er kommet.",
    "Han var ikke hjemme på tirsdag. Jeg ringer i morgen.",
)
MINUTES: Final = (
    "Vi var fire. Tiltakene fortsetter. Nytt møte om tre måneder.",
    "Kort møte. Ansvaret for trening er flyttet. Ingen dato avtalt.",
)
SCORED: Final = (
    Score("a1", "Gå til butikken", 0),
    Score("a2", "Sove om natta", 0),
    Score("a3", "Lage middag", 0),
    Score("a4", "Være sammen med andre", 0),
    Score("a5", "Gå i trapper", 0),
)
CONDITIONS: Final = ("Hjerneslag", "Diabetes type 2", "Depresjon", "Medfødt hjerneskade", "Kols")
