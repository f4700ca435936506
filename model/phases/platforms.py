"""Platforms and audiences: commissions, release, promotion, attention, the end of a run (D1-D5, S2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import ALL, fen, yuan
from ..arithmetic import exp
from ..arrays import Array
from ..categories import MODES
from ..decisions import platforms as rules
from ..decisions.smoothing import smoothed
from ..decisions.studios import mean_worth
from ..populations.tables import FINISHING, ON_SCREEN, OVER
from ..state import State, phase
from .platforms_loops import guarantees, instalments, public_chart, share_out


@phase(reads="content_share platforms publishers spending", writes="platforms.slate_fen publishers.slate_fen")
def plan_commissions(econ: State) -> None:
    """(S2, D6) Budgets for commissioned series: part of a platform's content money, what novels sold of a publisher's.

    From the birth of the format on, publishers try out series that promote their novels and reinvest what these sell:
    the format spreads because promotion pays.
    """
    p, platforms, publishers = econ.p, econ.platforms, econ.publishers
    expected = econ.spending[platforms.mode] * platforms.share
    content = econ.content_share[platforms.mode]
    slate = fen(p.commission_share * p.work_for_hire * content * expected)
    platforms.slate_fen = np.minimum(slate, _committed(platforms.cash_fen, p.commission_cash_share))
    if p.novel_promotion and econ.month >= p.format_birth_month:
        budget = fen(p.novel_seed_yuan_month * p.scale * publishers.share)
        budget += np.floor(p.novel_reinvestment * publishers.novel_sales_fen).astype(np.int64)
        publishers.slate_fen = np.minimum(budget, _committed(publishers.cash_fen, p.commission_cash_share))


def _committed(cash_fen: Array, share: float) -> Array:
    """Fen that clients may commit to new series."""
    return np.floor(share * np.maximum(cash_fen, 0)).astype(np.int64)


@phase(
    reads="overseas_appeal platforms public_earnings publishers series studios",
    writes="counts ledger overseas_appeal released_by_city series.guarantee_fen series.released "
    "series.revenue_fen series.stage studios.released studios.revenue_fen",
)
def release_series(econ: State) -> None:
    """Series that passed review go on screen; the rest of the fee, or a guarantee, is paid."""
    p, series = econ.p, econ.series
    new = ((series.stage == FINISHING) & (series.due < 30 * (econ.month + 1))).nonzero()[0]
    owner = econ.owners[new]
    pay_milestone(econ, new, owner, 2)
    _guarantee(econ, new, owner)
    abroad = series.casting[new][econ.platforms.mode[series.platform[new]] == MODES.index("overseas")]
    if len(abroad):
        appeal = np.array([1.0, p.foreign_appeal, p.california_appeal])[abroad]
        econ.overseas_appeal = smoothed(econ.overseas_appeal, appeal.sum() / len(abroad), p.appeal_update_weight)
    series.stage[new], series.released[new] = ON_SCREEN, econ.month
    np.add.at(econ.studios.released, owner[owner >= 0], 1)
    econ.counts["released"] += len(new)
    econ.released_by_city = np.bincount(series.home[new], minlength=len(econ.cities)).astype(float)


def pay_milestone(econ: State, which: Array, owner: Array, number: int) -> None:
    """(S2) Pay a part of the fee of those of the series that are commissioned."""
    p, series, studios = econ.p, econ.series, econ.studios
    client, maker, amount, first = instalments(
        which=which,
        owner=owner,
        number=number,
        shares=(p.fee_at_start, p.fee_at_shooting),
        commissioned=series.commissioned,
        fee=series.fee_fen,
        platform=series.platform,
        publisher=series.publisher,
        revenue=series.revenue_fen,
        takings=studios.revenue_fen,
    )
    for clients, mine in ((econ.platforms, slice(first)), (econ.publishers, slice(first, None))):
        econ.ledger.pay("commission", (clients, client[mine]), (studios, maker[mine]), amount[mine])


def _guarantee(econ: State, new: Array, owner: Array) -> None:
    """(D5) Ad-funded platforms pay own series a part of what such series usually earn, whatever these will earn."""
    p, series, platforms, studios = econ.p, econ.series, econ.platforms, econ.studios
    if not p.guarantees:
        return
    ad = MODES.index("ad")
    platform, maker, paid = guarantees(
        new=new,
        owner=owner,
        commissioned=series.commissioned,
        platform=series.platform,
        funded=platforms.mode == ad,
        amount=fen(p.guarantee_share * econ.public_earnings[ad]),
        cash=platforms.cash_fen,
        cash_share=p.guarantee_cash_share,
        guarantee=series.guarantee_fen,
        revenue=series.revenue_fen,
        takings=studios.revenue_fen,
    )
    econ.ledger.pay("guarantee", (platforms, platform), (studios, maker), paid)


@phase(
    reads="chart content_share filed filed_worth filings local_chart local_filings draws platforms "
    "promotion_share publishers series spending studios",
    writes="chart filings hits ledger local_chart local_earnings local_filings "
    "platforms.gross_fen public_earnings "
    "publishers.novel_sales_fen series.audience series.revenue_fen series.share_fen series.views "
    "studios.hits studios.revenue_fen",
)
def share_attention(econ: State) -> None:
    """(D2-D4) Platforms promote what is new, viewers share out attention, own series get their part of the money.

    All of a platform's spending goes to the series on its screens, in proportion to their pull, so attention is
    scarce. Where nothing is on screen nobody spends.
    """
    p, series, platforms, ledger = econ.p, econ.series, econ.platforms, econ.ledger
    mode = platforms.mode
    live = (series.stage == ON_SCREEN).nonzero()[0]
    where = series.platform[live]
    showing = np.bincount(where, minlength=len(platforms)) > 0
    gross = fen(econ.spending[mode] * platforms.share) * showing
    platforms.gross_fen = gross
    for flow, payer, number in (
        ("viewer_spending", econ.rest_of_china, 0),
        ("advertising", econ.rest_of_china, 1),
        ("overseas_spending", econ.rest_of_world, 2),
    ):
        ledger.pay(flow, (payer, 0), (platforms, ALL), gross * (mode == number))

    new = live[series.released[live] == econ.month]
    if p.promotion:
        _promote(econ, new, gross)
    else:
        series.audience[new] = 1.0
    quality = series.quality[live]
    pull = rules.attention(quality, series.audience[live], p.recommender_feedback * p.recommender, p.quality_effect)
    if p.word_of_mouth:
        draws = econ.draws("series.word_of_mouth").normal(series.key[live])
        growth = rules.audience_growth(quality, draws, p.wom_drift, p.wom_quality, p.wom_spread)
    else:
        growth = np.ones(len(live))
    content, watched, client, maker, paid = share_out(
        live=live,
        where=where,
        pull=pull,
        growth=growth,
        gross=gross,
        content_share=econ.content_share[mode],
        fen_per_yuan=fen(1),
        unit_yuan=p.promotion_unit_yuan,
        publishers=len(econ.publishers),
        owner=econ.owners,
        commissioned=series.commissioned,
        publisher=series.publisher,
        guarantee=series.guarantee_fen,
        share=series.share_fen,
        revenue=series.revenue_fen,
        views=series.views,
        audience=series.audience,
        takings=econ.studios.revenue_fen,
    )
    ledger.pay("revenue_share", (platforms, client), (econ.studios, maker), paid)
    if p.novel_promotion:
        _sell_novels(econ, watched)
    _publish_charts(econ, live, content)


def _sell_novels(econ: State, watched: Array) -> None:
    """(D6) Who watches a publisher's series buys the novel."""
    publishers = econ.publishers
    sales = fen(econ.p.novel_lift * watched)
    econ.ledger.pay("novel_sales", (econ.rest_of_china, 0), (publishers, ALL), sales)
    publishers.novel_sales_fen = smoothed(publishers.novel_sales_fen, sales, econ.p.novel_update_weight)


