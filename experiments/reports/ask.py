"""The answer to a question in a line: the same worlds with and without what it says, at full size over the ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError
from microdrama.model.inputs.policies import COSTLY, contradictions
from microdrama.model.inputs.scenario import Scenario, load_scenario
from microdrama.model.inputs.writing import write_scenario
from microdrama.model.inputs.zones import zone_problems
from microdrama.model.panel import PROMISES
from microdrama.model.region import last_observed

from ..analysis import chain
from ..analysis.causal import Additionality, Ratio, additionality, ratio_of_means
from ..analysis.contrast import Contrast, of_differences
from ..design.question import Question, read_question, words_of
from ..design.study_file import load_study
from ..figures import COLOURS, INK, Figure, band, dot, line_at, name_rows, new_figure, tidy
from ..files import new_file, write_csv
from ..outcomes.chain import DAYS, GAINS
from ..outcomes.finished_run import focal_city
from ..outcomes.promises import PAID_IN_FULL, amount
from ..running.sweep import finished

YEARS = 5
"""Looked at from the month in which the two worlds part."""
PATHS = {
    "held": ({}, "stay where they were"),
    "recovery": ({"recovery_half_life_months": 24.0}, "recover, half of the gap in two years"),
    "deeper": ({"later_fall": 0.2}, "fall by a further fifth in two years"),
}
"""House prices after the last observation: values, and in words."""
WORLDS = ("without", "with")
FIRST = 4
"""Seeds of the first answer; it is sharpened by as many again each time."""


class Asked(NamedTuple):
    """A question with what is run for it."""

    line: str
    question: Question
    against: str
    city: str
    scenarios: tuple[Scenario, Scenario]
    """Without and with."""

    @property
    def months(self) -> int:
        return int(self.scenarios[0].parameters.months)

    @property
    def start(self) -> int:
        """Month in which the two worlds part."""
        return self.question.start

    @property
    def paths(self) -> tuple[str, ...]:
        """Which paths of house prices are run: later than observed there are three."""
        extrapolated = self.months - 1 > last_observed(self.scenarios[0].cities)
        return tuple(PATHS) if extrapolated and self.scenarios[0].parameters.property_crisis else ("held",)


def asked(line: str, *, against: str | Scenario = "baseline", city: str = "", years: int = YEARS) -> Asked:
    """Read a question: a line (:func:`.read_question`), or a scenario file that is the world with it. Nothing is run.

    Raises
    ------
    InputError
        That says what was understood, what not, and what is allowed.
    """
    base = load_scenario(against) if isinstance(against, str) else against
    question = _of_file(line, base) if line.lower().endswith(".toml") else read_question(line, base.cities)
    if alike := {"scale", "months"} & question.values.keys():
        raise InputError(f"'{alike.pop()}' is the same in both worlds: give --scale or --years")
    named = [window.city for window in question.windows if window.city != "all"]
    focus = focal_city(base.cities, city or (named[0] if named else ""))
    without = base.with_values({"months": question.start + 12 * years}, where="ask")
    other = without.with_values(question.values, where="ask")
    other.policies = (*without.policies, *question.windows)
    if problems := contradictions(other.policies):
        raise InputError(problems)
    if problems := zone_problems(other.policies, other.zones, other.cities, other.parameters):
        raise InputError(problems)
    if other.fingerprint == without.fingerprint:
        raise InputError(f"'{line}' changes nothing: {base.name} has it already")
    return Asked(line, question, base.name, focus, (without, other))


def _of_file(path: str, base: Scenario) -> Question:
    """What a scenario file has that the other world has not."""
    other = load_scenario(path)
    windows = tuple(window for window in other.policies if window not in base.policies)
    ours, theirs = base.parameters.to_dict(), other.parameters.to_dict()
    values = {name: value for name, value in theirs.items() if value != ours[name] and name not in ("months", "scale")}
    gone = [window for window in base.policies if window not in other.policies]
    if gone or other.cities.slugs != base.cities.slugs or other.zones != base.zones:
        what = words_of(gone[0], base.cities) if gone else "other cities or zones"
        raise InputError(f"{path}: differs from {base.name} in more than what it adds ({what}): name it with --against")
    said = [words_of(window, base.cities) for window in windows] + [
        f"{n} = {v} in all months" for n, v in values.items()
    ]
    return Question(windows, values, tuple(said))


class Money(NamedTuple):
    """Of the instruments asked about, in the focal city or all: yuan of the real industry, means over worlds."""

    announced: float
    claimed: float
    paid: float


class Reply(NamedTuple):
    """What was found under one path of house prices: (seeds, months from the start, cities) arrays by column."""

    asked: Asked
    path: str
    without: dict[str, Array]
    treated: dict[str, Array]

    def change(self, column: str) -> Array:
        """(seeds, cities) what is added over all months, at full size."""
        difference: Array = (self.treated[column] - self.without[column]).sum(axis=1)
        return difference

    @property
    def at(self) -> int:
        """Column of the focal city."""
        return self.asked.scenarios[0].cities.index(self.asked.city)

    def added(self, column: str, factor: float = 1.0) -> Additionality:
        """What is added in the focal city and everywhere, and what of it others lose."""
        treated, control = (world[column].sum(axis=1) * factor for world in (self.treated, self.without))
        return additionality(treated, control, self.at)

    def relative(self, column: str, *, everywhere: bool = False) -> float:
        """Per cent by which a total changes, in the focal city or all."""
        level = self.without[column].sum(axis=1).mean(axis=0)
        change = self.change(column).mean(axis=0)
        pick = slice(None) if everywhere else self.at
        return float(100 * change[pick].sum() / max(level[pick].sum(), 1e-9))

    @property
    def net_cost(self) -> tuple[Array, Array]:
        """(seeds,) yuan that the focal city, and all cities, spend on film more than their taxes rise."""
        net = self.change("film_spent_yuan") - self.change("film_tax_yuan")
        return net[:, self.at], net.sum(axis=1)

    def money(self) -> Money:
        """Of the costly instruments that the question names."""
        names = {window.instrument for window in self.asked.question.windows} & COSTLY.keys()
        return Money(
            *(
                float(sum(self.treated[f"{what}_{name}_yuan"].sum(axis=1).mean(axis=0)[self.at] for name in names))
                for what in PROMISES
            )
        )


def ask(
    question: Asked,
    out: str | Path,
    *,
    seeds: int = 16,
    members: str = "calibrated",
    tell: Callable[[list[str]], None] = lambda lines: None,
    progress: Callable[[], Callable[[int, int, int], None] | None] = lambda: None,
    **how: Any,
) -> dict[str, Reply]:
    """Run the question's worlds until there are so many seeds, and ``tell`` the answer each time it is sharper.

    Every seed has its own draws and its own parameters of the ensemble, the same in all worlds. Runs are kept in
    the folder ``out``; the same call resumes, and more seeds only add to them. Beside them are ``answer.md``,
    ``answer.csv`` (every link from money to jobs, by year and city), ``who_gains.csv`` (by role and city),
    ``answer.png`` and ``why.png``. ``how`` is for :func:`.sweep`.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted; the last answer stands.
    RunFailedError
        If a run fails.
    """
    folder, found = Path(out), dict[str, Reply]()
    folder.mkdir(parents=True, exist_ok=True)
    for scenario, name in zip(question.scenarios, WORLDS, strict=True):
        write_scenario(scenario, folder, name)
    rounds = [min(FIRST * 2**n, seeds) for n in range(20) if n == 0 or FIRST * 2 ** (n - 1) < seeds]
    steps = [(n, question.paths[:1] if n == rounds[0] != seeds else question.paths) for n in rounds]
    for count, paths in steps:
        study = load_study(_study(question, folder, paths, count, members), folder=folder)
        with finished(study, folder / "runs", progress=progress(), mix_code=True, **how) as runs:
            found = _replies(question, paths, runs)
        _write(found, folder)
        tell(sentences(found))
    return found


def _study(question: Asked, folder: Path, paths: tuple[str, ...], seeds: int, members: str) -> dict[str, Any]:
    names = sorted({name for path in paths for name in PATHS[path][0]})
    usual = {name: question.scenarios[0].parameters[name] for name in names}
    points = [{"scenario": f"{world}.toml"} | usual | PATHS[path][0] for path in paths for world in WORLDS]
    return {
        "title": question.line,
        "seeds": seeds,
        "city": question.city,
        "panel": True,
        "share_past": not question.question.values,
        "outputs": ["city_share_shoot_days"],
        "ensemble": {"source": members},
        "design": {"sampler": "points", "points": points},
    }


def _replies(question: Asked, paths: tuple[str, ...], runs: Path) -> dict[str, Reply]:
    scale = question.scenarios[0].parameters.scale
    found = chain.read_worlds(runs, months=question.months, scale=scale, start=question.start)
    return {path: Reply(question, path, *found[2 * n : 2 * n + 2]) for n, path in enumerate(paths)}


# ---------------------------------------------------------------------- in words


def sentences(found: dict[str, Reply]) -> list[str]:
    """The answer, from what was found under each path of house prices."""
    reply = next(iter(found.values()))
    question, seeds = reply.asked, len(reply.without["paid_days"])
    names = question.scenarios[0].cities.names
    city, months = names[reply.at], question.months
    end, years = month_name(months - 1), (months - question.start) / 12
    scale = question.scenarios[0].parameters.scale
    jobs = reply.added("paid_days", 1 / DAYS)
    why = chain.sentence(reply.without, reply.treated, reply.at, city)
    said = [f"Asked: {'; '.join(question.question.understood)}; against {question.against}."]
    horizon = f"From {month_name(question.start)} to {end}"
    if len(found) > 1 or months - 1 > last_observed(question.scenarios[0].cities):
        last = month_name(last_observed(question.scenarios[0].cities))
        horizon += f" (house prices are observed to {last}; later they {PATHS[reply.path][1]}: an extrapolation)"
    said.append(
        f"{horizon}: {_shown(jobs.own)} job-years in {city} ({reply.relative('paid_days'):+.1f} %), "
        f"{_shown(jobs.everywhere)} in all cities; {_displaced(jobs.displaced, city)}."
    )
    others = [k for k in range(len(names)) if k != reply.at]
    moved = reply.change("paid_days") / DAYS
    changes = sorted(((of_differences(moved[:, k]), names[k]) for k in others), key=lambda pair: pair[0].mean)
    if clear := [f"{name} {change.mean:+,.0f}" for change, name in changes if change.clear]:
        said.append(
            f"Of the other cities: {', '.join(clear)} job-years; in the others no change is distinguishable from zero."
        )
    made = reply.added("series_shot")
    said.append(f"Output: {_shown(made.own)} series shot in {city}, {_shown(made.everywhere)} in all cities.")
    own, everywhere = reply.net_cost
    got = [f"{who} {_shown(reply.added(column, 1e-6).own)}" for column, who in GAINS.items()]
    said.append(f"Who gains in {city}, million yuan: {', '.join(got)}; in other cities: who_gains.csv.")
    money, paid = reply.money(), reply.change("film_spent_yuan")[:, reply.at]
    if money.announced > 0:
        short = money.paid < PAID_IN_FULL * money.claimed
        said.append(
            f"Money for these instruments in {city}, with what was announced before: {amount(money.announced)} yuan "
            f"announced, {amount(money.claimed)} claimed, {amount(money.paid)} paid "
            f"({money.paid / money.announced:.0%}{'; budgets were too small for the rest' if short else ''})."
        )
    parameters = question.scenarios[1].parameters
    if parameters.annual_plans and any(window.instrument == "rebate" for window in question.question.windows):
        said.append(
            "Cities that have the industry in their plans revise the rate every January, within the budget and by what "
            "they believe that it brings: less than the budget may be paid (--set annual_plans=false holds the rate)."
        )
    if not paid.any():
        said.append(f"Nothing more was paid by {city}, so a job has no price.")
        return [*said, why, *_paths(found, city), _sure(seeds, years, scale)]
    taxes = reply.change("film_tax_yuan")[:, reply.at]
    back = ratio_of_means(taxes, paid)
    said.append(
        f"{city} spends {_shown(of_differences(paid * 1e-6))} million yuan more on film and gets "
        f"{_shown(of_differences(taxes * 1e-6))} million more in local taxes"
        + (f": of each yuan {back.value:.2f} [{back.low:.2f}, {back.high:.2f}] come back" if back.bounded else "")
        + f". {_break_even(back)}"
    )
    prices = (
        (city, own, reply.change("paid_days")[:, reply.at]),
        ("all", everywhere, reply.change("paid_days").sum(1)),
    )
    said += [_price(who, city, cost * 1e-3, gain / DAYS) for who, cost, gain in prices]
    return [*said, why, *_paths(found, city), _sure(seeds, years, scale)]


def _shown(found: Contrast) -> str:
    mean, low, high = (round(value) + 0 if np.isfinite(value) else value for value in found[:3])
    return f"{mean:+,} [{low:,}, {high:,}]"


def _displaced(ratio: Ratio, city: str) -> str:
    if not ratio.bounded:
        return f"{city}'s gain is not distinguishable from zero, so it is not known what others lose"
    return f"others lose {100 * ratio.value:.0f} % [{100 * ratio.low:.0f}, {100 * ratio.high:.0f}] of {city}'s gain"


def _break_even(back: Ratio) -> str:
    if back.bounded and back.low > 1:
        return "It pays for itself."
    if back.bounded and back.low > 0:
        times = " to ".join(f"{1 / bound:.1f}" for bound in (back.high, back.low))
        return f"To break even a job would have to bring {1 / back.value:.1f} times the taxes ({times})."
    if back.bounded and back.high < 1:
        return "It does not pay for itself, and whether taxes rise at all is not distinguishable."
    return "Whether it pays for itself is not known."


def _price(who: str, city: str, cost: Array, gain: Array) -> str:
    payer = f"A job-year costs {city}" if who == city else "A job-year more in all cities together costs all of them"
    if cost.mean() <= 0:
        return f"{payer} nothing: no more is paid than taxes bring back."
    ratio = ratio_of_means(cost, gain)
    if gain.mean() > 0 and ratio.bounded:
        return f"{payer} {ratio.value:,.0f} [{ratio.low:,.0f}, {ratio.high:,.0f}] thousand yuan, net of taxes."
    return f"{payer} an unknown amount: the gain in jobs is not distinguishable from zero."


def _paths(found: dict[str, Reply], city: str) -> Iterator[str]:
    if len(found) > 1:
        jobs = [(PATHS[path][1], reply.added("paid_days", 1 / DAYS).own) for path, reply in found.items()]
        said = "; ".join(f"{_shown(effect)} if they {words}" for words, effect in jobs)
        yield f"By what house prices do later, job-years in {city}: {said}."


def _sure(seeds: int, years: float, scale: float) -> str:
    length = f"{years:g} year{'s' * (years > 1)}"
    size = "" if scale == 1 else f"; they were run at scale {scale:g}, and all numbers are those of the real industry"
    worlds = f"{seeds} pairs of worlds, {length}, each with draws and parameters of its own"
    return f"{worlds}; in brackets 95 % intervals{size}."


# ---------------------------------------------------------------------- on disk


def _gains(found: dict[str, Reply]) -> Iterator[dict[str, Any]]:
    """Who gains how much in all months, million yuan with a 95 % interval, by city."""
    for path, reply in found.items():
        for column, who in GAINS.items():
            change = reply.change(column) * 1e-6
            for k, slug in enumerate(reply.asked.scenarios[0].cities.slugs):
                effect = of_differences(change[:, k])
                yield {
                    "house_prices": path,
                    "who": who,
                    "city": slug,
                    "added_million_yuan": effect.mean,
                    "low": effect.low,
                    "high": effect.high,
                }


def _write(found: dict[str, Reply], folder: Path) -> None:
    """``answer.md``, ``answer.csv`` and ``answer.png``."""
    rows = [
        {"house_prices": path} | row
        for path, reply in found.items()
        for row in chain.rows(reply.without, reply.treated, reply.asked.start, reply.asked.scenarios[0].cities.slugs)
    ]
    reply = next(iter(found.values()))
    for name, table in (("answer", rows), ("who_gains", _gains(found))):
        with new_file(folder / f"{name}.csv") as path:
            write_csv(path, list(table))
    name = reply.asked.scenarios[0].cities.names[reply.at]
    for stem, figure in (("answer", _draw(found)), ("why", chain.draw(reply.without, reply.treated, reply.at, name))):
        with new_file(folder / f"{stem}.png") as path:
            figure.savefig(path, format="png", dpi=150)
    first, *rest = sentences(found)
    text = "\n\n".join([f"# {reply.asked.line}", first, "![](answer.png)", *rest, "![](why.png)"])
    with new_file(folder / "answer.md") as path:
        path.write_text(f"{text}\n", encoding="utf-8")


def _draw(found: dict[str, Reply]) -> Figure:
    reply = next(iter(found.values()))
    question, names = reply.asked, reply.asked.scenarios[0].cities.names
    figure = new_figure(12, 4.6)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.3, 1, 1])
    year = 2021 + (question.start + np.arange(question.months - question.start) + 0.5) / 12
    own = _smooth((reply.treated["paid_days"] - reply.without["paid_days"]) / DAYS * 12)
    rest = np.delete(own, reply.at, axis=2).sum(axis=2)
    for values, colour, label in (
        (own[..., reply.at], COLOURS[0], names[reply.at]),
        (rest, COLOURS[6], "other cities"),
    ):
        effects = [of_differences(values[:, t]) for t in range(values.shape[1])]
        mean, low, high = (np.array([getattr(e, what) for e in effects]) for what in ("mean", "low", "high"))
        band(left, year, mean, low, high, colour=colour, alpha=0.2, label=label)
    line_at(left, y=0)
    tidy(left, title="Jobs added (of a year, mean of 12 months)", y="job-years a year", legend=9)
    change = reply.change("paid_days") / DAYS
    order = sorted(range(len(names)), key=lambda k: -change[:, k].mean())
    for row, k in enumerate(order[::-1]):
        e = of_differences(change[:, k])
        dot(middle, row, e.mean, e.low, e.high, colour=COLOURS[0 if k == reply.at else 6], full=e.clear)
    name_rows(middle, [names[k] for k in order], fontsize=8)
    line_at(middle, x=0)
    tidy(middle, title="Job-years by city", lines="x")
    money, taxes = reply.money(), reply.change("film_tax_yuan")[:, reply.at].mean()
    bars = {"announced": money.announced, "claimed": money.claimed, "paid": money.paid, "back in taxes": taxes}
    right.bar(range(len(bars)), [value * 1e-6 for value in bars.values()], color=COLOURS[4], edgecolor=INK, width=0.6)
    right.set_xticks(range(len(bars)), list(bars), fontsize=8)
    line_at(right, y=0)
    tidy(right, title=f"Money of {names[reply.at]}, million yuan")
    return figure


def _smooth(values: Array) -> Array:
    """(seeds, months, cities) means over the last 12 months, fewer at the start."""
    total = np.cumsum(values, axis=1)
    total[:, 12:] = total[:, 12:] - np.cumsum(values, axis=1)[:, :-12]
    count = np.minimum(np.arange(1, values.shape[1] + 1), 12)
    result: Array = total / count[:, None]
    return result
