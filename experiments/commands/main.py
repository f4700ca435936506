"""``microdrama main``: the main experiment."""

import time
from pathlib import Path

from microdrama.model.errors import InputError

from .common import Chosen, Parser, many_runs, scenario_of, unanswered


def add(parser: Parser) -> None:
    parser.takes("scenario SCENARIO", "as for run", "baseline")
    parser.takes_changes()
    parser.takes_many(16)
    parser.takes("--out DIR", "runs, tables and page; run the same command to resume", "results/main")


def act(chosen: Chosen) -> int:
    from ..files import RECORDS

    out = Path(chosen.out)
    begun = any(any(out.glob(name)) for name in (".lock*", *RECORDS, "*runs*"))
    if out.is_dir() and any(out.iterdir()) and not begun:
        raise InputError(f"{out}: exists and was not made by microdrama main; move it away or choose another folder")
    scenario = scenario_of(chosen, months=96, scale=1.0)
    from ..analysis.crisis_and_policy import levels_and_effects
    from ..reports import study_page
    from ..reports.main import study_of, write_paths
    from ..reports.shipped_answers import by_structure

    study, p, started = study_of(scenario, chosen.seeds), scenario.parameters, time.monotonic()
    tally, found = study_page.run_study(study, out, mix_code=True, command=chosen.given, **many_runs(chosen))
    if found is None:
        return unanswered(tally)
    write_paths(found.data, out)
    size = f"{chosen.seeds} seeds x 4 combinations, {p.months} months, scale {p.scale:g}"
    print(f"{size}, in {time.monotonic() - started:.0f} s\n")
    said = [*found.answer.sentences, *by_structure(study.name), *found.data.unpaid()]
    print("\n".join([*levels_and_effects(found.data, found.answer.effects), "", *said]))
    print(f"\npage: {chosen.out}/index.html; runs, tables and figures beside it")
    return 0
