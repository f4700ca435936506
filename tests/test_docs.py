"""What the documents say is true."""

import re
from pathlib import Path

from experiments.cli import main
from model.scenario import load_scenario

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_of_the_readme_runs(capsys):
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_the_scenario_of_the_readme_loads(tmp_path):
    (scenario,) = blocks("toml")
    path = tmp_path / "readme.toml"
    path.write_text(scenario, encoding="utf-8")
    assert load_scenario(path).policies[-1].size == 0.5


def test_the_commands_of_the_readme_exist(capsys):
    commands = re.findall(r"^microdrama (\w+)", "\n".join(blocks("sh")), re.M)
    assert set(commands) == {"run", "scenarios", "parameters"}
    targets = set(re.findall(r"`?make (\w+)", README))
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert targets <= rules


def test_the_parameter_table_is_up_to_date(capsys):
    main(["parameters", "--markdown"])
    assert (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8") == capsys.readouterr().out


def test_the_table_of_mechanisms_has_a_row_for_every_switch():
    from model.parameters import SWITCHES

    table = (ROOT / "docs" / "mechanisms.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)`", table, re.M) == list(SWITCHES)
