"""What an attachment is, told by its bytes; and how much of them is taken."""

import base64
import io
import zipfile

import pytest
from plo_samples import PDF, PDF_IN_BASE64, bent_by

from oppfolging_api.referral.plo.content import decoded, media
from oppfolging_api.referral.plo.limits import Limits
from oppfolging_api.referral.plo.reading import read_message

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def zipped(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, "application/pdf"),
        (b"%PDF-2.0\n%%EOF" + b"\x00" * 500, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (b"\xff\xd8\xff\xdb" + JPEG[4:], "image/jpeg"),
        (JPEG + b"\x00\x00", "image/jpeg"),
    ],
)
def test_what_is_taken(data: bytes, kind: str) -> None:
    assert media(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PDF",
        b" " + PDF,
        b"%PDF-1.4\nhalf of one",
        PDF + b"x" * 1025,
        b"%PDF-x.4\n%%EOF",
        PNG[:-4],
        PNG + b"PK\x03\x04",
        PNG.replace(b"IHDR", b"XXXX"),
        JPEG[:-1],
        b"\xff\xd8\xff\x00\xff\xd9",
        b"GIF89a\x01\x00\x01\x00",
        b"II*\x00",
        b"MZ\x90\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!DOCTYPE html>",
        zipped("epikrise.pdf", PDF),
        zipped("bombe", b"\x00" * 1_000_000),
    ],
)
def test_what_is_not(data: bytes) -> None:
    assert media(data) is None


@pytest.mark.parametrize("text", [PDF_IN_BASE64, f"\r\n {PDF_IN_BASE64[:20]}\n\t{PDF_IN_BASE64[20:]}\n"])
def test_base64_with_and_without_line_breaks(text: str) -> None:
    assert decoded(text) == PDF


@pytest.mark.parametrize(
    "text", ["", " \n", "JVBE*", "JVBERi0xLjQ", "JVBERi0=xLjQ=", "JVB-_i0x", "JVBEå===", "====", "JVBE\x00"]
)
def test_what_is_no_base64(text: str) -> None:
    assert decoded(text) is None


@pytest.mark.parametrize("inner", [zipped("liste.pdf", PDF), base64.b64encode(zipped("liste.pdf", PDF))])
def test_a_zip_called_pdf_is_refused(inner: bytes) -> None:
    message = read_message(bent_by((PDF_IN_BASE64, base64.b64encode(inner).decode())))
    assert message.attachments == ()
    assert [(fault.code, fault.text) for fault in message.faults] == [
        ("X99", "the attachment is not a whole PDF, JPG or PNG by its content")
    ]


def test_each_attachment_and_all_of_them_have_a_limit() -> None:
    document = "<Document><RefDoc><MsgType V='A'/><Content><Base64Container"
    two = bent_by(
        ("</MsgHead>", f"{document}>{PDF_IN_BASE64}</Base64Container></Content></RefDoc></Document></MsgHead>")
    )

    def refused(limits: Limits) -> list[tuple[str, str]]:
        return [(fault.text, fault.where) for fault in read_message(two, limits).faults]

    assert refused(Limits(attachment=30, attachments=60)) == []
    assert refused(Limits(attachment=30, attachments=59)) == [("the attachment is too large", "MsgHead/Document[3]")]
    assert refused(Limits(attachment=29, attachments=60)) == [
        ("the attachment is too large", "MsgHead/Document[2]"),
        ("the attachment is too large", "MsgHead/Document[3]"),
    ]


def test_an_attachment_of_seven_megabytes_is_taken() -> None:
    large = b"%PDF-1.4\n" + b"x" * 7_000_000 + b"%%EOF"
    message = read_message(bent_by((PDF_IN_BASE64, base64.encodebytes(large).decode())))
    assert ([each.data == large for each in message.attachments], message.faults) == ([True], ())
