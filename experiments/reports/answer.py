"""The answer in five paragraphs and a figure, from the answers of studies that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template
from textwrap import fill
from typing import NamedTuple

from microdrama.model.errors import InputError

from ..analysis import structures
from ..analysis.chain import few_digits
from ..analysis.common import Effect
from ..analysis.contrast import Contrast
from ..analysis.crisis_and_policy import LATER, SHARE
from ..figures import COLOURS, Figure, dot, line_at, name_rows, new_figure, save, tidy
from ..files import new_file, shipped_rows
from ..markdown import table
from .shipped_answers import CITY, Shipped, is_shipped, shipped

STUDIES = {
    "crisis_and_policy": ("microdrama main --seeds 64", "crisis and policy, each with and without the other"),
    "crisis_scope": ("microdrama study crisis_scope", "a crisis of the city alone, and of all"),
    "structures": ("microdrama study structures", "the same in the structures that the evidence leaves open"),
    "channels": ("microdrama study channels", "through what the crisis acts"),
    "promises": ("microdrama study promises", "what policy would do if more of it were paid"),
    "race": ("microdrama study race", "what a job costs, alone and when others answer"),
}
"""Studies that the answer is made of, what makes their tables, and what they are asked."""
ASKED = "zhengzhou rebate 10% from 2026-01 budget 50m/year"
ASKED_SEEDS = 16
"""A question whose links from money to jobs are shipped too, and with how many seeds it is asked."""
PAYERS = {"city": CITY, "all": "all cities together"}
CAPTION = (
    "Left: what the crisis changes in Zhengzhou's share of shooting days; grey: the structures; fitted: over the "
    "fitted parameter sets. Middle: through what, in small worlds. Right: what a job-year costs by a rebate of 15 %, "
    "filled to the city, white to all cities; elsewhere white dots are not distinguishable from zero. Lines are 95 % "
    "intervals."
)
MAIN, SCOPE = "crisis_and_policy", "crisis_scope"


class Sources(NamedTuple):
    """The shipped answers by study, and by link what the question changes a year."""

    of: dict[str, Shipped]
    asked: dict[str, Contrast]

    def row(self, study: str, kind: str, name: str) -> Contrast:
        """An effect of a study.

        Raises
        ------
        InputError
            If the table has no such row.
        """
        for effect in self.of[study].rows:
            if (effect.kind, effect.name) == (kind, name):
                return effect.effect
        raise InputError(f"{study}.csv has no row '{kind}', '{name}': make it again with `{STUDIES[study][0]}`")

    def cost(self, cities: int, who: str) -> Contrast:
        """Thousand yuan a job-year of a rebate that so many cities offer, to Zhengzhou or to all."""
        return self.row("race", "cost", f"offer.cities {cities}: cost, {who}").times(12)

    def structures(self, headline: str, kind: str = "effect") -> list[Effect]:
        """Effects of crisis or policy by structure, or what a choice of structure adds to them, largest first."""
        rows = structures.of_kind(self.of["structures"].rows, kind, headline)
        return sorted(rows, key=lambda row: -abs(row.effect.mean))

    def channels(self) -> list[Effect]:
        """Parts of the effect of the crisis, largest first."""
        rows = [row for row in self.of["channels"].rows if row.kind == "value" and row.name.endswith(" all")]
        return sorted(rows, key=lambda row: -abs(row.effect.mean))


def sources() -> Sources:
    """The tables that come with the package.

    Raises
    ------
    InputError
        If one is missing.
    """
    if missing := [name for name in STUDIES if not is_shipped(name)]:
        raise InputError(f"the answers of {', '.join(missing)} do not come with this package: `make answer` makes them")
    links = [row for row in shipped_rows("studies/answers/ask_rebate.csv") if row["city"] == CITY.lower()]
    asked = {r["step"]: Contrast(float(r["added"]), float(r["low"]), float(r["high"]), 0, 0.0, 0.0) for r in links}
    return Sources({name: shipped(name) for name in STUDIES}, asked)


def words(found: Sources) -> dict[str, str]:
    """What the page says, by the names in its template."""
    level, without = (found.row(MAIN, f"mean, {cell}", SHARE).mean for cell in ("crisis and policy", "policy only"))
    up, down, unclear = structures.count(found.structures("crisis"))
    own, everywhere = (found.row(SCOPE, "effect", f"crisis_strength 1{where}") for where in ("", ", crisis_in all"))
    made = [
        [f"`{command}`", what, found.of[name].scale, str(found.of[name].seeds), f"`{found.of[name].version}`"]
        for name, (command, what) in STUDIES.items()
    ] + [[f'`microdrama ask "{ASKED}" --seeds {ASKED_SEEDS}`', "what a rebate would do", "1.0", str(ASKED_SEEDS), ""]]
    return {
        "level": f"{level:.1f}",
        "without": f"{without:.1f}",
        "crisis": _points(found.row(MAIN, "crisis_with_policy", SHARE)),
        "jobs": few_digits(found.row(MAIN, "crisis_with_policy", "why_jobs")),
        "later": _points(found.row(MAIN, "crisis_with_policy", LATER)),
        "own": _points(own),
        "everywhere": _points(everywhere),
        "own_does": _does(own),
        "everywhere_does": _does(everywhere),
        "total": _points(found.row("channels", "total", "total all")),
        "channels": ", ".join(f"{row.words} {_points(row.effect)}" for row in found.channels()),
        "policy": _points(found.row(MAIN, "policy_in_crisis", SHARE)),
        "policy_jobs": few_digits(found.row(MAIN, "policy_in_crisis", "why_jobs")),
        "paid": few_digits(found.row(MAIN, "policy_in_crisis", "why_paid")),
        "more": _points(found.row("promises", "effect", "film_claim 0.003: policy True")),
        "usual": _points(found.row("promises", "effect", "film_claim 0.0003: policy True")),
        "price": _price(found),
        "structures": str(len(found.structures("crisis"))),
        **{"up": str(up), "down": str(down), "unclear": str(unclear)},
        "policy_up": str(structures.count(found.structures("policy"))[0]),
        "no_release": _points(found.row("structures", "choice", "crisis: outside_income_elasticity")),
        "substitution": _points(found.row("structures", "choice", "crisis: land_substitution")),
        **{f"asked_{step}": few_digits(effect) for step, effect in found.asked.items()},
        "asked_price": _asked_price(found.asked),
        "asked": ASKED,
        "caption": CAPTION,
        "made": "\n".join(table(("command", "what it asks", "scale", "seeds", "version"), made)),
    }


def _does(effect: Contrast) -> str:
    if not effect.clear:
        return "has no effect distinguishable from zero on"
    return "raises" if effect.mean > 0 else "lowers"


def _points(effect: Contrast) -> str:
    return f"{effect.mean:+.1f} points {effect.interval(1)}"


def _price(found: Sources) -> str:
    """What a job costs by a rebate of one city, and when all offer it."""
    gone, said = found.row("race", "displaced", "offer.cities 1: displaced"), []
    offers = {1: "a rebate of 15 % that Zhengzhou alone offers", 8: "when all eight cities offer it, it"}
    for cities, offer in offers.items():
        known = [(who, found.cost(cities, key)) for key, who in PAYERS.items()]
        prices = " and ".join(f"{who} {e.mean:,.0f} [{e.low:,.0f}, {e.high:,.0f}]" for who, e in known if _bounded(e))
        price = f"costs {prices} thousand yuan a job-year" if prices else "brings no gain distinguishable from zero"
        said.append(f"{offer} {price}")
    lost = "an unknown part"
    if _bounded(gone):
        lost = f"{gone.mean:.0f} % [{gone.low:.0f}, {gone.high:.0f}]"
    return f"{'; '.join(said)} (net of taxes). Of the jobs that it brings alone, other cities lose {lost}."


def _bounded(effect: Contrast) -> bool:
    return float("-inf") < effect.low <= effect.high < float("inf")


def _asked_price(asked: dict[str, Contrast]) -> str:
    jobs, net = asked["jobs"], asked["paid"].mean - asked["taxes"].mean
    if jobs.low > 0:
        return f"net of taxes a job-year costs it about {1000 * net / jobs.mean:,.0f} thousand yuan"
    return "whether it brings jobs is not distinguishable from zero, so a job has no price"


def page(found: Sources, figure: str = "answer.png") -> str:
    """The page in Markdown, which shows the picture at the address ``figure``."""
    template = files(__package__).joinpath("answer.md").read_text(encoding="utf-8")
    text = Template(template).substitute(words(found), figure=figure)
    return "\n\n".join(
        fill(part, 128, break_on_hyphens=False) if part.startswith("**") else part for part in text.split("\n\n")
    )


def draw(found: Sources) -> Figure:
    """The figure of the page."""
    figure = new_figure(13, 4.2)
    left, middle, right = panels = figure.subplots(1, 3, width_ratios=[1.3, 1, 1])
    crisis = {
        "2025, with policy": found.row(MAIN, "crisis_with_policy", SHARE),
        "2025, without policy": found.row(MAIN, "crisis_without_policy", SHARE),
        "2028, with policy": found.row(MAIN, "crisis_with_policy", LATER),
        "2028, of the city alone, fitted": found.row(SCOPE, "effect", "crisis_strength 1"),
        "2028, of all cities, fitted": found.row(SCOPE, "effect", "crisis_strength 1, crisis_in all"),
    }
    through = {row.words: row.effect for row in found.channels()}
    for axes, rows, colour, title in ((left, crisis, 0, "The crisis"), (middle, through, 2, "Through what, 2025")):
        for at, e in enumerate(list(rows.values())[::-1], start=axes is left):
            dot(axes, at, e.mean, e.low, e.high, colour=COLOURS[colour], full=e.clear)
        name_rows(axes, [*rows, *(["2025, by structure"] if axes is left else [])], fontsize=9)
        tidy(axes, x="points of the share of shooting days", title=title, lines="x")
    spread = [row.effect.mean for row in found.structures("crisis")]
    left.plot(spread, [0] * len(spread), "|", color=COLOURS[5], markersize=14)
    offers = (1, 2, 4, 8)
    for at, cities in enumerate(offers[::-1]):
        for shift, who in ((0.12, "city"), (-0.12, "all")):
            if _bounded(e := found.cost(cities, who)):
                dot(right, at + shift, e.mean, e.low, e.high, colour=COLOURS[4], full=who == "city")
    name_rows(right, ["one city offers it", *(f"{n} cities offer it" for n in offers[1:])], fontsize=9)
    tidy(right, x="thousand yuan net of taxes", title="A job-year by a rebate", lines="x")
    right.set_xscale("log")
    for axes in panels[:2]:
        line_at(axes, x=0)
    return figure


def write(folder: str | Path) -> str:
    """Write ``answer.md`` and ``answer.png``; the page is returned."""
    found, out = sources(), Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with new_file(out / "answer.png") as path:
        save(draw(found), path, dpi=110)
    text = page(found)
    with new_file(out / "answer.md") as path:
        path.write_text(text, encoding="utf-8")
    return text
