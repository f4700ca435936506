"""Platforms and audiences: commissions, release, promotion, attention, the end of a run (D1-D5, S2)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import exp
from ..categories import MODES
from ..decisions import platforms as rules
from ..decisions.smoothing import smoothed
from ..decisions.studios import mean_worth
from ..draws import keys_of, normals, number_of
from ..over_state import over_state
from ..populations.tables import FINISHING, ON_SCREEN, OVER
from ..state import OVERSEAS, State, phase


@phase(reads="content_share platforms publishers spending", writes="platforms.slate_fen publishers.slate_fen")
@over_state
def plan_commissions(econ):  # type: ignore[no-untyped-def]
    """(S2, D6) Budgets for commissioned series: part of a platform's content money, what novels sold of a publisher's.

    From the birth of the format on, publishers try out series that promote their novels and reinvest what these sell:
    the format spreads because promotion pays.
    """
    p, platforms, publishers = econ.p, econ.platforms, econ.publishers
    for app in range(len(platforms)):
        mode = platforms.mode[app]
        expected = econ.spending[mode] * platforms.share[app]
        slate = whole_fen(p.commission_share * p.work_for_hire * econ.content_share[mode] * expected, econ.fen_per_yuan)
        platforms.slate_fen[app] = min(slate, _committed(econ, platforms.cash_fen[app]))
    for publisher in range(len(publishers) if p.novel_promotion and econ.month >= p.format_birth_month else 0):
        slate = whole_fen(p.novel_seed_yuan_month * p.scale * publishers.share[publisher], econ.fen_per_yuan)
        slate += np.int64(np.floor(p.novel_reinvestment * publishers.novel_sales_fen[publisher]))
        publishers.slate_fen[publisher] = min(slate, _committed(econ, publishers.cash_fen[publisher]))


@over_state
def _committed(econ, cash_fen):  # type: ignore[no-untyped-def]
    """Fen that a client may commit to new series."""
    return np.int64(np.floor(econ.p.commission_cash_share * max(cash_fen, 0)))


@phase(
    reads="overseas_appeal platforms public_earnings publishers series studios",
    writes="counts ledger overseas_appeal released_by_city series.guarantee_fen series.released "
    "series.revenue_fen series.stage studios.released studios.revenue_fen",
)
def release_series(econ: State) -> None:
    """Series that passed review go on screen; the rest of the fee, or a guarantee, is paid."""
    released, appeal = _release(econ)
    econ.counts["released"] += released
    if len(appeal):
        econ.overseas_appeal = smoothed(econ.overseas_appeal, appeal.sum() / len(appeal), econ.p.appeal_update_weight)


@over_state
def _release(econ):  # type: ignore[no-untyped-def]
    """Number of series released, and the appeal of the casts of those for viewers abroad."""
    series, studios, new = econ.series, econ.studios, finished(econ)
    appeal, abroad = np.empty(len(new)), 0
    pay_milestone(econ, new, econ.owners[new], 2)
    if econ.p.guarantees:
        _guarantee(econ, new)
    econ.released_by_city[:] = 0
    for row in new:
        if econ.platforms.mode[series.platform[row]] == OVERSEAS:
            appeal[abroad] = _appeal(econ, row)
            abroad += 1
        series.stage[row], series.released[row] = ON_SCREEN, econ.month
        if econ.owners[row] >= 0:
            studios.released[econ.owners[row]] += 1
        econ.released_by_city[series.home[row]] += 1
    return len(new), appeal[:abroad].copy()


@over_state
def finished(econ):  # type: ignore[no-untyped-def]
    """Rows of series that are finished this month."""
    series, rows, n = econ.series, np.empty(len(econ.series), np.int64), 0
    for row in range(len(rows)):
        if series.stage[row] == FINISHING and series.due[row] < 30 * (econ.month + 1):
            rows[n] = row
            n += 1
    return rows[:n].copy()


@over_state
def _appeal(econ, row):  # type: ignore[no-untyped-def]
    """(C3) Appeal of the cast of a series to viewers abroad."""
    return (1.0, econ.p.foreign_appeal, econ.p.california_appeal)[econ.series.casting[row]]


@over_state
def pay_milestone(econ, which, owner, number):  # type: ignore[no-untyped-def]
    """(S2) Pay a part of the fee of those of the series that are commissioned."""
    for at in range(len(which)):
        if econ.series.commissioned[which[at]]:
            pay_instalment(econ, which[at], owner[at], number)


@over_state
def pay_instalment(econ, row, studio, number):  # type: ignore[no-untyped-def]
    """(S2) The same of one of these: 0 at the start, 1 at the shooting, 2 at delivery."""
    p, series, studios, flows = econ.p, econ.series, econ.studios, econ.ledger.flows
    part = rules.milestone_fen(series.fee_fen[row], number, (p.fee_at_start, p.fee_at_shooting))
    if series.publisher[row] >= 0:
        pay(flows, OF_PUBLISHERS, econ.publishers.books, series.publisher[row], studios.books, studio, part)
    else:
        pay(flows, OF_PLATFORMS, econ.platforms.books, series.platform[row], studios.books, studio, part)
    series.revenue_fen[row] += part
    studios.revenue_fen[studio] += part


@over_state
def _guarantee(econ, new):  # type: ignore[no-untyped-def]
    """(D5) Ad-funded platforms pay own series a part of what such series usually earn, whatever these will earn.

    Guarantees are prorated where they exceed a share of the platform's cash.
    """
    p, series, platforms, studios = econ.p, econ.series, econ.platforms, econ.studios
    amount = whole_fen(p.guarantee_share * econ.public_earnings[FUNDED], econ.fen_per_yuan)
    wanted, paid = np.zeros(len(platforms)), np.empty(len(platforms), np.int64)
    for row in new:
        wanted[series.platform[row]] += amount * (not series.commissioned[row])
    for app in range(len(platforms)):
        most = np.floor(p.guarantee_cash_share * max(platforms.cash_fen[app], 0))
        paid[app] = np.int64(np.floor(amount * min(1, most / max(wanted[app], 1))))
    for row in new:
        app, studio = series.platform[row], econ.owners[row]
        if not series.commissioned[row] and platforms.mode[app] == FUNDED:
            pay(econ.ledger.flows, GUARANTEE, platforms.books, app, studios.books, studio, paid[app])
            series.guarantee_fen[row] = paid[app]
            series.revenue_fen[row] += paid[app]
            studios.revenue_fen[studio] += paid[app]


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
    _share_out(econ)


@over_state
def _spend_and_promote(econ):  # type: ignore[no-untyped-def]
    """Rows of series on screen, after platforms got their gross and promoted those that are new."""
    series, platforms, flows = econ.series, econ.platforms, econ.ledger.flows
    live, showing = np.nonzero(series.stage == ON_SCREEN)[0], np.zeros(len(platforms), np.bool_)
    for row in live:
        showing[series.platform[row]] = True
    for app in range(len(platforms)):
        mode = platforms.mode[app]
        gross = whole_fen(econ.spending[mode] * platforms.share[app], econ.fen_per_yuan) * showing[app]
        platforms.gross_fen[app] = gross
        if mode == OVERSEAS:
            pay(flows, SPENT_ABROAD, econ.rest_of_world.books, 0, platforms.books, app, gross)
        else:
            spent = ADVERTISED if mode == FUNDED else SPENT
            pay(flows, spent, econ.rest_of_china.books, 0, platforms.books, app, gross)
    new = live[series.released[live] == econ.month]
    if econ.p.promotion:
        _promote(econ, new)
    else:
        series.audience[new] = 1.0
    return live


@over_state
def _promote(econ, new):  # type: ignore[no-untyped-def]
    """(D2) Buy traffic for the new series of each platform; one that has none saves the money."""
    p, series, platforms, flows = econ.p, econ.series, econ.platforms, econ.ledger.flows
    total, budget = np.zeros(len(platforms)), np.zeros(len(platforms), np.int64)
    for row in new:
        total[series.platform[row]] += rules.promotion_weight(series.quality[row], p.promotion_focus)
    for app in range(len(platforms)):
        mode = platforms.mode[app]
        if total[app] > 0:
            budget[app] = np.int64(np.floor(econ.promotion_share[mode] * platforms.gross_fen[app]))
        if mode == OVERSEAS:
            pay(flows, PROMOTED_ABROAD, platforms.books, app, econ.rest_of_world.books, 0, budget[app])
        else:
            pay(flows, PROMOTED, platforms.books, app, econ.rest_of_china.books, 0, budget[app])
    for row in new:
        app, weight = series.platform[row], rules.promotion_weight(series.quality[row], p.promotion_focus)
        series.audience[row] = 1 + budget[app] / econ.fen_per_yuan * weight / total[app] / p.promotion_unit_yuan


@over_state
def _share_out(econ):  # type: ignore[no-untyped-def]
    """(D3-D5) A platform's gross goes to the series on its screens by their pull; studios get a part for their own.

    What a series has earned is paid as far as it exceeds the guarantee.
    """
    p, series, platforms, studios, unit = econ.p, econ.series, econ.platforms, econ.studios, econ.fen_per_yuan
    live, feedback = _spend_and_promote(econ), p.recommender_feedback * p.recommender
    growth, content = np.ones(len(live)), np.empty(len(live))
    pull = rules.attention(series.quality[live], series.audience[live], feedback, p.quality_effect)
    total, watched = np.zeros(len(platforms)), np.zeros(len(econ.publishers))
    if p.word_of_mouth:
        talk = normals(econ.draws.of("series.word_of_mouth"), econ.draws.month, 0, series.key[live])
        growth = rules.audience_growth(series.quality[live], talk, p.wom_drift, p.wom_quality, p.wom_spread)
    for at in range(len(live)):
        total[series.platform[live[at]]] += pull[at]
    for at in range(len(live)):
        row, app, studio = live[at], series.platform[live[at]], econ.owners[live[at]]
        seen = platforms.gross_fen[app] / unit * pull[at] / total[app]
        series.views[row] += seen
        series.audience[row] = max(seen / p.promotion_unit_yuan * growth[at], 1e-6)
        content[at] = seen * econ.content_share[platforms.mode[app]]
        if series.publisher[row] >= 0:
            watched[series.publisher[row]] += seen
        before = series.share_fen[row] - series.guarantee_fen[row]
        part = np.int64(np.floor(content[at] * unit))
        series.share_fen[row] += part
        if studio >= 0 and not series.commissioned[row]:
            due = max(before + part, 0) - max(before, 0)
            pay(econ.ledger.flows, SHARE, platforms.books, app, studios.books, studio, due)
            series.revenue_fen[row] += due
            studios.revenue_fen[studio] += due
    if p.novel_promotion:
        _sell_novels(econ, watched)
    _publish_charts(econ, live, content)
    _count_filings(econ)


@over_state
def _sell_novels(econ, watched):  # type: ignore[no-untyped-def]
    """(D6) Who watches a publisher's series buys the novel."""
    p, publishers = econ.p, econ.publishers
    for publisher in range(len(publishers)):
        sales = whole_fen(p.novel_lift * watched[publisher], econ.fen_per_yuan)
        pay(econ.ledger.flows, NOVELS, econ.rest_of_china.books, 0, publishers.books, publisher, sales)
        usual = publishers.novel_sales_fen[publisher]
        publishers.novel_sales_fen[publisher] = smoothed(usual, sales, p.novel_update_weight)


