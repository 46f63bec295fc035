"""Work on what large bodies say, beside the event loop: one at a time, so that neither the loop nor the memory of a
worker is anybody's to fill."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

LARGE_BODY: Final = 64 * 1024
"""Bytes: what is smaller is done before it could be handed over."""
_P = ParamSpec("_P")
_T = TypeVar("_T")
_ONE: Final = ThreadPoolExecutor(1, "large-body")


async def beside(size: int, work: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
    """What `work` gives; `size` is that of the body it is for."""
    if size < LARGE_BODY:
        return work(*args, **named)
    return await asyncio.get_running_loop().run_in_executor(_ONE, partial(work, *args, **named))
