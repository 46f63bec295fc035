"""The kinds of information a resource counts as (CONTRACT section 3), and what an update may do to its labels."""

from collections.abc import Iterable, Mapping
from typing import Any

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.kernel.vocabulary import INFORMATION_KIND, InformationKind

_KNOWN = frozenset(InformationKind)
_REMOVERS = {"coordinating-unit", "coordinator"}


def kinds_of(resource: Mapping[str, Any], declared: ResourceType, canonical: Canonical) -> tuple[str, ...]:
    """What it is labelled with, or counts as without a label; and what it tells of by itself."""
    return tuple(sorted(_counted(resource, declared, canonical) | told_by_itself(resource, declared, canonical)))


def _counted(resource: Mapping[str, Any], declared: ResourceType, canonical: Canonical) -> set[str]:
    """The labelled kinds, or what the type counts as where no kind of information is labelled."""
    labelled = {label["code"] for label in _own_labels(resource, canonical)} & _KNOWN
    if declared.default_kind and not labelled - {InformationKind.THIRD_PARTY}:
        labelled.add(declared.default_kind)
    return labelled


def told_by_itself(resource: Mapping[str, Any], declared: ResourceType, canonical: Canonical) -> set[str]:
    """The kinds that what it is tells of, whatever it is labelled with."""
    told = declared.tells
    if told is None:
        return set()
    system, concepts = canonical.code_system(told.system), resource.get(told.element, ())
    return {kind for code, kinds in told.kinds.items() if has_code(concepts, system, code) for kind in kinds}


def labelled(kinds: Iterable[str], canonical: Canonical) -> dict[str, Any]:
    """What is left of a deleted resource: the kinds it told of."""
    system = canonical.code_system(INFORMATION_KIND)
    return {"meta": {"security": [{"system": system, "code": kind} for kind in kinds]}}


def with_labels(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    seen: set[str],
    declared: ResourceType,
    canonical: Canonical,
    *,
    told: bool = False,
) -> dict[str, Any]:
    """The resource with the labels it must keep: an update that omits them keeps them, and only the coordinator and the
    coordinating unit remove one, or make an unlabelled resource count as less than it did. `told`: to have no labels is
    what was asked for, not an omission."""
    meta = after.get("meta", {})
    if "security" not in meta and not told:
        kept = [label["code"] for label in _own_labels(before, canonical)]
    elif seen & _REMOVERS:
        kept = []
    else:
        kept = sorted(_counted(before, declared, canonical))
    has = {label["code"] for label in _own_labels(after, canonical)}
    missing: list[Any] = labelled([kind for kind in kept if kind not in has], canonical)["meta"]["security"]
    return {**after, "meta": {**meta, "security": [*meta.get("security", []), *missing]}} if missing else dict(after)


def _own_labels(resource: Mapping[str, Any], canonical: Canonical) -> list[Mapping[str, Any]]:
    system = canonical.code_system(INFORMATION_KIND)
    labels = resource.get("meta", {}).get("security", [])
    return [label for label in labels if label.get("system") == system and "code" in label]
