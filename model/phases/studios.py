"""Studios: entry, moves, projects, where to shoot, how edgy, what they learn (S1-S10, A1-A4)."""

from __future__ import annotations

import numpy as np

from ..accounts.ledger import entry, pay, whole_fen
from ..arithmetic import exp, log, log1p, power
from ..arrays import Array, total
from ..categories import MODES
from ..compiled import compiled
from ..decisions import cities, content, workers
from ..decisions import studios as rules
from ..decisions.platforms import commission_fee
from ..draws import (
    best_option,
    child_keys_of,
    draw_by_weight,
    draw_option,
    first_of_clocks,
    gumbels,
    keys_of,
    normals,
    number_of,
    uniforms,
)
from ..ids import stable_ids
from ..inputs.parameters import Parameters
from ..inputs.policies import FOR_FIRMS
from ..over_state import over_state
from ..populations.tables import PREPARATION, Series, Studios
from ..region import WITHIN_CELL, mean_by, vacant_m2, weights_nearby
from ..state import State, count_crews, phase
from .cities import support_by_cell
from .platforms import pay_instalment

# ---------------------------------------------------------------------- what a city offers


@over_state
def crew_of(econ):  # type: ignore[no-untyped-def]
    """(roles,) people on a set."""
    p = econ.p
    return np.array([p.extras, p.crew, p.actors, p.leads])


@over_state
def _offer(econ, surplus):  # type: ignore[no-untyped-def]
    """(S3, S4, S8, P9, A1-A4, G3, G6) What a series costs and is worth by city and genre, and an office by city.

    Only modern series find venues that are no film bases. ``surplus`` (cities,) is what support by cell is worth, yuan
    a month. All goes to the :class:`~..state.Survey`.
    """
    p, officials, bases, region = econ.p, econ.officials, econ.bases, econ.region
    honoured, k, crew = econ.honoured, len(econ.cities), crew_of(econ)
    usual, survey, sets = (1 - econ.costume_share, econ.costume_share), econ.survey, econ.survey.sets
    daily, venue, days_at_venue, home_value = survey.daily, survey.venue, survey.days_at_venue, survey.home_value
    on_base, on_location, location = survey.days_on_base, survey.days_on_location, survey.location
    local_cost, city_cost, mean_cost, repaid = survey.local_cost, survey.city_cost, survey.mean_cost, survey.rebate
    queue, worth, crews = survey.queue, survey.externalities, survey.crews
    survey.script[:] = econ.script
    crews[:] = count_crews(bases.genre, bases.city, bases.crews, bases.opens, econ.month, k)
    sets[:] = p.sets_per_crew * crews / p.scale
    beside, access = _beside(econ), np.empty((2, k))
    for g in range(len(sets)):
        access[g] = _externality(econ, sets[g], econ.p.set_access == "off", econ.p.set_access == "log")
    mean_rent = mean_by(region.rent, region.first, region.stock_m2, region.city_stock_m2)
    for city in range(k):
        wages = 0.0
        for role in range(len(crew)):
            wages += econ.day_rates[city, role] * crew[role]
        lodging = crew.sum() * p.living_yuan_day * econ.cities.price_level[city]
        daily[city] = wages + lodging + p.equipment_yuan_day
        longer = econ.day_length[city] * (1 + workers.retakes(econ.city_fatigue[city], p.retake_rate) / p.shooting_days)
        room = officials.free_scenes[city] * p.scene_days_month * p.scale
        free = honoured["free_scenes"][city] * cities.free_part(econ.days_off_base[city], room)
        venue[city] = econ.venue_hire[city] * (1 - free)
        venue_sets = p.sets_per_crew * p.set_sharing
        days_at_venue[city] = longer * rules.venue_days(econ.usual_days[0], p.set_moves, venue_sets, p.venue_moves)
        designated, service = officials.designated[city], honoured["filing_service"][city]
        saved = cities.days_saved(p.designation_filing_days, designated, service, p.filing_days * p.review)
        common = p.designation_appeal * designated + p.agglomeration_scale * beside[city] + p.delay_cost * saved
        mean, repaid_mean, worth_mean, queue_mean = 0.0, 0.0, 0.0, 0.0
        for g in range(len(sets)):
            days, shared = econ.usual_days[g], sets[g, city] * p.set_sharing
            on_base[g, city] = longer * rules.shooting_days(days, p.set_moves, shared)
            on_location[g, city] = longer * rules.shooting_days(days, p.set_moves, 0.0)
            location[g, city] = econ.cities.location_yuan_day[city] * (p.costume_location if g else 1 - free)
            base = on_base[g, city] * (daily[city] + econ.set_hire[g, city])
            elsewhere = on_location[g, city] * (daily[city] + location[g, city])
            if g == 0:
                at_venue = days_at_venue[city] * (daily[city] + venue[city])
                elsewhere += econ.venue_chance[city] * p.venues * (at_venue - elsewhere)
            local_cost[g, city] = econ.set_chance[g, city] * base + (1 - econ.set_chance[g, city]) * elsewhere
            city_cost[g, city] = local_cost[g, city] + econ.script[city] + p.post_yuan
            most = officials.rebate[city], officials.rebate_cap_yuan[city]
            repaid[g, city] = honoured["rebate"][city] * cities.rebate(local_cost[g, city], *most)
            queue[g, city] = econ.set_wait[g, city] / on_base[g, city]
            worth[g, city] = common + p.agglomeration_scale * p.set_access_weight * access[g, city]
            mean += city_cost[g, city] * usual[g]
            repaid_mean += repaid[g, city] * usual[g]
            worth_mean += worth[g, city] * usual[g]
            queue_mean += queue[g, city] * usual[g]
        mean_cost[city], rent = mean, mean_rent[city] * p.office_m2_per_studio
        rented = rent * (1 - honoured["rent_subsidy"][city] * officials.rent_subsidy[city])
        cost = mean - repaid_mean + p.overhead_yuan_month * econ.cities.price_level[city] + rented - surplus[city]
        terms = p.delay_aversion, p.queue_aversion, 0.0, p.delay_floor
        value = rules.location_value(cost, worth_mean, econ.put_off[city], queue_mean, 0.0, *terms)
        home_value[city] = econ.size_pull[city] + value


