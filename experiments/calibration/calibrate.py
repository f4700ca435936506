"""The calibration from beginning to end: every world fitted, recovery, ensemble, own runs. It resumes where it stopped.

The folder has for each world the points of every wave (``WORLD-wave-1.csv``, ...), every run (``runs/``), the members
(``ensemble.csv``) and what came out (``calibration.json``); a file of points that is there is used as it is, so that
the same command resumes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.errors import InputError, need
from microdrama.model.inputs.cities import BLOCKS, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS

from ..design.ensembles import SEED, evenly, read_ensemble
from ..design.priors import NAMES, UNFITTED, places, values
from ..design.samplers import points as latin_points
from ..design.study_file import load_study
from ..files import new_file
from ..outcomes.patterns import Pattern, read_patterns, targets_path
from .emulator import Emulators, implausibility
from .evaluate import How, evaluate, evaluate_members, write_points
from .matching import CUTOFF, Judged, candidates, draw, judge, near, next_wave, quantiles
from .recovery import Recovery, recover
from .scores import Score, score, together, units
from .worlds import in_words, others, structures

MONTHS = 48
"""To December 2024: nothing later is fitted."""
PRIOR_CANDIDATES, LAST_CANDIDATES = 4096, 8192
LEAST_POINTS = 20
"""Points of a wave from which eight parameters can be learnt about at all."""
MOST_POINTS = 500
"""Points that an emulator learns from: the least implausible ones, once there are more."""


@dataclass(frozen=True)
class Plan:
    """How much is computed."""

    waves: int = 2
    points: int = 50
    seeds: int = 2
    scale: float = 0.1
    structures: int = 8
    """Of the model; the first is the default."""
    members: int = 200
    """Of all structures."""
    checked: int = 8
    """Members of each structure that are run themselves; of each other world three times as many."""
    exchanged: int = 10
    """Members run with labels exchanged."""
    targets: str = ""
    """A table of targets; the shipped one if empty."""

    @property
    def runs(self) -> int:
        """Runs in all, about."""
        simpler = len(others())
        waves = (self.structures + simpler) * self.waves * self.points * self.seeds
        return waves + (self.structures + 3 * simpler) * self.checked + (len(BLOCKS) + 2) * self.exchanged

    @property
    def keys(self) -> dict[str, Any]:
        """Of the study of every run."""
        return {"months": MONTHS, "scale": self.scale}


QUICK = Plan(waves=2, points=24, scale=0.03, structures=2, members=40, checked=6, exchanged=6)


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
class Fit:
    """A world, fitted."""

    change: dict[str, Any]
    """What it sets."""
    waves: list[Wave] = field(default_factory=list)
    emulators: Emulators = field(init=False)
    """Of all patterns."""
    judged: Judged = field(init=False)
    """The prior."""
    score: Score = field(init=False)
    members: Array = field(init=False)
    """(members, parameters) places"""
    posterior: Array = field(init=False)
    """5 %, 50 %, 95 % places of the parameters"""
    effective: float = field(init=False)
    """Effective number of candidates the members were drawn from."""
    checked: Array = field(init=False)
    """(members run, patterns) what their runs say"""


@dataclass
class Calibration:
    """What came out."""

    plan: Plan
    patterns: list[Pattern]
    """Those that count and are right at the scale of the runs."""
    fits: dict[str, Fit] = field(default_factory=dict)
    """By world: the structures of the model, the default first, and the simpler worlds."""
    recovery: Recovery = field(init=False)
    binding: dict[str, dict[str, float]] = field(default_factory=dict)
    """By target: share of the prior it rules out, alone and as the only one; median implausibility of members."""
    information: Array = field(init=False)
    """Fisher information of the targets about the parameters, in units of the prior's."""

    @property
    def model(self) -> dict[str, Fit]:
        """The structures of the model."""
        return {world: fit for world, fit in self.fits.items() if world not in others()}

    @property
    def default(self) -> Fit:
        """The first structure."""
        return next(iter(self.fits.values()))

    @property
    def scores(self) -> dict[str, Score]:
        """Of the model, all structures together, and of every simpler world."""
        model = together([fit.score for fit in self.model.values()])
        return {"model": model} | {world: fit.score for world, fit in self.fits.items() if world in others()}


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
    from threadpoolctl import threadpool_limits  # which scikit-learn needs

    with threadpool_limits(1):  # the matrices are small, and runs want the other processors
        return _calibrate(Path(out), plan, tell, how)


def _calibrate(folder: Path, plan: Plan, tell: Callable[[str], None], how: How) -> Calibration:
    check_plan(plan)
    _same_plan(folder, plan)
    every = read_patterns(plan.targets or targets_path(), shipped_cities().slugs, MONTHS)
    patterns = [p for p in every if p.counted and p.value is None and not p.wrong_at(plan.scale)]
    if not any(pattern.use == "fit" for pattern in patterns):
        raise InputError(f"{plan.targets}: no pattern has use = fit and is right at scale {plan.scale:g}")
    found = Calibration(plan, patterns)
    worlds = dict([*structures().items()][: plan.structures]) | others()
    for world, change in worlds.items():
        tell(f"{world} ({in_words(change)}): {plan.waves} waves of {plan.points} points x {plan.seeds} seeds")
        found.fits[world] = Fit(change)
        _fit(found, world, folder, tell, **how)
    _bind(found)
    write_ensemble(found, folder / "ensemble.csv")
    tell("members are run")
    rows = read_ensemble(folder / "ensemble.csv")
    for world, fit in found.fits.items():
        if world in found.model:
            own, rows = rows[: len(fit.members)], rows[len(fit.members) :]
            chosen = evenly(own, plan.checked)
        else:
            chosen = [point | fit.change for point in values(fit.members)]
        (fit.checked,) = evaluate_members(chosen, patterns, folder / "runs", plan.keys, **how)
    return found


