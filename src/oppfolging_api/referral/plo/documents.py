"""The documents of a MsgHead: which of them is the Dialogmelding, and which are attachments.

Each should be in Document/RefDoc/Content; what is found elsewhere within its Document is taken, and told of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from oppfolging_api.referral.plo import namespaces
from oppfolging_api.referral.plo.content import decoded, longest, media
from oppfolging_api.referral.plo.limits import Limits
from oppfolging_api.referral.plo.message import Attachment
from oppfolging_api.referral.plo.part import Part, local, namespace

_PLACE: Final = "RefDoc/Content"


@dataclass(frozen=True, slots=True)
class Documents:
    dialogs: tuple[Part, ...]
    attachments: tuple[Attachment, ...]


def read_documents(head: Part, limits: Limits) -> Documents:
    documents = list(head.children("Document"))
    dialogs = {each.path: list(_dialogs(each)) for each in documents}
    found = tuple(dialog for each in dialogs.values() for dialog in each)
    if not found:
        head.findings.fault("payload", f"{head.path}/Document")
    carrying = {path for path, inside in dialogs.items() if inside}
    return Documents(found, tuple(_attachments(documents, carrying, limits)))


def _dialogs(document: Part) -> Iterator[Part]:
    """Those of a version that is known."""
    return (each for each in _within(document, "Dialogmelding") if namespace(each.element) in namespaces.DIALOGS)


def _within(document: Part, name: str) -> Iterator[Part]:
    """Every element of that name, under the path where it should be."""
    for element in document.element.iter(f"{{*}}{name}"):
        found = document.at(element, f"{_PLACE}/{name}")
        if [local(each) for each in islice(element.iterancestors(), 2)] != ["Content", "RefDoc"]:
            found.bend("misplaced")
        yield found


def _attachments(documents: list[Part], carrying: set[str], limits: Limits) -> Iterator[Attachment]:
    """Those that can be taken; a fault for each of the others. `carrying` are the documents with a Dialogmelding;
    where there is none, its lack is fault enough."""
    left = limits.attachments
    for document in documents:
        texts = list(_base64(document))
        for text in texts:
            read = _attachment(document, text, min(left, limits.attachment))
            left -= len(read.data) if read else 0
            yield from [read] if read else []
        if carrying and document.path not in carrying and not texts:
            document.fault(_lack(document))


def _base64(document: Part) -> Iterator[str]:
    """What stands in containers, or bare in Content."""
    for container in _within(document, "Base64Container"):
        if namespace(container.element) != namespaces.BASE64:
            container.bend("namespace")
        yield container.element.text or ""
    reference = document.child("RefDoc")
    content = reference.child("Content") if reference else None
    if content and not len(content.element) and (content.element.text or "").strip():
        content.bend("no-container")
        yield content.element.text or ""


def _lack(document: Part) -> str:
    reference = document.child("RefDoc")
    content = reference.child("Content") if reference else None
    return "other-document" if content and len(content.element) else "attachment-elsewhere"


def _attachment(document: Part, text: str, most: int) -> Attachment | None:
    data = decoded(text) if len(text) <= longest(most) else b""
    if data is None:
        document.fault("base64")
        return None
    if not data or len(data) > most:
        document.fault("attachment-size")
        return None
    kind = media(data)
    if kind is None:
        document.fault("attachment-type")
        return None
    reference = document.child("RefDoc")
    declared = reference.line("MimeType") if reference else ""
    if reference and declared and declared.lower() != kind:
        reference.findings.bend("media", f"{reference.path}/MimeType")
    return Attachment(reference.line("Description") if reference else "", declared, kind, data, document.path)
