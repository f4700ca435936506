"""Platforms and audiences: commissions, release, promotion, attention, the end of a run (D1-D5, S2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..columns import Array
from ..decisions import platforms as rules
from ..ledger import fen, yuan
from ..parameters import MODES
from ..populations import FINISHING, ON_SCREEN, OVER

if TYPE_CHECKING:
    from ..economy import MicroDramaEconomy

MILESTONES = (0.3, 0.4, 0.3)
"""Parts of a fee paid at the start, at the shooting and at delivery (S2)."""


def milestone_fen(fee_fen: Array, number: int) -> Array:
    """A part of the fee in whole fen; the last one is what the others leave."""
    parts = [np.floor(share * fee_fen).astype(np.int64) for share in MILESTONES[:-1]]
    return parts[number] if number < len(parts) else fee_fen - sum(parts)


def plan_commissions(econ: MicroDramaEconomy) -> None:
    """(S2, D6) Budgets for work made for hire: part of a platform's content money, what novels sold of a publisher's.

    From the birth of the format on, publishers try out series that promote their novels and reinvest what these sell:
    the format spreads because promotion pays.
    """
    p, platforms, publishers = econ.p, econ.platforms, econ.publishers
    expected = econ.spending[platforms.mode] * platforms.share
    content = econ.content_share[platforms.mode]
    slate = fen(p.commission_share * p.work_for_hire * content * expected)
    platforms.slate_fen = np.minimum(slate, np.maximum(platforms.cash_fen, 0) * 9 // 10)
    if p.novel_promotion and econ.month >= p.format_birth_month:
        budget = fen(p.novel_seed_yuan_month * p.scale * publishers.share)
        budget += np.floor(p.novel_reinvestment * publishers.novel_sales_fen).astype(np.int64)
        publishers.slate_fen = np.minimum(budget, np.maximum(publishers.cash_fen, 0) * 9 // 10)


def release_series(econ: MicroDramaEconomy) -> None:
    """Series that passed review go on screen; the rest of the fee, or a guarantee, is paid."""
    p, series, studios = econ.p, econ.series, econ.studios
    new = np.flatnonzero((series.stage == FINISHING) & (series.due < 30 * (econ.month + 1)))
    owner = studios.rows(series.studio[new])
    pay_milestone(econ, new, owner, 2)
    _guarantee(econ, new, owner)
    abroad = series.casting[new][econ.platforms.mode[series.platform[new]] == MODES.index("overseas")]
    if len(abroad):
        appeal = np.array([1.0, p.foreign_appeal, p.california_appeal])[abroad].mean()
        econ.overseas_appeal = 0.9 * econ.overseas_appeal + 0.1 * appeal
    series.stage[new], series.released[new] = ON_SCREEN, econ.month
    econ.counts["released"] += len(new)
    econ.released_by_city = np.bincount(series.home[new], minlength=len(econ.cities)).astype(float)


def pay_milestone(econ: MicroDramaEconomy, which: Array, owner: Array, number: int) -> None:
    """Pay a part of the fee of those of the series that are made for hire."""
    series = econ.series
    hired = series.commissioned[which]
    which, owner = which[hired], owner[hired]
    amounts = milestone_fen(series.fee_fen[which], number)
    novel = series.publisher[which]
    for client, row, mine in (
        (econ.platforms, series.platform[which], novel < 0),
        (econ.publishers, novel, novel >= 0),
    ):
        econ.ledger.pay("commission", (client, row[mine]), (econ.studios, owner[mine]), amounts[mine])
    series.revenue_fen[which] += amounts
    np.add.at(econ.studios.revenue_fen, owner, amounts)


def _guarantee(econ: MicroDramaEconomy, new: Array, owner: Array) -> None:
    """(D5) Ad-funded platforms pay own series a part of what such series usually earn, whatever these will earn."""
    p, series, platforms = econ.p, econ.series, econ.platforms
    ad = MODES.index("ad")
    own = ~series.commissioned[new] & (platforms.mode[series.platform[new]] == ad)
    if not (p.guarantees and own.any()):
        return
    new, owner, where = new[own], owner[own], series.platform[new[own]]
    amount = fen(p.guarantee_share * econ.public_earnings[ad])
    wanted = amount * np.bincount(where, minlength=len(platforms))
    funds = np.maximum(platforms.cash_fen, 0) // 2
    paid = np.floor(amount * np.minimum(1, funds / np.maximum(wanted, 1)))[where].astype(np.int64)
    econ.ledger.pay("guarantee", (platforms, where), (econ.studios, owner), paid)
    series.guarantee_fen[new] = paid
    series.revenue_fen[new] += paid
    np.add.at(econ.studios.revenue_fen, owner, paid)


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
    views = yuan(gross[where]) * pull / total[where]
    series.views[live] += views
    growth: float | Array = 1.0
    if p.word_of_mouth:
        luck = econ.luck("series.word_of_mouth").normal(series.key[live])
        growth = rules.audience_growth(series.quality[live], luck, p.wom_drift, p.wom_quality, p.wom_spread)
    series.audience[live] = np.maximum(views / p.promotion_unit_yuan * growth, 1e-6)

    content = econ.content_share[platforms.mode]
    owner = econ.studios.rows(series.studio[live])
    own = ~series.commissioned[live] & (owner >= 0)
    share = np.floor(views * content[where] * fen(1)).astype(np.int64)
    earned, guaranteed = series.share_fen[live], series.guarantee_fen[live]
    paid = np.maximum(earned + share - guaranteed, 0) - np.maximum(earned - guaranteed, 0)
    series.share_fen[live] += share
    ledger.pay("revenue_share", (platforms, where[own]), (econ.studios, owner[own]), paid[own])
    series.revenue_fen[live[own]] += paid[own]
    np.add.at(econ.studios.revenue_fen, owner[own], paid[own])
    _sell_novels(econ, live, views)
    _publish_charts(econ, live, views * content[where], new)


def _sell_novels(econ: MicroDramaEconomy, live: Array, views: Array) -> None:
    """(D6) Who watches a publisher's series buys the novel."""
    p, series, publishers = econ.p, econ.series, econ.publishers
    if not p.novel_promotion:
        return
    novel = series.publisher[live]
    watched = np.bincount(novel[novel >= 0], views[novel >= 0], len(publishers))
    sales = fen(p.novel_lift * watched)
    econ.ledger.pay("novel_sales", (econ.rest_of_china, 0), (publishers, np.arange(len(publishers))), sales)
    publishers.novel_sales_fen = 0.8 * publishers.novel_sales_fen + 0.2 * sales