@over_state
def _publish_charts(econ, live, content):  # type: ignore[no-untyped-def]
    """(S10, A3) What everybody can see: content money and releases by mode, also of local studios; this month's hits.

    A hit opens with a multiple of what is usual in its mode.
    """
    p, series, chart, local_chart = econ.p, econ.series, econ.chart, econ.local_chart
    local, modes, memory = np.zeros(local_chart.shape), chart.shape[1], p.chart_memory
    opening, count = np.zeros(modes), np.zeros(modes)
    for at in range(len(live)):
        row, mode = live[at], econ.platforms.mode[series.platform[live[at]]]
        local[0, series.home[row], mode] += content[at]
        if series.released[row] == econ.month:
            local[1, series.home[row], mode] += 1
            opening[mode] += content[at]
            count[mode] += 1
    econ.hits[:] = 0
    for at in range(len(live)):
        row, mode = live[at], econ.platforms.mode[series.platform[live[at]]]
        if series.released[row] == econ.month and content[at] * count[mode] > p.hit_multiple * opening[mode]:
            if series.city[row] >= 0:
                econ.hits[series.city[row]] += 1
            if econ.owners[row] >= 0:
                econ.studios.hits[econ.owners[row]] += 1
    for mode in range(modes):
        chart[0, mode] = memory * chart[0, mode] + econ.content_share[mode] * econ.spending[mode]
        chart[1, mode] = memory * chart[1, mode] + (count[mode] + p.chart_floor_series_month * p.scale)
    local_chart[:] = memory * local_chart + local