@over_state
def _beside(econ):  # type: ignore[no-untyped-def]
    """(A1, A3, A4) What people, knowledge and name are worth, (cities,) log cost."""
    p, people = econ.p, 1.0 * (econ.pool[:, 2] + econ.pool[:, 3])
    pool = _externality(econ, people, econ.p.pooling == "off", econ.p.pooling == "log")
    known = _externality(econ, econ.knowledge, econ.p.knowledge == "off", econ.p.knowledge == "log")
    name = _externality(econ, econ.reputation, econ.p.reputation == "off", econ.p.reputation == "log")
    return p.pooling_weight * pool + p.knowledge_weight * known + p.reputation_weight * name


@over_state
def _externality(econ, levels, off, concave):  # type: ignore[no-untyped-def]
    """(A1-A4) What a city's level is worth to one more studio, (cities,); 0 where the form is off or all levels are."""
    worth, whole = np.zeros(len(levels)), total(levels)
    if not off and whole > 0:
        for city in range(len(levels)):
            share = levels[city] / whole
            worth[city] = rules.worth_of_share(share, len(levels), concave, econ.p.externality_floor)
    return worth


@phase(
    reads="bases city_fatigue costume_share day_length day_rates days_off_base honoured knowledge officials pool "
    "put_off region reputation script set_chance set_hire set_wait size_pull studios supports usual_days venue_chance "
    "venue_hire",
    writes="nearby office_worth support survey",
)
def survey_cities(econ: State) -> None:
    """(S8, A1-A4) Record what every city offers; all studios decide on this snapshot."""
    look_around(econ)
    take_survey(econ)


def take_survey(econ: State) -> None:
    """What every city offers, as things stand."""
    _offer(econ, _surplus_of_zones(econ))


def look_around(econ: State) -> None:
    """(P3b, G5b) Note who is nearby, what support there is by cell, and what an office in each cell is worth."""
    if econ.supports and econ.month >= 0:
        econ.support = support_by_cell(econ)
    if econ.p.office_choice == "nearby":
        _value_cells(econ, expected_support(econ))


@over_state
def _value_cells(econ, support):  # type: ignore[no-untyped-def]
    econ.nearby[:] = count_nearby(econ)
    econ.office_worth[:] = worth_of_cells(econ, support)


@over_state
def outlook_by_market(econ, rows):  # type: ignore[no-untyped-def]
    """(S6, L6, C3) Profit over cost that studios (by row) expect of a series in each of :data:`OFFERS`, (n, 5).

    ``E_m appeal m exp(effect q) / W_m / cost - 1`` with the usual worth W and its own record m.
    """
    p, studios, survey = econ.p, econ.studios, econ.survey
    appeal = np.array([1.0, 1.0, 1.0, p.foreign_appeal, p.california_appeal])
    appeal[2:] /= econ.overseas_appeal
    cost = np.empty((len(econ.cities), len(appeal)))
    for city in range(len(cost)):
        foreign = p.foreign_actors, p.foreign_usd_day, p.foreign_least_days, p.flight_usd, p.california_usd
        terms = p.exchange_rate, p.overseas_cost_yuan, *foreign
        each = rules.offer_costs(survey.mean_cost[city], survey.script[city], survey.days_on_base[0, city], *terms)
        for offer in range(len(appeal)):
            cost[city, offer] = each[offer]
    ratio = np.empty((len(rows), len(appeal)))
    for i in range(len(rows)):
        studio = rows[i]
        record = rules.own_record(studios.own_results[studio], studios.own_series[studio], p.own_results_prior)
        worth = exp(p.quality_effect * studios.quality[studio]) * record
        for offer in range(len(appeal)):
            market = min(offer, OVERSEAS)
            usual = econ.filings[1, market] / econ.filings[0, market]
            earns = studios.expected[studio, market] * appeal[offer] * (worth / usual)
            ratio[i, offer] = earns / cost[studios.city[studio], offer] - 1
    return ratio


# ---------------------------------------------------------------------- entry and moves


@phase(
    reads="commission_fill draws nearby office_worth public_earnings region series_cost studios survey",
    writes="ledger panel.entries studios",
)
def found_studios(econ: State) -> None:
    """(S1) Potential founders, the same in every scenario, start a studio if the outlook clears their threshold."""
    if not econ.p.entry:
        return
    ids, city, *begins_with = _spin_off_or_begin(econ, stable_ids(Studios.kind, econ.month, 0, 0))
    if len(ids):
        cell = office_cells(econ, city, ids)
        rows = econ.studios.add(ids, born=econ.month)
        _set_up(econ, rows.start, city, cell, *begins_with)