def _promote(econ: State, new: Array, gross: Array) -> None:
    """(D2) Buy traffic for the new series of each platform; one that has none saves the money."""
    p, series, platforms = econ.p, econ.series, econ.platforms
    where = series.platform[new]
    budget = np.floor(econ.promotion_share[platforms.mode] * gross).astype(np.int64)
    budget *= np.bincount(where, minlength=len(platforms)) > 0
    abroad = platforms.mode == MODES.index("overseas")
    econ.ledger.pay("promotion", (platforms, ALL), (econ.rest_of_china, 0), budget * ~abroad)
    econ.ledger.pay("promotion", (platforms, ALL), (econ.rest_of_world, 0), budget * abroad)
    weight = rules.promotion_weight(series.quality[new], p.promotion_focus)
    total = np.bincount(where, weight, len(platforms))
    series.audience[new] = 1 + yuan(budget[where]) * weight / total[where] / p.promotion_unit_yuan


def _publish_charts(econ: State, live: Array, content: Array) -> None:
    """What everybody can see: content money and releases by mode, also of local studios; and this month's hits."""
    series, p = econ.series, econ.p
    econ.public_earnings, econ.local_earnings, econ.hits = public_chart(
        parameters=p.numbers,
        live=live,
        content=content,
        owner=econ.owners,
        mode=econ.platforms.mode,
        platform=series.platform,
        released=series.released,
        month=econ.month,
        home=series.home,
        city=series.city,
        money=econ.content_share * econ.spending,
        chart=econ.chart,
        local_chart=econ.local_chart,
        hits=econ.studios.hits,
    )
    _count_filings(econ)


