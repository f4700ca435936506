"""Compiled loops of the phases of film bases: conversions, costs, fees and closures (P5-P7)."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..arithmetic import exp
from ..compiled import compiled
from ..decisions import property as rules
from ..decisions.smoothing import smoothed

_expected_price = njit(rules.expected_price)
_margin, _rent_given = njit(rules.conversion_margin), njit(rules.rent_given)
_shell_rent = njit(rules.shell_rent)
_smoothed = njit(smoothed)


@compiled
def _whole(fen):  # type: ignore[no-untyped-def]
    return np.int64(np.floor(fen + 0.5))


@compiled
def by_part(shells, rent, part, parts):  # type: ignore[no-untyped-def]
    """(P6, G4b) Shells by the part of the region that they are in, the cheapest first.

    Parameters
    ----------
    shells, rent, part : (n,) rows of malls, yuan/m2/month, part
    parts : how many there are

    Returns
    -------
    shells, rents : (n,) in that order
    first : (parts + 1,) the first of each part, and one past the last
    """
    first = np.searchsorted(np.sort(part), np.arange(parts + 1))
    sorted_shells, rents, following = np.empty_like(shells), np.empty_like(rent), first.copy()
    for at in np.argsort(rent, kind="mergesort"):
        to = following[part[at]]
        sorted_shells[to], rents[to] = shells[at], rent[at]
        following[part[at]] += 1
    return sorted_shells, rents, first


@compiled
def convert_cheapest(  # type: ignore[no-untyped-def]
    parameters,
    looks,
    first,
    shell_rent,
    wanted,
    open_crews,
    building,
    set_fee,
    break_even,
    space_left,
    zone_space,
    honoured,
    response,
    pull,
    service,
    largest,
):
    """(P6, G4b) Entrepreneurs look in turn, each at the cheapest shell left in the city, and build if entry pays.

    They look at the cheapest one in the zone of the city in which it gives space, too, and pick what pays more.

    Parameters
    ----------
    parameters : as a record
    looks : (entrepreneurs,) city in which each looks, in turn
    first : (2 cities + 1,) first shell of each city outside the zone and in it, and one past the last; the cheapest
        come first
    shell_rent : (shells,) yuan/m2/month
    wanted, open_crews : (genres, cities) crews that want sets, crews that open bases host
    building : (genres, cities) crews that bases being built will host; raised by what is decided
    set_fee, break_even : (genres, cities) yuan a day, now and at which a new base just pays
    space_left : (cities,) m2 of state space that the city still gives in kind, lowered by what is taken
    zone_space : (cities,) m2 of it that is given in the zone only
    honoured : (cities,) share of the lease of such space that the city recently paid
    response, pull : 1/month, of the price expected
    service : (genres,) debt service times the hurdle, yuan/m2/month
    largest : crews that a shell has room for

    Returns
    -------
    shells, genre, crews, given : (bases,) positions, genre, crews and m2 given of the bases that will be built
    """
    p, following, n = parameters[0], first[:-1].copy(), 0
    shells, sets, size = np.empty(len(looks), np.int64), np.empty(len(looks), np.int64), np.empty(len(looks), np.int64)
    given = np.empty(len(looks))
    for at in looks:
        gain, chosen = 0.0, -1
        for part in range(2 * at, 2 * at + 2):
            shell = following[part]
            if shell == first[part + 1]:
                continue
            rent = shell_rent[shell]
            in_zone = zone_space[at] * (part % 2)
            for genre in range(len(wanted)):
                want, have = wanted[genre, at], open_crews[genre, at] + p.visibility * building[genre, at]
                crews = int(min(max(np.ceil(want / p.base_target_utilisation - have), 0), largest))
                if crews == 0:
                    continue
                use = min(want / (have + crews), 1)
                terms = p.base_target_utilisation, response, pull, p.price_horizon_months
                price = _expected_price(set_fee[genre, at], break_even[genre, at], use, *terms)
                margin = _margin(price, use, 0.0, p.base_operating_share, p.crew_floor_m2, service[genre])
                floor = crews * p.crew_floor_m2
                space = min(space_left[at] + in_zone, floor)
                left = margin - (rent - _rent_given(rent, space, floor, honoured[at]))  # shells may cost nothing alike
                if left > gain:
                    gain, chosen, sets[n], size[n], given[n] = left, part, genre, crews, space
        if chosen >= 0:
            shells[n] = following[chosen]
            following[chosen] += 1
            building[sets[n], at] += size[n]
            in_zone = min(zone_space[at] * (chosen % 2), given[n])
            zone_space[at] -= in_zone
            space_left[at] -= given[n] - in_zone
            n += 1
    return shells[:n], sets[:n], size[:n], given[:n]


@compiled
def base_costs(  # type: ignore[no-untyped-def]
    parameters, rent, floor_m2, paid, takings, cash, debt, service, capital, opens, public, month, fen_per_yuan
):
    """What each base pays this month; ``capital`` wears.

    Parameters
    ----------
    parameters : as a record
    rent : (bases,) yuan/m2/month
    floor_m2 : (bases,) m2
    paid : (bases,) fen of the lease that the city paid
    takings, cash, debt, service, capital : (bases,) fen
    opens : (bases,) month
    public : (bases,) whether the city owns it
    month, fen_per_yuan : int, fen

    Returns
    -------
    lease, inputs, interest, repaid, to_city, to_owner : (bases,) fen: the rest of the lease, operating cost, interest,
        loan repaid, surplus of public and of other bases
    """
    p, n = parameters[0], len(rent)
    lease, inputs, interest = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    repaid, to_city, to_owner = np.empty(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        lease[i] = _whole(rent[i] * floor_m2[i] * fen_per_yuan) - paid[i]
        inputs[i] = _whole(p.base_operating_share * (takings[i] / fen_per_yuan) * fen_per_yuan)
        accrued = _whole(debt[i] / fen_per_yuan * p.capital_cost_year / 12 * fen_per_yuan)
        due = min(service[i] if opens[i] <= month else accrued, debt[i] + accrued)
        interest[i] = min(accrued, due)
        repaid[i] = due - interest[i]
        capital[i] -= np.int64(np.floor(capital[i] / (12 * p.base_life_years)))
        left = cash[i] - lease[i] - inputs[i] - due
        drawn_by = to_city if public[i] else to_owner
        drawn_by[i] = max(left - p.base_reserve_months * lease[i] - takings[i], 0)
    return lease, inputs, interest, repaid, to_city, to_owner


@compiled
def set_fees(rate, genre, city, public, premium, discounted, fen_per_yuan):  # type: ignore[no-untyped-def]
    """(bases,) fen a day, from the (genres, cities) yuan a day of their city; ``discounted`` is the public share.

    ``premium`` is the (bases,) log of a base's own hire over the city's.
    """
    fee = np.empty(len(city), np.int64)
    for base in range(len(city)):
        price = rate[genre[base], city[base]] * exp(premium[base]) * (discounted if public[base] else 1.0)
        fee[base] = _whole(price * fen_per_yuan)
    return fee


@compiled
def failing_bases(  # type: ignore[no-untyped-def]
    parameters,
    crews,
    booked,
    usual_use,
    opens,
    lease_ends,
    public,
    cash,
    rent,
    floor_m2,
    owed,
    set_fee,
    month,
    fen_per_yuan,
):
    """(P7) Which bases close; the ``usual_use`` of open ones takes up the month.

    Parameters
    ----------
    parameters : as a record
    crews : (bases,) crews hosted at once
    booked : (bases,) crew-days this month
    usual_use : (bases,) utilisation, brought up to date
    opens, lease_ends : (bases,) month
    public : (bases,) whether the city owns it
    cash : (bases,) fen
    rent : (bases,) yuan/m2/month, less what the city is expected to pay
    floor_m2 : (bases,) m2
    owed : (bases,) fen a month beside the lease that count towards the limit
    set_fee : (bases,) fen a day
    month, fen_per_yuan : int, fen

    Returns
    -------
    (bases,) bool array
    """
    p, failing = parameters[0], np.zeros(len(crews), np.bool_)
    for i in range(len(crews)):
        if opens[i] <= month:
            usual_use[i] = _smoothed(usual_use[i], booked[i] / max(30.0 * crews[i], 1), p.base_use_update_weight)
        lease = _whole(max(rent[i], p.rent_floor_yuan_m2_month) * floor_m2[i] * fen_per_yuan)  # also on their own floor
        renewed = lease_ends[i] == month + p.lease_months and opens[i] < month and not public[i] and rent[i] > 0
        earns = 30 * usual_use[i] * crews[i] * set_fee[i] * (1 - p.base_operating_share)
        failing[i] = cash[i] < -p.closure_lease_months * (lease + owed[i]) or (renewed and earns < lease)
    return failing
