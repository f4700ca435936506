"""What the analyses of registered studies share: their data by point and seed, effects as displayed, answers."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from microdrama.model.arrays import Array
from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios

from ..design.register import Register
from ..design.study import Study
from ..figures import Figure
from ..markdown import shown
from ..outcomes import promises
from ..outcomes.registry import SCALES
from .contrast import Contrast, of_differences, of_members, paired, wilson

ROBUST = 0.9
"""Share of an ensemble's members in which the sign of an effect must hold to be called robust."""


MOST = 8
"""Most effects that sentences tell, most points that a figure shows: those of few factors come first."""


class Effect(NamedTuple):
    """One effect as displayed, beside what was predicted of it.

    ``agree`` is the share of the ensemble's members in which it has the sign of its mean (nan without an ensemble).
    """

    kind: str
    name: str
    words: str
    effect: Contrast
    predicted: str = ""
    unit: str = ""
    agree: float = np.nan
    members: int = 0

    @property
    def shown(self) -> str:
        """The effect with its interval, as a sentence gives it."""
        return format_effect(self.effect, self.unit)

    @property
    def verdict(self) -> str:
        """Whether what was predicted came out."""
        if not self.predicted:
            return ""
        if not np.isfinite([self.effect.low, self.effect.high]).all():
            return "not identified"
        if not self.effect.clear:
            return ("as predicted: " if self.predicted == "0" else "") + "not distinguishable from zero"
        return "as predicted" if self.predicted == ("+" if self.effect.mean > 0 else "-") else "against the prediction"


class Answer(NamedTuple):
    """The answer of a study: its effects, sentences and figure; ``caption`` says what the figure shows.

    The first ``lead`` sentences are the answer in short. ``more`` has further figures by name, each with its caption.
    """

    unit: str
    effects: list[Effect]
    sentences: list[str]
    draw: Callable[[], Figure]
    caption: str = ""
    more: Mapping[str, tuple[Callable[[], Figure], str]] = {}
    lead: int = 1


class Group(NamedTuple):
    """Points with the same value of the factor of ``by``: what names of effects begin with, and words, and points."""

    name: str
    words: str
    points: list[int]


