"""What a difference-in-differences study of one world would find, beside what is true."""

from functools import partial
from typing import NamedTuple

import numpy as np

from microdrama.model.arrays import Array
from microdrama.model.calendar import month_number

from ..design.analyses import analysis
from ..figures import COLOURS, MARKERS, Figure, band, line_at, new_figure, tidy
from .causal import difference_in_differences, event_study
from .common import Answer, Data, capital, half_interval


class Case(NamedTuple):
    """What a policy for some cities did, and what the study of its world finds, over what a treated city gains."""

    words: str
    treated: int
    own: float
    displaced: float
    contaminated: float
    """By displacement alone."""
    found: float

    def theory(self, cities: int) -> float:
        """What displacement alone should make of the estimate."""
        return 1 + self.displaced * self.treated / (cities - self.treated)


@analysis(
    "trap", "what a difference-in-differences study of one world would find, beside what is true", needs_panel=True
)
def trap(data: Data) -> Answer:
    """Difference-in-differences on the treated world alone, beside the truth that the untreated twin shows.

    Per treated city and month, of series shot. With K cities, n of them treated and a part d of their gain displaced,
    displacement alone makes the estimate (1 + d n/(K-n))/(1-d) times what all gain per treated city; cities that would
    have grown apart anyway add to it, which the twin with the same draws shows as well.
    """
    shot = data.path("series_shot")
    policy = next(p for p in data.study.policies if "cities" in p)
    start = month_number(policy["start"])
    rows, cases, events = [], [], {}
    for k, j, label, words in data.pairs():
        if not (n := int(data.points[k]["offer.cities"])):
            continue
        treated = np.isin(data.slugs, policy["cities"][:n])
        gain = (shot[k] - shot[j])[:, start:, :]
        own, everywhere = gain[..., treated].mean(axis=(1, 2)), gain.sum(axis=2).mean(axis=1) / n
        found, twin = (
            np.array([difference_in_differences(world.T, treated, start).estimate for world in shot[at]])
            for at in (k, j)
        )
        for kind, values, what in (
            ("own", own, "what a treated city gains"),
            ("all", everywhere, "what all gain, per treated city"),
            ("estimate", found, "what the study of one world finds"),
            ("trend", twin, "of which cities would have grown apart anyway"),
            ("bias", found - everywhere, "estimate less what all gain"),
        ):
            rows.append(data.effect(kind, f"{label}: {kind}", f"{words}: {what}", values, "series/month"))
        mean = own.mean()
        gone = 1 - everywhere.mean() / mean if mean else np.nan
        cases.append(Case(words, n, mean, gone, (found - twin).mean() / mean, found.mean() / mean))
        if n == 1:
            when, reach = np.where(treated, start, -1), min(24, shot.shape[2] - start - 1)
            lags = np.arange(-12, reach + 1)
            gap = (shot[k] - shot[j])[..., treated].mean(axis=-1)
            estimate = np.array([event_study(world.T, when, 12, reach) for world in shot[k]])
            prefix = next(group.words for group in data.groups if k in group.points)
            events[prefix] = lags, estimate, gap[:, start + lags] - gap[:, [start - 1]]
    sentences = [
        f"{capital(case.words)}: {case.displaced:.0%} of what the treated gain ({case.own:+.2f} series a month each) "
        f"is displaced; displacement alone makes the estimate {case.contaminated:.2f} times that (theory "
        f"{case.theory(len(data.slugs)):.2f}); what the study of one world finds is {case.found:.2f} times."
        for case in cases
    ]
    return Answer(
        "series/month",
        rows,
        sentences,
        partial(_draw, events, len(data.slugs), cases),
        "Left: event-study estimates on treated worlds alone against the true effect with the same draws, means and "
        "95 % intervals. Right: how far the estimate is off, by what is displaced, beside the formula.",
    )


def _draw(events: dict[str, tuple[Array, Array, Array]], cities: int, cases: list[Case]) -> Figure:
    figure = new_figure(12, 4.4)
    left, right = figure.subplots(1, 2)
    ends = [*events.items()][:: max(len(events) - 1, 1)]  # the first and the last
    for colour, (words, (lags, estimate, truth)) in zip((COLOURS[0], COLOURS[6]), ends):
        for values, line, what in ((estimate, "-", "event study"), (truth, "--", "truth")):
            mean, half = values.mean(axis=0), half_interval(values)
            style = {"linestyle": line, "label": f"{capital(words)}{what}"}
            band(left, lags, mean, mean - half, mean + half, colour=colour, alpha=0.12, **style)
    line_at(left, x=0, line=":")
    line_at(left, y=0)
    title = "One treated city: what is found, and what is true"
    tidy(left, x="months since treatment", y="series a month", title=title, legend=8)
    d = np.linspace(-0.5, 1.5, 50)
    for at, n in enumerate(sorted({case.treated for case in cases})):
        own, style = [case for case in cases if case.treated == n], {"color": COLOURS[at]}
        right.plot(d, 1 + d * n / (cities - n), linewidth=1.2, linestyle="--", **style)
        x = [case.displaced for case in own]
        label = f"{n} treated, displacement alone"
        right.plot(x, [case.contaminated for case in own], MARKERS[at], label=label, **style)
        style["markerfacecolor"] = "white"
        right.plot(x, [case.found for case in own], MARKERS[at], label=f"{n} treated, as found", **style)
    line_at(right, y=1)
    y = "estimate over the treated cities' gain"
    tidy(right, x="displaced part", y=y, title="Bias; dashed: theory", legend=8)
    return figure
