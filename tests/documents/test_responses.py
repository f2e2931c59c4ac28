"""What is handed to a browser can do nothing there."""

from __future__ import annotations

import pytest
from django.http.response import HttpResponse

from zerotrip.documents.responses import file_response


def test_a_pdf_is_shown_under_its_chinese_name():
    answer = file_response(b"%PDF-1.7", "受理通知书.pdf", "application/pdf")
    assert isinstance(answer, HttpResponse)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E5%8F%97")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", ""])
def test_what_could_run_is_only_downloaded_and_caged(kind):
    answer = file_response(b"<script>alert(1)</script>", "page.html", kind)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_picture_is_shown_in_a_cage_and_downloaded_on_wish():
    assert "sandbox" in file_response(b"\xff\xd8", "a.jpg", "image/jpeg")["Content-Security-Policy"]
    assert file_response(b"\xff\xd8", "a.jpg", "image/jpeg", download=True)["Content-Disposition"].startswith(
        "attachment"
    )


@pytest.mark.parametrize(
    "name", ["", "\r\nSet-Cookie: a=b", '"; filename=evil.exe', "../../etc/passwd", "\u202egpj.exe"]
)
def test_a_name_cannot_break_out_of_its_header(name):
    header = file_response(b"x", name, "application/pdf")["Content-Disposition"]
    assert "\r" not in header
    assert "\n" not in header
    assert header.count("filename") == 1 + header.count("filename=evil")
    assert "/" not in header.replace("utf-8''", "")
