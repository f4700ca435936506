"""Runs the benchmarks that a page quotes, and puts there what they print.

``make bench`` or ``python -m benchmarks.page docs/performance.md``. In the page a comment names the command,
``<!-- python -m benchmarks.bound -->``; what it printed last stands between it and the next ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .bench import ROOT

QUOTED = re.compile(r"(<!-- python -m (benchmarks\.[^\n]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def printed(command: str) -> str:
    """What a benchmark prints; how far it is goes to standard error."""
    words = [sys.executable, "-m", *shlex.split(command)]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def renewed(page: str, printed: Callable[[str], str] = printed) -> str:
    """The page with what its benchmarks print now: tables as they are, lines of text as such."""

    def quote(found: re.Match[str]) -> str:
        said = printed(found[2]).strip()
        return f"{found[1]}{said if said.startswith('|') else f'```text\n{said}\n```'}\n{found[3]}"

    return QUOTED.sub(quote, page)


def main() -> None:
    """Write the page anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
