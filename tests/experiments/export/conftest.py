"""A small run with every table, and a small sweep with panels, made once."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from microdrama.experiments.files import write_manifest
from microdrama.experiments.outcomes.recorder import CHOICES, Recorder
from microdrama.experiments.outcomes.run_tables import write_run
from microdrama.experiments.run import run
from microdrama.experiments.running.sweep import sweep
from worlds import Here

STUDY = {
    "title": "Rebates",
    "months": 3,
    "scale": 0.02,
    "seeds": [7, 2**53 + 1],
    "panel": True,
    "policy": [{"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2021-02", "size": 0.1}],
    "factors": {"crisis_strength": [0, 1], "offer.size": [0, 0.2], "scenario": ["baseline", "no_policy"]},
}


@pytest.fixture(scope="session")
def a_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "run"
    recorder = Recorder(CHOICES, 0.1)
    economy = run("baseline", 3, 14, scale=0.02, watch=recorder.record, begin=recorder.begin)
    write_run(economy, folder, recorder=recorder)
    return folder


@pytest.fixture
def changed(a_run, tmp_path):
    """Copies the run with another table in place of one, its checksums brought up to date."""

    def copy(name, table):
        folder = Path(shutil.copytree(a_run, tmp_path / "run"))
        pq.write_table(table, folder / name)
        manifest = folder / "manifest.json"
        about = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.unlink()
        kind = about.pop("kind")
        write_manifest(folder, kind, {name: about[name] for name in about.keys() - {"files", "checksum"}})
        return folder

    return copy


@pytest.fixture(scope="session")
def a_sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "sweep"
    sweep(STUDY, folder, executor=Here)
    return folder


@pytest.fixture(scope="session")
def exported(a_run, tmp_path_factory):
    """The run in every format."""
    from microdrama.experiments.export import export
    from microdrama.experiments.export.formats import FORMATS

    out = tmp_path_factory.mktemp("exported") / "all"
    names = [
        "runs",
        "panel",
        "studios",
        "funds",
        "series",
        "flows",
        "balance",
        "measures",
        "platforms",
        "cities",
        "parameters",
        "policies",
        "zones",
    ]
    export(a_run, out, formats=list(FORMATS), tables=names)
    return out


@pytest.fixture(scope="session")
def exported_sweep(a_sweep, tmp_path_factory):
    from microdrama.experiments.export import export

    out = tmp_path_factory.mktemp("exported") / "sweep"
    export(a_sweep, out, formats=["csv", "parquet", "stata"])
    return out
