"""What people upload, and what people try."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from zerotrip.core.errors import BadInput, Problem, TooLarge
from zerotrip.core.files import MAX_BYTES, MAX_SIDE, check_upload


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, options.pop("color", "navy")).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def pdf(inside: bytes = b"") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /OpenAction [3 0 R /Fit] "
        + inside
        + b" >>\nendobj\ntrailer <<>>\n%%EOF\n"
    )


def packed(inside: bytes) -> bytes:
    stream = zlib.compress(inside)
    return (
        b"%PDF-1.7\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length "
        + str(len(stream)).encode()
        + b" >>\nstream\n"
        + stream
        + b"\nendstream\nendobj\n%%EOF\n"
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_a_picture_is_known_by_its_content_whatever_its_name(kind: str) -> None:
    kept = check_upload("身份证.exe", picture(kind))
    assert (kept.media_type, kept.suffix, kept.name) == ("image/jpeg", ".jpg", "身份证.exe")
    assert Image.open(io.BytesIO(kept.body)).size == (60, 40)


def test_position_and_device_are_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretPhone", 6  # maker; turned by a quarter
    exif.get_ifd(0x8825)[2] = (28.0, 40.0, 59.0)  # GPS latitude
    kept = check_upload("a.jpg", picture(exif=exif, comment=b"hidden words"))
    drawn = Image.open(io.BytesIO(kept.body))
    assert drawn.size == (40, 60)
    assert not drawn.getexif()
    assert b"SecretPhone" not in kept.body
    assert b"hidden words" not in kept.body


def test_a_signature_drawn_on_nothing_stays_readable() -> None:
    sheet = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    sheet.putpixel((10, 10), (0, 0, 0, 255))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    drawn = Image.open(io.BytesIO(check_upload("签名.png", out.getvalue()).body)).convert("L")
    assert drawn.getpixel((0, 0)) > 240  # type: ignore[operator]


def test_a_large_picture_is_made_smaller() -> None:
    drawn = Image.open(io.BytesIO(check_upload("a.jpg", picture(size=(6000, 3000))).body))
    assert max(drawn.size) <= MAX_SIDE


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_drawn(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert check_upload("a", picture(kind, mode=mode, color=0)).media_type == "image/jpeg"


def test_more_bytes_than_allowed_are_refused_with_the_numbers() -> None:
    with pytest.raises(TooLarge, match=r"“房产证\.pdf”有 11 MB，超过上限 10 MB"):
        check_upload("房产证.pdf", b"%PDF-" + b"0" * (11 * 1024 * 1024))
    assert MAX_BYTES == 10 * 1024 * 1024


def _claims_to_be(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0" * 40


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_a_small_file_that_unpacks_into_a_huge_picture_is_refused_unopened(side: int) -> None:
    with pytest.raises(Problem) as refused:
        check_upload("bomb.png", _claims_to_be(side, side))
    assert refused.value.status in {413, 422}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "空文件"),
        (b"MZ\x90\x00" + b"\0" * 100, "不是能识别的图片或 PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "不是能识别的图片或 PDF"),
        (b"GIF89a" + b"\0" * 30, "不是能识别的图片或 PDF"),
        (picture()[:300], "不是能识别的图片或 PDF"),
        (picture("PNG", (300, 300))[:-60], "不是能识别的图片或 PDF"),
        (pdf()[:-8], "不完整"),
        (pdf(b"/AA << /S /JavaScript /JS (app.alert(1)) >>"), "脚本或附件"),
        (pdf(b"/A << /S /J#61vaScript >>"), "脚本或附件"),
        (pdf(b"/AcroForm << /XFA 9 0 R >>"), "脚本或附件"),
        (pdf(b"/Names << /EmbeddedFiles 9 0 R >>"), "脚本或附件"),
        (packed(b"1 0 << /S /JavaScript /JS (x) >>"), "脚本或附件"),
        (packed(b" " * 40_000_000), "内部结构异常"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(body: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        check_upload("材料", body)


def test_an_ordinary_pdf_is_kept_as_it_is() -> None:
    assert check_upload("申请书.PDF", pdf()).body == pdf()
    assert check_upload("申请书.PDF", packed(b"1 0 << /Type /Page >>")).media_type == "application/pdf"


def test_a_name_keeps_neither_folders_nor_what_no_database_can_hold() -> None:
    assert check_upload("C:\\Users\\张三\\..\\证\0明\n.jpg", picture()).name == "证明.jpg"
    assert check_upload("../../etc/passwd", picture()).name == "passwd"
    assert check_upload("a" * 500, picture()).name == "a" * 120
    assert check_upload("/", picture()).name == "未命名文件"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP"]), st.data())
def test_a_damaged_picture_is_drawn_or_refused_never_a_crash(kind: str, data: st.DataObject) -> None:
    body = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput, TooLarge):
        assert check_upload("a", bytes(body[: data.draw(st.integers(1, len(body)))])).suffix == ".jpg"
