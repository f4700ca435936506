"""Figures of the main experiment: maps, paths, effects, property."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.calendar import FIRST_YEAR

from ..figures import COLOURS, FAINT, INK, new_figure, save, tidy, wrapped
from .factorial import CELLS, EFFECTS, OUTCOMES, Experiment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL_STYLE = {
    "neither": ("#999999", "--"),
    "crisis": ("#0072B2", "--"),
    "policy": ("#E69F00", "-"),
    "both": ("#D55E00", "-"),
}


def draw_all(found: Experiment, folder: Path) -> dict[str, str]:
    """Draw every figure as PNG into ``folder``; returns captions by file name."""
    city = found.city_name
    drawn = {
        "maps.png": (
            maps(found),
            "The region at the end of one run (seed 1), without and with crisis and policy. Colour: change of office "
            "rent since the start; dots: studios; triangles: film bases. Squares are cells; cities stand side by side "
            "roughly as on the map, distances between them are not to scale.",
        ),
        "paths.png": (
            paths(found),
            f"Where series are shot. Left: every city with crisis and policy. Right: {city} in the four combinations. "
            "Lines are means over seeds (12-month averages), bands hold nine seeds in ten.",
        ),
        "effects.png": (
            effects(found),
            "Effects with 95 % intervals: means of differences between runs of the same seed. Filled where the "
            "interval leaves out zero.",
        ),
        "property.png": (
            property_paths(found),
            "The property crisis as it enters (house prices, 2020-12 = 100; dotted: without the crisis) and what "
            "office rents make of it (means over seeds).",
        ),
    }
    for name, (figure, _) in drawn.items():
        save(figure, folder / name)
    return {name: caption for name, (_, caption) in drawn.items()}


def maps(found: Experiment) -> Figure:
    """The grid at the end, without and with crisis and policy."""
    first = found.grids
    figure = new_figure(11, 8.6)
    shown = ("neither", "both")
    panels = figure.subplots(len(shown), 1)
    limit = max(0.05, *(float(np.abs(first[cell]["rent_change"]).max()) for cell in shown))
    for axes, cell in zip(panels, shown, strict=True):
        cells = first[cell]
        width, height = cells["x"].max() + 2, cells["y"].max() + 4
        grid = np.full((height, width), np.nan)
        grid[cells["y"], cells["x"]] = cells["rent_change"] * 100
        image = axes.imshow(grid, origin="lower", cmap="PuOr", vmin=-100 * limit, vmax=100 * limit)
        some = cells["studios"] > 0
        size = 5 * cells["studios"][some] / max(1.0, np.quantile(cells["studios"][some], 0.9))
        axes.scatter(
            cells["x"][some], cells["y"][some], s=2 + 3 * size, color="black", linewidths=0, alpha=0.75, label="studios"
        )
        base = cells["base_crews"] > 0
        axes.scatter(
            cells["x"][base],
            cells["y"][base],
            s=20 + 4 * cells["base_crews"][base],
            marker="^",
            facecolor="#D55E00",
            edgecolor="white",
            linewidths=0.5,
            label="film bases",
        )
        for slug, name in zip(found.scenario.cities.slugs, found.scenario.cities.names, strict=True):
            inside = cells["city"] == slug
            count = int(cells["studios"][inside].sum())
            axes.annotate(
                f"{name.split(' (')[0]} · {count}",
                (cells["x"][inside].mean(), cells["y"][inside].max() + 1),
                ha="center",
                va="bottom",
                fontsize=9,
                color=INK,
                fontweight="bold" if slug == found.city else "normal",
            )
        axes.set_axis_off()
        axes.set_title(f"{CELLS[cell][0][0].upper()}{CELLS[cell][0][1:]}", loc="left", fontsize=11, color=INK)
    panels[0].legend(loc="upper right", frameon=False, fontsize=9, bbox_to_anchor=(1, 1.08), ncols=2)
    figure.colorbar(image, ax=panels, label="change of office rent since January 2021, %", shrink=0.5, aspect=30)
    return figure


def _years(months: int) -> np.ndarray[Any, Any]:
    return FIRST_YEAR + (np.arange(months) + 0.5) / 12


def _share(found: Experiment, cell: str) -> np.ndarray[Any, Any]:
    """(seeds, months, cities) share of shooting days, per cent, over a running year."""
    days = np.cumsum(np.pad(found.path(cell, "shoot_days"), ((0, 0), (12, 0), (0, 0))), axis=1)
    year = days[:, 12:] - days[:, :-12]
    return 100 * year / np.maximum(year.sum(axis=2, keepdims=True), 1)


def paths(found: Experiment) -> Figure:
    """Shares of shooting days over time: all cities, and the focal city in the four combinations."""
    figure = new_figure(11, 4.6)
    left, right = figure.subplots(1, 2)
    cities, share = found.scenario.cities, _share(found, "both")
    settled = slice(6, None)  # the first months have few series
    t = _years(share.shape[1])[settled]
    ends = share[:, -1].mean(axis=0)
    for row in np.argsort(ends)[::-1]:
        focal = cities.slugs[row] == found.city
        colour = COLOURS[row % len(COLOURS)]
        left.plot(
            t,
            share[:, settled, row].mean(axis=0),
            color=colour,
            linewidth=2.6 if focal else 1.3,
            label=cities.names[row].split(" (")[0],
        )
        left.fill_between(
            t, *np.quantile(share[:, settled, row], [0.05, 0.95], axis=0), color=colour, alpha=0.10, linewidth=0
        )
    left.legend(frameon=False, fontsize=8, ncols=2, loc="upper right")
    tidy(left, y="share of shooting days, %", title="All cities, with crisis and policy")
    row = cities.index(found.city)
    for cell, (colour, line) in CELL_STYLE.items():
        share = _share(found, cell)[:, settled, row]
        right.plot(t, share.mean(axis=0), line, color=colour, linewidth=2, label=CELLS[cell][0])
        right.fill_between(t, *np.quantile(share, [0.05, 0.95], axis=0), color=colour, alpha=0.12, linewidth=0)
    _mark_policies(right, found)
    right.legend(frameon=False, fontsize=9, loc="upper left")
    tidy(right, y="share of shooting days, %", title=f"{found.city_name} in the four combinations")
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.set_xlim(t[0], t[-1])
    return figure


def _mark_policies(axes: Axes, found: Experiment) -> None:
    """Mark where the focal city's first policy and the peak of its house prices lie."""
    cities = found.scenario.cities
    local = [w for w in found.scenario.policies if w.city in (found.city, "all") and w.instrument != "censorship"]
    starts = [w.start for w in local]
    marks = [("first local policy", FIRST_YEAR + min(starts) / 12)] if starts else []
    prices = found.path("both", "house_index")[0, :, cities.index(found.city)]
    marks.append(("house prices peak", FIRST_YEAR + (int(prices.argmax()) + 0.5) / 12))
    first = float(np.asarray(axes.get_lines()[0].get_xdata())[0])
    for words, year in marks:
        if first + 0.25 < year <= FIRST_YEAR + len(prices) / 12:  # room for words left of the line
            axes.axvline(year, color="#888888", linewidth=0.8, linestyle=":")
            axes.annotate(
                words,
                (year, 0),
                xycoords=("data", "axes fraction"),
                rotation=90,
                va="bottom",
                ha="right",
                fontsize=8,
                color="#666666",
            )


