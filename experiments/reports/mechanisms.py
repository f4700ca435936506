"""What each mechanism does: the paired effect of switching it off, as a table for the documentation."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array
from microdrama.model.inputs import parameters
from microdrama.model.inputs.parameters import PARAMETERS

from ..design.study import Study
from ..design.study_file import load_study
from ..running.results import load
from ..running.sweep import finished

OUTPUTS: dict[str, tuple[str, str, Callable[[Array, float], Array]]] = {
    "days": ("city_share_shoot_days", "its share of shooting days, points", lambda y, scale: 100 * y),
    "studios": ("city_share_studios", "its share of studios, points", lambda y, scale: 100 * y),
    "value": ("city_share_value_yuan", "its share of value, points", lambda y, scale: 100 * y),
    "HHI": ("hhi_shoot_days", "concentration of shooting days x 10,000", lambda y, scale: 1e4 * y),
    "series": ("series_shot", "series shot in the last year, thousands", lambda y, scale: y / 1e3 / scale),
    "cost": ("series_cost_yuan", "average cost of a series, thousand yuan", lambda y, scale: y / 1e3),
    "inside": ("city_morans_i_studios", "Moran's I of its studios over its cells x 100", lambda y, scale: 100 * y),
}
"""Outputs: outcome, meaning, and how it is displayed."""

SWITCHES = tuple(name for name in parameters.SWITCHES if PARAMETERS[name].default)
"""Mechanisms that are on at the defaults."""
ELSEWHERE = {"hours_cap": "hours_cap"}
"""Mechanisms that act in a scenario of their own only, and which."""
INSTEAD = {"office_choice": "cell"}
"""Rules that another one replaces when they are off."""
ROWS = {f"`{name}`": PARAMETERS[name].mechanism for name in (*SWITCHES, *INSTEAD)} | {"a park": "G5b"}
"""Rows of the table and the codes of their equations."""
SETS = {
    "at the defaults": {"baseline": "baseline", "hours_cap": "hours_cap", "park": "worlds/park.toml"},
    **{
        f"at a {word} draw of parameters": {"baseline": f"worlds/draw_{n}.toml"}
        | {name: f"worlds/draw_{n}_{name}.toml" for name in ("hours_cap", "park")}
        for n, word in ((1, "first"), (2, "second"))
    },
}
"""Sets of parameters, and the file of each scenario with them; draws multiply or divide assumptions by up to 1.5."""


def study_of(*, seeds: int, months: int, scale: float) -> Study:
    """Every set of parameters with everything on, in each scenario, and with one mechanism off."""
    on = {name: PARAMETERS[name].default for name in (*SWITCHES, *INSTEAD)}
    arms: list[tuple[str, dict[str, Any]]] = [("baseline", {}), *((scenario, {}) for scenario in ELSEWHERE.values())]
    arms.append(("park", {}))
    arms += [
        (ELSEWHERE.get(switch, "baseline"), {switch: False if PARAMETERS[switch].kind is bool else "off"})
        for switch in SWITCHES
    ]
    arms += [("baseline", {name: other}) for name, other in INSTEAD.items()]
    points = [{"scenario": names[scenario]} | on | off for names in SETS.values() for scenario, off in arms]
    said = {
        "title": "What each mechanism does",
        "months": months,
        "scale": scale,
        "seeds": seeds,
        "outputs": [outcome for outcome, _, _ in OUTPUTS.values()],
        "design": {"sampler": "points", "points": points},
    }
    study = load_study(said, folder=Path(str(files("microdrama.experiments").joinpath("studies"))))
    study.name = "mechanisms"
    return study


def effects(*, seeds: int, months: int, scale: float, out: str | Path | None = None, **how: Any) -> tuple[Array, Array]:
    """Levels with everything on (sets, seeds, outputs) and effects (sets, rows, seeds, outputs).

    Runs are saved in the folder ``out``, where the same call resumes. Takes what :func:`.running.sweep.sweep` takes,
    and raises as :func:`.running.sweep.finished`.
    """
    with finished(study_of(seeds=seeds, months=months, scale=scale), out, mix_code=True, **how) as folder:
        runs = load(folder)
    columns = [shown(runs[outcome].to_numpy(), scale) for outcome, _, shown in OUTPUTS.values()]
    found: Array = np.stack(columns, axis=-1).reshape(len(SETS), -1, seeds, len(OUTPUTS))
    first = 2 + len(ELSEWHERE)  # arms with everything on, the last one with a park
    against = [1 + [*ELSEWHERE].index(name) if name in ELSEWHERE else 0 for name in (*SWITCHES, *INSTEAD)]
    park = found[:, 0] - found[:, first - 1]
    return found[:, 0], np.concatenate([found[:, first:] - found[:, against], park[:, None]], axis=1)


def table(*, seeds: int = 5, months: int = 120, scale: float = 1.0, **how: Any) -> str:
    """Markdown of the effect of switching off each mechanism, with 95 % intervals over paired seeds, in each set."""
    level, effect = effects(seeds=seeds, months=months, scale=scale, **how)
    mean, error = effect.mean(axis=2), effect.std(axis=2, ddof=1) / np.sqrt(seeds)
    half = stats.t.ppf(0.975, seeds - 1) * error
    strict = stats.t.ppf(1 - 0.025 / (len(SETS) * len(OUTPUTS)), seeds - 1) * error
    clear = (np.abs(mean) > strict).any(axis=(0, 2))
    dead = (effect == 0).all(axis=(0, 2, 3))
    lines = [
        "# What each mechanism does",
        "",
        f"The effect of switching one mechanism off: baseline scenario, {months} months, scale {scale:g}, {seeds} "
        "seeds, the same draws with and without. In brackets the half-width of the 95 % interval of the mean; **bold** "
        "where the interval leaves out zero (of twenty such cells one would be bold by chance). Zhengzhou is the city "
        "of the first three columns. Once at the default parameters and at two draws that multiply or divide every "
        "assumption by up to 1.5: an effect that keeps its sign over the three does not rest on a single assumption. "
        + " ".join(
            f"`{switch}` acts in the scenario `{where}` only and is measured there."
            for switch, where in ELSEWHERE.items()
        )
        + " For `office_choice` the rule *cell* takes its place. The last row is without and with services worth "
        "15,000 yuan a month for studios in a zone 10 km from Zhengzhou's centre. Made by `make mechanisms`.",
        "",
        "Columns: " + "; ".join(f"*{name}*: {meaning}" for name, (_, meaning, _) in OUTPUTS.items()) + ".",
        "",
        "**Not distinguishable from zero** in any of the three sets of parameters on any of the "
        f"{len(OUTPUTS)} outputs (at 5 % for the row as a whole): " + _named(~clear) + ".",
        "",
        "**Without any effect**: " + _named(dead) + ".",
    ]
    for number, name in enumerate(SETS):
        lines += [
            "",
            f"## {name[0].upper()}{name[1:]}",
            "",
            "| mechanism off | | " + " | ".join(OUTPUTS) + " |",
            "|---|---|" + "---:|" * len(OUTPUTS),
            "| (level with all on) | | " + " | ".join(f"{v:.4g}" for v in level[number].mean(axis=0)) + " |",
        ]
        for (row, code), means, halves in zip(ROWS.items(), mean[number], half[number], strict=True):
            cells = [_cell(m, h) for m, h in zip(means, halves, strict=True)]
            lines.append(f"| {row} | {code} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _named(chosen: Array) -> str:
    return ", ".join(row for row, named in zip(ROWS, chosen, strict=True) if named) or "none"


def _cell(mean: float, half: float) -> str:
    if mean == half == 0:
        return "0"
    text = f"{mean:+.3g} ({half:.2g})"
    return f"**{text}**" if abs(mean) > half else text
