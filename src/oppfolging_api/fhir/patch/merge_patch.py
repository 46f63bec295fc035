"""JSON Merge Patch: https://www.rfc-editor.org/rfc/rfc7396. R4 does not name it; fhirpy sends nothing else."""

from typing import Any

from oppfolging_api.fhir.patch.json_patch import permitted
from oppfolging_api.kernel.registry import Body


def merge_patch(resource: Body, change: Body) -> Body:
    """The patched copy: null removes an element, a list replaces the list. Raises Unprocessable as a JSON Patch."""
    return permitted(resource, _merged(resource, change))


def _merged(target: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    kept = target if isinstance(target, dict) else {}
    merged = {name: _merged(kept.get(name), value) for name, value in change.items() if value is not None}
    return {name: value for name, value in kept.items() if name not in change} | merged
