"""How many results a page holds."""

from oppfolging_api.kernel.errors import Invalid

DEFAULT, LARGEST = 50, 200


def page_size(text: str | None) -> int:
    """`_count`, at most LARGEST. Raises Invalid for what is not a number above nothing."""
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text)):
        raise Invalid.of("_count is a whole number above 0", "_count", code="invalid")
    return min(int(text), LARGEST)
