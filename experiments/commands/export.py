"""``microdrama export``: tables of a run or sweep for Stata, R, Excel, SPSS and others."""

import shlex
import sys

from microdrama.model.errors import InputError

from ..export.formats import FORMATS, SEPARATORS
from .common import Chosen, Parser, progress


def add(parser: Parser) -> None:
    parser.takes("results DIR", "a folder left by `run --out` or `sweep`")
    parser.takes("--out DIR", "where to; the folder must not exist", required=True)
    parser.takes("--format NAMES", f"{', '.join(FORMATS)}; several with commas", "csv")
    parser.takes("--tables NAMES", "only these, with commas between (default: all)", "")
    parser.takes("--wide", "a column for each city (flow, sector, ...), not a row")
    parser.takes(
        "--paired FACTOR",
        "of a sweep with panel = true: also worlds with and without this factor's treatment side by side, with the "
        "true effect and programs that recover it (no name: the register's treatment, or the only factor)",
        nargs="?",
        const="",
    )
    parser.takes("--excel", "CSV as Excel reads it: marked as UTF-8, and whole numbers that it would round as text")
    parser.takes("--decimal", "sign of decimals in CSV", "point", choices=("point", "comma"))
    parser.takes(
        "--separator",
        "between values in CSV (default: comma; semicolon with decimal commas)",
        "",
        choices=("", *SEPARATORS),
    )


def act(chosen: Chosen) -> None:
    from ..export import export
    from ..export.formats import csv_style

    style = csv_style(chosen.separator, chosen.decimal, excel=chosen.excel)
    if style != csv_style() and "csv" not in listed(chosen.format):
        raise InputError("--excel, --decimal and --separator are for --format csv")
    files = export(
        chosen.results,
        chosen.out,
        formats=listed(chosen.format),
        tables=listed(chosen.tables),
        wide_tables=chosen.wide,
        paired=chosen.paired,
        style=style,
        progress=progress("row"),
        command=f"{chosen.given} --out {shlex.quote(chosen.out)}",
    )
    for table, names in files.items():
        print(f"{table}: {', '.join(names)}")
    print(f"in {chosen.out}/; codebook.md says what is in them")
    sys.stdout.flush()


def listed(words: str) -> list[str]:
    """Names with commas between them."""
    return [word.strip() for word in words.split(",") if word.strip()]