def effects(found: Experiment) -> Figure:
    """Forest plot: every effect on every outcome with its interval, scaled by its own panel."""
    contrasts, names = found.contrasts, [n for n in OUTCOMES if n != "city_rent_yuan_m2_month"]
    figure = new_figure(11, 6.4)
    grid = figure.subplots(2, len(names) // 2, sharey=True)
    labels = [words.split(":")[0] for words in EFFECTS.values()]
    for axes, name in zip(grid.ravel(), names, strict=True):
        words, factor, unit = OUTCOMES[name]
        for at, key in enumerate(EFFECTS):
            effect = contrasts[name, key]
            colour = "#0072B2" if key.startswith("crisis") else "#E69F00" if key.startswith("policy") else "#666666"
            axes.plot([effect.low * factor, effect.high * factor], [-at, -at], color=colour, linewidth=2)
            axes.plot(
                effect.mean * factor,
                -at,
                "o",
                color=colour,
                markersize=6,
                markerfacecolor=colour if effect.clear else "white",
            )
        axes.axvline(0, color=INK, linewidth=0.8)
        tidy(axes)
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.grid(visible=False, axis="y")
        axes.set_title(wrapped(words.format(city=found.city_name), 26), loc="left", fontsize=9.5, color=INK)
        axes.set_xlabel(unit, fontsize=9, color=INK)
        axes.set_yticks([-i for i in range(len(EFFECTS))], labels, fontsize=9)
    return figure


def property_paths(found: Experiment) -> Figure:
    """House prices as they enter, office rents as they come out."""
    figure = new_figure(11, 4.2)
    left, right = figure.subplots(1, 2)
    cities = found.scenario.cities
    with_crisis, without = found.path("both", "house_index")[0], found.path("neither", "house_index")[0]
    rent = found.path("both", "rent_yuan_m2_month").mean(axis=0)
    other = found.path("neither", "rent_yuan_m2_month").mean(axis=0)
    t = _years(len(rent))
    for row, name in enumerate(cities.names):
        colour, width = COLOURS[row % len(COLOURS)], 2.6 if cities.slugs[row] == found.city else 1.3
        left.plot(t, with_crisis[:, row], color=colour, linewidth=width, label=name.split(" (")[0])
        left.plot(t, without[:, row], ":", color=colour, linewidth=0.8)
        right.plot(t, 100 * (rent[:, row] / other[:, row] - 1), color=colour, linewidth=width)
    left.legend(frameon=False, fontsize=8, ncols=2)
    tidy(left, y="2020-12 = 100", title="House price index")
    tidy(right, y="% of the rent without crisis and policy", title="Effect on office rents")
    for axes in (left, right):
        axes.set_xlim(t[0], t[-1])
    return figure
