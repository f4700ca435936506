"""Policy elasticities of the literature as simulated experiments: what the model says of each, nothing fitted to it.

In every world film policy is what the experiment says and nothing else, and what is announced is paid, as the credits
of the literature are (``fiscal_limits`` off). All are run with the same members and draws.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.writing import write_scenario

from ..analysis.contrast import of_differences
from ..design.ensembles import ensemble_of
from ..files import shipped_rows
from ..markdown import table
from ..outcomes.patterns import Pattern, read_period
from .evaluate import How, evaluate_members

ROWS = "evidence/elasticities.csv"
MONTHS, SECOND, BEFORE = 48, 24, (24, 35)
"""To the end of 2024; the month in which policy begins (January 2023); the year before the rebate that ends does so."""
CITY = "zhengzhou"
WORLDS: dict[str, tuple[tuple[Window, ...], dict[str, Any]]] = {
    "no policy": ((), {}),
    "rebate": ((Window(CITY, "rebate", SECOND, 0.25),), {}),
    "rebate ended": ((Window(CITY, "rebate", 12, 0.25, end=36),), {}),
    "designation": ((Window(CITY, "designation", SECOND, 1.0),), {}),
    "no externalities": ((), {"agglomeration_scale": 0.0}),
}


class Elasticity(NamedTuple):
    """A row: what the literature has, and what the model says."""

    name: str
    what: str
    low: float
    high: float
    mean: float
    ends: tuple[float, float]
    """95 % interval of the mean."""
    sources: str
    reason: str

    @property
    def verdict(self) -> str:
        """Where the mean is, and whether its interval is whole there."""
        if self.low <= self.mean <= self.high:
            certain = self.low <= self.ends[0] and self.ends[1] <= self.high
            return "inside" if certain else "inside, not for certain"
        certain = self.ends[0] > self.high or self.ends[1] < self.low
        return ("above" if self.mean > self.high else "below") + ("" if certain else ", not for certain")


def elasticities(
    out: str | Path,
    *,
    count: int = 24,
    scale: float = 0.1,
    ensemble: str = "",
    tell: Callable[[str], None] = lambda line: None,
    **how: Unpack[How],
) -> list[Elasticity]:
    """Run the experiments; completed runs in the folder are not repeated.

    Raises
    ------
    InputError
        If the ensemble or the folder cannot be used, or there are fewer than two members.
    """
    if count < 2:
        raise InputError(f"--members {count}: an interval needs at least 2")
    base, folder = load_scenario("baseline"), Path(out) / "worlds"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for world, (windows, values) in WORLDS.items():
        scenario = base.with_values({"fiscal_limits": False} | values)
        scenario.policies = windows
        files.append(write_scenario(scenario, folder, world.replace(" ", "_")))
    rows, slugs = shipped_rows(ROWS), base.cities.slugs
    wanted = {(row["quantity"], CITY, read_period(row["period"])) for row in rows if row["city"] != "all"}
    wanted |= {("series_shot", CITY, BEFORE)}
    spread = [row for row in rows if row["city"] == "all"]
    wanted |= {(row["quantity"], slug, read_period(row["period"])) for row in spread for slug in slugs}
    patterns = [Pattern("", "level", quantity, city, period) for quantity, city, period in sorted(wanted)]
    keys = {"months": MONTHS, "scale": scale, "factors": {"scenario": files}}
    members = ensemble_of(ensemble, count)
    tell(f"{len(files)} worlds x {len(members)} members")
    found = evaluate_members(members, patterns, Path(out), keys, folder, **how)
    at = {(p.quantity, p.city, p.period): i for i, p in enumerate(patterns)}
    worlds = [*WORLDS]

    def level(world: str, quantity: str, city: str, period: tuple[int, int]) -> Array:
        values: Array = found[worlds.index(world), :, at[quantity, city, period]]
        return values

    people = base.cities.employment_million / base.cities.employment_million.sum()

    def excess(world: str, quantity: str, period: tuple[int, int]) -> Array:
        """Herfindahl index over cities less that of people."""
        each = np.stack([level(world, quantity, slug, period) for slug in slugs])
        with np.errstate(invalid="ignore"):  # nothing anywhere
            index: Array = ((each / each.sum(axis=0)) ** 2).sum(axis=0) - (people**2).sum()
        return index

    result = []
    for row in rows:
        world, quantity, period = row["world"], row["quantity"], read_period(row["period"])
        if row["measure"] == "concentration":
            of, without = excess("no policy", quantity, period), excess(world, quantity, period)
            change, size = of - without, of
        elif row["measure"] == "kept":
            change = level(world, quantity, CITY, period) - level("no policy", quantity, CITY, period)
            size = level(world, quantity, CITY, BEFORE) - level("no policy", quantity, CITY, BEFORE)
        else:
            size = level("no policy", quantity, CITY, period)
            change = level(world, quantity, CITY, period) - size
        mean, ends = _ratio(change, size)
        interval = float(row["low"]), float(row["high"])
        result.append(Elasticity(row["elasticity"], row["what"], *interval, mean, ends, row["sources"], row["reason"]))
    return result


def _ratio(change: Array, size: Array) -> tuple[float, tuple[float, float]]:
    """Ratio of two means over members, and its interval by the delta method."""
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing there
        ratio = float(change.mean() / size.mean())
        spread = of_differences((change - ratio * size) / abs(size.mean()))
    half = (spread.high - spread.low) / 2
    return ratio, (ratio - half, ratio + half)


def as_page(found: list[Elasticity], *, count: int, scale: float) -> str:
    """The table as a page."""
    inside = sum(e.verdict.startswith("inside") for e in found)
    head = ("experiment", "literature", "model", "verdict", "sources", "why this interval")
    rows = [
        (
            f"{e.name}: {e.what}",
            f"{e.low:+.0%} to {e.high:+.0%}",
            f"{e.mean:+.0%} [{e.ends[0]:+.0%}, {e.ends[1]:+.0%}]",
            e.verdict,
            e.sources,
            e.reason,
        )
        for e in found
    ]
    text = (
        "The literature has estimated what film incentives do in the United States, and what concentrates "
        f"industries. Here the model repeats these experiments ({count} members, scale {scale:g}; the policy named is "
        "the only film policy, and it is paid in full). Numbers in brackets are 95 % intervals of the mean. The "
        "intervals of the literature were written down before the experiments were run; nothing is fitted to them. "
        f"{inside} of {len(found)} results are inside. Made by `microdrama validate elasticities --members {count} "
        f"--scale {scale:g}`."
    )
    return "\n".join(["# Policy elasticities", "", text, "", *table(head, rows), ""])
