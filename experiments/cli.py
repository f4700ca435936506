"""The ``microdrama`` command."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from model.errors import InputError, meant

if TYPE_CHECKING:
    from model.economy import MicroDramaEconomy
    from model.scenario import Scenario


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with what was probably meant."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (try '{self.prog} --help')")

    def options(self) -> list[str]:
        return [option for action in self._actions for option in action.option_strings]


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser and those of its commands."""
    parser = _Parser(
        prog="microdrama",
        description="Agent-based simulation of a regional micro-drama economy: how policy and property crises shift "
        "where an industry clusters.",
        epilog="Results go to standard output, progress and errors to standard error.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    one = commands.add_parser("run", help="run one scenario", allow_abbrev=False)
    one.add_argument("scenario", nargs="?", default="baseline", metavar="SCENARIO",
                     help="name of a shipped scenario or a TOML file (default: baseline)")  # fmt: skip
    _common(one)
    one.add_argument("--seed", type=int, default=1, metavar="N", help="seed of all luck (default: 1)")
    one.add_argument("--out", metavar="DIR", help="write tables there; the folder must not exist")
    one.add_argument("--audit", action="store_true", help="check the books of every agent every month (slower)")
    commands.add_parser("scenarios", help="list the shipped scenarios", allow_abbrev=False)
    table = commands.add_parser("parameters", help="list parameters", allow_abbrev=False)
    table.add_argument("word", nargs="?", default="", metavar="WORD", help="only those that mention it")
    table.add_argument("--markdown", action="store_true", help="as a table for documents")
    main_job = commands.add_parser("main", help="the main experiment: property crisis x policy", allow_abbrev=False)
    main_job.add_argument("scenario", nargs="?", default="baseline", metavar="SCENARIO", help="as for run")
    _common(main_job)
    main_job.add_argument("--seeds", type=int, default=16, metavar="N", help="number of seeds (default: 16)")
    main_job.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    main_job.add_argument("--out", default="results/main", metavar="DIR", help="results (default: results/main)")
    two = commands.add_parser("compare", help="the paired effect of one world against another", allow_abbrev=False)
    two.add_argument("first", metavar="SCENARIO", help="as for run")
    two.add_argument("second", nargs="?", default="", metavar="OTHER", help="another scenario (default: the same)")
    two.add_argument("--change", action="append", default=[], metavar="NAME=VALUE",
                     help="set a parameter in the second world only; may be given again")  # fmt: skip
    _common(two, cities=False)
    two.add_argument("--seeds", type=int, default=16, metavar="N", help="number of seeds (default: 16)")
    two.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    two.add_argument("--city", default="", metavar="CITY", help="city to look at (default: zhengzhou)")
    two.add_argument("--out", metavar="DIR", help="keep the runs there, and the table; more seeds only add to them")
    asked = commands.add_parser("study", help="run a registered study and write its answer", allow_abbrev=False)
    asked.add_argument("name", nargs="?", default="", metavar="NAME", help="a shipped study or a file; none: list them")
    asked.add_argument("--quick", action="store_true", help="its small version, minutes on two cores")
    asked.add_argument("--out", metavar="DIR", help="results (default: results/NAME or results/NAME-quick)")
    asked.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    many = commands.add_parser("sweep", help="run a study: every point of a design with every seed", allow_abbrev=False)
    many.add_argument("study", metavar="STUDY.toml", help="what to run")
    many.add_argument("--out", required=True, metavar="DIR", help="results; what is on record there is not run again")
    many.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    many.add_argument("--engine", choices=("local", "dask"), default="local",
                      help="processes of this machine, or a Dask cluster (default: local)")  # fmt: skip
    many.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.5:8786")
    many.add_argument("--shard", default="1/1", metavar="I/N", help="only every N-th run from the I-th on")
    many.add_argument("--time-limit", type=float, default=0, metavar="S", help="seconds after which a run has failed")
    many.add_argument("--errors", choices=("off", "slow", "fast"), default="slow",
                      help="failed runs: off, they are only listed; slow, the command fails in the end; fast, the "
                      "first ends the sweep (default: slow)")  # fmt: skip
    many.add_argument("--again", action="store_true", help="do failed runs once more")
    many.add_argument("--mix-code", action="store_true", help="go on beside runs of another version of the model")
    many.add_argument("--yes", action="store_true", help="do not ask before a long sweep")
    return parser, commands.choices


def _common(parser: argparse.ArgumentParser, *, cities: bool = True) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="values",
                        help="set a parameter; may be given again")  # fmt: skip
    parser.add_argument("--months", type=int, metavar="N", help="months to run")
    parser.add_argument("--scale", type=float, metavar="X", help="size: 1 is the real industry, 0.1 a classroom")
    if cities:
        parser.add_argument("--cities", metavar="FILE", help="another city table (CSV)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code (0 done, 1 failed, 2 bad input, 3 runs failed, 130 interrupted)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"microdrama: warning: {message}", file=sys.stderr)
            return _dispatch(words)
    except InputError as error:
        for line in str(error).splitlines():
            print(f"microdrama: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = "nothing was written"
        if words[0] in ("sweep", "study") or (words[0] == "compare" and "--out" in words):
            kept = "what was done is on record, the same command goes on"
        print(f"\nmicrodrama: interrupted; {kept}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except RuntimeError as error:
        if type(error).__name__ not in ("LedgerError", "RunFailedError", "BrokenProcessPool"):
            raise
        print(f"microdrama: {error}", file=sys.stderr)
        print("microdrama: this is a fault of the program; please report it with the command", file=sys.stderr)
        return 1


def _dispatch(words: list[str]) -> int:
    """Run the command and return its exit code."""
    parser, commands = _parser()
    if words and not words[0].startswith("-") and words[0] not in commands:
        raise InputError(f"unknown command '{words[0]}'{meant(words[0], commands)} (known: {', '.join(commands)})")
    chosen, unknown = parser.parse_known_args(words)
    if unknown:
        options = commands[chosen.command].options() if chosen.command else parser.options()
        raise InputError(_unknown(word.split("=")[0], options) for word in unknown)
    if not chosen.command:
        parser.print_help()
        return 0
    jobs: dict[str, Callable[[argparse.Namespace], int | None]] = {
        "run": _run, "scenarios": _scenarios, "parameters": _parameters, "main": _main, "sweep": _sweep,
        "compare": _compare, "study": _study,
    }  # fmt: skip
    return jobs[chosen.command](chosen) or 0


def _unknown(word: str, options: list[str]) -> str:
    if not word.startswith("-"):
        return f"unexpected argument '{word}'"
    return f"unknown option '{word}'{meant(word, options)}"


# ---------------------------------------------------------------------- input


def _values(chosen: argparse.Namespace) -> dict[str, object]:
    """Parameters set by ``--set``, ``--months`` and ``--scale``."""
    values, problems = _pairs("--set", chosen.values)
    for name in ("months", "scale"):
        if getattr(chosen, name) is not None:
            if name in values:
                problems.append(f"'{name}' is set twice: by --set and by --{name}")
            values[name] = getattr(chosen, name)
    if problems:
        raise InputError(problems)
    return values


def _pairs(option: str, entries: list[str]) -> tuple[dict[str, object], list[str]]:
    """Values by name from ``NAME=VALUE``, and what is wrong with them."""
    from .study import value

    values: dict[str, object] = {}
    problems = []
    for entry in entries:
        name, equals, text = entry.partition("=")
        if not equals or not name.strip():
            problems.append(f"{option} {entry}: write NAME=VALUE, such as {option} crisis_strength=0.5")
        elif name.strip() in values:
            problems.append(f"{option} {entry}: '{name.strip()}' is set twice")
        values[name.strip()] = value(text.strip())
    return values, problems


def _scenario(chosen: argparse.Namespace, **defaults: object) -> Scenario:
    """The scenario named, with everything the options change; all problems at once.

    ``defaults`` hold for parameters that neither the options nor the scenario set.
    """
    from model.inputs import read_cities
    from model.parameters import PARAMETERS
    from model.scenario import load_scenario

    values = _values(chosen)
    scenario = load_scenario(chosen.scenario)
    if chosen.cities:
        scenario = scenario.with_cities(read_cities(chosen.cities))
    unset = {name: value for name, value in defaults.items() if scenario.parameters[name] == PARAMETERS[name].default}
    return scenario.with_values(unset | values, where="command line")


def _progress(what: str) -> Callable[..., None]:
    """Progress to standard error: a line that is rewritten on a terminal, a line for every tenth elsewhere."""
    started, told = time.monotonic(), [0.0]
    terminal = sys.stderr.isatty()

    def tell(done: int, of: int, failed: int = 0) -> None:
        now = time.monotonic() - started
        if terminal:
            if done < of and now - told[0] < 0.2:
                return
            told[0] = now
        elif now < 2 or 10 * done // of == 10 * (done - 1) // of:
            return
        line = f"{what} {done} of {of}, {_duration(now)}, {done / now:.2g} a second"
        line += f", about {_duration(now / done * (of - done))} left" if done < of else ""
        line += f", {failed} failed" if failed else ""
        print(f"\r{line}   " if terminal else line, end="\n" if done == of or not terminal else "", file=sys.stderr,
              flush=True)  # fmt: skip

    return tell


def _warn_of_compiling() -> None:
    """Say so if the model's kernels have never been compiled here."""
    from pathlib import Path

    import model

    if not any((Path(model.__file__).parent / "__pycache__").glob("draws._uniform*.nbi")):
        print("compiling the model's inner loops; only the first run does", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------- commands


def _run(chosen: argparse.Namespace) -> None:
    scenario = _scenario(chosen)
    if chosen.out is not None:
        from .output import check_new_folder

        check_new_folder(chosen.out)
    _warn_of_compiling()
    from .run import run, write_run

    started = time.monotonic()
    economy = run(scenario, chosen.seed, audit=chosen.audit, progress=_progress("month"))
    seconds = time.monotonic() - started
    if chosen.out:
        write_run(economy, chosen.out, wall_seconds=seconds)
    print(_run_summary(economy, seconds))
    if chosen.out:
        print(f"tables in {chosen.out}/")


def _run_summary(economy: MicroDramaEconomy, seconds: float) -> str:
    from model.agglomeration import net_agglomeration
    from model.inputs import month_name

    from .run import WEIGHTS, summarise

    found, p = summarise(economy), economy.p
    slugs, names = economy.cities.slugs, economy.cities.names
    months = len(economy.panel)
    lines = [
        f"{economy.scenario.title}: {months} months to {month_name(months - 1)}, scale {p.scale:g}, "
        f"seed {economy.seed}, {seconds:.1f} s",
        f"{found['studios']:.0f} studios, {found['series_released']:.0f} series released in the last year"
        + ("" if p.scale == 1 else f" (full size: {float(found['series_released']) / p.scale:.0f})"),
        "",
        f"{'shares of the last year, %':30}" + "".join(f"{w:>14}" for w in ("studios", "shooting days", "value"))
        + f"{'rent yuan/m2':>14}{'base crews':>12}",
    ]  # fmt: skip
    rent, crews = economy.panel.last("rent_yuan_m2_month"), economy.panel.last("base_crews")
    order = sorted(range(len(slugs)), key=lambda j: -float(found[f"share_shoot_days_{slugs[j]}"]))
    for j in order:
        shares = "".join(f"{100 * float(found[f'share_{w}_{slugs[j]}']):14.1f}" for w in WEIGHTS)
        lines.append(f"{names[j]:30}{shares}{rent[j]:14.1f}{crews[j]:12.0f}")
    lines += ["", f"{'concentration':30}" + "".join(f"{w:>14}" for w in ("studios", "shooting days", "value"))]
    for measure, label in (("hhi", "HHI"), ("ellison_glaeser", "Ellison-Glaeser"), ("theil", "Theil"),
                           ("locational_gini", "locational Gini")):  # fmt: skip
        cells = [found.get(f"{measure}_{w}") for w in WEIGHTS]
        lines.append(f"{label:30}" + "".join(f"{'':>14}" if c is None else f"{float(c):14.3f}" for c in cells))
    index = net_agglomeration(economy)
    parts = ", ".join(f"{name} {value:+.2f}" for name, value in index.parts.items())
    lines += ["", f"net-agglomeration index {index.a_net:.2f} ({parts})", f"    {index.verdict}"]
    audited = ", those of every agent too" if economy.audit else "; --audit checks every agent's"
    lines += ["", f"the books of all sectors balanced in all {months} months{audited}"]
    return "\n".join(lines)


def _scenarios(chosen: argparse.Namespace) -> None:
    import textwrap

    from model.scenario import load_scenario, shipped_scenarios

    for name in shipped_scenarios():
        scenario = load_scenario(name)
        print(f"{name}: {scenario.title}")
        print(textwrap.fill(scenario.description, 96, initial_indent="    ", subsequent_indent="    "))


def _parameters(chosen: argparse.Namespace) -> None:
    from model.parameters import PARAMETERS

    from .reference import parameters, shown

    word = chosen.word.casefold()
    found = [q for q in PARAMETERS.values() if word in " ".join(map(str, vars(q).values())).casefold()]
    if not found:
        raise InputError(f"no parameter mentions '{chosen.word}'{meant(chosen.word, PARAMETERS)}")
    if chosen.markdown:
        print(parameters(found), end="")
        return
    for q in found:
        unit = "" if q.unit in ("switch", "1") else f" {q.unit}"
        print(f"{q.name} = {shown(q.default)}{unit}   ({q.allowed})")
        print(f"    {' '.join(filter(None, (q.mechanism + ':' if q.mechanism else '', q.meaning)))}")
        print(f"    {q.layer}; source: {q.source}")


def _main(chosen: argparse.Namespace) -> None:
    if chosen.workers < 1:
        raise InputError(f"--workers {chosen.workers}: at least 1")
    scenario = _scenario(chosen, months=96, scale=1.0)
    from .factorial import experiment, summary_text
    from .report import check_out, write

    check_out(chosen.out)
    _warn_of_compiling()
    found = experiment(scenario, seeds=chosen.seeds, workers=chosen.workers, progress=_progress("run"))
    write(found, chosen.out, command=_repeat(chosen, scenario))
    print(summary_text(found))
    print(f"\npage: {chosen.out}/index.html; tables beside it")


def _sweep(chosen: argparse.Namespace) -> int:
    from . import engines
    from .study import load_study
    from .sweep import Estimate, sweep

    shard = chosen.shard.split("/")
    if len(shard) != 2 or not all(part.isdecimal() for part in shard):
        raise InputError(f"--shard {chosen.shard}: must be I/N, such as 3/40")
    if chosen.scheduler and chosen.engine != "dask":
        raise InputError("--scheduler: only with --engine dask")
    study = load_study(chosen.study)
    found = Estimate.of(study, chosen.workers)
    print(f"{study.title}: {len(study.points)} points x {found.runs // len(study.points)} seeds = "
          f"{'at most ' if study.stop else ''}{found.runs} runs, about {_duration(found.seconds)} and "
          f"{_size(found.bytes)} if none is on record", file=sys.stderr)  # fmt: skip
    if found.seconds > 300 and not chosen.yes and sys.stdin.isatty() and input("go on? [y/N] ").strip().lower() != "y":
        raise InputError("nothing was run")
    _warn_of_compiling()
    engine = engines.dask(chosen.scheduler or "", chosen.workers) if chosen.engine == "dask" else None
    tell = _progress("run")
    tally = sweep(study, chosen.out, workers=chosen.workers, executor=engine, shard=(int(shard[0]), int(shard[1])),
                  limit=chosen.time_limit, again=chosen.again, mix_code=chosen.mix_code, errors=chosen.errors,
                  progress=lambda done, failed, of: tell(done, of, failed))  # fmt: skip
    print(f"{tally}; {tally.ran} of them now. Results: {chosen.out}")
    if tally.open and (chosen.errors != "fast" or not tally.failed):
        print("microdrama: interrupted; the same command goes on", file=sys.stderr)
        return 130
    return 3 if tally.failed and chosen.errors != "off" else 0


def _size(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1000:.0f} kB"


def _compare(chosen: argparse.Namespace) -> None:
    from .compare import compare, text

    changes, problems = _pairs("--change", chosen.change)
    if chosen.seeds < 2:
        problems.append(f"--seeds {chosen.seeds}: an interval needs at least 2")
    if problems:
        raise InputError(problems)
    values = _values(chosen)
    _warn_of_compiling()
    tell = _progress("run")
    found = compare(chosen.first, chosen.second, changes=changes, seeds=chosen.seeds, workers=chosen.workers,
                    out=chosen.out, city=chosen.city, progress=lambda done, failed, of: tell(done, of, failed),
                    **values)  # fmt: skip
    print(text(found))
    if chosen.out:
        print(f"\nruns and table: {chosen.out}/")


def _study(chosen: argparse.Namespace) -> int:
    from pathlib import Path

    from .study import load_study, shipped_studies

    if not chosen.name:
        for name in shipped_studies():
            study = load_study(name)
            if study.register:
                print(f"{name}: {study.title}\n    {study.register.question}")
        return 0
    from .study_report import run_study

    out = chosen.out or f"results/{Path(chosen.name).stem}{'-quick' if chosen.quick else ''}"
    _warn_of_compiling()
    tell = _progress("run")
    tally, found = run_study(chosen.name, out, quick=chosen.quick, workers=chosen.workers,
                             progress=lambda done, failed, of: tell(done, of, failed))  # fmt: skip
    if found is None:
        print(f"{tally}; no answer without all of them: the same command goes on", file=sys.stderr)
        return 3 if tally.failed else 130
    print("\n".join([*found.sentences, "", f"page: {out}/index.html; tables and figure beside it"]))
    return 0


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1), ("min", 60)):
        if seconds < 100 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.1f} h"


def _repeat(chosen: argparse.Namespace, scenario: Scenario) -> str:
    """The command that computes the same numbers."""
    import shlex

    words = ["microdrama", "main", chosen.scenario, "--seeds", str(chosen.seeds)]
    words += [word for entry in chosen.values for word in ("--set", entry)]
    given = {entry.partition("=")[0].strip() for entry in chosen.values}
    for name in ("months", "scale"):
        if name not in given:
            words += [f"--{name}", f"{scenario.parameters[name]:g}"]
    return shlex.join(words + (["--cities", chosen.cities] if chosen.cities else []))


if __name__ == "__main__":
    sys.exit(main())
