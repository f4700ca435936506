"""A folder of results of version 0.1 is still read, and refuses to be resumed.

``tests/fixtures/results-0.1`` was made by version 0.1: a run with studios month by month, a sweep with panels, and the
answer of a registered study.
"""

import hashlib
import shutil
from pathlib import Path

import pytest

from microdrama import load
from microdrama.dashboards import explore
from microdrama.experiments import cli

OLD = Path(__file__).parents[1] / "fixtures" / "results-0.1"


def digests(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def nothing_is_changed():
    before = digests(OLD)
    yield
    assert digests(OLD) == before


def test_tables_load():
    runs = load(OLD / "sweep")
    assert runs.num_rows == 4 and set(runs["offer.size"].to_pylist()) == {0.0, 0.3}
    assert runs.schema.field("city_share_shoot_days").metadata[b"unit"] == b"share"
    assert load(OLD / "sweep", "panel").num_rows == 4 * 5 * 2
    assert load(OLD / "sweep", "log")["host"].to_pylist() == ["computer"] * 4
    assert load(OLD / "sweep", "failures").num_rows == 0
    assert load(OLD / "study", frame="pandas")["city_share_shoot_days"].notna().all()


@pytest.mark.parametrize("name", ["run", "sweep", "study"])
def test_tables_are_exported(name, tmp_path, capsys):
    words = ["export", str(OLD / name), "--out", str(tmp_path / "out"), "--format", "csv,parquet,stata"]
    assert cli.main(words) == 0, capsys.readouterr().err
    table = "panel" if name == "run" else "runs"
    assert {f"{table}.csv", f"{table}.parquet", f"{table}.dta", "codebook.md"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_accounts_are_read(capsys):
    assert cli.main(["accounts", str(OLD / "run"), "--period", "2021-02"]) == 0
    assert "2021-02" in capsys.readouterr().out


def test_the_page_reads_them():
    assert {entry["folder"] for entry in explore.answer(str(OLD), {"what": "folders"})} == {"sweep", "study"}
    about = explore.answer(str(OLD), {"what": "about", "folder": "sweep"})
    assert about["factors"] == {"offer.size": [0.0, 0.3]} and about["runs"] == 4 and about["paths"]
    outcome = "city_share_shoot_days"
    assert outcome in {entry["name"] for entry in about["outcomes"]}
    effects = explore.answer(str(OLD), {"what": "effects", "folder": "sweep", "outcome": outcome})
    assert [row["seeds"] for row in effects["rows"]] == [2, 2]
    question = {"what": "paths", "folder": "sweep", "column": "shoot_days", "city": "zhengzhou"}
    assert len(explore.answer(str(OLD), question)["paths"]) == 2


@pytest.mark.parametrize("name", ["sweep", "study"])
def test_resuming_them_is_refused_in_a_line(name, tmp_path, capsys):
    folder = shutil.copytree(OLD / name, tmp_path / name)
    before = digests(folder)
    words = ["sweep", str(folder / "inputs" / "study.toml"), "--out", str(folder), "--workers", "1"]
    assert cli.main(words) == 2
    refusal = [line for line in capsys.readouterr().err.splitlines() if line.startswith("microdrama: ")]
    assert len(refusal) == 1 and "another version of the model (f5191ddec0ce; this is" in refusal[0]
    assert digests(folder) == before
