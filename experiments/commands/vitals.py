"""``microdrama vitals``: the model beside what is on record, by year and city."""

from .common import Chosen, Parser, many_runs, print_notes, scenario_of


def add(parser: Parser) -> None:
    parser.takes("scenario SCENARIO", "as for run", "baseline")
    parser.takes_changes()
    parser.takes("--evidence FILE.csv", "another table of evidence (default: the shipped one)", "")
    parser.takes_many(4, least=1)
    parser.takes("--out DIR", "runs, tables, page and figure; completed runs are not repeated", "results/vitals")
    parser.takes("--page FILE.md", "the page (default: DIR/vitals.md)", "")


def act(chosen: Chosen) -> None:
    from ..calibration.vitals import text, vitals, write
    from ..figures import check_matplotlib

    check_matplotlib()
    scenario = scenario_of(chosen, months=60, scale=1.0)
    print_notes(scenario)
    found = vitals(scenario, chosen.out, **many_runs(chosen, "evidence", "seeds"))
    page = write(found, chosen.out, chosen.page)
    print(text(found))
    print(f"page: {page}; tables and runs: {chosen.out}/")
