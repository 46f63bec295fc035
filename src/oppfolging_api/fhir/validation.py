"""Whether a resource is valid R4, told with every place where it is not (https://hl7.org/fhir/R4/validation.html).

The walk is the judge: it knows the definitions, the lexical forms, the codes, the reference targets and the
invariants. fhir.resources reads once more what passed.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from oppfolging_api.fhir.exact_json import MAX_ISSUES, child
from oppfolging_api.fhir.r4 import model
from oppfolging_api.fhir.references import FoundReference, references
from oppfolging_api.fhir.walk import Walk
from oppfolging_api.kernel.errors import Invalid, Issue

__all__ = ("FoundReference", "references", "second_reading", "validate", "walked")

MOST_CONTAINED: Final = 100
"""Every `#id` is looked for among them."""

NOT_IN_R4B: Final = frozenset(("valueMeta",))
"""Elements of R4 that fhir.resources refuses, since its classes are R4B."""


def validate(resource: Mapping[str, Any], kind: str, *, twice: bool = True) -> None:
    """Raises Invalid with all issues found, at most 50. `resource` is as exact_json.parse gives it. `twice`: read once
    more, as is done with everything that somebody sends."""
    issues = walked(resource, kind) or (tuple(islice(second_reading(resource, kind), MAX_ISSUES)) if twice else ())
    if issues:
        raise Invalid(issues)


def walked(resource: Mapping[str, Any], kind: str) -> tuple[Issue, ...]:
    """What this engine itself finds."""
    if resource.get("resourceType") != kind:
        return (Issue("invalid", f"resourceType must be {kind}", f"{kind}.resourceType"),)
    if isinstance(held := resource.get("contained"), list) and len(held) > MOST_CONTAINED:
        return (Issue("too-costly", f"at most {MOST_CONTAINED} contained resources", f"{kind}.contained"),)
    walk = Walk(conditional_references=kind == "Bundle")
    walk.resource(dict(resource), kind)
    return tuple(walk.issues)


def second_reading(resource: Mapping[str, Any], kind: str) -> Iterator[Issue]:
    """What the fhir.resources model refuses; no opinion on the types that R4B has dropped."""
    try:
        model(kind).model_validate(dict(resource))
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_context=False, include_input=False):
            if NOT_IN_R4B.isdisjoint(error["loc"]):
                yield Issue(
                    "structure", f"the model of {kind} refuses this: {error['type']}", _path(kind, error["loc"])
                )
    except LookupError:
        return


def _path(kind: str, location: Iterable[int | str]) -> str:
    path = kind
    for step in location:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, step)
    return path
