"""What this service defines of its own, one resource a file: profiles and extensions (StructureDefinition), CodeSystem,
ValueSet, SearchParameter, OperationDefinition. The files are published as they are, and enforced from what they say.

In the files every canonical stands below kernel.canonical.DEFAULT_BASE.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from oppfolging_api.kernel.canonical import DEFAULT_BASE, Canonical
from oppfolging_api.kernel.registry import Body


@cache
def resources(canonical: Canonical) -> tuple[Body, ...]:
    """Every resource, by type and id, with its canonicals below the configured base. Never changed in place."""
    return tuple(_body(file, canonical) for file in _files())


def _files() -> Iterator[Traversable]:
    for folder in sorted(files(__package__).iterdir(), key=lambda held: held.name):
        if folder.is_dir():
            yield from sorted(
                (held for held in folder.iterdir() if held.name.endswith(".json")), key=lambda it: it.name
            )


def _body(file: Traversable, canonical: Canonical) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8").replace(DEFAULT_BASE, canonical.base))
    return body
