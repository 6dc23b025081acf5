"""The figures of a run as a picture: bars in SVG.

Two panels of bars need no library: those that draw are ten times the size of the server.
"""

import itertools
import math
import statistics
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from modelry.bench.figures import SHARES, Figures, percentile
from modelry.bench.traffic import KINDS

_WIDTH = 900
_LABEL_WIDTH = 330
_VALUE_WIDTH = 110
_ROW = 22
_GREY, _BLUE = "#9aa5b1", "#2f6fb5"
_BLUES = ("#1d4e89", "#4f8fd0", "#a9cdf0")
_FONT = "13px system-ui, sans-serif"


class _Bar(NamedTuple):
    label: str
    value: float
    text: str
    colour: str


def svg(figures: Figures) -> str:
    """The picture: CPU of a request beside the floor's, and latencies on a logarithmic scale."""
    panels = (
        ("CPU µs a request", list(_cpu(figures)), False),
        ("Latency in ms (logarithmic)", list(_latency(figures)), True),
    )
    height = sum(_ROW * (len(bars) + 2) for _, bars, _ in panels) + _ROW
    top = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {height}", style=f"font: {_FONT}")
    SubElement(top, "rect", width="100%", height="100%", fill="white")
    y = _ROW
    for title, bars, logarithmic in panels:
        _text(top, 10, y, title, {"font-weight": "bold"})
        for number, bar in enumerate(bars, 1):
            _draw(top, y + number * _ROW, bar, _share(bar, bars, logarithmic=logarithmic))
        y += _ROW * (len(bars) + 2)
    return tostring(top, encoding="unicode") + "\n"


def _cpu(figures: Figures) -> Iterator[_Bar]:
    for series in figures.series:
        for caller, rounds, colour in (("the floor", series.floors, _GREY), (series.caller, series.loads, _BLUE)):
            us = statistics.median(one.cpu_us for one in rounds)
            yield _Bar(f"{caller}, {_connections(series.connections)}", us, f"{us:,.0f}", colour)


def _latency(figures: Figures) -> Iterator[_Bar]:
    for kind, series in itertools.product(figures.shares, figures.series):
        label = f"{KINDS[kind].title}, {series.caller}, {series.connections}"
        ordered = series.latency_us(kind)
        for share, colour in zip(SHARES if ordered else (), _BLUES, strict=False):
            ms = percentile(ordered, share) / 1e3
            yield _Bar(label if share == SHARES[0] else "", ms, f"p{share:g} {ms:.2f}", colour)


def _share(bar: _Bar, bars: list[_Bar], *, logarithmic: bool) -> float:
    """How long a bar is; the longest is 1."""
    values = [one.value for one in bars if one.value > 0]
    if bar.value <= 0:
        return 0
    if not logarithmic:
        return bar.value / max(values)
    least = math.log10(min(values)) - 0.3  # so that the least can be seen
    return (math.log10(bar.value) - least) / (math.log10(max(values)) - least)


def _draw(top: Element, y: float, bar: _Bar, share: float) -> None:
    width = share * (_WIDTH - _LABEL_WIDTH - _VALUE_WIDTH)
    _text(top, 10, y, bar.label, {})
    place = {"x": str(_LABEL_WIDTH), "y": str(y - 13), "width": f"{width:.1f}", "height": "17", "fill": bar.colour}
    SubElement(top, "rect", place)
    _text(top, _LABEL_WIDTH + width + 6, y, bar.text, {})


def _text(top: Element, x: float, y: float, text: str, style: dict[str, str]) -> None:
    SubElement(top, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", **style}).text = text


def _connections(count: int) -> str:
    return f"{count} connection{'s' if count != 1 else ''}"
