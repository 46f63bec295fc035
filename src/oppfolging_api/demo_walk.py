"""How a demo walks: one step after another over HTTP, each printed and held up against what it should be."""

import sys
from dataclasses import dataclass
from typing import Any

import httpx

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