@over_state
def _set_up(econ, first, city, cell, quality, parent, equity):  # type: ignore[no-untyped-def]
    """New studios, from row ``first`` on; founders pay their equity, fen."""
    studios = econ.studios
    for at in range(len(city)):
        studio = first + at
        studios.city[studio], studios.cell[studio], studios.quality[studio] = city[at], cell[at], quality[at]
        studios.private_fund[studio], studios.state_fund[studio], studios.mandate_city[studio] = -1, -1, -1
        studios.parent[studio], studios.expected[studio] = parent[at], econ.public_earnings
        pay(econ.ledger.flows, PAID_IN, econ.rest_of_china.books, 0, studios.books, studio, equity[at])
        econ.panel.now["entries"][city[at]] += 1


PAID_IN = entry("founders", "RC>ST")


@over_state
def _founders(econ, first_id):  # type: ignore[no-untyped-def]
    """(S1) Ids of those who found a studio, among the people who think of it, who have ids from ``first_id`` on."""
    p, there, own = econ.p, 0, -np.inf
    for studio in range(len(econ.studios)):
        there += not econ.studios.inert[studio]
    founders = rules.founders_aware(p.potential_entrants_month * p.scale, there, p.entry_spread_studios * p.scale)
    for mode in range(3):
        cost = econ.series_cost + p.overseas_cost_yuan * (mode == OVERSEAS)
        own = max(own, econ.public_earnings[mode] / cost - 1)
    outlook = max(own, 0.0) + p.commission_margin * econ.commission_fill
    chance = rules.entry_probability(outlook, p.entry_rate, p.entry_elasticity)
    ids = first_id + np.arange(round(founders))
    return ids[uniforms(econ.draws.of("studio.entry"), econ.draws.month, 0, ids) < chance]


@over_state
def _spin_off_or_begin(econ, first_id):  # type: ignore[no-untyped-def]
    """(S1) The founders, and what they begin with.

    Spin-offs leave a studio, the likelier the more hits it has had, mostly stay in its city and inherit part of its
    quality; the others start where the value is best.

    Returns
    -------
    ids, city, quality, parent, equity : (n,) id, row, log quality, id of the studio left or 0, fen
    """
    ids = _founders(econ, first_id)
    p, studios, month, running, total = econ.p, econ.studios, econ.draws.month, np.empty(len(econ.studios)), 0.0
    for studio in range(len(studios)):
        total += (1 + studios.hits[studio]) * (not studios.inert[studio])
        running[studio] = total
    city, parent, equity = np.empty(len(ids), np.int64), np.zeros(len(ids), np.int64), np.empty(len(ids), np.int64)
    taste = np.empty((len(econ.cities), len(ids)))
    for place in range(len(taste)):
        taste[place] = gumbels(econ.draws.of("studio.home"), month, econ.cities.keys[place], ids)
    leaves = uniforms(econ.draws.of("studio.spinoff"), month, 0, ids)
    of_parent = uniforms(econ.draws.of("studio.parent"), month, 0, ids)
    stays = uniforms(econ.draws.of("studio.stays"), month, 0, ids)
    talent = normals(econ.draws.of("studio.quality"), month, 0, ids)
    luck = normals(econ.draws.of("studio.equity"), month, 0, ids)
    quality = p.quality_spread * talent
    for i in range(len(ids)):
        city[i] = best_option(econ.survey.home_value, p.entry_scale, taste[:, i])
        if leaves[i] < p.spinoff_share and len(studios):
            left = draw_option(running, of_parent[i])
            parent[i] = studios.id[left]
            if stays[i] < p.spinoff_home:
                city[i] = studios.city[left]
            if p.parentage:
                quality[i] = rules.inherited_quality(studios.quality[left], talent[i], p.inheritance, p.quality_spread)
        equity[i] = whole_fen(p.entrant_equity_yuan * exp(p.equity_spread * luck[i]), econ.fen_per_yuan)
    return ids, city, quality, parent, equity


def office_cells(econ: State, city: Array | int, ids: Array) -> Array:
    """(P3) Cells of new offices inside their city, (ids,)."""
    where = np.full(len(ids), city, np.int64)
    if econ.p.office_choice == "nearby":
        return _best_offices(econ, ids, where, np.full(len(ids), -1), _office_m2(econ.p))
    return _choose_cells(econ, ids, where, _office_m2(econ.p))


@over_state
def _choose_cells(econ, ids, city, office):  # type: ignore[no-untyped-def]
    """(P3) Cell of each office by a logit over rent, access and studios there; those without room next to impossible.

    Parameters
    ----------
    ids, city : (n,) studio, row
    office : m2 of one more office
    """
    p, region, first = econ.p, econ.region, econ.region.first
    studios, running, value = np.zeros(len(region.x)), np.zeros(len(region.x) + 1), np.empty(len(region.x))
    for studio in range(len(econ.studios)):
        studios[econ.studios.cell[studio]] += not econ.studios.inert[studio]
    for place in range(len(first) - 1):
        best = -np.inf
        for cell in range(first[place], first[place + 1]):
            of = studios[cell], region.rent[cell], region.distance_km[cell]
            value[cell] = rules.office_value(*of, p.office_neighbours, p.office_access)
            best = max(best, value[cell])
        for cell in range(first[place], first[place + 1]):
            room = vacant_m2(region.occupied_m2[cell] + region.film_m2[cell], region.stock_m2[cell]) >= office
            weight = exp((value[cell] - best) / p.office_cell_scale) * (1.0 if room else 1 / NO_ROOM)
            running[cell + 1] = running[cell] + weight
    cells, u = np.empty(len(ids), np.int64), uniforms(econ.draws.of("studio.cell"), econ.draws.month, 0, ids)
    for i in range(len(ids)):
        begin, end = first[city[i]], first[city[i] + 1]
        aim = running[begin] + u[i] * (running[end] - running[begin])
        cells[i] = min(max(np.searchsorted(running, aim, side="right") - 1, begin), end - 1)
    return cells


