"""One sweep at a time in a folder: who has it, and what becomes of the claim of one that died."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from microdrama.model.errors import InputError

from ..files import check_writable

try:
    import fcntl
except ImportError:  # Windows has no such locks: there the note in the file decides alone
    fcntl = None  # type: ignore[assignment]

NAME = ".lock"


@contextlib.contextmanager
def locked(folder: Path, shard: tuple[int, int] = (1, 1)) -> Iterator[None]:
    """Claim a folder, made if need be; shards claim it together, each its part.

    The operating system holds the lock, so it ends with the process, however that ends. The file also says who has it:
    where locks do not reach (another machine, on some network disks) that note is respected until it is deleted.

    Raises
    ------
    InputError
        If another sweep has it, or the folder cannot be written to.
    """
    check_writable(folder)
    names = [NAME] if shard == (1, 1) else [NAME, f"{NAME}-{shard[0]}-of-{shard[1]}"]
    with contextlib.ExitStack() as held:
        for name in names:
            file = held.enter_context(_claim(folder / name, shared=name != names[-1]))
        notes = [folder / names[-1]] if len(names) > 1 else sorted(folder.glob(f"{NAME}*"))
        if others := [path for path in notes if _may_live(_owner(path))]:
            raise InputError(
                f"{folder}: a sweep may be at work there, of {_said(_owner(others[0]))}; if it no longer runs, delete "
                f"{' and '.join(map(str, others))} and run the same command again"
            )
        for path in notes:
            if path.name not in names:  # of a shard of this machine that died
                path.unlink(missing_ok=True)
        note = {"host": platform.node(), "pid": os.getpid(), "started": _started(os.getpid()), "since": time.ctime()}
        file.truncate(0)
        file.write(json.dumps(note).encode())
        yield


@contextlib.contextmanager
def _claim(path: Path, *, shared: bool) -> Iterator[IO[bytes]]:
    """The locked file; the last to hold it removes it."""
    while True:
        file = path.open("a+b", buffering=0)
        try:
            _lock(file, shared=shared)
        except BlockingIOError:
            file.close()
            owner = next(filter(None, map(_owner, sorted(path.parent.glob(f"{NAME}*")))), {})
            raise InputError(
                f"{path.parent}: another sweep is at work there, of {_said(owner)}; wait for it or end it"
            ) from None
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            break
        file.close()  # its owner removed it in between
    with file:
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):
                _lock(file, shared=False)
                if not _may_live(_owner(path)):  # what another machine says stays
                    path.unlink(missing_ok=True)


def _lock(file: IO[bytes], *, shared: bool) -> None:
    """Take the lock at once; a BlockingIOError if somebody has it. Disks without locks grant it to everybody."""
    if fcntl is not None:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            return


def _owner(path: Path) -> dict[str, Any]:
    """What a file says of its owner; nothing if that was cut off."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def _may_live(owner: dict[str, Any]) -> bool:
    """Whether an owner whose lock does not stop us may be at work after all."""
    if not owner or owner.get("pid") == os.getpid():
        return False
    if owner.get("host") != platform.node():
        return True
    return owner.get("started", "") == _started(owner.get("pid")) != ""


def _started(pid: Any) -> str:
    """When a process of this machine began, as it counts; empty if it has ended, or where it does not say."""
    with contextlib.suppress(OSError, IndexError):
        state, *said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return "" if state in "ZX" else said[18]  # one that has ended stays until its parent has asked how
    return ""


def _said(owner: dict[str, Any]) -> str:
    if not owner.keys() >= {"pid", "host", "since"}:
        return "a process that left no name"
    return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
