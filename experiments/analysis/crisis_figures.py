"""Figures of the main experiment beside that of its effects: paths, maps, property."""

from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import FIRST_YEAR

from ..figures import COLOURS, INK, Axes, Figure, band, new_figure, tidy
from .common import Data, capital, year_shares

CELLS = {
    "neither": ("neither", (False, False), "#999999", "--"),
    "crisis": ("property crisis only", (True, False), "#0072B2", "--"),
    "policy": ("policy only", (False, True), "#E69F00", "-"),
    "both": ("crisis and policy", (True, True), "#D55E00", "-"),
}
"""Combinations: words, whether there are crisis and policy, colour and line."""


def at(data: Data, cell: str) -> int:
    """The point of a combination."""
    crisis, policy = CELLS[cell][1]
    return data.points.index({"property_crisis": crisis, "policy": policy})


def maps(data: Data) -> Figure:
    """The grid at the end of the first seed's run, without and with crisis and policy."""
    every, figure = data.cells(), new_figure(11, 8.6)
    shown = {
        cell: every[(every["seed"] == data.seeds[0]) & (every["point"] == at(data, cell))]
        for cell in ("neither", "both")
    }
    panels = figure.subplots(len(shown), 1)
    limit = max(0.05, *(float(cells["rent_change"].abs().max()) for cells in shown.values()))
    for axes, (cell, cells) in zip(panels, shown.items(), strict=True):
        grid = np.full((cells["y"].max() + 4, cells["x"].max() + 2), np.nan)
        grid[cells["y"], cells["x"]] = cells["rent_change"] * 100
        image = axes.imshow(grid, origin="lower", cmap="PuOr", vmin=-100 * limit, vmax=100 * limit)
        some, bases = cells[cells["studios"] > 0], cells[cells["base_crews"] > 0]
        size = 5 * some["studios"] / max(1.0, some["studios"].quantile(0.9))
        axes.scatter(some["x"], some["y"], s=2 + 3 * size, color="black", linewidths=0, alpha=0.75, label="studios")
        style = {"marker": "^", "facecolor": "#D55E00", "edgecolor": "white", "linewidths": 0.5, "label": "film bases"}
        axes.scatter(bases["x"], bases["y"], s=20 + 4 * bases["base_crews"], **style)
        for slug, own in cells.groupby("city"):
            words = f"{data.name_of(slug)} · {own['studios'].sum():.0f}"
            weight = "bold" if slug == data.study.city else "normal"
            place = own["x"].mean(), own["y"].max() + 1
            axes.annotate(words, place, ha="center", va="bottom", fontsize=9, color=INK, fontweight=weight)
        axes.set_axis_off()
        axes.set_title(capital(CELLS[cell][0]), loc="left", fontsize=11, color=INK)
    panels[0].legend(loc="upper right", frameon=False, fontsize=9, bbox_to_anchor=(1, 1.08), ncols=2)
    figure.colorbar(image, ax=panels, label="change of office rent since January 2021, %", shrink=0.5, aspect=30)
    return figure


def _years(months: int) -> Array:
    return FIRST_YEAR + (np.arange(months) + 0.5) / 12


def _style(data: Data, row: int) -> dict[str, Any]:
    """How the line of a city looks, the focal one's the boldest."""
    return {"linewidth": 2.6 if row == data.focal else 1.3, "label": data.name_of(data.slugs[row])}


def _five_in_a_hundred(values: Array) -> tuple[Array, Array, Array]:
    """Mean over seeds, and the bounds that hold nine in ten."""
    return values.mean(axis=0), *np.quantile(values, [0.05, 0.95], axis=0)