def _office_m2(p: Parameters) -> float:
    """Floor space that must be vacant for one more office in a cell."""
    return p.office_m2_per_studio * (p.scale if p.office_choice == "nearby" else 1.0)  # floor shrinks with scale


@over_state
def count_nearby(econ):  # type: ignore[no-untyped-def]
    """(P3b) Studios around each cell by their weight at that distance, (cells,)."""
    region, studios, offices = econ.region, econ.studios, np.zeros(len(econ.region.x))
    for studio in range(len(studios)):
        offices[studios.cell[studio]] += not studios.inert[studio]
    return weights_nearby(region.first, region.dx, region.dy, offices, region.weight_at)


def expected_support(econ: State) -> Array:
    """(G5b) What studios expect to get for having their office in a cell, (cells,) yuan a month."""
    if not econ.supports or econ.month < 0:
        return np.zeros(len(econ.region.x))
    city = econ.region.city
    honoured = np.array([econ.honoured[name][city] for name in FOR_FIRMS])
    total: Array = (honoured * econ.support).sum(axis=0)
    return total


@over_state
def worth_of_cells(econ, support):  # type: ignore[no-untyped-def]
    """(P3b) Utility of an office in each cell but for taste, with a ``support`` of so many yuan a month, (cells,)."""
    p, region, officials, rent = econ.p, econ.region, econ.officials, np.empty(len(support))
    mean = mean_by(region.rent, region.first, region.stock_m2, region.city_stock_m2)
    for city in range(len(mean)):
        subsidy = 1 - econ.honoured["rent_subsidy"][city] * officials.rent_subsidy[city]
        for cell in range(region.first[city], region.first[city + 1]):
            rent[cell] = (region.rent[cell] * subsidy - support[cell] / p.office_m2_per_studio) / mean[city]
    nearby = econ.nearby / (p.scale * region.weight_around)
    km = np.maximum(region.distance_km, WITHIN_CELL * region.cell_km)
    return rules.office_utility(rent, nearby, km, p.office_rent_weight, p.office_spillover, p.office_centre_pull)


def _surplus_of_zones(econ: State) -> Array:
    """(G5b) What support by cell makes a city worth to a studio, (cities,) yuan a month."""
    p, region, surplus = econ.p, econ.region, np.zeros(len(econ.cities))
    if not econ.supports or p.office_choice != "nearby":
        return surplus
    support = expected_support(econ)
    rent = region.city_mean(region.rent) * p.office_m2_per_studio
    without = worth_of_cells(econ, 0 * support)
    for city in np.unique(region.city[support > 0]):
        cells = slice(*region.first[city : city + 2])
        surplus[city] = rules.zone_surplus(econ.office_worth[cells], without[cells], rent[city], p.office_rent_weight)
    return surplus


NO_ROOM = 1e9
"""By how much less likely a cell without room for an office is: next to impossible, but better than nowhere."""


@over_state
def _best_offices(econ, ids, city, own, office):  # type: ignore[no-untyped-def]
    """(P3b, S9b) Cell of the highest utility, as :func:`~.draws.first_of_clocks` takes it.

    Who has an office does not count itself among those nearby, and stays for less than ``move_cost``.

    Parameters
    ----------
    ids, city, own : (n,) who looks, city, cell of the present office or -1
    office : m2 of one more office

    Returns
    -------
    (n,) cells
    """
    p, region, worth, reach = econ.p, econ.region, econ.office_worth, econ.region.weight_at
    cells, n, stay, first = np.zeros(len(ids), np.int64), len(region.x), exp(-p.office_move_cost), region.first
    k0, k1, rate, u = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n), np.empty(n)
    order = np.argsort(city, kind="mergesort")
    begins = np.searchsorted(city[order], np.arange(len(first)))
    for place in range(len(first) - 1):
        lookers, here = order[begins[place] : begins[place + 1]], range(first[place], first[place + 1])
        if not len(lookers):
            continue
        best = worth[first[place] : first[place + 1]].max()
        for cell in here:
            k0[cell], k1[cell] = keys_of(econ.draws.of("studio.taste"), -1, region.key[cell])  # tastes last
            rate[cell] = exp(best - worth[cell])
        for i in lookers:
            at, least = own[i], np.inf
            for cell in here:
                u[cell] = number_of(k0[cell], k1[cell], ids[i])
            for cell in here:
                slower = rate[cell] * (stay if cell == at else 1.0)
                if (1 - u[cell]) * slower >= least:  # -ln u is at least 1 - u: most need no logarithm
                    continue
                used = region.occupied_m2[cell] + region.film_m2[cell]
                if cell != at and not vacant_m2(used, region.stock_m2[cell]) >= office:
                    slower *= NO_ROOM
                if (1 - u[cell]) * slower >= least:  # nor without oneself nearby, which makes a cell no better
                    continue
                if at >= 0:
                    east, north = abs(region.dx[cell] - region.dx[at]), abs(region.dy[cell] - region.dy[at])
                    mine = reach[east, north] if max(east, north) < len(reach) else 0.0
                    per = 1 / (p.scale * region.weight_around[cell])
                    around = 1 + econ.nearby[cell] * per
                    slower *= power(around / (around - mine * per), p.office_spillover)
                clock = -log(u[cell]) * slower
                if clock < least:
                    least, cells[i] = clock, cell
    return cells


