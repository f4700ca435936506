"""A world on the page: an economy that follows a story, and what the page needs of each month."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from microdrama.model import MicroDramaEconomy, net_agglomeration
from microdrama.model.accounts.ledger import FLOWS, SECTORS, yuan
from microdrama.model.arrays import Array
from microdrama.model.inputs.policies import COSTLY
from microdrama.model.panel import COLUMNS, PROMISES

from .diary import Diary
from .drawn_zones import Arrivals, cells_of, is_drawn
from .story import LEVERS, Action, Story, carried_out

CHARTED = (
    "shoot_days",
    "studios",
    "value_yuan",
    "released",
    "workers",
    "rent_yuan_m2_month",
    "vacancy_rate",
    "house_index",
    "derelict_malls",
    "base_crews",
    "actor_yuan_day",
    "series_cost_yuan",
    "film_spent_yuan",
    "film_budget_yuan",
    "land_income_yuan",
    "film_tax_yuan",
    "wages_yuan",
    "overseas_started",
    "rebate_rate",
    "rent_subsidy_rate",
    "designated",
    "tolerance",
    "venue_crews",
    "venue_days",
)
"""Columns of the panel that the page can draw."""
PROMISED = tuple(f"{what}_{name}_yuan" for name in LEVERS if name in COSTLY for what in PROMISES)
"""Columns sent beside them: of each lever that costs money what was announced, claimed and paid."""
RENT_SPAN, VACANCY_SPAN = 0.6, 0.6
"""Change of rent and vacancy that the colours still tell apart."""


class World:
    """An economy and its story.

    Attributes
    ----------
    story : Story, all that was done to it, so that it can be repeated
    economy : MicroDramaEconomy, another object after every action (a branch)
    index : list of (net-agglomeration index, cycle number) by month
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.economy = MicroDramaEconomy(story.at_start(), rng=story.seed)
        self.index: list[tuple[float, float]] = []
        self._addresses: tuple[Array, Array] = self._where()
        self.moved: tuple[Array, Array] = (np.zeros(0, int),) * 2
        self.arrivals: dict[tuple[str, str], Arrivals] = {}
        """Of every zone that was drawn and acts, by its city and place."""
        self.diary = Diary()

    @property
    def month(self) -> int:
        """Number of the month that comes next."""
        return self.economy.month + 1

    @property
    def over(self) -> bool:
        """Whether the run has reached its last month."""
        return self.month >= self.economy.p.months

    def step(self) -> None:
        """Run a month, after what the story says is done at its beginning."""
        now = [action for action in self.story.actions if action.month == self.month]
        self.economy = carried_out(now, self.economy)
        for city, zone in dict.fromkeys((action.city, action.zone) for action in now if action.zone):
            if (city, zone) not in self.arrivals:
                self.arrivals[city, zone] = Arrivals(cells_of(self.economy, city, zone))
        self.economy.step()
        self.diary.note(self.economy)
        index = net_agglomeration(self.economy)
        self.index.append((index.a_net, index.cycle))
        before, self._addresses = self._addresses, self._where()
        ids, cells = self._addresses
        at = np.searchsorted(before[0], ids)
        known = np.flatnonzero(np.isin(ids, before[0]))
        old = before[1][at[known]]
        gone = old != cells[known]
        self.moved = old[gone], cells[known][gone]
        for zone in self.arrivals.values():
            zone.note(before, self._addresses, self.economy.region.city)

    def schedule(self, action: Action) -> None:
        """Add an action, carried out when its month begins. Raises InputError if it is not allowed."""
        self.story = self.told_with(action)

    def told_with(self, action: Action) -> Story:
        """The story with an action. Raises InputError if it is not allowed."""
        story = self.story.with_action(action.checked())
        story.check_zones()
        return story

    def split(self) -> World:
        """A second world that has been the same so far and continues with the same draws."""
        other = object.__new__(World)
        other.__dict__.update(vars(self))
        other.economy, other.index = self.economy.branch(), list(self.index)
        other.diary = self.diary.copy()
        other.arrivals = {zone: arrivals.copy() for zone, arrivals in self.arrivals.items()}
        return other

    def _where(self) -> tuple[Array, Array]:
        return self.economy.studios.id.copy(), self.economy.studios.cell.copy()

    # ------------------------------------------------------------------ what the page shows

    def levers(self) -> dict[str, dict[str, float]]:
        """Size of every lever in every city, with what is done at the beginning of the next month."""
        econ, found = self.economy, {}
        k = len(econ.cities)
        officials = econ.officials
        at = max(self.month, 0)
        size_of_lever = {name: np.zeros(k) for name in LEVERS}
        for window in econ.scenario.policies:
            acts = (econ.p.policy and at < econ.p.policy_end_month) or window.instrument == "censorship"
            if window.instrument in size_of_lever and not window.zone and acts and window.strength(at):
                where = slice(None) if window.city == "all" else econ.cities.index(window.city)
                size_of_lever[window.instrument][where] += window.size
        size_of_lever["rebate"] = np.maximum(size_of_lever["rebate"], officials.rebate)
        for action in self.story.actions:
            if action.month >= self.month and action.what in size_of_lever and not action.zone:
                where = slice(None) if action.city == "all" else econ.cities.index(action.city)
                before = size_of_lever[action.what][where] if action.mode == "add" else 0
                size_of_lever[action.what][where] = before + action.size
        for name, sizes in size_of_lever.items():
            found[name] = {slug: short(size) for slug, size in zip(econ.cities.slugs, sizes)}
        return found

    def crisis(self) -> dict[str, Any]:
        """The crisis in force, and house prices now, next month, and in a year, by city."""
        econ = self.economy
        p, at = econ.p, max(econ.month, 0)
        paths = econ.house_index
        strength = p.crisis_strength if p.property_crisis else 0.0
        for action in self.story.actions:
            if action.month >= self.month and action.what == "crisis":
                paths = action.house_prices(econ)
                strength = action.size
        last = paths.shape[1] - 1
        return {
            "strength": strength,
            "everywhere": p.crisis_everywhere,
            "now": numbers(econ.house_price),
            "next": numbers(paths[:, min(at + 1, last)]),
            "year": numbers(paths[:, min(at + 12, last)]),
        }

    def row(self, drawn: list[tuple[str, str]] | None = None) -> dict[str, Any]:
        """The index with its parts, the month's money, what was done, and zones drawn in any world, for a frame."""
        econ = self.economy
        index = net_agglomeration(econ)
        return {
            "a": [short(index.a_net), short(index.cycle), {k: short(v) for k, v in index.parts.items()}],
            "f": self.flows(),
            "d": self.story.in_words(),
            "z": self.zones(),
            "y": self.drawn(drawn),
        }

    def zones(self) -> list[list[int]]:
        """Studios in each zone on the map, and in its city."""
        econ, region = self.economy, self.economy.region
        there = np.bincount(econ.studios.cell, ~econ.studios.inert, len(region.x)).astype(int)
        in_city = np.bincount(region.city, there).astype(int)
        return [
            [int(there[cells].sum()), int(in_city[region.city[cells[0]]])]
            for zone, cells in zip(region.zones, region.zone_cells, strict=True)
            if len(cells) and not is_drawn(zone.slug)
        ]

    def drawn(self, zones: list[tuple[str, str]] | None = None) -> list[dict[str, Any]]:
        """Zones that were drawn, here or in the other world: cells, what acts, studios, and who came and left."""
        econ, own, found = self.economy, self.story.zones, []
        there = np.bincount(econ.studios.cell, ~econ.studios.inert, len(econ.region.x)).astype(int)
        for city, place in own if zones is None else zones:
            cells = cells_of(econ, city, place)
            told: dict[str, Any] = {"city": city, "place": place, "studios": int(there[cells].sum())}
            if (city, place) in own:
                told |= {"number": own.index((city, place)) + 1, "cells": cells.tolist()}
                told["does"] = self._in_zone(city, place)
                if arrivals := self.arrivals.get((city, place)):
                    told["came"] = arrivals.told()
            found.append(told)
        return found

    def _in_zone(self, city: str, place: str) -> list[dict[str, Any]]:
        """What acts in a drawn zone, and what part of it the city paid in the last 12 months."""
        panel, at, now = self.economy.panel, self.economy.cities.index(city), {}
        for action in self.story.actions:
            if (action.city, action.zone) == (city, place):
                now[action.what] = action
        found = []
        for action in now.values():
            since = max(action.month, len(panel) - 12)
            claimed, paid = (
                float(panel.array(f"{what}_{action.what}_yuan")[since:, at].sum()) if len(panel) > since else 0.0
                for what in ("claimed", "paid")
            )
            found.append(
                {"what": action.what, "size": action.size, "from": action.month}
                | {"claimed": short(claimed), "paid": short(paid), "n": max(len(panel) - since, 0)}
            )
        return found

    def flows(self) -> list[list[float]]:
        """The month's payments: flow, payer, payee (numbers in FLOWS and SECTORS) and yuan."""
        matrix = self.economy.ledger.matrix
        return [
            [int(f), int(a), int(b), float(f"{float(yuan(matrix[f, a, b])):.4g}")]
            for f, a, b in zip(*np.nonzero(matrix))
        ]

    def picture(self) -> tuple[list[int], bytes]:
        """The map: lengths of its parts, and the bytes.

        First the moves, from and to, as little-endian 16-bit numbers of cells; then a byte a cell for the change of
        rent and for vacancy; then, for studios, crews of film bases open and being built, derelict malls and the use of
        open bases (1: none of it, 255: all), a bit a cell for whether there are any and a byte for each cell with some
        (255: that many or more).
        """
        econ, n = self.economy, len(self.economy.region.x)
        studios, bases, malls, region = econ.studios, econ.bases, econ.malls, econ.region
        open_now = bases.opens <= econ.month
        counts = (
            np.bincount(studios.cell, ~studios.inert, n),
            np.bincount(bases.cell, bases.crews * open_now, n),
            np.bincount(bases.cell, bases.crews * ~open_now, n),
            np.bincount(malls.cell, malls.derelict, n),
            self._use(open_now),
        )
        parts = [cells.astype("<u2") for cells in self.moved]
        parts += [
            _byte(np.log(region.rent / region.rent_2020) / RENT_SPAN / 2 + 0.5),
            _byte(region.vacancy / VACANCY_SPAN),
        ]
        for count in counts:
            parts += [np.packbits(count > 0, bitorder="little"), np.minimum(count[count > 0], 255).astype(np.uint8)]
        return [len(part) for part in parts], b"".join(part.tobytes() for part in parts)

    def _use(self, open_now: Array) -> Array:
        """(cells,) how far open film bases are used, from 1 to 255; 0 where there is none."""
        bases, n = self.economy.bases, len(self.economy.region.x)
        crews = np.bincount(bases.cell, bases.crews * open_now, n)
        sold = np.bincount(bases.cell, bases.crews * open_now * np.clip(bases.usual_use, 0, 1), n)
        return np.where(crews > 0, 1 + np.rint(254 * sold / np.maximum(crews, 1e-9)), 0)

    def history(self, since: int) -> bytes:
        """Charted and promised columns from a month on: float32 (months, columns, cities); then the index."""
        panel, names = self.economy.panel, (*CHARTED, *PROMISED)
        if since == len(panel) - 1:
            columns = np.stack([panel.last(name) for name in names])
        else:
            columns = np.stack([panel.array(name)[since:] for name in names], axis=1)
        return columns.astype("<f4").tobytes() + np.array(self.index[since:], "<f4").tobytes()

    def announced(self) -> list[dict[str, Any]]:
        """Policies of the scenario as it was at the start, to be marked on charts."""
        if not self.story.at_start().parameters.policy:
            return []
        return [
            {"month": w.start, "end": w.end, "city": w.city, "what": w.instrument, "size": w.size}
            for w in self.story.at_start().policies
            if w.instrument != "rebate_cap"
        ]

    def place(self) -> dict[str, Any]:
        """What stays the same: the lattice, its cells and the cities."""
        region, cities = self.economy.region, self.economy.cities
        return {
            "width": region.width,
            "height": region.height,
            "x": region.x.tolist(),
            "y": region.y.tolist(),
            "first": region.first.tolist(),
            "slugs": cities.slugs,
            "longitude": numbers(cities.longitude),
            "latitude": numbers(cities.latitude),
            "names": [name.split(" (")[0] for name in cities.names],
            "names_zh": cities.texts["name_zh"],
            "zones": [
                {"city": cities.index(zone.city), "slug": zone.slug, "name": zone.name, "cells": cells.tolist()}
                for zone, cells in zip(region.zones, region.zone_cells, strict=True)
                if len(cells) and not is_drawn(zone.slug)
            ],
            "cell_km": region.cell_km,
            "centres": [
                [int(axis[first]) for axis in (region.x - region.dx, region.y - region.dy)]
                for first in region.first[:-1]
            ],
            "months": self.economy.p.months,
            "charted": CHARTED,
            "promised": PROMISED,
            "units": {name: COLUMNS[name][0] for name in CHARTED},
            "flows": {name: flow.meaning for name, flow in FLOWS.items()},
            "sectors": SECTORS,
            "peaks": cities.texts["house_peak_month"],
            "announced": self.announced(),
            "spans": [RENT_SPAN, VACANCY_SPAN],
        }


def _byte(share: Array) -> Array:
    return (np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)


def short(value: float) -> float | None:
    """Five digits are enough to draw; what is not a number is none."""
    number = float(value)
    return float(f"{number:.5g}") if np.isfinite(number) else None


def numbers(values: Array) -> list[float | None]:
    """Many of them."""
    return [short(value) for value in values]


def frame(worlds: list[World], number: int, since: int) -> tuple[dict[str, Any], list[bytes]]:
    """The worlds as they are, for the page: a header, and for each world a map and what is charted from a month on."""
    pictures = [world.picture() for world in worlds]
    drawn = list(dict.fromkeys(zone for world in worlds for zone in world.story.zones))
    rows = [world.row(drawn) | {"n": lengths} for world, (lengths, _) in zip(worlds, pictures)]
    header = {"frame": number, "month": worlds[0].month, "since": since, "worlds": rows}
    return header, [data for _, data in pictures] + [world.history(since) for world in worlds]


def size_of(header: dict[str, Any], buffers: list[bytes]) -> int:
    """Bytes of a frame on the wire."""
    return len(json.dumps(header)) + sum(map(len, buffers))