@over_state
def _count_filings(econ):  # type: ignore[no-untyped-def]
    """(S10) Earnings over starts where more was filed to be made than came out: releases lag starts by months."""
    p, filed, filings, local_filings = econ.p, econ.filed, econ.filings, econ.local_filings
    few = p.chart_floor_series_month * p.scale
    usual = few * mean_worth(p.quality_effect, p.quality_spread)
    for mode in range(filed.shape[1]):
        filings[0, mode] = p.chart_memory * filings[0, mode] + filed[:, mode].sum() + few
        filings[1, mode] = p.chart_memory * filings[1, mode] + econ.filed_worth[mode] + usual
        earnings = econ.chart[0, mode] / max(econ.chart[1, mode], filings[0, mode])
        econ.public_earnings[mode] = earnings
        for city in range(len(filed)):
            local_filings[city, mode] = p.chart_memory * local_filings[city, mode] + filed[city, mode]
            count = max(econ.local_chart[1, city, mode], local_filings[city, mode])
            known = count > p.local_chart_least
            econ.local_earnings[city, mode] = econ.local_chart[0, city, mode] / count if known else earnings


@phase(
    reads="draws filings overseas_appeal platforms public_earnings series studios",
    writes="counts panel series studios.own_results studios.own_series",
)
def take_off_screen(econ: State) -> None:
    """(D4) Audiences die out at random; all that is over this month leaves the table."""
    over, gone = _end_runs(econ)
    econ.counts["ended"] += len(over)
    econ.panel.keep_series(econ.series, over, econ.month)
    econ.series.remove(gone)


