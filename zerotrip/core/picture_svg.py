"""The route picture as one self-contained SVG, for PDFs and printed receipts.

No script, no style sheet, no outside reference: shapes, attributes and text only, so that typst, browsers and printers
draw the same. A long route is broken into rows; the last station of a row opens the next one.

>>> from zerotrip.core.picture import Leg, Picture, Station
>>> svg = render_svg(Picture((Station("家"), Station("大厅")), (Leg("post", "寄出"),)))
>>> svg.startswith("<svg") and "寄出" in svg
True
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from zerotrip.core.clock import local
from zerotrip.core.picture import Leg, Moment, Picture, Station

ZH: Final[Mapping[str, str]] = {
    "person": "人跑", "post": "邮政跑", "data": "数据跑", "now": "现在", "skipped": "不用跑", "failed": "未成功",
    "trips": "出门 {n} 次", "promised": "（承诺 {n} 次）", "promise": "承诺", "forecast": "预计", "title": "办事路线",
    "moment": "{m}月{d}日 {t}",
}  # fmt: skip
EN: Final[Mapping[str, str]] = {
    "person": "You", "post": "Post", "data": "Data", "now": "Now", "skipped": "not needed", "failed": "failed",
    "trips": "Trips: {n}", "promised": " (promised {n})", "promise": "Promised", "forecast": "Expected",
    "title": "Route", "moment": "{t}, {d}/{m}",
}  # fmt: skip

COLOURS: Final = {"person": "#b8480b", "post": "#00704a", "data": "#1a5fc4"}
TINTS: Final = {"person": "#fdeee3", "post": "#e6f3ec", "data": "#e8f0fc"}
DASHES: Final = {"person": "9 6", "post": "", "data": "0.1 8"}
INK, INK_2, INK_3, GREY, RED, PAPER = "#14201a", "#46534c", "#5c6961", "#7b8a82", "#b3261e", "#ffffff"

# Tabler Icons, MIT licence: walk, truck-delivery, cloud-data-connection, alert-triangle, check, x.
GLYPHS: Final = {
    "person": "M12 4a1 1 0 1 0 2 0a1 1 0 1 0 -2 0M7 21l3 -4M16 21l-2 -4l-3 -3l1 -6M6 12l2 -3l4 -1l3 3l3 1",
    "post": "M5 17a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M15 17a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M5 17h-2v-4m-1 -8h11v12m-4 0h6"
    "m4 0h2v-6h-8m0 -5h5l3 5M3 9l4 0",
    "data": "M5 9.897c0 -1.714 1.46 -3.104 3.26 -3.104c.275 -1.22 1.255 -2.215 2.572 -2.611c1.317 -.397 2.77 -.134"
    " 3.811 .69c1.042 .822 1.514 2.08 1.239 3.3h.693a2.42 2.42 0 0 1 2.425 2.414a2.42 2.42 0 0 1 -2.425 2.414h-8.315"
    "c-1.8 0 -3.26 -1.39 -3.26 -3.103M12 13v3M10 18a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M14 18h7M3 18h7",
    "failed": "M12 9v4M12 16v.01M10.36 3.59l-8.11 13.54a1.91 1.91 0 0 0 1.64 2.87h16.22a1.91 1.91 0 0 0 1.64 -2.87"
    "l-8.11 -13.54a1.91 1.91 0 0 0 -3.28 0",
    "check": "M5 12l5 5l10 -10",
    "x": "M18 6l-12 12M6 6l12 12",
}

ROW = 6
"""At most so many legs in one row of the drawing."""


def width_of(text: str) -> float:
    """How wide `text` is, in ems: a Chinese character is one, a Latin letter a bit more than half."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.56 for c in text)


