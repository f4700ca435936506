"""``microdrama parameters``: every parameter with unit, range and source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from microdrama.model.errors import InputError, meant

from .common import Chosen, Parser

if TYPE_CHECKING:
    from microdrama.model.inputs.parameters import Parameter


def add(parser: Parser) -> None:
    parser.takes("word WORD", "only those that mention it", "")
    parser.takes("--markdown", "as a table for documents")


def act(chosen: Chosen) -> None:
    from microdrama.model.inputs.parameters import PARAMETERS

    from ..markdown import shown

    word = chosen.word.casefold()
    found = [q for q in PARAMETERS.values() if word in " ".join(map(str, vars(q).values())).casefold()]
    if not found:
        raise InputError(f"no parameter mentions '{chosen.word}'{meant(chosen.word, PARAMETERS)}")
    if chosen.markdown:
        print(as_page(found), end="")
        return
    for q in found:
        unit = "" if q.unit in ("switch", "1") else f" {q.unit}"
        print(f"{q.name} = {shown(q.default)}{unit}   ({q.allowed})")
        print(f"    {' '.join(filter(None, (q.mechanism + ':' if q.mechanism else '', q.meaning)))}")
        print(f"    {q.layer}; source: {q.source}")


def as_page(parameters: Iterable[Parameter]) -> str:
    """A page of the documentation with a table of these parameters."""
    from ..markdown import page, shown, table

    def row(q: Parameter) -> tuple[str, ...]:
        allowed = " / ".join(q.choices) if q.choices else "" if q.kind is bool else f"{q.low:g} to {q.high:g}"
        unit = "" if q.unit == "switch" else q.unit
        return f"`{q.name}`", shown(q.default), unit, allowed, q.mechanism, q.meaning, q.layer, q.source

    head = ("name", "default", "unit", "allowed", "mechanism", "meaning", "layer", "source")
    return page(
        "Parameters",
        "Layers: *pinned* (sourced, not fitted), *estimated* (may be fitted), *swept* (assumptions, to be varied), "
        "*switch* (turns a mechanism off), *run*.",
        table(head, map(row, parameters)),
    )