@phase(reads="draws nearby office_worth region studios", writes="panel.office_moves studios.cell")
def move_offices(econ: State) -> None:
    """(S9b) Some studios look around their city, as leases end, and move to a cell that is worth it."""
    if econ.p.office_moves and econ.p.office_choice == "nearby":
        _move_offices(econ, _office_m2(econ.p))


@over_state
def _move_offices(econ, office):  # type: ignore[no-untyped-def]
    studios, rows = econ.studios, _considering(econ, econ.draws.of("office.review"), econ.p.office_review_rate)
    city, own = studios.city[rows].astype(np.int64), studios.cell[rows].astype(np.int64)
    cell = _best_offices(econ, studios.id[rows], city, own, office)
    for i in range(len(rows)):
        studios.cell[rows[i]] = cell[i]
        econ.panel.now["office_moves"][city[i]] += cell[i] != own[i]


@over_state
def _considering(econ, seed, chance):  # type: ignore[no-untyped-def]
    """Rows of the studios that consider something this month."""
    return np.nonzero((uniforms(seed, econ.draws.month, 0, econ.studios.id) < chance) & ~econ.studios.inert)[0]


@phase(reads="draws nearby office_worth region studios survey", writes="panel.moves_in studios.cell studios.city")
def relocate_studios(econ: State) -> None:
    """(S9) Some studios consider moving to another city, and do if the gain is worth it."""
    if not econ.p.relocation:
        return
    movers, city = _relocating(econ)
    if len(movers):
        _move(econ, movers, city, office_cells(econ, city, econ.studios.id[movers]))


@over_state
def _move(econ, movers, city, cell):  # type: ignore[no-untyped-def]
    for i in range(len(movers)):
        econ.studios.city[movers[i]], econ.studios.cell[movers[i]] = city[i], cell[i]
        econ.panel.now["moves_in"][city[i]] += 1


@over_state
def _relocating(econ):  # type: ignore[no-untyped-def]
    """(S9) Rows of the studios that move to another city, and the city."""
    p, studios, keys, n = econ.p, econ.studios, econ.cities.keys, 0
    rows = _considering(econ, econ.draws.of("relocation.consider"), p.relocation_rate)
    cities, value, taste = np.empty(len(rows), np.int64), np.empty(len(keys)), np.empty((len(keys), len(rows)))
    for city in range(len(keys)):
        taste[city] = gumbels(econ.draws.of("relocation.city"), econ.draws.month, keys[city], studios.id[rows])
    for i in range(len(rows)):
        for city in range(len(keys)):
            value[city] = econ.survey.home_value[city] - p.relocation_cost * (city != studios.city[rows[i]])
        cities[n], rows[n] = best_option(value, p.entry_scale, taste[:, i]), rows[i]
        n += cities[n] != studios.city[rows[n]]
    return rows[:n], cities[:n]


# ---------------------------------------------------------------------- projects


@compiled
def series_keys(studio_ids, slots, month):  # type: ignore[no-untyped-def]
    """Keys of series: a studio's n-th project of a month."""
    return child_keys_of(studio_ids, slots + 4096 * (month + 1))


OFFERS = (
    ("paid", "local"),
    ("ad", "local"),
    ("overseas", "local"),
    ("overseas", "foreign"),
    ("overseas", "california"),
)
"""What a series can be: its market and its cast."""
LOCAL, FOREIGN, CALIFORNIA = range(3)
AD, OVERSEAS = MODES.index("ad"), MODES.index("overseas")


def open_offers(p: Parameters) -> Array:
    """(offers,) whether the switches leave each of :data:`OFFERS`."""
    shut = {"foreign": not p.foreign_cast, "california": not p.california, "overseas": not p.overseas}
    return np.array([not any(shut.get(word) for word in offer) for offer in OFFERS])


@phase(
    reads="costume_share filings inspection_hazard draws offers overseas_appeal platforms publishers put_off region "
    "series series_cost stringency studios survey",
    writes="commission_fill counts filed filed_worth ledger panel.overseas_started panel.series_started series "
    "studios.idle_months studios.revenue_fen studios.slate",
)
def start_series(econ: State) -> None:
    """(S2, S6, S8) Slates: commissions go to the best slots, the others may start own series that should pay.

    All studios decide on the same snapshot of the month; quality and chance decide which slots are commissioned.
    """
    fee = whole_fen(commission_fee(econ.series_cost, econ.p.commission_margin), econ.fen_per_yuan)
    econ.commission_fill, owner, *plans = _fill_slates(econ, fee)
    if len(owner):
        rows = econ.series.add(stable_ids(Series.kind, econ.month, 0, np.arange(len(owner))), born=econ.month)
        _open_files(econ, rows.start, fee, owner, *plans)
        econ.counts["started"] += len(owner)


