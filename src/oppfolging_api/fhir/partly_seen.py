"""What one transaction changes of resources that its caller sees in part (CONTRACT section 3)."""

from dataclasses import dataclass, replace

from oppfolging_api.fhir.cutting import PARTLY_SHOWN, loses, merged, with_elements
from oppfolging_api.fhir.references import relative
from oppfolging_api.kernel.errors import Conflict, Refusal
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.store.records import Stored


@dataclass(frozen=True, slots=True)
class _Own:
    """What a caller is shown, what it would have instead, and which elements cannot be changed so."""

    shown: Body
    changed: Body
    lost: frozenset[str]


class PartlySeen:
    """Rules judge the whole, with its hidden parts in place. What the caller itself says is judged against what it is
    shown: that the same stands there hidden makes nothing good."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._own: dict[tuple[str, str], _Own] = {}
        self._stands = True

    def whole(self, stored: Stored, body: Body, shown: Body, changed: Body, *, replaces: bool) -> Body:
        """What a change of what is shown makes of the whole. `replaces`: nothing that is hidden would be left."""
        changed = relative(changed, stored.type, self._base)
        result, lost = merged(body, shown, changed)
        self._own[stored.type, stored.id] = _Own(shown, changed, lost)
        self._stands &= not lost and not (replaces and loses(body, shown))
        return result

    def before(self, stored: Stored, body: Body) -> Body:
        """What the caller changes: where it overwrites what it does not see, that is nothing, so that a right guess is
        a change as any other."""
        own = self._own.get((stored.type, stored.id))
        return with_elements(body, {name: own.shown.get(name) for name in own.lost}) if own else body

    def as_named(self, change: Change) -> Change:
        """From what the caller is shown to its own copy, where these are not all."""
        own = None if change.by_service else self._own.get((change.type.name, change.id))
        return replace(change, before=own.shown, after=own.changed) if own else change

    def check(self) -> None:
        """Raises Conflict where a change cannot be made, last of all: who may not change the resource does not learn
        that there is more of it than they see."""
        if not self._stands:
            raise Conflict.of(PARTLY_SHOWN)

    def unplaced(self, refusal: Refusal) -> Refusal:
        """Of what the caller sees in part nobody tells how far down a list something stands."""
        return refusal.without_indices() if self._own else refusal
