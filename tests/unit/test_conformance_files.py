"""The files of the package `conformance` against what they publish: nothing missing, nothing extra."""

import ast
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from oppfolging_api.conformance import resources
from oppfolging_api.coordination import appoint, decide
from oppfolging_api.coordination.wiring import register as register_coordination
from oppfolging_api.fhir.definitions import search_parameters
from oppfolging_api.fhir.profiles import validate_profiles
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel import vocabulary
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.plan import check
from oppfolging_api.plan.wiring import register as register_plan
from oppfolging_api.psfs.wiring import register as register_psfs
from oppfolging_api.referral.form import Criterion
from oppfolging_api.resources import served

Resource = dict[str, Any]

SOURCE = Path(__file__).parents[2] / "src/oppfolging_api"
BASE = "https://oppfolging.example/fhir"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
OWN = resources(Canonical())
EACH = pytest.mark.parametrize("body", OWN, ids=[f"{body['resourceType']}/{body['id']}" for body in OWN])

CODES: dict[str, type[StrEnum]] = {
    "information-kind": vocabulary.InformationKind,
    "consent-kind": vocabulary.ConsentKind,
    "team-role": vocabulary.TeamRole,
    "team-category": vocabulary.TeamCategory,
    "plan-kind": vocabulary.PlanKind,
    "plan-state": vocabulary.PlanState,
    "plan-content": vocabulary.PlanContent,
    "content-status": vocabulary.ContentStatus,
    "voice": vocabulary.Voice,
    "agreement": vocabulary.Agreement,
    "communication-category": vocabulary.CommunicationCategory,
    "service-type": vocabulary.ServiceType,
    "task-kind": vocabulary.TaskKind,
    "message-task": vocabulary.MessageTask,
    "worklist": vocabulary.Worklist,
    "referral-outcome": vocabulary.Outcome,
    "task-result": vocabulary.Result,
    "authority": vocabulary.Authority,
    "layer": vocabulary.Layer,
    "involvement": vocabulary.Involvement,
    "criterion": Criterion,
}
SPOKEN_OF = {
    "referral": {"referral"},
    "psfs-direction": {"higher-is-better"},
}
"""Codes that no enumeration in the code lists: CONTRACT section 5 does, or the one place that writes them."""
PROFILES = {
    "care-plan": "CarePlan",
    "care-team": "CareTeam",
    "communication": "Communication",
    "consent": "Consent",
    "emergency-consent": "Consent",
    "goal": "Goal",
    "meeting": "Appointment",
    "psfs-conversation": "QuestionnaireResponse",
    "referral": "ServiceRequest",
    "sharing-consent": "Consent",
    "task": "Task",
}
OF_R4 = {"validate", "everything", "meta", "meta-add", "meta-delete"}
"""Operations that R4 defines itself."""


def of(type: str) -> dict[str, Resource]:
    return {body["id"]: body for body in OWN if body["resourceType"] == type}


def concepts(system: str) -> dict[str, Resource]:
    held = of("CodeSystem")[system]["concept"]
    found = {concept["code"]: concept for concept in held}
    assert len(found) == len(held)
    return found


def rules() -> dict[str, str]:
    """Every RULES of the source, read as it is written."""
    found: dict[str, str] = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            if any(isinstance(target, ast.Name) and target.id == "RULES" for target in targets):
                written = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                assert found.keys().isdisjoint(written)
                found |= written
    return found


def nynorsk(body: Resource) -> str:
    (translation,) = body["_title"]["extension"]
    assert translation["url"] == TRANSLATION
    assert translation["extension"][0] == {"url": "lang", "valueCode": "nn"}
    return str(translation["extension"][1]["valueString"])


@EACH
def test_a_file_is_valid_fhir(body: Resource) -> None:
    validate(body, body["resourceType"])
    assert validate_profiles(body, body["resourceType"], None, Canonical()) == []


@EACH
def test_a_file_stands_where_it_is_published(body: Resource) -> None:
    file = SOURCE / "conformance" / body["resourceType"] / f"{body['id']}.json"
    assert json.loads(file.read_text(encoding="utf-8")) == body
    assert body["url"] == f"{BASE}/{body['resourceType']}/{body['id']}"
    assert (body["status"], body["version"]) == ("active", "1.0")


def test_no_file_is_left_out() -> None:
    files = {f"{file.parent.name}/{file.stem}" for file in (SOURCE / "conformance").rglob("*.json")}
    assert {f"{body['resourceType']}/{body['id']}" for body in OWN} == files
    assert len(OWN) == len(files)


def test_canonicals_follow_the_configured_base() -> None:
    moved = resources(Canonical("https://kommune.example/r4"))
    assert len(moved) == len(OWN)
    assert "oppfolging.example" not in json.dumps(moved)
    assert moved[0]["url"].startswith("https://kommune.example/r4/")