def printable(text: str) -> str:
    """`text` without the control characters that XML does not allow."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))


def broken(text: str, ems: float, lines: int = 2) -> list[str]:
    """`text` in at most `lines` lines of `ems` width; what does not fit ends in an ellipsis."""
    rows: list[str] = [""]
    for char in text:
        if width_of(rows[-1] + char) > ems:
            if len(rows) == lines:
                rows[-1] = rows[-1][:-1] + "…"
                break
            rows.append("")
        rows[-1] += char
    return rows if text else []


class _Drawing:
    """Collects shapes."""

    def __init__(self, words: Mapping[str, str], font: str) -> None:
        self.words, self.font, self.shapes = words, font, list[str]()

    def shape(self, tag: str, *, text: str | None = None, **attributes: object) -> None:
        named = {name.replace("_", "-"): f"{v:g}" if isinstance(v, float) else str(v) for name, v in attributes.items()}
        inside = " ".join(f"{name}={quoteattr(value)}" for name, value in named.items() if value)
        self.shapes.append(
            f"<{tag} {inside}/>" if text is None else f"<{tag} {inside}>{escape(printable(text))}</{tag}>"
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        fill: str = INK,
        bold: bool = False,
        anchor: str = "middle",
    ) -> None:
        weight = "700" if bold else ""
        self.shape("text", text=text, x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, font_weight=weight)

    def line(
        self, x1: float, x2: float, y: float, colour: str, dash: str, *, faint: bool = False, thin: bool = False
    ) -> None:
        self.shape(
            "path", d=f"M{x1:g} {y:g}H{x2:g}", fill="none", stroke=colour, stroke_width=1.5 if thin else 4,
            stroke_dasharray=dash, stroke_linecap="round" if dash.startswith("0.1") else "",
            stroke_opacity="0.5" if faint else "",
        )  # fmt: skip

    def glyph(self, name: str, x: float, y: float, size: float, colour: str) -> None:
        place = f"translate({x - size / 2:g} {y - size / 2:g}) scale({size / 24:g})"
        self.shape(
            "path", transform=place, d=GLYPHS[name], fill="none", stroke=colour, stroke_width=2, stroke_linecap="round",
            stroke_linejoin="round",
        )  # fmt: skip

    def moment(self, at: datetime) -> str:
        there = local(at)
        return self.words["moment"].format(m=there.month, d=there.day, t=f"{there:%H:%M}")

    def tag(self, x: float, y: float) -> None:
        text = self.words["now"]
        wide = width_of(text) * 8 + 10
        self.shape("rect", x=x - wide / 2, y=y, width=wide, height=13, rx=6.5, fill=INK)
        self.text(x, y + 9.5, text, size=8, fill=PAPER, bold=True)

    def station(self, x: float, y: float, station: Station, here: bool, ems: float) -> None:
        fill, edge = {"done": (INK, INK), "failed": (RED, RED), "now": (PAPER, COLOURS["post"])}.get(
            station.state, (PAPER, GREY)
        )
        thick = 5 if station.state == "now" else 2.5
        self.shape("circle", cx=x, cy=y, r=8 - thick / 2, fill=fill, stroke=edge, stroke_width=thick)
        if station.state in ("done", "failed"):
            self.glyph("check" if station.state == "done" else "x", x, y, 10, PAPER)
        if here:
            self.tag(x, y - 26)
        row = y + 24.0
        for text in broken(station.label, ems / 1.1):
            self.text(x, row, text, size=11, bold=station.state != "planned")
            row += 13
        for text in broken(station.sub, ems):
            self.text(x, row, text, size=9, fill=INK_3)
            row += 11
        if station.at:
            self.text(x, row, self.moment(station.at), size=9, fill=INK_3)

    def leg(self, x1: float, x2: float, y: float, leg: Leg, here: bool, progress: float) -> None:
        colour = GREY if leg.state == "skipped" else COLOURS[leg.kind]
        at = x1 + (x2 - x1) * (min(max(progress, 0.2), 0.8) if here else 0.5)
        if here:
            self.line(x1, at, y, colour, DASHES[leg.kind])
            self.line(at, x2, y, colour, DASHES[leg.kind], faint=True)
        else:
            self.line(x1, x2, y, colour, DASHES[leg.kind], faint=leg.state == "planned", thin=leg.state == "skipped")
        edge = RED if leg.state == "failed" else colour
        fill = colour if here else TINTS[leg.kind] if leg.state == "done" else PAPER
        self.shape("circle", cx=at, cy=y, r=11, fill=fill, stroke=edge, stroke_width=1.5)
        self.glyph("failed" if leg.state == "failed" else leg.kind, at, y, 14, PAPER if here else edge)
        rows = [
            (t, 10.0, colour if leg.state != "skipped" else INK_3)
            for t in broken(leg.label or self.words[leg.kind], (x2 - x1 - 14) / 10)
        ]
        rows += [(leg.number, 8.5, INK_2)] if leg.number else []
        rows += [(self.moment(leg.when), 8.5, INK_3)] if leg.when else []
        rows += (
            [(self.words[leg.state], 8.5, RED if leg.state == "failed" else INK_3)]
            if leg.state in ("failed", "skipped")
            else []
        )
        middle, row = (x1 + x2) / 2, y - 18 - 11.5 * (len(rows) - 1)
        for text, size, tone in rows:
            self.text(middle, row, text, size=size, fill=tone, bold=size == 10)
            row += 11.5
        if here:
            self.tag(at, y + 15)


def render_svg(
    picture: Picture, *, words: Mapping[str, str] = ZH, width: int = 720, font: str = "Noto Sans SC, sans-serif"
) -> str:
    """The whole picture as an SVG text of `width` points: title, line, promise and forecast, trips, legend.

    `words` are ZH, EN or a mapping of the same keys. Every station and every leg is drawn; long labels are shortened.
    """
    drawing = _Drawing(words, font)
    now, side, top = picture.now, 52, 26 if picture.title else 4
    y = float(top)
    if picture.title:
        drawing.text(0, 16, picture.title, size=14, bold=True, anchor="start")
    count = max(len(picture.legs), 1)
    row = -(-count // -(-count // ROW))
    for first in range(0, count, row):
        legs = picture.legs[first : first + row]
        stations = picture.stations[first : first + len(legs) + 1]
        span = (width - 2 * side) / row
        middle, xs = y + 76, [side + span * i for i in range(len(stations))]
        for i, leg in enumerate(legs):
            drawing.leg(
                xs[i] + 8,
                xs[i + 1] - 8,
                middle,
                leg,
                now == 2 * (first + i) + 1,
                picture.progress if picture.progress is not None else 0.5,
            )
        for i, station in enumerate(stations):
            here = now == 2 * (first + i) and (i > 0 or first == 0)
            drawing.station(xs[i], middle, station, here, min(span, 104) / 10)
        y = middle + 80
    drawing.shapes.append(f'<path d="M0 {y:g}H{width}" stroke="#c9d3cd" stroke-width="1"/>')
    y += 22
    trips = words["trips"].format(n=picture.trips)
    kept = picture.trips_promised is None or picture.trips <= picture.trips_promised
    drawing.text(0, y, trips, size=14, bold=True, fill=COLOURS["post" if kept else "person"], anchor="start")
    x = width_of(trips) * 14 + 6
    if picture.trips_promised is not None:
        promised = words["promised"].format(n=picture.trips_promised)
        drawing.text(x, y, promised, size=9.5, fill=INK_3, anchor="start")
        x += width_of(promised) * 9.5 + 18
    for name, moment in (("promise", picture.promise), ("forecast", picture.forecast)):
        if moment:
            sentence = _sentence(drawing, words[name], moment)
            drawing.text(x, y, sentence, size=10.5, anchor="start")
            x += width_of(sentence) * 10.5 + 20
    y += 20
    x = 0.0
    for kind in picture.kinds:
        drawing.line(x, x + 28, y - 3.5, COLOURS[kind], DASHES[kind])
        drawing.text(x + 34, y, words[kind], size=9, fill=COLOURS[kind], anchor="start")
        x += 44 + width_of(words[kind]) * 9
    height = round(y + 10)
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    label = quoteattr(printable(picture.title or words["title"]))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label={label} font-family={quoteattr(font)}>'
    return f"{head}{''.join(drawing.shapes)}</svg>"


def _sentence(drawing: _Drawing, word: str, moment: Moment) -> str:
    return " ".join(filter(None, [word, drawing.moment(moment.at) if moment.at else "", moment.text]))
