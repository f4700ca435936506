"""What the live page shows of an economy: the map of the region and the cities' shares, as one PNG."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from matplotlib.figure import Figure

from model.economy import MicroDramaEconomy
from model.inputs import FIRST_YEAR

COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#E69F00", "#999999", "#D55E00", "#000000")


def picture(economy: MicroDramaEconomy) -> bytes:
    """Map of rents, studios and film bases beside the shares of shooting days so far, PNG."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    region, studios, bases = economy.region, economy.studios, economy.bases
    grid = np.full((region.height, region.width), np.nan)
    grid[region.y, region.x] = 100 * (region.rent / region.rent_2020 - 1)
    image = left.imshow(grid, origin="lower", cmap="PuOr", vmin=-60, vmax=60)
    count = np.bincount(studios.cell, minlength=len(region.x))
    some = count > 0
    size = 2 + 14 * count[some] / count.max()
    left.scatter(region.x[some], region.y[some], s=size, color="black", linewidths=0, alpha=0.75)
    left.scatter(region.x[bases.cell], region.y[bases.cell], s=14 + 2 * bases.crews, marker="^", facecolor="#D55E00",
                 edgecolor="white", linewidths=0.4)  # fmt: skip
    for city, name in enumerate(economy.cities.names):
        cells = slice(region.first[city], region.first[city + 1])
        left.annotate(name.split(" (")[0], (region.x[cells].mean(), region.y[cells].max() + 1), ha="center", fontsize=8)
    left.set_axis_off()
    figure.colorbar(image, ax=left, label="change of office rent, %", shrink=0.7)
    left.set_title("Office rents, studios (dots), film bases (triangles)", loc="left", fontsize=10)

    days = economy.panel.array("shoot_days")
    year = np.stack([days[max(0, t - 11) : t + 1].sum(axis=0) for t in range(len(days))]) if len(days) else days
    share = 100 * year / np.maximum(year.sum(axis=1, keepdims=True), 1)
    t = FIRST_YEAR + (np.arange(len(share)) + 0.5) / 12
    for city, name in enumerate(economy.cities.names):
        focal = economy.cities.slugs[city] == "zhengzhou"
        right.plot(t, share[:, city], color=COLOURS[city % len(COLOURS)], linewidth=2.6 if focal else 1.3,
                   label=name.split(" (")[0])  # fmt: skip
    right.set_xlim(FIRST_YEAR, FIRST_YEAR + economy.p.months / 12)
    right.set_ylim(0, max(40.0, float(share.max(initial=0)) * 1.05))
    right.spines[["top", "right"]].set_visible(False)
    right.set_title("Shares of shooting days over the last year, %", loc="left", fontsize=10)
    right.legend(frameon=False, fontsize=8, ncols=2, loc="upper right")
    out = BytesIO()
    figure.savefig(out, format="png", dpi=90)
    return out.getvalue()
