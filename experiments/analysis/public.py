"""Public money: what an extra job costs whom, what funds earn, and where the money of viewers goes."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from .causal import Ratio, additionality, ratio_of_means
from .common import MOST, Answer, Data, Effect, capital, few, half_interval, simplest, told
from .contrast import Contrast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORST = 0.1
"""Part of the worlds over which an expected shortfall is taken."""
BOOTSTRAP = 2000


def _per_gain(ratio: Ratio, gain: Array, factor: float = 1.0) -> Contrast:
    """Something per unit gained; without a gain it cannot be told."""
    seeds = len(gain)
    if gain.mean() <= 0:
        return Contrast(np.nan, -np.inf, np.inf, seeds, 0.0, np.nan)
    return Contrast(factor * ratio.value, factor * ratio.low, factor * ratio.high, seeds, 0.0, np.nan)


@analysis("cost", "what an extra job or series costs, for the city that pays and for all")
def cost(data: Data) -> Answer:
    """What a policy adds in the city and everywhere, how much of it is displaced, and what an extra unit costs whom.

    Ratios have Fieller's intervals; where what is added is not told from zero, or is a loss, they say nothing, and the
    plane of costs and gains is to be read instead.
    """
    rows: list[Effect] = []
    plane: list[tuple[str, Array, Array, Array, Array]] = []
    for metric in (data.register.metric, *data.register.also):
        what = metric.removeprefix("city_")
        own, total = data.raw(f"city_{what}"), data.raw(f"all_{what}")
        paid, spent = data.raw("city_net_public_cost_yuan"), data.raw("all_net_public_cost_yuan")
        unit = data.columns[metric][0]
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k == j or data.same_runs(k, j):
                    continue
                label, words = group + data.label(k, points[0]), data.prefix(group) + data.said(k, points[0])
                both = np.stack([own[k], total[k] - own[k]], axis=1), np.stack([own[j], total[j] - own[j]], axis=1)
                found = additionality(*both, city=0)
                gain, everywhere = (own[k] - own[j]).astype(float), (total[k] - total[j]).astype(float)
                mine, ours = paid[k] - paid[j], spent[k] - spent[j]
                suffix = "" if metric == data.register.metric else f" ({what})"
                rows.append(
                    data.effect(
                        "added", f"{label}: city{suffix}", f"{words}: added in {data.city}", found.own, gain, unit
                    )
                )
                rows.append(
                    data.effect(
                        "added",
                        f"{label}: all{suffix}",
                        f"{words}: added everywhere",
                        found.everywhere,
                        everywhere,
                        unit,
                    )
                )
                rows.append(
                    Effect(
                        "displaced",
                        f"{label}: displaced{suffix}",
                        f"{words}: part of {data.city}'s gain that others lose",
                        _per_gain(found.displaced, gain, 100),
                        data.register.predicted.get(f"{label}: displaced{suffix}", ""),
                        "%",
                    )
                )
                for who, money, units in (("city", mine, gain), ("all", ours, everywhere)):
                    name = f"{label}: cost, {who}{suffix}"
                    rows.append(
                        Effect(
                            "cost",
                            name,
                            f"{words}: net public cost of one, " + (data.city if who == "city" else "all cities"),
                            _per_gain(ratio_of_means(money, units), units, 1e-3),
                            data.register.predicted.get(name, ""),
                            f"thousand yuan/{unit[:-1]}",
                        )
                    )
                if metric == data.register.metric:
                    plane.append((words, gain, everywhere, mine, ours))
    main = [r for r in rows if "(" not in r.name]
    sentences = []
    few_factors = sorted(sorted(range(len(plane)), key=lambda n: main[5 * n].name.count(", "))[:MOST])
    for words, at in ((plane[n][0], 5 * n) for n in few_factors):
        own_, all_, gone, city_cost, all_cost = main[at : at + 5]
        bounded = np.isfinite(gone.effect.low)
        sentences.append(
            f"{capital(words)}: {told(own_.effect, own_.unit)} in {data.city}, {told(all_.effect, all_.unit)} in all"
            + (
                f"; {gone.effect.mean:.0f} % [{gone.effect.low:.0f}, {gone.effect.high:.0f}] displaced"
                if bounded
                else "; what is displaced cannot be told"
            )
            + "".join(
                f"; {who} pay{'s' if who == data.city else ''} {c.effect.mean:.0f} "
                f"[{c.effect.low:.0f}, {c.effect.high:.0f}] thousand yuan each"
                for who, c in ((data.city, city_cost), ("all cities", all_cost))
                if np.isfinite(c.effect.low)
            )
            + "."
        )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, FAINT, INK, MARKERS, new_figure, tidy

        figure = new_figure(12, 5.2)
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
        shown = [plane[n] for n in few_factors]
        for at, (words, gain, everywhere, mine, ours) in enumerate(shown):
            colour = COLOURS[at % len(COLOURS)]
            for x, y, face in ((gain, mine, colour), (everywhere, ours, "white")):
                across, up = (_mean_and_half(v) for v in (x, y * 1e-6))
                left.errorbar(
                    across[0],
                    up[0],
                    up[1],
                    across[1],
                    color=colour,
                    capsize=2,
                    linewidth=1,
                    marker=MARKERS[at % 8],
                    markerfacecolor=face,
                    markersize=7,
                    label=capital(words) if face != "white" else None,
                )
            left.plot(
                [gain.mean(), everywhere.mean()],
                [mine.mean() * 1e-6, ours.mean() * 1e-6],
                color=colour,
                linewidth=0.8,
                linestyle=":",
            )
        left.axhline(0, color=INK, linewidth=0.8)
        left.axvline(0, color=INK, linewidth=0.8)
        tidy(left, y="net public cost, million yuan", title="Filled: the city's view; white: all cities'")
        left.set_xlabel(f"added {data.columns[data.register.metric][0]}", color=INK)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=3, frameon=False, fontsize=8)
        gone = [main[5 * n + 2] for n in few_factors]
        for at, row in enumerate(gone[::-1]):
            e = row.effect
            low, high = (np.clip(v, -300, 300) for v in (e.low, e.high))
            if np.isnan(e.mean):
                right.text(0, at, "no gain", ha="center", va="center", fontsize=8, backgroundcolor="white", color=INK)
                continue
            right.plot([low, high], [at, at], color=COLOURS[0], linewidth=2)
            right.plot(
                np.clip(e.mean, -300, 300),
                at,
                "o",
                color=COLOURS[0],
                markerfacecolor=COLOURS[0] if e.clear else "white",
            )
        right.set_yticks(range(len(gone)), [capital(words) for words, *_ in shown][::-1], fontsize=8)
        right.set_xlim(-310, 310)
        right.set_ylim(-0.6, len(gone) - 0.4)
        tidy(right, title="Displaced, % of the city's gain")
        right.grid(visible=False, axis="y")
        right.grid(axis="x", color=FAINT, linewidth=0.6)
        right.axvline(100, color=INK, linewidth=0.8, linestyle="--")
        right.axvline(0, color=INK, linewidth=0.8)
        return figure

    return Answer(
        data.columns[data.register.metric][0],
        rows,
        sentences,
        draw,
        "Left: the plane of what is added and "
        "what it costs, with 95 % intervals. Right: displacement with Fieller's intervals, cut at 300 %; at 100 "
        "% others lose all that the city gains.",
    )


def _mean_and_half(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(half_interval(values))


def bootstrap(values: Array, statistic: Any, *, seed: int = 1) -> tuple[float, float, float]:
    """A statistic of a sample with its 95 % percentile interval from the bootstrap; nans are left out.

    >>> value, low, high = bootstrap(np.arange(101.0), np.median)
    >>> value, bool(35 < low < 50 < high < 65)
    (50.0, True)
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return (float(statistic(values)) if len(values) else np.nan), np.nan, np.nan
    rng = np.random.default_rng(seed)
    drawn = rng.choice(values, (BOOTSTRAP, len(values)))
    low, high = np.quantile([statistic(row) for row in drawn], [0.025, 0.975])
    return float(statistic(values)), float(low), float(high)


