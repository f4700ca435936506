"""Markdown shared by pages, reports, codebooks and read-mes: tables, and values as a scenario file has them."""

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def shown(value: Any) -> str:
    """A value as one writes it in a scenario file."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def page(title: str, intro: str, lines: Sequence[str]) -> str:
    """A page of the documentation that says it was made."""
    return "\n".join([f"# {title}", "", intro + " Made by `make docs` from the code.", "", *lines]).rstrip() + "\n"
