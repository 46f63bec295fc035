"""The services of a synthetic municipality and those who work there."""

from collections.abc import Iterator
from random import Random
from typing import Final

from oppfolging_api.generate.names import FAMILY_BEGINS, FAMILY_ENDS, GIVEN
from oppfolging_api.generate.town import LOADS, NAME, UNIT, Town
from oppfolging_api.kernel import identity_number
from oppfolging_api.kernel.vocabulary import ServiceType
from oppfolging_api.seed.directory import GENERAL_PRACTITIONER, Professional, Service, directory
from oppfolging_api.seed.setting import Resource, role

_MUNICIPALITY: Final = "kommune"
_SERVICES: Final = (
    (_MUNICIPALITY, f"{NAME} kommune", ServiceType.MUNICIPALITY, False),
    (UNIT, f"Koordinerende enhet i {NAME}", ServiceType.COORDINATING_UNIT, True),
    ("home-care", "Hjemmetjenesten", ServiceType.HOME_CARE, True),
    ("mental-health", "Psykisk helsetjeneste", ServiceType.MENTAL_HEALTH, True),
    ("rehab", "Fysio- og ergoterapitjenesten", ServiceType.REHABILITATION, True),
    ("housing", "Bofellesskapet", ServiceType.HOUSING, True),
    ("health-centre", "Helsestasjonen", ServiceType.PUBLIC_HEALTH, True),
    ("school", "Skolen", ServiceType.SCHOOL, True),
    ("ppt", "PPT", ServiceType.PPT, True),
    ("nav", f"NAV {NAME}", ServiceType.NAV, False),
    ("hospital", "Sykehuset", ServiceType.HOSPITAL, False),
)
"""Id, name, type, and whether it is part of the municipality."""
_BLOCKS_A_GP_OFFICE: Final = 4
_FIRST_STEM: Final = 32_000_000
_FIRST_HPR: Final = 9_800_000

_COORDINATORS: Final = (
    ("home-care", "Sykepleier", "SP"),
    ("mental-health", "Psykiatrisk sykepleier", "SP"),
    ("rehab", "Fysioterapeut", "FT"),
    ("housing", "Primærkontakt", "VP"),
    ("health-centre", "Helsesykepleier", "SP"),
    ("rehab", "Ergoterapeut", "ET"),
    ("school", "Spesialpedagog", None),
)
"""Service, title and profession of the coordinators, in turn; six of seven are from health and care."""
_OTHERS: Final = (
    ("gp", GENERAL_PRACTITIONER, "LE"),
    ("gp", GENERAL_PRACTITIONER, "LE"),
    ("rehab", "Fysioterapeut", "FT"),
    ("hospital", "Overlege", "LE"),
    ("ppt", "PP-rådgiver", None),
    ("nav", "NAV-veileder", None),
)
GPS: Final = (len(LOADS), len(LOADS) + 1)
NAV: Final = len(LOADS) + len(_OTHERS) - 1
STAFF: Final = len(LOADS) + len(_OTHERS)
"""People who work in a block: first its coordinators, then the others."""


def services(town: Town) -> list[Resource]:
    return directory(town.setting, tuple(_services(town)), ())


def staff(town: Town, block: int) -> list[Resource]:
    return directory(town.setting, (), tuple(_professional(town, block, place) for place in range(STAFF)))


def worker(block: int, place: int) -> str:
    """The id of a Practitioner."""
    return f"w{block * STAFF + place:06d}"


def in_role(block: int, place: int) -> str:
    return role(worker(block, place))


def _services(town: Town) -> Iterator[Service]:
    stems = _stems()
    for id, name, type, ours in _SERVICES:
        yield Service(id, name, type, next(stems), _MUNICIPALITY if ours else None)
    for number in range(-(-town.blocks // _BLOCKS_A_GP_OFFICE)):
        yield Service(f"gp-{number}", f"Legekontor {number + 1}", ServiceType.GP_OFFICE, next(stems))


def _stems() -> Iterator[int]:
    """One in eleven has no check digit and is passed over."""
    stem = _FIRST_STEM
    while True:
        stem += 1
        try:
            identity_number.organisation_number(stem)
        except ValueError:
            continue
        yield stem


def _professional(town: Town, block: int, place: int) -> Professional:
    number = block * STAFF + place
    rng = Random(f"{town.seed}/worker/{number}")  # noqa: S311 (the same town from the same seed)
    table, line = (_COORDINATORS, place) if place < len(LOADS) else (_OTHERS, place - len(LOADS))
    service, title, profession = table[line % len(table)]
    return Professional(
        id=worker(block, place),
        given=rng.choice(GIVEN)[0],
        family=rng.choice(FAMILY_BEGINS) + rng.choice(FAMILY_ENDS),
        title=title,
        service=f"gp-{block // _BLOCKS_A_GP_OFFICE}" if service == "gp" else service,
        hpr=str(_FIRST_HPR + number) if profession else None,
        profession=profession,
    )
