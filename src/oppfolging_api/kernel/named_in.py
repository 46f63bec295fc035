"""Identity numbers in text that is no number itself: an address, an id."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.identity_number import is_valid

_NUMBER: Final = re.compile(r"(?<!\d)(\d{6})[ -]?(\d{5})(?!\d)")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IN_SYSTEM: Final = re.compile("|".join(f"{re.escape(system)}\\|[^&,]" for system in systems.IDENTITY_NUMBERS))


def names_somebody(text: str) -> bool:
    """Whether there is a valid identity number in it, whole or as six digits and five, or any value at all in the
    system of fødselsnummer or D-number. Digits within a UUID are nobody's."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if _IN_SYSTEM.search(text):
        return True
    return any(_valid(text)) and any(_valid(_UUID.sub("", text)))


def _valid(text: str) -> Iterator[bool]:
    return (is_valid("".join(found.groups())) for found in _NUMBER.finditer(text))
