"""What the documents say is there, is there."""

import re
from pathlib import Path

from oppfolging_api.access.issuers import ClaimMapping
from oppfolging_api.settings import Settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_and_none_else() -> None:
    told = set(re.findall(r"^\| `OPPFOLGING_([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


def test_every_claim_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    assert [name for name in ClaimMapping.model_fields if f"`{name}`" not in text] == []


def test_every_package_is_in_the_architecture() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    packages = sorted(path.parent.name for path in (ROOT / "src/oppfolging_api").glob("*/__init__.py"))
    assert [name for name in packages if f"| `{name}` |" not in text] == []


def test_links_between_documents_lead_somewhere() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [(file, link) for file in documents for link in re.findall(r"\]\(([^)#:]+)\)", file.read_text())]
    assert links
    assert [str(link) for file, link in links if not (file.parent / link).exists()] == []
