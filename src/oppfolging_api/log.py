"""Structured logs: one JSON object a line on standard output."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson


class JsonLines(logging.Formatter):
    """Messages that are JSON already are taken in; of an exception, only its kind, since its text may hold a value.

    Of any other message the first line: asyncio, for one, writes out exceptions on those that follow.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        line |= _content(record.getMessage())
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
        return orjson.dumps(line).decode()


def _content(message: str) -> dict[str, Any]:
    try:
        told = orjson.loads(message)
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"event": message.partition("\n")[0]}


def configure() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
