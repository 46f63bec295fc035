"""The text of an element that may hold XHTML: plain, with its paragraphs, lines and list items."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from oppfolging_api.referral.plo.part import local

_PARAGRAPHS: Final = frozenset(
    {"blockquote", "div", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "section", "table", "ul"}
)
_LINES: Final = frozenset({"br", "dd", "dt", "li", "tr"})
_SILENT: Final = frozenset({"head", "script", "style", "title"})
_BREAKS: Final = dict.fromkeys(_PARAGRAPHS, "\n\n") | dict.fromkeys(_LINES, "\n")
_BEFORE: Final = _BREAKS | {"li": "\n- ", "td": " ", "th": " "}
_AFTER: Final = _BREAKS | {"br": "", "li": ""}


def plain_text(element: etree._Element) -> str:
    """Of what has no markup, as it was written, without the blanks around it."""
    if not len(element):
        return (element.text or "").strip()
    text = "".join(_pieces(element))
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    yield _flowing(element.text)
    for child in element:
        name = local(child).lower()
        if name not in _SILENT:
            yield _BEFORE.get(name, "")
            yield from _pieces(child)
            yield _AFTER.get(name, "")
        yield _flowing(child.tail)


def _flowing(text: str | None) -> str:
    """Markup, not line breaks, tells where a line ends."""
    return re.sub(r"\s+", " ", text or "")
