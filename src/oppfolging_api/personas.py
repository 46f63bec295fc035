"""A persona of the seed for each role, and tokens to be it, in development."""

from datetime import UTC, datetime
from typing import Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.keys import development_issuer
from oppfolging_api.seed import Persona, municipalities
from oppfolging_api.settings import Settings

TOKEN_LASTS_S: Final = 8 * 3600


def personas(settings: Settings) -> list[tuple[str, Persona]]:
    """(municipality, persona) for each role, of the municipality whose story they tell."""
    found = municipalities(Canonical(settings.canonical), today(SystemClock()))
    return [(found[-1].code, persona) for persona in found[-1].sample.values()]


def token_for(settings: Settings, municipality: str, persona: Persona, expires_in: int = TOKEN_LASTS_S) -> str:
    return development_issuer(settings).token(
        scopes=[f"oppfolging/{persona.role}"],
        municipalities=[municipality],
        subject=persona.subject,
        hpr=persona.hpr,
        organisation=persona.organisation,
        pid=persona.pid,
        expires_in=expires_in,
        now=datetime.now(UTC),
    )
