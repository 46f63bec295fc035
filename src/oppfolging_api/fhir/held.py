"""A row that a transaction holds to change it: how it is found, and in what standings its caller sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from oppfolging_api.access import policy
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.records import Stored

_LETTERS: Final = {"updates": "u", "deletes": "d"}
_PERSON: Final = "SELECT f.person FROM tenant_find f WHERE f.type = :type AND f.id = :id AND {visible}"
_HELD: Final = (
    "SELECT r.version, r.updated, r.deleted, r.body, f.person, f.kinds,"
    " {seen} AS seen, {updates} AS updates, {deletes} AS deletes FROM tenant_find f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE f.type = :type AND f.id = :id AND {visible} FOR {held} OF r"
)


@dataclass(frozen=True, slots=True)
class Current:
    """A row held for this transaction, parsed; the standings in which the caller sees it, in which it may update it
    and delete it as far as its scopes go; and the resource as the caller sees it."""

    stored: Stored
    body: Body
    seen: tuple[str, ...]
    scoped: Mapping[str, tuple[str, ...]]
    shown: Body


def person_statement(caller: Caller, kind: ResourceType, *, as_service: bool) -> str:
    """SQL for whom a row (`:type`, `:id`) is about."""
    return _PERSON.format(visible=_visible(caller, kind, as_service=as_service))


def held_statement(caller: Caller, kind: ResourceType, *, as_service: bool, to_delete: bool) -> str:
    """SQL that locks a row (`:type`, `:id`); `to_delete` waits for those who are referring to it."""
    visible = _visible(caller, kind, as_service=as_service)
    held = "UPDATE" if to_delete else "NO KEY UPDATE"
    return _HELD.format(visible=visible, held=held, **_standings(caller, kind, as_service=as_service))


def scoped_of(row: asyncpg.Record) -> dict[str, tuple[str, ...]]:
    """By letter; without scopes the caller may do in a standing what it may there."""
    return {letter: tuple(row["seen"] if row[name] is None else row[name]) for name, letter in _LETTERS.items()}


def _visible(caller: Caller, kind: ResourceType, *, as_service: bool) -> str:
    return "true" if as_service else policy.visible(caller, "f", kind)


def _standings(caller: Caller, kind: ResourceType, *, as_service: bool) -> dict[str, str]:
    """SQL for each of `seen` and _LETTERS."""
    if as_service:
        return {"seen": "ARRAY[]::text[]"} | dict.fromkeys(_LETTERS, "NULL::text[]")
    scoped = {name: policy.seen_as(caller, "f", kind, letter) for name, letter in _LETTERS.items()}
    return {"seen": policy.seen_as(caller, "f", kind)} | (
        scoped if caller.smart else dict.fromkeys(_LETTERS, "NULL::text[]")
    )
