"""What people upload: recognised by its content, limited in size, images drawn anew.

Drawing an image anew drops EXIF (position, device) and anything hidden behind the pixels.
"""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from zerotrip.core.errors import BadInput, TooLarge

MAX_BYTES = 10 * 1024 * 1024
"""The largest single upload, in bytes."""

MAX_PIXELS = 40_000_000
MAX_SIDE = 4000
_PDF_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?=[\s\[\]<>()/\d]|$)")
_PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_PACKED = re.compile(rb"/ObjStm\b[^>]{0,400}>>\s*stream\r?\n")
_PDF_UNPACKED = 32 * 1024 * 1024
"""How many bytes of packed objects are looked through; a PDF with more is refused."""

_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be stored: its bytes as they will be kept, its media type and suffix."""

    name: str
    body: bytes
    media_type: str
    suffix: str


def check_upload(name: str, body: bytes, *, limit: int = MAX_BYTES) -> Checked:
    """Check `body`, whatever `name` pretends. Returns what to keep.

    Raises TooLarge over `limit` bytes and BadInput when it is empty, neither PDF nor picture, broken, or active.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in last if c.isprintable()).strip()[:120] or _("未命名文件")
    if len(body) > limit:
        raise TooLarge(
            _("“{name}”有 {size} MB，超过上限 {limit} MB。请压缩或重新拍照后再上传。").format(
                name=shown, size=f"{len(body) / 1048576:.0f}", limit=limit // 1048576
            )
        )
    if not body:
        raise BadInput(_("“{name}”是空文件，请重新选择。").format(name=shown))
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return _checked_pdf(shown, body)
    return _checked_image(shown, body)


def _checked_pdf(name: str, body: bytes) -> Checked:
    if b"%%EOF" not in body[-2048:]:
        raise BadInput(_("“{name}”不完整，可能没有传完。请重新上传。").format(name=name))
    if any(_PDF_ACTIVE.search(_PDF_ESCAPE.sub(_unescaped, part)) for part in (body, _packed_objects(name, body))):
        raise BadInput(_("“{name}”带有脚本或附件，不能接收。请另存为普通 PDF 后再上传。").format(name=name))
    return Checked(name, body, "application/pdf", ".pdf")


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _packed_objects(name: str, body: bytes) -> bytes:
    """The objects a PDF keeps compressed, where a script could hide from a plain look."""
    parts, room = [], _PDF_UNPACKED
    for start in _PDF_PACKED.finditer(body):
        try:
            part = zlib.decompressobj().decompress(body[start.end() :], room + 1)
        except zlib.error:
            continue
        room -= len(part)
        if room < 0:
            raise BadInput(_("“{name}”内部结构异常，不能接收。请另存为普通 PDF 后再上传。").format(name=name))
        parts.append(part)
    return b"\n".join(parts)


def _checked_image(name: str, body: bytes) -> Checked:
    try:
        drawn = _drawn_anew(name, body)
    except TooLarge:
        raise
    except Exception as error:  # Pillow raises of every kind on broken input
        raise BadInput(
            _("“{name}”不是能识别的图片或 PDF。请上传 JPG、PNG 图片或 PDF 文件。").format(name=name)
        ) from error
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=88, optimize=True)
    return Checked(name, out.getvalue(), "image/jpeg", ".jpg")


def _drawn_anew(name: str, body: bytes) -> Image.Image:
    with Image.open(io.BytesIO(body), formats=_IMAGE_FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise TooLarge(_("“{name}”的像素太多，请缩小后再上传。").format(name=name))
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:  # a signature drawn on nothing must not become black on black
            alpha = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", alpha.size, "white"), alpha)
        drawn = upright.convert("RGB")
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    drawn.info = {}  # comments and profiles would be written out again
    return drawn
