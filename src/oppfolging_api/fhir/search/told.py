"""What a row tells a search of other rows, from whom something about the row's person is withheld (CONTRACT section 3).

A reference that is cut from the resource is not found in it either, by its own parameter or by others that look at what
stands beside it: nobody learns by asking what they may not read. Rows of other people cost one comparison.
"""

from oppfolging_api.access.policy import is_bound, may_be_bound
from oppfolging_api.fhir.cutting import told_beside_references
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter

ANYTHING = "@"
"""Begins the keys of whatever a resource refers to."""


def may_be_cut(caller: Caller, kind: ResourceType, parameter: SearchParameter) -> bool:
    """Whether of some rows the parameter is not to find all that it could."""
    return may_be_bound(caller) and kind.person is not None and _tells(kind, parameter)


def keys_told(caller: Caller, row: str, kind: ResourceType, parameter: SearchParameter) -> str:
    """SQL: the keys of a row, or of what is partly withheld those of the parameter's own that may be known."""
    if not may_be_cut(caller, kind, parameter):
        return f"{row}.keys"
    return _keys(row, f"{parameter.name}=" if parameter.kind == "reference" else "")


def references_told(caller: Caller, row: str) -> str:
    """SQL: keys of a row, among which are those of whatever it refers to and the caller may know of."""
    return _keys(row, ANYTHING) if may_be_bound(caller) else f"{row}.keys"


def _keys(row: str, lead: str) -> str:
    """`lead` "": none."""
    told = f"shown_keys({row}.person, {row}.keys, '{lead}')" if lead else "'{}'::text[]"
    return f"CASE WHEN {is_bound(row)} THEN {told} ELSE {row}.keys END"


def _tells(kind: ResourceType, parameter: SearchParameter) -> bool:
    return told_beside_references(kind.name, kind.person, parameter)
