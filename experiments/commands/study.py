"""``microdrama study``: run a registered study and write its answer."""

from pathlib import Path

from .common import Chosen, Parser, many_runs, unanswered


def add(parser: Parser) -> None:
    parser.takes("name NAME", "a shipped study or a file; none: list them", "")
    parser.takes("--quick", "its small version, minutes on two cores")
    parser.takes("--out DIR", "results (default: results/NAME or results/NAME-quick)")
    parser.takes("--cities FILE", "another city table (.csv or .xlsx) for all scenarios of the study, or placebos", "")
    parser.takes_workers()


def act(chosen: Chosen) -> int:
    from ..design.study_file import registered_studies

    if not chosen.name:
        for name, title, register in registered_studies():
            label = f"{register['label']} " if register.get("label") else ""
            print(f"{label}{name}: {title}\n    {register['question']}")
        return 0
    from ..analysis.common import capital
    from ..reports.study_page import at_full_size, run_study

    out = chosen.out or f"results/{Path(chosen.name).stem}{'-quick' if chosen.quick else ''}"
    how = {"quick": chosen.quick, "cities": chosen.cities, "command": chosen.given}
    tally, found = run_study(chosen.name, out, **how, **many_runs(chosen))
    if found is None:
        return unanswered(tally)
    said = [*found.answer.sentences, *filter(None, [at_full_size(found.study, found.answer), capital(tally.stop)])]
    print("\n".join([*said, "", f"page: {out}/index.html; tables and figure beside it"]))
    return 0
