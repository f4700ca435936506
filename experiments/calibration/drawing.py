"""Figures of a calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..design.priors import NAMES, PRIOR
from ..figures import COLOURS, FAINT, INK, new_figure, save, tidy
from .calibrate import Calibration
from .recovery import POWERS
from .swap import ALL, OUTCOMES, Swap
from .validation import Validation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE = COLOURS[0], COLOURS[6]
FAR = 2.5
"""How many widths of its interval from the middle a target is drawn at most."""


def draw_all(found: Calibration, held: Validation, swaps: Sequence[Swap], folder: Path) -> None:
    """Draw every figure as PNG into the folder; the report has their captions."""
    for name, figure in {
        "targets": targets(held),
        "parameters": parameters(found),
        "recovery": recovery(found),
        "information": eigenvalues(found),
        "waves": waves(found),
        "swap": exchanged(swaps),
    }.items():
        save(figure, folder / f"{name}.png", dpi=130)


def targets(held: Validation) -> Figure:
    fitted = [v for v in held.verdicts if v.pattern.use == "fit" and math.isfinite(v.pattern.high - v.pattern.low)]
    figure = new_figure(8, 0.27 * len(fitted) + 1)
    axes = figure.subplots()
    axes.axvspan(-0.5, 0.5, color=FAINT)
    for row, verdict in enumerate(reversed(fitted)):
        pattern = verdict.pattern
        middle, width = (pattern.low + pattern.high) / 2, pattern.high - pattern.low or 1.0
        low, median, high = (float(end) for end in (verdict.predicted[0] - middle) / width)
        colour = BLUE if verdict.met[0] else ORANGE
        shown = np.clip([low, median, high], -FAR, FAR)
        axes.plot(shown[[0, 2]], [row, row], color=colour, linewidth=2)
        axes.plot(shown[1], row, marker="o" if abs(median) < FAR else ">" if median > 0 else "<", color=colour)
    axes.set_yticks(range(len(fitted)), [v.pattern.name for v in reversed(fitted)])
    axes.set_xlim(-FAR - 0.1, FAR + 0.1)
    tidy(axes)
    axes.set_xlabel("widths of the interval observed, from its middle (blue: met)", color=INK)
    return figure


def parameters(found: Calibration) -> Figure:
    figure, members = new_figure(9, 4.4), np.concatenate([fit.members for fit in found.model.values()])
    for axes, (i, name) in zip(figure.subplots(2, 4).flat, enumerate(NAMES), strict=True):
        prior = PRIOR[name]
        edges = np.asarray(prior.at(np.linspace(0, 1, 13)))
        count = np.histogram(members[:, i], np.linspace(0, 1, 13))[0]
        axes.stairs(len(count) * count / max(int(count.sum()), 1), edges, fill=True, color=BLUE)
        axes.axhline(1, color=INK, linewidth=1)
        if prior.log:
            axes.set_xscale("log")
            axes.set_xticks([prior.low, math.sqrt(prior.low * prior.high), prior.high], minor=False)
            axes.set_xticks([], minor=True)
            axes.xaxis.set_major_formatter(lambda x, _: f"{x:.2g}")
        axes.set_yticks([])
        tidy(axes, title=name)
        axes.title.set_fontsize(9)
    return figure


def recovery(found: Calibration) -> Figure:
    figure, seen = new_figure(9, 4.8), found.recovery
    chosen = POWERS.index(seen.power)
    for axes, (i, name) in zip(figure.subplots(2, 4, sharex=True, sharey=True).flat, enumerate(NAMES), strict=True):
        truth, (low, median, high) = seen.truth[:, i], seen.found[:, :, i].T
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8)
        axes.vlines(truth, low, high, color=COLOURS[1], linewidth=0.7)
        axes.plot(truth, median, ".", color=BLUE, markersize=3)
        tidy(axes, title=f"{name}\n{seen.coverage[chosen, i]:.0%} covered")
        axes.title.set_fontsize(9)
    figure.supxlabel("truth, place in the prior's range", fontsize=10, color=INK)
    figure.supylabel("found", fontsize=10, color=INK)
    return figure


def eigenvalues(found: Calibration) -> Figure:
    figure = new_figure(5, 3)
    axes = figure.subplots()
    values = np.maximum(np.linalg.eigvalsh(found.information)[::-1], 1e-4)
    axes.bar(range(1, len(values) + 1), values, color=BLUE)
    axes.axhline(1, color=ORANGE, linewidth=1.2)
    axes.set_yscale("log")
    tidy(axes, y="information over the prior's")
    axes.set_xlabel("direction", color=INK)
    return figure


def waves(found: Calibration) -> Figure:
    figure = new_figure(5, 3)
    axes = figure.subplots()
    for world, fit in found.fits.items():
        left = [100.0, *(100 * wave.plausible for wave in fit.waves)]
        axes.plot(range(len(left)), np.maximum(left, 1e-3), "o-", color=BLUE if world in found.model else ORANGE)
    axes.set_yscale("log")
    axes.set_xticks(range(found.plan.waves + 1), ["prior", *(f"wave {n + 1}" for n in range(found.plan.waves))])
    tidy(axes, y="% of the prior not ruled out")
    return figure


def exchanged(swaps: Sequence[Swap]) -> Figure:
    figure = new_figure(9, 3.2)
    for axes, (name, words) in zip(figure.subplots(1, len(OUTCOMES), sharey=True), OUTCOMES.items(), strict=True):
        axes.axvline(0, color=INK, linewidth=0.8)
        for row, one in enumerate(reversed(swaps)):
            mean, low, high = one.effect[name]
            axes.barh(row, mean, color=ORANGE if one.block == ALL else BLUE)
            axes.plot([low, high], [row, row], color=INK, linewidth=1)
        axes.set_yticks(range(len(swaps)), ["everything" if s.block == ALL else s.block for s in reversed(swaps)])
        tidy(axes, title=f"{words}, points")
        axes.title.set_fontsize(9)
    return figure
