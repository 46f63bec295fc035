"""What lies around the routes: every request passes through these on its way in, and its answer on its way out."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from oppfolging_api.answer_headers import AnswerHeaders
from oppfolging_api.deadline import Deadline
from oppfolging_api.gate import Gate
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import Clock
from oppfolging_api.rate_limit import Allowance, RateLimit
from oppfolging_api.request_limits import RequestLimits
from oppfolging_api.settings import Settings

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_ASKED_WITH = (
    *("Authorization", "DPoP", "X-Municipality", "X-Request-Id", "Prefer"),
    *("If-Match", "If-None-Match", "If-None-Exist", "If-Modified-Since"),
)
_READABLE = ("ETag", "Location", "Last-Modified", "Retry-After", "WWW-Authenticate", "X-Request-Id")


def surround(app: FastAPI, settings: Settings, canonical: Canonical, clock: Clock) -> None:
    """Innermost first: what is added last is met first. All that may refuse lies within the gate, which logs it."""
    app.add_middleware(Deadline, canonical=canonical, seconds=settings.request_timeout)
    app.add_middleware(RequestLimits, canonical=canonical, identity_numbers_in_urls=settings.identity_numbers_in_urls)
    if settings.rate_limit:
        allowance = Allowance(settings.rate_limit, settings.rate_burst, settings.concurrent_requests)
        app.add_middleware(RateLimit, canonical=canonical, allowance=allowance)
    app.add_middleware(Gate, canonical=canonical, clock=clock, access_log=lambda: app.state.access_log)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=_METHODS,
            allow_headers=_ASKED_WITH,
            expose_headers=_READABLE,
        )
    app.add_middleware(AnswerHeaders, https=(settings.base_url or "").startswith("https://"))