def test_every_own_code_system_is_published_and_none_else() -> None:
    assert of("CodeSystem").keys() == {*CODES, *SPOKEN_OF, "rule"}
    names = {value for name, value in vars(vocabulary).items() if name.isupper() and isinstance(value, str)}
    assert names <= of("CodeSystem").keys()


@pytest.mark.parametrize("system", CODES)
def test_a_code_system_has_the_codes_of_the_vocabulary(system: str) -> None:
    assert concepts(system).keys() == {code.value for code in CODES[system]}


@pytest.mark.parametrize("system", SPOKEN_OF)
def test_a_code_system_has_the_codes_of_the_contract(system: str) -> None:
    assert concepts(system).keys() == SPOKEN_OF[system]


def test_every_rule_has_its_text() -> None:
    assert {code: concept["display"] for code, concept in concepts("rule").items()} == rules()


@pytest.mark.parametrize("system", sorted({*CODES, *SPOKEN_OF}))
def test_a_code_has_its_text_in_bokmaal_and_nynorsk(system: str) -> None:
    assert of("CodeSystem")[system]["language"] == "nb"
    for concept in concepts(system).values():
        (designation,) = concept["designation"]
        assert concept["display"].strip()
        assert designation["language"] == "nn"
        assert designation["value"].strip()


def test_every_code_system_has_its_value_set() -> None:
    assert of("ValueSet").keys() == of("CodeSystem").keys()
    for id, value_set in of("ValueSet").items():
        assert value_set["compose"] == {"include": [{"system": f"{BASE}/CodeSystem/{id}"}]}
        assert of("CodeSystem")[id]["valueSet"] == value_set["url"]
        assert nynorsk(value_set) == nynorsk(of("CodeSystem")[id])


def test_every_profile_and_extension_is_published_and_none_else() -> None:
    found = of("StructureDefinition")
    extensions = {id for id, body in found.items() if body["type"] == "Extension"}
    assert extensions == {*vocabulary.Extension, "psfs-direction", "binds"}
    assert {id: body["type"] for id, body in found.items() if id not in extensions} == PROFILES
    assert {body["derivation"] for body in found.values()} == {"constraint"}


def test_no_extension_is_written_that_is_not_defined() -> None:
    written = {
        name
        for file in SOURCE.rglob("*.py")
        for name in re.findall(r"\.extension\(\"([a-z-]+)\"", file.read_text(encoding="utf-8"))
    }
    assert "psfs-direction" in written
    assert written <= of("StructureDefinition").keys()


def test_every_own_search_parameter_is_defined_and_none_else() -> None:
    told = {id: (body["code"], body["type"], body.get("target", [])) for id, body in of("SearchParameter").items()}
    assert told == {
        f"{kind.name}-{own.name}": (own.name, own.kind, list(own.targets))
        for kind in served().values()
        for own in kind.search
        if own.name not in search_parameters(kind.name)
    }


def test_a_search_parameter_says_where_it_looks() -> None:
    assert {id: body["expression"] for id, body in of("SearchParameter").items()} == {
        "CareTeam-name": "CareTeam.name",
        "CareTeam-role": "CareTeam.participant.role",
        "Consent-rule-actor": "Consent.provision.provision.actor.reference",
        "Consent-rule-kind": "Consent.provision.provision.securityLabel",
        "QuestionnaireResponse-conversation": ("QuestionnaireResponse.item.where(linkId='conversation').answer.value"),
        "Task-due": "Task.restriction.period.end",
    }
    assert all(body["base"] == [id.partition("-")[0]] for id, body in of("SearchParameter").items())


def test_every_own_operation_is_defined_and_none_else() -> None:
    registry = Registry(served(), Canonical())
    for register in (register_coordination, register_plan, register_psfs):
        register(registry)
    own = [operation for operation in registry.operations.values() if operation.name not in OF_R4]
    told = {
        id: (body["resource"], body["code"], body["affectsState"]) for id, body in of("OperationDefinition").items()
    }
    assert told == {f"{each.type}-{each.name}": ([each.type], each.name, not each.reads) for each in own}
    for each in own:
        assert registry.canonical.operation(each.type, each.name) in {body["url"] for body in OWN}


@pytest.mark.parametrize(
    ("operation", "taken", "required"),
    [
        ("ServiceRequest-decide", decide._PARAMETERS, {"outcome", "reason"}),
        ("CareTeam-appoint-coordinator", appoint._APPOINT, {"coordinator", "reason"}),
        ("CareTeam-hand-over", appoint._HAND_OVER, {"coordinator", "reason"}),
        ("Patient-psfs-trend", frozenset(), set()),
        ("CarePlan-check-content", check.PARAMETERS, set()),
    ],
)
def test_an_operation_is_defined_with_what_it_takes(operation: str, taken: frozenset[str], required: set[str]) -> None:
    given = [each for each in of("OperationDefinition")[operation]["parameter"] if each["use"] == "in"]
    assert {each["name"] for each in given} == taken
    assert {each["name"] for each in given if each["min"] == 1} == required
