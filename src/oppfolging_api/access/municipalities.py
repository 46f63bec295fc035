"""What each municipality lets organisations and health personnel be there, whatever scopes a national issuer gave.

A client of a national issuer asks for the scopes it likes, and the issuer knows nothing of who coordinates where. So
for a token whose issuer names no municipality, both have to agree: the scope is in the token, and the municipality has
configured the role for the token's organisation, or for its holder's HPR number.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from oppfolging_api.access.claims import Verified
from oppfolging_api.kernel.caller import Role

Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
_Organisation = Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
_HerId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")]
_Hpr = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")]


def _of_work(roles: frozenset[Role]) -> frozenset[Role]:
    if Role.PERSON in roles:
        raise ValueError("person is no role at work: it rests on the identity number of whoever comes")
    return roles


_Roles = Annotated[frozenset[Role], AfterValidator(_of_work)]


class MunicipalitySettings(BaseModel):
    """Roles by organisation number, and by HPR number for those who have more, or whose organisation has none; and the
    HER-ids at which messages for its coordinating unit arrive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organisations: Mapping[_Organisation, _Roles] = {}
    personnel: Mapping[_Hpr, _Roles] = {}
    her_ids: frozenset[_HerId] = frozenset()


class Municipalities:
    def __init__(self, configured: Mapping[str, MunicipalitySettings]) -> None:
        self._configured = configured
        self._of: dict[str, set[str]] = {}
        for number, municipality in configured.items():
            for organisation in municipality.organisations:
                self._of.setdefault(organisation, set()).add(number)

    def of(self, verified: Verified) -> tuple[str, ...]:
        """Where the token's organisation works: those that its issuer says, else those that name it."""
        if verified.municipalities is not None:
            return verified.municipalities
        found = [self._of[number] for number in verified.organisations if number in self._of]
        return tuple(sorted(set().union(*found)))

    def roles(self, verified: Verified, municipality: str, asked: frozenset[Role]) -> frozenset[Role]:
        """Those of the token's scopes that it has there: the organisation's, which is the first of the token's own
        that the municipality names, and the holder's."""
        if verified.municipalities is not None:
            return asked
        configured = self._configured[municipality]
        organisation = next(number for number in verified.organisations if number in configured.organisations)
        personnel = configured.personnel.get(verified.hpr or "", frozenset())
        return asked & (configured.organisations[organisation] | personnel | {Role.PERSON})
