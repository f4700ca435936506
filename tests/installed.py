"""What tests of the installed package share: a clean environment, a small study, and programs that must end well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PREFIXES = [Path(path).parents[2] for path in sys.path if Path(path).name == "site-packages"]
ENV = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")} | {
    "JUPYTER_PATH": os.pathsep.join(str(prefix / "share" / "jupyter") for prefix in PREFIXES),
    "JUPYTER_CONFIG_PATH": os.pathsep.join(str(prefix / "etc" / "jupyter") for prefix in PREFIXES),
}
"""Nothing that leads to the checkout. Packages shared with another environment keep their files beside it."""
STUDY = """
title = "Does a rebate raise Zhengzhou's share?"
months = 6
scale = 0.02
seeds = 2
outputs = ["city_share_shoot_days"]
[[policy]]
name = "offer"
city = "zhengzhou"
instrument = "rebate"
start = "2021-02"
size = 0.2
[factors]
"offer.size" = [0.0, 0.3]
[register]
label = "T1"
question = "Does a rebate raise Zhengzhou's share of shooting days?"
hypothesis = "It does."
metric = "city_share_shoot_days"
analysis = "effects"
overturned_by = "An interval below zero."
[register.predicted]
"offer.size 0.3" = "+"
[quick]
months = 4
"""


def said(*words, cwd, **more):
    """What a program prints that must end well."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=ENV, capture_output=True, text=True, timeout=500, check=False, **more
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def take_over_compiled_code(package):
    """Spare the compilation of loops that are compiled already in the checkout: numba looks at times of sources."""
    for room in ("model", "experiments"):
        for cached in (ROOT / room).rglob("__pycache__/*.nb?"):
            source = cached.parents[1] / f"{cached.name.split('.')[0]}.py"
            target = package / source.relative_to(ROOT)
            if not source.exists():  # a module of the past
                continue
            shutil.copystat(source, target)
            (target.parent / "__pycache__").mkdir(exist_ok=True)
            shutil.copy2(cached, target.parent / "__pycache__")
