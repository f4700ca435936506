"""``microdrama validate``: hold the ensemble, and three nulls, against a table of patterns."""

import sys
from pathlib import Path

from microdrama.model.errors import InputError

from .common import MOST_SEEDS, Chosen, Parser, many_runs, pairs


def add(parser: Parser) -> None:
    parser.takes("targets TARGETS.csv", "patterns, what each is observed to be (default: the shipped targets)", "")
    parser.takes("--quantities", "list the quantities and kinds of patterns, and end")
    ensemble = "a column for each parameter, a row a member (default: the shipped one)"
    parser.takes("--ensemble FILE.csv", ensemble, "")
    parser.takes("--members N", "members to run", 60, low=2, high=MOST_SEEDS)
    parser.takes("--scenario SCENARIO", "world to run", "baseline")
    parser.takes_pairs("--set", "set a parameter of all worlds", dest="values")
    parser.takes("--months N", "months to run (default: to the end of the last year that is spoken of)", 0)
    parser.takes("--scale X", "size of the runs", 0.1)
    parser.takes("--no-nulls", "leave out the three nulls")
    parser.takes_workers()
    parser.takes("--out DIR", "runs and verdicts.csv; completed runs there are not repeated", "results/validate")


def act(chosen: Chosen) -> None:
    from ..calibration.validation import rows_of, text, validate
    from ..files import write_csv
    from ..outcomes.patterns import KINDS
    from ..outcomes.quantities import quantities

    if chosen.quantities:
        for name, quantity in quantities().items():
            print(f"{name:28} {quantity.kind:6} {quantity.unit:14} {quantity.meaning}")
        print("\nkinds of patterns")
        for name, words in KINDS.items():
            print(f"{name:28} {words}")
        return
    values, problems = pairs("--set", chosen.values)
    if clash := {"months", "scale"} & values.keys():
        problems.append(f"--set {min(clash)}: use --{min(clash)}")
    if problems:
        raise InputError(problems)
    how = many_runs(chosen, "ensemble", "months", "scale", "scenario")
    how |= {"count": chosen.members, "nulls": not chosen.no_nulls, "values": values}
    found = validate(chosen.targets, chosen.out, tell=lambda line: print(line, file=sys.stderr), **how)
    write_csv(Path(chosen.out) / "verdicts.csv", rows_of(found))
    print(text(found))
    print(f"\nverdicts and runs: {chosen.out}/")
