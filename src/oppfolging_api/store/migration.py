"""Migrations: the three database roles, the schema by Alembic, and the months of the access log.

Two processes migrating at once do not collide: the second waits for an advisory lock and then finds nothing to do.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from oppfolging_api.settings import CannotServe

OWNER, APPLICATION, LOG_WRITER = "oppfolging_owner", "oppfolging_app", "oppfolging_log"
LOG_MONTH = re.compile(r"access_log_(\d{6}|default)")

_LOCK = 0x6F70_7066
_LOCK_TIMEOUT = "10s"
_MONTHS_AHEAD = 13

_CREATE_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
  END IF;
  IF NOT pg_has_role(current_user, '{role}', {may_become}) THEN
    BEGIN GRANT {role} TO CURRENT_USER; EXCEPTION WHEN unique_violation THEN NULL; END;
  END IF;
END $$
"""
_MAY_BECOME = "CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END"
"""From 16 on who makes a role is its member without being able to become it."""


_DEFAULT = "access_log_default"
_PARTITIONS = (
    "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'access_log'::regclass"
)
_MONTH = "CREATE TABLE IF NOT EXISTS {name} PARTITION OF access_log FOR VALUES FROM ('{start}') TO ('{end}')"


def alembic_config(connection: Connection | None = None) -> Config:
    here = Path(__file__).resolve()
    packaged, checkout = here.parents[1] / "migrations", here.parents[3] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(packaged if packaged.is_dir() else checkout))
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine, revision: str = "head", log_months: int | None = None) -> None:
    """Bring the database to a revision. The engine logs in as one who may act as the owner (and create the roles).

    `log_months`: how many whole months of the access log are kept beside the one that runs; all where it is None.
    Raises CannotServe for a revision there is none of.
    """
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        try:
            await _prepare(connection)
            await connection.run_sync(_run, revision)
            if revision == "head":
                this_month = _month_of(datetime.now(UTC).date())
                await _make_months(connection, this_month)
                if log_months is not None:
                    await _drop_months(connection, this_month - log_months)
            await connection.commit()
        finally:
            await connection.rollback()
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            await connection.commit()


async def _prepare(connection: AsyncConnection) -> None:
    for role in (OWNER, APPLICATION, LOG_WRITER):
        await connection.execute(text(_CREATE_ROLE.format(role=role, may_become=_MAY_BECOME)))
    await connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}"))
    await connection.commit()
    await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    await connection.execute(text(f"SET LOCAL ROLE {OWNER}"))


def _run(connection: Connection, revision: str) -> None:
    config = alembic_config(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == current or (revision == "head" and current == head()):
        return
    walk = command.downgrade if _is_older(config, revision, current) else command.upgrade
    try:
        walk(config, revision)
    except CommandError as error:
        raise CannotServe(str(error)) from error


def _is_older(config: Config, revision: str, current: str | None) -> bool:
    if revision == "base":
        return True
    if revision == "head" or current is None:
        return False
    ancestors = {script.revision for script in ScriptDirectory.from_config(config).iterate_revisions(current, "base")}
    return revision in ancestors


async def _make_months(connection: AsyncConnection, first: int) -> None:
    """A partition a month of the access log, this month and those ahead, each from midnight UTC.

    The default catches what falls outside; a month that has rows there already stays there.
    """
    for number in range(first, first + _MONTHS_AHEAD):
        start, end = _start(number), _start(number + 1)
        caught = f"SELECT FROM {_DEFAULT} WHERE at >= '{start}' AND at < '{end}'"
        if not await connection.scalar(text(f"SELECT EXISTS ({caught})")):
            await connection.execute(text(_MONTH.format(name=_name(number), start=start, end=end)))


async def _drop_months(connection: AsyncConnection, first: int) -> None:
    """The months of the access log before the first that is kept, and what the default has caught of them."""
    found = await connection.scalars(text(_PARTITIONS))
    for name in [name for name in found if name != _DEFAULT and name < _name(first)]:
        await connection.execute(text(f"DROP TABLE {name}"))
    await connection.execute(text(f"DELETE FROM {_DEFAULT} WHERE at < '{_start(first)}'"))  # noqa: S608


def _month_of(day: date) -> int:
    """Months are counted, so that one follows another across the years."""
    return day.year * 12 + day.month - 1


def _start(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}-01 00:00+00"


def _name(number: int) -> str:
    return f"access_log_{number // 12}{number % 12 + 1:02d}"


def head() -> str:
    """The revision this code was written for."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert revision is not None, "there is at least one migration"  # noqa: S101
    return revision
