"""Writes the page of exercises: every answer is computed by the model, in the worlds that its links open.

``python docs/generate/exercises.py docs [--seeds N] [--scale X] [--workers N]``
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

import numpy as np

from microdrama.dashboards.session import query_of
from microdrama.dashboards.story import Story
from microdrama.dashboards.world import World
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.files import new_file
from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.panel import PROMISES

CITY = "zhengzhou"
COLUMNS = ("shoot_days", "released", "rent_yuan_m2_month", "paid_days", "film_spent_yuan", "film_tax_yuan")
COLUMNS += tuple(f"{what}_rebate_yuan" for what in PROMISES)
DAYS_OF_A_JOB = 22 * 12
"""Paid days that make a job-year."""
INTRODUCTION = """# Exercises

Each exercise has a link that opens its worlds on the live page (`make dashboard`; put the address of your page before
it). Cover the answer, predict, then run. Answers are computed by the model in the same worlds: first under seed 1, as
the page shows it, then as the mean over {seeds} seeds with its 95 % interval. Where the two differ, say which of them
you would report, and why. The worlds are small (scale {scale:g}); jobs and yuan are given at the real size of the
industry. Made by `make exercises`.
"""


class Runs(NamedTuple):
    """Columns of the panel of one world: each (seeds, months, cities), counts and yuan at the real size."""

    of: dict[str, Array]
    city: int

    def year(self, name: str, year: int, *, everywhere: bool = False) -> Array:
        """(seeds,) sum over a year, of the city or of all."""
        found = self.of[name][:, 12 * (year - 2021) : 12 * (year - 2020)]
        result: Array = (found if everywhere else found[..., self.city : self.city + 1]).sum(axis=(1, 2))
        return result

    def share(self, year: int) -> Array:
        """(seeds,) the city's share of shooting days, %."""
        result: Array = 100 * self.year("shoot_days", year) / self.year("shoot_days", year, everywhere=True)
        return result

    def jobs(self, year: int, *, everywhere: bool = False) -> Array:
        """(seeds,) job-years."""
        return self.year("paid_days", year, everywhere=everywhere) / DAYS_OF_A_JOB

    def years(self, of: Callable[[int], Array], first: int, last: int) -> Array:
        """(seeds,) mean over years."""
        result: Array = np.mean([of(year) for year in range(first, last + 1)], axis=0)
        return result


class Exercise(NamedTuple):
    """A question, what to do on the page, its worlds (links of one or two, and their month), and the answer."""

    title: str
    question: str
    steps: str
    worlds: tuple[str, ...]
    month: int
    answer: Callable[..., str]


def _both(values: Array, unit: str, digits: int = 1, sign: str = "+") -> str:
    """Seed 1, then the mean of all with its interval; by default with signs, as of differences."""
    found = of_differences(values)
    first, *ends = (f"{v:{sign},.{digits}f}" for v in (values[0], found.mean, found.low, found.high))
    return f"{first} {unit} under seed 1; on average {ends[0]} {unit} [{ends[1]}, {ends[2]}]"


def _growth(base: Runs) -> str:
    first, last = (base.year("released", year, everywhere=True) for year in (2021, 2024))
    return f"Series released in 2024 for each one released in 2021: {_both(last / first, 'series', 0, '')}."


def _luck(base: Runs) -> str:
    share = base.share(2025)
    return (
        f"Under seed 1 it is {share[0]:.1f} %. Over {len(share)} seeds it lies between {share.min():.1f} and "
        f"{share.max():.1f} %, with a mean of {share.mean():.1f} %. The rules are the same, the random draws are not: "
        "one run is an example and no result."
    )


def _rents(without: Runs, base: Runs) -> str:
    rents = 100 * (base.year("rent_yuan_m2_month", 2025) / without.year("rent_yuan_m2_month", 2025) - 1)
    share = base.share(2025) - without.share(2025)
    return (
        f"The crisis changes office rents of 2025 by {_both(rents, '%')}. It changes Zhengzhou's share of shooting "
        f"days by {_both(share, 'points')}. Rents are one of five channels ([the answer](answer.md))."
    )


def _own(own: Runs, base: Runs) -> str:
    share = base.share(2025) - own.share(2025)
    clear = of_differences(share).low > 0 or of_differences(share).high < 0
    end = "" if clear else " That is not distinguishable from zero in worlds this small; see [the answer](answer.md)."
    return f"If others have a crisis, too, Zhengzhou's share of 2025 changes by {_both(share, 'points')}.{end}"


