"""The kinds of information a resource counts as (CONTRACT section 3), and what an update may do to its labels."""

from collections.abc import Mapping
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.vocabulary import INFORMATION_KIND, InformationKind

_REMOVERS = {"coordinating-unit", "coordinator"}


def kinds_of(resource: Mapping[str, Any], declared: ResourceType, canonical: Canonical) -> tuple[str, ...]:
    """The labelled kinds, or what the type counts as where no kind of information is labelled."""
    labelled = [label["code"] for label in _own_labels(resource, canonical)]
    if declared.default_kind and not set(labelled) - {InformationKind.THIRD_PARTY}:
        labelled.append(declared.default_kind)
    return tuple(sorted(set(labelled)))


def keep_labels(before: Mapping[str, Any], after: dict[str, Any], seen: set[str], canonical: Canonical) -> None:
    """An update that omits labels keeps them; only the coordinator and the coordinating unit remove one."""
    if seen & _REMOVERS and "security" in after.get("meta", {}):
        return
    has = {label["code"] for label in _own_labels(after, canonical)}
    missing = [label for label in _own_labels(before, canonical) if label["code"] not in has]
    if missing:
        meta = after.setdefault("meta", {})
        meta["security"] = [*meta.get("security", []), *missing]


def _own_labels(resource: Mapping[str, Any], canonical: Canonical) -> list[Mapping[str, Any]]:
    system = canonical.code_system(INFORMATION_KIND)
    labels = resource.get("meta", {}).get("security", [])
    return [label for label in labels if label.get("system") == system and "code" in label]
