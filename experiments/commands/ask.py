"""``microdrama ask``: what a policy or shock, given in a line, would do, and what a job would cost."""

import re
from pathlib import Path

from .common import Chosen, Parser, compile_first, progress, scenario_of


def add(parser: Parser) -> None:
    parser.takes("line QUESTION", 'such as "zhengzhou rebate 10%% from 2026-01 budget 50m/year", or a scenario file')
    parser.takes("--against SCENARIO", "the world without it", "baseline", dest="scenario")
    parser.takes("--city CITY", "city to look at (default: the one the question names)", "")
    parser.takes("--years N", "looked at, from when it begins", 5, low=1, high=40)
    parser.takes_pairs("--set", "set a parameter in both worlds", dest="values")
    parser.takes("--scale X", "size: 1 is the real industry, 0.1 a classroom", 1.0, type=float)
    parser.takes("--cities FILE", "another city table (.csv or .xlsx)")
    parser.takes_many(64)
    parser.takes("--out DIR", "keep runs, table and figure there (default: results/ask/...)", "")


def act(chosen: Chosen) -> None:
    from ..reports.ask import ask, asked

    chosen.months = None
    question = asked(chosen.line, against=scenario_of(chosen), city=chosen.city, years=chosen.years)
    print("\n".join(f"understood: {part}" for part in question.question.understood), flush=True)
    slug = re.sub(r"[^a-z0-9]+", "-", chosen.line.casefold()).strip("-")[:60] or "question"
    out = Path(chosen.out or f"results/ask/{slug}")
    compile_first()
    answers = []

    def tell(lines: list[str]) -> None:
        answers.append(lines)
        print("\n" + "\n".join(lines[1:]), flush=True)

    try:
        ask(question, out, seeds=chosen.seeds, workers=chosen.workers, tell=tell, progress=lambda: progress("run"))
    except KeyboardInterrupt:
        if not answers:
            raise
    print(f"\nrecord, table by year and city, figure: {out}/ (the same command goes on from there)")