def _rebate(base: Runs, with_it: Runs) -> str:
    def more(of: Callable[[Runs, int], Array]) -> Array:
        return with_it.years(partial(of, with_it), 2023, 2025) - base.years(partial(of, base), 2023, 2025)

    here, in_all = more(Runs.jobs), more(lambda runs, year: runs.jobs(year, everywhere=True))
    net = more(lambda runs, year: runs.year("film_spent_yuan", year) - runs.year("film_tax_yuan", year)) / 1e6
    words = (
        f"Jobs in Zhengzhou, mean of 2023 to 2025, change by {_both(here, 'job-years', 0)}; in all cities together by "
        f"{_both(in_all, 'job-years', 0)}: the rest is lost elsewhere. Film money of Zhengzhou less local taxes "
        f"changes by {_both(net, 'million yuan a year')}"
    )
    if of_differences(here).low > 0:
        words += f", which is {1e3 * net.mean() / here.mean():,.0f} thousand yuan for each of its new jobs a year"
    return f"{words}."


def _promised(with_it: Runs) -> str:
    by = {what: with_it.year(f"{what}_rebate_yuan", 2023) / 1e6 for what in PROMISES}
    said = "; ".join(f"{what} {_both(money, 'million yuan', 1, '')}" for what, money in by.items())
    part = 100 * by["paid"].mean() / by["announced"].mean()
    return (
        f"In 2023: {said}. Paid is {part:.0f} % of what was announced: the effect of a policy is that of what is paid."
    )


def _race(alone: Runs, all_three: Runs) -> str:
    lost = all_three.years(all_three.share, 2023, 2025) - alone.years(alone.share, 2023, 2025)

    def paid(runs: Runs) -> Array:
        return runs.years(lambda year: runs.year("film_spent_yuan", year, everywhere=True), 2023, 2025) / 1e6

    return (
        f"The answer of the others changes Zhengzhou's share (mean of 2023 to 2025) by {_both(lost, 'points')}, and "
        f"film money of all cities by {_both(paid(all_three) - paid(alone), 'million yuan a year')}."
    )


def _structure(without: Runs, base: Runs) -> str:
    share = base.share(2025) - without.share(2025)
    return (
        f"In such a model the crisis changes Zhengzhou's share of 2025 by {_both(share, 'points')}. Compare with "
        "exercise 3: one assumption, which the evidence leaves open, makes the difference."
    )


def _after(base: Runs, with_it: Runs) -> str:
    during, after = (with_it.share(year) - base.share(year) for year in (2024, 2027))
    return (
        f"The rebate changes Zhengzhou's share by {_both(during, 'points')} in 2024, its last year, and by "
        f"{_both(after, 'points')} in 2027. In Louisiana nine tenths of the production left within a year "
        "([elasticities](elasticities.md)): the model keeps too much. What might it leave out?"
    )


