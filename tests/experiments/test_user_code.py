"""A user's own class of economies in a sweep."""

import importlib
import subprocess
import sys
import textwrap

import pytest

import own_model
from microdrama.experiments import files
from microdrama.experiments.outcomes.registry import REGISTRY
from microdrama.experiments.running import engines
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import load, sweep
from microdrama.experiments.running.user_code import UserCode
from microdrama.model import MicroDramaEconomy
from microdrama.model.errors import InputError
from worlds import Here

STUDY = {"months": 4, "scale": 0.02, "seeds": 2, "factors": {"entry": [True, False]}}

MODEL = """
    from microdrama import MicroDramaEconomy
    from microdrama.experiments.outcomes import outcome
    from my_rules import PREFERRED

    @outcome("preferred", "yuan", "what the class prefers")
    def preferred(run):
        return run.economy.series_cost + 1

    class Preferred(MicroDramaEconomy):
        def step(self):
            super().step()
            self.series_cost = PREFERRED
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A user's folder with a module of theirs that is called like others' and one that it imports."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "my_model.py").write_text(textwrap.dedent(MODEL), encoding="utf-8")
    (home / "my_rules.py").write_text("PREFERRED = 7.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(home))
    before = dict(REGISTRY)
    monkeypatch.setattr(files, "_SOURCES", {})
    yield home
    REGISTRY.clear()
    REGISTRY.update(before)
    for name in ("my_model", "my_rules"):
        sys.modules.pop(name, None)


def own():
    return importlib.import_module("my_model").Preferred


def costs(out):
    return set(load(out)["series_cost_yuan"].to_pylist())


def test_runs_are_of_the_users_class(folder, tmp_path):
    assert sweep(STUDY, tmp_path / "out", executor=Here, model=own()).failed == 0
    assert costs(tmp_path / "out") == {7.0}
    sweep(STUDY, tmp_path / "usual", executor=Here)
    assert 7.0 not in costs(tmp_path / "usual")
    futures = STUDY | {"share_past": True, "factors": {"draws.month": [2], "draws.future": [0, 1, 2]}}
    assert sweep(futures, tmp_path / "futures", executor=Here, model=own()).failed == 0
    assert costs(tmp_path / "futures") == {7.0}


@pytest.mark.slow
def test_worker_processes_import_it_by_name(folder, tmp_path):
    tally = sweep(STUDY, tmp_path / "out", workers=2, model=own())
    assert tally.failed == 0, (tmp_path / "out" / "failures.csv").read_text()
    sweep(STUDY, tmp_path / "one", executor=Here, model=own())
    assert (tmp_path / "out" / "runs.parquet").read_bytes() == (tmp_path / "one" / "runs.parquet").read_bytes()
    assert set(load(tmp_path / "out")["preferred"].to_pylist()) == {8.0}
    assert sweep(STUDY, tmp_path / "usual", workers=1).failed == 0  # the outcome is that of any class
    assert 8.0 not in load(tmp_path / "usual")["preferred"].to_pylist()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.xdist_group("dask")
def test_workers_of_a_cluster_import_it_too(folder, tmp_path):
    pytest.importorskip("distributed")
    tally = sweep(STUDY, tmp_path / "out", executor=engines.dask(workers=1), model=own())
    assert tally.failed == 0, (tmp_path / "out" / "failures.csv").read_text()
    assert costs(tmp_path / "out") == {7.0}


def test_the_version_of_the_code_is_that_of_the_users_files_too(folder, tmp_path):
    first = UserCode.of(own()).version
    assert len(first) == 8 and UserCode.of(own()).version == first
    sweep(STUDY, tmp_path / "out", executor=Here, model=own())
    (code,) = Store(tmp_path / "out").codes
    assert code.endswith(f"+{first}")
    for name in ("my_rules", "my_model"):
        (folder / f"{name}.py").write_text((folder / f"{name}.py").read_text() + "# changed\n")
        changed = UserCode.of(own()).version
        assert changed != first
        first = changed
    with pytest.raises(InputError, match="holds runs of another version of the model"):
        sweep(STUDY, tmp_path / "out", executor=Here, model=own())
    with pytest.raises(InputError, match="holds runs of another version of the model"):
        sweep(STUDY, tmp_path / "out", executor=Here)
    assert UserCode.of(own_model.Sleepy).version != UserCode.of(own_model.Late).version
    assert UserCode.of() == UserCode.of(MicroDramaEconomy)


def test_what_workers_could_not_import_is_said(tmp_path, monkeypatch):
    class Inside(MicroDramaEconomy):
        pass

    Main = type("Main", (MicroDramaEconomy,), {"__module__": "__main__"})
    for model, words in (
        (Inside, "has no .*Inside that worker processes could import; define it at its top"),
        (Main, "Main is defined in a script or notebook.*from my_model import Main"),
        (dict, "must be a subclass of MicroDramaEconomy"),
        ("MicroDramaEconomy", "must be a subclass"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            sweep(STUDY, tmp_path / "out", executor=Here, model=model)
        assert "\n" not in str(caught.value)
    nowhere = UserCode("not_there:Model", ("not_there",), (str(tmp_path),))
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(InputError, match=r"this worker cannot import not_there.*PYTHONPATH of all workers"):
        nowhere.load()


@pytest.mark.slow
def test_a_script_needs_no_guard_and_a_class_in_it_is_refused(folder, tmp_path):
    script = folder / "script.py"
    script.write_text(
        "from microdrama import sweep\nfrom my_model import Preferred\n"
        f"study = {STUDY!r}\nprint(sweep(study, 'out', workers=1, model=Preferred))\n"
        "class Mine(Preferred): pass\nsweep(study, 'other', model=Mine)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, "script.py"], check=False, cwd=folder, capture_output=True, text=True)
    assert done.stdout == "4 of 4 runs completed, 0 failed\n"
    assert "Mine is defined in a script or notebook" in done.stderr