@dataclass
class Data:
    """Runs of a registered study.

    Parameters
    ----------
    study : Study
        With a register.
    runs : pandas.DataFrame
        Its table of runs.
    columns : mapping
        Unit and meaning of outcomes, as in :func:`microdrama.experiments.outcomes.outcome_columns`.
    panel : callable, optional
        Makes the panel with the columns asked for, long, with ``run_id``, ``month`` and ``city``.
    cells : callable, optional
        Makes the table of the grid at the end of every run.

    Raises
    ------
    ValueError
        If the study is not registered, or fewer than two seeds have all of its points.
    """

    study: Study
    runs: Any
    columns: Mapping[str, tuple[str, str]]
    panel: Callable[[Sequence[str]], Any] | None = None
    cells: Callable[[], Any] = lambda: None

    def __post_init__(self) -> None:
        if self.study.register is None:
            raise ValueError(f"{self.study.name}: has no [register]")
        self.register: Register = self.study.register
        complete = self.runs.groupby("seed")["point"].nunique() == len(self.points)
        self.seeds = [int(seed) for seed in complete.index[complete]]
        least = 1 if len(self.study.seeds) == 1 else 2
        if len(self.seeds) < least:
            raise ValueError(f"{self.study.name}: fewer than two seeds have all of its {len(self.points)} points")

    @property
    def points(self) -> list[dict[str, Any]]:
        """The design."""
        return self.study.points

    @cached_property
    def run_ids(self) -> dict[tuple[int, int], str]:
        """Names of runs by point and seed."""
        if "run_id" not in self.runs:
            return {}
        return {(r.point, r.seed): r.run_id for r in self.runs[["point", "seed", "run_id"]].itertuples()}

    @property
    def city(self) -> str:
        """Name of the focal city."""
        return self.name_of(self.study.city)

    @cached_property
    def slugs(self) -> list[str]:
        """Cities, in the order of the table."""
        return self.study.at(self.points[0]).cities.slugs

    @property
    def focal(self) -> int:
        """Its row in the table of cities."""
        return self.slugs.index(self.study.city)

    def name_of(self, slug: str) -> str:
        """Name of a city in words."""
        cities = self.study.at(self.points[0]).cities
        return cities.names[cities.slugs.index(slug)].split(" (")[0] if slug in cities.slugs else slug.capitalize()

    # ------------------------------------------------------------------ outcomes

    def raw(self, metric: str) -> dict[int, Array]:
        """(seeds,) outcome by point, in its own unit."""
        wide = self.runs.pivot(index="point", columns="seed", values=metric)[self.seeds]
        return {point: wide.loc[point].to_numpy() for point in range(len(self.points))}

    def outcome(self, metric: str = "") -> dict[int, Array]:
        """(seeds,) outcome by point, in the unit of display; the metric of the register unless another is named."""
        metric = metric or self.register.metric
        factor = SCALES.get(self.columns[metric][0], (1.0, ""))[0]
        return {point: values.astype(float) * factor for point, values in self.raw(metric).items()}

    def unit(self, metric: str = "") -> str:
        """Unit of display."""
        unit = self.columns[metric or self.register.metric][0]
        return SCALES.get(unit, (1.0, unit))[1]

    def words(self, metric: str = "") -> str:
        """What an outcome is."""
        words = self.columns[metric or self.register.metric][1].replace("focal city", self.city)
        slug, of, rest = words.partition("'s ")
        return f"{self.name_of(slug)}{of}{rest}" if slug in self.slugs else words

    def yes_no(self, metric: str = "") -> bool:
        """Whether an outcome is 0 or 1."""
        return self.columns[metric or self.register.metric][0] == "0 or 1"

    def path(self, column: str) -> Array:
        """(points, seeds, months, cities) of a column of the panel."""
        if self.panel is None:
            raise ValueError(f"{self.study.name}: has no panel")
        table = self.panel([column])
        runs = table["run_id"].to_numpy()
        starts = np.flatnonzero(np.r_[True, runs[1:] != runs[:-1]])
        values, k = table[column].to_numpy(float), len(self.slugs)
        found = {runs[a]: values[a:b].reshape(-1, k) for a, b in zip(starts, [*starts[1:], len(runs)])}
        return np.array(
            [[found[self.run_ids[point, seed]] for seed in self.seeds] for point in range(len(self.points))]
        )

    # ------------------------------------------------------------------ points in words

    @cached_property
    def groups(self) -> list[Group]:
        """Points by the value of the factor of ``by``."""
        by, found = self.register.by, dict[str, Group]()
        if not by:
            return [Group("", "", [*range(len(self.points))])]
        for k, point in enumerate(self.points):
            name = f"{by} {point[by]}: "
            found.setdefault(name, Group(name, f"{self.in_words(by, point[by])}: ", [])).points.append(k)
        return [*found.values()]

    def pairs(self) -> Iterator[tuple[int, int, str, str]]:
        """Every point and that with which it is compared, if these are other runs, and its name and words."""
        for group, words, points in self.groups:
            for k in points:
                j = self.reference(k, points)
                if k != j and not self.same_runs(k, j):
                    yield k, j, group + self.label(k, points[0]), words + self.said(k, points[0])

    def differ(self, k: int, first: int) -> list[str]:
        """Factors in which a point differs from another (but for that of ``by``)."""
        return [n for n, v in self.points[k].items() if v != self.points[first][n] and n != self.register.by]

    def label(self, k: int, first: int) -> str:
        """Name of a point: what differs from another."""
        return ", ".join(f"{n} {self.points[k][n]}" for n in self.differ(k, first))

    def said(self, k: int, first: int) -> str:
        """The same in words."""
        return ", ".join(self.in_words(n, self.points[k][n]) for n in self.differ(k, first)) or "as it is"

    def point_in_words(self, k: int) -> str:
        """A point by all of its factors."""
        return ", ".join(self.in_words(n, v) for n, v in self.points[k].items()) or "all runs"

    def in_words(self, name: str, value: Any) -> str:
        """A factor at a value, in words; a scenario by its title."""
        if name == "scenario":
            known = value in shipped_scenarios()
            title = load_scenario(value if known else self.study.folder / value).title
            first = title.partition(" ")[0]
            acronym = len(first) > 1 and not first[1:].islower()
            kept = acronym or first in map(self.name_of, self.slugs)
            return title if kept else title[:1].lower() + title[1:]
        words = self.register.words.get(name, name.replace("_", " "))
        return f"{words} {('off', 'on')[value] if isinstance(value, bool) else shown(value)}"

    def unpaid(self) -> list[str]:
        """A sentence a point on announced money that was not paid: all points, or a few and how many leave some unpaid.

        None for results of a version without these outcomes.
        """
        if not {*promises.OUTCOMES} <= {*self.runs.columns}:
            return []
        runs = dict(iter(self.runs.groupby("point")))
        sentences = [
            f"{capital(self.point_in_words(k))}: {promises.in_runs(runs[k])}."
            for k in few(self, [*range(len(self.points))])
        ]
        if len(sentences) < len(runs):
            some = sum(any(own["unpaid_city"] != "") for own in runs.values())
            sentences.append(f"At {some} of {len(runs)} points some announced money was left unpaid.")
        return sentences

    def zones(self, points: Sequence[int]) -> list[list[str]]:
        """Zones of the focal city: name, and at each point studios there at the end and their share of the city's.

        Means over seeds, studios at full size. Nothing for runs without zones or without the grid.
        """
        cells = self.cells() if self.study.cells else None
        if cells is None or "zone" not in cells:
            return []
        own = cells[(cells["city"] == self.study.city) & cells["seed"].isin(self.seeds)]
        names, rows = "+" + own["zone"].astype(str) + "+", []
        in_city = own.groupby("point")["studios"].sum()
        for zone in self.study.at(self.points[0]).zones:
            inside = own[names.str.contains(f"+{zone.slug}+", regex=False)]
            if zone.city == self.study.city and len(inside):
                there = inside.groupby("point")["studios"].sum()
                rows.append([zone.name])
                for k in points:
                    size = len(self.seeds) * self.study.at(self.points[k]).parameters.scale
                    rows[-1].append(f"{there[k] / size:.0f} ({there[k] / max(in_city[k], 1):.0%})")
        return rows

    def factor(self, name: str) -> str:
        """A factor in words: those of the register, else what its parameter means, to the first stop."""
        meaning = PARAMETERS[name].meaning if name in PARAMETERS else name
        return self.register.words.get(name, re.split(r"[;:,]| \(", meaning)[0])

    def reference(self, k: int, group: list[int]) -> int:
        """The point that a point is compared with: no treatment and all else alike, else the first of its group."""
        treatment = self.register.treatment
        if not treatment:
            return group[0]
        alike = self.points[k] | {treatment: self.points[group[0]][treatment]}
        return next((j for j in group if self.points[j] == alike), group[0])

    def same_runs(self, k: int, j: int) -> bool:
        """Whether two points are the same runs."""
        ids = self.run_ids
        return bool(ids) and all(ids[k, seed] == ids[j, seed] for seed in self.seeds)

    # ------------------------------------------------------------------ effects

    @cached_property
    def members(self) -> Array:
        """(seeds,) number of each seed's member of the ensemble, -1 without one."""
        return np.array([self.study.member(seed) for seed in self.seeds])

    @property
    def kinds(self) -> dict[str, str]:
        """Outcomes, and the kind of effects on each: ``effect`` on the one that decides, else the outcome's name."""
        return {self.register.metric: "effect"} | {m: m for m in self.register.also if m != self.register.metric}

    def effect(
        self, kind: str, name: str, words: str, differences: Array, unit: str = "", contrast: Contrast | None = None
    ) -> Effect:
        """A mean of differences with what was predicted of it, and the share of members in which its sign holds.

        What is predicted is of the outcome that decides; effects on others have these as their kind.
        """
        agree, members = agreement(differences, self.members)
        predicted = "" if kind in self.columns else self.register.predicted.get(name, "")
        found = contrast or of_differences(differences)
        if members and len(self.members) > len({*self.members}):
            known = ~np.isnan(differences)
            pooled = of_members(differences[known], self.members[known])
            found = found._replace(low=pooled.low, high=pooled.high)
        return Effect(kind, name, words, found, predicted, unit or self.unit(), agree, members)

    def estimate(
        self, kind: str, name: str, words: str, interval: tuple[float, float, float], unit: str = "", seeds: int = 0
    ) -> Effect:
        """A number, and the ends of its interval, that is no mean of differences over seeds."""
        found = Contrast(*interval, seeds or len(self.seeds), 0.0, np.nan)
        return Effect(kind, name, words, found, self.register.predicted.get(name, ""), unit or self.unit())

    def difference(self, name: str, words: str, metric: str, k: int, j: int) -> Effect:
        """The paired effect of one point against another on an outcome."""
        values = self.outcome(metric)
        if self.yes_no(metric):
            found = paired(values[k] / 100, values[j] / 100, yes_no=True).times(100)
        else:
            found = paired(values[k], values[j])
        return self.effect(self.kinds[metric], name, words, values[k] - values[j], self.unit(metric), found)


