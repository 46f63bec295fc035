"""Text as searches compare it: case and accents aside, and both ways of writing æ, ø and å without the letters."""

import unicodedata

_ONE_LETTER = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})
_TWO_LETTERS = str.maketrans({"ø": "oe", "å": "aa"})


def fold(text: str) -> str:
    """Bjørg -> bjorg, Åsen -> asen, Sæter -> saeter, José -> jose."""
    return _plain(unicodedata.normalize("NFC", text).casefold().translate(_ONE_LETTER))


def foldings(text: str) -> tuple[str, ...]:
    """Every folded form a text is found by: Bjørg -> (bjorg, bjoerg)."""
    written_out = _plain(unicodedata.normalize("NFC", text).casefold().translate(_TWO_LETTERS).translate(_ONE_LETTER))
    folded = fold(text)
    return (folded,) if written_out == folded else (folded, written_out)


def _plain(text: str) -> str:
    letters = (letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return " ".join("".join(letters).split())
