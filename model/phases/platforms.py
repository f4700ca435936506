"""Platforms and audiences: commissions, release, promotion, attention, the end of a run (D1-D5, S2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array
from ..decisions import platforms as rules
from ..ledger import fen
from ..parameters import MODES
from ..populations import FINISHING, ON_SCREEN

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

MILESTONES = (0.3, 0.4, 0.3)
"""Parts of a fee paid at the start, at the shooting and at delivery (S2)."""


def by_mode(econ: MicroDramaEconomy, what: str) -> Array:
    """(modes,) a parameter that is kept for each mode, such as ``content_share``."""
    return np.array([econ.p[f"{what}_{mode}"] for mode in MODES])


def milestone_fen(fee_fen: Array, number: int) -> Array:
    """A part of the fee in whole fen; the last one is what the others leave."""
    parts = [np.floor(share * fee_fen).astype(np.int64) for share in MILESTONES[:-1]]
    return parts[number] if number < len(parts) else fee_fen - sum(parts)


def plan_commissions(econ: MicroDramaEconomy) -> None:
    """(S2) A platform sets aside part of the content money it expects this month for work made for hire."""
    p, platforms = econ.p, econ.platforms
    expected = econ.spending[platforms.mode] * platforms.share
    content = by_mode(econ, "content_share")[platforms.mode]
    slate = fen(p.commission_share * p.work_for_hire * content * expected)
    platforms.slate_fen = np.minimum(slate, np.maximum(platforms.cash_fen, 0) * 9 // 10)


def release_series(econ: MicroDramaEconomy) -> None:
    """Series that passed post-production and review go on screen; the rest of the fee is paid."""
    p, series, studios = econ.p, econ.series, econ.studios
    new = np.flatnonzero((series.stage == FINISHING) & (series.due < 30 * (econ.month + 1)))
    owner = studios.rows(series.studio[new])
    econ.ledger.pay("inputs", (studios, owner), (econ.rest_of_china, 0), fen(np.full(len(new), p.post_yuan)))
    series.cost_fen[new] += fen(p.post_yuan)
    pay_milestone(econ, new, owner, 2)
    series.stage[new], series.released[new] = ON_SCREEN, econ.month
    econ.counts["released"] += len(new)
    econ.released_by_city = np.bincount(series.home[new], minlength=len(econ.cities)).astype(float)


def pay_milestone(econ: MicroDramaEconomy, which: Array, owner: Array, number: int) -> None:
    """Pay a part of the fee of those of the series that are made for hire."""
    series = econ.series
    hired = series.commissioned[which]
    which, owner = which[hired], owner[hired]
    amounts = milestone_fen(series.fee_fen[which], number)
    econ.ledger.pay("commission", (econ.platforms, series.platform[which]), (econ.studios, owner), amounts)
    series.revenue_fen[which] += amounts
    np.add.at(econ.studios.revenue_fen, owner, amounts)


def share_attention(econ: MicroDramaEconomy) -> None:
    """(D2-D4) Platforms promote what is new, viewers share out attention, own series get their part of the money.

    All of a platform's spending goes to the series on its screens, in proportion to their pull, so attention is
    scarce. Where nothing is on screen nobody spends.
    """
    p, series, platforms, ledger = econ.p, econ.series, econ.platforms, econ.ledger
    every = np.arange(len(platforms))
    live = np.flatnonzero(series.stage == ON_SCREEN)
    where = series.platform[live]
    showing = np.bincount(where, minlength=len(platforms)) > 0
    gross = fen(econ.spending[platforms.mode] * platforms.share) * showing
    platforms.gross_fen = gross
    for flow, payer, mode in (("viewer_spending", econ.rest_of_china, 0), ("advertising", econ.rest_of_china, 1),
                              ("overseas_spending", econ.rest_of_world, 2)):  # fmt: skip
        mine = platforms.mode == mode
        ledger.pay(flow, (payer, 0), (platforms, every[mine]), gross[mine])

    new = series.released[live] == econ.month
    if p.promotion:
        _promote(econ, live[new], gross)
    else:
        series.audience[live[new]] = 1.0
    pull = rules.attention(
        series.quality[live], series.audience[live], p.recommender_feedback * p.recommender, p.quality_effect
    )
    total = np.bincount(where, pull, len(platforms))
    views = gross[where] / 100 * pull / total[where]
    series.views[live] += views
    growth: float | Array = 1.0
    if p.word_of_mouth:
        luck = econ.luck("series.word_of_mouth").normal(series.key[live])
        growth = rules.audience_growth(series.quality[live], luck, p.wom_drift, p.wom_quality, p.wom_spread)
    series.audience[live] = np.maximum(views / p.promotion_unit_yuan * growth, 1e-6)

    content = by_mode(econ, "content_share")[platforms.mode]
    owner = econ.studios.rows(series.studio[live])
    own = ~series.commissioned[live] & (owner >= 0)
    share = np.floor(views * content[where] * 100).astype(np.int64)
    ledger.pay("revenue_share", (platforms, where[own]), (econ.studios, owner[own]), share[own])
    series.revenue_fen[live[own]] += share[own]
    np.add.at(econ.studios.revenue_fen, owner[own], share[own])
    _publish_charts(econ, live, views * content[where], new)


def _promote(econ: MicroDramaEconomy, new: Array, gross: Array) -> None:
    """(D2) Buy traffic for the new series of each platform; one that has none saves the money."""
    p, series, platforms = econ.p, econ.series, econ.platforms
    where = series.platform[new]
    budget = np.floor(by_mode(econ, "promotion_share")[platforms.mode] * gross).astype(np.int64)
    budget *= np.bincount(where, minlength=len(platforms)) > 0
    abroad = platforms.mode == MODES.index("overseas")
    every = np.arange(len(platforms))
    econ.ledger.pay("promotion", (platforms, every[~abroad]), (econ.rest_of_china, 0), budget[~abroad])
    econ.ledger.pay("promotion", (platforms, every[abroad]), (econ.rest_of_world, 0), budget[abroad])
    weight = rules.promotion_weight(series.quality[new], p.promotion_focus)
    total = np.bincount(where, weight, len(platforms))
    series.audience[new] = 1 + budget[where] / 100 * weight / total[where] / p.promotion_unit_yuan


def _publish_charts(econ: MicroDramaEconomy, live: Array, content_yuan: Array, new: Array) -> None:
    """What everybody can see: content money and releases by mode, also of local studios; and this month's hits."""
    series, k = econ.series, len(econ.cities)
    mode, home = econ.platforms.mode[series.platform[live]], series.home[live]
    fade, floor = 0.8, 10 * econ.p.scale  # as if so many more series a month came out: the first see no fortune
    at = home * len(MODES) + mode
    cells = k * len(MODES)
    local = np.stack([np.bincount(at, content_yuan, cells), np.bincount(at, new, cells)]).reshape(2, k, -1)
    econ._local_chart = fade * econ._local_chart + local
    potential = by_mode(econ, "content_share") * econ.spending
    econ._chart = fade * econ._chart + np.stack([potential, local[1].sum(axis=0) + floor])
    opening, count = np.bincount(mode, content_yuan * new, len(MODES)), np.bincount(mode, new, len(MODES))
    hit = new & (content_yuan * count[mode] > econ.p.hit_multiple * opening[mode])
    econ.hits = np.bincount(series.city[live], hit, k)
    econ.public_earnings = econ._chart[0] / econ._chart[1]
    econ.local_earnings = np.tile(econ.public_earnings, (k, 1))
    money, releases = econ._local_chart
    np.divide(money, releases, out=econ.local_earnings, where=releases > 0.5)


def take_off_screen(econ: MicroDramaEconomy) -> None:
    """(D4) Audiences die out at random."""
    series = econ.series
    chance = rules.month_end_probability(econ.p.wom_end)
    over = (series.stage == ON_SCREEN) & econ.luck("series.end").happens(series.key, chance)
    econ.counts["ended"] += int(over.sum())
    econ.panel.keep_series(np.flatnonzero(over))
    series.remove(over)
