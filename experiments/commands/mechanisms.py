"""``microdrama mechanisms``: what each mechanism does, by switching it off."""

from pathlib import Path

from microdrama.model.errors import InputError

from .common import Chosen, Parser, many_runs


def add(parser: Parser) -> None:
    parser.takes("--seeds N", "number of seeds", 5)
    parser.takes("--months N", "months to run", 120)
    parser.takes("--scale X", "size of the runs", 1.0)
    parser.takes("--workers N", "processes", 2)
    parser.takes("--out DIR", "completed runs there are not repeated", "results/mechanisms")
    parser.takes("--page FILE.md", "the table (default: DIR/mechanisms.md)", "")


def act(chosen: Chosen) -> None:
    from ..files import new_file
    from ..reports.mechanisms import table

    if chosen.seeds < 2:
        raise InputError(f"--seeds {chosen.seeds}: an interval needs at least 2")
    page = table(**many_runs(chosen, "seeds", "months", "scale", "out"))
    file = Path(chosen.page or f"{chosen.out}/mechanisms.md")
    with new_file(file) as path:
        path.write_text(page, encoding="utf-8")
    print(f"table: {file}; runs: {chosen.out}/")
