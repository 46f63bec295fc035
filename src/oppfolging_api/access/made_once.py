"""Files that are made once, however many processes start at the same time."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def made_once(file: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; where there is none yet, what `make` gives is kept in it, for its owner's eyes only."""
    if not file.exists():
        _keep(file, make())
    return file.read_bytes()


def _keep(file: Path, content: bytes) -> None:
    """Written in full beside `file`, then given the name, unless another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()
