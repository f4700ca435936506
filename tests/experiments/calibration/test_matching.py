"""The method on simulators whose answer is known: emulators, implausibility, members, coverage."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from microdrama.experiments.calibration import calibrate as rooms
from microdrama.experiments.calibration.calibrate import Plan, calibrate, evenly, information
from microdrama.experiments.calibration.emulator import Emulators, chance_inside, implausibility
from microdrama.experiments.calibration.matching import candidates, draw, judge, quantiles, weights
from microdrama.experiments.calibration.recovery import POWERS, recover
from microdrama.experiments.design.priors import NAMES, PRIOR, places, values
from microdrama.experiments.outcomes.patterns import Pattern
from microdrama.model.errors import InputError
from microdrama.model.inputs.parameters import PARAMETERS

pytestmark = pytest.mark.slow

NOISE = 0.05
D = len(NAMES)


def means(u):
    """Six targets of the first three parameters; the others do nothing."""
    a, b, c = np.asarray(u).T[:3]
    return np.stack([2 * a, b + np.sin(2 * b), np.exp(c), a + b, b + c, a - c], axis=-1)


def world(u, seed):
    """A run."""
    rng = np.random.default_rng([seed, *(1e6 * u[:3]).astype(int)])
    return means(u) + NOISE * rng.normal(size=6)


def runs_of(u, seeds=2):
    return np.array([[world(row, seed) for seed in range(seeds)] for row in u])


def targets(truth, half=0.1):
    kinds = ["difference", "difference", "level", "difference", "difference", "difference"]
    return [
        Pattern(f"t{i}", kind, "firms", low=value - half, high=value + half, use="fit")
        for i, (kind, value) in enumerate(zip(kinds, means(truth), strict=True))
    ]


@pytest.fixture(scope="module")
def learnt():
    u = candidates(96, D, seed=1)
    truth = np.array([0.3, 0.2, 0.7, *([0.5] * (D - 3))])
    patterns, runs = targets(truth), runs_of(u)
    return truth, patterns, u, runs, Emulators(patterns, u, runs)


def test_the_prior_is_at_most_eight_estimated_parameters():
    assert len(PRIOR) <= 8
    for name, prior in PRIOR.items():
        assert PARAMETERS[name].layer == "estimated"
        assert PARAMETERS[name].low <= prior.low < PARAMETERS[name].default < prior.high <= PARAMETERS[name].high
    u = candidates(16, D, seed=2)
    assert np.allclose(places(values(u)), u, atol=1e-4)


def test_emulators_learn_the_simulator_and_its_luck(learnt):
    _, _, _, _, emulators = learnt
    other = candidates(128, D, seed=9)
    mean, unsure = emulators.predict(other)
    truth = means(other)
    truth[:, 2] = np.log(truth[:, 2])  # positive levels are emulated in logs
    assert np.sqrt(np.mean((mean - truth) ** 2, axis=0)) == pytest.approx(0, abs=0.06)
    assert (unsure < 0.2).all()
    assert emulators.noise[[0, 1, 3, 4, 5]] == pytest.approx(NOISE, rel=0.25)
    assert (emulators.explained(other, runs_of(other)) > 0.9).all()


def test_implausibility_is_distance_in_standard_deviations():
    intervals = np.array([[0.0, 1.0]])
    mean = np.array([[0.5], [1.0], [2.0], [-0.5]])
    found = implausibility(mean, np.full((4, 1), 0.3), np.array([0.4]), intervals)
    assert found[:, 0] == pytest.approx([0, 0, 2, 1])
    chance = chance_inside(mean, np.full((4, 1), 0.3), np.array([0.4]), intervals)
    assert chance[:, 0] == pytest.approx([0.6826895, 0.4772499, 0.0227189, 0.157305], abs=1e-5)


def test_what_is_plausible_holds_the_truth_and_little_else(learnt):
    truth, _, _, _, emulators = learnt
    grid = candidates(4096, D, seed=4)
    judged = judge(emulators, np.vstack([grid, truth]))
    assert judged.plausible[-1] and judged.plausible.mean() < 0.3 and judged.reachable.all()
    members = judged.places[draw(judged, 100, 1.0, np.random.default_rng(0))]
    for i in range(3):
        low, high = np.quantile(members[:, i], [0.02, 0.98])
        assert low < truth[i] < high and high - low < 0.6
    assert members[:, 5].std() > 0.2  # what does nothing stays at its prior


def test_a_target_out_of_reach_rules_nothing_out(learnt):
    _, patterns, u, runs, emulators = learnt
    far = Pattern("far", "difference", "firms", low=90, high=91, use="fit")
    both = Emulators([*patterns, far], u, np.concatenate([runs, runs[:, :, :1]], axis=2))
    grid = candidates(1024, D, seed=4)
    judged = judge(both, grid)
    assert list(judged.reachable) == [True] * 6 + [False]
    assert judged.plausible.mean() == pytest.approx(judge(emulators, grid).plausible.mean(), abs=0.02)


def test_of_sources_that_contradict_each_other_one_is_enough_and_counts_once(learnt):
    _, patterns, _, _, emulators = learnt
    far, near, *others = (emulators.targets[0], emulators.targets[0], *emulators.targets[2:])
    both = copy.copy(emulators)
    shifted = replace(patterns[0], low=90, high=91, alternative="x")
    both._models = [emulators._models[0], *emulators._models]
    both.noise = np.append(emulators.noise[0], emulators.noise)
    both.targets = [far._replace(pattern=shifted), near._replace(pattern=replace(patterns[0], alternative="x"))]
    both.targets += [emulators.targets[1], *others]
    grid = candidates(256, D, seed=4)
    one, two = judge(emulators, grid), judge(both, grid)
    assert np.allclose(two.implausible[:, 0], one.implausible[:, 0]) and np.allclose(two.chance[:, 0], one.chance[:, 0])
    assert not two.implausible[:, 1].any() and (two.chance[:, 1] == 1).all()
    assert np.allclose(two.weights(1.0), one.weights(1.0))


def test_the_first_eigenvectors_are_what_acts(learnt):
    truth, *_, emulators = learnt
    found = np.linalg.eigvalsh(information(emulators, truth))
    assert (found[-3:] > 1).all() and (found[:-3] < 0.5).all()


def test_weights_and_quantiles():
    chance = np.array([[1.0, 1.0], [1.0, 0.0]])
    assert weights(chance, 1.0)[1] == pytest.approx(0.05)
    assert weights(chance, 0.5)[1] == pytest.approx(0.05**0.5)
    found = quantiles(np.linspace(0, 1, 1001)[:, None], np.ones(1001), (0.05, 0.5, 0.95))
    assert found[:, 0] == pytest.approx([0.05, 0.5, 0.95], abs=2e-3)
    assert evenly(list(range(10)), 5) == [0, 2, 4, 6, 8] and evenly([1, 2], 5) == [1, 2]


@pytest.fixture(scope="module")
def wide(learnt):
    """The same with intervals wide enough that many candidates are left for every truth."""
    truth, _, u, runs, emulators = learnt
    patterns, looser = targets(truth, half=0.3), copy.copy(emulators)
    looser.targets = [t._replace(pattern=p) for t, p in zip(emulators.targets, patterns, strict=True)]
    return patterns, u, runs, looser


def test_recovery_covers_as_often_as_it_says(wide):
    """On a simulator the emulators can learn: within three binomial standard deviations of 90 %."""
    patterns, u, runs, emulators = wide
    found = recover(patterns, u, runs, emulators, np.random.default_rng(0))
    assert found.truths == 96
    assert (abs(found.coverage[0] - 0.9) < 3 * np.sqrt(0.09 / 96) + 0.01).all()
    assert (found.width[0, :3] < 0.6).all() and (found.width[0, 3:] > 0.9).all()
    assert found.power == next(p for i, p in enumerate(POWERS) if found.coverage[i].mean() >= 0.9)


def test_recovery_notices_emulators_that_are_too_sure(wide):
    patterns, u, runs, emulators = wide
    vain = copy.copy(emulators)
    vain.noise = vain.noise / 20
    usual = recover(patterns, u, runs, emulators, np.random.default_rng(0))
    found = recover(
        patterns, u, runs + 0.3 * np.random.default_rng(1).normal(size=runs.shape), vain, np.random.default_rng(0)
    )
    assert found.coverage[0, :3].mean() < usual.coverage[0, :3].mean() - 0.1
    assert found.power < usual.power


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """A calibration to a simulator in place of the model, and how many points it was asked for."""
    asked = []
    truth = np.array([0.3, 0.2, 0.7, *([0.5] * (D - 3))])
    patterns = targets(truth)

    def evaluate(points, patterns, out, *, seeds, **_):
        asked.append(len(points))
        return runs_of(places(points), seeds)

    def evaluate_members(members, patterns, out, keys, **_):
        return runs_of(places([*members]), 1)[None, :, 0]

    monkeypatch.setattr(rooms, "evaluate", evaluate)
    monkeypatch.setattr(rooms, "evaluate_members", evaluate_members)
    monkeypatch.setattr(rooms, "read_patterns", lambda *_: patterns)
    monkeypatch.setattr(rooms, "others", lambda: {"nobody joins": {"labour_entry": False}})
    monkeypatch.setattr("microdrama.experiments.calibration.scores.GRID", 512)
    monkeypatch.setattr("microdrama.experiments.calibration.recovery.CANDIDATES", 1024)
    monkeypatch.setattr(rooms, "PRIOR_CANDIDATES", 1024)
    monkeypatch.setattr(rooms, "LAST_CANDIDATES", 2048)
    return truth, asked, tmp_path / "calibration"


PLAN = Plan(waves=2, points=48, structures=1, members=60, checked=20)


def test_a_calibration_finds_known_parameters_and_repeats_itself(pretend):
    truth, asked, out = pretend
    found = calibrate(out, PLAN)
    assert asked == [48] * 4 and [*found.fits] == ["structure 1", "nobody joins"]
    fit = found.default
    assert fit.checked.shape == (20, 6) and found.fits["nobody joins"].checked.shape == (60, 6)
    assert fit.waves[1].plausible <= fit.waves[0].plausible < 0.5
    for i in range(3):
        assert fit.posterior[0, i] < truth[i] < fit.posterior[2, i]
    inside = [p.inside(value) for row in fit.checked for p, value in zip(found.patterns, row, strict=True)]
    assert np.mean(inside) > 0.5
    kept = {path.name: path.read_bytes() for path in out.iterdir()}
    again = calibrate(out, PLAN)
    assert np.array_equal(fit.posterior, again.default.posterior)
    assert kept == {path.name: path.read_bytes() for path in out.iterdir()}


def test_an_interrupted_calibration_goes_on(pretend, monkeypatch):
    _, _, out = pretend
    whole = calibrate(out.with_name("whole"), PLAN)
    usual, calls = rooms.evaluate, []

    def interrupted(*words, **more):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return usual(*words, **more)

    monkeypatch.setattr(rooms, "evaluate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        calibrate(out, PLAN)
    assert np.array_equal(calibrate(out, PLAN).default.posterior, whole.default.posterior)
    assert (out / "ensemble.csv").read_bytes() == (out.with_name("whole") / "ensemble.csv").read_bytes()


def test_folders_that_are_not_taken(pretend, tmp_path):
    *_, out = pretend
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="not the folder of a calibration"):
        calibrate(out, PLAN)
    calibrate(tmp_path / "one", Plan(waves=1, points=48, structures=1, members=20, checked=5))
    with pytest.raises(InputError, match="another plan"):
        calibrate(tmp_path / "one", PLAN)
    with pytest.raises(InputError, match="at least 20"):
        calibrate(tmp_path / "two", Plan(points=3))
    assert not (tmp_path / "two").exists()
