"""A synthetic municipality in the configured database: what the command `generate` and the measurements share."""

from functools import partial

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.generate.load import generate
from oppfolging_api.generate.town import Town
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.keys import secret_of
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.settings import Settings


def fill(settings: Settings, municipality: str, people: int, seed: int, *, analyze: bool = True) -> int:
    """How many resources were written to a migrated database. Raises CannotServe where the municipality has some."""
    town = Town(municipality, people, seed, today(SystemClock()), Canonical(settings.canonical))
    make_registry = partial(registry_of, settings, PersonKeys(secret_of(settings)))
    return generate(town, urls_of(settings).owner, make_registry, analyze=analyze)
