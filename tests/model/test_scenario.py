import copy
import dataclasses
import math
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import BLOCKS, NUMBERS, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios
from microdrama.model.inputs.writing import policy_entry, write_scenario

CITIES = files("microdrama.model.inputs").joinpath("evidence", "cities.csv").read_text(encoding="utf-8")
POLICY = '[[policy]]\ncity="all"\ninstrument="rebate"\nstart="2023-01"\nsize=0.1\n'


def write(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def base():
    return load_scenario("baseline")


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenarios_load_and_say_what_they_are(name):
    scenario = load_scenario(name)
    assert scenario.name == name and scenario.title and scenario.description
    assert len(scenario.cities) == 8 and scenario.model is None and scenario.rng is None


def test_the_baseline_comes_first():
    assert shipped_scenarios()[0] == "baseline" and shipped_scenarios()[1:] == sorted(shipped_scenarios()[1:])


# ---------------------------------------------------------------------------- one on another


def test_a_scenario_builds_on_another(tmp_path):
    write(tmp_path / "a.toml", 'extends = "no_crisis"\n[parameters]\nscale = 0.5\nmonths = 9\n')
    b = write(tmp_path / "b.toml", 'extends = "a.toml"\ntitle = "B"\n[parameters]\nmonths = 24\n')
    scenario = load_scenario(b)
    p = scenario.parameters
    assert (p.scale, p.months, p.property_crisis) == (0.5, 24, False)
    assert (scenario.name, scenario.title, scenario.description) == ("b", "B", "")
    assert scenario.policies == load_scenario("baseline").policies


def test_files_are_found_from_the_file_that_names_them(tmp_path, monkeypatch):
    """A chain through three folders, each naming the next and a city table relative to itself."""
    write(tmp_path / "far" / "cities.csv", CITIES.replace("\nzhengzhou,", "\nluoyang,"))
    write(tmp_path / "far" / "c.toml", 'cities = "cities.csv"\n[parameters]\nscale = 0.5\n')
    write(tmp_path / "mid" / "b.toml", 'extends = "../far/c.toml"\n' + POLICY)
    a = write(tmp_path / "near" / "a.toml", 'extends = "../mid/b.toml"\n')
    monkeypatch.chdir(tmp_path.parent)
    scenario = load_scenario(a)
    assert scenario.parameters.scale == 0.5 and "luoyang" in scenario.cities.slugs
    assert scenario.policies[-1] == Window("all", "rebate", 24, 0.1)
    monkeypatch.chdir(tmp_path / "near")
    assert load_scenario("a.toml").fingerprint == scenario.fingerprint


def test_announced_policies_of_cities_that_are_not_there_are_left_out(tmp_path):
    write(tmp_path / "cities.csv", CITIES.replace("\nzhengzhou,", "\nluoyang,"))
    scenario = load_scenario(write(tmp_path / "a.toml", 'cities = "cities.csv"\n'))
    announced = load_scenario("baseline").policies
    assert scenario.policies == tuple(w for w in announced if w.city != "zhengzhou") != announced
    with pytest.raises(InputError, match="policy 1: unknown city 'zhengzhou'"):
        load_scenario(write(tmp_path / "b.toml", 'cities = "cities.csv"\n' + POLICY.replace("all", "zhengzhou")))


def test_policies_are_added_or_announced_ones_left_out(tmp_path):
    added = load_scenario(write(tmp_path / "a.toml", POLICY))
    alone = load_scenario(write(tmp_path / "b.toml", "announced_policies = false\n" + POLICY))
    announced = load_scenario("baseline").policies
    assert added.policies == (*announced, Window("all", "rebate", 24, 0.1))
    assert alone.policies == (Window("all", "rebate", 24, 0.1),)
    both = load_scenario(write(tmp_path / "c.toml", 'extends = "b.toml"\n' + POLICY.replace("0.1", "0.2")))
    assert [w.size for w in both.policies] == [0.1, 0.2]


def test_leaving_out_announced_policies_keeps_those_of_the_scenario_built_on(tmp_path):
    write(tmp_path / "a.toml", POLICY)
    b = write(tmp_path / "b.toml", 'extends = "a.toml"\nannounced_policies = false\n')
    assert load_scenario(b).policies == (Window("all", "rebate", 24, 0.1),)


def test_two_cities_exchange_their_inputs_block_by_block(tmp_path, base):
    path = write(tmp_path / "s.toml", 'extends="baseline"\nswap={cities=["xian", "zhengzhou"], blocks=["wages"]}\n')
    swapped = load_scenario(path)
    a, b = swapped.cities.index("xian"), swapped.cities.index("zhengzhou")
    for name in NUMBERS:
        theirs, ours = swapped.cities.numbers[name], base.cities.numbers[name]
        expected = ours[[b, a]] if name in BLOCKS["wages"] else ours[[a, b]]
        np.testing.assert_array_equal(theirs[[a, b]], expected, err_msg=name)
        np.testing.assert_array_equal(np.delete(theirs, [a, b]), np.delete(ours, [a, b]))
    assert swapped.policies == base.policies


def test_every_input_but_the_place_is_in_one_block():
    names = [name for block in BLOCKS.values() for name in block]
    assert sorted([*names, "latitude", "longitude"]) == sorted(NUMBERS)


def test_cities_swapped_in_all_have_each_other_s_policies_and_peak(base):
    swapped = load_scenario("swapped")
    new = {"xian": "zhengzhou", "zhengzhou": "xian"}
    assert [w.city for w in swapped.policies] == [new.get(w.city, w.city) for w in base.policies]
    peak = dict(zip(swapped.cities.slugs, swapped.cities.texts["house_peak_month"], strict=True))
    assert peak["xian"] == base.cities.texts["house_peak_month"][base.cities.index("zhengzhou")]
    assert load_scenario("baseline").fingerprint == base.fingerprint != swapped.fingerprint
    assert swapped.with_swapped("zhengzhou", "xian").fingerprint == base.fingerprint


def test_what_was_announced_for_a_city_can_come_later_or_earlier(tmp_path, base):
    for by in (36, -60):
        path = write(tmp_path / "s.toml", f'extends="baseline"\nshift_months={{zhengzhou={by}}}\n' + POLICY)
        *announced, own = load_scenario(path).policies
        assert own.start == 24
        for window, before in zip(announced, base.policies, strict=True):
            moved = by if before.city == "zhengzhou" else 0
            for month in range(140):
                assert window.strength(month) == before.strength(month - moved)


@pytest.mark.parametrize("chain", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_a_circle_is_explained(tmp_path, chain):
    for name, following in zip(chain, [*chain[1:], chain[0]], strict=True):
        write(tmp_path / f"{name}.toml", f'extends = "{following}.toml"\n')
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "a.toml")
    files_named = [str(tmp_path / f"{name}.toml") for name in [*chain, "a"]]
    assert str(caught.value).endswith("'extends' goes round in a circle: " + " > ".join(files_named))


def test_a_circle_through_a_parent_folder_is_explained(tmp_path):
    path = write(tmp_path / "x" / "a.toml", 'extends = "../x/a.toml"\n')
    with pytest.raises(InputError, match="goes round in a circle"):
        load_scenario(path)


# ---------------------------------------------------------------------------- wrong files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('swap={cities=["xian"]}', "'cities' must be two different cities"),
        ('swap={cities=["xian", "zhengzou"]}', "unknown city 'zhengzou'; did you mean 'zhengzhou' or"),
        ('swap={cities=["xian", "zhengzhou"], blocks=["wage"]}', "unknown block 'wage'; did you mean 'wages'?"),
        ('swap={cities=["xian", "zhengzhou"], block=["wages"]}', "swap: unknown key 'block'"),
        ("shift_months={zhengzhou=1.5}", "must be a whole number from -600 to 600"),
        ("shift_months={zengzhou=1}", "unknown city 'zengzhou'; did you mean"),
        ("title = ", "not valid TOML: "),
        ('title = "x"\nscale == 3', "(at line 2"),
        ('title = "x"\ntitle = "y"', "not valid TOML: "),
        ('titel = "x"', "unknown key 'titel'; did you mean 'title'?"),
        ("scale = 0.5", "unknown key 'scale'"),  # belongs under [parameters]
        ("[policies]", "unknown key 'policies'; did you mean 'policy'"),
        ("title = 3", "'title' must be text"),
        ("description = ['x']", "'description' must be text"),
        ("extends = 1", "'extends' must be text"),
        ("cities = false", "'cities' must be text"),
        ("announced_policies = 'no'", "'announced_policies' must be true or false"),
        ("announced_policies = 0", "'announced_policies' must be true or false"),
        ("parameters = 3", "'parameters' must be a [parameters] table"),
        ("[policy]\ncity='all'", "'policy' must be [[policy]] tables"),
        ("policy = [3]", "policy 1 must be a [[policy]] table"),
        ("[parameters]\nscael = 1", "unknown parameter 'scael'; did you mean 'scale'"),
        ("[parameters.scale]\nvalue = 1", "'scale' = {'value': 1}: must be a number"),
        ("[parameters]\npolicy = 'on'", "write true without quotes"),
        ('extends = "nowhere.toml"', "nowhere.toml: cannot read the scenario: No such file"),
        ('extends = "baselin"', "unknown scenario 'baselin'; did you mean 'baseline'? (shipped: baseline, "),
        ('cities = "nowhere.csv"', "nowhere.csv: cannot read the city table"),
        (POLICY + POLICY.replace("0.1", "5"), "policy 2: 'size' = 5: must be a number from 0 to 1"),
        (POLICY.replace("rebate", "gift"), "policy 1: unknown instrument 'gift'"),
        (POLICY.replace("all", "x"), "policy 1: unknown city 'x'"),
        (POLICY.replace("2023-01", "January"), "policy 1: 'start': 'January' is not a month written YYYY-MM"),
        (POLICY + 'end = "2022-12"', "policy 1: 'end' (2022-12) must not come before 'start' (2023-01)"),
        (POLICY + "ramp_months = 1.5", "policy 1: 'ramp_months' = 1.5"),
        (POLICY + "rate = 1", "policy 1: unknown key 'rate'"),
        (POLICY.replace("size=0.1", ""), "policy 1: 'size' is missing"),
        (POLICY.replace("0.1", "'0.1'"), "policy 1: 'size' = '0.1': must be a number"),
        (POLICY.replace('"2023-01"', "2023-01-01"), "policy 1: 'start': '2023-01-01' is not a month"),  # a TOML date
    ],
)
def test_a_wrong_file_is_explained(tmp_path, text, message):
    path = write(tmp_path / "self.toml", text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert message in str(caught.value)
    if "baselin" not in text:
        assert str(caught.value).startswith(str(tmp_path))


def test_all_problems_of_a_file_come_at_once(tmp_path):
    text = "[parameters]\nscale = '1'\nmonths = 0\n" + POLICY.replace("all", "x") + POLICY.replace("0.1", "7")
    with pytest.raises(InputError) as caught:
        load_scenario(write(tmp_path / "a.toml", text))
    assert len(caught.value.problems) == 4


def test_a_fault_is_reported_in_the_file_that_has_it(tmp_path):
    write(tmp_path / "a.toml", "[parameters]\nscale = 0\n")
    b = write(tmp_path / "b.toml", 'extends = "a.toml"\n')
    with pytest.raises(InputError, match=r"^\S+a\.toml: 'scale' = 0"):
        load_scenario(b)


def test_a_file_that_is_not_text_or_not_there(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes("title = 'é'".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.toml: not a UTF-8 text file"):
        load_scenario(path)
    path.write_bytes(b"\xef\xbb\xbftitle = 'x'")  # saved by an editor that marks UTF-8
    assert load_scenario(path).title == "x"
    with pytest.raises(InputError, match="unknown scenario 'nocrisis'; did you mean 'no_crisis'"):
        load_scenario("nocrisis")


# ---------------------------------------------------------------------------- values and fingerprint


def test_other_values_leave_the_scenario_alone(base):
    base.model = object()
    other = base.with_values({"scale": 1}, rng=4)
    assert (other.parameters.scale, other.rng, other.model) == (1, 4, None)
    assert (base.parameters.scale, base.rng) == (0.1, None) and base.model is not None
    with pytest.raises(InputError, match="--set: unknown parameter 'x'"):
        base.with_values({"x": 1}, where="--set")


def test_the_fingerprint_is_the_same_in_another_process(base):
    code = "from microdrama import load_scenario; print(load_scenario('baseline').fingerprint)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == base.fingerprint
    assert len(base.fingerprint) == 16 and int(base.fingerprint, 16) >= 0
    assert len({load_scenario(name).fingerprint for name in shipped_scenarios()}) == len(shipped_scenarios())


def another(p):
    """Some other value that is allowed."""
    if p.kind is bool:
        return not p.default
    if p.choices:
        return next(c for c in p.choices if c != p.default)
    if p.kind is int:
        return int(p.low) if p.default != p.low else int(p.low) + 1
    if 0 < p.default < p.high and math.isfinite(p.default):
        return p.default * (1 + 1e-12)
    return (p.low + (p.high if p.default == p.low else p.default)) / 2


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_changes_the_fingerprint(base, name):
    p = PARAMETERS[name]
    value = 36.0 if p.default == math.inf else another(p)
    assert base.with_values({name: value}).fingerprint != base.fingerprint
    assert base.with_values({name: p.default}).fingerprint == base.fingerprint


@pytest.mark.parametrize("name", NUMBERS)
def test_every_figure_of_a_city_changes_the_fingerprint(base, name):
    cities = shipped_cities()
    numbers = cities.numbers | {name: cities.numbers[name].copy()}
    numbers[name][3] = 77.0
    assert base.with_cities(dataclasses.replace(cities, numbers=numbers)).fingerprint != base.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"city": "beijing"},
        {"instrument": "rebate"},
        {"start": 99},
        {"size": 0.123},
        {"end": 98},
        {"ramp_months": 7},
        {"budget_yuan_year": 1e6},
        {"budget_yuan_total": 1e6},
        {"mode": "replace"},
    ],
)
def test_every_part_of_a_policy_changes_the_fingerprint(base, change):
    other = copy.copy(base)
    other.policies = (dataclasses.replace(base.policies[0], **change), *base.policies[1:])
    assert other.fingerprint != base.fingerprint
    other.policies = base.policies[1:]
    assert other.fingerprint != base.fingerprint


