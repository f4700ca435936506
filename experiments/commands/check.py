"""``microdrama check``: which results are whole, by their checksums."""

from __future__ import annotations

import warnings
from pathlib import Path

from microdrama.model.errors import InputError

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("folder DIR", "results of run, sweep or study, or a folder of such folders")


def act(chosen: Chosen) -> int:
    from ..files import MANIFEST, RECORDS, SWEEP

    top = Path(chosen.folder)
    homes = {path.parent for name in (MANIFEST, SWEEP, *RECORDS) for path in top.rglob(name)}
    if not homes:
        raise InputError(
            f"{top}: {'holds no results' if top.is_dir() else 'is no folder'}; give one left by run or sweep"
        )
    damaged = sum([_checked(home) for home in sorted(homes)])
    return 1 if damaged else 0


def _checked(home: Path) -> int:
    """Print what of a folder is not whole, or that all is; how much is not."""
    from ..files import MANIFEST, SWEEP, checksums, damaged
    from ..running.store import Store

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is missing is listed below
        store = Store(home)
    files, parts = damaged(home), store.damaged()
    for name in files:
        print(f"{home / name}: damaged or missing: its checksum is not the one on record")
    for name, runs in parts.items():
        print(f"{home / name}: damaged or missing, with {runs} runs: the same sweep does them again")
    if files and store.parts:
        print(f"{home}: the same sweep writes its tables anew")
    if not files and not parts:
        known, runs = checksums(home), len(store.done)
        early = any((home / name).exists() for name in (MANIFEST, SWEEP))
        without = "no checksums of tables, as an early version wrote them" if early else "no tables yet"
        of = [f"{len(known)} files" if known else without]
        print(f"{home}: whole ({', '.join(of + ([f'{runs} runs'] if runs else []))})")
    return len(files) + len(parts)
