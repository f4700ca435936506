"""The commands, from a folder that has nothing to do with the repository."""

import socket
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from installed import ENV, ROOT, said

pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.slow]


def test_the_wheel_holds_every_module_and_data_file_and_one_name(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    homes = {
        "model": "microdrama/model",
        "experiments": "microdrama/experiments",
        "dashboards": "microdrama/dashboards",
    }
    tracked = subprocess.run(
        ["git", "ls-files", "microdrama", *homes], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")
    there = [Path(name) for name in tracked if (ROOT / name).is_file()]
    assert {"/".join((homes.get(path.parts[0], path.parts[0]), *path.parts[1:])) for path in there} <= held
    assert {name.split("/")[0] for name in held} == {"microdrama"}
    assert {Path(name).suffix for name in held} >= {
        ".py",
        ".typed",
        *[".toml", ".csv", ".vue", ".js", ".css", ".do", ".R"],
    }
    assert not [name for name in held if "__pycache__" in name]


def test_results_are_made_and_passed_on(outside, place):
    def microdrama(*words):
        return said(outside.parent / "microdrama", *words, cwd=place)

    assert "crisis_strength" in microdrama("parameters", "crisis")
    assert "tables in made/" in microdrama("run", "--scale", "0.02", "--months", "4", "--out", "made")
    assert "4 of 4 runs completed" in microdrama("sweep", "study.toml", "--out", "swept", "--workers", "1")
    assert "answered/index.html" in microdrama("study", "study.toml", "--quick", "--out", "answered", "--workers", "1")
    assert "codebook.md" in microdrama("export", "swept", "--out", "tables", "--format", "csv,parquet,stata,excel")
    assert "files: parcel.zip" in microdrama("package", "made", "--out", "parcel.zip")
    for kind in ("scenario", "study"):
        microdrama("template", kind, "--out", f"{kind}-new.toml")
    microdrama("template", "cities", "--out", "cities.csv")
    for name in ("made/panel.parquet", "swept/runs.parquet", "answered/answer.csv", "tables/runs.dta", "cities.csv"):
        assert (place / name).stat().st_size > 0, name
    assert "program" in " ".join(zipfile.ZipFile(place / "parcel.zip").namelist())


def test_the_page_opens(outside, place):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [outside.parent / "microdrama", "dashboard", "--port", str(port)],
        cwd=place,
        env=ENV,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline, page = time.monotonic() + 120, ""
        while not page:
            assert server.poll() is None, server.stderr.read()
            assert time.monotonic() < deadline
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read().decode()
            except OSError:
                time.sleep(0.3)
        assert "<html" in page.casefold()
        public = urllib.request.urlopen(f"http://127.0.0.1:{port}/static/public/style.css", timeout=60)
        assert public.status == 200
    finally:
        server.kill()
        server.communicate()
