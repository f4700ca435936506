"""The one error a user sees: what was wrong, where, what is allowed, what was probably meant."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Iterable

A_SCREEN = 20
"""Problems that a message names; of further ones it gives the number."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
A_LINE = 500
"""Most characters of a line."""


class InputError(ValueError):
    """Something the user gave cannot be used. ``str(error)`` is the message: a line each, within a screen."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        lines = [_line(problem) for problem in self.problems[:A_SCREEN]]
        if len(self.problems) > len(lines):
            lines.append(f"... and {len(self.problems) - len(lines)} more problems")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[str]]]:
        return type(self), (self.problems,)


def _line(problem: str) -> str:
    """A problem on one line that a console can show whatever a file said: nothing in it is obeyed by a terminal."""
    if len(problem) > A_LINE:
        problem = f"{problem[: A_LINE - 200]} ... {problem[-195:]}"
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in problem)


def control_character(text: str) -> str:
    """What is wrong with a text that holds characters for machines, which no name or title needs; empty if none."""
    found = _CONTROL.search(text)
    return f"{text!r} holds a control character ({found[0]!r})" if found else ""


def meant(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """``; did you mean 'x'?`` for the known words nearest to one that is not known, else ``otherwise``."""
    by_folded = {w.casefold(): w for w in known if w != word}
    if len(word) > A_LINE:
        return otherwise
    close = difflib.get_close_matches(word.casefold(), by_folded, n=2, cutoff=0.6)
    if not close:
        return otherwise
    return "; did you mean " + " or ".join(f"'{by_folded[w]}'" for w in close) + "?"


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """The message for a word that is not one of those known.

    >>> unknown("format", "strata", ["csv", "stata"])
    "unknown format 'strata'; did you mean 'stata'? (known: csv, stata)"
    """
    words = list(known)
    return f"unknown {what} '{word}'{meant(word, words)} (known: {', '.join(words)})"


def need(library: str, what: str, extra: str) -> None:
    """An :class:`InputError` that says how to install a library if it is missing."""
    if importlib.util.find_spec(library) is None:
        raise InputError(f"{what}: pip install 'microdrama[{extra}]'")
