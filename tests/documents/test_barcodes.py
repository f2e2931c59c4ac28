"""Codes as such: what can be written, and how wide the bars come out on a printer."""

from __future__ import annotations

import pytest

from zerotrip.documents import barcodes


@pytest.mark.parametrize("text", ["", "邮件", "a\n", "a" * 300, "\x00"])
def test_what_code_128_cannot_hold_is_refused(text):
    with pytest.raises(ValueError):
        barcodes.code128(text)


@pytest.mark.parametrize("text", ["", "x" * 3000])
def test_what_a_qr_code_cannot_hold_is_refused(text):
    with pytest.raises(ValueError):
        barcodes.qr(text)


def test_digits_are_packed_in_pairs():
    """13 digits: start C, six pairs, change to B, a digit, check: ten symbols of 11 modules, and the stop of 13."""
    assert barcodes.code128("1234567890136").modules == 10 * 11 + 13 + 2 * barcodes.QUIET


def test_bars_are_whole_printer_dots_and_as_wide_as_fits():
    code = barcodes.code128("1234567890136")
    assert code.fitting_module(72) == pytest.approx(4 * barcodes.DOT_MM)
    assert code.fitting_module(71) == pytest.approx(3 * barcodes.DOT_MM)
    with pytest.raises(ValueError, match="do not fit"):
        code.fitting_module(30)
