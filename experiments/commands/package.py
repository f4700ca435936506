"""``microdrama package``: a replication package of a run or sweep."""

from .common import Chosen, Parser, progress


def add(parser: Parser) -> None:
    parser.takes("results DIR", "a folder left by `run --out`, `sweep` or `study`")
    parser.takes("--out DIR", "a new folder, or a file that ends on .zip", required=True)
    parser.takes("--title TEXT", "title of the paper", "")
    parser.takes("--authors NAMES", "authors, with semicolons between", "")


def act(chosen: Chosen) -> None:
    from ..export.package import make_package

    about = {"title": chosen.title, "authors": chosen.authors}
    count = make_package(chosen.results, chosen.out, progress=progress("row"), **about)
    print(f"{count} files: {chosen.out}; `python programs/00_run_all.py` in it makes all of them again and compares")
