"""What the documents say is true."""

import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

import microdrama
from generate import notebook
from generate.reference import PAGES
from microdrama import model, sweep
from microdrama.experiments import cli
from microdrama.experiments.commands import COMMANDS
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


PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def page(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_python_of_the_readme_runs(capsys):
    (block,) = blocks("python")
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out
    assert block.rstrip() in page("modellers")


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


def test_the_study_of_the_readme_loads():
    (text,) = blocks("toml")
    found = load_study(tomllib.loads(text))
    assert (len(found.points), len(found.seeds)) == (6, 20)


def test_the_first_sweep_and_study_work(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    study, register = blocks("toml", page("tutorial_run"))
    whole = tomllib.loads(study + register)
    assert len(load_study(whole).points) == 6  # and predictions are of effects that it has
    small = tomllib.loads(study) | {"months": 26, "scale": 0.02, "seeds": 1}
    assert str(sweep(small, "out/rebate", executor=Here)).startswith("6 of 6 runs completed")
    assert cli.main(["run", "no_policy", "--scale", "0.02", "--months", "2", "--out", "out/np"]) == 0
    for block in blocks("python", page("tutorial_run")):
        exec(compile(block.replace("2030", "2021"), "tutorial_run.md", "exec"), {})
    assert "zhengzhou" in (out := capsys.readouterr().out) and "offer.size" in out


def test_the_city_and_the_policies_of_the_tutorial_load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["template", "cities", "--out", "my_cities.csv"]) == 0
    (add,) = blocks("python", page("tutorial_city"))
    exec(compile(add, "tutorial_city.md", "exec"), {})
    without, offer, subsidy = blocks("toml", page("tutorial_city"))
    for name, text in (("hefei", without), ("offer", offer), ("subsidy", subsidy)):
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
    assert "hefei" in load_scenario("hefei.toml").cities.slugs
    assert load_scenario("offer.toml").policies[-1].budget_yuan_year == 20_000_000
    assert load_scenario("subsidy.toml").policies[-1].ramp_months == 6


def commands(text):
    """Commands of a page as lists of words: those in blocks for a shell, and those in tables and sentences."""
    inline = re.findall(r"`(microdrama [a-z]+ [^`-][^`]*?)(?: --[a-z]+)?`", text)  # an option alone is named, not given
    lines = [*"\n".join(blocks("sh", text)).splitlines(), *inline]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("microdrama ")]


def test_the_commands_of_all_pages_are_understood():
    mentioned = set()
    for path in PROSE:
        text = path.read_text(encoding="utf-8")
        mentioned |= set(re.findall(r"microdrama ([a-z]+)", text)) & set(COMMANDS)
        for words in commands(text) if path.name != "CHANGELOG.md" else ():
            parser, known = cli._parser()
            importlib.import_module(f"microdrama.experiments.commands.{words[0]}").add(known[words[0]])
            assert not parser.parse_known_args([word for word in words if word != "&"])[1], (path.name, words)
    assert mentioned == set(COMMANDS)


def test_the_readme_is_short_and_has_a_command_for_each_reader():
    assert len(README.splitlines()) <= 150
    assert {words[0] for words in commands(README)} >= {
        *("run", "ask", "compare", "study", "sweep", "export", "accounts", "package", "template")
    }
    targets = set(re.findall(r"`?make (\w+)", README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert {"run", "test", "dashboard", "docs"} <= targets <= rules | {"test"}


def anchors(path):
    """Addresses of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_outside_the_pages_lead_somewhere(name):
    for target, anchor in re.findall(r"\]\(([^:()#\s]+)(?:#([^)]*))?\)", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), target
        assert not anchor or anchor in anchors(ROOT / target), f"{target}#{anchor}"


def test_questions_have_their_sentence_on_the_page():
    rows = re.findall(r"^\| (.*\?) \| (.*) \| \[.*\]\((\w+)\.md\) \|$", page("questions"), re.M)
    assert len(rows) >= 2
    for question, sentence, where in rows:
        plain = " ".join(page(where).replace("*", "").split())
        for part in re.split(r"(?<=[.]) ", sentence):
            assert part in plain, f"{question}: '{part}' does not stand in {where}.md"


def test_the_reference_has_every_public_name():
    text = page("api")
    listed = set(re.findall(r"^\.\. auto\w+:: (\w+)", text, re.M)) | set(re.findall(r"`(?:[\w.]+\.)?([A-Z]+)`", text))
    assert {*microdrama.__all__, *model.__all__} <= listed


def test_the_citation_has_the_version_of_the_package():
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {package['version']}\n" in citation and f"license: {package['license']}\n" in citation


@pytest.mark.slow
def test_the_notebook_says_what_it_says():
    kept = nbformat.read(path := ROOT / "docs" / "tutorial.ipynb", as_version=4)
    stale = "run `python docs/generate/notebook.py docs/tutorial.ipynb`"
    assert notebook.printed(notebook.run(path)) == notebook.printed(kept), stale


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