def paths(data: Data) -> Figure:
    """Shares of shooting days over time: all cities, and the focal city in the four combinations."""
    figure = new_figure(11, 4.6)
    left, right = figure.subplots(1, 2)
    share = 100 * np.nan_to_num(year_shares(data.path("shoot_days")))[:, :, 6:]  # the first months have few series
    t = _years(share.shape[2] + 6)[6:]
    both = share[at(data, "both")]
    for row in np.argsort(both[:, -1].mean(axis=0))[::-1]:
        colour = COLOURS[row % len(COLOURS)]
        band(left, t, *_five_in_a_hundred(both[..., row]), colour=colour, alpha=0.10, **_style(data, row))
    for cell, (words, _, colour, line) in CELLS.items():
        own = _five_in_a_hundred(share[at(data, cell), ..., data.focal])
        band(right, t, *own, colour=colour, alpha=0.12, linestyle=line, linewidth=2, label=words)
    _mark_policies(right, data)
    y = "share of shooting days, %"
    tidy(left, y=y, title="All cities, with crisis and policy", legend=8, ncols=2, loc="upper right")
    tidy(right, y=y, title=f"{data.city} in the four combinations", legend=9, loc="upper left")
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.set_xlim(t[0], t[-1])
    return figure


def _mark_policies(axes: Axes, data: Data) -> None:
    """Mark where the focal city's first policy and the peak of its house prices lie."""
    policies = data.study.at(data.points[at(data, "both")]).policies
    starts = [w.start for w in policies if w.city in (data.study.city, "all") and w.instrument != "censorship"]
    marks = [("first local policy", FIRST_YEAR + min(starts) / 12)] if starts else []
    prices = data.path("house_index")[at(data, "both"), 0, :, data.focal]
    marks.append(("house prices peak", FIRST_YEAR + (int(prices.argmax()) + 0.5) / 12))
    first = float(np.asarray(axes.get_lines()[0].get_xdata())[0])
    style: dict[str, Any] = {"rotation": 90, "va": "bottom", "ha": "right", "fontsize": 8, "color": "#666666"}
    for words, year in marks:
        if first + 0.25 < year <= FIRST_YEAR + len(prices) / 12:  # room for words left of the line
            axes.axvline(year, color="#888888", linewidth=0.8, linestyle=":")
            axes.annotate(words, (year, 0), xycoords=("data", "axes fraction"), **style)


def property_paths(data: Data) -> Figure:
    """House prices as they enter, office rents as they come out."""
    figure = new_figure(11, 4.2)
    left, right = figure.subplots(1, 2)
    both, neither = at(data, "both"), at(data, "neither")
    prices, rents = data.path("house_index")[:, 0], data.path("rent_yuan_m2_month").mean(axis=1)
    t = _years(rents.shape[1])
    for row in range(len(data.slugs)):
        style = {"color": COLOURS[row % len(COLOURS)]} | _style(data, row)
        left.plot(t, prices[both, :, row], **style)
        left.plot(t, prices[neither, :, row], ":", color=style["color"], linewidth=0.8)
        right.plot(t, 100 * (rents[both, :, row] / rents[neither, :, row] - 1), **style)
    tidy(left, y="2020-12 = 100", title="House price index", legend=8, ncols=2)
    tidy(right, y="% of the rent without crisis and policy", title="Effect on office rents")
    for axes in (left, right):
        axes.set_xlim(t[0], t[-1])
    return figure


ALL = {
    "paths": (
        paths,
        "Where series are shot. Left: every city with crisis and policy. Right: {city} in the four combinations. "
        "Lines are means over seeds (12-month averages), bands hold nine seeds in ten.",
    ),
    "maps": (
        maps,
        "The region at the end of one run (seed 1), without and with crisis and policy. Colour: change of office "
        "rent since the start; dots: studios; triangles: film bases. Squares are cells; cities stand side by side "
        "roughly as on the map, distances between them are not to scale.",
    ),
    "property": (
        property_paths,
        "The property crisis as it enters (house prices, 2020-12 = 100; dotted: without the crisis) and what office "
        "rents make of it (means over seeds).",
    ),
}
"""Figures by name, with what they show."""
