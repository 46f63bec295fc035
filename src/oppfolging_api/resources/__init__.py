"""The resource types served, one a file: each module declares `RESOURCE`, and adding a file adds a type."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from oppfolging_api.kernel.resource_type import ResourceType


@cache
def served() -> dict[str, ResourceType]:
    """Every declared type by name, in alphabetical order."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    declared: list[ResourceType] = [module.RESOURCE for module in modules]
    return {resource.name: resource for resource in sorted(declared, key=lambda resource: resource.name)}