@over_state
def _fill_slates(econ, fee):  # type: ignore[no-untyped-def]
    """(S2, S6, L6, C3) What the slots of all slates become.

    Commissioned slots work for platforms and publishers in proportion to what they offer; publishers show theirs on a
    platform that is free to watch. From the others that their studio's money would carry, each takes the cast that
    seems best overseas, then the market that seems to pay best, and starts with a chance that rises with the profit
    expected there. Slots whose draw would be too high even in the studio's best market are dropped at once.

    Returns
    -------
    fill : share of slots that are commissioned
    owner, slot, key, platform, publisher, casting, commissioned : (n,) of the series that start: row of the studio,
        number, key, row, row or -1 for none, cast, bool
    """
    p, studios, platforms, month = econ.p, econ.studios, econ.platforms, econ.draws.month
    owner, slot, free = _open_slots(econ)
    keys = series_keys(studios.id[owner], slot, econ.month)
    offered = _commissions_offered(econ, fee)
    commissioned = _commissioned(econ, keys, owner, offered.sum())
    carried = _carried(econ, owner, commissioned, free)
    ratio = outlook_by_market(econ, np.arange(len(studios)))
    chance = np.empty(len(ratio))
    for studio in range(len(ratio)):
        best = -np.inf
        for offer in range(len(econ.offers)):
            if not econ.offers[offer] or studios.expected[studio, min(offer, OVERSEAS)] <= 0:
                ratio[studio, offer] = -np.inf
            best = max(best, ratio[studio, offer])
        chance[studio] = rules.start_probability(best - p.start_hurdle, p.start_scale)

    clients, screens, screen, n = np.cumsum(offered), np.zeros((3, len(platforms))), np.zeros(3), 0
    for app in range(len(platforms)):
        screen[platforms.mode[app]] += platforms.share[app]
        screens[:, app] = screen
    u = uniforms(econ.draws.of("series.start"), month, 0, keys)
    client_draw = uniforms(econ.draws.of("series.commissioner"), month, 0, keys)
    platform_draw = uniforms(econ.draws.of("series.platform"), month, 0, keys)
    could = np.empty(len(owner), np.int64)
    for at in range(len(owner)):
        could[n] = at
        n += carried[at] and u[at] < chance[owner[at]]
    own, taste = keys[could[:n]], np.empty((6, n))
    for option in range(3):
        taste[option] = gumbels(econ.draws.of("series.cast"), month, option, own)
        taste[3 + option] = gumbels(econ.draws.of("series.market"), month, option, own)
    candidate, candidates, n, best_of = 0, could[:n], 0, np.empty(3)
    start, casting = np.empty(len(owner), np.int64), np.zeros(len(owner), np.int64)
    platform, publisher = np.empty(len(owner), np.int64), np.full(len(owner), -1)
    for at in range(len(owner)):
        market, start[n] = AD, at
        if commissioned[at]:
            platform[n] = draw_option(clients, client_draw[at])
            if platform[n] < len(platforms):
                n += 1
                continue
            publisher[n] = platform[n] - len(platforms)
        elif candidate < len(candidates) and candidates[candidate] == at:
            offers = ratio[owner[at]]
            cast = best_option(offers[2:], p.cast_scale, taste[:3, candidate])
            best_of[0], best_of[1], best_of[2] = offers[0], offers[1], offers[2 + cast]
            market = best_option(best_of, p.market_scale, taste[3:, candidate])
            candidate += 1
            if u[at] >= rules.start_probability(best_of[market] - p.start_hurdle, p.start_scale):
                continue
            casting[n] = cast if market == OVERSEAS else LOCAL
        else:
            continue
        platform[n] = draw_option(screens[market], platform_draw[at])
        n += 1
    start = start[:n]
    _note_slates(econ, owner[start], platform[:n])
    fill = np.count_nonzero(commissioned) / max(len(owner), 1)
    plans = owner[start], slot[start], keys[start], platform[:n], publisher[:n], casting[:n], commissioned[start]
    return (fill, *plans)


@over_state
def _open_slots(econ):  # type: ignore[no-untyped-def]
    """(S2) Slots of all slates, by what commissions take of a studio's own money that started series leave.

    Returns
    -------
    owner, slot : (n,) row of the studio, and number of the slot among its own
    free : (studios,) yuan of cash less what started series still take
    """
    p, studios, series, cost, unit = econ.p, econ.studios, econ.series, econ.survey.mean_cost, econ.fen_per_yuan
    free = studios.cash_fen / unit
    for row in range(len(series)):
        owner = econ.owners[row]
        if series.stage[row] == PREPARATION and owner >= 0:
            paid, due = series.cost_fen[row] / unit, series.fee_fen[row] / unit
            free[owner] -= rules.still_to_pay(cost[studios.city[owner]], paid, due, p.fee_at_shooting)
    most = len(free) * p.max_slate
    owners, slots, n = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for studio in range(len(free)):
        if studios.inert[studio] or studios.shut_until[studio] > econ.month:
            continue
        terms = p.credit_line_yuan, p.commission_capital, p.slate_base, p.slate_per_hit
        room = rules.slate_room(free[studio], cost[studios.city[studio]], *terms, studios.hits[studio])
        for number in range(int(min(room, p.max_slate))):
            owners[n], slots[n] = studio, number
            n += 1
    return owners[:n].copy(), slots[:n].copy(), free


