"""``microdrama template``: files to start from."""

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("kind KIND", "scenario, cities, house_prices, policies or study")
    parser.takes("--out FILE", ".toml, .csv or .xlsx", required=True)


def act(chosen: Chosen) -> None:
    from ..export.templates import write_template

    write_template(chosen.kind, chosen.out)
    print(f"template of {chosen.kind}: {chosen.out}")
