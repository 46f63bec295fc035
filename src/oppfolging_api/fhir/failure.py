"""A mistake of this service: what its log is told, and what the client."""

import logging
import traceback
from typing import Final

from oppfolging_api.access.access_log import Trace
from oppfolging_api.kernel.errors import Issue, Refusal

_log: Final = logging.getLogger("oppfolging_api.request")


class Failure(Refusal):
    """Where it is, the log knows, by the id of the request."""

    status, code = 500, "exception"


def failed(trace: Trace, error: Exception) -> Failure:
    """Logs where it happened and what kind it was; never its message, which may hold what was sent."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    told = {"event": "fault", "request": trace.request, "error": type(error).__qualname__, "at": frames[-12:]}
    _log.error(told)
    return Failure((Issue("exception", f"a fault of this service; it is noted as {trace.request}"),))
