"""Whether a patient is told of well enough to be found: a right number, or a name with something beside it.

Two numbers of one kind are two people. A right number beside a wrong one is used, and so is its date of birth.
"""

from dataclasses import replace
from typing import Final

from oppfolging_api.kernel import identity_number, systems
from oppfolging_api.referral.plo.message import IDENTITY_NUMBERS, Identifier, Person
from oppfolging_api.referral.plo.part import Part

_SCHEMES: Final = {systems.FNR: "FNR", systems.D_NUMBER: "DNR"}
_OTHER_NUMBERS: Final = frozenset({"DKF", "DUF", "FHN", "HNR", "PNR", "SEF", "SSN", "UID"})
"""What identifies those who have no Norwegian number (Volven 8116)."""


def identified(person: Person, part: Part) -> Person:
    """The same person, right numbers first; what is wrong is told of."""
    declared = [each for each in person.identifiers if each.scheme in IDENTITY_NUMBERS]
    whole = [_without_blanks(each) for each in declared]
    right = [_by_its_kind(each, part) for each in whole if identity_number.is_valid(each.value)]
    if whole != declared:
        part.bend("number-form")
    _judge_numbers(declared, right, part)
    if not declared:
        _judge_without_number(person, part)
    if not person.name:
        part.bend("no-name")
    others = [each for each in person.identifiers if each.scheme not in IDENTITY_NUMBERS]
    return _born_as_numbered(replace(person, identifiers=tuple(dict.fromkeys((*right, *others)))), right, part)


def _without_blanks(number: Identifier) -> Identifier:
    return replace(number, value="".join(number.value.split()))


def _by_its_kind(number: Identifier, part: Part) -> Identifier:
    """Under the kind of number it is."""
    scheme = _SCHEMES[identity_number.system(number.value)]
    if scheme == number.scheme:
        return number
    part.bend("number-kind")
    return replace(number, scheme=scheme, name="")


def _judge_numbers(declared: list[Identifier], right: list[Identifier], part: Part) -> None:
    if declared and not right:
        part.fault("number-wrong")
    elif len(right) < len(declared):
        part.bend("number-wrong")
    kinds = [scheme for scheme, _ in {(each.scheme, each.value) for each in right}]
    if len(kinds) > len(set(kinds)):
        part.fault("several-numbers")


def _judge_without_number(person: Person, part: Part) -> None:
    others = any(each.scheme in _OTHER_NUMBERS for each in person.identifiers)
    if person.name and (person.birth_date or others):
        part.bend("no-number")
    else:
        part.fault("no-number")
        part.fault("insufficient")


def _born_as_numbered(person: Person, right: list[Identifier], part: Part) -> Person:
    born = identity_number.birthday(right[0].value) if right else None
    if born is None or born == person.birth_date:
        return person
    if person.birth_date is not None:
        part.findings.bend("birth-date", f"{part.path}/DateOfBirth")
    return replace(person, birth_date=born)
