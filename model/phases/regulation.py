"""Regulation: campaigns, inspections of sets, review of finished series, removals (C1, C2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import exp
from ..decisions import content
from ..draws import keys_of, number_of, uniform_of
from ..inputs.policies import replaced_by
from ..over_state import over_state
from ..populations.tables import FINISHING, ON_SCREEN, OVER
from ..state import OVERSEAS, State, phase
from .platforms import finished


@phase(reads="campaign_until draws officials policies", writes="campaign_until inspection_hazard stringency")
def set_stringency(econ: State) -> None:
    """(C1) How strict the month is: 1, and more in campaigns, those announced and those that chance brings."""
    windows = [window for window in econ.policies if window.instrument == "censorship"] if econ.p.campaigns else []
    announced = sum(
        w.size * w.strength(econ.month)
        for at, w in enumerate(windows)
        if w.in_force(econ.month) and not any(later.in_force(econ.month, w.city) for later in replaced_by(windows, at))
    )
    econ.stringency, econ.campaign_until = _set_stringency(econ, float(announced))


@over_state
def _set_stringency(econ, announced):  # type: ignore[no-untyped-def]
    """How strict the month is with the force of campaigns ``announced``, and when the one by chance is over."""
    p, stringency, until = econ.p, 1.0, econ.campaign_until
    if p.campaigns:
        if uniform_of(econ.draws.of("regulator.campaign"), econ.month, 0, 0) < p.campaign_rate:
            until = econ.month + p.campaign_months
        stringency += p.campaign_force * (econ.month < until)
        stringency += announced
    for city in range(len(econ.inspection_hazard)):
        econ.inspection_hazard[city] = p.inspection_rate * stringency * (1 - econ.officials.tolerance[city])
    return stringency, until


@phase(
    reads="inspection_hazard draws officials platforms public_earnings series studios",
    writes="counts ledger officials.tolerance panel.caught panel.withdrawn series.stage studios.shut_until",
)
def inspect_sets(econ: State) -> None:
    """(C2) Some sets are inspected: series caught are withdrawn, the studio is fined and may start nothing for a while.

    The city's officials are blamed: their tolerance falls with the share of the city's series caught, and recovers.
    """
    if econ.p.inspection:
        econ.counts["withdrawn"] += _inspect(econ)


@over_state
def _inspect(econ):  # type: ignore[no-untyped-def]
    """Number of series caught."""
    p, series, officials, flows = econ.p, econ.series, econ.officials, econ.ledger.flows
    studios, caught, shot, total = econ.studios, np.zeros(len(officials)), np.zeros(len(officials)), 0
    k0, k1 = keys_of(econ.draws.of("series.inspection"), econ.draws.month, 0)
    for row in range(len(series)):
        city = series.city[row]
        if series.shot[row] != econ.month or series.stage[row] != FINISHING or city < 0:
            continue
        shot[city] += 1
        u, hazard = number_of(k0, k1, series.key[row]), econ.inspection_hazard[city]
        if not _detected(econ, u, series.edge[row], series.discretion[row], hazard, p.discretion_scale):
            continue
        caught[city] += 1
        total += 1
        owner, worth = econ.owners[row], econ.public_earnings[econ.platforms.mode[series.platform[row]]]
        fine = whole_fen(max(p.penalty - 1, 0) * worth, econ.fen_per_yuan)
        pay(flows, FINES, studios.books, owner, econ.rest_of_china.books, 0, fine)
        studios.shut_until[owner] = econ.month + 1 + p.shutdown_months
        _withdraw(econ, row)
    for city in range(len(officials)):
        tolerance = officials.tolerance[city] + p.tolerance_recovery * (p.tolerance - officials.tolerance[city])
        officials.tolerance[city] = max(tolerance - p.blame * (caught[city] / max(shot[city], 1)), 0)
        econ.panel.now["caught"][city] += caught[city]
    return total


@over_state
def _detected(econ, u, edge, discretion, hazard, scale):  # type: ignore[no-untyped-def]
    """Whether a uniform number is below the chance to be detected, which is at most hazard times edge."""
    return u < hazard * edge and u < content.detection_probability(edge, discretion, hazard, scale)


@phase(
    reads="draws platforms series stringency studios",
    writes="counts ledger panel.withdrawn series.cost_fen series.stage",
)
def review_series(econ: State) -> None:
    """(C1) Series are finished and paid for; review rejects some of the edgy ones made for viewers at home.

    The price of a series made in California includes post-production (C3).
    """
    econ.counts["withdrawn"] += _finish_and_review(econ)


@over_state
def _finish_and_review(econ):  # type: ignore[no-untyped-def]
    """Number of series rejected."""
    p, series, studios, rejected = econ.p, econ.series, econ.studios.books, 0
    k0, k1 = keys_of(econ.draws.of("series.review"), econ.draws.month, 0)
    for row in finished(econ):
        post = whole_fen(p.post_yuan * exp(series.lavish[row]) * (series.city[row] >= 0), econ.fen_per_yuan)
        pay(econ.ledger.flows, INPUTS, studios, econ.owners[row], econ.rest_of_china.books, 0, post)
        series.cost_fen[row] += post
        if p.review and _too_edgy(econ, row, number_of(k0, k1, series.key[row]), p.rejection_rate):
            _withdraw(econ, row)
            rejected += 1
    return rejected


@phase(reads="draws platforms series stringency", writes="counts panel series.stage")
def remove_from_screen(econ: State) -> None:
    """(C1) Some of the edgy series on screen at home are taken down."""
    if econ.p.review:
        down = _take_down(econ)
        econ.counts["ended"] += len(down)
        econ.panel.keep_series(econ.series, down, econ.month)


@over_state
def _take_down(econ):  # type: ignore[no-untyped-def]
    """Rows of series that are taken down, which are over."""
    p, series, rows, n = econ.p, econ.series, np.empty(len(econ.series), np.int64), 0
    k0, k1 = keys_of(econ.draws.of("series.removal"), econ.draws.month, 0)
    for row in range(len(rows)):
        if series.stage[row] == ON_SCREEN and _too_edgy(econ, row, number_of(k0, k1, series.key[row]), p.removal_rate):
            series.stage[row] = OVER
            rows[n] = row
            n += 1
    return rows[:n].copy()


@over_state
def _too_edgy(econ, row, u, rate):  # type: ignore[no-untyped-def]
    """Whether review finds a series too edgy; no one reviews what is made for abroad."""
    series, abroad = econ.series, econ.platforms.mode[econ.series.platform[row]] == OVERSEAS
    return not abroad and _detected(econ, u, series.edge[row], 0.0, rate * econ.stringency, 1.0)


@over_state
def _withdraw(econ, row):  # type: ignore[no-untyped-def]
    """A series that will never be released."""
    econ.panel.now["withdrawn"][econ.series.home[row]] += 1
    econ.series.stage[row] = OVER


FINES, INPUTS = entry("fines", "ST>RC"), entry("inputs", "ST>RC")
