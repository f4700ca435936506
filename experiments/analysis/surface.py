"""What one factor does at every value of another."""

from functools import partial

import numpy as np

from microdrama.model.arrays import Array

from ..design.analyses import analysis
from ..design.samplers import Factor
from ..design.study import Study
from ..figures import INK, Figure, new_figure
from .common import Answer, Data, Effect, capital, counts


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
    dose, across = (f for f in data.study.factors if f.name != data.register.by)
    grids = {}
    for group, prefix, points in data.groups:
        at = {(data.points[k][dose.name], data.points[k][across.name]): k for k in points}
        grids[prefix] = np.empty((len(dose.values) - 1, len(across.values)), object)
        for i, a in enumerate(dose.values[1:]):
            for j, b in enumerate(across.values):
                name = f"{group}{dose.name} {a}, {across.name} {b}"
                words = f"{prefix}{data.in_words(dose.name, a)}, {data.in_words(across.name, b)}"
                k, first = at[a, b], at[dose.values[0], b]
                grids[prefix][i, j] = data.difference(name, words, data.register.metric, k, first)
    rows: list[Effect] = [effect for grid in grids.values() for effect in grid.flat]
    line = threshold(data) if across.name == "land_share" else np.nan
    caption = "Effect on the share against no fall, with 95 % intervals; an asterisk where they leave out zero" + (
        "; the dashed line is where the sign would change to first order." if np.isfinite(line) else "."
    )
    sentences = _sentences(data.factor(dose.name), rows, line, max(across.values))
    return Answer(data.unit(), rows, sentences, partial(_draw, data, dose, across, grids, line), caption)


def _sentences(what: str, rows: list[Effect], line: float, last: float) -> list[str]:
    clear = [row.effect.mean > 0 for row in rows if row.effect.clear]
    verdict = {
        frozenset[bool](): "is nowhere distinguishable from zero",
        frozenset([True]): "helps wherever it differs from zero",
        frozenset([False]): "hurts wherever it differs from zero",
    }.get(frozenset(clear), "helps in some places and hurts in others")
    low, high = (pick(rows, key=lambda row: row.effect.mean) for pick in (min, max))
    sentences = [
        f"The {what} {verdict} ({len(clear)} of {len(rows)} combinations).",
        f"Lowest at {low.words}: {low.shown}. Highest at {high.words}: {high.shown}.",
    ]
    if np.isfinite(line):
        where = "beyond the map" if line > last else "inside the map"
        sentences.append(
            f"To first order the sign would change at a land share of {line:.2f} ({where}): the rent share "
            "of costs over the subsidy share times the elasticity of land revenue."
        )
    return sentences


def _draw(data: Data, dose: Factor, across: Factor, grids: dict[str, Array], line: float) -> Figure:
    wide = 1.25 * len(across.values) + 1.6
    figure = new_figure(max(8.0, wide * len(grids) + 1.2), 0.85 * (len(dose.values) - 1) + 2.2)
    panels = figure.subplots(1, len(grids), squeeze=False)[0]
    limit = max(*(abs(e.effect.mean) for grid in grids.values() for e in grid.flat), 1e-09)
    for axes, (prefix, grid) in zip(panels, grids.items(), strict=True):
        means = np.array([[e.effect.mean for e in row] for row in grid])
        image = axes.imshow(means, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto", origin="lower")
        for (i, j), e in np.ndenumerate(grid):
            c = e.effect
            words = f"{c.mean:+.1f}{'*' if c.clear else ''}\n[{c.low:+.1f}, {c.high:+.1f}]"
            colour = "white" if abs(c.mean) > 0.6 * limit else INK
            axes.text(j, i, words, ha="center", va="center", fontsize=8, color=colour)
        if np.isfinite(line) and line <= max(across.values):
            axes.axvline(np.interp(line, across.values, range(len(across.values))), color=INK, linestyle="--")
        axes.set_xticks(range(len(across.values)), [f"{v:g}" for v in across.values])
        axes.set_yticks(range(len(dose.values) - 1), [f"{v:g}" for v in dose.values[1:]])
        axes.set_xlabel(data.factor(across.name), color=INK)
        axes.set_ylabel(data.factor(dose.name), color=INK)
        axes.set_title(capital(prefix.removesuffix(": ")), loc="left", fontsize=10, color=INK)
    figure.colorbar(image, ax=panels, label=f"{data.words()}, {data.unit()}")
    return figure


def threshold(data: Data) -> float:
    """Land share at which, to first order, dearer space and richer budgets weigh the same: rent over sigma chi.

    ``rent`` is the rent share of the costs of production, ``sigma`` the share of them that cities pay back, ``chi`` the
    elasticity of land revenue to house prices, all in the mean over worlds without a fall.
    """
    base = [k for k, p in enumerate(data.points) if p["crisis_strength"] == 0]
    paid = ("office_rent", "wages", "set_hire", "inputs", "location_hire")
    flows = {flow: f"flow_{flow}_yuan" for flow in (*paid, "shell_lease", "rebate", "rent_subsidy")}
    if not {*flows.values()} <= {*data.runs.columns}:
        return np.nan
    mean = {flow: np.mean([np.mean(data.raw(column)[k]) for k in base]) for flow, column in flows.items()}
    costs = sum(mean[flow] for flow in paid)
    rent, sigma = (mean["office_rent"] + mean["shell_lease"]) / costs, (mean["rebate"] + mean["rent_subsidy"]) / costs
    worlds = [data.study.at(data.points[base[0]], data.study.member(seed)) for seed in data.seeds]
    chi = np.mean([world.parameters.land_price_elasticity for world in worlds])
    return float(rent / (sigma * chi)) if sigma > 0 else np.inf
