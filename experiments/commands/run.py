"""``microdrama run``: one run of a scenario."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from microdrama.model.errors import InputError

from .common import Parser, about_the_scenario, print_notes, progress, scenario_of, values_of, warn_of_compiling

if TYPE_CHECKING:
    from microdrama.model.economy import MicroDramaEconomy
    from microdrama.model.inputs.scenario import Scenario


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "scenario",
        nargs="?",
        default="baseline",
        metavar="SCENARIO",
        help="a shipped scenario, or a file: .toml, .csv, .xlsx (default: baseline)",
    )
    about_the_scenario(parser)
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of all random draws (default: 1)")
    parser.add_argument("--out", metavar="DIR", help="write tables there; the folder must not exist")
    parser.add_argument(
        "--record",
        default="",
        metavar="TABLES",
        help="with --out: record these month by month too: studios, bases, funds, platforms, actors "
        "(one in 20, or a share: actors=0.2), cells",
    )
    parser.add_argument("--keep", default="", help=argparse.SUPPRESS)
    parser.add_argument("--audit", action="store_true", help="check the books of every agent every month (slower)")
    parser.add_argument("--ensemble", action="store_true", help="run the members of the calibrated ensemble instead")
    parser.add_argument("--members", type=int, metavar="N", help="of the ensemble, so many (default: all)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes for an ensemble (default: 2)")


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    if chosen.ensemble:
        return _ensemble(chosen)
    if chosen.members is not None:
        raise InputError("--members: only with --ensemble")
    scenario = scenario_of(chosen)
    if chosen.seed < 0:
        raise InputError(f"--seed {chosen.seed}: must not be negative")
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
    warn_of_compiling()

    started = time.monotonic()
    economy = run(
        scenario,
        chosen.seed,
        audit=chosen.audit,
        progress=progress("month"),
        watch=recorder.record if recorder else None,
    )
    seconds = time.monotonic() - started
    if chosen.out:
        write_run(economy, chosen.out, wall_seconds=seconds, recorder=recorder)
    print(_run_summary(economy, seconds))
    if chosen.out:
        print(f"tables in {chosen.out}/")
    return 0


def _ensemble(chosen: argparse.Namespace) -> int:
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
    if chosen.members is not None and chosen.members < 2:
        problems.append(f"--members {chosen.members}: an interval needs at least 2")
    if chosen.seed < 0:
        problems.append(f"--seed {chosen.seed}: must not be negative")
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
    warn_of_compiling()
    tell = progress("member")
    with tempfile.TemporaryDirectory() as folder:
        out = chosen.out or folder
        tally = sweep(study, out, workers=chosen.workers, progress=lambda done, failed, of: tell(done, of, failed))
        if tally.failed or tally.open:
            print(tally, file=sys.stderr)
            return 3 if tally.failed else 130
        print(_spread(study.at(study.points[0]), load(out)))
    if chosen.out:
        print(f"\na row for each member: {chosen.out}/runs.parquet; the same command resumes there")
    return 0


WORDS = "studios", "shooting days", "value"


def _spread(scenario: Scenario, runs: Any) -> str:
    """Median and 90 % interval of each city's shares over the runs of an ensemble."""
    import numpy as np

    from microdrama.model.calendar import month_name

    from ..outcomes import WEIGHTS

    slugs, names, p = scenario.cities.slugs, scenario.cities.names, scenario.parameters

    def cell(column: str, times: float = 100) -> tuple[float, str]:
        values = times * runs[column].to_numpy()
        low, median, high = np.quantile(values[np.isfinite(values)], [0.05, 0.5, 0.95])
        return median, f"{median:.1f} ({low:.1f} to {high:.1f})"

    lines = [
        f"{scenario.title}: {runs.num_rows} members of the calibrated ensemble, {p.months} months to "
        f"{month_name(p.months - 1)}, scale {p.scale:g}",
        "",
        f"{'shares of the last year, %':30}" + "".join(f"{w:>24}" for w in WORDS),
    ]
    for slug, name in sorted(zip(slugs, names, strict=True), key=lambda city: -cell(f"share_shoot_days_{city[0]}")[0]):
        lines.append(f"{name:30}" + "".join(f"{cell(f'share_{weight}_{slug}')[1]:>24}" for weight in WEIGHTS))
    hhi = [cell(f"hhi_{weight}", 100)[1] for weight in WEIGHTS]
    lines += ["", f"{'HHI, %':30}" + "".join(f"{text:>24}" for text in hhi)]
    return "\n".join([*lines, "", "median and 90 % interval over members and draws"])


def _run_summary(economy: MicroDramaEconomy, seconds: float) -> str:
    from microdrama.model.agglomeration import net_agglomeration
    from microdrama.model.calendar import month_name

    from ..outcomes import WEIGHTS, summarise
    from ..outcomes.promises import unpaid_promises

    found, p = summarise(economy), economy.p
    slugs, names = economy.cities.slugs, economy.cities.names
    months = len(economy.panel)
    lines = [
        f"{economy.scenario.title}: {months} months to {month_name(months - 1)}, scale {p.scale:g}, "
        f"seed {economy.seed}, {seconds:.1f} s",
        f"{found['studios']:.0f} studios, {found['series_released']:.0f} series released in the last year"
        + ("" if p.scale == 1 else f" (full size: {float(found['series_released']) / p.scale:.0f})"),
        "",
        f"{'shares of the last year, %':30}"
        + "".join(f"{w:>14}" for w in ("studios", "shooting days", "value"))
        + f"{'rent yuan/m2':>14}{'base crews':>12}",
    ]
    rent, crews = economy.panel.last("rent_yuan_m2_month"), economy.panel.last("base_crews")
    order = sorted(range(len(slugs)), key=lambda j: -float(found[f"share_shoot_days_{slugs[j]}"]))
    for j in order:
        shares = "".join(f"{100 * float(found[f'share_{w}_{slugs[j]}']):14.1f}" for w in WEIGHTS)
        lines.append(f"{names[j]:30}{shares}{rent[j]:14.1f}{crews[j]:12.0f}")
    lines += ["", f"{'concentration':30}" + "".join(f"{w:>14}" for w in ("studios", "shooting days", "value"))]
    for measure, label in (
        ("hhi", "HHI"),
        ("ellison_glaeser", "Ellison-Glaeser"),
        ("theil", "Theil"),
        ("locational_gini", "locational Gini"),
    ):
        cells = [found.get(f"{measure}_{w}") for w in WEIGHTS]
        lines.append(f"{label:30}" + "".join(f"{'':>14}" if c is None else f"{float(c):14.3f}" for c in cells))
    index = net_agglomeration(economy)
    parts = ", ".join(f"{name} {value:+.2f}" for name, value in index.parts.items())
    lines += ["", f"net-agglomeration index {index.a_net:.2f} ({parts})", f"    {index.verdict}"]
    if unpaid := unpaid_promises(economy):
        lines += ["", *unpaid]
    audited = ", those of every agent too" if economy.audit else "; --audit checks every agent's"
    lines += ["", f"the books of all sectors balanced in all {months} months{audited}"]
    return "\n".join(lines)
