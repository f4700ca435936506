"""What the main experiment leaves: tidy tables, figures, and one self-contained page that no request leaves."""

from __future__ import annotations

import json
import tempfile
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError

from ..figures import check_matplotlib
from ..files import MANIFEST, Columns, provenance, write_csv, write_manifest, write_parquet
from ..outcomes import outcome_columns
from .factorial import CELLS, EFFECTS, OUTCOMES, PATHS, Experiment, effects_table, reading, shifts_table
from .html import document, embedded, table
from .main_figures import draw_all

KIND = "microdrama main"
"""Kind of results in the manifest: only into such a folder is ever written."""
RUNS = "runs"
"""Folder of the runs, as a sweep leaves them, beside what is made from them."""

EFFECT_COLUMNS: Columns = {
    "outcome": ("", "outcome"),
    "outcome_words": ("", "outcome in words"),
    "unit": ("", "unit of mean, low and high"),
    "effect": ("", "contrast"),
    "effect_words": ("", "contrast in words"),
    "mean": ("see unit", "mean of the paired differences"),
    "low": ("see unit", "lower end of its 95 % interval (t; Agresti-Min for the share of seeds in which it leads)"),
    "high": ("see unit", "upper end"),
    "seeds": ("seeds", "number of pairs"),
    "unchanged": ("share", "seeds whose difference is exactly zero"),
    "variance_ratio": ("1", "variance with independent seeds over variance of the pairs"),
}
SHIFT_COLUMNS: Columns = {
    "city": ("", "city"),
    "name": ("", "its name"),
    "effect": ("", "contrast"),
    "effect_words": ("", "contrast in words"),
    "mean": ("points", "mean of the paired differences of its share of shooting days, last 12 months"),
    **{name: ("points", EFFECT_COLUMNS[name][1]) for name in ("low", "high")},
    **{name: EFFECT_COLUMNS[name] for name in ("seeds", "unchanged", "variance_ratio")},
}
PATH_COLUMNS: Columns = {
    "combination": ("", "combination of crisis and policy"),
    "month": ("YYYY-MM", "month"),
    "city": ("", "city"),
    "variable": ("", "column of the panel, as a share of all cities where its name begins with share_"),
    "mean": ("as the variable", "mean over seeds"),
    "low": ("as the variable", "5 % quantile over seeds"),
    "high": ("as the variable", "95 % quantile over seeds"),
}


def path_table(found: Experiment) -> dict[str, Array]:
    """Means and bands over seeds of the paths, long."""
    slugs, parts = found.scenario.cities.slugs, []
    for cell in CELLS:
        for name in PATHS:
            values = found.path(cell, name)
            label = name
            if name in ("shoot_days", "studios", "value_yuan"):
                total = values.sum(axis=2, keepdims=True)
                values, label = np.divide(values, total, out=np.zeros_like(values), where=total > 0), f"share_{name}"
            months = values.shape[1]
            low, high = np.quantile(values, [0.05, 0.95], axis=0)
            rows, dates = months * len(slugs), [month_name(m) for m in range(months)]
            parts.append(
                {
                    "combination": np.full(rows, cell),
                    "month": np.repeat(dates, len(slugs)),
                    "city": np.tile(slugs, months),
                    "variable": np.full(rows, label),
                    "mean": values.mean(axis=0).ravel(),
                    "low": low.ravel(),
                    "high": high.ravel(),
                }
            )
    return {name: np.concatenate([part[name] for part in parts]) for name in PATH_COLUMNS}


def write(found: Experiment, out: str | Path, *, command: str = "") -> Path:
    """Tables, figures and page of the experiment into a folder, in place of earlier ones once all are written.

    ``command`` is what the page and the manifest give to repeat it.

    Raises
    ------
    InputError
        If the folder holds anything else, cannot be written, or matplotlib is missing.
    """
    check_out(out)
    columns = {"combination": ("", "combination"), "seed": ("", "seed")}
    columns |= outcome_columns(found.scenario.cities.slugs)
    runs = [
        {"combination": cell, **dict(zip([*columns][1:], row, strict=True))}
        for cell in CELLS
        for row in zip(*(found.column(cell, name) for name in [*columns][1:]), strict=True)
    ]
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as work:
            folder = Path(work)
            _both(folder, "runs", runs, columns)
            _both(folder, "effects", effects_table(found), EFFECT_COLUMNS)
            _both(folder, "cities", shifts_table(found), SHIFT_COLUMNS)
            write_parquet(folder / "paths.parquet", path_table(found), PATH_COLUMNS)
            figures = draw_all(found, folder)
            (folder / "index.html").write_text(page(found, figures, folder, command), encoding="utf-8")
            write_manifest(
                folder,
                KIND,
                {
                    "scenario": {"name": found.scenario.name, "fingerprint": found.scenario.fingerprint},
                    "command": command,
                    "seeds": found.seeds,
                    "city": found.city,
                    "combinations": {cell: switches for cell, (_, switches) in CELLS.items()},
                    "parameters": found.scenario.parameters.to_dict(),
                },
            )
            for path in folder.iterdir():
                path.replace(Path(out) / path.name)
    except OSError as error:
        raise InputError(f"{out}: cannot write the results: {error.strerror or error}") from error
    return Path(out)


