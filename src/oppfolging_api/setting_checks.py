"""What a setting must be where its type does not say so.

Each raises ValueError, in a line for the operator that repeats nothing of an address with a password in it.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_ORIGIN: Final = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?")
_BASE: Final = re.compile(
    r"(https://([a-z0-9.-]+|\[[0-9a-f:]+\])|http://(localhost|127\.0\.0\.1|\[::1\]))(:\d+)?(/[\w.~-]+)*/?",
    re.ASCII | re.IGNORECASE,
)
_PORTS: Final = range(1, 65536)


def separated(value: Any) -> Any:
    """The parts of a text between commas; anything else as it is."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def check_origins(origins: Iterable[str]) -> None:
    """As a browser sends them: lower case, no path, https but for this machine."""
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("OPPFOLGING_CORS_ORIGINS names origins exactly, as https://app.example, and never *")


def check_base(url: str) -> None:
    """https with a host, http on this machine only, and at most a path before the service's own."""
    if not _BASE.fullmatch(url) or not _port_is_one(url):
        raise ValueError("OPPFOLGING_BASE_URL is an address as https://api.example, perhaps with a path, and no more")


def _port_is_one(url: str) -> bool:
    try:
        port = urlsplit(url).port
    except ValueError:
        return False
    return port is None or port in _PORTS


def check_proxies(proxies: Iterable[str]) -> None:
    for proxy in proxies:
        if not _is_some_network(proxy):
            raise ValueError("OPPFOLGING_TRUSTED_PROXIES names IP addresses or networks, never * nor a network of all")


def _is_some_network(proxy: str) -> bool:
    try:
        return ipaddress.ip_network(proxy).prefixlen > 0
    except ValueError:
        return False


def check_port(url: str, variable: str) -> None:
    """What else may be wrong with a database's address is told by whoever goes there."""
    try:
        port = make_url(url).port
    except ArgumentError:
        return
    except ValueError:
        port = 0
    if port is not None and port not in _PORTS:
        raise ValueError(f"the port in {variable} is not a number from 1 to 65535")
