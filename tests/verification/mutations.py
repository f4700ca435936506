"""Mistakes to plant in the model, each with the case that must catch it: the power of the verification.

``PYTHONPATH=.:tests python -m verification.mutations`` plants them one by one and prints what caught each.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from numba.core.registry import CPUDispatcher

from microdrama.model import MicroDramaEconomy, compiled, over_state

ROOT = Path(__file__).parents[2]


class Mutation(NamedTuple):
    what: str
    file: str
    old: str
    new: str
    case: str


MUTATIONS = [
    Mutation(
        "taste shocks upside down",
        "model/draws.py",
        "value[option] / scale + gumbel[option]",
        "value[option] / scale - gumbel[option]",
        "path_of_offices",
    ),
    Mutation(
        "tastes doubled",
        "model/draws.py",
        "value[option] / scale + gumbel[option]",
        "value[option] / (2 * scale) + gumbel[option]",
        "path_of_offices",
    ),
    Mutation(
        "draw of the smallest extreme",
        "model/draws.py",
        "u[i] = -log(-log(u[i]))",
        "u[i] = log(-log(u[i]))",
        "path_of_offices",
    ),
    Mutation(
        "the best place least likely",
        "model/phases/studios.py",
        "exp(best - value[row, city])",
        "exp(value[row, city] - best)",
        "logit_of_places",
    ),
    Mutation(
        "tastes for shooting places doubled",
        "model/phases/studios.py",
        "exp(best - value[row, city])",
        "exp((best - value[row, city]) / 2)",
        "logit_of_places",
    ),
    Mutation(
        "dear places liked",
        "model/decisions/studios.py",
        "return -log(cost) + externalities - trouble",
        "return log(cost) + externalities - trouble",
        "elasticity",
    ),
    Mutation(
        "trouble away liked",
        "model/decisions/studios.py",
        "return -log(cost) + externalities - trouble",
        "return -log(cost) + externalities + trouble",
        "logit_of_places",
    ),
    Mutation(
        "dear cells liked",
        "model/decisions/studios.py",
        "spillover * log1p(nearby) - rent_weight * rent",
        "spillover * log1p(nearby) + rent_weight * rent",
        "offices_by_distance",
    ),
    Mutation(
        "neighbours shunned",
        "model/decisions/studios.py",
        "spillover * log1p(nearby) - rent_weight",
        "-spillover * log1p(nearby) - rent_weight",
        "offices_by_distance",
    ),
    Mutation(
        "neighbours counted in agents of a small world",
        "model/phases/studios.py",
        "econ.nearby / (p.scale * region.weight_around)",
        "econ.nearby / region.weight_around",
        "offices_by_distance",
    ),
    Mutation(
        "spillovers across twice the distance",
        "model/region.py",
        "exp(-km / p.spillover_km) * counts",
        "exp(-km / (2 * p.spillover_km)) * counts",
        "offices_by_distance",
    ),
    Mutation(
        "tastes for cells drawn anew every month",
        "model/phases/studios.py",
        'keys_of(econ.draws.of("studio.taste"), -1,',
        'keys_of(econ.draws.of("studio.taste"), econ.draws.month,',
        "offices_of_bystanders",
    ),
    Mutation(
        "everybody likes the same cells",
        "model/phases/studios.py",
        "number_of(k0[cell], k1[cell], ids[i])",
        "number_of(k0[cell], k1[cell], ids[0])",
        "offices_by_distance",
    ),
    Mutation(
        "the whole city within reach of spillovers",
        "model/region.py",
        "exp(-km / p.spillover_km) * counts",
        "exp(-km / p.spillover_km) + 0.01",
        "offices_by_distance",
    ),
    Mutation("moving costs nothing", "model/phases/studios.py", "(stay if cell == at else 1.0)", "1.0", "moves_inside"),
    Mutation(
        "studios draw themselves",
        "model/phases/studios.py",
        "slower *= power(around / (around - mine * per), p.office_spillover)",
        "slower *= 1.0",
        "no_neighbour_of_oneself",
    ),
    Mutation(
        "the farthest set",
        "model/phases/production_loops.py",
        "cost = fee[base] + trip * apart",
        "cost = fee[base] - trip * apart",
        "nearest_sets",
    ),
    Mutation(
        "crews from elsewhere start at an office",
        "model/phases/production_loops.py",
        "base_km[base] if centre[series] else cell_km",
        "cell_km",
        "nearest_sets",
    ),
    Mutation(
        "the first set instead of the soonest",
        "model/phases/production_loops.py",
        "elif soon < 0 or sooner < free[soonest[soon]] or cost < least_soon:",
        "elif soon < 0:",
        "nearest_sets",
    ),
    Mutation(
        "idle bases dearer",
        "model/decisions/property.py",
        "response * (use - mean_use)",
        "response * (mean_use - use)",
        "hire_of_its_own",
    ),
    Mutation(
        "premiums that never fade",
        "model/decisions/property.py",
        "return (1 - fade) * premium",
        "return premium",
        "hire_of_its_own",
    ),
    Mutation("a premium nobody pays", "model/phases/bases.py", " * exp(bases.premium[base])", "", "hire_of_its_own"),
    Mutation(
        "support that nobody sees",
        "model/phases/studios.py",
        "(region.rent[cell] * subsidy - support[cell] / p.office_m2_per_studio)",
        "(region.rent[cell] * subsidy)",
        "drawn_into_a_zone",
    ),
    Mutation(
        "parks that repel",
        "model/phases/studios.py",
        "(region.rent[cell] * subsidy - support[cell] / p.office_m2_per_studio)",
        "(region.rent[cell] * subsidy + support[cell] / p.office_m2_per_studio)",
        "drawn_into_a_zone",
    ),
    Mutation(
        "support of the zone for the whole city",
        "model/region.py",
        "return self.zone_cells[[(z.city, z.slug) for z in self.zones].index((city, zone))]",
        "return np.flatnonzero(self.city == self.cities.slugs.index(city))",
        "drawn_into_a_zone",
    ),
    Mutation(
        "worth of a park in rents of a cell",
        "model/decisions/studios.py",
        "rent / rent_weight * (after - before)",
        "rent * (after - before)",
        "drawn_into_a_zone",
    ),
    Mutation(
        "a park worth its mean",
        "model/decisions/studios.py",
        "v.max() + log(exp(v - v.max()).sum()) for v",
        "v.mean() for v",
        "drawn_into_a_zone",
    ),
    Mutation(
        "caps by the month",
        "model/phases/cities.py",
        "else window.cap_yuan_firm_year / 12",
        "else window.cap_yuan_firm_year",
        "paid_in_a_zone",
    ),
    Mutation(
        "services beside the overhead",
        "model/phases/settlement.py",
        "overhead[rows] -= honour(econ, name",
        "honour(econ, name",
        "paid_in_a_zone",
    ),
    Mutation(
        "gifts up to half the overhead",
        "model/phases/cities.py",
        "left = rent * (1 - econ.officials.rent_subsidy[region.city]), overhead, overhead",
        "left = rent * (1 - econ.officials.rent_subsidy[region.city]), overhead / 2, overhead",
        "paid_in_a_zone",
    ),
    Mutation(
        "space of a zone for the whole city",
        "model/phases/bases.py",
        "econ.officials.zone_space_m2[city] * zone, floor)",
        "econ.officials.zone_space_m2[city], floor)",
        "bases_of_a_zone",
    ),
    Mutation(
        "space of a zone never used up",
        "model/phases/bases.py",
        "zone_space_m2[city] -= in_zone",
        "zone_space_m2[city] -= 0",
        "bases_of_a_zone",
    ),
    Mutation(
        "shells of the zone not looked at",
        "model/phases/bases.py",
        "left > gain:",
        "left > gain + 1e9 * zone:",
        "bases_of_a_zone",
    ),
    Mutation(
        "public bases of a zone anywhere",
        "model/phases/cities.py",
        "anywhere, lowest = city[i], crews[i] * p.crew_floor_m2, not in_zone[i]",
        "anywhere, lowest = city[i], crews[i] * p.crew_floor_m2, True",
        "bases_of_a_zone",
    ),
    Mutation(
        "all public bases in the zone",
        "model/phases/cities.py",
        "officials.zone_plan_m2[here] -= floor * in_zone[i]",
        "officials.zone_plan_m2[here] -= 0",
        "bases_of_a_zone",
    ),
    Mutation(
        "capital for a zone for anybody",
        "model/phases/funds.py",
        "from_zone = in_zone[studio] and city[studio]",
        "from_zone = city[studio]",
        "equity_in_a_zone",
    ),
    Mutation(
        "capital for a zone counts twice",
        "model/phases/funds.py",
        "left = capital[fund] - for_zone[fund]",
        "left = capital[fund]",
        "equity_in_a_zone",
    ),
    Mutation(
        "a fund with little for anybody stops",
        "model/phases/funds.py",
        "max(left, for_zone[fund]) < ticket",
        "left < ticket",
        "equity_in_a_zone",
    ),
    Mutation(
        "a zone of all cells is a zone",
        "model/phases/cities.py",
        "return len(econ.region.cells_of(window.city, window.zone)) < int(",
        "return True or int(",
        "support_everywhere",
    ),
    Mutation(
        "one in five movers forgotten",
        "model/phases/studios.py",
        '_considering(econ, econ.draws.of("relocation.consider"), p.relocation_rate)',
        '_considering(econ, econ.draws.of("relocation.consider"), 0.8 * p.relocation_rate)',
        "path_of_offices",
    ),
    Mutation(
        "spin-offs sent anywhere",
        "model/phases/studios.py",
        "city[i] = studios.city[left]",
        "city[i] = city[i]",
        "entry_and_exit",
    ),
    Mutation(
        "founders prefer the first city",
        "model/phases/studios.py",
        "city[i] = best_option(econ.survey.home_value, p.entry_scale",
        "city[i] = best_option(econ.survey.home_value + 0.1 * (np.arange(len(taste)) == 0), p.entry_scale",
        "dartboard",
    ),
    Mutation(
        "broken promises cost the whole ticket",
        "model/phases/funds.py",
        "np.floor(missing * ticket)",
        "np.floor((missing > 0) * ticket)",
        "broken_promises",
    ),
    Mutation(
        "claw-back beyond what a studio has",
        "model/phases/funds.py",
        "max(studios.cash_fen[studio], 0)",
        "max(studios.cash_fen[studio], ticket)",
        "broken_promises",
    ),
    Mutation(
        "claw-back to the fund at home",
        "model/phases/funds.py",
        "funds.books, studios.mandate_city[studio], owed",
        "funds.books, studios.city[studio], owed",
        "broken_promises",
    ),
    Mutation(
        "settled promises stay open",
        "model/phases/funds.py",
        "studios.mandate_left_fen[studio], studios.mandate_city[studio] = 0, -1",
        "studios.mandate_city[studio] = -1",
        "broken_promises",
    ),
    Mutation(
        "spending anywhere keeps a promise",
        "model/phases/production.py",
        "if studios.mandate_city[studio] == city:",
        "if studios.mandate_city[studio] >= 0:",
        "broken_promises",
    ),
    Mutation(
        "all that a series costs keeps a promise",
        "model/phases/production.py",
        "mandate_left_fen[studio] - econ.series.local_fen[row], 0)",
        "mandate_left_fen[studio] - econ.series.cost_fen[row], 0)",
        "broken_promises",
    ),
    Mutation(
        "promises are dear where studios are poor",
        "model/phases/funds.py",
        "max(value[home] - value[other], 0)",
        "max(value[other] - value[home], 0)",
        "broken_promises",
    ),
    Mutation(
        "bases wear out twice as fast",
        "model/phases/bases.py",
        "np.floor(capital / (12 * p.base_life_years))",
        "np.floor(capital / (6 * p.base_life_years))",
        "wear_of_bases",
    ),
    Mutation(
        "bases wear in a straight line",
        "model/phases/bases.py",
        "np.floor(capital / (12 * p.base_life_years))",
        "np.floor(capital / (12 * p.base_life_years + 9))",
        "wear_of_bases",
    ),
    Mutation(
        "public bases counted twice",
        "model/accounts/balance.py",
        "CG if bases.public[base] else FB] +=",
        "CG] += bases.public[base] * bases.capital_fen[base]\n        sheet[BASES, FB] +=",
        "twin",
    ),
    Mutation(
        "released series are work in progress",
        "model/accounts/balance.py",
        "series.stage[row] < ON_SCREEN",
        "series.stage[row] <= ON_SCREEN",
        "twin",
    ),
    Mutation(
        "fund units never paid back",
        "model/accounts/balance.py",
        "private.raised_fen.sum() - private.distributed_fen.sum()",
        "private.raised_fen.sum()",
        "waterfall",
    ),
    Mutation(
        "funds forget what they wrote off",
        "model/phases/funds.py",
        "funds.written_off_fen[fund]",
        "0 * funds.written_off_fen[fund]",
        "waterfall",
    ),
    Mutation(
        "state funds back studios as wary as private ones",
        "model/phases/funds.py",
        "outlook > p.state_hurdle",
        "outlook > p.private_hurdle",
        "twin",
    ),
    Mutation(
        "managers' fee on what was invested",
        "model/phases/funds.py",
        "whole_fen(funds.raised_fen[fund] /",
        "whole_fen(funds.invested_fen[fund] /",
        "twin",
    ),
    Mutation(
        "promises end a month late",
        "model/phases/funds.py",
        "econ.month + p.mandate_months",
        "econ.month + p.mandate_months + 1",
        "twin",
    ),
    Mutation("a promise pulls no series", "model/phases/studios.py", "+= p.mandate_pull", "+= 0.0", "twin"),
    Mutation(
        "wait for sets shared over all series",
        "model/phases/production.py",
        'now["edge"][city] += edge[city] / shot[city]',
        'now["edge"][city] += edge[city] / spent[city]',
        "twin",
    ),
    Mutation(
        "owners leave nothing in the base",
        "model/phases/bases.py",
        "due - p.base_reserve_months * lease - takings, 0)",
        "due - takings, 0)",
        "wear_of_bases",
    ),
    Mutation(
        "loans are served before bases open",
        "model/phases/bases.py",
        "bases.service_fen[base] if bases.opens[base] <= econ.month else accrued",
        "bases.service_fen[base]",
        "twin",
    ),
    Mutation(
        "rents half as quick",
        "model/decisions/property.py",
        "return adjustment * (natural_vacancy",
        "return 0.5 * adjustment * (natural_vacancy",
        "natural_vacancy",
    ),
    Mutation(
        "demand rises with rent",
        "model/decisions/property.py",
        "power(rent / rent_2020, -elasticity)",
        "power(rent / rent_2020, elasticity)",
        "natural_vacancy",
    ),
    Mutation(
        "crisis counted twice",
        "model/decisions/property.py",
        "power(house_index / 100, elasticity)\n\n\ndef rent_growth",
        "power(house_index / 100, 2 * elasticity)\n\n\ndef rent_growth",
        "natural_vacancy",
    ),
    Mutation(
        "the crisis begins a month late",
        "model/region.py",
        "shape[1]), BEFORE_CRISIS)]",
        "shape[1]), BEFORE_CRISIS + 1)]",
        "control_prices",
    ),
    Mutation("a year's growth every month", "model/region.py", ", after / 12)", ", after)", "control_prices"),
    Mutation(
        "the fall counted from the peak whatever the control",
        "model/region.py",
        "fall = paths / control * ",
        "fall = paths / np.maximum.accumulate(paths, axis=1) * ",
        "control_prices",
    ),
    Mutation(
        "dear houses empty malls",
        "model/decisions/property.py",
        "power(house_index / 100, -elasticity)",
        "power(house_index / 100, elasticity)",
        "idle_space",
    ),
    Mutation(
        "odds for a share", "model/decisions/property.py", "return odds / (1 + odds)", "return odds", "idle_space"
    ),
    Mutation(
        "the natural vacancy of the table not read",
        "model/phases/property.py",
        "p.retail_vacancy_2020 if np.isnan(known) else known",
        "known if known > 1 else p.retail_vacancy_2020",
        "idle_space",
    ),
    Mutation(
        "other buildings not counted",
        "model/start.py",
        "shells = 1 + p.other_shells_ratio",
        "shells = 1 + 0 * p.other_shells_ratio",
        "idle_space",
    ),
    Mutation(
        "cost drives hire away",
        "model/decisions/property.py",
        "return pull * log(cost / price)",
        "return pull * log(price / cost)",
        "pass_through",
    ),
    Mutation(
        "the hurdle left out of what a base costs",
        "model/phases/bases.py",
        "rent, service[genre], p.crew_floor_m2",
        "rent, 0 * service[genre], p.crew_floor_m2",
        "pass_through",
    ),
    Mutation(
        "a base full every day",
        "model/decisions/property.py",
        "+ service) / (30 * target *",
        "+ service) / (30 *",
        "pass_through",
    ),
    Mutation(
        "the cheapest cell although shells are idle",
        "model/phases/bases.py",
        "if np.isinf(rent):",
        "if rent > 0:",
        "pass_through",
    ),
    Mutation(
        "investors reckon with the hire of today",
        "model/phases/bases.py",
        "conversion_margin(price, use",
        "conversion_margin(econ.set_hire[genre, city], use",
        "free_entry",
    ),
    Mutation(
        "investors forget their own crews",
        "model/phases/bases.py",
        "min(want / (have + crews), 1)",
        "min(want / max(have, 1), 1)",
        "free_entry",
    ),
    Mutation(
        "rivals' plans seen in full",
        "model/phases/bases.py",
        "opened[genre, city] + econ.p.visibility * building",
        "opened[genre, city] + building",
        "free_entry",
    ),
    Mutation(
        "the dearest shells first",
        "model/phases/bases.py",
        "if rents[at] < (rents[best] if best >= 0 else np.inf):",
        "if np.inf > rents[at] > (rents[best] if best >= 0 else -1.0):",
        "free_entry",
    ),
    Mutation(
        "entrepreneurs by studios of the small world",
        "model/phases/bases.py",
        "p.conversion_looks * there / p.scale",
        "p.conversion_looks * there",
        "scarce_entrepreneurs",
    ),
    Mutation(
        "landlords who let at once",
        "model/decisions/property.py",
        "return 1 - power(2.0, -idle_months / half_life)",
        "return 1 - power(2.0, -(idle_months + 6) / half_life)",
        "scarce_entrepreneurs",
    ),
    Mutation(
        "the oldest ruins least to be had",
        "model/phases/bases.py",
        "malls.reluctance[mall] < willing",
        "malls.reluctance[mall] > willing",
        "scarce_entrepreneurs",
    ),
    Mutation(
        "debt service not counted",
        "model/phases/bases.py",
        "-p.closure_lease_months * (lease + owed)",
        "-p.closure_lease_months * lease",
        "closures",
    ),
    Mutation(
        "debt service counted for those without a loan",
        "model/phases/bases.py",
        "bases.service_fen[base] if bases.debt_fen[base] > 0 else 0",
        "bases.service_fen[base]",
        "closures",
    ),
    Mutation(
        "stalled projects counted from a peak to come",
        "model/state.py",
        "econ.house_index[city, : max(econ.month, 0) + 1].max()",
        "econ.house_index[city].max()",
        "venues",
    ),
    Mutation(
        "venues without limit", "model/phases/production_loops.py", "room[at] -= needed", "room[at] -= 0", "venues"
    ),
    Mutation(
        "venues that forget who is still there",
        "model/phases/production.py",
        "econ.venue_overrun[city] = -left[city] if left[city] < 0 else 0.0",
        "econ.venue_overrun[city] = 0.0",
        "venues",
    ),
    Mutation(
        "venues for the first in the table",
        "model/phases/production_loops.py",
        "for series in turn:\n        at = group[series]",
        "for series in range(len(base)):\n        at = group[series]",
        "venues",
    ),
    Mutation(
        "venues at the price of the streets",
        "model/phases/production.py",
        "(econ.venue_hire[city] if booking.venue[at] else street)",
        "street",
        "venues",
    ),
    Mutation(
        "venues whose owners do not know the rents",
        "model/phases/bases.py",
        "cost = p.venue_yuan_day * rent[city] /",
        "cost = p.venue_yuan_day * rent_2020[city] /",
        "venues",
    ),
    Mutation(
        "more moves at a venue than in the streets",
        "model/decisions/studios.py",
        "np.minimum(more * moves",
        "np.maximum(more * moves",
        "venues",
    ),
    Mutation(
        "operating cost forgotten",
        "model/decisions/property.py",
        "return revenue * (1 - operating_share)",
        "return revenue",
        "conversion_ring",
    ),
    Mutation(
        "a year of ten months",
        "model/decisions/property.py",
        "monthly = rate_year / 12",
        "monthly = rate_year / 10",
        "conversion_ring",
    ),
    Mutation(
        "dead malls at full rent",
        "model/decisions/property.py",
        "return rent * (ratio * derelict + (1 - derelict))",
        "return rent",
        "conversion_ring",
    ),
    Mutation(
        "sets free before they are",
        "model/phases/production_loops.py",
        "free[slot[series]] = earliest + days[series]",
        "free[slot[series]] = ready[series] + days[series]",
        "sets_with_queues",
    ),
    Mutation(
        "nobody gives up waiting",
        "model/phases/production_loops.py",
        "earliest - ready[series] > patience",
        "earliest - ready[series] > patience + 5",
        "sets_without_queues",
    ),
    Mutation(
        "a month of three weeks",
        "model/decisions/platforms.py",
        "return float(1 - power(1 - weekly, 4))",
        "return float(1 - power(1 - weekly, 3))",
        "series_on_screen",
    ),
    Mutation(
        "studios close without debt",
        "model/phases/demography.py",
        "studios.cash_fen[studio] < limit",
        "studios.cash_fen[studio] <= limit",
        "ruin_by_projects",
    ),
    Mutation(
        "linear externality not times K", "model/decisions/studios.py", "else share * cities", "else share", "pitchfork"
    ),
    Mutation(
        "log externality doubled",
        "model/decisions/studios.py",
        "return log(share + floor) if concave",
        "return 2 * log(share + floor) if concave",
        "logarithmic",
    ),
    Mutation(
        "moving is a gain",
        "model/phases/demography.py",
        "value = real[city, role] - rules.moving_cost",
        "value = real[city, role] + rules.moving_cost",
        "migration",
    ),
    Mutation(
        "home a place to flee",
        "model/phases/demography.py",
        "value += rules.worth_of_home",
        "value -= rules.worth_of_home",
        "homecoming",
    ),
    Mutation(
        "attachment divided by the scale of tastes twice",
        "model/phases/demography.py",
        "city, p.home_attachment)",
        "city, p.home_attachment / p.migration_scale)",
        "homecoming",
    ),
    Mutation(
        "everybody from the first city",
        "model/phases/demography.py",
        "kind * origins + (actors.origin[movers[i]] if p.return_migration else 0)",
        "kind * origins",
        "homecoming",
    ),
    Mutation(
        "attachment to all other places",
        "model/decisions/workers.py",
        "return attachment * (origin == city)",
        "return attachment * (origin != city)",
        "homecoming",
    ),
    Mutation(
        "people who left where more was shot",
        "model/decisions/workers.py",
        "np.maximum(density[:, None] - density, 0)",
        "np.maximum(density - density[:, None], 0)",
        "homecoming",
    ),
    Mutation(
        "as many from a small region as from a large one",
        "model/decisions/workers.py",
        "emigrants * ahead * people / np.maximum",
        "emigrants * ahead * people.mean() / np.maximum",
        "homecoming",
    ),
    Mutation(
        "one's own city counted among the others",
        "model/decisions/workers.py",
        "others = dot(1 - np.eye(len(people)), people)",
        "others = dot(np.ones((len(people), len(people))), people)",
        "homecoming",
    ),
    Mutation(
        "emigrants of a heritage that is switched off",
        "model/start.py",
        'origin_shares(initial(econ, "workers_2020"), cities',
        "origin_shares(cities.workers_2020, cities",
        "homecoming",
    ),
    Mutation(
        "newcomers all at home",
        "model/phases/demography.py",
        "origins(econ, ids, home)\n    skill",
        "home\n    skill",
        "twin",
    ),
    Mutation(
        "returns counted where they began",
        "model/phases/demography.py",
        '["workers_returned"][here] +=',
        '["workers_returned"][actors.city[worker]] +=',
        "twin",
    ),
    Mutation(
        "cheap places dear",
        "model/decisions/workers.py",
        "days / power(price_level, exponent)",
        "days * power(price_level, exponent)",
        "migration",
    ),
    Mutation(
        "feedback halved",
        "model/decisions/platforms.py",
        "power(audience, feedback)",
        "power(audience, feedback / 2)",
        "recommender",
    ),
    Mutation(
        "word of mouth too wild",
        "model/decisions/platforms.py",
        "+ 2 * spread * draws",
        "+ 3 * spread * draws",
        "killed_gibrat",
    ),
    Mutation(
        "the worst match taken",
        "model/decisions/workers.py",
        "(log(np.maximum(applicants, 1.0)) + draws)",
        "(log(np.maximum(applicants, 1.0)) - draws)",
        "pooling",
    ),
    Mutation(
        "discretion draws inspectors",
        "model/decisions/content.py",
        "-hazard * edge * exp(-discretion / scale)",
        "-hazard * edge * exp(discretion / scale)",
        "hazards",
    ),
    Mutation(
        "burnout linear in fatigue",
        "model/decisions/workers.py",
        "-expm1(-rate * fatigue * fatigue)",
        "-expm1(-rate * fatigue)",
        "hazards",
    ),
    Mutation(
        "land lost counted twice",
        "model/decisions/cities.py",
        "(1 + substitution * np.maximum(lost, 0))",
        "(1 + 2 * substitution * np.maximum(lost, 0))",
        "prior_claim",
    ),
    Mutation(
        "committed spending at once at revenue",
        "model/decisions/cities.py",
        "return float(1 - power(0.5, 1 / months))",
        "return float(1 - power(0.5, 12 / months))",
        "prior_claim",
    ),
    Mutation(
        "film budgets never lapse",
        "model/phases/cities.py",
        "carried = officials.film_budget_fen[city] * (econ.month % 12 > 0)",
        "carried = officials.film_budget_fen[city] * (econ.month > 0)",
        "prior_claim",
    ),
    Mutation(
        "a cut spares film policy",
        "model/phases/cities.py",
        "film = np.int64(np.floor(left * claim))",
        "film = np.int64(claim)",
        "prior_claim",
    ),
    Mutation(
        "film budget pays in any case",
        "model/phases/cities.py",
        "shared * econ.policy_budgets.shared[econ.month, instrument, city]",
        "shared",
        "budgets",
    ),
    Mutation(
        "yearly budgets never lapse",
        "model/phases/cities.py",
        "kept[at, 0, city] *= econ.month % 12 > 0",
        "kept[at, 0, city] *= econ.month > 0",
        "budgets",
    ),
    Mutation(
        "budgets cost the city nothing",
        "model/phases/cities.py",
        "repaid, others - own.sum()",
        "repaid, others",
        "budgets",
    ),
    Mutation(
        "a cut spares budgets",
        "model/phases/cities.py",
        "_cut(own, left)\n    others",
        "_cut(own, 1.0)\n    others",
        "budgets",
    ),
    Mutation(
        "a year's budget every month",
        "model/inputs/policies.py",
        "part = self.budget_yuan_year / 12",
        "part = self.budget_yuan_year",
        "budgets",
    ),
    Mutation(
        "windows that replace add up",
        "model/inputs/policies.py",
        'if w.mode == "replace" and (w.instrument',
        'if w.mode == "alone" and (w.instrument',
        "budgets",
    ),
    Mutation(
        "what was paid counts as claimed",
        "model/phases/cities.py",
        "CLAIMED, city] += claimed /",
        "CLAIMED, city] += min(claimed, own) /",
        "budgets",
    ),
    Mutation(
        "plans that forget the rebate's own budget",
        "model/phases/cities.py",
        " + 12 * yuan(_own_rebate_budget(econ))",
        "",
        "plans_within_the_budget",
    ),
    Mutation(
        "plans beyond the budget",
        "model/phases/cities.py",
        "planned = np.minimum(planned, _affordable_rebate(econ, spending[12:]))",
        "planned = np.minimum(planned, 1.0)",
        "plans_within_the_budget",
    ),
    Mutation(
        "a month's budget for a year's spending",
        "model/phases/cities.py",
        "year, spent = 12 * (((1",
        "year, spent = 1 * (((1",
        "plans_within_the_budget",
    ),
    Mutation(
        "rebates copied beyond the budget",
        "model/phases/cities.py",
        "min(econ.p.imitation_catch_up * gap, max(room, 0.0))",
        "min(econ.p.imitation_catch_up * gap, 1.0)",
        "plans_within_the_budget",
    ),
    Mutation(
        "help with reviews that there are not",
        "model/phases/production.py",
        "officials.designated[series.city[row]] * (domestic and p.review)",
        "officials.designated[series.city[row]] * p.review",
        "designation_channels",
    ),
    Mutation(
        "help that nobody paid for",
        "model/phases/production.py",
        "_served(econ, row), share[city], review)",
        "_served(econ, row), 1.0, review)",
        "designation_channels",
    ),
    Mutation(
        "fractions of people forgotten",
        "model/decisions/cities.py",
        "return np.floor(now + 1e-9) - np.floor(before + 1e-9)",
        "return np.floor(now - before)",
        "designation_channels",
    ),
    Mutation(
        "people trained on credit",
        "model/phases/demography.py",
        "min(wanted, money // price if price else wanted)",
        "min(wanted, 10**6)",
        "designation_channels",
    ),
    Mutation(
        "imitation twice as likely",
        "model/decisions/cities.py",
        "-expm1(-(base + response",
        "-expm1(-(2 * base + response",
        "imitation",
    ),
    Mutation(
        "wages as bid", "model/phases/labour.py", "half * (least * price[worker] + bid)", "half * 2 * bid", "hiring"
    ),
    Mutation(
        "a full crew or none",
        "model/phases/labour.py",
        "if done >= enough * complete:",
        "if done >= complete:",
        "hiring",
    ),
    Mutation(
        "policy a month late",
        "model/inputs/policies.py",
        "if month < self.start or",
        "if month <= self.start or",
        "policies",
    ),
    Mutation(
        "normal quantile for few seeds",
        "experiments/analysis/contrast.py",
        "half = special.stdtrit(n - 1, 0.975) * differences.std(ddof=1)",
        "half = special.ndtri(0.975) * differences.std(ddof=1)",
        "coverage",
    ),
    Mutation(
        "offices drawn against the best cell so far of the nation",
        "model/phases/studios.py",
        "    for place in range(len(first) - 1):\n        best = -np.inf\n",
        "    best = -np.inf\n    for place in range(len(first) - 1):\n",
        "twin",
    ),
    Mutation(
        "post-production of California paid twice",
        "model/phases/regulation.py",
        "exp(series.lavish[row]) * (series.city[row] >= 0)",
        "exp(series.lavish[row])",
        "twin",
    ),
    Mutation(
        "guarantees on commissioned series",
        "model/phases/platforms.py",
        "if not series.commissioned[row] and platforms.mode[app] == FUNDED:",
        "if platforms.mode[app] == FUNDED:",
        "twin",
    ),
    Mutation(
        "carried interest on what was invested",
        "model/phases/funds.py",
        "min(max(before + out - private.invested_fen[fund], 0), out)",
        "out",
        "waterfall",
    ),
    Mutation(
        "charts that forget what is in the pipeline",
        "model/phases/platforms.py",
        "econ.chart[0, mode] / max(econ.chart[1, mode], filings[0, mode])",
        "econ.chart[0, mode] / econ.chart[1, mode]",
        "charts_of_filings",
    ),
    Mutation(
        "local charts of releases alone",
        "model/phases/platforms.py",
        "count = max(econ.local_chart[1, city, mode], local_filings[city, mode])",
        "count = econ.local_chart[1, city, mode]",
        "twin",
    ),
    Mutation(
        "makers counted as of average quality",
        "model/phases/studios.py",
        "econ.filed_worth[mode] += exp(econ.p.quality_effect * studios.quality[owner[i]])",
        "econ.filed_worth[mode] += 1.0",
        "twin",
    ),
    Mutation(
        "money that started series need spent twice",
        "model/phases/studios.py",
        "free[owner] -= rules.still_to_pay",
        "free[owner] -= 0 * rules.still_to_pay",
        "slates_by_capital",
    ),
    Mutation(
        "own series on credit",
        "model/decisions/studios.py",
        "return np.floor((free / cost - commission_capital * commissions) / working_capital)",
        "return np.floor((free / cost - commission_capital * commissions) / working_capital + 1)",
        "slates_by_capital",
    ),
    Mutation(
        "commissions that take no money from own series",
        "model/decisions/studios.py",
        "free / cost - commission_capital * commissions)",
        "free / cost - 0 * commission_capital * commissions)",
        "twin",
    ),
    Mutation(
        "results of commissions counted as own",
        "model/phases/platforms.py",
        "if econ.owners[row] >= 0 and not series.commissioned[row]:",
        "if econ.owners[row] >= 0:",
        "twin",
    ),
    Mutation(
        "fees that follow flights and dubbing",
        "model/phases/production.py",
        "hired = 1 * series.commissioned[row]",
        "hired = 1 - series.commissioned[row]",
        "twin",
    ),
    Mutation(
        "everybody knows of the trade from the start",
        "model/decisions/studios.py",
        "return founders * min(1.0, studios / everybody)",
        "return founders * min(1.0, 1e9 * studios / everybody)",
        "twin",
    ),
    Mutation(
        "newcomers drawn by those who pay less",
        "model/decisions/workers.py",
        "log(np.maximum(income, 1e-9) / np.maximum(outside, 1e-9))",
        "log(np.maximum(outside, 1e-9) / np.maximum(income, 1e-9))",
        "twin",
    ),
    Mutation(
        "newcomers for openings that no crew fills",
        "model/phases/demography.py",
        "p.working_days_month * min(econ.prospects[city, role], 1)\n            grows",
        "p.working_days_month * min(econ.tightness[city, role], 1)\n            grows",
        "openings_in_vain",
    ),
    Mutation(
        "work to count on in series put off",
        "model/phases/labour.py",
        "counted[at] &= staffed[at]",
        "counted[at] &= True",
        "twin",
    ),
    Mutation(
        "movers to openings that no crew fills",
        "model/phases/demography.py",
        "min(econ.prospects[city, role], 1) + p.odd_job_days",
        "min(econ.tightness[city, role], 1) + p.odd_job_days",
        "twin",
    ),
    Mutation(
        "a vacancy for those whose trade is complete",
        "model/phases/labour.py",
        "done + lacking[role] >= enough * complete",
        "done >= enough * complete",
        "needed_to_complete",
    ),
    Mutation(
        "a vacancy whoever else is missing",
        "model/phases/labour.py",
        "done + lacking[role] >= enough * complete",
        "done + lacking.sum() >= enough * complete",
        "needed_to_complete",
    ),
    Mutation(
        "days of series and not of people",
        "model/phases/labour.py",
        "counted[at, role] * booking.days[at] * crew[role]",
        "counted[at, role] * booking.days[at]",
        "needed_to_complete",
    ),
    Mutation(
        "no seed of a trade in neighbouring ones",
        "model/phases/demography.py",
        "grows * (econ.pool[city, role] + beside)",
        "grows * (econ.pool[city, role] + 0 * beside)",
        "twin",
    ),
    Mutation(
        "outside income that no slump lowers",
        "model/phases/demography.py",
        "of = usual[city, role], released,",
        "of = usual[city, role], released**0,",
        "slump_releases",
    ),
    Mutation(
        "reservation wages that no slump lowers",
        "model/phases/labour.py",
        "econ.reservation_2020[city, role] * slump",
        "econ.reservation_2020[city, role]",
        "slump_releases",
    ),
    Mutation(
        "floor of day rates that no slump lowers",
        "model/phases/labour.py",
        "p.wage_floor * slump * rates_2020[city, role]",
        "p.wage_floor * rates_2020[city, role]",
        "slump_releases",
    ),
    Mutation(
        "names not bid for",
        "model/phases/labour.py",
        "growth += p.lead_bidding",
        "growth -= p.lead_bidding",
        "slump_releases",
    ),
    Mutation(
        "funds that raise on stakes long written off",
        "model/decisions/funds.py",
        "(returned + invested - written_off) *",
        "(returned + invested) *",
        "twin",
    ),
    Mutation(
        "crews of long series free from the start",
        "model/decisions/property.py",
        "late = np.maximum(running - share * crews.sum(), 0)",
        "late = np.maximum(running - crews.sum(), 0)",
        "twin",
    ),
    Mutation(
        "people busy with long series counted twice",
        "model/start.py",
        'initial(econ, "workers_2020") * free * p.scale',
        'initial(econ, "workers_2020") * p.scale',
        "twin",
    ),
    Mutation(
        "founders who come from no trade", "model/economy.py", "log(employment * firms)", "log(employment)", "twin"
    ),
    Mutation(
        "space given again and again",
        "model/phases/bases.py",
        "space_left_m2[city] -= given[n] - in_zone",
        "space_left_m2[city] -= 0",
        "given_space",
    ),
    Mutation(
        "builders believe any promise of space",
        "model/phases/bases.py",
        'rent_given(rent, space, floor, econ.honoured["state_space"][city])',
        "rent_given(rent, space, floor, 1.0)",
        "given_space",
    ),
    Mutation(
        "more space given than is built on",
        "model/phases/bases.py",
        "space = min(econ.officials.space_left_m2[city] + econ.officials.zone_space_m2[city] * zone, floor)",
        "space = econ.officials.space_left_m2[city] + econ.officials.zone_space_m2[city] * zone",
        "given_space",
    ),
    Mutation(
        "given space paid for twice",
        "model/phases/bases.py",
        "unit) - bases.lease_paid_fen[base]",
        "unit)",
        "given_space",
    ),
    Mutation(
        "the city leases the whole base",
        "model/phases/settlement.py",
        "bases.rent_yuan_m2_month[base] * bases.given_m2[base]",
        "bases.rent_yuan_m2_month[base] * bases.floor_m2[base]",
        "given_space",
    ),
    Mutation(
        "space given without film policy",
        "model/phases/settlement.py",
        "_leases(econ, officials_act(econ))",
        "_leases(econ, True)",
        "given_space",
    ),
    Mutation(
        "space that nobody took forgotten",
        "model/phases/settlement.py",
        "announced[here] += whole_fen(left",
        "announced[here] += whole_fen(0 * left",
        "given_space",
    ),
    Mutation(
        "closed for a lease that the city pays",
        "model/phases/bases.py",
        "rent -= estate.rent_given(",
        "rent -= 0 * estate.rent_given(",
        "given_space",
    ),
    Mutation(
        "public scenes without limit",
        "model/decisions/cities.py",
        "np.minimum(1.0, room / np",
        "np.minimum(1.0, 1e9 * room / np",
        "free_scenes",
    ),
    Mutation(
        "public scenes of a full world in a small one",
        "model/phases/cities.py",
        "p.scene_days_month * econ.p.scale",
        "p.scene_days_month",
        "free_scenes",
    ),
    Mutation(
        "palaces among public scenes",
        "model/phases/production.py",
        "off[at] = series.genre[row] == 0",
        "off[at] = True",
        "free_scenes",
    ),
    Mutation(
        "no public scene is a venue",
        "model/phases/production.py",
        "off[at] = series.genre[row] == 0",
        "off[at] = series.genre[row] == 0 and not booking.venue[at]",
        "free_scenes",
    ),
    Mutation(
        "studios believe that scenes are free",
        "model/phases/studios.py",
        'honoured["free_scenes"][city] * cities.free_part',
        "cities.free_part",
        "free_scenes",
    ),
    Mutation(
        "venues expected at the full price",
        "model/phases/studios.py",
        "venue_hire[city] * (1 - free)",
        "venue_hire[city] * (1 - 0 * free)",
        "free_scenes",
    ),
    Mutation(
        "hire of scenes paid by both",
        "model/phases/production.py",
        "bill[0] -= _hire_of_scenes",
        "bill[0] -= 0 * _hire_of_scenes",
        "free_scenes",
    ),
    Mutation(
        "crowds in scenes not remembered",
        "model/phases/production.py",
        "smoothed(econ.days_off_base[city], wanted[city]",
        "smoothed(econ.days_off_base[city], 0 * wanted[city]",
        "free_scenes",
    ),
    Mutation(
        "sets as dear as places that cost nothing",
        "model/phases/bases.py",
        "survey.daily[city] + survey.location[genre, city]",
        "survey.daily[city] + econ.cities.location_yuan_day[city]",
        "free_scenes",
    ),
    Mutation(
        "what cities honoured of scenes not seen",
        "model/phases/cities.py",
        "smoothed(honoured[at], rate[at], econ",
        "smoothed(honoured[at], honoured[at], econ",
        "free_scenes",
    ),
    Mutation(
        "bases that never wear",
        "model/phases/bases.py",
        "bases.capital_fen[base] -= np.int64(",
        "bases.capital_fen[base] -= 0 * np.int64(",
        "twin",
    ),
    Mutation(
        "series given up carried as assets",
        "model/accounts/balance.py",
        "series.stage[row] < ON_SCREEN",
        "series.stage[row] != ON_SCREEN",
        "twin",
    ),
    Mutation(
        "taxes where the studio was born",
        "model/phases/settlement.py",
        "1.0 * studios.revenue_fen, studios.city)",
        "1.0 * studios.revenue_fen, 0 * studios.city)",
        "twin",
    ),
]


class Loaded:
    """The model as a process has it loaded and compiled, in copies of which mistakes are planted."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            MicroDramaEconomy("baseline", rng=1, scale=0.02).run_for(2)
        there = gc.get_objects()
        self.functions = [each for each in there if type(each) is FunctionType and is_ours(each)]
        self.wholes = [each for each in there if type(each) is over_state._Whole]
        dispatchers = [each for each in there if isinstance(each, CPUDispatcher) and is_ours(each)]
        self.made_of = {each: made_of(each.py_func) for each in dispatchers}

    def plant(self, mutation: Mutation) -> bool:
        """Plant the mistake in every function that has it; False if none has it.

        What it is a part of is compiled anew, and not kept for others.
        """
        path = ROOT / mutation.file
        text = path.read_text(encoding="utf-8")
        mistaken = text.replace(mutation.old, mutation.new)
        right, wrong = (compile(each, path, "exec", dont_inherit=True) for each in (text, mistaken))
        pairs = zip(compiled.codes(right), compiled.codes(wrong), strict=True)
        changed = {old: new for old, new in pairs if old != new}
        with_it = {each for each in self.functions if each.__code__ in changed}
        for function in with_it:
            function.__code__ = changed[function.__code__]
        for dispatcher, parts in self.made_of.items():
            if not parts.isdisjoint(with_it):
                dispatcher._reset_overloads()
                dispatcher._can_compile = True
                vars(getattr(dispatcher._cache, "_cache_file", dispatcher)).pop("stamp", None)
        for whole in self.wholes:
            entries = [each.py_func for each in getattr(whole, "entries", {}).values()]
            if any(not made_of(entry).isdisjoint(with_it) for entry in entries):
                whole.call.__code__ = whole.unready
            if whole.function in with_it:  # what is compiled of it is made of its source
                whole.lines = mistaken.splitlines(True)
            whole.tree = whole.as_part = None
        over_state.rule.cache_clear()
        kept = compiled._Cache.save_overload

        def keep(cache: Any, sig: Any, data: Any) -> None:
            if made_of(cache._cache_file.function).isdisjoint(with_it):
                kept(cache, sig, data)

        compiled._Cache.save_overload = keep
        return bool(with_it)


