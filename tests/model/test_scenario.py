import subprocess
import sys

import pytest

from model.errors import InputError
from model.scenario import load_scenario, shipped_scenarios


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenarios_load_and_say_what_they_are(name):
    scenario = load_scenario(name)
    assert scenario.title and scenario.description


def test_a_scenario_builds_on_another(tmp_path):
    write(tmp_path / "a.toml", 'extends = "no_crisis"\n[parameters]\nscale = 0.5\n')
    b = write(tmp_path / "b.toml", 'extends = "a.toml"\ntitle = "B"\n[parameters]\nmonths = 24\n')
    scenario = load_scenario(b)
    assert (scenario.parameters.scale, scenario.parameters.months, scenario.parameters.property_crisis) == (
        0.5,
        24,
        False,
    )
    assert scenario.title == "B" and scenario.policies == load_scenario("baseline").policies


def test_policies_are_added_or_announced_ones_left_out(tmp_path):
    policy = '[[policy]]\ncity="all"\ninstrument="rebate"\nstart="2023-01"\nsize=0.1\n'
    added = load_scenario(write(tmp_path / "a.toml", policy))
    alone = load_scenario(write(tmp_path / "b.toml", "announced_policies = false\n" + policy))
    assert len(added.policies) == len(load_scenario("baseline").policies) + 1 and len(alone.policies) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "not valid TOML"),
        ('titel = "x"', "unknown key 'titel'; did you mean 'title'?"),
        ("title = 3", "'title' must be text"),
        ("parameters = 3", "'parameters' must be"),
        ("policy = [3]", "policy 1 must be a"),
        ('extends = "self.toml"', "goes round in a circle"),
        ('cities = "nowhere.csv"', "cannot read the city table"),
        (
            "[parameters]\nscale = '1'\n[[policy]]\ncity='x'\ninstrument='rebate'\nstart='2023-01'\nsize=1",
            "unknown city 'x'",
        ),
    ],
)
def test_a_wrong_file_is_explained(tmp_path, text, message):
    path = write(tmp_path / "self.toml", text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert message in str(caught.value) and str(tmp_path) in str(caught.value)


def test_the_fingerprint_is_of_what_decides_the_run():
    base = load_scenario("baseline")
    code = "from model import load_scenario; print(load_scenario('baseline').fingerprint)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == base.fingerprint
    assert base.with_values({"crisis_strength": 1.01}).fingerprint != base.fingerprint
    assert base.with_values({}, rng=5).fingerprint == base.fingerprint
    assert len({load_scenario(name).fingerprint for name in shipped_scenarios()}) == len(shipped_scenarios())
