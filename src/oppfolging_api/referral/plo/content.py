"""Attachments: strict base64, and a type told by the bytes, never by a name or by what is declared.

Taken are PDF, JPG and PNG that are whole: they begin and end as their formats have it. A zip is none of them, whatever
it is called.
"""

import binascii
import re
from collections.abc import Callable
from typing import Final

from oppfolging_api.referral.plo.message import Media

_BLANKS: Final = b" \t\r\n"
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PDF_HEAD: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_PDF_TAIL: Final = 1024
"""Bytes: how far from the end readers look for the mark of the end (ISO 32000-1, annex H)."""


def decoded(text: str) -> bytes | None:
    """The bytes of base64; None for what is none, or is nothing. Line breaks are the only thing let pass."""
    try:
        return binascii.a2b_base64(text.encode("ascii").translate(None, _BLANKS), strict_mode=True) or None
    except (UnicodeEncodeError, binascii.Error):
        return None


def longest(size: int) -> int:
    """How many characters the base64 of so many bytes has at most, with line breaks as senders have them."""
    return size * 3 // 2 + 4


def media(data: bytes) -> Media | None:
    return next((kind for kind, is_one in _KINDS.items() if is_one(data)), None)


def _is_pdf(data: bytes) -> bool:
    return bool(_PDF_HEAD.match(data)) and b"%%EOF" in data[-_PDF_TAIL:]


def _is_jpeg(data: bytes) -> bool:
    return data[:3] == b"\xff\xd8\xff" and data[3:4] >= b"\xc0" and data.rstrip(b"\x00").endswith(b"\xff\xd9")


def _is_png(data: bytes) -> bool:
    return data.startswith(_PNG_HEAD) and data.endswith(_PNG_END)


_KINDS: Final[dict[Media, Callable[[bytes], bool]]] = {
    Media.PDF: _is_pdf,
    Media.JPEG: _is_jpeg,
    Media.PNG: _is_png,
}
