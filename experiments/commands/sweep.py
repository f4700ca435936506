"""``microdrama sweep``: every point of a design with every seed."""

import sys

from microdrama.model.errors import InputError

from .common import Chosen, Parser, duration, many_runs


def add(parser: Parser) -> None:
    parser.takes("study STUDY.toml", "what to run: a file, or a shipped study by name")
    parser.takes("--quick", "its small version, if it has one")
    parser.takes("--out DIR", "results; completed runs there are not repeated", required=True)
    parser.takes("--cities FILE", "another city table (.csv or .xlsx) for all scenarios of the study, or placebos", "")
    parser.takes_workers()
    parser.takes("--engine", "processes of this machine, or a Dask cluster", "local", choices=("local", "dask"))
    parser.takes("--scheduler ADDRESS", "of a Dask cluster, such as tcp://10.0.0.5:8786")
    parser.takes("--shard I/N", "only every N-th run from the I-th on", "1/1")
    parser.takes("--time-limit S", "seconds after which a run has failed", 0.0, high=1e8)
    parser.takes(
        "--errors",
        "failed runs: off, they are only listed; slow, the command fails in the end; fast, the first ends the sweep",
        "slow",
        choices=("off", "slow", "fast"),
    )
    parser.takes("--again", "do failed runs once more")
    parser.takes("--mix-code", "continue beside runs of another version of the model")
    parser.takes("--yes", "do not ask before a long sweep")


def act(chosen: Chosen) -> int:
    from ..design.study_file import load_study
    from ..running import engines
    from ..running.plan import Estimate
    from ..running.sweep import sweep

    shard = chosen.shard.split("/")
    if len(shard) != 2 or not all(part.isdecimal() for part in shard):
        raise InputError(f"--shard {chosen.shard}: must be I/N, such as 3/40")
    if chosen.scheduler and chosen.engine != "dask":
        raise InputError("--scheduler: only with --engine dask")
    study = load_study(chosen.study, quick=chosen.quick, cities=chosen.cities)
    found = Estimate.of(study, chosen.workers)
    print(
        f"{study.title}: {len(study.points)} points x {found.runs // len(study.points)} seeds = "
        f"{'at most ' if study.stop else ''}{found.runs} runs, about {duration(found.seconds)} and "
        f"{_size(found.bytes)} if none is completed yet",
        file=sys.stderr,
    )
    asks = found.seconds > 300 and not chosen.yes and sys.stdin.isatty()
    if asks and input("continue? [y/N] ").strip().lower() != "y":
        raise InputError("nothing was run")
    how = many_runs(chosen, "again", "mix_code", "errors")
    how |= {"shard": (int(shard[0]), int(shard[1])), "limit": chosen.time_limit}
    if chosen.engine == "dask":
        how["executor"] = engines.dask(chosen.scheduler or "", chosen.workers)
    tally = sweep(study, chosen.out, **how)
    print(f"{tally}; {tally.ran} of them now. Results: {chosen.out}")
    if tally.stop:
        print(tally.stop)
    if tally.open and (chosen.errors != "fast" or not tally.failed):
        print("microdrama: interrupted; completed runs are saved; run the same command to resume", file=sys.stderr)
        return 130
    return 3 if tally.failed and chosen.errors != "off" else 0


def _size(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1000:.0f} kB"