def counts(study: Study) -> list[int]:
    """How many values factors have, but for that of ``by``."""
    by = study.register.by if study.register else ""
    return [len(f.values) for f in study.factors if f.name != by]


def few(data: Data, points: list[int]) -> list[int]:
    """The first point and, if there are more than :data:`MOST`, only those that differ from it in one factor."""
    if len(points) <= MOST:
        return points
    return [k for k in points if len(data.differ(k, points[0])) <= 1][:MOST]


def simplest(effects: Iterable[Effect], most: int = MOST) -> list[Effect]:
    """Effects of fewest factors first; no more than ``most`` unless even those of fewest are more."""
    ordered = sorted(effects, key=lambda effect: effect.name.count(", "))
    fewest = sum(effect.name.count(", ") == ordered[0].name.count(", ") for effect in ordered) if ordered else 0
    return ordered[: max(most, fewest)]


def agreement(differences: Array, members: Sequence[int] | Array) -> tuple[float, int]:
    """Share of an ensemble's members in which the mean difference has the sign of the mean over all, and their number.

    >>> agreement(np.array([1.0, -3.0, 2.0, 5.0]), [0, 1, 0, 1])
    (1.0, 2)
    """
    known = ~np.isnan(differences)
    found, which = np.unique(np.asarray(members)[known], return_inverse=True)
    if not len(found) or found[0] < 0:
        return np.nan, 0
    means = np.bincount(which, differences[known]) / np.bincount(which)
    return float(np.mean(np.sign(means) == np.sign(differences[known].mean()))), len(found)


