"""``microdrama accounts``: who paid whom and who owns what, as matrices."""

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("results DIR", "a folder left by `run --out`")
    parser.takes("--period P", "a year, a month (2024-06), or 2024-06:2024-12 (default: the last 12 months)", "")
    parser.takes("--out FILE", "write .xlsx (with check sums), .tex, .csv or .md; else print")


def act(chosen: Chosen) -> None:
    from ..export.accounts import accounts, text, write_accounts

    found = accounts(chosen.results, chosen.period)
    if chosen.out is None:
        print(text(found))
        return
    write_accounts(found, chosen.out)
    print(f"accounts of {found.first} to {found.last}: {chosen.out}")
