"""Structured logs: one JSON object a line on standard output."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson


class JsonLines(logging.Formatter):
    """A message that is a mapping is taken in; of an exception, only its kind, since its text may hold a value.

    Of any other message the first line: asyncio, for one, writes out exceptions on those that follow.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line |= record.msg if isinstance(record.msg, Mapping) else {"event": record.getMessage().partition("\n")[0]}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
        return orjson.dumps(line).decode()


def configure() -> None:
    # Nobody is told from which line, thread or process something is logged, so it is not looked up (as the
    # "Optimization" section of the library's manual has it).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