def shortfall(values: Array) -> float:
    """Mean of the worst tenth.

    >>> float(shortfall(np.arange(100.0)))
    4.5
    """
    ordered = np.sort(values)
    return float(ordered[: max(1, int(np.ceil(WORST * len(ordered))))].mean())


@analysis("medians", "medians, and means of the worst tenth, of outcomes with heavy tails")
def medians(data: Data) -> Answer:
    """Medians of paired differences with bootstrap intervals, and medians and shortfalls of each point."""
    rows: list[Effect] = []
    unit_of = {m: data.unit(m) for m in (data.register.metric, *data.register.also)}
    for metric, unit in unit_of.items():
        values = data.outcome(metric)
        kind = "effect" if metric == data.register.metric else metric
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k != j and not data.same_runs(k, j) and not np.isnan(values[k] - values[j]).all():
                    gain = values[k] - values[j]
                    value, low, high = bootstrap(gain, np.median)
                    seeds = int((~np.isnan(gain)).sum())
                    rows.append(
                        data.effect(
                            kind,
                            group + data.label(k, points[0]),
                            data.prefix(group) + data.said(k, points[0]),
                            Contrast(value, low, high, seeds, float(np.mean(gain == 0)), np.nan),
                            gain,
                            unit,
                        )
                    )
        for k in range(len(data.points)):
            if not np.isnan(values[k]).all():
                for what, statistic in (("median", np.median), ("worst tenth", shortfall)):
                    value, low, high = bootstrap(values[k], statistic)
                    rows.append(
                        Effect(
                            f"{what}: {metric}",
                            f"{what}: {metric}: {data.label(k, 0)}",
                            data.said(k, 0),
                            Contrast(value, low, high, len(data.seeds), 0.0, np.nan),
                            "",
                            unit,
                        )
                    )
    sentences = [
        f"{capital(r.words)}: {told(r.effect, r.unit)} in the median of paired differences."
        for r in simplest(r for r in rows if r.kind == "effect")[:MOST]
    ]
    for metric in data.register.also:
        own = simplest(r for r in rows if r.kind == metric and r.effect.clear)
        words = data.words(metric)
        sentences.append(
            f"{capital(words)}: "
            + (
                "; ".join(f"{r.words} {told(r.effect, r.unit)}" for r in own[:4])
                if own
                else "no difference is told from zero"
            )
            + "."
        )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, MARKERS, new_figure, tidy

        figure = new_figure(12, 4.8)
        left, middle, right = figure.subplots(1, 3)
        across = data.register.also[0]
        y, x = data.outcome(), data.outcome(across)
        shown = [k for k in few(data, [*range(len(data.points))]) if not np.isnan(y[k]).all()]
        for at, k in enumerate(shown):
            (a, al, ah), (b, bl, bh) = bootstrap(x[k], np.median), bootstrap(y[k], np.median)
            colour = COLOURS[at % len(COLOURS)]
            left.errorbar(
                a,
                b,
                [[b - bl], [bh - b]],
                [[a - al], [ah - a]],
                color=colour,
                marker=MARKERS[at % 8],
                capsize=2,
                linewidth=1,
                label=capital(data.said(k, 0)),
            )
            known = np.sort(y[k][~np.isnan(y[k])])
            middle.step(known, np.arange(1, len(known) + 1) / len(known), color=colour, where="post")
            running = [np.median(y[k][~np.isnan(y[k])][:n]) for n in range(1, len(known) + 1)]
            right.plot(range(1, len(running) + 1), running, color=colour, marker=MARKERS[at % 8], markersize=3)
        own, other = (fill(f"{data.words(metric)}, {data.unit(metric)}", 40) for metric in ("", across))
        tidy(left, y=own, title="Frontier: medians")
        left.set_xlabel(other, color=INK)
        left.locator_params(axis="x", nbins=4)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
        tidy(middle, y="share of worlds at or below", title="Every world")
        middle.set_xlabel(own, color=INK)
        tidy(right, title="Does the median settle?")
        right.set_xlabel("worlds", color=INK)
        return figure

    return Answer(
        data.unit(),
        rows,
        sentences,
        draw,
        "Medians with bootstrap 95 % intervals, the distribution over "
        "worlds, and the running median: with heavy tails means do not settle.",
    )


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
    from .effects import effects

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

    def draw() -> Figure:
        from ..reports.figures import COLOURS, INK, new_figure, tidy

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

    return found._replace(
        sentences=sentences,
        draw=draw,
        caption="Left: where 100 yuan of viewers and advertisers go "
        "in the last year (means over worlds). Right: shares of cities with 95 % intervals.",
    )


def _fates(data: Data, payer: str, k: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for flow, who in FATES[payer].items():
        found[who] = found.get(who, 0.0) + float(data.raw(f"flow_{flow}_yuan")[k].mean())
    return found


def _sankey(axes: Any, parts: dict[str, dict[str, float]], gross: float) -> None:
    """What viewers pay, to those platforms pay, to those studios pay; heights in per cent of the first."""
    from ..reports.figures import COLOURS, INK

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
