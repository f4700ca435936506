"""The command as a user meets it: what it prints, leaves, and says to bad input."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from microdrama.experiments import cli, commands
from microdrama.experiments.files import code_version
from microdrama.experiments.running.store import Store
from microdrama.experiments.running.sweep import load
from microdrama.model.panel import COLUMNS

CITIES = files("microdrama.model.inputs").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")
SMALL = ["--scale", "0.02", "--months", "14"]


def command(*words):
    return [sys.executable, "-m", "microdrama.experiments.cli", *map(str, words)]


def changed_table(tmp_path, old, new):
    path = tmp_path / "cities.csv"
    assert old in CITIES
    path.write_text(CITIES.replace(old, new), encoding="utf-8")
    return path


BAD = {
    "misspelt parameter": (["run", "--set", "crisis_strenght=1"], "did you mean 'crisis_strength'"),
    "out of range": (["run", "--set", "crisis_strength=9"], "from 0 to 3"),
    "wrong type": (["run", "--set", "crisis_strength=deep"], "must be a number"),
    "percent sign": (["run", "--set", "committed_share=80%"], "write 0.8"),
    "no value": (["run", "--set", "crisis_strength"], "NAME=VALUE"),
    "unknown scenario": (["run", "no_polcy"], "did you mean 'no_policy'"),
    "missing file": (["run", "nowhere.toml"], "cannot read the scenario"),
    "unknown option": (["run", "--sede", "3"], "did you mean '--seed'"),
    "set twice": (["run", "--set", "months=3", "--months", "4"], "set twice: by --set and by --months"),
    "set twice by --set": (["run", "--set", "scale=0.1", "--set", "scale=0.2"], "is set twice"),
    "two lines in one": (["run", "--set", "scale=0.02\nmonths=3"], "must be a number"),
    "one word too many": (["run", "baseline", "extra"], "unexpected argument 'extra'"),
    "folder without a name": (["run", "--out", ""], "cannot be empty"),
    "unknown command": (["rum"], "did you mean 'run'"),
    "seed in words": (["run", "--seed", "lucky"], "--seed"),
    "negative seed": (["run", "--seed", "-1"], "must be a whole number from 0"),
    "no such table": (["run", "--cities", "nowhere.csv"], "cannot read the city table"),
    "one seed": (["main", "--seeds", "1", "--out", "never"], "from 2 to 100,000"),
    "no parameter": (["parameters", "zzz"], "no parameter mentions 'zzz'"),
}


def refuses(words, message, capsys):
    assert cli.main(list(map(str, words))) == 2
    out, err = capsys.readouterr()
    assert not out
    assert all(line.startswith("microdrama: ") for line in err.splitlines())
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_message_and_exit_code_2(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuses(*BAD[case], capsys)
    assert not list(tmp_path.iterdir())


def test_all_problems_are_said_at_once(capsys):
    refuses(["run", "--set", "scale=99", "--set", "pooling=lag", "--set", "moths=3"], "did you mean 'months'", capsys)
    cli.main(["run", "--set", "scale=99", "--set", "pooling=lag", "--set", "moths=3"])
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_scenario_that_is_not_toml(capsys, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[parameters\nscale = 1", encoding="utf-8")
    refuses(["run", path], "not valid TOML", capsys)


def test_an_unknown_city_in_a_policy(capsys, tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('[[policy]]\ncity="zhengzou"\ninstrument="rebate"\nstart="2023-01"\nsize=0.1\n', encoding="utf-8")
    refuses(["run", path], "did you mean 'zhengzhou'", capsys)


def test_a_city_table_without_a_column(capsys, tmp_path):
    path = changed_table(tmp_path, "rent_yuan_m2_month,", "rent,")
    refuses(["run", "--cities", path], "column 'rent_yuan_m2_month' is missing", capsys)


def test_a_city_table_with_a_negative_price(capsys, tmp_path):
    path = changed_table(tmp_path, ",0.57,,78,", ",0.57,,-78,")
    refuses(["run", "--cities", path], "rent_yuan_m2_month = -78 is not in", capsys)


def test_an_output_folder_that_exists_is_left_alone(capsys, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    refuses(["run", "--out", tmp_path], "already exists", capsys)
    refuses(["main", "--out", tmp_path], "was not made by", capsys)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_prints_a_summary_and_leaves_described_tables(capsys, tmp_path):
    out = tmp_path / "deep" / "out"
    assert cli.main(["run", *SMALL, "--audit", "--seed", "4", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Zhengzhou" in printed and "balanced in all 14 months" in printed and str(out) in printed
    assert re.search(r"net-agglomeration index -?\d\.\d\d \(pooling \+", printed)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 4 and manifest["parameters"]["scale"] == 0.02 and manifest["months"] == 14
    assert {p.stem for p in out.glob("*.parquet")} == {"panel", "cells", "series", "flows", "balance", "measures"}
    panel = pq.read_table(out / "panel.parquet")
    assert panel.num_rows == 14 * 8
    assert panel.column_names == ["month", "city", *COLUMNS]
    for field in panel.schema:
        assert field.metadata[b"meaning"] and b"unit" in field.metadata
    flows = pq.read_table(out / "flows.parquet").to_pydict()
    assert all(fen > 0 for fen in flows["fen"])


@pytest.mark.slow
def test_the_same_seed_leaves_byte_identical_tables_in_two_processes(tmp_path):
    for name, hash_seed in (("a", "1"), ("b", "2")):
        env = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run(command("run", *SMALL, "--out", tmp_path / name), check=True, capture_output=True, env=env)
    for file in (tmp_path / "a").glob("*.parquet"):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


@pytest.fixture
def heard():
    """Ctrl-C reaches programs started here even if these tests were started deaf to it (nohup)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
