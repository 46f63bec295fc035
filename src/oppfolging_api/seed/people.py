"""The person a team is about, and next of kin and guardians."""

from datetime import date

from oppfolging_api.kernel import identity_number, systems
from oppfolging_api.seed.directory import MUNICIPALITY_CODE
from oppfolging_api.seed.setting import Resource, Setting, Story, coded, ref, resource, role

_MUNICIPALITY_EXTENSION = "http://hl7.no/fhir/StructureDefinition/no-basis-municipalitycode"


def patient(
    story: Story,
    given: str,
    family: str,
    gender: str,
    born: date,
    gp: str,
    street: str,
    language: str = "nb",
    interpreter: bool = False,
) -> Resource:
    return resource(
        "Patient",
        story.person,
        extension=[{"url": systems.INTERPRETER_REQUIRED, "valueBoolean": True}] if interpreter else None,
        identifier=identity(born, gender),
        active=True,
        name=[{"use": "official", "family": family, "given": [given]}],
        gender=gender,
        birthDate=born.isoformat(),
        address=[_address(story, street)],
        communication=[{"language": coded(systems.LANGUAGES, language), "preferred": True}],
        generalPractitioner=[ref(role(gp))],
    )


def related(
    story: Story,
    key: str,
    name: tuple[str, str],
    gender: str,
    born: date,
    relations: tuple[str, ...],
    since: int,
    duty: str | None = None,
) -> Resource:
    """`relations` are v3 RoleCodes; `duty` says what a guardian is guardian for."""
    given, family = name
    return resource(
        "RelatedPerson",
        f"{story.person}-{key}",
        identifier=identity(born, gender),
        active=True,
        patient=story.subject,
        relationship=[_relationship(each, duty) for each in relations],
        name=[{"family": family, "given": [given]}],
        gender=gender,
        birthDate=born.isoformat(),
        period=story.period(since),
    )


def identity(born: date, gender: str) -> list[dict[str, str]]:
    number = identity_number.synthetic(born, 1 if gender == "male" else 0)
    return [{"system": systems.FNR, "value": number}]


def _relationship(code: str, duty: str | None) -> Resource:
    text = {"text": duty} if duty and code == "GUARD" else {}
    return coded(systems.V3_ROLE, code) | text


def _address(setting: Setting, street: str) -> Resource:
    coding = {"system": MUNICIPALITY_CODE, "code": setting.code, "display": setting.town}
    return {
        "use": "home",
        "line": [street],
        "city": setting.town,
        "district": setting.town,
        "_district": {"extension": [{"url": _MUNICIPALITY_EXTENSION, "valueCoding": coding}]},
        "country": "NO",
    }
