"""Own profiles and extensions, enforced on every write from the files that are published (CONTRACT section 2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

from oppfolging_api.conformance import resources
from oppfolging_api.fhir.exact_json import MAX_ISSUES
from oppfolging_api.fhir.predicates import inner, items
from oppfolging_api.fhir.profiles.binding import BINDS, Profile, bonds, without_version
from oppfolging_api.fhir.profiles.compiling import ValueSets, compiled
from oppfolging_api.fhir.profiles.constraint import Constraint, faults, issues
from oppfolging_api.fhir.profiles.extensions import own_extensions
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Issue, Unprocessable
from oppfolging_api.kernel.registry import Body, Change, Facts, Registry

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Extension:
    contexts: frozenset[str]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """All of this service's, by canonical; `prefix` is what every own one begins with."""

    prefix: str
    profiles: Mapping[str, Profile]
    by_type: Mapping[str, tuple[Profile, ...]]
    extensions: Mapping[str, Extension]


def register(registry: Registry) -> None:
    """Published are those of the types served; they hold for every type served."""
    own = resources(registry.canonical)
    registry.packaged += [body for body in own if body["resourceType"] in registry.types]
    for kind in registry.types:
        registry.rules[kind].append(partial(_profiles_hold, registry.canonical))


async def _profiles_hold(canonical: Canonical, change: Change, _facts: Facts) -> None:
    """Raises Unprocessable."""
    if change.after is not None and (found := validate_profiles(change.after, change.type.name, None, canonical)):
        raise Unprocessable(tuple(found))


def validate_profiles(
    resource: Resource, kind: str, profiles: Sequence[str] | None, canonical: Canonical
) -> list[Issue]:
    """What a valid R4 resource breaks of own profiles and extensions: those that bind it, and those asked for.

    Foreign profiles and extensions are not known here, and left alone. At most 50 issues.
    """
    own = profiles_of(canonical)
    unknown, named = _named(resource, kind, profiles or (), own)
    binding = {profile.url: profile for profile in own.by_type.get(kind, ()) if profile.binds(resource)}
    found = chain(
        unknown,
        *(
            issues(faults(resource, profile.constraints, kind, resource), profile.url)
            for profile in (binding | named).values()
        ),
        _of_extensions(resource, kind, own),
    )
    return list(found)[:MAX_ISSUES]


def _named(
    resource: Resource, kind: str, asked: Sequence[str], own: Profiles
) -> tuple[list[Issue], dict[str, Profile]]:
    """The own profiles that are asked for or that meta.profile names, and an issue for each that is not there."""
    claimed = enumerate(items(inner(resource, "meta"), "profile"))
    said = [*((url, None) for url in asked), *((url, f"{kind}.meta.profile[{index}]") for index, url in claimed)]
    ours = [(url, where) for each, where in said if (url := without_version(each)).startswith(own.prefix)]
    found = {url: own.profiles[url] for url, _ in ours if url in own.profiles and own.profiles[url].type == kind}
    missing = f"this service has no such profile of {kind}"
    return [Issue("not-found", missing, where) for url, where in ours if url not in found], found


def _of_extensions(resource: Resource, kind: str, own: Profiles) -> Iterator[Issue]:
    for path, context, content in own_extensions(resource, kind, own.prefix):
        extension = own.extensions.get(content["url"])
        if extension is None:
            yield Issue("extension", "this service defines no such extension", f"{path}.url")
        elif context not in extension.contexts:
            stands = f"the extension stands on {' or '.join(sorted(extension.contexts))} (profile {content['url']})"
            yield Issue("extension", stands, path)
        else:
            yield from issues(faults(content, extension.constraints, path, resource), content["url"])


@cache
def profiles_of(canonical: Canonical) -> Profiles:
    """Compiled once a process. Raises ValueError where a file says what is not enforced."""
    own = resources(canonical)
    value_sets = _value_sets(own)
    defined = [body for body in own if body["resourceType"] == "StructureDefinition"]
    extensions = {
        body["url"]: Extension(
            frozenset(context["expression"] for context in body["context"]), compiled(body, value_sets)
        )
        for body in defined
        if body["type"] == "Extension"
    }
    profiles = [
        Profile(body["url"], body["type"], tuple(bonds(body, canonical.extension(BINDS))), compiled(body, value_sets))
        for body in defined
        if body["type"] != "Extension"
    ]
    by_type = {kind: tuple(one for one in profiles if one.type == kind) for kind in {one.type for one in profiles}}
    return Profiles(canonical.extension(""), {profile.url: profile for profile in profiles}, by_type, extensions)


def _value_sets(own: Sequence[Body]) -> ValueSets:
    """Each value set has all codes of one or more of the code systems."""
    codes = {
        body["url"]: frozenset(concept["code"] for concept in body["concept"])
        for body in own
        if body["resourceType"] == "CodeSystem"
    }
    return {
        body["url"]: {include["system"]: codes[include["system"]] for include in body["compose"]["include"]}
        for body in own
        if body["resourceType"] == "ValueSet"
    }