@over_state
def _end_runs(econ):  # type: ignore[no-untyped-def]
    """Rows of series on screen whose audience is lost, which are over; (series,) whether each is over."""
    series, rows, n = econ.series, np.empty(len(econ.series), np.int64), 0
    k0, k1 = keys_of(econ.draws.of("series.end"), econ.draws.month, 0)
    chance = rules.month_end_probability(econ.p.wom_end)
    for row in range(len(rows)):
        if series.stage[row] == ON_SCREEN and number_of(k0, k1, series.key[row]) < chance:
            rows[n] = row
            n += 1
            series.stage[row] = OVER
            if econ.owners[row] >= 0 and not series.commissioned[row]:
                _note_result(econ, row, econ.owners[row])
    return rows[:n].copy(), series.stage == OVER


@over_state
def _note_result(econ, row, studio):  # type: ignore[no-untyped-def]
    """(S10) A studio compares what a series of its own earned with what charts promised."""
    p, series, studios, mode = econ.p, econ.series, econ.studios, econ.platforms.mode[econ.series.platform[row]]
    worth = exp(p.quality_effect * studios.quality[studio]) * (econ.filings[0, mode] / econ.filings[1, mode])
    cast = _appeal(econ, row) / econ.overseas_appeal if mode == OVERSEAS else 1.0
    promised = econ.public_earnings[mode] * worth * cast
    if promised > 0:
        studios.own_series[studio] += 1
        studios.own_results[studio] += series.share_fen[row] / econ.fen_per_yuan / promised


FUNDED = MODES.index("ad")
OF_PLATFORMS, OF_PUBLISHERS, GUARANTEE = (
    entry("commission", "PL>ST"),
    entry("commission", "IP>ST"),
    entry("guarantee", "PL>ST"),
)
SPENT, ADVERTISED = entry("viewer_spending", "RC>PL"), entry("advertising", "RC>PL")
SPENT_ABROAD, SHARE = entry("overseas_spending", "RW>PL"), entry("revenue_share", "PL>ST")
PROMOTED, PROMOTED_ABROAD, NOVELS = (
    entry("promotion", "PL>RC"),
    entry("promotion", "PL>RW"),
    entry("novel_sales", "RC>IP"),
)