def is_ours(function: Any) -> bool:
    return (function.__module__ or "").startswith("microdrama.")


def made_of(function: FunctionType) -> set[FunctionType]:
    """All functions that are compiled into a function."""
    found: set[FunctionType] = set()
    for _ in compiled.parts(function, found):
        pass
    return found


def serve() -> None:
    """For each mistake that is read, whether its case holds in a copy of this process."""
    from verification.cases import CASES

    loaded = Loaded()
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        mutation = Mutation(*json.loads(line))
        copy = os.fork()
        if not copy:
            if not loaded.plant(mutation):
                os._exit(NOWHERE)
            os._exit(HOLDS if all(check.holds for check in CASES[mutation.case].run()) else FAILS)
        print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]), flush=True)


HOLDS, FAILS, NOWHERE = 0, 3, 4


class Planter:
    """A process in which everything is loaded, for the mistakes of one process of tests."""

    def __init__(self) -> None:
        words = [sys.executable, "-c", "from verification.mutations import serve; serve()"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path}
        )

    def catches(self, mutation: Mutation) -> bool:
        """Whether its case fails with the mistake planted."""
        print(json.dumps(mutation), file=self.process.stdin, flush=True)
        code = self.process.stdout.readline().strip()
        if code not in (str(HOLDS), str(FAILS)):
            raise RuntimeError(f"{mutation.what}: the case stopped with exit code {code}")
        return code == str(FAILS)

    def close(self) -> None:
        self.process.communicate()


if __name__ == "__main__":
    planter = Planter()
    for mutation in MUTATIONS:
        verdict = "caught" if planter.catches(mutation) else "MISSED"
        print(f"{mutation.what:34} {mutation.case:22} {verdict}", flush=True)
    planter.close()
