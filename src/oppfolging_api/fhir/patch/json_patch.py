"""JSON Patch: https://www.rfc-editor.org/rfc/rfc6902 and https://hl7.org/fhir/R4/http.html#patch

The library jsonpatch applies each operation. Here stands what it leaves to its caller: every fault of a patch told at
its place and without the values of the resource, an end to what a patch may cost, and what no patch may change.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed, JsonPointer, JsonPointerException

from oppfolging_api.fhir.exact_json import MAX_DEPTH, MAX_ISSUES, dump
from oppfolging_api.kernel.errors import Invalid, Issue, Unprocessable
from oppfolging_api.kernel.registry import Body

MAX_OPERATIONS: Final = 200
MAX_BYTES: Final = 2 * 1024 * 1024
"""Of the patched resource, and again of all that the operations of one patch copy and move."""

Operation = Mapping[str, Any]

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "from"),
    "copy": ("path", "from"),
    "test": ("path", "value"),
}
_TOO_DEEP: Final = f"it would nest the JSON deeper than {MAX_DEPTH} levels"


def json_patch(resource: Body, operations: object) -> Body:
    """The patched copy. As in the RFC, removing the last item of a list leaves the list, which R4 then refuses.

    Raises Invalid for what is no JSON Patch, Unprocessable for one that cannot be applied to this resource.
    """
    document: Any = deepcopy(resource)
    carried = 0
    for number, operation in enumerate(_read(operations)):
        moved = _moved(document, operation, number)
        carried += len(dump(moved)) if "from" in _NEEDS[operation["op"]] else 0
        if carried > MAX_BYTES:
            raise _refusal(number, f"the patch copies and moves more than {MAX_BYTES} bytes", code="too-costly")
        if len(JsonPointer(operation["path"]).parts) + _levels(moved) > MAX_DEPTH:
            raise _refusal(number, _TOO_DEEP)
        document = _applied(document, operation, number)
    return permitted(resource, document)


def permitted(before: Body, after: object) -> Body:
    """The patched resource, where it is still this resource. Raises Unprocessable.

    Without `meta`, or without what the server keeps in it, the server sets its own.
    """
    if not isinstance(after, dict):
        raise Unprocessable.of("the patch leaves no resource")
    if _levels(after) > MAX_DEPTH:
        raise Unprocessable.of(f"the patched resource is nested deeper than {MAX_DEPTH} levels")
    if len(dump(after)) > MAX_BYTES:
        raise Unprocessable.of(f"the patched resource is larger than {MAX_BYTES} bytes", code="too-long")
    if changed := list(_changed(before, after)):
        raise Unprocessable(tuple(changed))
    return after


def _changed(before: Body, after: Body) -> Iterator[Issue]:
    kind = before["resourceType"]
    for name in ("resourceType", "id"):
        if after.get(name) != before.get(name):
            yield Issue("processing", f"no patch changes {name}", f"{kind}.{name}")
    meta = after.get("meta", {})
    if not isinstance(meta, dict):
        yield Issue("processing", "meta is an object", f"{kind}.meta")
        return
    for name in ("versionId", "lastUpdated"):
        if name in meta and meta[name] != before.get("meta", {}).get(name):
            yield Issue("processing", f"no patch changes meta.{name}", f"{kind}.meta.{name}")


def _read(operations: object) -> list[Operation]:
    """Raises Invalid with every operation that is none."""
    if not isinstance(operations, list):
        raise Invalid.of("a JSON Patch is an array of operations", code="structure")
    if len(operations) > MAX_OPERATIONS:
        raise Invalid.of(f"at most {MAX_OPERATIONS} operations", code="too-costly")
    issues = [issue for number, item in enumerate(operations) for issue in _faults(item, f"[{number}]")]
    if issues:
        raise Invalid(tuple(issues[:MAX_ISSUES]))
    return operations


def _faults(operation: object, place: str) -> Iterator[Issue]:
    if not isinstance(operation, dict):
        yield Issue("structure", "an operation is an object", place)
        return
    op = operation.get("op")
    if not isinstance(op, str) or op not in _NEEDS:
        yield Issue("structure", f"op is one of {', '.join(_NEEDS)}", f"{place}.op")
        return
    for name in _NEEDS[op]:
        if name not in operation:
            yield Issue("required", f"{op} needs {name}", f"{place}.{name}")
        elif name != "value" and not _is_pointer(operation[name]):
            yield Issue("value", "expected a JSON Pointer", f"{place}.{name}")


def _is_pointer(text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        JsonPointer(text)
    except JsonPointerException:
        return False
    return True


def _moved(document: Any, operation: Operation, number: int) -> Any:
    """What the operation would put at its path, if anything. Raises Unprocessable where `from` leads nowhere."""
    needs = _NEEDS[operation["op"]]
    if "from" not in needs:
        return operation["value"] if "value" in needs else None
    source = JsonPointer(operation["from"])
    try:
        if source.parts[-1:] != ["-"]:
            return source.resolve(document)
    except JsonPointerException:
        pass
    raise _refusal(number, "from leads nowhere", ".from", code="not-found")


def _applied(document: Any, operation: Operation, number: int) -> Any:
    try:
        return JsonPatch([operation]).apply(document, in_place=True)
    except JsonPatchTestFailed:
        raise _refusal(number, "the test fails") from None
    except (JsonPatchException, JsonPointerException):
        raise _refusal(number, "path leads nowhere, or not where this can be done", ".path", code="not-found") from None


def _refusal(number: int, problem: str, member: str = "", *, code: str | None = None) -> Unprocessable:
    return Unprocessable.of(f"operation {number}: {problem}", f"[{number}]{member}", code=code)


def _levels(value: object) -> int:
    """How deep objects and arrays lie in each other; no further than matters."""
    depth, level = 0, [value] if isinstance(value, dict | list) else []
    while level and depth <= MAX_DEPTH:
        level = [item for held in level for item in _items(held) if isinstance(item, dict | list)]
        depth += 1
    return depth


def _items(held: dict[str, Any] | list[Any]) -> list[Any]:
    return held if isinstance(held, list) else list(held.values())
