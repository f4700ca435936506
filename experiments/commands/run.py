"""``microdrama run``: one run of a scenario."""

from __future__ import annotations

import sys
import time
from argparse import SUPPRESS
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from microdrama.model.errors import InputError

from .common import Chosen, Parser, compile_first, print_notes, progress, scenario_of, values_of

if TYPE_CHECKING:
    from microdrama.model.economy import MicroDramaEconomy
    from microdrama.model.inputs.scenario import Scenario


def add(parser: Parser) -> None:
    parser.takes("scenario SCENARIO", "a shipped scenario, or a file: .toml, .csv, .xlsx", "baseline")
    parser.takes_changes()
    parser.takes("--seed N", "seed of all random draws", 1)
    parser.takes("--out DIR", "write tables there; the folder must not exist")
    parser.takes(
        "--record TABLES",
        "with --out: record these month by month too: studios, bases, funds, platforms, actors, jobs (of one in 20 "
        "actors, or a share: actors=0.2), cells",
        "",
    )
    parser.add_argument("--keep", default="", help=SUPPRESS)
    parser.takes("--audit", "check the books of every agent every month (slower)")
    parser.takes("--ensemble", "run the members of the calibrated ensemble instead")
    parser.takes("--members N", "of the ensemble, so many (default: all)", type=int, low=2)
    parser.takes_workers("processes for an ensemble")


def act(chosen: Chosen) -> int:
    if chosen.ensemble:
        return _ensemble(chosen)
    if chosen.members is not None:
        raise InputError("--members: only with --ensemble")
    scenario = scenario_of(chosen)
    if chosen.out is not None:
        from ..files import check_new_folder

        check_new_folder(chosen.out)
    if chosen.keep:
        print("microdrama: --keep is now called --record", file=sys.stderr)
        chosen.record = chosen.record or chosen.keep
    if chosen.record and chosen.out is None:
        raise InputError("--record: name a folder for the tables with --out")
    from ..outcomes.recorder import Recorder, read_tables
    from ..outcomes.run_tables import write_run
    from ..run import run

    print_notes(scenario)
    recorder = Recorder(*read_tables(chosen.record)) if chosen.record else None
    compile_first()

    started = time.monotonic()
    watch, begin = (recorder.record, recorder.begin) if recorder else (None, None)
    economy = run(scenario, chosen.seed, audit=chosen.audit, progress=progress("month"), watch=watch, begin=begin)
    seconds = time.monotonic() - started
    if chosen.out:
        write_run(economy, chosen.out, wall_seconds=seconds, recorder=recorder)
    print(_run_summary(economy, seconds))
    if chosen.out:
        print(f"tables in {chosen.out}/")
    return 0


def _ensemble(chosen: Chosen) -> int:
    """Every member of the ensemble with draws of its own, and the spread of what comes out."""
    import tempfile

    from ..design.ensembles import members
    from ..design.study_file import load_study
    from ..running.sweep import load, sweep

    problems = [
        f"{name}: not with --ensemble"
        for name, given in (("--audit", chosen.audit), ("--cities (name it in a scenario)", chosen.cities))
        if given
    ]
    if problems:
        raise InputError(problems)
    count = chosen.members or len(members("calibrated"))
    study = load_study(
        {
            "title": "ensemble",
            "scenario": chosen.scenario,
            "parameters": values_of(chosen),
            "ensemble": {"source": "calibrated", "size": count},
            "seeds": list(range(chosen.seed, chosen.seed + count)),
        }
    )
    compile_first()
    with tempfile.TemporaryDirectory() as folder:
        out = chosen.out or folder
        tally = sweep(study, out, workers=chosen.workers, progress=progress("member"))
        if tally.failed or tally.open:
            print(tally, file=sys.stderr)
            return 3 if tally.failed else 130
        print(_spread(study.at(study.points[0]), load(out)))
    if chosen.out:
        print(f"\na row for each member: {chosen.out}/runs.parquet; the same command resumes there")
    return 0


