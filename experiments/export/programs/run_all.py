"""Runs everything from the inputs, makes data and output anew in `reproduced/`, and compares them with what is here.

    python programs/00_run_all.py

Exit code 0 if every file is the same to the last byte, else 1; differing tables of numbers are listed with the largest
relative difference.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
NEW = HERE / "reproduced"
STEPS = json.loads((HERE / "programs" / "steps.json").read_text(encoding="utf-8"))
NOT_COMPARED = {"codebook.md", "codebook.csv", "datapackage.json", "open.do", "open.R"}  # they name the command


def check() -> None:
    """End before anything is done if this Python, or its packages, cannot make the numbers; name other versions."""
    least, made_with = STEPS["python"]["least"], STEPS["python"]["made_with"]
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < tuple(map(int, least.split("."))):
        sys.exit(f"Python {least} or later is needed (it was made with {made_with}); this is {here}")
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").split()
    wanted, found = dict(line.split("==") for line in lines), {}
    for name in wanted:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    if missing := [name for name, version in found.items() if not version]:
        sys.exit(f"packages are missing: {', '.join(missing)}; run: pip install -r requirements.txt")
    other = [f"{name} {found[name]} for {version}" for name, version in wanted.items() if found[name] != version]
    print(
        f"Python {here} (made with {made_with}), "
        + (f"other versions: {', '.join(other)}" if other else "all packages as made")
    )


def main() -> int:
    """Do all steps, then compare."""
    check()
    if NEW.exists():
        sys.exit(f"{NEW} is there already: delete it first")
    NEW.mkdir()
    (NEW / "output").mkdir()
    environment = os.environ | {"PYTHONPATH": str(HERE / "code"), "PYTHONHASHSEED": "0"}
    started = time.monotonic()
    for step in STEPS["commands"]:
        words = [sys.executable, *step]
        print(" ".join(["python", *step]), flush=True)
        subprocess.run(words, cwd=HERE, env=environment, check=True)
    for name in STEPS["copied"]:
        shutil.copy(NEW / "results" / name, NEW / "output" / name)
    same, files = 0, [p for part in ("data", "output") for p in sorted((HERE / part).iterdir())]
    files = [p for p in files if p.name not in NOT_COMPARED]
    for path in files:
        other = NEW / path.relative_to(HERE)
        if other.is_file() and other.read_bytes() == path.read_bytes():
            same += 1
        else:
            print(f"{path.relative_to(HERE)}: {difference(path, other)}")
    print(f"{same} of {len(files)} files reproduced to the last byte, {time.monotonic() - started:.0f} s")
    return 0 if same == len(files) else 1


def difference(path: Path, other: Path) -> str:
    """What differs, in words."""
    if not other.is_file():
        return "was not made"
    if path.suffix != ".csv":
        return "differs"
    with path.open(encoding="utf-8") as one, other.open(encoding="utf-8") as two:
        rows, others = list(csv.reader(one)), list(csv.reader(two))
    if [len(row) for row in rows] != [len(row) for row in others]:
        return f"{len(rows)} rows were expected, {len(others)} were made"
    largest = 0.0
    for row, new in zip(rows, others):
        for old, now in zip(row, new):
            if old != now:
                try:
                    largest = max(largest, abs(float(old) - float(now)) / max(abs(float(old)), 1e-300))
                except ValueError:
                    return f"'{old}' was expected, '{now}' was made"
    return f"numbers differ by up to {largest:.2g} of their size"


if __name__ == "__main__":
    sys.exit(main())