OFFERS = {city: f"24~rebate~{city}~0.15" for city in ("zhengzhou", "xian", "hengdian")}
ONLY_OURS = "set=annual_plans=false imitation=false"
NO_PAY = "set=outside_income_elasticity=0"
EXERCISES = (
    Exercise(
        "A boom",
        "By what factor do releases grow from 2021 to 2024?",
        "Run to December 2024. *Data*, *Panel*: add up `released` by year.",
        ("s=baseline",),
        48,
        _growth,
    ),
    Exercise(
        "Is one run an answer?",
        "How far can Zhengzhou's share of shooting days in 2025 differ when only the seed differs?",
        "Run to December 2025, note the share in the sentence above the map, and do the same with seeds 2, 3 and 4.",
        ("s=baseline",),
        60,
        _luck,
    ),
    Exercise(
        "Is a crisis an asset?",
        "What does the fall of house prices do to rents in Zhengzhou, and to its share?",
        "World A is without the crisis, world B with it. Run to December 2025 and read the chart of differences.",
        ("s=no_crisis", "s=baseline"),
        60,
        _rents,
    ),
    Exercise(
        "Whose crisis?",
        "Does it matter for Zhengzhou whether other cities have a crisis, too?",
        "In world A house prices fall in Zhengzhou alone, from July 2021 on; in world B everywhere as observed.",
        ("s=no_crisis&do=6~crisis~zhengzhou~1", "s=baseline"),
        60,
        _own,
    ),
    Exercise(
        "The price of a job",
        "Zhengzhou pays 15 % of what is spent there, from January 2023 on. What does a job cost it, and whom?",
        "World B has the rebate. Compare wages and film money of the city, then of all cities (*Table*).",
        (f"s=baseline&{ONLY_OURS}", f"s=baseline&{ONLY_OURS}&do={OFFERS['zhengzhou']}"),
        60,
        _rebate,
    ),
    Exercise(
        "Announced and paid",
        "Zhengzhou announces a rebate of 40 % of what is spent there. How much of it does it pay?",
        "Run to December 2023 and read the line below the lever *Rebate*.",
        ("s=baseline&do=24~rebate~zhengzhou~0.4",),
        36,
        _promised,
    ),
    Exercise(
        "A race",
        "Xi'an and Hengdian answer with the same rebate. What does Zhengzhou have left, and what do all pay?",
        "In world A Zhengzhou alone offers 15 %, in world B all three do.",
        (f"s=baseline&{ONLY_OURS}&do={OFFERS['zhengzhou']}", f"s=baseline&{ONLY_OURS}&do={','.join(OFFERS.values())}"),
        60,
        _race,
    ),
    Exercise(
        "If the model were built otherwise",
        "Exercise 3 again, in a model in which incomes in other jobs do not follow house prices. What is left?",
        "Open *What if the model were built otherwise?* below the charts, or follow the link.",
        (f"s=no_crisis&{NO_PAY}", f"s=baseline&{NO_PAY}"),
        60,
        _structure,
    ),
    Exercise(
        "After the money",
        "The rebate of exercise 5 ends in January 2025. What is left of its effect two years later?",
        "World B has the rebate in 2023 and 2024. Run to December 2027.",
        (f"s=baseline&{ONLY_OURS}", f"s=baseline&{ONLY_OURS}&do={OFFERS['zhengzhou']},48~rebate~zhengzhou~0"),
        84,
        _after,
    ),
)


def stories(exercise: Exercise, seed: int, scale: float) -> list[Story]:
    """Its worlds under a seed."""
    names = {"s": "scenario", "do": "actions", "set": "values"}
    fields = [{names[name]: value for name, value in parse_qsl(text)} for text in exercise.worlds]
    return [Story.checked(**each, seed=seed, scale=scale) for each in fields]


def run(story: Story, months: int) -> tuple[dict[str, Array], int]:
    """(months, cities) columns of the panel at the real size, and where the city is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        world = World(story)
        while world.month < months:
            world.step()
    panel, sizes = world.economy.panel, {"rent_yuan_m2_month": 1.0}
    found = {name: panel.array(name) / sizes.get(name, story.scale) for name in COLUMNS}
    return found, world.economy.cities.index(CITY)


def answered(exercise: Exercise, seeds: int, scale: float, pool: ProcessPoolExecutor) -> str:
    """Its answer."""
    by_seed = [stories(exercise, seed, scale) for seed in range(1, seeds + 1)]
    jobs = [[pool.submit(run, each[w], exercise.month) for each in by_seed] for w in range(len(exercise.worlds))]
    worlds = []
    for of_world in jobs:
        found = [job.result() for job in of_world]
        worlds.append(Runs({name: np.stack([each[name] for each, _ in found]) for name in COLUMNS}, found[0][1]))
    return exercise.answer(*worlds)


def page(seeds: int, scale: float, workers: int) -> str:
    """The page."""
    lines = [INTRODUCTION.format(seeds=seeds, scale=scale)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, exercise in enumerate(EXERCISES, 1):
            link = query_of(stories(exercise, 1, scale), exercise.month)
            lines += [f"## {number}. {exercise.title}", "", f"**{exercise.question}**", "", exercise.steps, ""]
            lines += [
                f"Link, run to {month_name(exercise.month - 1)}: `/?{link}`",
                "",
                "<details><summary>Answer</summary>",
                "",
            ]
            lines += [answered(exercise, seeds, scale, pool).strip(), "", "</details>", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    text = page(chosen.seeds, chosen.scale, chosen.workers)
    with new_file(chosen.docs / "exercises.md") as path:
        path.write_text(text, encoding="utf-8")
