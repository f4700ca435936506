"""A run and its summary have the same bits on every processor, with every linear algebra, compiled or not."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digests import digest
from microdrama.experiments.outcomes import summarise
from microdrama.experiments.run import run
from microdrama.model import arithmetic
from worlds import every_instrument

HERE = Path(__file__).parent


def of_run() -> str:
    """Hash of all that a small world leaves: panel, state, cells, accounts and summary row."""
    economy = run(every_instrument(), 1, months=24, scale=0.02)
    tables = economy.panel.city_month(), economy.panel.cells(), economy.panel.flows(), summarise(economy)
    columns = [f"{name} {digest(values)}" for table in tables for name, values in table.items()]
    for table in economy.tables():
        columns += [f"{name} {digest(getattr(table, name))}" for name in type(table).columns()]
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()


def of_functions() -> str:
    """Hash of the elementary functions at very many places."""
    rng = np.random.default_rng(1)
    x, y = np.exp2(rng.integers(-(2**20), 2**20, 200_000) / 2.0**17) + rng.random(200_000), rng.normal(size=200_000)
    of_one = (function(values) for function in OF_ONE for values in (x, 8 * y, np.ones(3), y[:5]))
    share = arithmetic.normal_quantile(rng.random(200_000))
    values = [*of_one, arithmetic.power(x, 4 * y), arithmetic.hypot(x, y), share, arithmetic.normal_share(y)]
    return hashlib.sha256(np.concatenate(values).tobytes()).hexdigest()


OF_ONE = arithmetic.exp, arithmetic.expm1, arithmetic.log, arithmetic.log1p


def elsewhere(what: str, **settings: str) -> str:
    """The same hash in a new process of these settings, which hold from its start."""
    path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    code = f"import test_processors; print(test_processors.{what}())"
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=os.environ | settings | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.split()[-1]


OLD = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(np._core._multiarray_umath.__cpu_dispatch__),
    "OPENBLAS_CORETYPE": "Nehalem",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2",
}
"""A processor of 2008 to numpy, OpenBLAS and the C library."""


@pytest.mark.slow
def test_a_run_without_newer_instructions_and_without_the_compiler():
    assert elsewhere("of_run", **OLD, NUMBA_DISABLE_JIT="1") == of_run()


@pytest.mark.slow
def test_functions_compiled_for_any_processor(tmp_path):
    """The whole model compiles for half a minute; what the compiler makes of sums and products shows in these too."""
    generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    assert elsewhere("of_functions", **generic) == of_functions()