def test_budgets_and_modes_come_back_from_files(base, tmp_path):
    other = copy.copy(base)
    other.policies = (
        Window("xian", "rebate", 24, 0.1, end=40, budget_yuan_year=5e7),
        Window("xian", "rebate", 30, 0.2, mode="replace", budget_yuan_total=1.25e8),
    )
    name = write_scenario(other, tmp_path)
    assert load_scenario(tmp_path / name).fingerprint == other.fingerprint
    rows = [[str(v) for v in policy_entry(w).values()] for w in other.policies]
    lines = [",".join(row) for row in ([*policy_entry(other.policies[0])], *rows)]
    (tmp_path / "p.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "s.csv").write_text("name,value\nextends,no_policy\nannounced_policies,false\npolicies,p.csv\n")
    assert load_scenario(tmp_path / "s.csv").policies == other.policies


def test_windows_that_silence_each_other_are_refused_before_anything_runs(base, tmp_path):
    twice = POLICY + 'mode = "replace"\n'
    with pytest.raises(InputError, match="two windows replace rebate in every city from 2023-01 on"):
        load_scenario(write(tmp_path / "twice.toml", twice + twice))
    other = copy.copy(base)
    other.policies = (Window("all", "rebate", 0, 0.1, mode="replace"), Window("xian", "rebate", 9, 0.2, mode="replace"))
    with pytest.raises(InputError, match="two windows replace rebate in xian from 2021-10 on"):
        MicroDramaEconomy(other, rng=1, scale=0.02)
    assert (
        base.notes == []
        and len(load_scenario(write(tmp_path / "both.toml", "announced_policies = false\n" + POLICY + POLICY)).notes)
        == 1
    )
    assert load_scenario(tmp_path / "both.toml").with_values({"policy": False}).notes == []


def test_what_does_not_decide_the_run_leaves_the_fingerprint(base):
    other = base.with_values({}, rng=5)
    other.name, other.title, other.description, other.model = "x", "y", "z", object()
    assert other.fingerprint == base.fingerprint
    assert base.with_values({"crisis_strength": 1}).fingerprint == base.fingerprint  # 1 is 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,value\nmigration,FALSE\n", False),
        ("Name,VALUE\nmigration,false\n", False),
        ("name,value\n,\n  ,\nmigration,TRUE\n,\n", True),
        ("name,value,unit\nmigration,false\n", False),
    ],
)
def test_tables_are_read_as_excel_saves_them(tmp_path, text, expected):
    assert load_scenario(write(tmp_path / "a.csv", text)).parameters.migration is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,value\ncrisis_strength,0,5\n", r"a\.csv:2: 1 more entries than columns"),
        ("name,value,value\nmonths,3,4\n", r"a\.csv: column 'value' is given twice"),
        ("nmae,value\nmonths,3\n", r"a\.csv: column 'name' is missing; did you mean 'nmae'\?"),
        ("name,value\nmonths\n", r"a\.csv:2: 1 entries where the header has 2"),
        ("name,value\n,\n", r"a\.csv: the table has no rows"),
    ],
)
def test_tables_that_do_not_fit_their_header_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        load_scenario(write(tmp_path / "a.csv", text))


def test_a_cell_with_an_excel_error_is_named(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["name", "value"], ["#REF!", 3]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"a\.xlsx, Sheet:2, column 1: the cell is #REF!"):
        load_scenario(tmp_path / "a.xlsx")


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 5000])
def test_toml_that_python_cannot_hold_is_refused_in_a_line(tmp_path, text):
    with pytest.raises(InputError, match="not valid TOML"):
        load_scenario(write(tmp_path / "a.toml", text))
