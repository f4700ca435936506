"""Compiled loops kept on disk."""

import importlib.util
import shutil

import pytest

LOOPS = """
from microdrama.model.compiled import compiled

@compiled
def half(x):
    return x / 2
"""


@pytest.fixture
def process(tmp_path):
    """What a new process would have of the same file: nothing compiled, and what is kept on disk."""
    (tmp_path / "loops.py").write_text(LOOPS)

    def started():
        spec = importlib.util.spec_from_file_location("loops", tmp_path / "loops.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.half

    return started


def test_what_is_compiled_is_kept(process):
    assert process()(3) == 1.5
    again = process()
    assert again(3) == 1.5 and sum(again.stats.cache_hits.values()) == 1


def test_processes_that_compile_for_different_types_at_once_keep_both(process, monkeypatch):
    """Neither sees what the other has kept: numba's index would name one file for both."""
    whole, broken, later = process(), process(), process()
    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile._load_index", lambda self: {})
    assert whole(3) == 1.5 and broken(3.0) == 1.5
    monkeypatch.undo()
    assert later(3) == 1.5 and later(3.0) == 1.5 and sum(later.stats.cache_hits.values()) == 2


def test_code_for_other_types_or_cut_short_is_never_run(process, tmp_path):
    half = process()
    assert half(3) == 1.5 and half(3.0) == 1.5
    one, other = sorted((tmp_path / "__pycache__").glob("*.nbc"))
    shutil.move(one, tmp_path / "kept")
    shutil.copy(other, one)
    shutil.copy(tmp_path / "kept", other)
    swapped = process()
    assert swapped(3) == 1.5 and swapped(3.0) == 1.5 and not sum(swapped.stats.cache_hits.values())
    for file in (one, other):
        file.write_bytes(file.read_bytes()[:100])
    cut = process()
    assert cut(3) == 1.5 and not sum(cut.stats.cache_hits.values())
