"""Effects of points against a reference: alone, over two factors, and over ways to build the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..design.analyses import analysis
from .common import MOST, Answer, Data, Effect, capital, counts, simplest, told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..design.study import Study


@analysis("effects", "each point against the first")
def effects(data: Data) -> Answer:
    """Each point against the first of its group, or against no treatment with all else alike; every outcome asked."""
    rows = point_effects(data)
    main = [row for row in rows if row.kind == "effect"]
    base = np.nanmean(data.outcome()[0])
    sentences = [f"Without it: {data.words()} is {base:.1f} {data.unit()}."]
    sentences += [f"{capital(row.words)}: {told(row.effect, row.unit)}." for row in simplest(main)[:MOST]]
    if len(main) > MOST:
        sentences.append(f"{len(main) - MOST} more combinations are in the table.")
    return Answer(
        data.unit(),
        rows,
        sentences,
        lambda: dots(data, rows),
        "Differences from the reference: means and 95 % intervals over worlds, filled where they leave out zero.",
    )


def point_effects(data: Data) -> list[Effect]:
    """Effects of all points, the deciding outcome first (kind ``effect``), then the others (by their name)."""
    rows = []
    for metric in (data.register.metric, *data.register.also):
        kind = "effect" if metric == data.register.metric else metric
        for group, points in data.groups():
            for k in points:
                j = data.reference(k, points)
                if k == j or data.same_runs(k, j):
                    continue
                name = group + data.label(k, points[0])
                rows.append(data.difference(kind, name, data.prefix(group) + data.said(k, points[0]), metric, k, j))
    return rows


def dots(data: Data, rows: list[Effect]) -> Figure:
    """A panel for each outcome, effects as dots with their intervals."""
    from ..reports.figures import COLOURS, figure_of_dots

    kinds = list(dict.fromkeys(row.kind for row in rows))
    panels = []
    for kind in kinds:
        own = simplest((row for row in rows if row.kind == kind), 12)
        title = data.words() if kind == "effect" else data.words(kind) if kind in data.columns else kind
        panels.append((f"{title}, {own[0].unit}", own))
    return figure_of_dots(panels, COLOURS[0])


def _lacks(study: Study) -> str:
    two = study.design.sampler == "factorial" and len(counts(study)) == 2
    return "" if two else "a factorial design of two factors beside that of 'by'"


@analysis(
    "surface",
    "what the first factor does, against its first value, at every value of the second (and third)",
    check=_lacks,
)
def surface(data: Data) -> Answer:
    """What the first factor does against its first value, at every value of the second, by that of ``by``."""
    by = data.register.by
    dose, across = (f for f in data.study.factors if f.name != by)
    at = {(p[dose.name], p[across.name], p.get(by)): k for k, p in enumerate(data.points)}
    levels = list(dict.fromkeys(p.get(by) for p in data.points))
    rows: list[Effect] = []
    grids = {}
    for level in levels:
        group = f"{by} {level}: " if by else ""
        grid = np.empty((len(dose.values) - 1, len(across.values)), object)
        for i, a in enumerate(dose.values[1:]):
            for j, b in enumerate(across.values):
                k, first = at[a, b, level], at[dose.values[0], b, level]
                name = f"{group}{dose.name} {a}, {across.name} {b}"
                words = f"{data.prefix(group)}{data.in_words(dose.name, a)}, {data.in_words(across.name, b)}"
                grid[i, j] = data.difference("effect", name, words, data.register.metric, k, first)
                rows.append(grid[i, j])
        grids[level] = grid
    signs = {1 if e.effect.mean > 0 else -1 for e in rows if e.effect.clear}
    clear = sum(e.effect.clear for e in rows)
    what = data.register.words.get(dose.name, dose.name)
    verdict = (
        "helps in some places and hurts in others"
        if len(signs) == 2
        else "is nowhere told from zero"
        if not signs
        else f"{'helps' if signs == {1} else 'hurts'} wherever it is told from zero"
    )
    low, high = min(rows, key=lambda r: r.effect.mean), max(rows, key=lambda r: r.effect.mean)
    sentences = [
        f"The {what} {verdict} ({clear} of {len(rows)} combinations).",
        f"Lowest at {low.words}: {told(low.effect, low.unit)}. Highest at {high.words}: "
        f"{told(high.effect, high.unit)}.",
    ]
    line = threshold(data) if across.name == "land_share" else np.nan
    if np.isfinite(line):
        where = "beyond the map" if line > max(across.values) else "inside the map"
        sentences.append(
            f"To first order the sign would change at a land share of {line:.2f} ({where}): the rent share "
            "of costs over the subsidy share times the elasticity of land revenue."
        )

    def draw() -> Figure:
        from ..reports.figures import INK, new_figure

        wide = 1.25 * len(across.values) + 1.6
        figure = new_figure(max(8.0, wide * len(levels) + 1.2), 0.85 * (len(dose.values) - 1) + 2.2)
        panels = figure.subplots(1, len(levels), squeeze=False)[0]
        limit = max(*(abs(e.effect.mean) for e in rows), 1e-09)
        for axes, level in zip(panels, levels, strict=True):
            grid = grids[level]
            means = np.array([[e.effect.mean for e in row] for row in grid])
            image = axes.imshow(means, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto", origin="lower")
            for (i, j), e in np.ndenumerate(grid):
                c = e.effect
                axes.text(
                    j,
                    i,
                    f"{c.mean:+.1f}{'*' if c.clear else ''}\n[{c.low:+.1f}, {c.high:+.1f}]",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if abs(c.mean) > 0.6 * limit else INK,
                )
            if np.isfinite(line) and line <= max(across.values):
                axes.axvline(np.interp(line, across.values, range(len(across.values))), color=INK, linestyle="--")
            axes.set_xticks(range(len(across.values)), [f"{v:g}" for v in across.values])
            axes.set_yticks(range(len(dose.values) - 1), [f"{v:g}" for v in dose.values[1:]])
            axes.set_xlabel(data.register.words.get(across.name, across.name), color=INK)
            axes.set_ylabel(what, color=INK)
            axes.set_title(capital(data.in_words(by, level)) if by else "", loc="left", fontsize=10, color=INK)
        figure.colorbar(image, ax=panels, label=f"{data.words()}, {data.unit()}")
        return figure

    caption = "Effect on the share against no fall, with 95 % intervals; an asterisk where they leave out zero" + (
        "; the dashed line is where the sign would change to first order." if np.isfinite(line) else "."
    )
    return Answer(data.unit(), rows, sentences, draw, caption)


def threshold(data: Data) -> float:
    """Land share at which, to first order, dearer space and richer budgets weigh the same: rent over sigma chi.

    ``rent`` is the rent share of the costs of production, ``sigma`` the share of them that cities pay back, ``chi`` the
    elasticity of land revenue to house prices, all in the mean over worlds without a fall.
    """
    base = [k for k, p in enumerate(data.points) if p["crisis_strength"] == 0]

    def mean(*flows: str) -> float:
        return sum(np.mean([np.mean(data.raw(f"flow_{f}_yuan")[k]) for k in base]) for f in flows)

    needed = [
        f"flow_{f}_yuan"
        for f in (
            "office_rent",
            "shell_lease",
            "rebate",
            "rent_subsidy",
            "wages",
            "set_hire",
            "inputs",
            "location_hire",
        )
    ]
    if not set(needed) <= set(data.runs.columns):
        return np.nan
    costs = mean("office_rent", "wages", "set_hire", "inputs", "location_hire")
    rent, sigma = mean("office_rent", "shell_lease") / costs, mean("rebate", "rent_subsidy") / costs
    chi = np.mean(
        [data.study.at(data.points[base[0]], data.study.member(s)).parameters.land_price_elasticity for s in data.seeds]
    )
    return float(rent / (sigma * chi)) if sigma > 0 else np.inf


@analysis("multiverse", "whether the sign of an effect survives other ways to build the model")
def multiverse(data: Data) -> Answer:
    """Two headlines, what the property crisis and what policy does, in every variant of the model that points spell."""
    arms = ("property_crisis", "policy")
    variants: dict[tuple[object, ...], dict[tuple[bool, bool], int]] = {}
    for k, point in enumerate(data.points):
        key = tuple(v for n, v in point.items() if n not in arms)
        variants.setdefault(key, {})[point["property_crisis"], point["policy"]] = k
    rows, usual = [], next(iter(variants.values()))[True, True]
    for metric in (data.register.metric, *data.register.also):
        for headline, control in (("crisis", (False, True)), ("policy", (True, False))):
            for points in variants.values():
                k, j = points[True, True], points[control]
                label, said = data.label(k, usual) or "as it is", data.said(k, usual)
                kind = "effect" if metric == data.register.metric else metric
                rows.append(data.difference(kind, f"{headline}: {label}", f"{headline}: {said}", metric, k, j))
    main = [r for r in rows if r.kind == "effect"]
    sentences = []
    for headline in ("crisis", "policy"):
        own = [r for r in main if r.name.startswith(headline)]
        first = own[0]
        against = [r for r in own if r.effect.clear and np.sign(r.effect.mean) != np.sign(first.effect.mean)]
        same = [r for r in own if np.sign(r.effect.mean) == np.sign(first.effect.mean)]
        sentences.append(
            f"The {headline} moves {data.city}'s share by {told(first.effect, first.unit)} as the model is; the sign "
            f"is the same in {len(same)} of {len(own)} variants, clearly the other in {len(against)}"
            + (f" ({'; '.join(r.words.partition(': ')[2] for r in against)})." if against else ".")
        )

    def draw() -> Figure:
        from ..reports.figures import COLOURS, figure_of_dots

        panels = [
            (
                f"What the {h} does to {data.city}'s share, {data.unit()}",
                [r._replace(words=r.words.partition(": ")[2]) for r in main if r.name.startswith(h)],
            )
            for h in ("crisis", "policy")
        ]
        return figure_of_dots(panels, COLOURS[0])

    return Answer(
        data.unit(),
        rows,
        sentences,
        draw,
        "Each row is one way to build the model; means and 95 % intervals "
        "over worlds, filled where they leave out zero.",
    )
