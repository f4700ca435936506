"""``microdrama sweep``: every point of a design with every seed."""

from __future__ import annotations

import argparse
import sys

from microdrama.model.errors import InputError

from .common import Parser, duration, progress, warn_of_compiling


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("study", metavar="STUDY.toml", help="what to run: a file, or a shipped study by name")
    parser.add_argument("--quick", action="store_true", help="its small version, if it has one")
    parser.add_argument("--out", required=True, metavar="DIR", help="results; completed runs there are not repeated")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument(
        "--engine",
        choices=("local", "dask"),
        default="local",
        help="processes of this machine, or a Dask cluster (default: local)",
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.5:8786")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="only every N-th run from the I-th on")
    parser.add_argument("--time-limit", type=float, default=0, metavar="S", help="seconds after which a run has failed")
    parser.add_argument(
        "--errors",
        choices=("off", "slow", "fast"),
        default="slow",
        help="failed runs: off, they are only listed; slow, the command fails in the end; fast, the "
        "first ends the sweep (default: slow)",
    )
    parser.add_argument("--again", action="store_true", help="do failed runs once more")
    parser.add_argument("--mix-code", action="store_true", help="continue beside runs of another version of the model")
    parser.add_argument("--yes", action="store_true", help="do not ask before a long sweep")


def act(chosen: argparse.Namespace) -> int:
    """Run; returns the exit code."""
    from ..design.study_file import load_study
    from ..running import engines
    from ..running.sweep import Estimate, sweep

    shard = chosen.shard.split("/")
    if len(shard) != 2 or not all(part.isdecimal() for part in shard):
        raise InputError(f"--shard {chosen.shard}: must be I/N, such as 3/40")
    if chosen.scheduler and chosen.engine != "dask":
        raise InputError("--scheduler: only with --engine dask")
    study = load_study(chosen.study, quick=chosen.quick)
    found = Estimate.of(study, chosen.workers)
    print(
        f"{study.title}: {len(study.points)} points x {found.runs // len(study.points)} seeds = "
        f"{'at most ' if study.stop else ''}{found.runs} runs, about {duration(found.seconds)} and "
        f"{_size(found.bytes)} if none is completed yet",
        file=sys.stderr,
    )
    if (
        found.seconds > 300
        and not chosen.yes
        and sys.stdin.isatty()
        and input("continue? [y/N] ").strip().lower() != "y"
    ):
        raise InputError("nothing was run")
    warn_of_compiling()
    engine = engines.dask(chosen.scheduler or "", chosen.workers) if chosen.engine == "dask" else None
    tally = sweep(
        study,
        chosen.out,
        workers=chosen.workers,
        executor=engine,
        shard=(int(shard[0]), int(shard[1])),
        limit=chosen.time_limit,
        again=chosen.again,
        mix_code=chosen.mix_code,
        errors=chosen.errors,
        progress=progress("run"),
    )
    print(f"{tally}; {tally.ran} of them now. Results: {chosen.out}")
    if tally.open and (chosen.errors != "fast" or not tally.failed):
        print("microdrama: interrupted; completed runs are saved; run the same command to resume", file=sys.stderr)
        return 130
    return 3 if tally.failed and chosen.errors != "off" else 0


def _size(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1000:.0f} kB"
