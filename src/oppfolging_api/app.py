"""create_app: wiring, nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from oppfolging_api.access.access_log import AccessLog
from oppfolging_api.access.authentication import Authenticator
from oppfolging_api.access.dpop import Possession
from oppfolging_api.access.issuer_keys import StoredKeys
from oppfolging_api.access.issuers import Issuer, IssuerSettings
from oppfolging_api.access.municipalities import Municipalities
from oppfolging_api.access.proofs import TakenProofs
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.access.verifier import TokenVerifier
from oppfolging_api.answer_headers import page_policy
from oppfolging_api.fhir.routes import router as fhir_router
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Server
from oppfolging_api.gate import refuse
from oppfolging_api.health import router as health
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import Clock, SystemClock
from oppfolging_api.kernel.errors import Invalid, MethodNotAllowed, NotFound, Refusal
from oppfolging_api.keys import development_issuer, secret_of
from oppfolging_api.referral import routes as referral_routes
from oppfolging_api.referral.door import Door
from oppfolging_api.referral.screening import routes as screening_routes
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.surround import surround
from oppfolging_api.worklist.waking import awake

VERSION = version("oppfolging-api")


def create_app(settings: Settings | None = None, clock: Clock | None = None, *, at_work: bool = False) -> FastAPI:
    """`at_work`: it also does by itself what is to be done every day."""
    settings = settings or Settings()
    clock = clock or SystemClock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        secret = secret_of(settings)
        keys = PersonKeys(secret)
        registry = registry_of(settings, keys)
        urls, connections = urls_of(settings), settings.database_connections
        async with Database.open(urls, connections, settings.own_access_age) as database:
            memory = StoredKeys(database.reads)
            verifier = TokenVerifier([Issuer.of(one, memory) for one in _issuers(settings)], clock)
            app.state.database = database
            app.state.access_log = AccessLog(database.log)
            proofs = Possession(TakenProofs(database.reads), clock, settings.dpop_seconds, settings.base_url)
            municipalities = Municipalities(settings.municipalities)
            app.state.authenticator = Authenticator(verifier, proofs, municipalities, database, keys)
            app.state.server = server = Server(registry, database, clock, Cursors(secret), keys, VERSION)
            async with awake(server, settings.receipt_hours, settings.worklist_seconds if at_work else 0):
                yield

    app = FastAPI(
        title="oppfolging-api",
        version=VERSION,
        summary="FHIR R4 service for oppfølgingsteam",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.door = Door.of(settings)
    canonical = Canonical(settings.canonical)
    surround(app, settings, canonical, clock)
    # Not included but taken over: an included router is matched twice at every request.
    app.router.routes.extend(fhir_router.routes)
    app.include_router(screening_routes.router)
    app.include_router(referral_routes.router)
    app.include_router(health)
    _serve_docs(app)

    async def refused(request: Request, error: Exception) -> Response:
        return refuse(_refusal(error), request.url.path, canonical)

    for kind in (Refusal, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, refused)
    return app


def _issuers(settings: Settings) -> list[IssuerSettings]:
    own = [development_issuer(settings).settings] if settings.in_development else []
    return [*own, *settings.issuers]


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException) and error.status_code == 404:
        return NotFound.of("there is nothing at this address")
    if isinstance(error, HTTPException) and error.status_code == 405:
        refusal = MethodNotAllowed.of("this address does not take that method")
        refusal.headers = dict(error.headers or {})
        return refusal
    return Invalid.of("the request cannot be understood")


def _serve_docs(app: FastAPI) -> None:
    """/docs with assets of the service itself: nothing is fetched from elsewhere."""
    app.mount("/docs/assets", StaticFiles(directory=str(files("swagger_ui") / "static")), name="assets")

    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="oppfolging-api",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon-32x32.png",
    )
    page.headers["Content-Security-Policy"] = page_policy(bytes(page.body))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return page
