"""Platforms and audiences: commissions, release, promotion, attention, the end of a run (D1-D5, S2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numba import njit

from ..accounts.ledger import ALL, fen, yuan
from ..arrays import Array
from ..categories import MODES
from ..compiled import compiled
from ..decisions import platforms as rules
from ..populations.tables import FINISHING, ON_SCREEN, OVER
from ..state import State, phase

MILESTONES = (0.3, 0.4, 0.3)
"""Parts of a fee paid at the start, at the shooting and at delivery (S2)."""
FADE = 0.8
"""What charts remember of last month."""


def milestone_fen(fee_fen: Any, number: int) -> Any:
    """A part of the fee in whole fen; the last one is what the others leave."""
    start, shooting = np.int64(np.floor(MILESTONES[0] * fee_fen)), np.int64(np.floor(MILESTONES[1] * fee_fen))
    return (start, shooting, fee_fen - start - shooting)[number]


@phase(reads="content_share platforms publishers spending", writes="platforms.slate_fen publishers.slate_fen")
def plan_commissions(econ: State) -> None:
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


@phase(
    reads="overseas_appeal platforms public_earnings publishers series studios",
    writes="counts ledger overseas_appeal released_by_city series.guarantee_fen series.released "
    "series.revenue_fen series.stage studios.revenue_fen",
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
        econ.overseas_appeal = 0.9 * econ.overseas_appeal + 0.1 * (appeal.sum() / len(abroad))
    series.stage[new], series.released[new] = ON_SCREEN, econ.month
    econ.counts["released"] += len(new)
    econ.released_by_city = np.bincount(series.home[new], minlength=len(econ.cities)).astype(float)


_milestone_fen = njit(milestone_fen)


@compiled
def _instalments(which, owner, number, commissioned, fee, platform, publisher, revenue, takings):  # type: ignore[no-untyped-def]
    """Parts of the fees of what is made for hire, those that platforms owe first; revenue and takings are moved on.

    Returns
    -------
    client, maker, amount : by instalment
    first : number of those that platforms owe; publishers owe the others
    """
    client, maker, amount = np.empty_like(which), np.empty_like(which), np.empty_like(which)
    n = first = 0
    for sells_novels in (False, True):
        for at in range(len(which)):
            series, studio = which[at], owner[at]
            if commissioned[series] and (publisher[series] >= 0) == sells_novels:
                client[n] = publisher[series] if sells_novels else platform[series]
                maker[n], amount[n] = studio, _milestone_fen(fee[series], number)
                revenue[series] += amount[n]
                takings[studio] += amount[n]
                n += 1
        if not sells_novels:
            first = n
    return client[:n], maker[:n], amount[:n], first


def pay_milestone(econ: State, which: Array, owner: Array, number: int) -> None:
    """Pay a part of the fee of those of the series that are made for hire."""
    series, studios = econ.series, econ.studios
    client, maker, amount, first = _instalments(
        which,
        owner,
        number,
        series.commissioned,
        series.fee_fen,
        series.platform,
        series.publisher,
        series.revenue_fen,
        studios.revenue_fen,
    )
    for clients, mine in ((econ.platforms, slice(first)), (econ.publishers, slice(first, None))):
        econ.ledger.pay("commission", (clients, client[mine]), (studios, maker[mine]), amount[mine])


def _guarantee(econ: State, new: Array, owner: Array) -> None:
    """(D5) Ad-funded platforms pay own series a part of what such series usually earn, whatever these will earn."""
    p, series, platforms, studios = econ.p, econ.series, econ.platforms, econ.studios
    if not p.guarantees:
        return
    ad = MODES.index("ad")
    platform, maker, paid = _guarantees(
        new,
        owner,
        series.commissioned,
        series.platform,
        platforms.mode == ad,
        fen(p.guarantee_share * econ.public_earnings[ad]),
        platforms.cash_fen,
        series.guarantee_fen,
        series.revenue_fen,
        studios.revenue_fen,
    )
    econ.ledger.pay("guarantee", (platforms, platform), (studios, maker), paid)


@compiled
def _guarantees(new, owner, commissioned, platform, funded, amount, cash, guarantee, revenue, takings):  # type: ignore[no-untyped-def]
    """Guarantees for own series on platforms ``funded`` by advertising, as far as half of what these hold goes.

    Returns
    -------
    payer, maker, paid : by guarantee; guarantee, revenue and takings are moved on
    """
    payer, maker, paid = np.empty_like(new), np.empty_like(new), np.empty_like(new)
    wanted, n = np.zeros(len(cash)), 0
    for series in new:
        wanted[platform[series]] += amount * (not commissioned[series])
    for at in range(len(new)):
        series, app, studio = new[at], platform[new[at]], owner[at]
        if not commissioned[series] and funded[app]:
            part = min(1, max(cash[app], 0) // 2 / max(wanted[app], 1))
            payer[n], maker[n], paid[n] = app, studio, np.int64(np.floor(amount * part))
            guarantee[series] = paid[n]
            revenue[series] += paid[n]
            takings[studio] += paid[n]
            n += 1
    return payer[:n], maker[:n], paid[:n]


@phase(
    reads="chart content_share local_chart luck platforms promotion_share publishers series spending studios",
    writes="chart hits ledger local_chart local_earnings platforms.gross_fen public_earnings "
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
        luck = econ.luck("series.word_of_mouth").normal(series.key[live])
        growth = rules.audience_growth(quality, luck, p.wom_drift, p.wom_quality, p.wom_spread)
    else:
        growth = np.ones(len(live))
    content, watched, client, maker, paid = _share_out(
        live,
        where,
        pull,
        growth,
        gross,
        econ.content_share[mode],
        fen(1),
        p.promotion_unit_yuan,
        len(econ.publishers),
        econ.owners,
        series.commissioned,
        series.publisher,
        series.guarantee_fen,
        series.share_fen,
        series.revenue_fen,
        series.views,
        series.audience,
        econ.studios.revenue_fen,
    )
    ledger.pay("revenue_share", (platforms, client), (econ.studios, maker), paid)
    if p.novel_promotion:
        _sell_novels(econ, watched)
    _publish_charts(econ, live, content)


@partial(compiled, error_model="numpy")
def _share_out(  # type: ignore[no-untyped-def]
    live,
    where,
    pull,
    growth,
    gross,
    content_share,
    fen_per_yuan,
    unit_yuan,
    publishers,
    owner,
    commissioned,
    publisher,
    guarantee,
    share,
    revenue,
    views,
    audience,
    takings,
):
    """(D3-D5) A platform's gross goes to the series on its screens by their pull; studios get their part of their own.

    What a series has earned is paid as far as it exceeds the guarantee. The last five columns are moved on (share,
    revenue, views and audience of series, takings of studios).

    Returns
    -------
    content : by series on screen: content money, yuan
    watched : by publisher: yuan spent on series that sell its novels
    client, maker, paid : platform, studio and fen of every payment
    """
    total, watched, content = np.zeros(len(gross)), np.zeros(publishers), np.empty(len(live))
    client, maker, paid = np.empty_like(live), np.empty_like(live), np.empty_like(live)
    payments = 0
    for at in range(len(live)):
        total[where[at]] += pull[at]
    for at in range(len(live)):
        series, platform, studio = live[at], where[at], owner[live[at]]
        seen = gross[platform] / fen_per_yuan * pull[at] / total[platform]
        views[series] += seen
        audience[series] = max(seen / unit_yuan * growth[at], 1e-6)
        content[at] = seen * content_share[platform]
        if publisher[series] >= 0:
            watched[publisher[series]] += seen
        before = share[series] - guarantee[series]
        part = np.int64(np.floor(content[at] * fen_per_yuan))
        share[series] += part
        if studio >= 0 and not commissioned[series]:
            due = max(before + part, 0) - max(before, 0)
            client[payments], maker[payments], paid[payments] = platform, studio, due
            revenue[series] += due
            takings[studio] += due
            payments += 1
    return content, watched, client[:payments], maker[:payments], paid[:payments]


def _sell_novels(econ: State, watched: Array) -> None:
    """(D6) Who watches a publisher's series buys the novel."""
    publishers = econ.publishers
    sales = fen(econ.p.novel_lift * watched)
    econ.ledger.pay("novel_sales", (econ.rest_of_china, 0), (publishers, ALL), sales)
    publishers.novel_sales_fen = 0.8 * publishers.novel_sales_fen + 0.2 * sales


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
    floor = 10 * p.scale  # as if so many more series a month came out: the first see no fortune
    econ.public_earnings, econ.local_earnings, econ.hits = _chart(
        live,
        content,
        econ.owners,
        econ.platforms.mode,
        series.platform,
        series.released,
        econ.month,
        series.home,
        series.city,
        econ.content_share * econ.spending,
        floor,
        p.hit_multiple,
        econ.chart,
        econ.local_chart,
        econ.studios.hits,
    )


