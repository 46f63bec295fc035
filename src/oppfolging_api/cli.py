"""The command `oppfolging-api`."""

import asyncio
import json
import sys
from typing import Annotated

import asyncpg
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import SQLAlchemyError

from oppfolging_api.access.development import DevelopmentIssuerRefused
from oppfolging_api.kernel.caller import SCOPE_PREFIX, Role
from oppfolging_api.keys import development_issuer
from oppfolging_api.settings import CannotServe, Settings
from oppfolging_api.store.embedded import EmbeddedPostgresError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port to listen on.")]


@app.command()
def serve(port: Port = 8000) -> None:
    """Serve until interrupted; in development with a database of its own, migrated and filled the first time."""
    from oppfolging_api.serve import serve as run

    run(Settings(), port)


@app.command()
def migrate(to: Annotated[str, typer.Option(help="Revision to go to, `base` for none.")] = "head") -> None:
    """Bring the database to a revision, and publish what the package brings."""
    from oppfolging_api.serve import bring_up_to_date, database

    with database(Settings()) as settings:
        asyncio.run(bring_up_to_date(settings, to))


@app.command()
def redraw() -> None:
    """Bring the database up to date, and draw all anew that searches and access look at."""
    from oppfolging_api import log
    from oppfolging_api.serve import bring_up_to_date, database

    log.configure()
    with database(Settings()) as settings:
        print(f"{asyncio.run(bring_up_to_date(settings, all_anew=True))} resources drawn anew")


@app.command()
def worklist() -> None:
    """Bring every municipality's worklist up to date, as a worker does once a day by itself."""
    from oppfolging_api import log
    from oppfolging_api.serve import bring_worklist_up_to_date, database

    log.configure()
    with database(Settings()) as settings:
        done = asyncio.run(bring_worklist_up_to_date(settings))
    if done is None:
        print("another process is bringing the worklist up to date")
    else:
        print(f"{done.people} people, {done.made} tasks made, {done.settled} closed, {done.moved} moved")
        if done.left:
            print(f"{done.left} people were being written about, and are left to tomorrow")


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="The scope oppfolging/<role>.")],
    municipality: Annotated[str, typer.Option(help="Four digits.")],
    hpr: Annotated[str | None, typer.Option(help="Health personnel number.")] = None,
    sub: Annotated[str, typer.Option(help="The issuer's own name for the caller.")] = "developer",
    pid: Annotated[str | None, typer.Option(help="Identity number.")] = None,
    orgnr: Annotated[str | None, typer.Option(help="Organisation number.")] = None,
    expires_in: Annotated[int, typer.Option("--expires-in", min=1, help="Seconds.")] = 3600,
) -> None:
    """Print one development token and nothing else."""
    print(
        development_issuer(Settings()).token(
            scopes=[SCOPE_PREFIX + role],
            municipalities=[municipality],
            subject=sub,
            hpr=hpr,
            organisation=orgnr,
            pid=pid,
            expires_in=expires_in,
        )
    )


@app.command()
def demo(
    url: Annotated[str | None, typer.Option(help="Of the server; else this machine's, at PORT.")] = None,
    port: Port = 8000,
) -> None:
    """Walk Jan's story against a running server, from referral to second PSFS conversation, and tell each step."""
    from oppfolging_api.demo import walk

    raise typer.Exit(walk(Settings(), (url or f"http://127.0.0.1:{port}").rstrip("/")))


@app.command()
def generate(
    people: Annotated[int, typer.Option(min=1, help="About 17 resources are written for each.")],
    municipality: Annotated[str, typer.Option(help="Four digits; one without resources.")] = "9903",
    seed: Annotated[int, typer.Option(help="The same people from the same seed.")] = 1,
) -> None:
    """Fill a municipality with invented people, their teams and what is written about them."""
    from oppfolging_api.serve import bring_up_to_date, database
    from oppfolging_api.synthetic import fill

    with database(Settings()) as settings:
        asyncio.run(bring_up_to_date(settings))
        print(f"{fill(settings, municipality, people, seed)} resources in municipality {municipality}")


@app.command()
def openapi() -> None:
    """Print the OpenAPI description."""
    from oppfolging_api.app import create_app

    print(json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False))


def main() -> None:
    """Run a command; what the operator can mend is said in a line, without a traceback."""
    try:
        app()
    except ValidationError as error:
        _stop("; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_input=False)))
    except (CannotServe, DevelopmentIssuerRefused, EmbeddedPostgresError, SettingsError) as error:
        _stop(str(error))
    except OSError as error:
        _stop(_of_a_file(error) if error.filename else _of_the_database(error))
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _stop(_of_the_database(error))


def _of_a_file(error: OSError) -> str:
    named = [str(name) for name in (error.filename, error.filename2) if name]
    return f"{' -> '.join(named)}: {error.strerror}"


def _of_the_database(error: BaseException) -> str:
    """By what the driver itself raised, without its words: those may repeat the password of the URL."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"the database cannot be reached, or refuses: {type(error).__name__}"


def _stop(said: str) -> None:
    print(said, file=sys.stderr)
    sys.exit(1)