@over_state
def _commissions_offered(econ, fee):  # type: ignore[no-untyped-def]
    """(S2) Series that platforms and then publishers have money for, (clients,); chance decides on parts of one."""
    platforms, publishers = econ.platforms, econ.publishers
    k0, k1 = keys_of(econ.draws.of("platform.slate"), econ.draws.month, 0)
    offered = np.empty(len(platforms) + len(publishers))
    for i in range(len(platforms)):
        offered[i] = np.floor(platforms.slate_fen[i] / fee + number_of(k0, k1, platforms.id[i]))
    for i in range(len(publishers)):
        more = np.floor(publishers.slate_fen[i] / fee + number_of(k0, k1, publishers.id[i]))
        offered[len(platforms) + i] = more
    return offered


@over_state
def _commissioned(econ, keys, owner, offered):  # type: ignore[no-untyped-def]
    """Which slots are commissioned: the highest in quality and chance, as many as clients offer."""
    chosen, n = np.zeros(len(keys), np.bool_), min(int(offered), len(keys))
    if n:
        spread, score = (
            max(econ.p.quality_spread, 1e-9),
            gumbels(econ.draws.of("series.pitch"), econ.draws.month, 0, keys),
        )
        for slot in range(len(keys)):
            score[slot] = -(econ.studios.quality[owner[slot]] / spread + score[slot])
        last = np.partition(score, n - 1)[n - 1]
        for slot in range(len(keys)):
            chosen[slot] = score[slot] <= last
    return chosen


@over_state
def _carried(econ, owner, commissioned, free):  # type: ignore[no-untyped-def]
    """(S2) Slots without a commission that the ``free`` yuan of their studio would carry as own series, (slots,)."""
    p, studios, cost = econ.p, econ.studios, econ.survey.mean_cost
    carried, left = np.zeros(len(owner), np.bool_), np.zeros(len(free))
    for slot in range(len(owner)):
        left[owner[slot]] += commissioned[slot]
    for studio in range(len(free)):
        terms = left[studio], p.commission_capital, p.working_capital
        left[studio] = rules.own_room(free[studio], cost[studios.city[studio]], *terms)
    for slot in range(len(owner)):
        if not commissioned[slot]:
            carried[slot] = left[owner[slot]] >= 1
            left[owner[slot]] -= 1
    return carried


@over_state
def _note_slates(econ, owner, platform):  # type: ignore[no-untyped-def]
    """Count the month's series by studio and market, with the worth of their makers, and months without any."""
    studios = econ.studios
    econ.filed[:], econ.filed_worth[:] = 0, 0
    for i in range(len(owner)):
        mode = econ.platforms.mode[platform[i]]
        studios.slate[owner[i]] += 1
        econ.filed[studios.city[owner[i]], mode] += 1
        econ.filed_worth[mode] += exp(econ.p.quality_effect * studios.quality[owner[i]])
    for studio in range(len(studios)):
        studios.idle_months[studio] = 0 if studios.slate[studio] > 0 else studios.idle_months[studio] + 1


@over_state
def shooting_city(econ, owner, genre, keys):  # type: ignore[no-untyped-def]
    """(S8) Where each series is shot: a logit over cost after rebate, externalities, queues and trouble away.

    A city in which a studio still has to spend has a higher value to its series (G7).

    Parameters
    ----------
    owner, genre, keys : (n,) row of the studio, genre, key of the series

    Returns
    -------
    (n,) rows of cities
    """
    p, studios, survey, (genres, k) = econ.p, econ.studios, econ.survey, econ.survey.local_cost.shape
    which, rows = np.empty(len(owner), np.int64), genres * k
    for series in range(len(owner)):
        which[series] = studios.city[owner[series]]
        if p.shooting_location:
            which[series] += genre[series] * k
            rows += studios.mandate_left_fen[owner[series]] > 0
    if not p.shooting_location:
        return which
    terms = p.delay_aversion, p.queue_aversion, p.away_cost, p.delay_floor
    value = np.empty((rows, k))  # one row for each genre and home, then one for each series with such a city
    for g in range(genres):
        for home in range(k):
            for city in range(k):
                travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours[home, city]
                cost = (
                    survey.local_cost[g, city] - survey.rebate[g, city] + p.post_yuan + (travel + survey.script[home])
                )
                of, away = (
                    (cost, survey.externalities[g, city], econ.put_off[city], survey.queue[g, city]),
                    city != home,
                )
                value[g * k + home, city] = rules.location_value(*of, 1.0 * away, *terms)
    rows = genres * k
    for series in range(len(owner)):
        if studios.mandate_left_fen[owner[series]] > 0:
            value[rows] = value[which[series]]
            value[rows, studios.mandate_city[owner[series]]] += p.mandate_pull
            which[series] = rows
            rows += 1
    value = value / p.location_scale
    for row in range(rows):
        best = value[row].max()
        for city in range(k):
            value[row, city] = exp(best - value[row, city])
    return first_of_clocks(econ.draws.of("series.city"), econ.draws.month, keys, econ.cities.keys, value, which)


