"""How many results a page holds."""

from oppfolging_api.kernel.errors import Invalid

DEFAULT, LARGEST = 50, 200
LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes of the resources on a page, before it ends early with one at least; as many again of what is included."""


def page_size(text: str | None, *, least: int = 1) -> int:
    """`_count`, at most LARGEST. Raises Invalid for what is not a whole number from `least` up."""
    if text is None:
        return DEFAULT
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise Invalid.of(f"_count is a whole number from {least} up", "_count", code="invalid")
    return min(int(text), LARGEST)