def _fit(found: Calibration, world: str, folder: Path, tell: Callable[[str], None], **how: Unpack[How]) -> None:
    """History matching of one world; the first one's synthetic truths set the power of the likelihood for all."""
    plan, fit, patterns = found.plan, found.fits[world], found.patterns
    fitted = [t for t, pattern in enumerate(patterns) if pattern.use == "fit"]
    targets = [patterns[t] for t in fitted]
    known, runs = np.zeros((0, len(NAMES))), np.zeros((0, plan.seeds, len(patterns)))
    prior = candidates(PRIOR_CANDIDATES, len(NAMES), seed=11)
    name = world.replace(" ", "-")
    for wave in range(1, plan.waves + 1):
        file, some = folder / f"{name}-wave-{wave}.csv", fit.emulators.only(fitted) if wave > 1 else None
        if not file.is_file():
            if some is None:
                u = candidates(plan.points, len(NAMES), seed=1)
            else:
                closer = judge(some, near(fit.judged, PRIOR_CANDIDATES))
                chosen = next_wave(closer, plan.points, found.recovery.power, np.random.default_rng(wave))
                u = closer.places[chosen]
            write_points(file, values(u))
        points = read_points(file)
        seen = evaluate(
            [point | fit.change for point in points], patterns, folder / "runs", seeds=plan.seeds, **plan.keys, **how
        )
        at = places(points)
        explained = some.explained(at, seen[:, :, fitted]).tolist() if some else []
        known, runs = np.concatenate([known, at]), np.concatenate([runs, seen])
        keep = _nearest(some, known, runs[:, :, fitted])
        fit.emulators = Emulators(patterns, known[keep], runs[keep])
        some = fit.emulators.only(fitted)
        if not hasattr(found, "recovery"):
            tell("    synthetic truths: does the method find parameters that are known?")
            found.recovery = recover(targets, known, runs[:, :, fitted], some, np.random.default_rng(1))
        fit.judged = judge(some, prior)
        plausible, best = float(fit.judged.plausible.mean()), float(fit.judged.worst.min())
        unreachable = [t.name for t, there in zip(targets, fit.judged.reachable, strict=True) if not there]
        fit.waves.append(Wave(len(points), plausible, explained, unreachable, best))
        tell(f"    wave {wave}: {plausible:.2%} of the prior is not ruled out")
    power = found.recovery.power
    judged = judge(fit.emulators.only(fitted), near(fit.judged, LAST_CANDIDATES))
    chance = judged.weights(power)
    number = plan.members // plan.structures if world in found.model else max(3 * plan.checked, 1)
    fit.members = judged.places[draw(judged, number, power, np.random.default_rng(99))]
    fit.posterior = quantiles(judged.places, chance, (0.05, 0.5, 0.95))
    fit.effective = float(chance.sum() ** 2 / (chance**2).sum())
    fit.score = score(fit.emulators, patterns, power)


def write_ensemble(found: Calibration, path: Path) -> None:
    """Members of all structures with what the targets say nothing of drawn from its prior, unless they are written."""
    if path.is_file():
        return
    defaults = load_study({"seeds": 1}).at({}).parameters
    set_by = [*dict.fromkeys(name for fit in found.model.values() for name in fit.change)]
    rows = []
    for fit in found.model.values():
        usual = {name: defaults[name] for name in set_by} | fit.change
        rows += [point | usual for point in values(fit.members)]
    free = latin_points("latin_hypercube", UNFITTED, len(rows), SEED)
    write_points(path, [row | more for row, more in zip(rows, free, strict=True)])


def _bind(found: Calibration) -> None:
    """Which targets bind in the default structure, and the information in them."""
    fit, patterns = found.default, found.patterns
    fitted = [t for t, pattern in enumerate(patterns) if pattern.use == "fit"]
    some, out = fit.emulators.only(fitted), fit.judged.implausible > CUTOFF
    of_members = judge(some, fit.members).implausible
    for t, row in enumerate(fitted):
        alone = np.delete(out, t, axis=1).sum(axis=1) == 0
        found.binding[patterns[row].name] = {
            "alone": float(out[:, t].mean()),
            "only": float((out[:, t] & alone).mean()),
            "members": float(np.median(of_members[:, t])),
        }
    found.information = information(some, fit.members.mean(axis=0))


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
    every = units(found.patterns)
    return {
        "plan": asdict(found.plan),
        "parameters": list(NAMES),
        "units": [unit._asdict() for unit in every],
        "worlds": {
            world: {
                "sets": fit.change,
                "waves": [asdict(wave) for wave in fit.waves],
                "posterior": fit.posterior.tolist(),
                "effective": fit.effective,
                "checked": fit.checked.tolist(),
            }
            | {name: part.tolist() for name, part in fit.score._asdict().items()}
            for world, fit in found.fits.items()
        },
        "binding": found.binding,
        "information": found.information.tolist(),
        "recovery": recovery | {name: recovery[name].tolist() for name in ("coverage", "width")},
        "patterns": [pattern.name for pattern in found.patterns],
    }
