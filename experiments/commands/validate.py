"""``microdrama validate``: hold the model, without one mechanism or another, and nulls against a table of patterns."""

import argparse
import sys
from pathlib import Path

from microdrama.model.errors import InputError

from .common import MOST_SEEDS, Chosen, Parser, many_runs, pairs


def add(parser: Parser) -> None:
    parser.takes(
        "targets TARGETS.csv",
        "patterns and what each is observed to be; or placebos, of two late cities, or elasticities, of policy in the "
        "literature (default: the shipped targets)",
        "",
    )
    parser.takes("--quantities", "list the quantities and kinds of patterns, and end")
    ensemble = "a column for each parameter, a row a member; or calibrated, prior, defaults (default: calibrated)"
    parser.takes("--ensemble FILE.csv", ensemble, "")
    parser.takes("--members N", "members to run", 60, low=2, high=MOST_SEEDS)
    parser.takes("--scenario SCENARIO", "world to run", "baseline")
    parser.takes("--cities FILE", "another city table (.csv or .xlsx), or placebos: the shipped one and two more", "")
    parser.takes_pairs("--set", "set a parameter of all worlds", dest="values")
    parser.takes("--months N", "months to run (default: to the end of the last year that is spoken of)", 0)
    parser.takes("--scale X", "size of the runs", 0.1)
    against = (
        "worlds beside the model, with commas between: nulls, mechanisms (all that the table can tell, off one by "
        "one), switches or NAME=VALUE, none; with more than the nulls it says what each target rules out"
    )
    parser.takes("--against LIST", against, "nulls")
    parser.takes("--no-nulls", argparse.SUPPRESS)
    parser.takes("--quick", "2 members at a tenth of full size, to see how it works")
    parser.takes("--page FILE.md", "what each target rules out, as a page (default: DIR/rules_out.md)", "")
    parser.takes_workers()
    parser.takes(
        "--out DIR", "runs and verdicts, a file a table; completed runs there are not repeated", "results/validate"
    )


def act(chosen: Chosen) -> None:
    from ..calibration.discrimination import as_page, in_short
    from ..calibration.validation import text, validate, write_verdicts
    from ..files import new_file
    from ..outcomes.patterns import KINDS
    from ..outcomes.quantities import quantities

    if chosen.quantities:
        for name, quantity in quantities().items():
            print(f"{name:28} {quantity.kind:6} {quantity.unit:14} {quantity.meaning}")
        print("\nkinds of patterns")
        for name, words in KINDS.items():
            print(f"{name:28} {words}")
        return
    if chosen.targets == "elasticities" and not Path("elasticities").exists():
        return _elasticities(chosen)
    values, problems = pairs("--set", chosen.values)
    if clash := {"months", "scale"} & values.keys():
        problems.append(f"--set {min(clash)}: use --{min(clash)}")
    if problems:
        raise InputError(problems)
    if chosen.no_nulls:
        print("microdrama: note: --no-nulls is --against none now", file=sys.stderr)
    against = "none" if chosen.no_nulls else chosen.against
    worlds = [name.strip() for name in against.split(",") if name.strip() != "none"]
    count, scale = (2, 0.1) if chosen.quick else (chosen.members, chosen.scale)
    how = many_runs(chosen, "ensemble", "months", "scenario", "cities")
    how |= {"count": count, "scale": scale, "against": worlds, "values": values}
    found = validate(chosen.targets, chosen.out, tell=lambda line: print(line, file=sys.stderr), **how)
    file = write_verdicts(found, Path(chosen.out), chosen.targets)
    print(text(found))
    if chosen.page or not {*worlds} <= {"nulls"}:
        page = Path(chosen.page or Path(chosen.out) / "rules_out.md")
        with new_file(page) as work:
            work.write_text(as_page(found, chosen.ensemble or "calibrated"), encoding="utf-8")
        print(f"\n{in_short(found)}\n\npage: {page}", end="")
    print(f"\nverdicts: {file}; runs: {chosen.out}/")


def _elasticities(chosen: Chosen) -> None:
    """Experiments of the literature, done in the model."""
    from ..calibration.elasticities import as_page, elasticities
    from ..files import new_file

    usual = {"against": "nulls", "months": 0, "scenario": "baseline", "cities": "", "values": []}
    given = [name for name, value in usual.items() if getattr(chosen, name) not in (value, None)]
    if given := ["--set" if name == "values" else f"--{name}" for name in given]:
        raise InputError(f"{', '.join(given)}: not with elasticities, whose worlds are given")
    count, scale = (2, 0.1) if chosen.quick else (chosen.members, chosen.scale)
    how = many_runs(chosen, "ensemble") | {"count": count, "scale": scale}
    found = elasticities(chosen.out, tell=lambda line: print(line, file=sys.stderr), **how)
    page = Path(chosen.page or Path(chosen.out) / "elasticities.md")
    with new_file(page) as work:
        work.write_text(as_page(found, count=count, scale=scale), encoding="utf-8")
    for one in found:
        said = f"{one.low:+.0%} to {one.high:+.0%}"
        model = f"{one.mean:+.0%} [{one.ends[0]:+.0%}, {one.ends[1]:+.0%}]"
        print(f"{one.name:22} {said:>16} {model:>24}  {one.verdict}")
    print(f"\npage: {page}; runs: {chosen.out}/")