@partial(compiled, error_model="numpy")
def _chart(  # type: ignore[no-untyped-def]
    live, content, owner, mode, on, released, month, home, city, money, floor, hit_multiple, chart, local_chart, hits
):
    """Content money and releases by mode and by home; a hit opens with a multiple of what is usual in its mode.

    The last three are moved on: (2, modes) and (2, cities, modes) money and releases, and hits of studios.

    Returns
    -------
    earnings, local_earnings : (modes,) and (cities, modes) yuan a series; where few came out, local is as elsewhere
    city_hits : (cities,) this month's, where they were shot
    """
    local, city_hits = np.zeros(local_chart.shape), np.zeros(local_chart.shape[1])
    opening, count = np.zeros(len(money)), np.zeros(len(money))
    for at in range(len(live)):
        series, market = live[at], mode[on[live[at]]]
        local[0, home[series], market] += content[at]
        if released[series] == month:
            local[1, home[series], market] += 1
            opening[market] += content[at]
            count[market] += 1
    for at in range(len(live)):
        series, market = live[at], mode[on[live[at]]]
        if released[series] == month and content[at] * count[market] > hit_multiple * opening[market]:
            if city[series] >= 0:
                city_hits[city[series]] += 1
            if owner[series] >= 0:
                hits[owner[series]] += 1
    earnings, local_earnings = np.empty(len(money)), np.empty(local.shape[1:])
    for market in range(len(money)):
        chart[0, market] = FADE * chart[0, market] + money[market]
        chart[1, market] = FADE * chart[1, market] + (count[market] + floor)
        earnings[market] = chart[0, market] / chart[1, market]
        for town in range(len(city_hits)):
            spent = local_chart[0, town, market] = FADE * local_chart[0, town, market] + local[0, town, market]
            came = local_chart[1, town, market] = FADE * local_chart[1, town, market] + local[1, town, market]
            local_earnings[town, market] = spent / came if came > 0.5 else earnings[market]
    return earnings, local_earnings, city_hits


@phase(reads="luck series", writes="counts panel series")
def take_off_screen(econ: State) -> None:
    """(D4) Audiences die out at random; all that is over this month leaves the table."""
    series = econ.series
    over = econ.luck("series.end").rows(series.key, rules.month_end_probability(econ.p.wom_end))
    over = over[series.stage[over] == ON_SCREEN]
    econ.counts["ended"] += len(over)
    econ.panel.keep_series(series, over, econ.month)
    series.stage[over] = OVER
    series.remove(series.stage == OVER)
