"""``microdrama compare``: the paired effect of one world against another."""

from microdrama.model.errors import InputError

from .common import Chosen, Parser, many_runs, pairs, print_notes, values_of


def add(parser: Parser) -> None:
    parser.takes("first SCENARIO", "as for run")
    parser.takes("second OTHER", "another scenario (default: the same)", "")
    parser.takes_pairs("--change", "set a parameter in the second world only")
    parser.takes_changes()
    parser.takes_many(16)
    parser.takes("--city CITY", "city to look at (default: zhengzhou)", "")
    parser.takes("--out DIR", "keep the runs there, and the table; more seeds only add to them")


def act(chosen: Chosen) -> None:
    from microdrama.model.inputs.scenario import load_scenario

    from ..reports.comparison import compare, text

    changes, problems = pairs("--change", chosen.change)
    if problems:
        raise InputError(problems)
    values = values_of(chosen)
    print_notes(*(load_scenario(name).with_values(values) for name in (chosen.first, chosen.second) if name))
    values |= many_runs(chosen, "seeds", "out", "city") | {"cities": chosen.cities or ""}
    print(text(compare(chosen.first, chosen.second, changes=changes, **values)))
    if chosen.out:
        print(f"\nruns and table: {chosen.out}/")
