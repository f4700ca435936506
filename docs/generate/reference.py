"""Pages of the documentation that are read off the code, and the questions, which are read off other pages.

``python docs/generate/reference.py docs`` writes them; a test says when they are out of date.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

from microdrama.experiments.commands.parameters import as_page
from microdrama.experiments.markdown import page, shown, table
from microdrama.experiments.outcomes import inside_cities, zones
from microdrama.experiments.outcomes.patterns import PREDICTIONS, USES, Pattern, read_patterns, targets_path
from microdrama.experiments.outcomes.registry import REGISTRY
from microdrama.model import clustering
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.calendar import month_name
from microdrama.model.categories import BALANCE_ITEMS as CLAIMS
from microdrama.model.inputs.cities import NUMBERS, PLACEBOS, read_cities, shipped_cities
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.policies import INSTRUMENTS
from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios
from microdrama.model.panel import COLUMNS
from microdrama.model.populations import tables as populations
from microdrama.model.populations.table import Table

ENTITIES: tuple[type[Table], ...] = (
    populations.Studios,
    populations.Actors,
    populations.FilmBases,
    populations.Slots,
    populations.Malls,
    populations.Officials,
    populations.Platforms,
    populations.Publishers,
    populations.Funds,
    populations.Series,
)


def parameters() -> str:
    """All parameters."""
    return as_page(PARAMETERS.values())


def entities() -> str:
    """State variables of every entity, the city table, and the columns of the panel."""
    lines = []
    for entity in ENTITIES:
        known = entity.columns()
        said = (entity.__doc__ or "").strip().split("\n")[0]
        lines += [f"## {entity.__name__}", "", said, ""]
        lines += table(
            ("variable", "unit", "meaning"),
            ((f"`{name}`", column.unit, column.meaning) for name, column in known.items()),
        )
        lines.append("")
    lines += ["## City table", "", "Inputs, one row a city; every figure has a source or is marked an assumption.", ""]
    lines += table(("column", "unit", "meaning"), ((f"`{n}`", unit, what) for n, (unit, _, _, what) in NUMBERS.items()))
    lines += ["", "## Panel", "", "Results, one row a month and city.", ""]
    lines += table(("column", "unit", "meaning"), ((f"`{name}`", *column) for name, column in COLUMNS.items()))
    return page(
        "Entities and their state variables",
        "What agents, cities and the panel hold: columns of the model's tables, with units, as declared in the code.",
        lines,
    )


def accounts() -> str:
    """Sectors, flows and balance-sheet items."""

    def sides(pairs: str) -> str:
        return ", ".join(pair.replace(">", " → ") for pair in pairs.split())

    return page(
        "Accounts",
        "All money moves through one function that books it in the transactions-flow matrix (flow × payer × payee). "
        "Every month, to the fen: all deposits sum to zero, every sector's deposits changed by what it received less "
        "what it paid, every claim is one sector's asset and another's liability, and every change of net worth is "
        "saving, building and wear, or a write-off that a closure accounts for.",
        [
            "## Sectors",
            "",
            *table(("code", "sector"), ((f"`{code}`", name) for code, name in SECTORS.items())),
            "",
            "## Flows",
            "",
            *table(
                ("flow", "from → to", "meaning"),
                ((f"`{name}`", sides(flow.pairs), flow.meaning) for name, flow in FLOWS.items()),
            ),
            "",
            "## Balance sheets",
            "",
            *table(("item", "meaning"), ((f"`{n}`", m) for n, m in CLAIMS.items())),
        ],
    )


def scenarios() -> str:
    """Shipped scenarios, what each changes, and the announced policies."""
    baseline = load_scenario("baseline")
    lines = []
    for name in shipped_scenarios():
        scenario = load_scenario(name)
        changed = [
            f"`{key} = {shown(value)}`"
            for key, value in scenario.parameters.to_dict().items()
            if value != baseline.parameters[key]
        ]
        own = sum(window not in baseline.policies for window in scenario.policies)
        if own:
            changed.append(f"{own} policy window{'s' * (own > 1)}")
        if str(scenario.to_dict()["cities"]) != str(baseline.to_dict()["cities"]):
            changed.append("the city table")
        lines += [f"## {scenario.title}", "", f"`{name}`. {scenario.description}", ""]
        lines += ["Changes: " + ", ".join(changed) + ".", ""] if changed else []
    lines += [
        "## Policies of the baseline",
        "",
        "As announced; sizes are assumptions where no figure was published.",
        "",
    ]
    lines += table(
        ("city", "instrument", "from", "to", "ramp, months", "size", "unit"),
        (
            (
                w.city,
                w.instrument,
                month_name(w.start),
                month_name(w.end - 1) if w.end >= 0 else "",
                str(w.ramp_months),
                shown(w.size),
                INSTRUMENTS[w.instrument][0],
            )
            for w in baseline.policies
        ),
    )
    return page(
        "Scenarios",
        "A scenario is all that defines a world except its seed. Run one with `microdrama run NAME`, compare two with "
        "`microdrama compare NAME NAME`, and write your own as a file of a few lines that extends one "
        "([your own city and policy](tutorial_city.md)).",
        lines,
    )


def outcomes() -> str:
    """Every outcome: unit, definition, and how reports show it."""
    lines: list[str] = []
    for module in dict.fromkeys(family.read.__module__ for family in REGISTRY.values()):
        here = [family for family in REGISTRY.values() if family.read.__module__ == module]
        about = (sys.modules[module].__doc__ or "").split("\n")[0]
        lines += [f"## {module.rpartition('.')[2].replace('_', ' ').capitalize()}", "", about, ""]
        rows = (
            (f"`{one.name}`", one.unit, one.meaning, one.display.unit if one.display.unit != one.unit else "")
            for family in here
            for one in family.members(["CITY"])
        )
        lines += [*table(("outcome", "unit", "meaning", "shown in"), rows), ""]
    return page(
        "Outcomes",
        "What is read off a finished run: columns of tables of runs, and choices of `--outcome`. Names that begin with "
        "`city_` are of the focal city, Zhengzhou unless another is named; `CITY` stands for the short name of any "
        "city. Counts and money are at the scale of the run: at scale 0.1 multiply them by ten for the real size, "
        "unless they say that they are at full size.",
        [*lines, *_clusters()],
    )


def targets() -> str:
    """What the model is held against, and what it is expected to say."""
    found = read_patterns(targets_path(), shipped_cities().slugs)
    counted = sum(pattern.counted for pattern in found)
    shared = len({p.alternative for p in found if p.counted and p.alternative})
    single = sum(p.counted and not p.alternative for p in found)
    intro = (
        f"What the model is compared with, written down before any of it was fitted or scored with the model as it is "
        f"({REGISTERED}): {len(found)} rows of `experiments/evidence/targets.csv`, all to the end of 2024. {counted} "
        f"count, as {single + shared}: {shared} pairs are sources that contradict each other, both scored and never "
        "averaged, of which one met is enough. Each row has its interval, its sources (ids of `sources.csv`) and the "
        "reason for each end; *should fail without* names a switch that is off, or a value, under which the row should "
        "be missed. Predictions begin with where the model is expected; those *seen before* do not count, as "
        "[the vital signs](vitals.md) had the quantity already."
    )
    lines = ["Uses: " + "; ".join(f"*{use}*, {words}" for use, words in USES.items() if use != "bound") + ".", ""]
    lines += ["Predictions: " + "; ".join(f"*{word}*, {words}" for word, words in PREDICTIONS.items()) + "."]
    for block in dict.fromkeys(pattern.block for pattern in found):
        rows = [_target(pattern) for pattern in found if pattern.block == block]
        head = ("target", "of what", "observed", "use", "sources", "interval", "should fail without", "prediction")
        lines += ["", f"## {block.capitalize()}", "", *table(head, rows)]
    placebos = read_patterns(targets_path(PLACEBOS), read_cities(PLACEBOS).slugs)
    lines += ["", "## Placebo cities", ""]
    lines += [
        "Two cities with idle space, Wuhan and Kunming, where the industry came late or not at all: "
        "`microdrama validate placebos`, of `experiments/evidence/placebos.csv` on the city table that "
        "`--cities placebos` stands for.",
        "",
        *table(head, [_target(pattern) for pattern in placebos]),
    ]
    return page("Targets", intro, lines)


REGISTERED = "2026-11-29"


def _target(p: Pattern) -> tuple[str, ...]:
    against = f", against {p.against_city}" if p.against_city else ""
    what = f"{p.kind} of `{p.quantity}`, {p.city}, {p.when}{against}"
    name = f"{p.name} (or another *{p.alternative}*)" if p.alternative else p.name
    tells = " ".join(f"`{entry}`" for entry in p.refutes)
    return name, what, p.observed, p.use, p.sources, p.reason, tells, p.prediction


def _clusters() -> list[str]:
    """Measures inside a city: what they are beside, formulas, sources; and how a zone's gain is split."""
    known = [(name, m.unit, m.meaning, m.formula, m.source) for name, m in clustering.MEASURES.items()]
    known += [(name, "km", meaning, "", "") for name, meaning in inside_cities.DISTANCES.items()]
    return [
        "## Inside cities",
        "",
        "Rows of the table that `microdrama clusters DIR` makes of a run, by city; no columns of tables of runs.",
        "",
        *_prose(clustering),
        *_prose(clustering.expected_counts),
        *table(
            ("measure", "unit", "meaning", "formula", "source"),
            (
                (f"`{n}`", u, what, f"`{how}`" if how else "", f"doi:{doi}" if doi else "")
                for n, u, what, how, doi in known
            ),
        ),
        "",
        *_prose(clustering.dense_share),
        *_prose(clustering.getis_ord_g_star),
        *_prose(clustering.k_density),
        "### Where the gain of a zone comes from",
        "",
        "`zone_gain` and `gain_over_seeds` of `microdrama.experiments.outcomes.zones`.",
        "",
        *_prose(zones.zone_gain),
        *_prose(zones.Gain),
        *table(("part", "firms"), ((f"`{name}`", words) for name, words in zones.PARTS.items())),
        "",
        *_prose(zones.gain_over_seeds),
    ]


