"""Study files and designs."""

import numpy as np
import pytest

from microdrama.experiments.design.samplers import places, problem
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.running.sweep import sweep
from microdrama.model.errors import InputError
from worlds import Here

STUDY = """
title = "Rebates"
months = 24
scale = 0.02
seeds = [3, 5]

[parameters]
migration = false

[[policy]]
name = "offer"
city = "zhengzhou"
instrument = "rebate"
start = "2021-06"
size = 0.1

[factors]
crisis_strength = [0, 1]
offer.size = [0.0, 0.1, 0.2]
"""

STOP = "[stop]\noutput = 'studios'\nhalf_width = 1\nmax_seeds = 9\n[factors]"


def study(tmp_path, text=STUDY, **files):
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    return load_study(tmp_path / "study.toml")


def with_design(design, factors):
    return STUDY.split("[factors]")[0] + f"[design]\n{design}\n[factors]\n{factors}\n"


def test_a_factorial_has_every_combination(tmp_path):
    found = study(tmp_path)
    assert found.points == [{"crisis_strength": c, "offer.size": s} for c in (0, 1) for s in (0.0, 0.1, 0.2)]
    assert found.seeds == (3, 5)
    scenario = found.at(found.points[-1])
    assert (scenario.parameters.crisis_strength, scenario.parameters.migration) == (1, False)
    assert (scenario.parameters.months, scenario.parameters.scale) == (24, 0.02)
    offer = scenario.policies[-1]
    assert (offer.city, offer.start, offer.size) == ("zhengzhou", 5, 0.2)
    assert len(scenario.policies) == 1 + len(found.at({}).policies) - 1


def test_one_at_a_time_changes_one(tmp_path):
    found = study(tmp_path, with_design('sampler = "one_at_a_time"', "entry = [true, false]\npooling = ['log', 'off']"))
    assert found.points == [
        {"entry": True, "pooling": "log"},
        {"entry": False, "pooling": "log"},
        {"entry": True, "pooling": "off"},
    ]


@pytest.mark.parametrize("sampler", ["latin_hypercube", "sobol"])
def test_samples_fill_their_ranges(tmp_path, sampler):
    ranges = "location_scale = { low = 0.02, high = 2.0, log = true }\nentry_rate = { low = 0.2, high = 0.4 }\n"
    text = with_design(f'sampler = "{sampler}"\nsize = 64\nseed = 3', ranges + "pooling = ['log', 'linear']")
    found = study(tmp_path, text).points
    assert found == study(tmp_path, text).points
    assert found != study(tmp_path, text.replace("seed = 3", "seed = 4")).points
    assert len(found) == 64 and sum(p["pooling"] == "log" for p in found) == 32
    logs = np.log10(np.array([p["location_scale"] for p in found]) / 0.02) / 2
    for filled in (logs, (np.array([p["entry_rate"] for p in found]) - 0.2) / 0.2):
        assert np.bincount((filled * 8).astype(int), minlength=8).tolist() == [8] * 8


def test_sensitivities_of_a_known_function_come_out(tmp_path):
    """SALib reads its own designs back: y = 2 a + b + 0 c, with a over logs."""
    sobol = pytest.importorskip("SALib.analyze.sobol")
    from SALib.analyze import morris

    ranges = "location_scale = { low = 0.02, high = 2, log = true }\nentry_rate = { low = 0.2, high = 0.4 }\n"
    ranges += "relocation_rate = { low = 0, high = 0.1 }\n"
    for sampler, size, count in (("saltelli", 256, 256 * 5), ("morris", 20, 20 * 4)):
        found = study(tmp_path, with_design(f'sampler = "{sampler}"\nsize = {size}', ranges))
        assert len(found.points) == count
        y = np.array([2 * np.log10(p["location_scale"]) + (p["entry_rate"] - 0.3) / 0.1 for p in found.points])
        if sampler == "saltelli":
            indices = sobol.analyze(problem(found.factors), y, calc_second_order=False, seed=1)["ST"]
            np.testing.assert_allclose(indices, [0.8, 0.2, 0], atol=0.03)
        else:
            x = places(sampler, found.factors, size, found.design.seed)
            np.testing.assert_allclose(morris.analyze(problem(found.factors), x, y)["mu_star"], [4, 2, 0], atol=1e-9)


