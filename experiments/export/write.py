"""From a folder of results to a folder of files: every table in every format, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from microdrama.model.errors import InputError, meant, unknown

from ..files import new_folder, shipped_text
from . import writers
from .catalogue import TABLES
from .codebook import write_codebook
from .formats import FORMATS, CsvStyle
from .pairs import PROGRAMS, pairs
from .sources import Results, open_results
from .tables import Tidy, tidy
from .wide import wide

type Progress = Callable[[int, int], None]
R_READERS = {
    "parquet": ("; needs the package arrow", "arrow::read_parquet"),
    "stata": ("; needs the package haven", "haven::read_dta"),
    "csv": ("", "read.csv"),
}
"""What a script in R needs and calls, by format, the best first."""


def export(
    results: str | Path,
    out: str | Path,
    *,
    formats: Sequence[str] = ("csv",),
    tables: Sequence[str] = (),
    wide_tables: bool = False,
    paired: str | None = None,
    style: CsvStyle | None = None,
    progress: Progress | None = None,
    command: str = "",
) -> dict[str, list[str]]:
    """Write tables of a run or sweep into a new folder, with a codebook, all or nothing.

    Parameters
    ----------
    results : path
        A folder that ``microdrama run --out`` or ``microdrama sweep`` left.
    out : path
        It must not exist.
    formats : sequence of str
        Names out of :data:`~.formats.FORMATS`.
    tables : sequence of str
        All that the results have if left out.
    wide_tables : bool
        A column for each city instead of a row, where a table can be spread (:data:`~.wide.ACROSS`).
    paired : str, optional
        With the table ``pairs`` as well, of worlds that differ in this factor alone (empty: the treatment of the
        register, or the only factor), and programs that read it.
    style : CsvStyle, optional
        How CSV files are written, see :func:`~.formats.csv_style`.
    progress : callable, optional
        Called with rows written and rows in all.
    command : str
        How to call what was done, for the codebook.

    Returns
    -------
    dict of str to list of str
        Names of the files of each table.

    Raises
    ------
    InputError
        If something asked for is unknown or cannot be written; then nothing is left.
    """
    if wrong := [unknown("format", name, FORMATS) for name in formats if name not in FORMATS]:
        raise InputError(wrong[0])
    found = open_results(results)
    if paired is not None:
        found.sources["pairs"] = pairs(found, paired)
    chosen = choose(found, tables)
    with new_folder(out) as folder:
        return write_tables(
            found,
            folder,
            formats,
            chosen,
            wide_tables=wide_tables,
            style=style,
            progress=progress,
            command=command or f"microdrama.experiments.export.export({str(results)!r}, ...)",
        )


def choose(found: Results, tables: Sequence[str]) -> list[str]:
    """Tables asked for, in order; all if none is named.

    Raises
    ------
    InputError
        For one that is not known, or that these results do not have.
    """
    problems, here = [], f"(here: {', '.join(found.sources)})"
    for name in tables:
        if name not in TABLES:
            problems.append(f"unknown table '{name}'{meant(name, TABLES)} {here}")
        elif name not in found.sources:
            how = "; `microdrama run --record` writes it" if found.kind == "run" else ""
            how = "; --paired makes it" if name == "pairs" else how
            if name == "panel":
                how = "; set panel = true in the study and sweep once more"
            problems.append(f"{found.folder}: has no table '{name}'{how} {here}")
    if problems:
        raise InputError(problems)
    return [name for name in found.sources if name in tables or not tables]


def write_tables(
    found: Results,
    folder: Path,
    formats: Sequence[str],
    names: Sequence[str],
    *,
    wide_tables: bool = False,
    style: CsvStyle | None = None,
    progress: Progress | None = None,
    command: str = "",
) -> dict[str, list[str]]:
    """Write tables and their codebook into a folder that is there; arguments as of :func:`export`."""
    made = [tidy(found.sources[name], found) for name in names]
    tables = [wide(table) for table in made] if wide_tables else made
    for table in tables:
        table.style = style or table.style
    total = sum(table.rows or 0 for table in made)
    done = 0
    for table, long in zip(tables, made, strict=True):
        open_files: list[writers.Writer] = []
        for form in (FORMATS[name] for name in dict.fromkeys(formats)):
            table.files.append(f"{table.name}.{form.ending}")
            open_files.append(getattr(writers, form.writer)(folder / table.files[-1], table))
        before, rows = done, 0
        for block in table.checked():
            for file in open_files:
                file.write(block)
            rows += len(block[0])
            if progress and table is long:
                progress(min(before + rows, total), total)
        for file in open_files:
            file.close()
        done += long.rows or 0
        if progress:
            progress(min(done, total), total)
    write_codebook(folder, tables, found.about, command)
    for name, program in PROGRAMS.items() if "pairs" in names else ():
        (folder / name).write_text(shipped_text(f"export/programs/{program}"), encoding="utf-8")
    if "stata" in formats:
        (folder / "open.do").write_text(_do_file(tables), encoding="utf-8")
    if best := next((name for name in R_READERS if name in formats), ""):
        (folder / "open.R").write_text(_r_file(tables, best), encoding="utf-8")
    return {table.name: table.files for table in tables}


def _do_file(tables: Sequence[Tidy]) -> str:
    lines = ["* Opens every table of this folder; Stata 14 or later.", "version 14", ""]
    for table in tables:
        short = {v.name: v.short for v in table.variables}
        key = " ".join(short[name] for name in table.key)
        lines += [f'use "{table.name}.dta", clear', "describe, short", f"isid {key}"]
        if "date" in table.key:
            unit = " ".join(short[name] for name in table.key if name != "date")
            lines += [f"egen unit = group({unit})", "xtset unit mdate, monthly"]
        lines += ["summarize", ""]
    return "\n".join(lines)


def _r_file(tables: Sequence[Tidy], name: str) -> str:
    needed, reader = R_READERS[name]
    style, more = tables[0].style, ""
    if name == "csv":
        more = f', sep = "{style.separator}"' if style.separator != "," else ""
        more += ', dec = ","' if style.comma else ""
        more += ', fileEncoding = "UTF-8-BOM"' if style.excel else ""
    lines = [
        f"# Opens every table of this folder{needed}.",
        "# Numbers of studios and actors are beyond 2^53: keep them as integer64 or text.",
    ]
    for table in tables:
        file = f"{table.name}.{FORMATS[name].ending}"
        lines += [f'{table.name} <- {reader}("{file}"{more})', f"str({table.name}, list.len = 5)"]
    return "\n".join(lines) + "\n"
