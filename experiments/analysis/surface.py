"""What one factor does at every value of another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import Factor
from .common import Answer, Data, Effect, capital, counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..design.study import Study


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
    what = data.factor(dose.name)
    verdict = (
        "helps in some places and hurts in others"
        if len(signs) == 2
        else "is nowhere distinguishable from zero"
        if not signs
        else f"{'helps' if signs == {1} else 'hurts'} wherever it differs from zero"
    )
    low, high = min(rows, key=lambda r: r.effect.mean), max(rows, key=lambda r: r.effect.mean)
    sentences = [
        f"The {what} {verdict} ({clear} of {len(rows)} combinations).",
        f"Lowest at {low.words}: {low.shown}. Highest at {high.words}: {high.shown}.",
    ]
    line = threshold(data) if across.name == "land_share" else np.nan
    if np.isfinite(line):
        where = "beyond the map" if line > max(across.values) else "inside the map"
        sentences.append(
            f"To first order the sign would change at a land share of {line:.2f} ({where}): the rent share "
            "of costs over the subsidy share times the elasticity of land revenue."
        )

    caption = "Effect on the share against no fall, with 95 % intervals; an asterisk where they leave out zero" + (
        "; the dashed line is where the sign would change to first order." if np.isfinite(line) else "."
    )
    return Answer(
        data.unit(),
        rows,
        sentences,
        partial(_draw_surface, data, across, by, dose, grids, levels, line, rows, what),
        caption,
    )


def _draw_surface(
    data: Data,
    across: Factor,
    by: str,
    dose: Factor,
    grids: dict[Any, Array],
    levels: list[Any],
    line: float,
    rows: list[Effect],
    what: str,
) -> Figure:
    from ..figures import INK, new_figure

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
        axes.set_xlabel(data.factor(across.name), color=INK)
        axes.set_ylabel(what, color=INK)
        axes.set_title(capital(data.in_words(by, level)) if by else "", loc="left", fontsize=10, color=INK)
    figure.colorbar(image, ax=panels, label=f"{data.words()}, {data.unit()}")
    return figure


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