WORDS = "studios", "shooting days", "value"
MEASURES = {"hhi": "HHI", "ellison_glaeser": "Ellison-Glaeser", "theil": "Theil", "locational_gini": "locational Gini"}


def _line(label: str, cells: Iterable[object], width: int) -> str:
    return f"{label:30}" + "".join(f"{cell:>{width}}" for cell in cells)


def _spread(scenario: Scenario, runs: Any) -> str:
    """Median and 90 % interval of each city's shares over the runs of an ensemble."""
    import numpy as np

    from microdrama.model.calendar import month_name

    from ..outcomes import WEIGHTS

    p = scenario.parameters

    def quantiles(column: str) -> Any:
        values = 100 * runs[column].to_numpy()
        return np.quantile(values[np.isfinite(values)], [0.05, 0.5, 0.95])

    def cells(name: str) -> list[str]:
        return ["{1:.1f} ({0:.1f} to {2:.1f})".format(*quantiles(name.format(weight))) for weight in WEIGHTS]

    names = dict(zip(scenario.cities.slugs, scenario.cities.names, strict=True))
    order = sorted(names, key=lambda slug: -quantiles(f"share_shoot_days_{slug}")[1])
    lines = [
        f"{scenario.title}: {runs.num_rows} members of the calibrated ensemble, {p.months} months to "
        f"{month_name(p.months - 1)}, scale {p.scale:g}\n",
        _line("shares of the last year, %", WORDS, 24),
        *(_line(names[slug], cells(f"share_{{}}_{slug}"), 24) for slug in order),
        "\n" + _line("HHI, %", cells("hhi_{}"), 24),
    ]
    return "\n".join([*lines, "\nmedian and 90 % interval over members and draws"])


def _run_summary(economy: MicroDramaEconomy, seconds: float) -> str:
    from microdrama.model.agglomeration import net_agglomeration
    from microdrama.model.calendar import month_name

    from ..outcomes import WEIGHTS, summarise
    from ..outcomes.promises import unpaid_promises

    found, p, months = dict[str, Any](summarise(economy)), economy.p, len(economy.panel)
    released = f"{found['series_released']:.0f} series released in the last year"
    if p.scale != 1:
        released += f" (full size: {found['series_released'] / p.scale:.0f})"
    lines = [
        f"{economy.scenario.title}: {months} months to {month_name(months - 1)}, scale {p.scale:g}, "
        f"seed {economy.seed}, {seconds:.1f} s",
        f"{found['studios']:.0f} studios, {released}",
        "",
        f"{_line('shares of the last year, %', WORDS, 14)}{'rent yuan/m2':>14}{'base crews':>12}",
    ]
    rents, crews = economy.panel.last("rent_yuan_m2_month"), economy.panel.last("base_crews")
    cities = zip(economy.cities.slugs, economy.cities.names, rents, crews, strict=True)
    for slug, name, rent, room in sorted(cities, key=lambda city: -found[f"share_shoot_days_{city[0]}"]):
        shares = (f"{100 * found[f'share_{weight}_{slug}']:.1f}" for weight in WEIGHTS)
        lines.append(f"{_line(name, shares, 14)}{rent:14.1f}{room:12.0f}")
    lines += ["", _line("concentration", WORDS, 14)]
    for measure, label in MEASURES.items():
        values = (found.get(f"{measure}_{weight}") for weight in WEIGHTS)
        lines.append(_line(label, ("" if value is None else f"{value:.3f}" for value in values), 14))
    index = net_agglomeration(economy)
    parts = ", ".join(f"{name} {value:+.2f}" for name, value in index.parts.items())
    audited = ", those of every agent too" if economy.audit else "; --audit checks every agent's"
    lines += ["", f"net-agglomeration index {index.a_net:.2f} ({parts})", f"    {index.verdict}", ""]
    if unpaid := unpaid_promises(economy):
        lines += [*unpaid, ""]
    return "\n".join([*lines, f"the books of all sectors balanced in all {months} months{audited}"])