@over_state
def _open_files(econ, first, fee, owner, slot, keys, platform, publisher, casting, commissioned):  # type: ignore
    """(S3, S7, C1) Open the files of new series from row ``first`` on: where, how lavish, how edgy; buy the scripts.

    Only what is shown at home is reviewed. Commissioned series gain nothing from edge; California (city -1) has no
    risk. The other arguments are those that :func:`_fill_slates` returns.
    """
    p, studios, series, survey, month = econ.p, econ.studios, econ.series, econ.survey, econ.draws.month
    genre, luck = np.zeros(len(owner), np.int64), uniforms(econ.draws.of("series.genre"), month, 0, keys)
    for i in range(len(owner)):
        genre[i] = luck[i] < econ.costume_share and casting[i] != CALIFORNIA
    city = shooting_city(econ, owner, genre, keys)
    lavish = normals(econ.draws.of("series.budget"), month, 0, keys)
    day = uniforms(econ.draws.of("series.day"), month, 0, keys)
    writer = draw_by_weight(uniforms(econ.draws.of("series.publisher"), month, 0, keys), econ.publishers.share)
    appeal = np.array([log(1.0), log(p.foreign_appeal), log(p.california_appeal)])
    rejected, with_review = (
        p.rejection_rate * econ.stringency * p.review,
        p.review and econ.month >= p.review_start_month,
    )
    days = np.array([1.0 * p.filing_days, 1.0 * p.province_days, 1.0 * p.national_days]) * p.review
    for i in range(len(owner)):
        home, overseas, tier = studios.city[owner[i]], econ.platforms.mode[platform[i]] == OVERSEAS, 0
        inside, usual, spending = max(city[i], 0), survey.script[home], p.budget_spread * lavish[i]
        if casting[i] == CALIFORNIA:
            city[i], inside = -1, 0
        if with_review and not overseas:
            variable = usual + p.post_yuan + p.equipment_yuan_day * survey.days_on_base[genre[i], inside]
            fixed = survey.local_cost[genre[i], inside] + usual + p.post_yuan - variable
            notches = p.province_yuan, p.national_yuan
            spending, tier = content.trimmed(spending, fixed, variable, notches, days, p.budget_quality, p.delay_cost)
        worth, edge, discretion = p.edge_value_overseas if overseas else p.edge_value_domestic, 0.0, 0.0
        if p.edge:
            gain = (worth if overseas else worth - rejected) * (not commissioned[i])
            exposure = p.penalty * (econ.inspection_hazard[inside] * p.inspection) if city[i] >= 0 else 0.0
            terms = p.edge_cost, p.discretion_cost, p.discretion_scale
            edge, discretion = content.edge_and_discretion(gain, exposure, *terms)
        row, script = first + i, whole_fen(usual * exp(spending), econ.fen_per_yuan)
        series.key[row], series.studio[row], series.slot[row] = keys[i], studios.id[owner[i]], slot[i]
        series.home[row], series.city[row] = home, city[i]
        series.platform[row], series.publisher[row], series.casting[row] = platform[i], publisher[i], casting[i]
        series.genre[row], series.lavish[row], series.tier[row] = genre[i], spending, tier
        series.edge[row], series.discretion[row], series.commissioned[row] = edge, discretion, commissioned[i]
        series.stage[row], series.shot[row], series.released[row] = PREPARATION, -1, -1
        series.fee_fen[row], series.cost_fen[row] = fee * commissioned[i], script
        series.quality[row] = studios.quality[owner[i]] + p.budget_quality * spending + appeal[casting[i]]
        series.quality[row] += log1p(worth * edge)
        series.due[row] = 30 * (econ.month + day[i]) + p.preparation_days + p.visa_days * (casting[i] == FOREIGN)
        pay(econ.ledger.flows, SCRIPT, studios.books, owner[i], econ.publishers.books, writer[i], script)
        pay_instalment(econ, row, owner[i], 0)
        econ.panel.now["series_started"][home] += 1
        econ.panel.now["overseas_started"][home] += overseas


SCRIPT = entry("script", "ST>IP")


# ---------------------------------------------------------------------- learning


@phase(reads="local_earnings public_earnings studios", writes="studios.expected")
@over_state
def revise_expectations(econ):  # type: ignore[no-untyped-def]
    """(S10) Studios adjust their expectations to the charts and to what their neighbours' series earn."""
    p, studios = econ.p, econ.studios
    for studio in range(len(studios) if p.learning else 0):
        for mode in range(len(econ.public_earnings)):
            local = econ.local_earnings[studios.city[studio], mode]
            seen = (1 - p.local_imitation) * econ.public_earnings[mode] + p.local_imitation * local
            studios.expected[studio, mode] = rules.expectation(
                studios.expected[studio, mode], seen, p.expectation_memory
            )


@phase(
    reads="hits knowledge panel reputation shoot_share studios", writes="knowledge reputation shoot_share studios.hits"
)
@over_state
def spread_knowledge(econ):  # type: ignore[no-untyped-def]
    """(A3, A4) Local hits add to knowledge, a city's share to its reputation; both decay, as do studios' own hits."""
    p, days = econ.p, econ.panel.now["shoot_days"]
    whole = total(days)
    for city in range(len(days)):
        econ.knowledge[city] = (1 - p.knowledge_decay) * econ.knowledge[city] + econ.hits[city] / p.scale
        econ.shoot_share[city] = days[city] / whole if whole else 0.0
        econ.reputation[city] = (1 - p.reputation_decay) * econ.reputation[city] + econ.shoot_share[city]
    for studio in range(len(econ.studios)):
        econ.studios.hits[studio] *= 1 - p.knowledge_decay
