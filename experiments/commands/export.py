"""``microdrama export``: tables of a run or sweep for Stata, R, Excel, SPSS and others."""

import shlex
import sys

from ..export.formats import FORMATS
from .common import Chosen, Parser, progress


def add(parser: Parser) -> None:
    parser.takes("results DIR", "a folder left by `run --out` or `sweep`")
    parser.takes("--out DIR", "where to; the folder must not exist", required=True)
    parser.takes("--format NAMES", f"{', '.join(FORMATS)}; several with commas", "csv")
    parser.takes("--tables NAMES", "only these, with commas between (default: all)", "")
    parser.takes("--wide", "a column for each city (flow, sector, ...), not a row")


def act(chosen: Chosen) -> None:
    from ..export import export

    words = ["microdrama", "export", chosen.results, "--format", chosen.format]
    words += ["--tables", chosen.tables] if chosen.tables else []
    words += ["--wide"] if chosen.wide else []
    files = export(
        chosen.results,
        chosen.out,
        formats=listed(chosen.format),
        tables=listed(chosen.tables),
        wide_tables=chosen.wide,
        progress=progress("row"),
        command=shlex.join([*words, "--out", chosen.out]),
    )
    for table, names in files.items():
        print(f"{table}: {', '.join(names)}")
    print(f"in {chosen.out}/; codebook.md says what is in them")
    sys.stdout.flush()


def listed(words: str) -> list[str]:
    """Names with commas between them."""
    return [word.strip() for word in words.split(",") if word.strip()]
