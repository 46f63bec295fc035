"""The part of FHIRPath that names positions (https://hl7.org/fhir/R4/fhirpatch.html): names, indexes, first(), last(),
where() with equalities, ofType() and extension().

    Patient.name.where(use = 'official' and period.start = '2020').given[0]
"""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import zip_longest
from typing import Any, Final

from oppfolging_api.fhir.definitions import Element, Structure, definitions
from oppfolging_api.kernel.registry import Body

MAX_LENGTH: Final = 1000
MAX_VISITS: Final = 200_000
"""Elements that the operations of one patch look at, together."""
LAST: Final = -1

Literal = str | bool | Decimal


@dataclass(frozen=True, slots=True)
class Child:
    name: str


@dataclass(frozen=True, slots=True)
class OfType:
    name: str


@dataclass(frozen=True, slots=True)
class At:
    """Counted from 0, or LAST."""

    index: int


@dataclass(frozen=True, slots=True)
class Equal:
    """A condition of where(): the element the names lead to is the literal; no names mean `$this`."""

    names: tuple[str, ...]
    literal: Literal


@dataclass(frozen=True, slots=True)
class Where:
    conditions: tuple[Equal, ...]


Step = Child | At | OfType | Where
Path = tuple[Step, ...]


class Unreadable(ValueError):
    """No path, or one of a FHIRPath that this service does not speak."""


_TOKEN: Final = re.compile(
    r"\s*+(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*+)|(?P<number>-?[0-9]++(?:\.[0-9]++)?+)"
    r"""|'(?P<text>(?:[^'\\]|\\['"`/\\])*+)'|(?P<mark>\$this|[.\[\]()=]))\s*+"""
)
_ESCAPE: Final = re.compile(r"\\(.)")


def parsed(text: str) -> Path:
    """Raises Unreadable, which says what was expected and not what was found."""
    if len(text) > MAX_LENGTH:
        raise Unreadable(f"a path of at most {MAX_LENGTH} characters")
    reading = _Reading(text)
    steps = [*reading.step()]
    while reading.left:
        if reading.accept("["):
            steps.append(reading.index())
        else:
            reading.expect(".")
            steps.extend(reading.step())
    return tuple(steps)


class _Reading:
    """What is left of one path, as (kind, text) of its tokens."""

    def __init__(self, text: str) -> None:
        self.left: deque[tuple[str, str]] = deque()
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Unreadable("a path of names, indexes, where(), first(), last(), ofType() and extension()")
            kind = str(found.lastgroup)
            self.left.append((kind, found[kind]))
            at = found.end()
        self._functions: Mapping[str, Callable[[], Path]] = {
            "first": lambda: (At(0),),
            "last": lambda: (At(LAST),),
            "ofType": lambda: (OfType(self._taken("name")),),
            "where": lambda: (self._where(),),
            "extension": lambda: (Child("extension"), Where((Equal(("url",), self._literal()),))),
        }

    def accept(self, token: str, kind: str = "mark") -> bool:
        if found := bool(self.left) and self.left[0] == (kind, token):
            self.left.popleft()
        return found

    def expect(self, mark: str) -> None:
        if not self.accept(mark):
            raise Unreadable(f"expected {mark}")

    def index(self) -> At:
        digits = self._taken("number")
        self.expect("]")
        if not digits.isdecimal():
            raise Unreadable("expected an index of 0 or more")
        return At(int(digits))

    def step(self) -> Path:
        """extension('x') is two: extension.where(url = 'x')."""
        name = self._taken("name")
        if not self.accept("("):
            return (Child(name),)
        if name not in self._functions:
            raise Unreadable(f"no other functions than {', '.join(self._functions)}")
        steps = self._functions[name]()
        self.expect(")")
        return steps

    def _where(self) -> Where:
        conditions = [self._condition()]
        while self.accept("and", "name"):
            conditions.append(self._condition())
        return Where(tuple(conditions))

    def _condition(self) -> Equal:
        names = [] if self.accept("$this") else [self._taken("name")]
        while names and self.accept("."):
            names.append(self._taken("name"))
        self.expect("=")
        return Equal(tuple(names), self._literal())

    def _literal(self) -> Literal:
        kind, token = self.left[0] if self.left else ("", "")
        if kind == "text":
            return _ESCAPE.sub(r"\1", self._taken("text"))
        if kind == "number":
            return Decimal(self._taken("number"))
        if token not in ("true", "false"):
            raise Unreadable("expected a text in single quotes, a number, true or false")
        return self._taken("name") == "true"

    def _taken(self, kind: str) -> str:
        if not self.left or self.left[0][0] != kind:
            raise Unreadable(f"expected a {kind}")
        return self.left.popleft()[1]


