"""Finding this service's own extensions in a resource, wherever they stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from oppfolging_api.fhir.exact_json import child

_HELD: Final = frozenset({"extension", "modifierExtension"})

Steps = tuple[str | int, ...]


class Found(NamedTuple):
    """`context` is the element it stands on, as StructureDefinition.context says it: `CareTeam.participant`."""

    path: str
    context: str
    content: Mapping[str, Any]


def own_extensions(resource: Mapping[str, Any], kind: str, prefix: str) -> list[Found]:
    """Every extension whose url begins with a prefix. Paths are put together for those alone."""
    search = _Search(kind, prefix)
    search.below(resource, kind, 0, ())
    return search.found


@dataclass(slots=True)
class _Search:
    kind: str
    prefix: str
    found: list[Found] = field(default_factory=list)

    def below(self, value: Mapping[str, Any], kind: str, start: int, steps: Steps) -> None:
        """`steps` lead here from the outermost resource; those after `start` are in the innermost, a `kind`."""
        if "resourceType" in value:
            kind, start = str(value["resourceType"]), len(steps)
        for name, content in value.items():
            if isinstance(content, dict):
                self.below(content, kind, start, (*steps, name))
            elif isinstance(content, list):
                for index, item in enumerate(content):
                    if isinstance(item, dict):
                        self.below(item, kind, start, (*steps, name, index))
                        if name in _HELD:
                            self._extension(item, (*steps, name, index), _context(kind, steps[start:]))

    def _extension(self, extension: Mapping[str, Any], steps: Steps, context: str) -> None:
        if str(extension.get("url", "")).startswith(self.prefix):
            self.found.append(Found(_path(self.kind, steps), context, extension))


def _path(kind: str, steps: Steps) -> str:
    path = kind
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else child(path, step.removeprefix("_"))
    return path


def _context(kind: str, steps: Steps) -> str:
    return ".".join((kind, *(step.removeprefix("_") for step in steps if isinstance(step, str))))
