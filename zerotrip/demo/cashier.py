"""The sandbox cashier's own books: a bank that is not us, in a file of its own (SQLite), as a real one is elsewhere.

It knows order numbers, amounts and what for; nothing of people. Amounts are text in yuan, times ISO 8601.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zerotrip.core.clock import local, now
from zerotrip.core.database import data_folder

_TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, token TEXT UNIQUE NOT NULL, amount TEXT NOT NULL, what TEXT NOT NULL, back TEXT NOT NULL,
    expires_at TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open', trade TEXT NOT NULL DEFAULT '', at TEXT, day TEXT
);
CREATE TABLE IF NOT EXISTS refunds (
    number TEXT PRIMARY KEY, order_number TEXT NOT NULL, amount TEXT NOT NULL, reference TEXT NOT NULL,
    state TEXT NOT NULL, at TEXT, day TEXT
);
"""


class No(Exception):
    """The cashier refuses; the text is its reason."""


@contextmanager
def books() -> Iterator[sqlite3.Connection]:
    """The books, open for one change; written when the block ends well."""
    data_folder().mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(data_folder() / "demo-cashier.sqlite3", timeout=10, isolation_level="IMMEDIATE")
    connection.row_factory = sqlite3.Row
    try:
        connection.executescript(_TABLES)
        with connection:
            yield connection
    finally:
        connection.close()


def create(number: str, amount: str, what: str, back: str, expires_at: str) -> str:
    """Write an order down; the same number again is the same order. Returns the token of its page."""
    with books() as book:
        book.execute(
            "INSERT OR IGNORE INTO orders (number, token, amount, what, back, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            (number, secrets.token_urlsafe(18), amount, what, back, expires_at),
        )
        row = _order(book, number)
        if row is None or Decimal(row["amount"]) != Decimal(amount):
            raise No("订单号已用于另一金额")
        return str(row["token"])


def by_token(token: str) -> dict[str, Any] | None:
    """The order whose page this is."""
    with books() as book:
        row = book.execute("SELECT * FROM orders WHERE token = ?", (token,)).fetchone()
        return dict(row) if row is not None else None


def pay(token: str) -> dict[str, Any]:
    """Somebody pays. Returns what is reported. Raises No for an order that is closed or over."""
    with books() as book:
        row = book.execute("SELECT * FROM orders WHERE token = ?", (token,)).fetchone()
        if row is None:
            raise No("没有这个订单")
        if row["state"] == "open" and datetime.fromisoformat(row["expires_at"]) < now():
            raise No("订单已超过支付时限")
        if row["state"] == "closed":
            raise No("订单已关闭")
        if row["state"] == "open":
            moment = now()
            book.execute(
                "UPDATE orders SET state = 'paid', trade = ?, at = ?, day = ? WHERE number = ?",
                (f"42{secrets.randbelow(10**18):018d}", moment.isoformat(), _day(moment), row["number"]),
            )
        return _told(_order(book, row["number"]))


def query(number: str) -> dict[str, Any]:
    """How an order stands; one never heard of is open."""
    with books() as book:
        row = _order(book, number)
        return _told(row) if row is not None else {"number": number, "state": "open"}


def close(number: str) -> dict[str, Any]:
    """Close an order that is not paid. Raises No when it is."""
    with books() as book:
        book.execute("UPDATE orders SET state = 'closed' WHERE number = ? AND state = 'open'", (number,))
        row = _order(book, number)
        if row is not None and row["state"] == "paid":
            raise No("订单已支付，不能关闭")
        return {"number": number, "state": "closed"}


def refund(number: str, order: str, amount: str) -> dict[str, Any]:
    """Take a refund in; it is done when asked about next. Raises No for more than is left."""
    with books() as book:
        known = book.execute("SELECT * FROM refunds WHERE number = ?", (number,)).fetchone()
        if known is None:
            row = _order(book, order)
            if row is None or row["state"] != "paid":
                raise No("订单没有支付")
            rows = book.execute("SELECT amount FROM refunds WHERE order_number = ?", (order,))
            given = sum((Decimal(one["amount"]) for one in rows), Decimal(0))
            if given + Decimal(amount) > Decimal(row["amount"]):
                raise No("退款超过可退金额")
            book.execute(
                "INSERT INTO refunds VALUES (?, ?, ?, ?, 'accepted', NULL, NULL)",
                (number, order, amount, f"50{secrets.randbelow(10**18):018d}"),
            )
        return _refund(book, number)


def query_refund(number: str) -> dict[str, Any]:
    """How a refund stands. Asking finishes it: money takes a moment. Raises No for one never heard of."""
    with books() as book:
        moment = now()
        book.execute(
            "UPDATE refunds SET state = 'done', at = ?, day = ? WHERE number = ? AND state = 'accepted'",
            (moment.isoformat(), _day(moment), number),
        )
        return _refund(book, number)


def bill(day: date) -> list[dict[str, str]]:
    """What was paid and given back on a day."""
    with books() as book:
        paid = book.execute("SELECT * FROM orders WHERE day = ? ORDER BY at", (day.isoformat(),)).fetchall()
        back = book.execute("SELECT * FROM refunds WHERE day = ? ORDER BY at", (day.isoformat(),)).fetchall()
    rows = [
        {"kind": "payment", "number": r["number"], "order": r["number"], "reference": r["trade"]} | _when(r)
        for r in paid
    ]
    return rows + [
        {"kind": "refund", "number": r["number"], "order": r["order_number"], "reference": r["reference"]} | _when(r)
        for r in back
    ]


def _when(row: sqlite3.Row) -> dict[str, str]:
    return {"amount": row["amount"], "at": row["at"]}


def _day(moment: datetime) -> str:
    return local(moment).date().isoformat()


def _order(book: sqlite3.Connection, number: str) -> Any:
    return book.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()


def _told(row: sqlite3.Row) -> dict[str, Any]:
    told = {"kind": "payment", "number": row["number"], "state": row["state"]}
    if row["state"] == "paid":
        told |= {"transaction": row["trade"], "amount": row["amount"], "at": row["at"]}
    return told


def _refund(book: sqlite3.Connection, number: str) -> dict[str, Any]:
    row = book.execute("SELECT * FROM refunds WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise No("没有这笔退款")
    return {
        "kind": "refund",
        "number": number,
        "state": row["state"],
        "reference": row["reference"],
        "amount": row["amount"],
        "at": row["at"] or "",
    }
