"""Everything a municipality holds, read back and put to the service's own judgement."""

from collections.abc import Iterator
from typing import Final

from fuzz.world import WRITTEN
from support import FHIR_JSON, Api, Json, ok

PASSES: Final = ("information", "warning")


def stored(unit: Api) -> Iterator[str]:
    """`Type/id` of every resource that may be written here, to the coordinating unit, which sees them all."""
    for kind in WRITTEN:
        path = f"/fhir/{kind}?_count=200&_elements=id"
        while path:
            page = ok(unit.get(path), 200)
            yield from (f"{kind}/{entry['resource']['id']}" for entry in page.get("entry", ()))
            path = _next(page, unit.address)


def _next(page: Json, address: str) -> str:
    links = {link["relation"]: str(link["url"]) for link in page.get("link", ())}
    return links.get("next", "").removeprefix(address)


def complaints(unit: Api, key: str) -> list[str]:
    """What $validate says of one resource as it is read: nothing where it passes."""
    read = unit.get(f"/fhir/{key}")
    if read.status_code != 200:
        return [f"{key}: read back with {read.status_code}"]
    kind = key.partition("/")[0]
    answer = unit.send("POST", f"/fhir/{kind}/$validate", content=read.content, headers={"Content-Type": FHIR_JSON})
    issues = ok(answer, 200)["issue"]
    return [
        f"{key}: {issue['code']} {issue['diagnostics']} {issue.get('expression')}"
        for issue in issues
        if issue["severity"] not in PASSES
    ]