def _count_filings(econ: State) -> None:
    """(S10) Earnings over starts where more was filed to be made than came out: releases lag starts by months."""
    p, floor = econ.p, econ.p.chart_floor_series_month * econ.p.scale
    few = floor * np.array([[1.0], [mean_worth(p.quality_effect, p.quality_spread)]])
    econ.filings = p.chart_memory * econ.filings + np.stack([econ.filed.sum(axis=0), econ.filed_worth]) + few
    econ.local_filings = p.chart_memory * econ.local_filings + econ.filed
    econ.public_earnings = econ.chart[0] / np.maximum(econ.chart[1], econ.filings[0])
    count = np.maximum(econ.local_chart[1], econ.local_filings)
    known = count > p.local_chart_least
    econ.local_earnings = np.where(known, econ.local_chart[0] / np.where(known, count, 1.0), econ.public_earnings)


@phase(
    reads="draws filings overseas_appeal platforms public_earnings series studios",
    writes="counts panel series studios.own_results studios.own_series",
)
def take_off_screen(econ: State) -> None:
    """(D4) Audiences die out at random; all that is over this month leaves the table."""
    series = econ.series
    over = econ.draws("series.end").rows(series.key, rules.month_end_probability(econ.p.wom_end))
    over = over[series.stage[over] == ON_SCREEN]
    _note_results(econ, over)
    econ.counts["ended"] += len(over)
    econ.panel.keep_series(series, over, econ.month)
    series.stage[over] = OVER
    series.remove(series.stage == OVER)


def _note_results(econ: State, over: Array) -> None:
    """(S10) Studios compare what their own series earned with what charts promised."""
    p, series, studios = econ.p, econ.series, econ.studios
    over = over[(econ.owners[over] >= 0) & ~series.commissioned[over]]
    market, maker = econ.platforms.mode[series.platform[over]], econ.owners[over]
    cast = np.array([1.0, p.foreign_appeal, p.california_appeal])[series.casting[over]] / econ.overseas_appeal
    worth = exp(p.quality_effect * studios.quality[maker]) * (econ.filings[0] / econ.filings[1])[market]
    promised = econ.public_earnings[market] * worth * np.where(market == MODES.index("overseas"), cast, 1.0)
    some = promised > 0
    np.add.at(studios.own_series, maker[some], 1)
    np.add.at(studios.own_results, maker[some], yuan(series.share_fen[over])[some] / promised[some])
