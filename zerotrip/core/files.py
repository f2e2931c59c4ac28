"""What people upload: recognised by its content, limited in size, images drawn anew.

Drawing an image anew drops EXIF (position, device) and anything hidden behind the pixels.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from zerotrip.core.errors import BadInput, TooLarge

MAX_BYTES = 10 * 1024 * 1024
"""The largest single upload, in bytes."""

MAX_PIXELS = 40_000_000
MAX_SIDE = 4000
_PDF_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA", b"/OpenAction")
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

    Raises TooLarge over `limit` bytes and BadInput when it is empty, neither PDF nor picture, broken, or carries active content.
    """
    shown = name.replace("\\", "/").rsplit("/", 1)[-1][:120] or _("未命名文件")
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
    if any(mark in body for mark in _PDF_ACTIVE):
        raise BadInput(_("“{name}”带有脚本或附件，不能接收。请另存为普通 PDF 后再上传。").format(name=name))
    return Checked(name, body, "application/pdf", ".pdf")


def _checked_image(name: str, body: bytes) -> Checked:
    refusal = BadInput(_("“{name}”不是能识别的图片或 PDF。请上传 JPG、PNG 图片或 PDF 文件。").format(name=name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=_IMAGE_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise TooLarge(_("“{name}”的像素太多，请缩小后再上传。").format(name=name))
                drawn = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        raise refusal from error
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=88, optimize=True)
    return Checked(name, out.getvalue(), "image/jpeg", ".jpg")
