"""10 000 mutated PLO messages to the service in a process of its own: `PYTHONPATH=tests python -m fuzz.plo N SEED`.

They begin from the samples beside the repository. Ends with 1 where an answer is a server error, comes after more than
a second to a client that asks alone, or is an AppRec its schema does not pass; where a message sent again is answered
otherwise; where the service held more than 150 MB above what it holds idle, or reported an error; or where a resource
it stored does not pass $validate.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from fuzz.plo_judged import Heard, Tally
from fuzz.plo_mutations import mutant
from fuzz.plo_seeds import HER_ID, seeds, with_new_id
from fuzz.stored import complaints, stored
from fuzz.watched import Watched
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.keys import development_issuer
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres
from plo_messages import FOLDER, MISSING, XML, post
from support import CONNECTIONS, Api, MovableClock, Municipality

MESSAGES: Final = 10_000
MOST_MB: Final = 150
MUNICIPALITY: Final = "4601"
RECEIVING: Final = {"rate_limit": "0", "municipalities": f'{{"{MUNICIPALITY}": {{"her_ids": ["{HER_ID}"]}}}}'}
"""Settings of a service at which a message to HER_ID arrives."""
_KNOWN: Final = ("15720255178", "01010142365")
"""Whom samples are about, and who have a team here."""
_AGAIN: Final = 0.05
_PROGRESS: Final = 1000


def town_at(service: Watched, issuer: DevelopmentIssuer) -> Municipality:
    """Where some of those whom the samples are about have a team."""
    town = Municipality(service.address, issuer, MovableClock(), MUNICIPALITY)
    for number in _KNOWN:
        town.team(town.person(number))
    return town


def heard(sender: Api, message: bytes, kind: str = XML) -> Heard:
    """The answer, and what its client waited for it."""
    began = time.perf_counter()
    answer = post(sender, message, kind=kind)
    return Heard.of(answer, time.perf_counter() - began)


def mutants(seed: int) -> Iterator[bytes]:
    """For ever; the same for the same seed but for the ids of those that have new ones."""
    chance, begun = Random(seed), seeds()  # noqa: S311
    while True:
        message = chance.choice(begun)
        message = with_new_id(message) if chance.random() < 0.6 else message
        yield mutant(chance, message, begun)


@dataclass(slots=True)
class Fuzz:
    service: Watched
    sender: Api
    seed: int
    idle: float
    """Megabytes the service held before it was asked anything."""
    tally: Tally = field(default_factory=Tally)

    def run(self, messages: int) -> None:
        chance, made = Random(self.seed), mutants(self.seed)  # noqa: S311
        for number in range(messages):
            message = next(made)
            answer = self.note(number, message)
            if chance.random() < _AGAIN and answer.status == 200 and self.note(number, message).body != answer.body:
                self.tally.faults.append(f"message {number}: another answer when it came again")
            if (number + 1) % _PROGRESS == 0:
                told = f"{len(self.tally.faults)} faults, {self.service.peak():.0f} MB"
                print(f"{number + 1} messages, {told}", flush=True)
        self.judge_memory()

    def note(self, number: int, message: bytes) -> Heard:
        answer = heard(self.sender, message)
        self.tally.note(f"message {number}", answer)
        return answer

    def judge_memory(self) -> None:
        if self.service.peak() > self.idle + MOST_MB:
            self.tally.faults.append(f"{self.service.peak():.0f} MB held, {self.idle:.0f} MB idle")

    def validated(self, unit: Api) -> int:
        """How many resources stand in the municipality; what $validate says against one is a fault."""
        keys = sorted(set(stored(unit)))
        self.tally.faults += [told for key in keys for told in complaints(unit, key)]
        return len(keys)


def fuzzed(service: Watched, issuer: DevelopmentIssuer, messages: int, seed: int) -> tuple[Fuzz, int]:
    """What came of it, and how many resources it left."""
    idle = service.resident()
    town = town_at(service, issuer)
    fuzz = Fuzz(service, town.api("referrer", orgnr="889640782"), seed, idle)
    fuzz.run(messages)
    kept = fuzz.validated(town.unit)
    fuzz.tally.faults += [f"reported: {line}" for line in service.lines() if line.get("level") == "error"]
    return fuzz, kept


def main(messages: int, seed: int) -> int:
    if not FOLDER.is_dir():
        print(MISSING, file=sys.stderr)
        return 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, EmbeddedPostgres.start(Path(name) / "postgres") as postgres:
        settings = Settings(database_url=postgres.url, var=Path(name), _env_prefix="NOTHING_")
        asyncio.run(bring_up_to_date(settings))
        issuer = development_issuer(settings)
        with Watched(postgres.url, issuer, Path(name), **RECEIVING) as service:
            fuzz, kept = fuzzed(service, issuer, messages, seed)
            held = f"held: {fuzz.idle:.0f} MB idle, {service.peak():.0f} MB at most, {service.resident():.0f} MB after"
    CONNECTIONS.close()
    print("", *fuzz.tally.told(), held, "", *fuzz.tally.faults, sep="\n")
    print(f"\n{messages} messages with seed {seed} in {time.monotonic() - began:.0f} s: ", end="")
    print(f"{kept} resources stored and validated, {len(fuzz.tally.faults)} faults")
    return 1 if fuzz.tally.faults else 0


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [MESSAGES, 0][len(given) :])))
