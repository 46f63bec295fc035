"""Own extensions over pure functions: what they may say, and where they may stand."""

import pytest
from profile_samples import LAYER, VACANCY, VOICE, Resource, extension, found, parts

EXTENDED: list[tuple[Resource, list[tuple[str, str]]]] = [
    (extension("wish", valueString="x"), [("extension", "Goal.extension[0].url")]),
    (extension("goal", valueString="x"), [("extension", "Goal.extension[0].url")]),
    (extension("layer", valueCode="core"), [("extension", "Goal.extension[0]")]),
    (extension("voice", valueCode="nobody"), [("code-invalid", "Goal.extension[0].value")]),
    (extension("voice", valueString="person"), [("value", "Goal.extension[0].value")]),
    (extension("voice", _valueCode={"extension": [{"url": "http://x", "valueCode": "x"}]}),
     [("code-invalid", "Goal.extension[0].value")]),
    (extension("voice", extension=[{"url": "http://x", "valueCode": "x"}]),
     [("structure", "Goal.extension[0].extension[0]"), ("required", "Goal.extension[0].value")]),
    (extension("agreement", extension=parts(status={"valueCode": "agreed"})), []),
    (extension("agreement", valueCode="agreed"),
     [("required", "Goal.extension[0].extension"), ("structure", "Goal.extension[0].value")]),
    (extension("agreement", extension=parts(status={"valueCode": "perhaps"})),
     [("code-invalid", "Goal.extension[0].extension[0].value")]),
    (extension("agreement", extension=parts(**{"with": {"valueString": "Bror"}})),
     [("required", "Goal.extension[0].extension")]),
    (extension("agreement", extension=parts(status={"valueCode": "agreed"}, since={"valueDate": "2026"})),
     [("structure", "Goal.extension[0].extension[1]")]),
    (extension("agreement", extension=parts(status={"valueCode": "agreed"}) * 2),
     [("structure", "Goal.extension[0].extension[1]")]),
    (extension("review", valueDate="2027-02-01"), []),
    (extension("review", valueString="til våren"), [("value", "Goal.extension[0].value")]),
    (extension("content", extension=parts(item={"valueCode": "goals"})), [("extension", "Goal.extension[0]")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"item": {"valueCode": "kin-part"}}, []),
        ({"item": {"valueCode": "luck"}}, [("code-invalid", "CarePlan.note[0].extension[0].extension[0].value")]),
        ({"relevant": {"valueBoolean": False}}, [("required", "CarePlan.note[0].extension[0].extension")]),
    ],
)
def test_a_note_of_a_plan_says_which_point_it_answers(said: Resource, expected: list[tuple[str, str]]) -> None:
    note = {"extension": [extension("content", extension=parts(**said))], "text": "Bor langt unna."}
    assert found({"resourceType": "CarePlan", "note": [note]}) == expected


@pytest.mark.parametrize(("held", "expected"), EXTENDED)
def test_an_own_extension_says_what_its_definition_allows(held: Resource, expected: list[tuple[str, str]]) -> None:
    assert found({"resourceType": "Goal", "extension": [held]}) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "CareTeam", "extension": [LAYER]}, [("extension", "CareTeam.extension[0]")]),
        ({"resourceType": "CareTeam", "participant": [{"extension": [LAYER]}, {"extension": [VACANCY]}]},
         [("extension", "CareTeam.participant[1].extension[0]")]),
        ({"resourceType": "Patient", "extension": [extension("expected", valueBoolean=True)]}, []),
        ({"resourceType": "Patient", "_birthDate": {"extension": [extension("expected", valueBoolean=True)]}},
         [("extension", "Patient.birthDate.extension[0]")]),
        ({"resourceType": "Patient", "modifierExtension": [extension("none", valueCode="x")]},
         [("extension", "Patient.modifierExtension[0].url")]),
        ({"resourceType": "CarePlan", "contained": [{"resourceType": "Goal", "extension": [VOICE, LAYER]}]},
         [("extension", "CarePlan.contained[0].extension[1]")]),
        ({"resourceType": "Patient", "extension": [{"url": "http://x", "extension": [VOICE]}]},
         [("extension", "Patient.extension[0].extension[0]")]),
        ({"resourceType": "Patient", "extension": [{"url": "http://x/layer", "valueCode": "anything"}]}, []),
    ],
)  # fmt: skip
def test_an_own_extension_stands_where_its_definition_says(resource: Resource, expected: list[tuple[str, str]]) -> None:
    assert found(resource) == expected
