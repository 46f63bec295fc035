"""What a SMART v2 scope with a search in it holds its caller to (`user/Observation.rs?category=laboratory`).

https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
"""

from dataclasses import dataclass

from oppfolging_api.kernel.caller import SmartScope
from oppfolging_api.kernel.resource_type import COMMON, ResourceType, SearchParameter
from oppfolging_api.store.index import key, token_key

_BY_VALUE = ("token", "reference", "uri")


@dataclass(frozen=True, slots=True)
class Restriction:
    """SQL of a row {f} of the type. `by_itself`: it looks at nothing that might be cut with a reference."""

    condition: str
    by_itself: bool = True


def restricted_to(scope: SmartScope, kind: ResourceType) -> Restriction | None:
    """Of each parameter one of the values. None where the scope cannot be honoured on that type: it names a parameter
    the type does not have, or one that is no matter of keys, or a modifier."""
    if not scope.restriction:
        return Restriction("true")
    declared = {one.name: one for one in (*COMMON, *kind.search) if one.kind in _BY_VALUE}
    if any(name not in declared for name, _ in scope.restriction):
        return None
    held = [_literals(declared[name], values) for name, values in scope.restriction]
    return Restriction(
        " AND ".join(f"{{f}}.keys && ARRAY[{', '.join(literals)}]" for literals in held),
        all(_stands_by_itself(declared[name]) for name, _ in scope.restriction),
    )


def _stands_by_itself(parameter: SearchParameter) -> bool:
    """A code of the resource itself, not of something within it that may hold references."""
    return parameter in COMMON or (parameter.kind != "reference" and not any("." in path for path in parameter.paths))


def _literals(parameter: SearchParameter, values: tuple[str, ...]) -> list[str]:
    return [_literal(_key(parameter, value)) for value in values]


def _key(parameter: SearchParameter, value: str) -> str:
    if parameter.kind != "token":
        return key(parameter.name, value)
    system, bar, code = value.rpartition("|")
    return token_key(parameter.name, code, system if bar else None)


def _literal(text: str) -> str:
    """A text of whatever characters, in a statement whose own are not read as anything else: no quote, colon, dollar
    or brace stands in it."""
    return "convert_from(decode('" + text.encode().hex() + "', 'hex'), 'UTF8')"