def _prose(documented: object) -> list[str]:
    """What a docstring says after its first line and before its sections, without roles of the markup."""
    said = inspect.getdoc(documented) or ""
    prose = re.split(r"\n\n[^\n]+\n---", said)[0].partition("\n\n")[2]
    return [re.sub(r":(?:func|data):`~?([\w.]+)`", r"`\1`", prose).replace("``", "`"), ""]


QUESTIONS = (
    ("Is a crisis an asset?", "answer", "When it is an asset.", slice(1, 2)),
    (
        "What would a rebate of 10 % with 50m yuan a year in Zhengzhou do?",
        "answer",
        "A question of one's own.",
        slice(2, 4),
    ),
    ("Which assumption matters most?", "answer", "What would overturn it.", slice(2, 4)),
    ("How do I add my city?", "tutorial_city", "A city is one row", slice(0, 1)),
    ("What must I not conclude?", "limits", "Do not", None),
)
"""Readers' questions, the page that answers each, how the paragraph begins there, and which of its sentences answer;
None: the bold one of every paragraph."""


def questions() -> str:
    """Readers' questions, each with a sentence of the page that answers it."""
    rows = []
    for question, name, begins, which in QUESTIONS:
        text = (Path(__file__).parents[1] / f"{name}.md").read_text(encoding="utf-8")
        title = re.search(r"^# (.*)$", text, re.M)
        paragraph = re.search(rf"^(?:\* )?\*\*({re.escape(begins)}.*?)(?:\n\n|\n\* |\Z)", text, re.M | re.S)
        if not title or not paragraph:
            raise ValueError(f"docs/{name}.md has no paragraph that begins with '**{begins}'")
        if which is None:
            bold = re.findall(rf"^\* \*\*({re.escape(begins)}.*?)\*\*", text, re.M | re.S)
            rows.append((question, " ".join(" ".join(bold).split()), f"[{title[1]}]({name}.md)"))
            continue
        plain = " ".join(paragraph[1].replace("**", "").split())
        sentences = re.split(r"(?<=[.?!]) (?=[A-Z`+-])", plain)[which]
        rows.append((question, " ".join(sentences), f"[{title[1]}]({name}.md)"))
    intro = "Each answer is a sentence or two of the page beside it, where its reasons stand, too."
    return page("Questions", intro, table(("question", "answer", "page"), rows)).replace("from the code", "from them")


PAGES = {
    "parameters": parameters,
    "entities": entities,
    "accounts": accounts,
    "scenarios": scenarios,
    "outcomes": outcomes,
    "targets": targets,
    "questions": questions,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, make in PAGES.items():
        (folder / f"{name}.md").write_text(make(), encoding="utf-8")
