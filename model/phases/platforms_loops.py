"""Compiled loops of the phases of platforms: instalments, guarantees, shares of attention, charts (D2-D5, S2, S10)."""

from __future__ import annotations

from functools import partial

import numpy as np
from numba import njit

from ..compiled import compiled
from ..decisions.platforms import milestone_fen

_milestone = njit(milestone_fen)


@compiled
def instalments(  # type: ignore[no-untyped-def]
    which, owner, number, shares, commissioned, fee, platform, publisher, revenue, takings
):
    """(S2) Parts of the fees of commissioned series, those that platforms owe first.

    Parameters
    ----------
    which, owner : (n,) rows of series and of their studios
    number : part of the fee: 0 at the start, 1 at the shooting, 2 at delivery
    shares : parts paid at the start and at the shooting
    commissioned, fee, platform, publisher : (series,) bool, fen, row, row or -1
    revenue, takings : (series,), (studios,) fen, raised by the instalments

    Returns
    -------
    client, maker, amount : (instalments,) row of the client, row of the studio, fen
    first : number of those that platforms owe; publishers owe the others
    """
    client, maker, amount = np.empty_like(which), np.empty_like(which), np.empty_like(which)
    n = first = 0
    for of_publishers in (False, True):
        for at in range(len(which)):
            series, studio = which[at], owner[at]
            if commissioned[series] and (publisher[series] >= 0) == of_publishers:
                client[n] = publisher[series] if of_publishers else platform[series]
                maker[n], amount[n] = studio, _milestone(fee[series], number, shares)
                revenue[series] += amount[n]
                takings[studio] += amount[n]
                n += 1
        if not of_publishers:
            first = n
    return client[:n], maker[:n], amount[:n], first


@compiled
def guarantees(  # type: ignore[no-untyped-def]
    new, owner, commissioned, platform, funded, amount, cash, cash_share, guarantee, revenue, takings
):
    """(D5) Guarantees for studios' own series, prorated where they exceed a share of the platform's cash.

    Parameters
    ----------
    new, owner : (n,) rows of series and of their studios
    commissioned, platform : (series,) bool, row
    funded : (platforms,) whether advertising funds it
    amount : fen a series
    cash : (platforms,) fen
    cash_share : of cash, paid at most
    guarantee, revenue, takings : (series,), (series,), (studios,) fen; set, raised, raised

    Returns
    -------
    payer, maker, paid : (guarantees,) row of the platform, row of the studio, fen
    """
    payer, maker, paid = np.empty_like(new), np.empty_like(new), np.empty_like(new)
    wanted, n = np.zeros(len(cash)), 0
    for series in new:
        wanted[platform[series]] += amount * (not commissioned[series])
    for at in range(len(new)):
        series, app, studio = new[at], platform[new[at]], owner[at]
        if not commissioned[series] and funded[app]:
            part = min(1, np.floor(cash_share * max(cash[app], 0)) / max(wanted[app], 1))
            payer[n], maker[n], paid[n] = app, studio, np.int64(np.floor(amount * part))
            guarantee[series] = paid[n]
            revenue[series] += paid[n]
            takings[studio] += paid[n]
            n += 1
    return payer[:n], maker[:n], paid[:n]


@partial(compiled, error_model="numpy")
def share_out(  # type: ignore[no-untyped-def]
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
    """(D3-D5) A platform's gross goes to the series on its screens by their pull; studios get a part for their own.

    What a series has earned is paid as far as it exceeds the guarantee.

    Parameters
    ----------
    live, where : (n,) rows of series on screen and of their platforms
    pull, growth : (n,) attention; growth of the audience within the month
    gross : (platforms,) fen
    content_share : (platforms,) part that goes to studios
    fen_per_yuan : fen
    unit_yuan : yuan of attention that make an audience of one
    publishers : number of publishers
    owner, commissioned, publisher, guarantee : (series,) row of the studio or -1, bool, row or -1, fen
    share, revenue, views, audience : (series,) brought up to date: fen, fen, yuan, multiples of ``unit_yuan``
    takings : (studios,) fen, raised

    Returns
    -------
    content : (n,) content money, yuan
    watched : (publishers,) yuan spent on series that promote its novels
    client, maker, paid : (payments,) row of the platform, row of the studio, fen
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


@partial(compiled, error_model="numpy")
def public_chart(  # type: ignore[no-untyped-def]
    parameters, live, content, owner, mode, platform, released, month, home, city, money, chart, local_chart, hits
):
    """(S10, A3) Content money a series, by mode and by home; a hit opens with a multiple of what is usual in its mode.

    Parameters
    ----------
    parameters, month : as a record, int
    live, content : (n,) rows of series on screen, yuan of content money
    owner, platform, released, home, city : (series,) row or -1, row, month, row, row or -1 for California
    mode : (platforms,) mode
    money : (modes,) yuan of content money of all spending
    chart, local_chart : (2, modes), (2, cities, modes) smoothed money and releases, brought up to date
    hits : (studios,) raised by this month's

    Returns
    -------
    earnings, local_earnings : (modes,), (cities, modes) yuan a series
    city_hits : (cities,) this month's hits, where they were shot
    """
    p, memory = parameters[0], parameters[0].chart_memory
    local, city_hits = np.zeros(local_chart.shape), np.zeros(local_chart.shape[1])
    opening, count = np.zeros(len(money)), np.zeros(len(money))
    for at in range(len(live)):
        series, market = live[at], mode[platform[live[at]]]
        local[0, home[series], market] += content[at]
        if released[series] == month:
            local[1, home[series], market] += 1
            opening[market] += content[at]
            count[market] += 1
    for at in range(len(live)):
        series, market = live[at], mode[platform[live[at]]]
        if released[series] == month and content[at] * count[market] > p.hit_multiple * opening[market]:
            if city[series] >= 0:
                city_hits[city[series]] += 1
            if owner[series] >= 0:
                hits[owner[series]] += 1
    earnings, local_earnings = np.empty(len(money)), np.empty(local.shape[1:])
    for market in range(len(money)):
        chart[0, market] = memory * chart[0, market] + money[market]
        chart[1, market] = memory * chart[1, market] + (count[market] + p.chart_floor_series_month * p.scale)
        earnings[market] = chart[0, market] / chart[1, market]
        for town in range(len(city_hits)):
            spent = local_chart[0, town, market] = memory * local_chart[0, town, market] + local[0, town, market]
            came = local_chart[1, town, market] = memory * local_chart[1, town, market] + local[1, town, market]
            local_earnings[town, market] = spent / came if came > p.local_chart_least else earnings[market]
    return earnings, local_earnings, city_hits
