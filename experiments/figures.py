"""The one style of figures, and figures that several reports draw. Colours are those of Okabe and Ito."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microdrama.model.errors import need

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#999999", "#D55E00", "#000000")
INK, FAINT = "#222222", "#dddddd"


def check_matplotlib() -> None:
    """Refuse to begin what could not be drawn: an :class:`InputError` if matplotlib is missing."""
    need("matplotlib", "figures need matplotlib", "figures")


def new_figure(width: float, height: float) -> Figure:
    check_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"font.size": 10}):
        return Figure(figsize=(width, height), layout="constrained")


def tidy(axes: Axes, *, y: str = "", title: str = "") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(color=FAINT, labelcolor=INK)
    axes.set_ylabel(y, color=INK)
    axes.set_title(title, loc="left", fontsize=11, color=INK)


NO_DATE = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def save(figure: Figure, path: Path, kind: str = "png", *, dpi: int = 150) -> None:
    """Write a figure; the same figure makes the same bytes."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "microdrama"}):
        figure.savefig(path, dpi=dpi, metadata=NO_DATE[kind], format=kind)


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 2)), (0, (3, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Beside colours, so that lines and points can be distinguished in grey."""


def figure_of_dots(panels: list[tuple[str, list[Any]]], colour: str) -> Figure:
    """Effects as dots with their intervals, filled where they leave out zero: a panel for each (title, effects)."""
    across = 1 if len(panels) == 1 else 2
    down = -(-len(panels) // across)
    most = max(len(rows) for _, rows in panels)
    lines = max(wrapped(row.words, 46).count("\n") + 1 for _, rows in panels for row in rows)
    figure = new_figure(9.5 if across == 1 else 12, down * ((0.13 + 0.15 * lines) * most + 1.3))
    for axes, (title, rows) in zip(figure.subplots(down, across, squeeze=False).ravel(), panels, strict=False):
        for at, row in enumerate(rows[::-1]):
            e = row.effect
            axes.plot([e.low, e.high], [at, at], color=colour, linewidth=2)
            axes.plot(e.mean, at, "o", color=colour, markersize=6, markerfacecolor=colour if e.clear else "white")
        axes.set_yticks(range(len(rows)), [wrapped(row.words, 46) for row in rows[::-1]], fontsize=8)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        tidy(axes, title=wrapped(f"{title[0].upper()}{title[1:]}", 60 if across == 1 else 40))
        axes.grid(visible=False, axis="y")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.8)
    for axes in figure.axes[len(panels) :]:
        axes.set_axis_off()
    return figure