def _promote(econ: MicroDramaEconomy, new: Array, gross: Array) -> None:
    """(D2) Buy traffic for the new series of each platform; one that has none saves the money."""
    p, series, platforms = econ.p, econ.series, econ.platforms
    where = series.platform[new]
    budget = np.floor(econ.promotion_share[platforms.mode] * gross).astype(np.int64)
    budget *= np.bincount(where, minlength=len(platforms)) > 0
    abroad = platforms.mode == MODES.index("overseas")
    every = np.arange(len(platforms))
    econ.ledger.pay("promotion", (platforms, every[~abroad]), (econ.rest_of_china, 0), budget[~abroad])
    econ.ledger.pay("promotion", (platforms, every[abroad]), (econ.rest_of_world, 0), budget[abroad])
    weight = rules.promotion_weight(series.quality[new], p.promotion_focus)
    total = np.bincount(where, weight, len(platforms))
    series.audience[new] = 1 + yuan(budget[where]) * weight / total[where] / p.promotion_unit_yuan


def _publish_charts(econ: MicroDramaEconomy, live: Array, content_yuan: Array, new: Array) -> None:
    """What everybody can see: content money and releases by mode, also of local studios; and this month's hits."""
    series, k = econ.series, len(econ.cities)
    mode, home = econ.platforms.mode[series.platform[live]], series.home[live]
    fade, floor = 0.8, 10 * econ.p.scale  # as if so many more series a month came out: the first see no fortune
    at = home * len(MODES) + mode
    cells = k * len(MODES)
    local = np.stack([np.bincount(at, content_yuan, cells), np.bincount(at, new, cells)]).reshape(2, k, -1)
    econ._local_chart = fade * econ._local_chart + local
    potential = econ.content_share * econ.spending
    econ._chart = fade * econ._chart + np.stack([potential, local[1].sum(axis=0) + floor])
    opening, count = np.bincount(mode, content_yuan * new, len(MODES)), np.bincount(mode, new, len(MODES))
    hit = new & (content_yuan * count[mode] > econ.p.hit_multiple * opening[mode])
    here = hit & (series.city[live] >= 0)
    econ.hits = np.bincount(series.city[live[here]], minlength=k).astype(float)
    makers = econ.studios.rows(series.studio[live[hit]])
    np.add.at(econ.studios.hits, makers[makers >= 0], 1.0)
    econ.public_earnings = econ._chart[0] / econ._chart[1]
    econ.local_earnings = np.tile(econ.public_earnings, (k, 1))
    money, releases = econ._local_chart
    np.divide(money, releases, out=econ.local_earnings, where=releases > 0.5)


def take_off_screen(econ: MicroDramaEconomy) -> None:
    """(D4) Audiences die out at random; all that is over this month leaves the table."""
    series = econ.series
    chance = rules.month_end_probability(econ.p.wom_end)
    over = (series.stage == ON_SCREEN) & econ.luck("series.end").happens(series.key, chance)
    econ.counts["ended"] += int(over.sum())
    econ.panel.keep_series(np.flatnonzero(over))
    series.remove(over | (series.stage == OVER))
