"""Regulation: campaigns, inspections of sets, review of finished series, removals (C1, C2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array
from ..decisions import content
from ..ledger import fen
from ..parameters import MODES
from ..populations import FINISHING, ON_SCREEN, OVER

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

CAMPAIGN_MONTHS = 3


def set_stringency(econ: MicroDramaEconomy) -> None:
    """(C1) How strict the month is: 1, and more in campaigns, those announced and those that chance brings."""
    p = econ.p
    econ.stringency = 1.0
    if p.campaigns:
        begun = econ.luck("regulator.campaign").happens(np.zeros(1, np.int64), p.campaign_rate)[0]
        econ.campaign_until = econ.month + CAMPAIGN_MONTHS if begun else econ.campaign_until
        econ.stringency += p.campaign_force * (econ.month < econ.campaign_until)
        windows = (w for w in econ.scenario.policies if w.instrument == "censorship")
        econ.stringency += sum(w.size * w.strength(econ.month) for w in windows)
    econ.inspection_hazard = p.inspection_rate * econ.stringency * (1 - econ.officials.tolerance)


def inspect_sets(econ: MicroDramaEconomy) -> None:
    """(C2) Inspectors come to some sets: what they find is confiscated, the studio fined and shut for a while.

    The city's officials are blamed: their tolerance falls with the share of the city's series caught, and recovers.
    """
    p, series, studios, officials, k = econ.p, econ.series, econ.studios, econ.officials, len(econ.cities)
    if not p.inspection:
        return
    shot = ((series.shot == econ.month) & (series.stage == FINISHING) & (series.city >= 0)).nonzero()[0]
    city = series.city[shot]
    chance = content.detection_probability(
        series.edge[shot], series.discretion[shot], econ.inspection_hazard[city], p.discretion_scale
    )
    caught = econ.luck("series.inspection").happens(series.key[shot], chance)
    found, everything = np.bincount(city, caught, k), np.bincount(city, minlength=k)
    share = np.divide(found, everything, out=np.zeros(k), where=everything > 0)
    forgiven = p.tolerance_recovery * (p.tolerance - officials.tolerance)
    officials.tolerance = np.minimum(np.maximum(officials.tolerance + forgiven - p.blame * share, 0), 1)
    econ.panel.now["caught"] += found
    rows = shot[caught]
    if not len(rows):
        return
    owner = econ.owners[rows]
    worth = econ.public_earnings[econ.platforms.mode[series.platform[rows]]]
    econ.ledger.pay("fines", (studios, owner), (econ.rest_of_china, 0), fen(max(p.penalty - 1, 0) * worth))
    studios.shut_until[owner] = econ.month + 1 + p.shutdown_months
    _withdraw(econ, rows)


def review_series(econ: MicroDramaEconomy) -> None:
    """(C1) Series are finished and paid for; review rejects some of the edgy ones made for viewers at home.

    The price of a series made in California includes post-production (C3).
    """
    p, series, studios = econ.p, econ.series, econ.studios
    due = ((series.stage == FINISHING) & (series.due < 30 * (econ.month + 1))).nonzero()[0]
    post = fen(p.post_yuan * np.exp(series.lavish[due]) * (series.city[due] >= 0))
    econ.ledger.pay("inputs", (studios, econ.owners[due]), (econ.rest_of_china, 0), post)
    series.cost_fen[due] += post
    if p.review:
        chance = content.detection_probability(_at_home(econ, due), 0.0, p.rejection_rate * econ.stringency, 1.0)
        _withdraw(econ, due[econ.luck("series.review").happens(series.key[due], chance)])


def remove_from_screen(econ: MicroDramaEconomy) -> None:
    """(C1) Some of the edgy series on screen at home are taken down."""
    p, series = econ.p, econ.series
    if not p.review:
        return
    live = (series.stage == ON_SCREEN).nonzero()[0]
    chance = content.detection_probability(_at_home(econ, live), 0.0, p.removal_rate * econ.stringency, 1.0)
    down = live[econ.luck("series.removal").happens(series.key[live], chance)]
    econ.counts["ended"] += len(down)
    econ.panel.keep_series(down)
    series.stage[down] = OVER


def _at_home(econ: MicroDramaEconomy, rows: Array) -> Array:
    """Edge of series for viewers at home; none of those made for abroad, which no one reviews."""
    abroad = econ.platforms.mode[econ.series.platform[rows]] == MODES.index("overseas")
    return np.where(abroad, 0.0, econ.series.edge[rows])


def _withdraw(econ: MicroDramaEconomy, rows: Array) -> None:
    """Series that will never be released."""
    if not len(rows):
        return
    series = econ.series
    econ.counts["withdrawn"] += len(rows)
    econ.panel.now["withdrawn"] += np.bincount(series.home[rows], minlength=len(econ.cities))
    series.stage[rows] = OVER
