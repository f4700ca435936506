"""``microdrama answer``: what the studies say, in five paragraphs and a figure."""

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("--out DIR", "page and figure", "results/answer")


def act(chosen: Chosen) -> None:
    from ..figures import check_matplotlib
    from ..reports.answer import write

    check_matplotlib()
    said = [part for part in write(chosen.out).split("\n\n") if part.startswith("**")]
    print("\n\n".join(said).replace("**", ""))
    print(f"\npage: {chosen.out}/answer.md; figure beside it; the commands that make its tables stand on it")
