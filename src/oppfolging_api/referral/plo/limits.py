"""How much a message may hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`size` is of the body, `attachment` of one attachment as decoded, `attachments` of them all, in bytes.

    `tags` and `attributes` are counted before anything is parsed, by `<` and by `=`: never fewer than there are. The
    messages in use have some hundred of each. libxml2 itself refuses a single text above ten million characters, so
    that `attachment` can be lowered but hardly raised.
    """

    size: int = 20_000_000
    tags: int = 12_000
    attributes: int = 20_000
    depth: int = 60
    attachment: int = 7_500_000
    attachments: int = 13_000_000
