"""What the documents say is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from generate.reference import PAGES
from microdrama.experiments.design.analyses import known_analyses
from microdrama.experiments.design.samplers import SAMPLERS
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.reports import mechanisms
from microdrama.model.economy import PHASES
from microdrama.model.inputs.cities import NUMBERS
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_of_the_readme_runs(capsys):
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_the_page_on_sweeps_says_what_works(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code, text = (re.findall(rf"```{language}\n(.*?)```", page, re.S) for language in ("python", "toml"))
    Path("study.toml").write_text(text[0], encoding="utf-8")
    assert len(load_study("study.toml").points) == 6
    here = code[0].replace('sweep(study, "out/first")', 'sweep(study, "out/first", executor=Here)')
    exec(compile(here, "sweeps.md", "exec"), {"Here": Here})
    assert capsys.readouterr().out.startswith("4 of 4 runs completed, 0 failed")
    assert re.findall(r"^\| `(\w+)` \|", page.split("Samplers:")[1], re.M) == [*SAMPLERS, *known_analyses()]


def test_the_files_of_the_readme_load(tmp_path):
    scenario, study = (tmp_path / f"{name}.toml" for name in ("scenario", "study"))
    for path, text in zip((scenario, study), blocks("toml"), strict=True):
        path.write_text(text, encoding="utf-8")
    assert load_scenario(scenario).policies[-1].size == 0.5
    found = load_study(study)
    assert (len(found.points), len(found.seeds)) == (6, 20)


def test_the_commands_of_the_readme_exist(capsys):
    commands = re.findall(r"^microdrama (\w+)", "\n".join(blocks("sh")), re.M)
    expected = (
        "run scenarios parameters compare sensitivity study sweep export accounts package template validate calibrate "
        "vitals ask"
    )
    assert set(commands) == set(expected.split())
    targets = set(re.findall(r"`?make (\w+)", README))
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert targets <= rules


def test_the_table_of_mechanisms_has_rows_for_every_switch_and_none_is_without_effect():
    table = (ROOT / "docs" / "mechanisms.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)`", table, re.M) == [*mechanisms.SWITCHES, *mechanisms.INSTEAD] * 3
    assert "**Without any effect**: none." in table


@pytest.mark.parametrize("name", PAGES)
def test_pages_read_off_the_code_are_up_to_date(name):
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_the_process_overview_lists_the_phases_in_order():
    odd = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    rows = [(heading.strip(), phase) for heading, phase in re.findall(r"^\|([\w ]*)\| `(\w+)` \|", odd, re.M)]
    wanted = [
        (name if number == 0 else "", phase.__name__)
        for name, group in PHASES.items()
        for number, phase in enumerate(group)
    ]
    assert rows == wanted


EQUATIONS = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")


def codes(text):
    """Codes such as P2 or P7b in a text, ranges written out."""
    found = set()
    for letter, first, suffix, last in re.findall(r"\b([PGSLDFCA])(\d+)(b?)(?:-[PGSLDFCA](\d+))?\b", text):
        found |= {f"{letter}{n}{suffix}" for n in range(int(first), int(last or first) + 1)}
    return found


def test_every_mechanism_has_its_equation():
    wanted = set().union(*(codes(q.mechanism) for q in PARAMETERS.values()))
    have = set(re.findall(r"^\$\$ \((\w+)\)$", EQUATIONS, re.M)) | set(re.findall(r"\*\*(A\d)\*\*", EQUATIONS))
    assert len(wanted) > 40 and wanted <= have


def test_every_rule_is_named_beside_its_equation():
    for file in (ROOT / "model" / "decisions").glob("*.py"):
        for compiled, rule in re.findall(r"^(@compiled\n)?def (\w+)", file.read_text(encoding="utf-8"), re.M):
            assert compiled or f"`{rule}`" in EQUATIONS, rule  # compiled loops apply rules to everybody


def test_names_in_the_equations_are_parameters_or_code():
    known = (
        set(PARAMETERS)
        | set(NUMBERS)
        | set(
            re.findall(
                r"^(?:    )?def (\w+)",
                "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "model").rglob("*.py")),
                re.M,
            )
        )
    )
    named = set(re.findall(r"`(\w+)`", EQUATIONS)) - {"like_this"}
    assert named <= known, named - known


@pytest.mark.slow
def test_the_pages_build_without_a_warning_and_need_no_network(tmp_path):
    words = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--quiet", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for page in tmp_path.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"(https?:[^\"]+)", text)
        assert not loaded, (page.name, loaded)
    equations = (tmp_path / "equations.html").read_text(encoding="utf-8")
    assert equations.count("<math") > 100 and "(P2)" in equations and "\\frac" not in equations


def test_the_table_of_where_things_are_names_files_that_have_them():
    page = (ROOT / "docs" / "where.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (Where .*?\?) \| (.*) \|$", page, re.M)
    assert len(rows) >= 10
    for question, answer in rows:
        entries = re.findall(r"`([\w/]+\.\w+)` \(([^)]*)\)", answer)
        assert 1 <= len(entries) <= 3, question
        for path, names in entries:
            text = (ROOT / path).read_text(encoding="utf-8")
            for name in re.findall(r"`(\w+)`", names):
                defined = rf"\b(def|class|const|function) {name}\b" if path.endswith((".py", ".js")) else rf"^{name}\b"
                assert re.search(defined, text, re.M), f"{question} {path} has no {name}"
