"""The calibration from beginning to end: waves, recovery, ensemble, its own runs. It resumes where it stopped.

The folder has the points of every wave (``wave-1.csv``, ...), every run (``runs/``), the members (``ensemble.csv``) and
what came out (``calibration.json``); a file of points that is there is used as it is, so the same command resumes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError, need
from microdrama.model.inputs.cities import BLOCKS, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS

from ..design.ensembles import evenly, read_ensemble
from ..design.priors import NAMES, places, values
from ..files import new_file
from ..outcomes.patterns import Pattern, read_patterns, targets_path
from .emulator import Emulators, implausibility
from .evaluate import How, evaluate, evaluate_members, write_points
from .matching import CUTOFF, Judged, candidates, draw, judge, near, next_wave, quantiles
from .recovery import Recovery, recover
from .validation import NULLS

MONTHS = 48
"""To December 2024: nothing later is fitted."""
PRIOR_CANDIDATES, LAST_CANDIDATES = 8192, 16384
LEAST_POINTS = 20
"""Points of a wave from which eight parameters can be learnt about at all."""
MOST_POINTS = 500
"""Points that an emulator learns from: the least implausible ones, once there are more."""


@dataclass(frozen=True)
class Plan:
    """How much is computed."""

    waves: int = 2
    points: int = 80
    seeds: int = 2
    scale: float = 1.0
    members: int = 200
    checked: int = 30
    """Members that are run themselves, in the model and in each of the nulls."""
    exchanged: int = 10
    """Members run with labels exchanged."""
    targets: str = ""
    """A table of targets; the shipped one if empty."""

    @property
    def runs(self) -> int:
        """Runs in all, about."""
        worlds, blocks = 1 + len(NULLS), len(BLOCKS) + 1
        return self.waves * self.points * self.seeds + worlds * self.checked + blocks * self.exchanged

    @property
    def keys(self) -> dict[str, Any]:
        """Of the study of every run."""
        return {"months": MONTHS, "scale": self.scale}


QUICK = Plan(waves=2, points=40, scale=0.05, members=50, checked=12, exchanged=6)


@dataclass
class Wave:
    """What a wave found."""

    points: int
    plausible: float
    """Share of the prior not ruled out, with all runs so far."""
    explained: list[float]
    """By target: variance of the wave's runs that the emulators before it explained (first wave: none)."""
    unreachable: list[str]
    """Targets that no parameters reach."""
    best: float
    """Smallest of the second worst implausibilities."""


@dataclass
class Calibration:
    """What came out."""

    plan: Plan
    patterns: list[Pattern]
    waves: list[Wave] = field(default_factory=list)
    recovery: Recovery = field(init=False)
    members: Array = field(init=False)
    """(members, parameters) places"""
    posterior: Array = field(init=False)
    """5 %, 50 %, 95 % places of the parameters"""
    binding: dict[str, dict[str, float]] = field(default_factory=dict)
    """By target: share of the prior it rules out, alone and as the only one; median implausibility of members."""
    information: Array = field(init=False)
    """Fisher information of the targets about the parameters, in units of the prior's."""
    checked: Array = field(init=False)
    """(members run, patterns) what their runs say"""
    effective: float = field(init=False)
    """Effective number of candidates the members were drawn from."""


def calibrate(
    out: str | Path, plan: Plan = Plan(), *, tell: Callable[[str], None] = lambda line: None, **how: Unpack[How]
) -> Calibration:
    """Calibrate, or resume where an earlier call in the folder stopped.

    Raises
    ------
    InputError
        If the folder, the targets or the plan cannot be used.
    KeyboardInterrupt
        If it was interrupted: completed runs are saved.
    """
    need("sklearn", "calibration needs scikit-learn", "calibration")
    folder = Path(out)
    check_plan(plan)
    _same_plan(folder, plan)
    patterns = read_patterns(plan.targets or targets_path(), shipped_cities().slugs, MONTHS)
    fitted = [t for t, pattern in enumerate(patterns) if pattern.use == "fit" and not pattern.wrong_at(plan.scale)]
    if not fitted:
        raise InputError(f"{plan.targets}: no pattern has use = fit and is right at scale {plan.scale:g}")
    targets = [patterns[t] for t in fitted]
    found = Calibration(plan, patterns)
    known, runs = np.zeros((0, len(NAMES))), np.zeros((0, plan.seeds, len(targets)))
    emulators: Emulators | None = None
    judged: Judged | None = None
    power = 1.0
    prior = candidates(PRIOR_CANDIDATES, len(NAMES), seed=11)
    for wave in range(1, plan.waves + 1):
        file = folder / f"wave-{wave}.csv"
        if not file.is_file():
            if emulators is None or judged is None:
                u = candidates(plan.points, len(NAMES), seed=1)
            else:
                closer = judge(emulators, near(judged, PRIOR_CANDIDATES))
                u = closer.places[next_wave(closer, plan.points, power, np.random.default_rng(wave))]
            write_points(file, values(u))
        points = read_points(file)
        tell(f"wave {wave} of {plan.waves}: {len(points)} points x {plan.seeds} seeds")
        seen = evaluate(points, patterns, folder / "runs", seeds=plan.seeds, **plan.keys, **how)[:, :, fitted]
        at = places(points)
        explained = emulators.explained(at, seen).tolist() if emulators else []
        known, runs = np.concatenate([known, at]), np.concatenate([runs, seen])
        keep = _nearest(emulators, known, runs)
        emulators = Emulators(targets, known[keep], runs[keep])
        if wave == 1:
            tell("synthetic truths: does the method find parameters that are known?")
            found.recovery = recover(targets, known, runs, emulators, np.random.default_rng(1))
            power = found.recovery.power
        judged = judge(emulators, prior)
        plausible, best = float(judged.plausible.mean()), float(judged.worst.min())
        unreachable = [t.name for t, there in zip(targets, judged.reachable, strict=True) if not there]
        found.waves.append(Wave(len(points), plausible, explained, unreachable, best))
        tell(f"    {plausible:.2%} of the prior is not ruled out")
    assert emulators is not None and judged is not None
    _draw_members(found, emulators, targets, judged, power)
    points = values(found.members)
    if (folder / "ensemble.csv").is_file():
        points = read_points(folder / "ensemble.csv")
        found.members = places(points)
    write_points(folder / "ensemble.csv", points)
    chosen = evenly(points, plan.checked)
    tell(f"the ensemble: {len(points)} members, {len(chosen)} of them run")
    (found.checked,) = evaluate_members(chosen, patterns, folder / "runs", plan.keys, **how)
    return found


