"""Landlords, house prices and the conversion of malls (P1-P6)."""

from __future__ import annotations

import numpy as np

from ..arithmetic import exp, expm1, log, log1p, power
from ..arrays import Array

Number = float | Array


def bid_rent(centre_rent: Number, gradient: float, distance_km: Number) -> Array:
    """(P1) Rent that keeps users indifferent between distances: ``r(d) = r0 exp(-gradient d)`` (Alonso 1964)."""
    return centre_rent * exp(-gradient * np.asarray(distance_km))


def space_demand(demand_2020: Number, activity: Number, rent: Number, rent_2020: Number, elasticity: float) -> Array:
    """(P1) Others' demand for offices, m2: ``D0 A (r/r0)^-elasticity``."""
    result: Array = demand_2020 * activity * power(rent / rent_2020, -elasticity)
    return result


def activity(house_index: Number, elasticity: float) -> Array:
    """(P4) Demand for commercial space relative to 2020-12, from the house price index (2020-12 = 100)."""
    return power(house_index / 100, elasticity)


def rent_growth(vacancy: Number, natural_vacancy: Number, adjustment: float) -> Number:
    """(P2) Change of log rent in a month: ``adjustment (v_n - v)`` (Wheaton & Torto 1988, natural vacancy)."""
    return adjustment * (natural_vacancy - vacancy)


def idle_share(vacancy_2020: Number, house_index: Number, elasticity: float) -> Number:
    """(P5) Share of malls without tenants, by its odds: ``v/(1-v) = v0/(1-v0) (p/100)^-k``.

    Without a kink: some malls are idle at any price (none if ``v0`` is 0).
    """
    odds = vacancy_2020 / (1 - vacancy_2020) * power(house_index / 100, -elasticity)
    return odds / (1 + odds)


def shell_rent(rent: Number, derelict: bool | Array, ratio: float) -> Number:
    """(P5) Rent of a mall, yuan/m2/month: that of its cell, ``ratio`` of it where it is derelict."""
    return rent * (ratio * derelict + (1 - derelict))


def annuity(rate_year: float, years: float) -> float:
    """Monthly payment per yuan borrowed: ``i / (1 - (1+i)^-n)`` with monthly i."""
    monthly = rate_year / 12
    return float(monthly / -expm1(-12 * years * log1p(monthly)))


def conversion_margin(
    set_price: Number,
    utilisation: Number,
    shell_rent: Number,
    operating_share: float,
    crew_floor_m2: float,
    debt_service: Number,
) -> Number:
    """(P6) Monthly margin of a converted mall, yuan/m2: ``30 p u (1-o) / m2 per crew - shell rent - F a``.

    ``debt_service`` F a is the capital cost times the annuity.
    """
    revenue = 30 * set_price * utilisation / crew_floor_m2
    return revenue * (1 - operating_share) - shell_rent - debt_service


def willing_landlords(idle_months: Number, half_life: float) -> Number:
    """(P6) Share of landlords who let a shell to film that has stood idle for so long: ``1 - 2^-(idle/half-life)``."""
    return 1 - power(2.0, -idle_months / half_life)


def rent_given(rent: Number, given_m2: Number, floor_m2: Number, honoured: Number) -> Number:
    """(G3c) Of the rent of a base, what the city is expected to pay, yuan/m2/month: ``h r G / F``.

    ``given_m2`` G of the floor F is space given in kind, of whose lease the city recently paid the share h.
    """
    return honoured * rent * (given_m2 / floor_m2)


def expected_price(
    price: Number, cost: Number, utilisation: Number, target: float, response: float, pull: float, months: int
) -> Number:
    """(P6) Day hire some months ahead at a steady utilisation, as the rule of P6c moves it.

    With q = (1-kappa)^H: ``ln p_e = ln p + (1-q) ln(c*/p) + (1-q)/kappa eta (u-u*)``, which tends to
    ``ln c* + eta/kappa (u-u*)``; without pull ``ln p + H eta (u-u*)``.
    """
    left = power(1 - pull, months)
    times = (1 - left) / pull if pull > 0 else float(months)
    return price * exp((1 - left) * log(cost / price) + times * response * (utilisation - target))


def set_price_growth(utilisation: Number, target: float, adjustment: float) -> Number:
    """(P6) Change of the log set fee in a month."""
    return adjustment * (utilisation - target)


def break_even_price(
    shell_rent: Array, service: Array, crew_floor_m2: float, target: float, operating_share: float
) -> Array:
    """(P6c) Day hire at which a base just pays, at the utilisation ``u*``: ``m (r + b F a) / (30 u* (1-o))``.

    ``service`` b F a is the debt service times the hurdle, so that investors enter above this price and not below.
    """
    return crew_floor_m2 * (shell_rent + service) / (30 * target * (1 - operating_share))


def base_premium(premium: Number, use: Number, mean_use: Number, response: float, fade: float) -> Number:
    """(S5b) Log premium of a base's hire over its city's: ``(1 - kappa) m + eta (u - mean u)``."""
    return (1 - fade) * premium + response * (use - mean_use)


def pull_to_cost(price: Number, cost: Number, pull: float) -> Number:
    """(P6c) Change of the log set fee in a month for what new bases would cost: ``kappa ln(c*/p)``."""
    return pull * log(cost / price)


def venue_crews(employment_million: Number, fall: Number, usual: float, by_fall: float) -> Number:
    """(P9) Crews that sales halls, villas, banquet halls and idle hotels have room for: ``E (a + b fall)``.

    ``fall`` is that of house prices from their peak, a share: unsold homes and empty halls.
    """
    return employment_million * (usual + by_fall * fall)


def option_multiple(volatility: float, capital_cost_year: float) -> float:
    """(P6) Margin over cost at which an irreversible investment is made: ``b / (b - 1)`` (Dixit & Pindyck 1994).

    With payout and interest both ``r``: ``b = 1/2 + sqrt(1/4 + 2 r / volatility^2)``; 1 without volatility.
    """
    if volatility <= 0:
        return 1.0
    b = 0.5 + np.sqrt(0.25 + 2 * capital_cost_year / (volatility * volatility))
    return b / (b - 1)


def set_free(crews: Array, share: float, month: int) -> Array:
    """(S1) Month in which each base of 2020 is free for the format: -1 for a share of crews, the others evenly.

    ``ceil(month (c - s C) / (C - s C))`` with c the crews of a base and those before it, C all of them.
    """
    running, busy = np.cumsum(crews), (1 - share) * crews.sum()
    late = np.maximum(running - share * crews.sum(), 0)
    return np.where(late > 1e-9, np.ceil(month * late / max(busy, 1e-9)), -1).astype(int)
