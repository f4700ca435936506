"""The net-agglomeration index: on which side of one an economy is, and whether its shares swing.

Above one an even split of production over like cities cannot last; below one it can. The index is exact for
externalities worth the log of a share; what queues for sets and the likeness of series add to dispersion is left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import dot
from .decisions.property import space_demand
from .inputs.parameters import Parameters
from .state import State


class NetAgglomeration(NamedTuple):
    """The index and its parts, all but the first three in log cost per log share.

    ``a_net = (pooling + sets + knowledge + reputation - wages - rents) / taste``; ``cycle`` below 2 rules out spurious
    two-month cycles (Ostilli & Mukhamedov 2013, doi:10.1209/0295-5075/101/60008, for the logit map).
    """

    a_net: float
    cycle: float
    taste: float
    pooling: float
    sets: float
    knowledge: float
    reputation: float
    wages: float
    rents: float

    @property
    def parts(self) -> dict[str, float]:
        """What each force adds to the index; they sum to it."""
        signed = {name: getattr(self, name) for name in ("pooling", "sets", "knowledge", "reputation")}
        signed |= {"wages": -self.wages, "rents": -self.rents}
        return {name: float(value) / self.taste for name, value in signed.items()}

    @property
    def verdict(self) -> str:
        """What the index says, in words."""
        if self.a_net > 1:
            return "above 1: like cities would not stay alike, one of them takes the lead by chance and keeps it"
        return "below 1: like cities stay alike, and what differs between cities decides"


def externality_slope(form: str, floor: float, cities: int) -> float:
    """Worth of one per cent more of a share at an even split, per weight: 1 for ``K s``, a little less for logs."""
    return {"off": 0.0, "linear": 1.0, "log": 1 / (1 + cities * floor)}[form]


def net_agglomeration(econ: State) -> NetAgglomeration:
    """The index of an economy as it stands, from its parameters and its present cost shares.

    Wages: cost share over the elasticity of a city's labour supply (movers and newcomers). Rents: cost share times
    ``phi / (eps (1 - phi))``, with phi the industry's share of occupied offices and eps the elasticity of others'
    demand.
    """
    p, survey, region, k = econ.p, econ.survey, econ.region, len(econ.cities)
    forms = {"pooling": p.pooling, "sets": p.set_access, "knowledge": p.knowledge, "reputation": p.reputation}
    weights = (p.pooling_weight, p.set_access_weight, p.knowledge_weight, p.reputation_weight)
    gains = {
        name: p.agglomeration_scale * weight * externality_slope(form, p.externality_floor, k)
        for (name, form), weight in zip(forms.items(), weights, strict=True)
    }
    by_city = econ.studios_by_city()
    weight = by_city if by_city.any() else np.ones(k)
    crew = np.array([p.extras, p.crew, p.actors, p.leads])
    wage_share = float(
        np.average(survey.days_on_base[0] * dot(econ.day_rates, crew) / survey.mean_cost, weights=weight)
    )
    rent = region.city_mean(region.rent) * p.office_m2_per_studio
    rent_share = float(np.average(rent / survey.mean_cost, weights=weight))
    others = space_demand(
        region.demand_2020_m2, econ.activity[region.city], region.rent, region.rent_2020, p.rent_elasticity
    )
    film = region.film_m2.sum() / max(region.film_m2.sum() + others.sum(), 1e-9)
    supply = p.migration * (1 - 1 / k) / p.migration_scale + 1.0 * p.labour_entry
    wages = wage_share / max(supply, 1e-9) * p.wage_adjustment
    rents = rent_share * film / (p.rent_elasticity * (1 - film)) * (p.rent_dynamics and p.film_space)
    taste = p.location_scale
    a_net = (sum(gains.values()) - wages - rents) / taste
    return NetAgglomeration(
        float(a_net), cycle_number(p, wage_share, k), taste, **gains, wages=wages, rents=float(rents)
    )


def cycle_number(p: Parameters, wage_share: float, cities: int) -> float:
    """``1 + c / (K mu)``: below 2 if everybody choosing anew each month does not overshoot.

    ``c`` is the slope in a city's share of what next month's choice sees of this month's crowding: day rates, and, as
    smoothed, waits for sets (at most the patience) and a month's delay for want of people.
    """
    wages = wage_share * p.wage_response * p.wage_tightness * p.wage_adjustment
    waits = p.set_update_weight * p.queue_aversion * p.queue_days / p.shooting_days * p.queues
    return 1 + (wages + waits + p.delay_update_weight * p.delay_aversion) / p.location_scale
