"""``microdrama parameters``: every parameter with unit, range and source."""

from __future__ import annotations

import argparse

from microdrama.model.errors import InputError, meant

from .common import Parser


def add(parser: Parser) -> None:
    """Add the arguments."""
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="only those that mention it")
    parser.add_argument("--markdown", action="store_true", help="as a table for documents")


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    from microdrama.model.inputs.parameters import PARAMETERS

    from ..reference import parameters, shown

    word = chosen.word.casefold()
    found = [q for q in PARAMETERS.values() if word in " ".join(map(str, vars(q).values())).casefold()]
    if not found:
        raise InputError(f"no parameter mentions '{chosen.word}'{meant(chosen.word, PARAMETERS)}")
    if chosen.markdown:
        print(parameters(found), end="")
        return
    for q in found:
        unit = "" if q.unit in ("switch", "1") else f" {q.unit}"
        print(f"{q.name} = {shown(q.default)}{unit}   ({q.allowed})")
        print(f"    {' '.join(filter(None, (q.mechanism + ':' if q.mechanism else '', q.meaning)))}")
        print(f"    {q.layer}; source: {q.source}")
