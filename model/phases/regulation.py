"""Regulation: campaigns, inspections of sets, review of finished series, removals (C1, C2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import fen
from ..arithmetic import exp
from ..arrays import Array
from ..categories import MODES
from ..decisions import content
from ..inputs.policies import replaced_by
from ..populations.tables import FINISHING, ON_SCREEN, OVER
from ..state import State, phase


@phase(reads="campaign_until draws officials policies stringency", writes="campaign_until inspection_hazard stringency")
def set_stringency(econ: State) -> None:
    """(C1) How strict the month is: 1, and more in campaigns, those announced and those that chance brings."""
    p = econ.p
    econ.stringency = 1.0
    if p.campaigns:
        begun = econ.draws("regulator.campaign").happens(np.zeros(1, np.int64), p.campaign_rate)[0]
        econ.campaign_until = econ.month + p.campaign_months if begun else econ.campaign_until
        econ.stringency += p.campaign_force * (econ.month < econ.campaign_until)
        windows = [w for w in econ.policies if w.instrument == "censorship"]
        econ.stringency += sum(
            w.size * w.strength(econ.month)
            for at, w in enumerate(windows)
            if not any(later.in_force(econ.month, w.city) for later in replaced_by(windows, at))
        )
    econ.inspection_hazard = p.inspection_rate * econ.stringency * (1 - econ.officials.tolerance)


@phase(
    reads="inspection_hazard draws officials platforms public_earnings series studios",
    writes="counts ledger officials.tolerance panel.caught panel.withdrawn series.stage studios.shut_until",
)
def inspect_sets(econ: State) -> None:
    """(C2) Some sets are inspected: series caught are withdrawn, the studio is fined and may start nothing for a while.

    The city's officials are blamed: their tolerance falls with the share of the city's series caught, and recovers.
    """
    p, series, studios, officials, k = econ.p, econ.series, econ.studios, econ.officials, len(econ.cities)
    if not p.inspection:
        return
    officials.tolerance += p.tolerance_recovery * (p.tolerance - officials.tolerance)
    shot = ((series.shot == econ.month) & (series.stage == FINISHING) & (series.city >= 0)).nonzero()[0]
    city = series.city[shot]
    u = econ.draws("series.inspection").uniform(series.key[shot])
    likely = u < econ.inspection_hazard[city] * series.edge[shot]  # the chance is at most that
    rows = shot[likely]
    if len(rows):
        hazard = econ.inspection_hazard[series.city[rows]]
        chance = content.detection_probability(series.edge[rows], series.discretion[rows], hazard, p.discretion_scale)
        rows = rows[u[likely] < chance]
    if not len(rows):
        return
    caught, shot_here = np.bincount(series.city[rows], minlength=k), np.bincount(city, minlength=k)
    officials.tolerance = np.maximum(officials.tolerance - p.blame * (caught / np.maximum(shot_here, 1)), 0)
    econ.panel.now["caught"] += caught
    owner = econ.owners[rows]
    worth = econ.public_earnings[econ.platforms.mode[series.platform[rows]]]
    econ.ledger.pay("fines", (studios, owner), (econ.rest_of_china, 0), fen(max(p.penalty - 1, 0) * worth))
    studios.shut_until[owner] = econ.month + 1 + p.shutdown_months
    _withdraw(econ, rows)


@phase(
    reads="draws platforms series stringency studios",
    writes="counts ledger panel.withdrawn series.cost_fen series.stage",
)
def review_series(econ: State) -> None:
    """(C1) Series are finished and paid for; review rejects some of the edgy ones made for viewers at home.

    The price of a series made in California includes post-production (C3).
    """
    p, series, studios = econ.p, econ.series, econ.studios
    due = ((series.stage == FINISHING) & (series.due < 30 * (econ.month + 1))).nonzero()[0]
    post = fen(p.post_yuan * exp(series.lavish[due]) * (series.city[due] >= 0))
    econ.ledger.pay("inputs", (studios, econ.owners[due]), (econ.rest_of_china, 0), post)
    series.cost_fen[due] += post
    if p.review:
        _withdraw(econ, _too_edgy(econ, "series.review", due, p.rejection_rate))


@phase(reads="draws platforms series stringency", writes="counts panel series.stage")
def remove_from_screen(econ: State) -> None:
    """(C1) Some of the edgy series on screen at home are taken down."""
    p, series = econ.p, econ.series
    if not p.review:
        return
    down = _too_edgy(econ, "series.removal", (series.stage == ON_SCREEN).nonzero()[0], p.removal_rate)
    econ.counts["ended"] += len(down)
    econ.panel.keep_series(series, down, econ.month)
    series.stage[down] = OVER


def _too_edgy(econ: State, decision: str, rows: Array, rate: float) -> Array:
    """Those of some series that review finds too edgy; no one reviews what is made for abroad."""
    series, hazard = econ.series, rate * econ.stringency
    u = econ.draws(decision).uniform(series.key[rows])
    likely = u < hazard * series.edge[rows]  # the chance is at most that: most need no exponential
    rows, u = rows[likely], u[likely]
    if not len(rows):
        return rows
    chance = content.detection_probability(series.edge[rows], 0.0, hazard, 1.0)
    abroad = econ.platforms.mode[series.platform[rows]] == MODES.index("overseas")
    return rows[(u < chance) & ~abroad]


def _withdraw(econ: State, rows: Array) -> None:
    """Series that will never be released."""
    if not len(rows):
        return
    series = econ.series
    econ.counts["withdrawn"] += len(rows)
    econ.panel.now["withdrawn"] += np.bincount(series.home[rows], minlength=len(econ.cities))
    series.stage[rows] = OVER
