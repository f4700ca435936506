"""Time and memory of exports: a panel of ten million rows, against pandas for a smaller one.

``python -m benchmarks.exports [--rows N]``; needs about 12 GB of disk, and 2 GB of memory for the comparison.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from microdrama.model.calendar import month_name
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.panel import COLUMNS

MONTHS = 120


def panel(folder: Path, rows: int, columns: int) -> None:
    """A sweep's folder with a panel of so many rows, of made-up numbers."""
    slugs = shipped_cities().slugs
    block = MONTHS * len(slugs)
    runs = -(-rows // block)
    ids = [f"{i:020x}" for i in range(runs)]
    pq.write_table(
        pa.table({"point": np.arange(runs), "run_id": ids, "seed": np.arange(1, runs + 1), "studios": np.ones(runs)}),
        folder / "runs.parquet",
    )
    months = np.repeat([month_name(m) for m in range(MONTHS)], len(slugs))
    rng, writer, size = np.random.default_rng(1), None, 32
    walks = {name: rng.normal(size=size * block).cumsum() for name in [*COLUMNS][:columns]}
    values = {name: np.floor(abs(walk)) if i % 2 else walk for i, (name, walk) in enumerate(walks.items())}
    for first in range(0, runs, size):
        some = range(first, min(first + size, runs))
        rows = len(some) * block
        part = pa.table(
            {
                "point": np.repeat(some, block),
                "seed": np.repeat(some, block) + 1,
                "run_id": np.repeat([ids[i] for i in some], block),
                "month": np.tile(months, len(some)),
                "city": np.tile(slugs, MONTHS * len(some)),
                **{name: column[:rows] for name, column in values.items()},
            }
        )
        writer = writer or pq.ParquetWriter(folder / "panel.parquet", part.schema, compression="lz4")
        writer.write_table(part)
    writer.close()
    (folder / "sweep.json").write_text(
        '{"kind": "microdrama sweep", "title": "Benchmark", "points": 1, "seeds": [], "versions": {}, "code": null}'
    )


def _export(folder: Path, formats: list[str], out: Path, pipe) -> None:
    from microdrama.experiments.export import export

    pipe.send(_used())
    export(folder, out, formats=formats, tables=["panel"])
    pipe.send(_used())


def _pandas(folder: Path, out: Path, pipe) -> None:
    import pandas as pd

    pipe.send(_used())
    frame = pd.read_parquet(folder / "panel.parquet")
    frame["city"] = frame["city"].astype("category")
    frame["month"] = pd.to_datetime(frame["month"])
    out.mkdir()
    frame.to_stata(out / "panel.dta", version=118, write_index=False, convert_dates={"month": "td"})
    pipe.send(_used())


def _used() -> tuple[float, float]:
    """Most memory so far, MB, and seconds of a core."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def measure(what: str, job, *arguments) -> None:
    """Run a job in a process of its own and print what it took."""
    here, there = multiprocessing.Pipe()
    started = time.monotonic()
    process = multiprocessing.get_context("spawn").Process(target=job, args=(*arguments, there))
    process.start()
    there.close()
    base, before = here.recv()
    try:
        peak, after = here.recv()
    except EOFError:
        peak = after = float("nan")
    process.join()
    size = sum(p.stat().st_size for p in arguments[-1].rglob("*")) / 1e6 if arguments[-1].exists() else 0
    print(
        f"{what:20}{time.monotonic() - started:6.0f} s, {after - before:.0f} s of a core, peak {peak:.0f} MB "
        f"(at rest {base:.0f}), files {size:.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument(
        "--pandas", type=int, default=500_000, help="rows for the comparison with pandas.to_stata, or 0"
    )
    parser.add_argument("--columns", type=int, default=len(COLUMNS), help="of the panel, beside its key")
    parser.add_argument("--folder", default=None)
    chosen = parser.parse_args()
    for rows, jobs in ((chosen.pandas, "both"), (chosen.rows, "ours")):
        if not rows:
            continue
        with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
            folder = Path(place)
            panel(folder, rows, chosen.columns)
            size = (folder / "panel.parquet").stat().st_size / 1e6
            print(f"{rows:,} rows of {chosen.columns + 6} columns, {size:.0f} MB")
            if jobs == "both":
                measure("pandas.to_stata", _pandas, folder, folder / "pandas")
                measure("stata", _export, folder, ["stata"], folder / "stata")
                continue
            measure("parquet and stata", _export, folder, ["parquet", "stata"], folder / "both")


if __name__ == "__main__":
    main()
