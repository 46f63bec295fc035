"""What the domain packages hand to the engine, which imports none of them.

A rule looks at a change before it commits and raises what it breaks; a projection draws rows from a resource; a
reaction writes more in the same transaction; an operation answers `$name`. All see the final state of the request.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.resource_type import ResourceType

Body = dict[str, Any]
"""A resource as parsed JSON. What has been written is never changed in place."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write of a request: `before` is None for a create, `after` for a delete; `seen` the caller's standings.

    `place`: where the resource stands in a Bundle, as `Bundle.entry[1].resource`.
    """

    type: ResourceType
    id: str
    person: str | None
    before: Body | None
    after: Body | None
    caller: Caller
    seen: Sequence[str] = ()
    by_service: bool = False
    place: str | None = None

    def told(self, expression: str | None) -> str:
        """An expression within the resource, as the client reads it."""
        within = (expression or self.type.name).removeprefix(self.type.name)
        return f"{self.type.name if self.place is None else self.place}{within}"


class Facts(Protocol):
    """What a rule may ask: the final state of the request, whoever may see it."""

    @property
    def at(self) -> datetime: ...

    async def about(self, person: str, type: str) -> list[Body]:
        """Every resource of a type about a person that is not deleted."""
        ...

    async def resource(self, type: str, id: str) -> Body | None:
        """One resource, None where there is none."""
        ...

    async def caller_names(self) -> frozenset[str]:
        """The references that mean the caller: in person, in a role, as the service they speak for."""
        ...

    async def ask(self, statement: str, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a statement with arguments by name (`:name`), as the transaction sees them."""
        ...


class Desk(Facts, Protocol):
    """What a reaction may do: write, as the service itself, in the transaction that caused it."""

    async def create(self, resource: Body, *, as_service: bool = False) -> Body: ...

    async def change(self, type: str, id: str, edit: Callable[[Body], Body]) -> Body:
        """Update one resource, as the service, by a function of what stands."""
        ...


Guard = Callable[[Change], None]
"""Judges a change by itself, before anything is written: what the caller may not do leaves no trace to tell by."""
Rule = Callable[[Change, Facts], Awaitable[None]]
Reaction = Callable[[Change, Any], Awaitable[None]]
"""Is given the engine's own writer, which is a Desk."""
Afterwards = Callable[[Sequence[Change], Any], Awaitable[None]]
"""Is given, once every reaction has written, all that has been written since it was last asked, and the writer."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The rows of one table (a SQLModel, without its key) that a resource gives."""

    model: Any
    rows: Callable[[Mapping[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on an instance: https://hl7.org/fhir/R4/operations.html

    `handle` takes the engine's request and gives a Parameters resource. `standings` are those in which a caller may
    perform it; without any, whoever sees the instance may ask, and nothing is changed.
    """

    name: str
    type: str
    handle: Callable[[Any], Awaitable[Body]]
    standings: frozenset[str] = frozenset()

    @property
    def reads(self) -> bool:
        return not self.standings


class Reader(Protocol):
    """Serves a type that is not stored but composed when it is asked for, to whoever may see it.

    Its rows have what those of the store have, by name: `mode`, `type`, `id`, `version`, `updated`, `deleted`,
    `person`, `body`, and of a match in `extra` its place in the order.
    """

    kind: ResourceType

    async def one(self, context: Any, id: str) -> Mapping[str, Any] | None:
        """None where there is none for the caller."""
        ...

    async def page(
        self, context: Any, query: Any, position: list[str] | None, compartment: Any
    ) -> Sequence[Mapping[str, Any]]:
        """What a search finds after a position; a row `more` where there is more, and `total` where it is asked for."""
        ...


@dataclass(slots=True)
class Registry:
    """Filled once by `create_app`, read ever after."""

    types: Mapping[str, ResourceType]
    canonical: Canonical
    guards: defaultdict[str, list[Guard]] = field(default_factory=lambda: defaultdict(list))
    rules: defaultdict[str, list[Rule]] = field(default_factory=lambda: defaultdict(list))
    reactions: defaultdict[str, list[Reaction]] = field(default_factory=lambda: defaultdict(list))
    projections: defaultdict[str, list[Projection]] = field(default_factory=lambda: defaultdict(list))
    afterwards: list[Afterwards] = field(default_factory=list)
    not_holding: set[str] = field(default_factory=set)
    """Keys of `find`: what has one of them keeps nothing that it refers to from being deleted."""
    operations: dict[tuple[str, str], Operation] = field(default_factory=dict)
    packaged: list[Body] = field(default_factory=list)
    readers: dict[str, Reader] = field(default_factory=dict)

    @property
    def stored(self) -> tuple[ResourceType, ...]:
        """The types whose resources lie in the store: all but those composed when they are asked for."""
        return tuple(kind for kind in self.types.values() if kind.name not in self.readers)

    def compose(self, reader: Reader) -> None:
        """The type is what its reader says it is, found by the reader's parameters."""
        self.types = {**self.types, reader.kind.name: reader.kind}
        self.readers[reader.kind.name] = reader

    def operation(self, operation: Operation) -> None:
        self.operations[operation.type, operation.name] = operation
