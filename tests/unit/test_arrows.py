"""Who may import whom (docs/architecture.md), where two libraries may be imported, and how long a file may be."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = "oppfolging_api"
SOURCE = Path(__file__).parents[2] / "src" / ROOT

ENGINE = {"fhir", "access", "store", "resources", "kernel", "settings"}
ARROWS: dict[str, set[str]] = {
    "kernel": set(),
    "conformance": {"kernel"},
    "resources": {"kernel"},
    "store": {"kernel", "settings"},
    "access": {"store", "kernel", "settings"},
    "fhir": {"access", "conformance", "store", "resources", "kernel", "settings"},
    "audit": ENGINE,
    "coordination": ENGINE,
    "plan": ENGINE | {"coordination"},
    "psfs": ENGINE,
    "referral": ENGINE | {"coordination", "plan"},
    "worklist": ENGINE | {"coordination"},
    "seed": ENGINE | {"psfs"},
    "generate": ENGINE | {"seed"},
}
"""From a package to what it may import beside itself. Top-level modules may import everything, packages none of them
but settings."""

LIBRARY_HOMES = {"fhir.resources": "fhir/r4.py", "jose": "access/jwt.py"}
"""A library, and the one file that imports it."""

LONGEST_FILE = 400
"""Lines."""


def imported_names(file: Path, root: Path) -> set[str]:
    """Every dotted name a file imports, relative ones made absolute; `from a import b` gives `a.b`."""
    package = [ROOT, *file.relative_to(root).parent.parts]
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{start}.{alias.name}" for alias in node.names}
    return names


def own_targets(names: set[str], root: Path) -> set[str]:
    """The packages and top-level modules of ours among the names."""
    parts = {name.split(".")[1] for name in names if name.startswith(f"{ROOT}.")}
    return {part for part in parts if (root / part).is_dir() or (root / f"{part}.py").is_file()}


def broken_arrows(file: Path, root: Path) -> list[str]:
    place = file.relative_to(root)
    if len(place.parts) == 1:
        return []
    package = place.parts[0]
    if package not in ARROWS:
        return [f"{place}: the package {package} has no arrows"]
    targets = own_targets(imported_names(file, root), root) - {package}
    return [f"{place} imports {target}" for target in sorted(targets - ARROWS[package])]


def strayed_libraries(file: Path, root: Path) -> list[str]:
    place = file.relative_to(root).as_posix()
    names = imported_names(file, root)
    return [
        f"{place} imports {library}, which belongs in {home}"
        for library, home in LIBRARY_HOMES.items()
        if place != home and any(f"{name}.".startswith(f"{library}.") for name in names)
    ]


def too_long(file: Path, root: Path) -> list[str]:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    return [f"{file.relative_to(root)} has {lines} lines"] if lines > LONGEST_FILE else []


def violations(root: Path) -> list[str]:
    return [
        finding
        for file in sorted(root.rglob("*.py"))
        for check in (broken_arrows, strayed_libraries, too_long)
        for finding in check(file, root)
    ]


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_source_keeps_its_arrows() -> None:
    assert violations(SOURCE) == []


def test_arrows_are_granted_to_packages_there_are() -> None:
    packages = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").is_file()}
    assert set(ARROWS) == packages
    assert set().union(*ARROWS.values()) <= packages | {"settings"}


def test_the_source_is_where_the_check_looks() -> None:
    assert (SOURCE / "kernel" / "errors.py") in set(SOURCE.rglob("*.py"))


def test_every_kind_of_import_against_an_arrow_is_found(tmp_path: Path) -> None:
    tree = {
        "app.py": "",
        "cli.py": "import oppfolging_api.app\n",
        "settings.py": "",
        "kernel/errors.py": "import oppfolging_api.store.records\n",
        "store/records.py": "from oppfolging_api import fhir\nfrom oppfolging_api import __version__\n",
        "access/policy.py": "from ..fhir.bundle import page\n",
        "fhir/bundle.py": "def late():\n    from oppfolging_api.plan import rules\n",
        "plan/rules.py": "if TYPE_CHECKING:\n    from oppfolging_api.referral.service import receive\n",
        "coordination/team.py": "from oppfolging_api.cli import main\n",
        "seed/teams.py": "from oppfolging_api.referral.service import receive\n",
        "referral/service.py": "",
        "unheard/of.py": "",
    }
    assert violations(write(tmp_path, tree)) == [
        "access/policy.py imports fhir",
        "coordination/team.py imports cli",
        "fhir/bundle.py imports plan",
        "kernel/errors.py imports store",
        "plan/rules.py imports referral",
        "seed/teams.py imports referral",
        "store/records.py imports fhir",
        "unheard/of.py: the package unheard has no arrows",
    ]


def test_libraries_away_from_home_are_found(tmp_path: Path) -> None:
    tree = {
        "access/jwt.py": "from jose import jwt\n",
        "access/issuers.py": "import jose.jwk\n",
        "fhir/r4.py": "from fhir.resources.R4B.patient import Patient\n",
        "plan/rules.py": "from fhir.resources.R4B import careplan\nfrom josefine import tea\n",
        "cli.py": "from jose import jwt\n",
    }
    assert violations(write(tmp_path, tree)) == [
        "access/issuers.py imports jose, which belongs in access/jwt.py",
        "cli.py imports jose, which belongs in access/jwt.py",
        "plan/rules.py imports fhir.resources, which belongs in fhir/r4.py",
    ]


def test_a_file_is_too_long_from_401_lines(tmp_path: Path) -> None:
    tree = {"fhir/full.py": "pass\n" * 400, "fhir/overfull.py": "pass\n" * 401}
    assert violations(write(tmp_path, tree)) == ["fhir/overfull.py has 401 lines"]


def test_allowed_arrows_are_left_alone(tmp_path: Path) -> None:
    tree = {
        "app.py": "from oppfolging_api.referral import routes\n",
        "settings.py": "",
        "kernel/errors.py": "import os\n",
        "access/policy.py": "from oppfolging_api.settings import Settings\n",
        "coordination/team.py": "from oppfolging_api.fhir.bundle import page\n",
        "fhir/bundle.py": "from oppfolging_api.access.policy import visible\nfrom .outcome import told\n",
        "referral/routes.py": "from oppfolging_api.coordination import team\nfrom ..kernel import errors\n",
    }
    assert violations(write(tmp_path, tree)) == []
