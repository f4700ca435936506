"""Where the work is done and where the money of viewers goes."""

from functools import partial

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..figures import COLOURS, INK, Axes, Figure, new_figure, tidy
from .common import Answer, Data, half_interval
from .effects import effects

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
SHARES = {
    "shoot_days": ("shooting days", COLOURS[0], ""),
    "value_yuan": ("studios' earnings", COLOURS[4], "//"),
    "platform_gross": ("paid on platforms", COLOURS[5], ".."),
}
"""Shares of cities that are compared, with words, colour and hatch."""


@analysis("money", "where the work is done and where the money goes")
def money(data: Data) -> Answer:
    """Who gets what viewers and advertisers pay, and how far production, value and platforms' takings lie apart."""
    gross = sum(_flow(data, flow) for flow in ("viewer_spending", "advertising", "overseas_spending"))
    parts: dict[str, dict[str, float]] = {payer: {} for payer in FATES}
    for payer, flows in FATES.items():
        for flow, who in flows.items():
            parts[payer][who] = parts[payer].get(who, 0.0) + 100 * _flow(data, flow) / gross
    shares = {
        what: 100 * np.array([data.raw(f"share_{what}_{slug}")[0].astype(float) for slug in data.slugs])
        for what in SHARES
    }
    days, value, paid = (of_city.mean(axis=1) for of_city in shares.values())
    own, top = data.focal, int(paid.argmax())
    found = effects(data)
    sentences = [
        f"Of 100 yuan that viewers and advertisers pay, {parts['platforms']['traffic']:.0f} buy traffic, "
        f"{parts['platforms']['studios']:.0f} go to studios, and {parts['studios']['cast and crew']:.0f} to cast and "
        "crew.",
        f"{data.city} has {days[own]:.0f} % of shooting days, {value[own]:.0f} % of studios' earnings and "
        f"{paid[own]:.0f} % of what is paid on platforms; {data.name_of(data.slugs[top])} has {days[top]:.0f}, "
        f"{value[top]:.0f} and {paid[top]:.0f} %.",
        *found.sentences,
    ]
    caption = (
        "Left: where 100 yuan of viewers and advertisers go in the last year (means over worlds). Right: shares of "
        "cities with 95 % intervals."
    )
    return found._replace(sentences=sentences, draw=partial(_draw, data, parts, shares), caption=caption)


def _flow(data: Data, flow: str) -> float:
    """Yuan paid at the first point, the mean over worlds."""
    return float(data.raw(f"flow_{flow}_yuan")[0].mean())


def _draw(data: Data, parts: dict[str, dict[str, float]], shares: dict[str, Array]) -> Figure:
    figure = new_figure(12, 5)
    left, right = figure.subplots(1, 2, width_ratios=[1.4, 1])
    _sankey(left, parts)
    at = np.arange(len(data.slugs))
    for n, (what, (words, colour, hatch)) in enumerate(SHARES.items()):
        mean, half = shares[what].mean(axis=1), half_interval(shares[what], axis=1)
        style = {"color": colour, "hatch": hatch, "edgecolor": "white", "error_kw": {"linewidth": 1, "ecolor": INK}}
        right.barh(at + 0.27 * (1 - n), mean, height=0.25, xerr=half, label=words, **style)
    right.set_yticks(at, [data.name_of(slug) for slug in data.slugs])
    tidy(right, title="Shares of cities, %", lines="", legend=9)
    return figure


def _sankey(axes: Axes, parts: dict[str, dict[str, float]]) -> None:
    """What viewers pay, to those platforms pay, to those studios pay; heights in per cent of the first."""

    def flow(n: int, y: float, to_y: float, height: float, colour: str) -> None:
        """A band from one column to the next, and its end there."""
        s = np.linspace(0, 1, 40)
        low = y + (to_y - y) * (3 * s**2 - 2 * s**3)
        axes.fill_between(n + 0.03 + 0.94 * s, low, low + height, color=colour, alpha=0.55, linewidth=0)
        axes.bar(n + 1, height, width=0.06, bottom=to_y, color=INK)

    axes.bar(0, 100, width=0.06, bottom=0, color=INK)
    axes.text(-0.06, 50, "viewers,\nadvertisers\n100", ha="right", va="center", fontsize=9)
    at, place, studios = 0.0, -12.0, 0.0
    for n, (who, height) in enumerate(sorted(parts["platforms"].items(), key=lambda item: item[0] == "studios")):
        flow(0, at, place, height, COLOURS[(5, 0, 4)[n % 3]])
        if who == "studios":
            studios = place
            axes.text(0.95, studios - 3, f"studios {height:.0f}", ha="right", fontsize=9)
        else:
            axes.text(1.05, place + height / 2, f"{who} {height:.0f}", va="center", fontsize=9)
        at, place = at + height, place + height + 8
    ends = sorted(parts["studios"].items(), key=lambda item: -item[1])
    scale = min(1.0, parts["platforms"]["studios"] / max(sum(parts["studios"].values()), 1e-9))
    place, at = studios - 4 * len(ends) / 2, studios
    for n, (who, amount) in enumerate(ends):
        height = amount * scale
        flow(1, at, place, height, COLOURS[(1, 4)[n % 2]])
        axes.text(2.05, place + height / 2, f"{who} {amount:.1f}", va="center", fontsize=8)
        at, place = at + height, place + height + 5
    axes.set_xlim(-0.6, 3.0)
    axes.set_axis_off()
    axes.set_title("Where 100 yuan go", loc="left", fontsize=11, color=INK)
