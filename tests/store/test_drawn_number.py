"""A version serves only rows that its own number drew: going up and down, at the start, and by a command."""

import asyncio
import json
import shutil
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from drawn_world import BEHIND, LOST, Store, dsn, rows_of
from oppfolging_api import redraw
from oppfolging_api.serve import fill
from oppfolging_api.settings import CannotServe, Settings
from oppfolging_api.store.drawing import DRAWN
from shell import Shell

if TYPE_CHECKING:
    from conftest import Databases

PRODUCTION = {
    "OPPFOLGING_ENVIRONMENT": "production",
    "OPPFOLGING_SECRET": "a-secret-of-thirty-two-characters",
    "OPPFOLGING_BASE_URL": "https://api.example",
    "OPPFOLGING_ISSUERS": json.dumps([{"issuer": "i", "audience": "a", "jwks": {"keys": []}}]),
}


@pytest.fixture(scope="module")
def filled(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The nine teams in a database that nobody is connected to, and the folder of its secret."""
    var = tmp_path_factory.mktemp("filled") / "var"
    settings = Settings(database_url=databases.migrated(), var=var, _env_prefix="NOTHING_")
    asyncio.run(fill(settings, "http://test/fhir"))
    return settings


@pytest.fixture
def copy(filled: Settings, databases: "Databases", shell: Shell) -> Iterator[Store]:
    """A copy of them that nobody serves, with the secret of the commands given in the shell."""
    shutil.copytree(filled.var, shell.var)
    url = databases.make(str(make_url(str(filled.database_url)).database))
    with asyncio.Runner() as runner:
        yield Store(Settings(database_url=url, var=shell.var, _env_prefix="NOTHING_"), runner)


def test_what_a_way_down_loses_is_there_again_after_the_way_up(copy: Store) -> None:
    """Columns and tables that are drawn into go and come."""
    was = copy.rows()
    for revision in ("0009", "0007", "0009"):
        copy.upgrade(revision)
        assert not copy.may_serve()
    assert copy.upgrade() == len(was["resource"])
    assert copy.may_serve()
    assert copy.rows() == was


@pytest.mark.parametrize(
    "before",
    ["UPDATE drawn SET number = 0", "UPDATE drawn SET number = 99", "DELETE FROM drawn", "DROP TABLE drawn"],
    ids=["an older version drew it", "a newer version drew it", "nobody drew it", "nobody migrated it"],
)
def test_production_does_not_start_on_rows_that_another_version_drew(
    before: str, databases: "Databases", shell: Shell
) -> None:
    url = databases.migrated()
    asyncio.run(rows_of(dsn(url), (before,)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    done = shell.run("serve", "--port", port, **PRODUCTION, OPPFOLGING_DATABASE_URL=url)
    assert (done.status, done.err) == (1, f"{BEHIND}\n")


def test_rows_that_another_version_began_to_draw_are_drawn_by_this_one(copy: Store) -> None:
    """A newer version met what it could not draw; the one before it is started again, and finds rows of both."""
    was = copy.rows()
    tasks = "UPDATE resource_version SET body = {} WHERE municipality = '9902' AND type = 'Task'"
    copy.sql(tasks.format("'x' || body"))
    with pytest.MonkeyPatch.context() as newer:
        newer.setattr(redraw, "DRAWN", 77)
        newer.setattr(redraw, "_BATCH", 50)
        with pytest.raises(CannotServe, match=r"cannot be drawn: Invalid$"):
            copy.upgrade()
    assert not copy.may_serve()
    copy.sql(tasks.format("substr(body, 2)"))
    assert copy.upgrade() == len(was["resource"])
    assert copy.may_serve()
    assert copy.rows() == was


def test_a_command_draws_everything_whoever_drew_it(copy: Store, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oppfolging_api.log.configure", lambda: None)
    was = copy.rows()
    copy.sql(*LOST)
    done = shell.run("redraw", OPPFOLGING_DATABASE_URL=copy.url)
    assert (done.status, done.out) == (0, f"{len(was['resource'])} resources drawn anew\n")
    assert copy.rows() == was


def test_the_log_tells_how_far_it_has_come_and_of_nobody(
    copy: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redraw, "_TOLD_EVERY", 400)
    copy.behind()
    with caplog.at_level("INFO", "oppfolging_api.redraw"):
        drawn = copy.upgrade()
    assert 400 < drawn < 800
    assert [record.msg for record in caplog.records if record.name == "oppfolging_api.redraw"] == [
        {"event": "drawing", "number": DRAWN, "resources": 0},
        {"event": "drawing", "number": DRAWN, "resources": 400},
        {"event": "drawn", "number": DRAWN, "resources": drawn},
    ]