def test_a_run_stopped_by_hand_leaves_nothing(tmp_path):
    job = subprocess.Popen(
        command("run", "--scale", "0.1", "--months", "600", "--out", tmp_path / "out"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert job.stderr is not None
    line = job.stderr.readline()  # it is running once it tells of months
    assert "month" in line or "compiling" in line
    time.sleep(1)
    job.send_signal(signal.SIGINT)
    _, err = job.communicate(timeout=60)
    assert job.returncode == 130
    assert "interrupted" in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_an_interrupt_inside_a_compiled_loop_is_an_interrupt(monkeypatch, capsys):
    def act(chosen):
        try:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt as error:
                raise SystemError("returned a result with an exception set") from error
        except SystemError as error:
            raise SystemError("returned a result with an exception set") from error

    monkeypatch.setattr("microdrama.experiments.commands.scenarios.act", act)
    assert cli.main(["scenarios"]) == 130
    assert "interrupted" in capsys.readouterr().err


def descendants(pid):
    children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [below for child in children for below in descendants(child)]


@pytest.mark.slow
@pytest.mark.usefixtures("heard")
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_main_experiment_stopped_in_the_middle_leaves_no_process_and_resumes(tmp_path, how):
    words = command("main", "--scale", "0.05", "--months", "24", "--seeds", "12", "--out", tmp_path / "out")
    job = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "run " not in job.stderr.readline():  # the first tenth is done
        assert job.poll() is None
    workers = descendants(job.pid)
    assert len(workers) >= (4 if sys.platform == "linux" else 2)  # with the server that forks them, and who tidies up
    job.send_signal(how)
    _, err = job.communicate(timeout=120)
    assert "Traceback" not in err
    assert how == signal.SIGKILL or (job.returncode == 130 and "interrupted" in err)
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() and "Z" not in state(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.2)
    saved = Store(tmp_path / "out", code_version()).done
    assert 4 <= len(saved) < 48 and {*saved.values()} <= {"ok"}
    assert not (tmp_path / "out" / "index.html").exists()
    assert cli.main(["check", str(tmp_path / "out")]) == 0
    again = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "12 seeds x 4 combinations" in again.stdout and (tmp_path / "out" / "index.html").is_file()
    log = load(tmp_path / "out", "log")
    assert log.num_rows == 48 and {*saved} <= {*log["run_id"].to_pylist()}
    assert len({*log["pid"].to_pylist()}) == (4 if saved else 2)  # what was saved before is not repeated


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_help_is_quick_and_imports_little():
    code = (
        "import atexit, sys\n"
        "heavy = {'numpy', 'mesa', 'numba', 'matplotlib', 'pandas'}\n"
        "atexit.register(lambda: print(sorted(heavy & set(sys.modules))))\n"
        "from microdrama.experiments.cli import main; main(['--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "run one scenario" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_has_its_module_and_only_that_one_is_imported():
    home = Path(commands.__file__).parent
    assert set(commands.COMMANDS) == {path.stem for path in home.glob("*.py")} - {"__init__", "common"}
    code = (
        "import sys; from microdrama.experiments.cli import main; main(['scenarios'])\n"
        "print([name for name in sys.modules if name.startswith('microdrama.experiments.commands.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = [f"microdrama.experiments.commands.{name}" for name in ("common", "scenarios")]
    assert done.stdout.splitlines()[-1] == str(imported)


def test_scenarios_and_parameters_are_listed(capsys):
    assert cli.main(["scenarios"]) == 0
    assert re.search(r"^baseline: Baseline$", capsys.readouterr().out, re.M)
    assert cli.main(["parameters", "crisis"]) == 0
    printed = capsys.readouterr().out
    assert "crisis_strength = 1 multiple of the observed fall" in printed and "F248" in printed
    assert cli.main(["parameters", "--markdown"]) == 0
    assert "| `scale` | 0.1 |" in capsys.readouterr().out


@pytest.mark.filterwarnings("default")
def test_parameters_that_make_shares_swing_are_warned_of(capsys):
    assert cli.main(["run", *SMALL, "--set", "location_scale=0.02"]) == 0
    assert re.match(r"microdrama: warning: with these parameters shares may swing .*\n$", capsys.readouterr().err)


FOLDERS = ["answer", "ask 'no crisis'", "run", "main", "vitals", "calibrate", "study asset", "sensitivity", "findings"]
FOLDERS += ["mechanisms", "compare baseline no_policy", "sweep rebate.toml", "export results", "validate"]


@pytest.mark.parametrize("below", ["", "/further"])
@pytest.mark.parametrize("words", FOLDERS)
def test_a_file_in_place_of_the_folder_of_results_is_named(words, below, tmp_path, capsys):
    file = tmp_path / "results"
    file.touch()
    assert cli.main([*shlex.split(words), "--out", f"{file}{below}"]) == 2
    assert f"{file} is a file: choose a folder" in capsys.readouterr().err
