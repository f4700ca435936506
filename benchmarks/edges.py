"""What the model does at the edges: every number at both ends of what is allowed, and thirty years at the defaults.

``python -m benchmarks.edges --page docs/edges.md [--workers 2]``: 60 months of the deep crisis at scale 0.02 for each
end of each numeric parameter, and 360 months of the baseline at scale 0.1. Reports what fails, and what leaves the
range of ordinary numbers: it judges no economics, a parameter at its end may well bring an industry to nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from microdrama.experiments.markdown import table
from microdrama.experiments.outcomes.quantities import Observations, Observer, quantities
from microdrama.model import MicroDramaEconomy
from microdrama.model.inputs.parameters import PARAMETERS

SCENARIO, MONTHS, SCALE = "deep_crisis", 60, 0.02
LONG_MONTHS, LONG_SCALE = 360, 0.1
LONG = (
    *("firms", "exit_rate", "series_started", "workers", "employment_rate", "worker_income_yuan_month"),
    *(
        "actor_yuan_day",
        "set_day_yuan",
        "set_use",
        "rent_yuan_m2_month",
        "mall_vacancy",
        "base_crews",
        "city_debt_yuan",
    ),
    *("film_grant_yuan", "announced_paid_share", "own_margin", "private_fund_multiple", "budget_yuan"),
)
"""What is followed over thirty years."""
WATCHED = ("firms", "workers", "series_shot", "employment_rate", "set_day_yuan", "actor_yuan_day")
PRICES = ("set_day_yuan", "actor_yuan_day", "rent_yuan_m2_month")
FAR = 10.0
"""A price so many times that of the defaults, or a part of it, is far."""
SETTLED = 0.1
"""A path whose last three values lie within so much of the last has settled."""
NOTHING = "nothing is shot"
ALLOWED = {
    "market_multiple": "meant as a lever on the size of the market: a hundredth of the money feeds a trade too small "
    "for a small world, twenty times the money feeds more people"
}
"""Why an end stays allowed at which something odd happens."""
HALF_OF_MONEY = 2.0**62
"""Half of what a count of fen can hold."""


class Seen(NamedTuple):
    """What is seen of a run."""

    failed: str
    last: dict[str, float]
    """Quantities of the last year."""
    before: dict[str, float]
    """Those of the year before."""
    fen: float
    """Largest sum of money that anybody holds or owes."""
    infinite: tuple[str, ...]
    """Columns of the panel with numbers that are none."""
    debt: float = 0.0
    """Largest debt of a city, of its limit."""


def ends() -> Iterator[tuple[str, float]]:
    """Numeric parameters at both ends of their range, where these are not the default."""
    for name, parameter in PARAMETERS.items():
        if parameter.kind in (int, float) and not parameter.choices and parameter.layer != "run":
            for value in (parameter.low, parameter.high):
                if value != parameter.default:
                    yield name, parameter.kind(value)


def look(values: dict[str, float], *, scenario: str = SCENARIO, months: int = MONTHS, scale: float = SCALE) -> Seen:
    """Run, and say what is there at the end."""
    try:
        economy = MicroDramaEconomy(scenario, rng=1, scale=scale, months=months, keep_series=True, **values)
        observer = Observer(economy)
        economy.run_for(months)
    except Exception as error:
        return Seen(f"{type(error).__name__}: {error}".splitlines()[0], {}, {}, 0.0, ())
    seen = Observations.of(observer.table(), scale)
    last, before = (
        {name: seen.measure(name, seen.rows("all"), end - 11, end) for name in {*WATCHED, *PRICES}}
        for end in (months - 1, months - 13)
    )
    panel = economy.panel
    holes = (name for name in panel.now if name != "honoured_share" and not np.isfinite(panel.array(name)).all())
    owed = economy.officials.debt_fen / np.maximum(economy.usual_budget.debt_limit_fen, 1)
    return Seen("", last, before, float(np.abs(panel._balance[-1].astype(float)).max()), tuple(holes), owed.max())


def judge(seen: Seen, usual: Seen) -> list[str]:
    """What is odd about a run, beside that at the defaults."""
    if seen.failed:
        refused = seen.failed.removeprefix("InputError: ")
        return [f"fails: {seen.failed}" if refused == seen.failed else f"refused: {refused}"]
    said = [f"no numbers: {name}" for name in seen.infinite]
    if seen.fen > HALF_OF_MONEY:
        said.append(f"money near the largest number: {seen.fen:.2g} fen")
    last, before = seen.last, seen.before
    if last["firms"] == 0:
        said.append("no studios")
    if last["series_shot"] == 0:
        said.append(NOTHING)
    elif last["employment_rate"] < 0.1 and last["workers"] > before["workers"]:
        said.append(f"{last['employment_rate']:.0%} of workers work, and their number grows")
    if last["workers"] > FAR * usual.last["workers"]:
        said.append(f"{last['workers'] / usual.last['workers']:.0f} times the workers")
    for name in PRICES:
        times = last[name] / usual.last[name]
        if not 1 / FAR < times < FAR:
            moves = " and still moving" if not 1 / 1.5 < last[name] / max(before[name], 1e-9) < 1.5 else ""
            said.append(f"{quantities()[name].meaning}: {times:.2g} times that of the defaults{moves}")
    if seen.debt > 1:
        said.append(f"a city owes {seen.debt:.3g} times its limit")
    return said


def _at(entry: tuple[str, float]) -> Seen:
    return look(dict([entry]))


def in_larger_worlds(entry: tuple[str, float], said: list[str]) -> list[str]:
    """What is said of an end where nothing is shot, and whether that is so in a larger world too."""
    if NOTHING in said and look(dict([entry]), scale=LONG_SCALE).last["series_shot"] > 0:
        return [f"dies out at this size; not at scale {LONG_SCALE:g}"]
    return said


def long_run() -> list[tuple[str, ...]]:
    """Quantities of every fifth year at the defaults."""
    economy = MicroDramaEconomy("baseline", rng=1, scale=LONG_SCALE, months=LONG_MONTHS, keep_series=True)
    observer = Observer(economy)
    economy.run_for(LONG_MONTHS)
    seen = Observations.of(observer.table(), LONG_SCALE)
    rows = []
    for name in LONG:
        years = [seen.measure(name, seen.rows("all"), end - 12, end - 1) for end in range(60, LONG_MONTHS + 1, 60)]
        known = quantities()[name]
        rows.append((f"{known.meaning} (`{name}`)", known.unit, *(f"{value:.3g}" for value in years), course(years)))
    days = economy.panel.array("shoot_days")
    shares = (days[end - 12 : end].sum(axis=0) for end in range(60, LONG_MONTHS + 1, 60))
    most = [(economy.cities.names[int(s.argmax())], float(s.max() / s.sum())) for s in shares]
    leaders = (f"{name} {share:.0%}" for name, share in most)
    return [*rows, ("city with most shooting days, its share", "", *leaders, course([share for _, share in most]))]


def course(values: list[float]) -> str:
    """Where a path goes in its last ten years."""
    *_, before, middle, last = values
    if max(abs(middle - last), abs(before - last)) <= SETTLED * abs(last):
        return "settles"
    return "rises" if before < middle < last else "falls" if before > middle > last else "swings"


def page(found: list[tuple[str, float, list[str]]], runs: int, long: list[tuple[str, ...]]) -> str:
    """The page of the documentation."""
    years = [str(2020 + end // 12) for end in range(60, LONG_MONTHS + 1, 60)]
    lines = [
        "# At the edges",
        "",
        "Two tests of the program; neither is a forecast. Made by `python -m benchmarks.edges --page docs/edges.md`.",
        "",
        f"1. **Thirty years**: {LONG_MONTHS} months at the defaults (scale {LONG_SCALE:g}, one seed). House prices "
        "stay constant after 2025, and the market after the last year of its table. The table shows what the long run "
        "converges to.",
        f"2. **Ends of ranges**: every numeric parameter at both ends of its range, {MONTHS} months of the scenario "
        f"`{SCENARIO}` at scale {SCALE:g}, one seed. Listed is every run that fails, or ends {FAR:g} times above or "
        "below the run at the defaults. The end of a range may reduce the industry to nothing; the last column says "
        "why that end is allowed. A very small world can die out by chance, because it has few studios and crews "
        "cannot be divided; then a larger world is run as well. Cities whose debt exceeds its limit are listed: where "
        "spending does not follow revenue, debt grows up to the limit, and then all spending is cut (G2b). Pairs of "
        "values that contradict each other are refused before the run (*refused*).",
        "",
        "## Thirty years",
        "",
        *table(("what", "unit", *years, "in the last ten years"), long),
        "",
        "## Ends of ranges",
        "",
        f"{runs} runs; {runs - len(found)} of them show nothing odd.",
        "",
        *table(
            ("parameter", "at", "default", "what happens", "why the end is allowed"),
            (
                (f"`{n}`", f"{v:g}", f"{PARAMETERS[n].default:g}", "; ".join(said), ALLOWED.get(n, ""))
                for n, v, said in found
            ),
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", default="")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    every = list(ends())
    usual = look({})
    with ProcessPoolExecutor(chosen.workers) as pool:
        seen = list(pool.map(_at, every, chunksize=8))
    judged = [(*entry, in_larger_worlds(entry, judge(mine, usual))) for entry, mine in zip(every, seen, strict=True)]
    text = page([row for row in judged if row[2]], len(every), long_run())
    if chosen.page:
        Path(chosen.page).write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