def format_effect(effect: Contrast, unit: str) -> str:
    """An effect with its interval, as a sentence gives it."""
    digits = 2 if abs(effect.mean) < 100 and max(abs(effect.low), abs(effect.high)) < 1000 else 0
    what = "" if unit == "1" else f" {unit}"
    return f"{effect.mean:+,.{digits}f}{what} {effect.interval(digits)}"


def robustness(effects: Iterable[Effect]) -> str:
    """A sentence on the signs of effects over the members of the ensemble; empty without one."""
    known = [e for e in effects if e.members > 1 and e.effect.clear and not np.isnan(e.agree)]
    if not known:
        return ""
    robust = [e for e in known if e.agree >= ROBUST]
    low, _ = wilson(known[0].agree * known[0].members, known[0].members)
    first = known[0]
    return (
        f"Of {len(known)} effects that differ from zero, {len(robust)} keep their sign in {ROBUST:.0%} or more of the "
        f"{first.members} parameter sets; {first.words} in {first.agree:.0%} (at least {low:.0%} of all such sets, "
        "with 95 % confidence)."
    )


def mean_known(values: Array, axis: int = 0) -> Array:
    """Mean along an axis of what is not nan, nan where nothing is.

    >>> mean_known(np.array([[1.0, np.nan], [3.0, np.nan]]))
    array([ 2., nan])
    """
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def half_interval(values: Array, axis: int = 0) -> Array:
    """Half of the 95 % interval of a mean (t), along an axis; nans are left out.

    >>> round(float(half_interval(np.array([1.0, 2.0, 3.0]))), 3)
    2.484
    """
    n = (~np.isnan(values)).sum(axis=axis)
    apart = (values - np.expand_dims(mean_known(values, axis), axis)) ** 2
    variance = mean_known(apart, axis) * n / np.maximum(n - 1, 1)
    return np.where(n > 1, stats.t.ppf(0.975, np.maximum(n - 1, 1)) * np.sqrt(variance / np.maximum(n, 1)), np.nan)


def capital(text: str) -> str:
    """The text with its first letter a capital."""
    return text[:1].upper() + text[1:]


def year_shares(days: Array, window: int = 12) -> Array:
    """Shares of cities in shooting days over a running year: (..., months, cities), nan before there is any."""
    total = np.cumsum(days, axis=-2)
    before = np.zeros_like(total)
    before[..., window:, :] = total[..., :-window, :]
    year = total - before
    everywhere = year.sum(axis=-1, keepdims=True)
    result: Array = np.divide(year, everywhere, out=np.full(year.shape, np.nan), where=everywhere > 0)
    return result


def point_means(data: Data) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(points,) means over seeds of the outcome that decides."""
    values = data.outcome()
    return np.array([values[k].mean() for k in range(len(data.points))])
