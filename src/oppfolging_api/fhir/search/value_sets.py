"""The codes of the value sets this service publishes, for the modifiers `:in` and `:not-in`."""

from collections.abc import Iterator
from typing import Any

from oppfolging_api.kernel.registry import Body, Registry


def codes_in(registry: Registry, url: str) -> list[tuple[str, str]]:
    """(system, code) of each; none where no value set of the URL is published here."""
    found = _published(registry, "ValueSet", url.partition("|")[0])
    if found is None:
        return []
    return [code for include in found.get("compose", {}).get("include", ()) for code in _included(registry, include)]


def _included(registry: Registry, include: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The concepts named, else all that the code system has."""
    system = include.get("system", "")
    concepts = include.get("concept")
    if concepts is None:
        concepts = (_published(registry, "CodeSystem", system) or {}).get("concept", ())
    yield from ((system, concept["code"]) for concept in concepts)


def _published(registry: Registry, type: str, url: str) -> Body | None:
    return next((one for one in registry.packaged if one["resourceType"] == type and one.get("url") == url), None)
