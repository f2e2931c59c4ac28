"""How long labels take: all in one paper against one paper a label, and what the parts cost.

    python -m bench.labels [--labels 500]

Prints milliseconds a label, each the median of three rounds on labels never made before.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import zint
from rich.console import Console
from rich.table import Table

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerotrip.web.settings")

from zerotrip.documents import barcodes, labels  # settings must be named first
from zerotrip.documents.court import CourtData
from zerotrip.documents.labels import LabelData, label_pdf, labels_pdf

URL = "https://zerotrip.example.cn/t/"
SAMPLE = LabelData(
    number="1100000000000",
    product="政务专递",
    service="标准快递",
    recipient="龚**",
    recipient_phone="138******34",
    recipient_address="江西省抚州市临川区金巢大道阳光花园***",
    sender="南昌市政务服务中心 邮政专区",
    sender_phone="0791-******34",
    sender_address="江西省南昌市红谷滩区红谷中大道1号",
    tracking_url=URL,
    route="抚州 A07",
    from_place="南昌红谷滩",
    to_place="抚州临川",
    contents="营业执照正本、副本 各1件",
    fee="¥20.00",
    accepted_at=datetime(2026, 11, 24, 2, 15, tzinfo=UTC),
    flags=("实名", "验视", "须本人签收", "不得投柜"),
    case_number="JX36010220261123000001Y",
)
LETTER = CourtData(
    court="南昌市东湖区人民法院",
    department="立案庭",
    clerk="刘**",
    phone="0791-******34",
    case_number="（2026）赣0102民初1234号",
    documents=[(f"{name}（{i}）", 1) for i, name in enumerate(["应诉通知书", "传票", "起诉状副本", "举证通知书"] * 2)],
)
_serial = itertools.count()


def fresh(count: int) -> list[LabelData]:
    """Labels with numbers, addresses and codes that nothing has cached."""
    made = []
    for serial in itertools.islice(_serial, count):
        number = f"11{serial:011d}"
        address = f"江西省抚州市临川区金巢大道{serial}号***"
        made.append(replace(SAMPLE, number=number, tracking_url=URL + number, recipient_address=address))
    return made


def one_by_one(batch: list[LabelData]) -> object:
    return [label_pdf(label) for label in batch]


def court_letters(batch: list[LabelData]) -> object:
    """The same as courts' letters: 100×180 mm, with slip and eight documents each."""
    return labels_pdf([replace(label, court=LETTER) for label in batch], labels.SIZE_180)


def qr_by_zint(batch: list[LabelData]) -> object:
    drawn = []
    for label in batch:
        symbol = zint.Symbol()
        symbol.symbology = zint.Symbology.QRCODE
        symbol.option_1 = 2
        symbol.encode(label.tracking_url)
        symbol.buffer_vector()
        drawn.append("".join(f"M{r.x} {r.y}h{r.width}v{r.height}z" for r in symbol.vector.rectangles))
    return drawn


def measured(work: Callable[[list[LabelData]], object], count: int, rounds: int = 3) -> float:
    """Milliseconds a label: the median of `rounds` over `count` fresh labels."""
    times = []
    for _ in range(rounds):
        batch = fresh(count)
        start = time.perf_counter()
        work(batch)
        times.append((time.perf_counter() - start) * 1000 / count)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=500, help="how many labels a batch holds (default 500)")
    count = parser.parse_args().labels
    label_pdf(SAMPLE)
    some = max(1, count // 10)
    batch = measured(labels_pdf, count)
    rows = [
        (f"one paper of {count} labels", batch),
        (f"one paper of {some} court's letters", measured(court_letters, some)),
        ("one paper a label", measured(one_by_one, some)),
        ("of it: data and codes", measured(lambda b: [labels.page(label, labels.SIZE_150) for label in b], some)),
        ("of it: Code 128 (zint)", measured(lambda b: [barcodes.code128(label.number) for label in b], some)),
        ("of it: QR code (segno)", measured(lambda b: [barcodes.qr(label.tracking_url) for label in b], some)),
        ("instead: QR code by zint", measured(qr_by_zint, some)),
    ]
    table = Table(title="Labels 100×150 mm, court's letters 100×180 mm")
    table.add_column("what")
    table.add_column("ms a label", justify="right")
    table.add_column("labels a second", justify="right")
    table.add_column("of the batch", justify="right")
    for name, each in rows:
        table.add_row(name, f"{each:.2f}", f"{1000 / each:,.0f}", f"{each / batch:.2f}×")
    Console().print(table)


if __name__ == "__main__":
    main()
