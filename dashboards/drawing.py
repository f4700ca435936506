"""What the live page shows of an economy: the map of the region and the cities' shares, as one picture."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from model import MicroDramaEconomy
from model.columns import Array
from model.inputs import FIRST_YEAR

COLOURS = ("#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#E69F00", "#777777", "#8C510A", "#000000")
"""One for each city of the table, to be told apart by the colour-blind too; from the start again if there are more."""


class Picture:
    """A figure made once for an economy, in which only what moves is drawn again: eight times as quick as a new one.

    There is no global state (no pyplot), so the threads of several visitors can draw at the same time.
    """

    def __init__(self, economy: MicroDramaEconomy) -> None:
        self.economy, region = economy, economy.region
        self.canvas = FigureCanvasAgg(figure := Figure(figsize=(11, 6), dpi=110))
        place = figure.add_axes((0.0, 0.14, 0.6, 0.8), anchor="N")
        self.paths = paths = figure.add_axes((0.64, 0.1, 0.35, 0.84))
        titles = {"loc": "left", "fontsize": 10, "pad": 8}
        place.set_title("Cities side by side: rents, studios (dots), film bases (triangles)", x=0.02, **titles)
        paths.set_title("Shares of the shooting days of the last 12 months, %", **titles)

        self._grid = np.full((region.height, region.width), np.nan)
        self._rents = place.imshow(self._grid, origin="lower", cmap="PuOr_r", vmin=-40, vmax=40)
        self._studios = place.scatter([], [], color="black", linewidths=0)
        self._bases = place.scatter([], [], marker="^", facecolor="#D55E00", edgecolor="white", linewidths=0.5)
        place.set_ylim(-0.5, region.height + 3)  # room for the names of the uppermost cities
        place.set_axis_off()
        bar = figure.add_axes((0.12, 0.12, 0.36, 0.02))
        figure.colorbar(self._rents, cax=bar, orientation="horizontal", extend="both")
        bar.set_xlabel("change of office rent since 2020, %")

        self._lines = []
        for city, name in enumerate(name.split(" (")[0] for name in economy.cities.names):
            cells, colour = slice(*region.first[city : city + 2]), COLOURS[city % len(COLOURS)]
            middle, top = region.x[cells].mean(), region.y[cells].max() + 1.2
            place.annotate(name, (middle, top), ha="center", va="bottom", color=colour, weight="bold")
            self._lines += paths.plot([], [], color=colour, linewidth=2, label=name)
        paths.set(xlim=(FIRST_YEAR, FIRST_YEAR + economy.p.months / 12), ylim=(0, 50))
        paths.xaxis.get_major_locator().set_params(integer=True)
        paths.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        paths.spines[["top", "right"]].set_visible(False)
        paths.legend(frameon=False, fontsize=9, ncols=3, loc="upper left")
        self._moving = [self._rents, self._studios, self._bases, *self._lines]
        for artist in self._moving:
            artist.set_animated(True)
        self._draw_rest()

    def _draw_rest(self) -> None:
        """Draw and keep what does not move."""
        self.canvas.draw()
        self._rest = self.canvas.copy_from_bbox(self.canvas.figure.bbox)

    def png(self) -> bytes:
        """The economy as it is now."""
        region, studios, bases = self.economy.region, self.economy.studios, self.economy.bases
        self._grid[region.y, region.x] = 100 * (region.rent / region.rent_2020 - 1)
        self._rents.set_data(self._grid)
        n, where = len(region.x), np.column_stack([region.x, region.y])
        for points, count, least, each in (
            (self._studios, np.bincount(studios.cell, ~studios.inert, n), 6, 3),
            (self._bases, np.bincount(bases.cell, bases.crews, n), 18, 4),
        ):
            points.set_offsets(where[count > 0])
            points.set_sizes(least + each * count[count > 0])
        shares = yearly_shares(self.economy.panel.array("shoot_days"))
        for line, path in zip(self._lines, shares.T, strict=True):
            line.set_data(FIRST_YEAR + (np.arange(len(path)) + 0.5) / 12, path)
        top = np.ceil(np.nanmax(shares, initial=0) * 0.125) * 10  # leaves room for the legend
        if top > self.paths.get_ylim()[1]:
            self.paths.set_ylim(0, top)
            self._draw_rest()
        self.canvas.restore_region(self._rest)
        for artist in self._moving:
            artist.axes.draw_artist(artist)
        pixels = Image.frombuffer("RGBA", self.canvas.get_width_height(), self.canvas.buffer_rgba())
        pixels.convert("RGB").save(out := BytesIO(), "png", compress_level=1)
        return out.getvalue()


def yearly_shares(days: Array) -> Array:
    """(months, cities) share in % of the shooting days of the last 12 months, nan while nothing was shot."""
    total = np.vstack([np.zeros_like(days[:1]), days.cumsum(axis=0)]) if len(days) else np.zeros((1, days.shape[1]))
    year = total[1:] - total[np.maximum(np.arange(len(days)) - 11, 0)]
    whole = year.sum(axis=1, keepdims=True)
    result: Array = 100 * np.divide(year, whole, out=np.full(year.shape, np.nan), where=whole > 0)
    return result
