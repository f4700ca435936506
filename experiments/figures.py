"""The one style of figures, and figures that several reports draw. Colours are those of Okabe and Ito."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from microdrama.model.arrays import Array
from microdrama.model.errors import need

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

type Axes = matplotlib.axes.Axes
type Figure = matplotlib.figure.Figure

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


def tidy(
    axes: Axes,
    *,
    x: str = "",
    y: str = "",
    title: str = "",
    lines: Literal["x", "y", ""] = "y",
    legend: int = 0,
    **where: Any,
) -> None:
    """Give a panel its labels and the usual style.

    ``lines`` stand at the ticks of that axis; ``legend`` is the size of its letters, if there is to be one, and
    ``where`` it stands as matplotlib has it.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=False)
    if lines:
        axes.grid(axis=lines, color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(color=FAINT, labelcolor=INK)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    if legend:
        axes.legend(frameon=False, fontsize=legend, **where)


def line_at(axes: Axes, *, x: float | None = None, y: float | None = None, line: str = "-") -> None:
    """A thin line across a panel, such as where an effect is none."""
    if x is not None:
        axes.axvline(x, color=INK, linewidth=0.8, linestyle=line)
    if y is not None:
        axes.axhline(y, color=INK, linewidth=0.8, linestyle=line)


def band(axes: Axes, x: Array, mean: Array, low: Array, high: Array, *, colour: str, alpha: float, **line: Any) -> None:
    """A line with a band around it."""
    axes.plot(x, mean, color=colour, **line)
    axes.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0)


def name_rows(axes: Axes, names: Sequence[str], **font: Any) -> None:
    """Name what stands in rows, the first on top."""
    axes.set_yticks(range(len(names)), names[::-1], **font)
    axes.set_ylim(-0.6, len(names) - 0.4)


def dot(axes: Axes, at: float, value: float, low: float, high: float, *, colour: str, full: bool = True) -> None:
    """A value in a row with its interval, filled or not."""
    axes.plot([low, high], [at, at], color=colour, linewidth=2)
    axes.plot(value, at, "o", color=colour, markersize=6, markerfacecolor=colour if full else "white")


def bar(axes: Axes, at: float, effect: Any, *, up: bool, height: float, line: float) -> None:
    """A bar in a row with its interval, hatched where it goes down."""
    style: dict[str, Any] = {"color": COLOURS[1]} if up else {"color": COLOURS[6], "hatch": "//"}
    axes.barh(at, effect.mean, height=height, alpha=0.85, edgecolor="white", **style)
    axes.plot([effect.low, effect.high], [at, at], color=INK, linewidth=line)


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
            dot(axes, at, e.mean, e.low, e.high, colour=colour, full=e.clear)
        name_rows(axes, [wrapped(row.words, 46) for row in rows], fontsize=8)
        tidy(axes, title=wrapped(f"{title[0].upper()}{title[1:]}", 60 if across == 1 else 40), lines="x")
        line_at(axes, x=0)
    for axes in figure.axes[len(panels) :]:
        axes.set_axis_off()
    return figure
