"""How a demo walks: who takes part, and one step after another over HTTP, each held up against what it should be."""

import secrets
import sys
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import httpx

from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.kernel.identity_number import synthetic
from oppfolging_api.personas import personas, token_for
from oppfolging_api.seed import Persona, tindoy
from oppfolging_api.seed.directory import persona
from oppfolging_api.seed.setting import Story
from oppfolging_api.settings import Settings

Json = dict[str, Any]


class Unexpected(Exception):
    """A step that is not as it should be."""


@dataclass
class Walk:
    """Who is walking, and how far. A step is printed as it is asked, and again as what it came to is known."""

    client: httpx.Client
    tokens: dict[str, str]
    steps: int = 0

    def does(self, who: str, what: str, method: str, path: str, body: Json | None = None, *, status: int) -> Json:
        """The JSON of the answer. Raises Unexpected for another status."""
        self.steps += 1
        print(f"{self.steps:2}. {who} {what}: {method} {path.partition('?')[0]}", end="", flush=True)
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        response = self.client.request(method, path, json=body, headers=headers)
        print(f" -> {response.status_code}", end="", flush=True)
        if response.status_code != status:
            raise Unexpected(f"expected status {status}, came {response.status_code}: {response.text[:500]}")
        answer: Json = response.json()
        return answer

    def tell(self, fact: str) -> None:
        print(f", {fact}", flush=True)

    def is_refused(self, who: str, what: str, method: str, path: str, body: Json | None = None, *, status: int) -> Json:
        """The first issue of the refusal."""
        issue: Json = self.does(who, what, method, path, body, status=status)["issue"][0]
        said = issue.get("details", {}).get("text") or issue["diagnostics"]
        self.tell(f"{said} ({', '.join(issue.get('expression', [issue['code']]))})")
        return issue


@dataclass
class Case:
    """One telling: who walks, about whom, and the ids the service has given so far."""

    walk: Walk
    number: str
    canonical: Canonical
    today: date
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def story(self) -> Story:
        """What the seed's builders speak in, about this Jan."""
        return Story(self.canonical, self.today, "9902", "Tindøy", tindoy.UNIT, self.ids["Patient"])


def new_case(settings: Settings, client: httpx.Client) -> Case:
    """A Jan nobody has heard of, and a token for each who takes part: all seven roles, and two outsiders."""
    day = today(SystemClock())
    born = date(day.year - 51 - secrets.randbelow(8), 1, 1) + timedelta(days=secrets.randbelow(365))
    number = synthetic(born, 2 * secrets.randbelow(40) + 1)
    seeded = {one.role: one for _, one in personas(settings)}
    staff = {one.id: one for one in tindoy.STAFF}
    people: dict[str, Persona] = {
        "The GP": seeded[Role.REFERRER],
        "The coordinating unit": seeded[Role.COORDINATING_UNIT],
        "The leader": seeded[Role.LEADER],
        "The coordinator": seeded[Role.COORDINATOR],
        "The nurse": seeded[Role.TEAM],
        "The journal system": seeded[Role.SYSTEM],
        "Jan": replace(seeded[Role.PERSON], pid=number, subject=f"demo-{secrets.token_hex(4)}"),
        "A nurse elsewhere": persona(Role.TEAM, staff["contact-hans"], tindoy.SERVICES, "on other teams"),
        "A GP elsewhere": persona(Role.REFERRER, staff["gp-signe"], tindoy.SERVICES, "of another office"),
    }
    tokens = {who: token_for(settings, "9902", one, 600) for who, one in people.items()}
    return Case(Walk(client, tokens), number, Canonical(settings.canonical), day)


def stopped(said: str) -> int:
    """The exit status of a demo that did not come to its end."""
    print(f"\nThe demo stops here: {said}", file=sys.stderr)
    return 1


def expect(what: str, came: object, expected: object) -> None:
    """Raises Unexpected where they differ."""
    if came != expected:
        raise Unexpected(f"{what}: expected {expected!r}, came {came!r}")


def code(concept: Json) -> str:
    return str(concept["coding"][0]["code"])


def parameters(*given: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(given)}


def resources(answer: Json) -> dict[str, Json]:
    """The resources an operation gives, by type."""
    return {one["name"]: one["resource"] for one in answer["parameter"]}
