"""Whether small worlds say what the full size says: the effect of the crisis by scale, and its paired differences.

``python -m benchmarks.scales [--out DIR] [--workers 2]`` runs the study ``size`` (or goes on) and prints the table of
docs/limits.md.
"""

from __future__ import annotations

import argparse

import numpy as np

from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.markdown import table
from microdrama.experiments.running.results import load
from microdrama.experiments.running.sweep import sweep
from microdrama.model.arrays import Array

SHARE = "city_share_shoot_days_observed"


def rows(shares: dict[float, tuple[Array, Array]]) -> list[list[str]]:
    """A row a scale, from the (seeds,) shares in points without and with the crisis; the largest is the full size."""
    effects = {scale: crisis - calm for scale, (calm, crisis) in shares.items()}
    full = effects[max(effects)]
    found = []
    for scale, effect in effects.items():
        said = [of_differences(effect), of_differences(effect - full)]
        cells = [f"{c.mean:+.2f} [{c.low:.2f}, {c.high:.2f}]" for c in said]
        cells[1] *= scale != max(effects)
        found.append([f"{scale:g}", str(len(effect)), f"{shares[scale][1].mean():.1f}", *cells])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="results/size")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    study = load_study("size")
    sweep(study, chosen.out, workers=chosen.workers)
    runs = load(chosen.out, frame="pandas").sort_values("seed")
    runs[SHARE] *= 100
    shares = {
        scale: tuple(np.array(own.loc[own.property_crisis == crisis, SHARE]) for crisis in (False, True))
        for scale, own in runs.groupby("scale")
    }
    head = ("scale", "seeds", "share, %", "effect of the crisis, points", "less that at full size, same seeds")
    print("\n".join(table(head, rows(shares))))


if __name__ == "__main__":
    main()
