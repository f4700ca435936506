"""``microdrama mechanisms``: what each mechanism does, by switching it off."""

from pathlib import Path

from microdrama.model.errors import InputError

from .common import Chosen, Parser, many_runs


def add(parser: Parser) -> None:
    parser.takes(
        "--mission", "instead: whether each fact that the model was built on acts on what it should move", False
    )
    parser.takes_many(5)
    parser.takes("--more N", "with --mission: other seeds for rows that the first leave open", 0)
    parser.takes("--months N", "months to run", 120)
    parser.takes("--scale X", "size of the runs", 1.0)
    parser.takes("--out DIR", "completed runs there are not repeated", "results/mechanisms")
    parser.takes("--page FILE.md", "the table (default: in DIR)", "")


def act(chosen: Chosen) -> None:
    from ..files import new_file
    from ..reports import mechanisms, mission

    if chosen.more and not chosen.mission:
        raise InputError("--more: only with --mission")
    name = "mission" if chosen.mission else "mechanisms"
    table = mission.table if chosen.mission else mechanisms.table
    page = table(**many_runs(chosen, *("more",) * chosen.mission, "seeds", "months", "scale", "out"))
    file = Path(chosen.page or f"{chosen.out}/{name}.md")
    with new_file(file) as path:
        path.write_text(page, encoding="utf-8")
    print(f"table: {file}; runs: {chosen.out}/")