def _both(folder: Path, name: str, rows: list[dict[str, Any]], columns: Columns) -> None:
    table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    write_parquet(folder / f"{name}.parquet", table, columns)
    write_csv(folder / f"{name}.csv", rows)


def check_out(out: str | Path) -> None:
    """Refuse a folder that holds anything else, before anything is run."""
    check_matplotlib()
    path = Path(out)
    try:
        ours = (path / RUNS).is_dir() or json.loads((path / MANIFEST).read_text(encoding="utf-8"))["kind"] == KIND
        strange = False
    except (OSError, ValueError, KeyError, TypeError):
        ours, strange = False, path.exists() and (not path.is_dir() or any(path.iterdir()))
    if strange and not ours:
        raise InputError(f"{out}: exists and was not made by {KIND}; move it away or choose another folder")


# ---------------------------------------------------------------------- page


def page(found: Experiment, captions: dict[str, str], folder: Path, command: str = "") -> str:
    """The HTML page.

    Parameters
    ----------
    found : Experiment
    captions : dict of str to str
        Captions by file name of the figures, which lie in ``folder`` and are embedded.
    """
    p, city = found.scenario.parameters, escape(found.city_name)
    figures = {name: embedded(folder / name, caption) for name, caption in captions.items()}
    answer = "".join(f"<p>{escape(sentence)}</p>" for sentence in reading(found))
    seeds = f"{found.seeds[0]}–{found.seeds[-1]}"
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    title = "Property crisis, policy and the clustering of micro-drama"
    return document(
        title,
        "microdrama · main experiment",
        f"""<h1>How do policy and property crises shift where the industry clusters?</h1>
<p>Micro-dramas are series of about 90 vertical episodes of two minutes. Much of their production in China gathered in
an inland manufacturing city in a property crisis, {city}. Cheap space and subsidies are the usual story. Here it is
put to a test in a simulated economy in which a crisis lowers rents and empties malls, but also drains the land revenue
that pays for subsidies. What comes out is not put in.</p>
<h2>The answer of the model</h2>
<div class="answer">{answer}</div>
<p class="note">In brackets 95 % intervals of the mean over seeds. They hold for the model at its default parameters,
many of which are assumptions that have not been calibrated: read them as properties of the model, not as estimates for
the real cities.</p>
<h2>The experiment</h2>
<p>House prices fall as observed or stay at their peak; officials carry out the policies they announced or none. Both
switches act on all cities at once, so an effect on one city is what it gains or loses against the others. All four
combinations are run for {p.months} months from January 2021 at scale {p.scale:g} (1 is the size of the real industry)
with seeds {seeds}. A seed gives every agent the same draws in all four: effects are differences within seeds.</p>
{figures.get("effects.png", "")}
{_effects(found)}
<p class="note">Mean of paired differences and 95 % interval (t; after Agresti and Min where seeds are counted); bold
where it leaves out zero. Each interval stands for itself: of {len(found.contrasts)} about
{len(found.contrasts) / 20:.0f} would leave out zero by chance alone.</p>
<h2>Where series are shot</h2>
{figures.get("paths.png", "")}
{_shifts(found)}
<p class="note">Effects on each city's share of shooting days, in points; they sum to zero over cities.</p>
<h2>The map</h2>
{figures.get("maps.png", "")}
<h2>The crisis</h2>
{figures.get("property.png", "")}
<h2>Levels</h2>
{_levels(found)}
<h2>To repeat it</h2>
{f"<p><code>{escape(command)}</code></p>" if command else ""}
<p>Scenario “{escape(found.scenario.title)}”, fingerprint <code>{found.scenario.fingerprint}</code>; {escape(versions)}.
The folder of this page holds the tables: <code>runs</code> (one row a run), <code>effects</code>,
<code>cities</code>, <code>paths.parquet</code>, and <code>manifest.json</code> with every parameter; the folder
<code>runs</code> in it holds every run with its panel and the grid at its end.</p>""",
    )


def _effects(found: Experiment) -> str:
    return _grid(
        [
            (f"{escape(row['outcome_words'])} <small>({escape(row['unit'])})</small>", row)
            for row in effects_table(found)
        ]
    )


def _shifts(found: Experiment) -> str:
    return _grid([(escape(row["name"]), row) for row in shifts_table(found)])


def _grid(rows: list[tuple[str, dict[str, Any]]]) -> str:
    """Effects as a table: a line for each label, a column for each contrast."""
    lines: dict[str, list[str]] = {}
    for label, row in rows:
        clear = ' class="clear"' if row["low"] > 0 or row["high"] < 0 else ""
        cell = f"<td{clear}>{row['mean']:+.2f}<br><small>{row['low']:+.2f} to {row['high']:+.2f}</small></td>"
        lines.setdefault(label, [label]).append(cell)
    return table(["effect of", *map(escape, EFFECTS.values())], lines.values())


def _levels(found: Experiment) -> str:
    rows = [
        [
            f"{escape(words.format(city=found.city_name))} <small>({escape(unit)})</small>",
            *(
                f"{v.mean() * factor:.2f}<br><small>sd {v.std(ddof=1) * factor:.2f}</small>"
                for v in found.values(name).values()
            ),
        ]
        for name, (words, factor, unit) in OUTCOMES.items()
    ]
    return table(["mean over seeds", *(escape(words) for words, _ in CELLS.values())], rows)
