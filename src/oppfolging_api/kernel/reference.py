"""Reading references."""

from collections.abc import Mapping
from typing import Any


def pointed_at(reference: Any, type: str) -> str | None:
    """The id a Reference to a type points at on this server, None for anything else."""
    text = reference.get("reference") if isinstance(reference, Mapping) else None
    if not isinstance(text, str) or not text.startswith(f"{type}/"):
        return None
    return text.removeprefix(f"{type}/").partition("/")[0]