def test_points_come_from_a_table(tmp_path):
    text = STUDY.split("[factors]")[0] + '[design]\nsampler = "points"\nfile = "p.csv"\n'
    table = ["crisis_strength,entry,scenario,offer.start", "0.5,true,no_policy,2022-01", "2,false,baseline,2021-02"]
    found = study(tmp_path, text, p="\n".join(table))
    assert found.points[0] == {"crisis_strength": 0.5, "entry": True, "scenario": "no_policy", "offer.start": "2022-01"}
    assert found.at(found.points[0]).policies[-1].start == 12
    assert found.at(found.points[0]).parameters.policy is False
    assert found.at(found.points[1]).policies[-1].start == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("months = 24", "month = 24"), r"study\.toml: unknown key 'month'; did you mean 'months'\?"),
        (("crisis_strength =", "crisis_strenght ="), "unknown factor 'crisis_strenght'; did you mean"),
        (("offer.size", "offr.size"), r"unknown factor 'offr.size'; did you mean 'offer.size'"),
        (("[0, 1]", "[0, 100000]"), "crisis_strength"),
        (("[0.0, 0.1, 0.2]", "[0.0, 7]"), "'size' = 7"),
        (("[0, 1]", "{ low = 0, high = 1 }"), "a range is for latin_hypercube, sobol, saltelli, morris; give a list"),
        (("[factors]", '[design]\nsampler = "saltelli"\nsize = 6\n[factors]'), "'size' = 6: must be a power of two"),
        (("title = ", 'outputs = ["hhi_studio"]\ntitle = '), "outputs: unknown outcome 'hhi_studio'; did you mean"),
        (("[factors]", "[stop]\nhalf_width = 1\nmax_seeds = 9\n[factors]"), r"\[stop\]: needs output"),
        (("[factors]", "[stop]\nouptut = 'studios'\n[factors]"), "unknown key 'ouptut'; did you mean 'output'"),
        (("[factors]", STOP.replace("studios", "studio")), "unknown outcome 'studio'; did you mean 'studios'"),
        (("[factors]", STOP.replace("= 1", "= -1")), "'half_width' = -1: must be a number above 0"),
        (("[factors]", STOP.replace("9", "1")), "'max_seeds' = 1: must be a whole number from 2"),
        (("seeds = [3, 5]", "seeds = 1\n" + STOP.replace("[factors]", "")), "needs two seeds"),
        (("[0, 1]", "[1, 1]"), "needs different values"),
        (("[0, 1]", "[]"), "needs different values, at least one"),
        (("seeds = [3, 5]", "seeds = 0"), "'seeds' = 0"),
        (("seeds = [3, 5]", "seeds = [3, 3]"), "different whole numbers"),
        (("migration = false", "crisis_strength = 2"), "'crisis_strength' is both a factor and set"),
        (("scale = 0.02", "scale = 'big'"), "scale"),
        (("zhengzhou", "zhengzho"), "did you mean 'zhengzhou'"),
        (("title = ", 'scenario = "basline"\ntitle = '), "did you mean 'baseline'"),
        (("title = ", 'city = "atlantis"\ntitle = '), "unknown city 'atlantis'"),
        (("[factors]", '[design]\nsampler = "sobl"\n[factors]'), "unknown sampler 'sobl'; did you mean 'sobol'"),
        (("[factors]", '[design]\nsampler = "sobol"\n[factors]'), "'size' = 0: must be a whole number from 1"),
        (("[factors]", '[design]\nsampler = "points"\n[factors]'), 'needs file = "points.csv"'),
        (("title = ", "title = = "), "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, message):
    assert change[0] in STUDY
    with pytest.raises(InputError, match=message) as caught:
        study(tmp_path, STUDY.replace(*change))
    assert len(str(caught.value).splitlines()) <= 3


def test_all_mistakes_are_named_at_once(tmp_path):
    text = STUDY.replace("months = 24", "months = 24\nmoths = 1").replace("crisis_strength", "entri")
    with pytest.raises(InputError) as caught:
        study(tmp_path, text.replace("scale = 0.02", "scale = -1"))
    told = caught.value.problems
    assert len(told) == 3
    for words, line in zip(("did you mean 'months'", "unknown factor 'entri'", "'scale' = -1"), told, strict=True):
        assert words in line


def test_a_study_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot read the study"):
        load_study(tmp_path / "nowhere.toml")


# ---------------------------------------------------------------------------- what could not be meant

OFFER = {"name": "offer", "city": "zhengzhou", "instrument": "rebate", "start": "2022-01", "size": 0.1}
ON_OFF = [True, False]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"policy": [OFFER | {"name": "offer.v2"}], "factors": {"offer.v2.size": [0, 0.9]}}, "a word without dots"),
        ({"policy": [OFFER | {"name": 5}]}, "name = 5: must be a word without dots"),
        ({"policy": [OFFER | {"name": "swap"}]}, "none of like, swap, draws, luck"),
        ({"factors": {"draws.future": [0, 1]}}, "'draws.future' needs 'draws.month'"),
        ({"factors": {"draws.month": [6, 12]}}, "the factor 'draws.month' changes nothing"),
        ({"policy": [OFFER], "factors": {"offer.months": [0], "offer.size": [0, 0.9]}}, "'offer.size' changes nothing"),
        ({"factors": {"swap.zhengzhou": ["none", "wages"]}}, "'swap.zhengzhou' changes nothing"),
        (
            {"groups": {"a": ["entry"]}, "factors": {"a": ON_OFF, "entry": ON_OFF}},
            "'a' sets 'entry', and so does a factor",
        ),
        (
            {"groups": {"a": ["entry"], "b": ["entry"]}, "factors": {"a": ON_OFF, "b": ON_OFF}},
            "'b' sets 'entry', and so does 'a'",
        ),
        (
            {"groups": {"a": ["entry"]}, "factors": {"a": ON_OFF}, "parameters": {"entry": True}},
            "'a' sets 'entry', and so does a value of the study",
        ),
        ({"groups": {"studios": ["entry"]}}, "'studios': must be a word without dots that is no parameter, lever or"),
        ({"groups": {"a": [["entry"]]}}, "'a' must be a list of parameters"),
        ({"seeds": 10**9}, r"'seeds' = 1000000000: must be how many there are, at most 100,000"),
        ({"seeds": [1, 2**63]}, r"from 0 to 2\*\*63 - 1"),
        ({"seeds": range(10**9)}, "a list of 1,000,000,000 values"),
        ({"factors": {"crisis_strength": [n / 1e4 for n in range(10_001)]}}, "10,001 values: at most 10,000"),
        (
            {"factors": {name: list(range(100)) for name in ("a_net", "entry_rate", "wage_floor", "crisis_strength")}},
            "the design has 100,000,000 points: at most 100,000 are allowed",
        ),
        ({"seeds": 1000, "factors": {n: list(range(101)) for n in ("a_net", "entry_rate")}}, "10,201,000 runs"),
        ({"design": {"sampler": ["sobol"]}}, r"unknown sampler '\['sobol'\]'"),
        ({"outputs": [["studios"]]}, "must be a list of outcomes"),
        ({"stop": {"output": ["studios"], "half_width": 1, "max_seeds": 9}}, "'output' = .* must be text"),
        ({"ensemble": {"source": ["prior"]}}, r"unknown source '\['prior'\]'"),
        ({"policy": [OFFER], "factors": {"offer.size": [[1]]}}, r"offer.size = \[1\]: must be a number"),
        ({"factors": {"swap.xian": [["wages"]]}}, "must be one of none, all"),
        ({"factors": {"draws.month": ["soon"]}}, "draws.month = 'soon': must be a whole number from 0"),
    ],
)
def test_levers_that_move_nothing_and_sizes_beyond_bounds_are_refused(data, message):
    with pytest.raises(InputError, match=message):
        load_study({"months": 12, "scale": 0.02} | data)


def test_a_factor_that_acts_only_beside_another_counts():
    data = {"policy": [OFFER], "factors": {"offer.months": [0, 12], "offer.size": [0.1, 0.9]}}
    assert len(load_study(data).points) == 4
    future = {"factors": {"draws.month": [6, 12], "draws.future": [0, 1]}}
    assert len(load_study({"months": 24} | future).points) == 4


def test_a_study_may_hold_what_numpy_and_python_have():
    plain = load_study(
        {"months": 6, "seeds": [2, 3, 4], "factors": {"crisis_strength": [0.0, 0.5, 1.0], "entry": ON_OFF}}
    )
    ours = {"months": np.int64(6), "seeds": range(2, 5)}
    found = load_study(ours | {"factors": {"crisis_strength": np.linspace(0, 1, 3), "entry": (np.True_, False)}})
    assert (found.points, found.seeds, found.months) == (plain.points, plain.seeds, plain.months)
    assert [found.at(p).fingerprint for p in found.points] == [plain.at(p).fingerprint for p in plain.points]


def test_a_sweep_needs_a_folder_with_a_name():
    with pytest.raises(InputError, match="has no name"):
        sweep({"seeds": 1}, "", executor=Here)