def _draw_members(
    found: Calibration, emulators: Emulators, targets: Sequence[Pattern], prior: Judged, power: float
) -> None:
    """Members, what the data say of parameters, which targets bind, and the information in them."""
    judged = judge(emulators, near(prior, LAST_CANDIDATES))
    chance = judged.weights(power)
    rows = draw(judged, found.plan.members, power, np.random.default_rng(99))
    found.members = judged.places[rows]
    found.posterior = quantiles(judged.places, chance, (0.05, 0.5, 0.95))
    found.effective = float(chance.sum() ** 2 / (chance**2).sum())
    out = prior.implausible > CUTOFF
    for t, target in enumerate(targets):
        others = np.delete(out, t, axis=1).sum(axis=1)
        found.binding[target.name] = {
            "alone": float(out[:, t].mean()),
            "only": float((out[:, t] & (others == 0)).mean()),
            "members": float(np.median(judged.implausible[rows, t])),
        }
    found.information = information(emulators, np.average(judged.places, axis=0, weights=chance))


def information(emulators: Emulators, at: Array, step: float = 0.02) -> Array:
    """(parameters, parameters) Fisher information of the targets, where 1 is that of the prior (sd 0.29 of its range).

    A target's noise is that of a run and the width of its interval, taken as four standard deviations.
    """
    d, prior_sd = len(at), 1 / math.sqrt(12)
    at = np.clip(at, step, 1 - step)
    mean, _ = emulators.predict(np.concatenate([at + step * np.eye(d), at - step * np.eye(d)]))
    slope = (mean[:d] - mean[d:]) / (2 * step) * prior_sd
    low, high = emulators.intervals.T
    noise = np.sqrt(emulators.noise**2 + ((high - low) / 4) ** 2)
    scaled: Array = slope / noise
    return scaled @ scaled.T


def _nearest(emulators: Emulators | None, known: Array, runs: Array) -> Array:
    """Rows of the points to learn from: all, or the least implausible by their own runs."""
    if emulators is None or len(known) <= MOST_POINTS:
        return np.arange(len(known))
    mean = np.stack([np.nanmean(t.scaled(runs[:, :, i]), axis=1) for i, t in enumerate(emulators.targets)], axis=1)
    far = implausibility(np.nan_to_num(mean, nan=1e9), np.zeros(1), emulators.noise, emulators.intervals)
    return np.sort(np.argsort(np.sort(far, axis=1)[:, -4], kind="stable")[:MOST_POINTS])


def read_points(path: Path) -> list[dict[str, float]]:
    """Points of a file that :func:`write_points` wrote."""
    rows = read_ensemble(path)
    if set(rows[0]) != set(NAMES):
        raise InputError(f"{path}: not the points of a calibration of {', '.join(NAMES)}; choose another folder")
    return rows


def check_plan(plan: Plan) -> None:
    """Refuse what cannot be computed.

    Raises
    ------
    InputError
        If there is too little to learn from.
    """
    scale = PARAMETERS["scale"]
    problems = [
        f"--{name} {value}: at least {least}"
        for name, value, least in (("waves", plan.waves, 1), ("points", plan.points, LEAST_POINTS))
        if value < least
    ]
    if not scale.low <= plan.scale <= scale.high:
        problems.append(f"--scale {plan.scale:g}: must be {scale.allowed}")
    if problems:
        raise InputError(problems)


def _same_plan(folder: Path, plan: Plan) -> None:
    """The folder must be new or hold the same plan: another plan would silently mix two calibrations."""
    path, wanted = folder / "plan.json", asdict(plan)
    if path.is_file():
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise InputError(f"{path}: is damaged; delete it to continue") from None
        differ = [f"{n} {old.get(n)!r} there, {value!r} wanted" for n, value in wanted.items() if old.get(n) != value]
        if differ:
            words = ", ".join(differ)
            raise InputError(f"{folder}: holds a calibration with another plan ({words}); choose another folder")
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not the folder of a calibration; choose another")
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: cannot write there: {error.strerror}") from None
        with new_file(path) as work:
            work.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")


def to_json(found: Calibration) -> dict[str, Any]:
    """What came out, as plain values."""
    recovery = {n: v for n, v in found.recovery._asdict().items() if n not in ("truth", "found")}
    return {
        "plan": asdict(found.plan),
        "parameters": list(NAMES),
        "waves": [asdict(wave) for wave in found.waves],
        "posterior": found.posterior.tolist(),
        "binding": found.binding,
        "information": found.information.tolist(),
        "effective": found.effective,
        "recovery": recovery | {name: recovery[name].tolist() for name in ("coverage", "width")},
        "patterns": [pattern.name for pattern in found.patterns],
        "checked": found.checked.tolist(),
    }
