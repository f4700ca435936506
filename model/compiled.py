"""Compiled loops, kept on disk so that many processes may compile at once."""

from __future__ import annotations

import hashlib
import pickle
from typing import Any

from numba import config, njit
from numba.core.caching import IndexDataCacheFile


class _Kept(IndexDataCacheFile):  # type: ignore[misc]
    """One file a signature, named by it, which says itself what it holds.

    numba numbers the files and keeps the numbers in an index. Two processes that compile a function for different types
    at the same moment give both the same number, and a third then runs code for other types: wrong numbers, no word.
    """

    def save(self, key: Any, data: Any) -> None:
        self._save_data(self._name(key), (self._source_stamp, key, data))

    def load(self, key: Any) -> Any:
        try:
            stamp, of, data = self._load_data(self._name(key))
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):  # nothing there, or not whole
            return None
        return data if (stamp, of) == (self._source_stamp, key) else None

    def _name(self, key: Any) -> Any:
        return self._data_name(int.from_bytes(hashlib.sha256(repr((self._version, key)).encode()).digest()[:6]))


def compiled(function: Any, **options: Any) -> Any:
    """``numba.njit`` with what is compiled kept for later processes."""
    dispatcher = njit(cache=True, **options)(function)
    if not config.DISABLE_JIT:
        dispatcher._cache._cache_file.__class__ = _Kept
    return dispatcher
