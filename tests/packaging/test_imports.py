"""``from microdrama import ...`` wherever a user may write it."""

import json
import subprocess
import sys

import pytest

from installed import ENV, said

pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.slow]

IMPORT = "from microdrama import MicroDramaEconomy, Studio, Scenario, sweep, load, compare, study\n"
MONTH = IMPORT + (
    "economy = MicroDramaEconomy('baseline', rng=1, scale=0.02)\n"
    "economy.run_for(1)\n"
    "print(len(economy.agents_by_type[Studio]) > 0)\n"
)


def test_in_a_script_and_on_the_command_line(python, place):
    (place / "script.py").write_text(MONTH, encoding="utf-8")
    assert said(python, "script.py", cwd=place) == "True\n"
    assert said(python, "-c", IMPORT + "print(study.__module__)", cwd=place).startswith("microdrama.")


def test_in_a_notebook_kernel(place):
    jupyter_client = pytest.importorskip("jupyter_client")  # comes with the live page's packages, as ipykernel does
    manager = jupyter_client.KernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(cwd=str(place))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        heard = []
        reply = client.execute_interactive(MONTH, timeout=300, output_hook=lambda m: heard.append(m["content"]))
        assert reply["content"]["status"] == "ok", reply["content"]
        assert [content["text"] for content in heard if content.get("name") == "stdout"] == ["True\n"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_in_spawned_workers_of_a_script_without_a_guard(place):
    (place / "script.py").write_text(
        IMPORT + "print(sweep('study.toml', 'out', workers=2), load('out').num_rows)\n", encoding="utf-8"
    )
    assert said(sys.executable, "script.py", cwd=place) == "4 of 4 runs completed, 0 failed 4\n"


def test_in_dask_workers(place):
    pytest.importorskip("distributed")
    (place / "script.py").write_text(
        IMPORT + "from microdrama.experiments.running import engines\n"
        "if __name__ == '__main__':\n"
        "    print(sweep('study.toml', 'out', executor=engines.dask(workers=1)))\n"
        "    print(set(load('out', 'log')['engine'].to_pylist()))\n",
        encoding="utf-8",
    )
    assert said(sys.executable, "script.py", cwd=place) == "4 of 4 runs completed, 0 failed\n{'dask'}\n"


def test_types_of_the_wheel_are_read(outside, place):
    (place / "script.py").write_text(
        IMPORT + "economy = MicroDramaEconomy('baseline', rng=1, scale=0.02)\n"
        "months: int = economy.p.months\n"
        "wrong: str = economy.p.months\n",
        encoding="utf-8",
    )
    options = ["--strict", "--config-file=", "--no-error-summary", "--output=json", "--cache-dir", place / "cache"]
    code = "import sys; from mypy.main import main; main(args=sys.argv[1:], clean_exit=True)"
    heard = subprocess.run(
        [outside, "-c", code, *options, "script.py"], cwd=place, env=ENV, capture_output=True, text=True, check=False
    ).stdout
    errors = [json.loads(line) for line in heard.splitlines()]
    assert [(error["file"], error["line"], error["code"]) for error in errors] == [("script.py", 4, "assignment")]
