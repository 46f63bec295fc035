"""What the documents say is there, is there."""

import re
from pathlib import Path

import pytest

from oppfolging_api.access.issuers import ClaimMapping
from oppfolging_api.fhir.bundles.entries import MOST_ENTRIES
from oppfolging_api.fhir.definitions import search_parameters
from oppfolging_api.fhir.negotiation import MOST_PARAMETERS
from oppfolging_api.fhir.performing import STANDARD
from oppfolging_api.fhir.search.criteria import MODIFIERS, MOST_LINKS, MOST_VALUES, condition_of
from oppfolging_api.fhir.search.includes import MOST_INCLUDED
from oppfolging_api.fhir.search.page import LARGEST
from oppfolging_api.fhir.search.query import MOST_CONDITIONS, MOST_INCLUDES, MOST_SORTS
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.resources import served
from oppfolging_api.settings import Settings

ROOT = Path(__file__).parents[2]
CONFORMANCE = (ROOT / "docs/conformance.md").read_text()
WITHOUT_DEFINITION = {"_contained", "_containedType", "_filter", "_list"}
"""Parameters of R4's text (https://hl7.org/fhir/R4/search.html#all) that are in none of its SearchParameters."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that begins so, below its heading."""
    lines = CONFORMANCE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def answered(kind: ResourceType, name: str) -> bool:
    return condition_of([kind], name, "x", {}) is not None


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


def test_a_search_parameter_of_r4_is_served_or_in_the_table_of_those_that_are_not() -> None:
    left_out = {
        (kind.name, name)
        for kind in served().values()
        for name in {*search_parameters(kind.name), *WITHOUT_DEFINITION}
        if not answered(kind, name)
    }
    told = {
        (type, name.strip("`"))
        for name, types, why in rows("not served")
        for type in (served() if types == "all" else types.split(", "))
        if why
    }
    assert len(left_out) > 100
    assert told == left_out


def test_every_modifier_is_documented_and_none_else() -> None:
    told = {kind: set(re.findall(r"`:([a-z-]+)`", modifiers)) for kind, _, modifiers in rows("kind")}
    kinds = ("token", "reference", "string", "uri", "date", "quantity", "composite")
    assert told == {kind: set(MODIFIERS.get(kind, ())) for kind in kinds}


@pytest.mark.parametrize(
    ("limit", "of"),
    [
        (LARGEST, "results on a page"),
        (MOST_PARAMETERS, "parameters in a query"),
        (MOST_VALUES, "values in a search"),
        (MOST_CONDITIONS, "conditions, each link of a chain counted, times the types searched"),
        (MOST_LINKS, "links in a chain"),
        (MOST_SORTS, "keys to sort by"),
        (MOST_INCLUDES, "includes, `*` counted by the parameters it means"),
        (MOST_INCLUDED, "included resources on a page"),
        (MOST_ENTRIES, "entries in a Bundle"),
    ],
)
def test_limits_are_those_that_hold(limit: int, of: str) -> None:
    assert [str(limit), of] in rows("at most")


def test_every_operation_is_documented() -> None:
    told = {name for cells in rows("operation") for name in re.findall(r"`\$([a-z-]+)`", cells[0])}
    assert told == {operation.name for operation in STANDARD}
