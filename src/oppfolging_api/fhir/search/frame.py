"""What a condition is compiled for: a row of the search index under an alias, and the statement's arguments."""

from dataclasses import dataclass, replace

from oppfolging_api.access.policy import reach, visible
from oppfolging_api.fhir.search.told import keys_told, may_be_cut
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import by_id, rows_of
from oppfolging_api.kernel.resource_type import ResourceType, SearchParameter


class Arguments:
    """The arguments of a statement, all text, each once; `add` gives the SQL that stands for one."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._places: dict[tuple[str, ...], int] = {}

    def add(self, value: str, cast: str = "") -> str:
        return f"$1[{self._place((value,))}]{cast}"

    def array(self, values: list[str]) -> str:
        """One slice: PostgreSQL copies all arguments wherever one of them stands by itself."""
        first = self._place(tuple(values))
        return f"$1[{first}:{first + len(values) - 1}]"

    def _place(self, values: tuple[str, ...]) -> int:
        if values not in self._places:
            self._places[values] = len(self.values) + 1
            self.values.extend(values)
        return self._places[values]


@dataclass(frozen=True, slots=True)
class Frame:
    """`row` is the alias of a row of `kind`; conditions on another row nest under a longer one.

    `given`: few rows are looked at, and a condition asks from each what it leads to; else what meets the condition is
    gathered first. Either way it says the same. `letters`: of the token's scopes, one of which must allow it.
    """

    kind: ResourceType
    row: str
    arguments: Arguments
    context: Context
    given: bool = False
    letters: str = "rs"

    def beyond(self, kind: ResourceType) -> "Frame":
        """A row of a type that this one points at, or that points at it."""
        return replace(self, kind=kind, row=f"{self.row}x", letters="s")

    @property
    def unrestricted(self) -> bool:
        """Whether all that stands of the type may be found."""
        return self._visible == "true"

    def may_be_cut(self, parameter: SearchParameter) -> bool:
        """Whether of some rows the parameter is not to find all that it could (`told`)."""
        return may_be_cut(self.context.caller, self.kind, parameter)

    def keys_told(self, parameter: SearchParameter) -> str:
        """SQL: the keys of the row, as far as the caller may know them, those of the parameter among them."""
        return keys_told(self.context.caller, self.row, self.kind, parameter)

    @property
    def reach(self) -> str | None:
        """A SELECT of ids among which are all that the caller sees, where that is not much of the municipality."""
        return reach(self.context.caller, self.kind)

    @property
    def rows(self) -> str:
        return f"{rows_of(self.kind)} {self.row}"

    @property
    def keyed(self) -> str:
        """The rows, to be found by their keys and no other way."""
        return f"{rows_of(self.kind, 'find_by_keys')} {self.row}"

    def one(self, id: str) -> str:
        """The row with an id, whatever the planner thinks of how many there are."""
        return f"LATERAL (SELECT * FROM {by_id(self.kind, 'find', self.row, id)} LIMIT 1) {self.row}"

    def each_of(self, select: str) -> str:
        """The rows with the ids that a SELECT gives as `found`, each once."""
        ids = f"{self.row}_begin"
        return f"(SELECT DISTINCT found FROM ({select}) b) {ids} CROSS JOIN {self.one(f'{ids}.found')}"

    @property
    def standing(self) -> str:
        """SQL: a row of the type that is not deleted and that the caller may know of."""
        row = self.row
        return f"{row}.type = '{self.kind.name}' AND NOT {row}.deleted AND {self._visible}"

    @property
    def _visible(self) -> str:
        return visible(self.context.caller, self.row, self.kind, self.letters)