# Where a path leads.

Item = tuple[Any, Any]
"""A value, and what stands beside it: of a primitive the `_name` with its id and extensions."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One element of an object under its JSON name: no item, one, or where it repeats several."""

    owner: Body
    key: str
    element: Element
    parent: "Node | None" = None

    def items(self) -> list[Item]:
        values = self.owner.get(self.key)
        beside = self.owner.get(f"_{self.key}") if self.element.check else None
        if self.element.many:
            return list(zip_longest(values or (), beside or ()))
        return [] if values is None and beside is None else [(values, beside)]

    def put(self, items: Sequence[Item]) -> None:
        """Values and what stands beside them stay in step; R4 knows no empty list."""
        self._set(self.key, [value for value, _ in items])
        self._set(f"_{self.key}", [beside for _, beside in items])

    def _set(self, key: str, contents: list[Any]) -> None:
        if all(content is None for content in contents):
            self.owner.pop(key, None)
        else:
            self.owner[key] = contents if self.element.many else contents[0]


@dataclass(frozen=True, slots=True)
class Node:
    """One item of a slot, or where there is no slot the resource itself."""

    slot: Slot | None
    position: int
    value: Any
    beside: Any = None

    @property
    def is_primitive(self) -> bool:
        return self.slot is not None and self.slot.element.check is not None

    @property
    def members(self) -> Body | None:
        """The object that holds its elements."""
        found = self.beside if self.is_primitive else self.value
        return found if isinstance(found, dict) else None

    @property
    def type(self) -> str:
        element = self.slot.element.type if self.slot is not None else "Resource"
        return str(self.value["resourceType"]) if element == "Resource" else element

    @property
    def structure(self) -> Structure:
        """A resource type without definitions here has those of DomainResource, as in validation."""
        known = definitions().structures
        is_element = self.slot is not None and self.slot.element.type != "Resource"
        general = known["Element" if is_element else "DomainResource"]
        return general if self.is_primitive else known.get(self.type, general)


@lru_cache(maxsize=4096)
def variants(structure: str, name: str) -> tuple[tuple[str, Element], ...]:
    """The JSON names of an element: several where its type may be chosen, none where R4 does not know it."""
    elements = definitions().structures[structure].elements
    return tuple((key, element) for key, element in elements.items() if element.label == name)


class Unfound(ValueError):
    """The path does not lead to what the operation needs; says why, without a value."""


class Finder:
    """Looks paths up in one resource, as it stands at the moment."""

    def __init__(self, resource: Body) -> None:
        self._root = Node(None, 0, resource)
        self._left = MAX_VISITS

    def one(self, path: Path) -> Node:
        found = self.nodes(path)
        if len(found) != 1:
            raise Unfound("the path names several elements" if found else "the path names nothing that is there")
        return found[0]

    def nodes(self, path: Path) -> list[Node]:
        steps = path[1:] if path[:1] == (Child(self._root.type),) else path
        return reduce(self._taken, steps, [self._root])

    def children(self, focus: list[Node], name: str) -> list[Node]:
        known = [(node, variants(node.structure.name, name)) for node in focus]
        if focus and not any(found for _, found in known):
            raise Unfound("R4 knows no element of this name here")
        return [
            child
            for node, found in known
            if (owner := node.members)
            for key, element in found
            for child in self._items(Slot(owner, key, element, node))
        ]

    def _visit(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unfound("the patch looks at too many elements")

    def _items(self, slot: Slot) -> list[Node]:
        self._visit(1 + len(items := slot.items()))
        return [Node(slot, position, *item) for position, item in enumerate(items)]

    def _taken(self, focus: list[Node], step: Step) -> list[Node]:
        if isinstance(step, Child):
            return self.children(focus, step.name)
        if isinstance(step, At):
            return focus[-1:] if step.index == LAST else focus[step.index : step.index + 1]
        self._visit(len(focus))
        if isinstance(step, OfType):
            return [node for node in focus if node.type == step.name]
        return [node for node in focus if all(self._holds(condition, node) for condition in step.conditions)]

    def _holds(self, condition: Equal, node: Node) -> bool:
        found = reduce(self.children, condition.names, [node])
        return len(found) == 1 and _equal(found[0].value, condition.literal)


def _equal(value: object, literal: Literal) -> bool:
    if isinstance(literal, Decimal) and isinstance(value, int | Decimal):
        return not isinstance(value, bool) and value == literal
    return type(value) is type(literal) and value == literal
