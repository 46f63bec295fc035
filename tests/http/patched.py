"""The service of the tests runs in their process: one of its functions can be another for a while."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from oppfolging_api.fhir.interactions.read import statement_of


def everywhere(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], instead: Callable[..., Any]) -> None:
    """Under whatever name a module of the service knows the function."""
    statement_of.cache_clear()
    for module in [held for name, held in sys.modules.items() if name.startswith("oppfolging_api.")]:
        for name, held in list(vars(module).items()):
            if held is function:
                monkeypatch.setattr(module, name, instead)


def always(answer: object) -> Callable[..., Any]:
    return lambda *_, **__: answer
