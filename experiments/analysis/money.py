"""Where the work is done and where the money of viewers goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .common import Answer, Data, half_interval
from .effects import effects

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FATES = {
    "platforms": {
        "promotion": "traffic",
        "platform_costs": "platforms' owners, costs",
        "commission": "studios",
        "guarantee": "studios",
        "revenue_share": "studios",
    },
    "studios": {
        "wages": "cast and crew",
        "set_hire": "film bases",
        "location_hire": "landlords",
        "office_rent": "landlords",
        "script": "authors, publishers",
        "inputs": "equipment, post, lodging",
        "foreign_cast": "abroad",
        "california": "abroad",
    },
}
"""Who gets what platforms and studios pay, by flow."""


@analysis("money", "where the work is done and where the money goes")
def money(data: Data) -> Answer:
    """Who gets what viewers and advertisers pay, and how far production, value and platforms' takings lie apart."""
    found = effects(data)
    k = 0
    gross = sum(data.raw(f"flow_{f}_yuan")[k].mean() for f in ("viewer_spending", "advertising", "overseas_spending"))
    parts = {payer: _fates(data, payer, k) for payer in FATES}
    shares = {
        what: np.array([data.raw(f"share_{what}_{slug}")[k].astype(float) for slug in data.slugs])
        for what in ("shoot_days", "value_yuan", "platform_gross")
    }
    focal, capital_city = data.slugs.index(data.study.city), int(shares["platform_gross"].mean(axis=1).argmax())
    traffic, studios = (parts["platforms"].get(x, 0.0) / gross for x in ("traffic", "studios"))
    wages = parts["studios"].get("cast and crew", 0.0) / gross
    sentences = [
        f"Of 100 yuan that viewers and advertisers pay, {100 * traffic:.0f} buy traffic, {100 * studios:.0f} go to "
        f"studios, and {100 * wages:.0f} to cast and crew.",
        f"{data.city} has {100 * shares['shoot_days'][focal].mean():.0f} % of shooting days, "
        f"{100 * shares['value_yuan'][focal].mean():.0f} % of studios' earnings and "
        f"{100 * shares['platform_gross'][focal].mean():.0f} % of what is paid on platforms; "
        f"{data.name_of(data.slugs[capital_city])} has {100 * shares['shoot_days'][capital_city].mean():.0f}, "
        f"{100 * shares['value_yuan'][capital_city].mean():.0f} and "
        f"{100 * shares['platform_gross'][capital_city].mean():.0f} %.",
        *found.sentences,
    ]

    return found._replace(
        sentences=sentences,
        draw=partial(_draw_money, data, gross, parts, shares),
        caption="Left: where 100 yuan of viewers and advertisers go "
        "in the last year (means over worlds). Right: shares of cities with 95 % intervals.",
    )


def _draw_money(data: Data, gross: float, parts: dict[str, dict[str, float]], shares: dict[str, Array]) -> Figure:
    from ..figures import COLOURS, INK, new_figure, tidy

    figure = new_figure(12, 5)
    left, right = figure.subplots(1, 2, width_ratios=[1.4, 1])
    _sankey(left, parts, gross)
    at = np.arange(len(data.slugs))
    for n, (what, words, colour, hatch) in enumerate(
        (
            ("shoot_days", "shooting days", COLOURS[0], ""),
            ("value_yuan", "studios' earnings", COLOURS[4], "//"),
            ("platform_gross", "paid on platforms", COLOURS[5], ".."),
        )
    ):
        mean = 100 * shares[what].mean(axis=1)
        half = 100 * half_interval(shares[what], axis=1)
        right.barh(
            at + 0.27 * (1 - n),
            mean,
            height=0.25,
            xerr=half,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            error_kw={"linewidth": 1, "ecolor": INK},
            label=words,
        )
    right.set_yticks(at, [data.name_of(slug) for slug in data.slugs])
    tidy(right, title="Shares of cities, %")
    right.grid(visible=False, axis="y")
    right.legend(frameon=False, fontsize=9)
    return figure


def _fates(data: Data, payer: str, k: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for flow, who in FATES[payer].items():
        found[who] = found.get(who, 0.0) + float(data.raw(f"flow_{flow}_yuan")[k].mean())
    return found


def _sankey(axes: Any, parts: dict[str, dict[str, float]], gross: float) -> None:
    """What viewers pay, to those platforms pay, to those studios pay; heights in per cent of the first."""
    from ..figures import COLOURS, INK

    def band(x: float, y: float, to_x: float, to_y: float, height: float, colour: str) -> None:
        s = np.linspace(0, 1, 40)
        smooth = 3 * s**2 - 2 * s**3
        low = y + (to_y - y) * smooth
        axes.fill_between(x + (to_x - x) * s, low, low + height, color=colour, alpha=0.55, linewidth=0)

    axes.bar(0, 100, width=0.06, bottom=0, color=INK)
    axes.text(-0.06, 50, "viewers,\nadvertisers\n100", ha="right", va="center", fontsize=9)
    at, studios = 0.0, 0.0
    platforms = sorted(parts["platforms"].items(), key=lambda item: item[0] == "studios")
    top, gap = -12.0, 8.0
    place = top
    for n, (who, amount) in enumerate(platforms):
        height = 100 * amount / gross
        band(0.03, at, 0.97, place, height, COLOURS[(5, 0, 4)[n % 3]])
        axes.bar(1, height, width=0.06, bottom=place, color=INK)
        if who == "studios":
            studios = place
        else:
            axes.text(1.05, place + height / 2, f"{who} {height:.0f}", va="center", fontsize=9)
        at, place = at + height, place + height + gap
    axes.text(0.95, studios - 3, f"studios {100 * dict(platforms)['studios'] / gross:.0f}", ha="right", fontsize=9)
    ends = sorted(parts["studios"].items(), key=lambda item: -item[1])
    scale = min(1.0, dict(platforms)["studios"] / max(sum(parts["studios"].values()), 1e-9))
    place, at = studios - 4 * len(ends) / 2, studios
    for n, (who, amount) in enumerate(ends):
        height = 100 * amount / gross
        band(1.03, at, 1.97, place, height * scale, COLOURS[(1, 4)[n % 2]])
        axes.bar(2, height * scale, width=0.06, bottom=place, color=INK)
        axes.text(2.05, place + height * scale / 2, f"{who} {height:.1f}", va="center", fontsize=8)
        at, place = at + height * scale, place + height * scale + 5
    axes.set_xlim(-0.6, 3.0)
    axes.set_axis_off()
    axes.set_title("Where 100 yuan go", loc="left", fontsize=11, color=INK)
