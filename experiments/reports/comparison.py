"""The paired effect of one world against another: the same seeds in both."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import Cities, read_cities
from microdrama.model.inputs.scenario import load_scenario

from ..analysis import chain
from ..analysis.contrast import Contrast, paired
from ..analysis.crisis_and_policy import OUTCOMES, SHOOTING
from ..design.study_file import load_study
from ..files import new_file, write_csv
from ..outcomes import focal_city, outcomes, promises
from ..running.sweep import finished, load

MORE = ("studios", "film_spent_yuan", "film_tax_yuan")
"""Outcomes compared beside those of the main experiment."""


class Row(NamedTuple):
    """One outcome in both worlds, as displayed."""

    outcome: str
    words: str
    unit: str
    first: float
    second: float
    effect: Contrast


class Comparison(NamedTuple):
    """What changes from one world to the other."""

    rows: list[Row]
    seeds: int
    months: int
    scale: float
    unpaid: tuple[str, str]
    """What was announced and not paid in each world, a sentence."""
    why: str
    """The chain from money to jobs in the focal city, a sentence."""


def compare(
    first: str,
    second: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
    seeds: int = 16,
    workers: int = 2,
    executor: Callable[[], Executor] | None = None,
    out: str | Path | None = None,
    city: str = "",
    cities: str = "",
    progress: Callable[[int, int, int], None] | None = None,
    **parameters: Any,
) -> Comparison:
    """Run two worlds under the same seeds and compare them.

    Parameters
    ----------
    first, second : str
        Scenarios, by name or file; the second is the first if left out.
    changes : mapping, optional
        Parameters that the second world sets besides.
    seeds : int
    out : path, optional
        Keep the runs there, ``effects.csv``, and ``why.csv`` with every link from money to jobs by year and city; more
        seeds only add to them. Without it they are not kept.
    city : str
        Focal city, Zhengzhou if left out.
    cities : str
        Another city table for both.
    **parameters
        Set in both.

    Raises
    ------
    InputError
        If nothing differs, or scenarios and parameters cannot be used.
    RunFailedError
        If a run fails.
    """
    changes, second = dict(changes or {}), second or first
    if not changes and second == first:
        raise InputError("compare: both worlds are the same; name a second scenario, or --change NAME=VALUE")
    usual = load_scenario(first).with_values(parameters, where="compare")
    usual = usual.with_cities(read_cities(cities)) if cities else usual
    usual.with_values(changes, where="compare")  # names and values are checked before anything is looked up
    points = [{"scenario": first} | {name: usual.parameters[name] for name in changes}, {"scenario": second} | changes]
    study = {
        "title": f"{first} against {second}",
        "seeds": seeds,
        "city": city,
        "panel": True,
        "parameters": parameters,
        "design": {"sampler": "points", "points": points},
    }
    with finished(
        load_study(study, cities=cities), out, workers=workers, executor=executor, progress=progress
    ) as folder:
        runs = load(folder, frame="pandas")
        worlds = [runs[runs["point"] == point].set_index("seed") for point in (0, 1)]
        rows = list(_rows(worlds, usual.cities))
        unpaid = promises.in_runs(worlds[0]), promises.in_runs(worlds[1])
        p, slugs = usual.parameters, usual.cities.slugs
        one, other = chain.read_worlds(folder, months=p.months, scale=p.scale)
        focus = focal_city(usual.cities, city)
        why = chain.sentence(one, other, slugs.index(focus), usual.cities.names[slugs.index(focus)])
        if out is not None:
            with new_file(folder / "why.csv") as path:
                write_csv(path, list(chain.rows(one, other, 0, slugs)))
            with new_file(folder / "why.png") as path:
                chain.draw(one, other, slugs.index(focus), usual.cities.names[slugs.index(focus)]).savefig(
                    path, format="png", dpi=150
                )
            with new_file(folder / "effects.csv") as path:
                write_csv(path, [dict(zip(Row._fields[:-1], row)) | row.effect._asdict() for row in rows])
    return Comparison(rows, seeds, p.months, p.scale, unpaid, why)


def _rows(worlds: list[Any], cities: Cities) -> Iterator[Row]:
    city = worlds[0]["city"].iloc[0]
    names, known = dict(zip(cities.slugs, cities.names)), outcomes(cities.slugs)
    at_end = [name.removesuffix("_observed") for name in OUTCOMES]
    places = {SHOOTING.format(slug).removesuffix("_observed"): slug for slug in cities.slugs if slug != city}
    for outcome, place in (dict.fromkeys((*at_end, *MORE), city) | places).items():
        words, factor, unit = known[outcome].display
        first, second = (world[outcome].to_numpy(float) for world in worlds)
        if known[outcome].unit == "0 or 1":
            effect = paired(second, first, yes_no=True).times(factor)
        else:
            effect = paired(second * factor, first * factor)
        label = words.format(city=names[place])
        yield Row(outcome, label, unit, np.nanmean(first * factor), np.nanmean(second * factor), effect)


def text(found: Comparison) -> str:
    """The comparison as the command prints it."""
    width = max(len(f"{row.words} [{row.unit}]") for row in found.rows)
    lines = [
        f"{found.seeds} seeds, {found.months} months, scale {found.scale:g}; "
        "* where the 95 % interval of the paired difference leaves out zero",
        "",
        f"  {'':{width}}{'first':>11}{'second':>11}{'difference':>12}{'95 % interval':>24}{'no change in':>14}",
    ]
    for row in found.rows:
        e = row.effect
        lines.append(
            f"{'*' if e.clear else ' '} {f'{row.words} [{row.unit}]':{width}}{row.first:11.2f}{row.second:11.2f}"
            f"{e.mean:+12.2f}{f'[{e.low:+.2f}, {e.high:+.2f}]':>24}{f'{e.unchanged:.0%}':>14}"
        )
    worlds = zip(("first", "second"), found.unpaid, strict=True)
    return "\n".join([*lines, "", *(f"  {world}: {sentence}" for world, sentence in worlds), f"  {found.why}"])
