"""Cases with a known answer, each run by the model's own code in the limit where the answer is known.

``make verification`` runs them all and writes the verification table.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, stats

from microdrama.experiments.analysis.causal import difference_in_differences, event_study
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.analysis.shapley import decompose
from microdrama.model import MicroDramaEconomy, measures, phases
from microdrama.model.accounts.balance import balance_sheets
from microdrama.model.accounts.ledger import ALL, FLOWS, SECTORS
from microdrama.model.categories import BALANCE_ITEMS, MODES, ROLES
from microdrama.model.decisions import platforms as audiences
from microdrama.model.decisions import studios as rules
from microdrama.model.draws import Draws, best_option
from microdrama.model.ids import stable_ids
from microdrama.model.inputs.cities import Cities
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters
from microdrama.model.inputs.policies import COSTLY, Window
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.zones import Zone
from microdrama.model.phases import bases, demography, labour, platforms, production, studios
from microdrama.model.phases import funds as funds_phase
from microdrama.model.phases.bases import base_revenue_fen
from microdrama.model.phases.cities import COST
from microdrama.model.phases.production_loops import assign_nearest_sets, assign_sets, find_venues
from microdrama.model.populations.tables import FINISHING, Actors, Studios
from microdrama.model.region import Region
from reference.compare import apart
from reference.reached import LIVELY, PROMISED
from worlds import any_mechanisms, anything_allowed, every_instrument

FORMS = ("pooling", "set_access", "knowledge", "reputation")
NO_EXTERNALITIES: dict[str, Any] = dict.fromkeys(FORMS, "off")


@dataclass
class Check:
    """One number against its known value."""

    what: str
    expected: float
    got: float
    tolerance: float

    @property
    def holds(self) -> bool:
        return bool(abs(self.got - self.expected) <= self.tolerance)


@dataclass
class Comparison:
    """One number beside the band of a study: told as it is, inside or outside."""

    what: str
    low: float
    high: float
    got: float
    holds = True


@dataclass
class Case:
    code: str
    formula: str
    setting: str
    run: Callable[[], Iterator[Check | Comparison]]
    slow: bool = False


CASES: dict[str, Case] = {}


def case(code: str, formula: str, setting: str, *, slow: bool = False) -> Callable[[Any], Any]:
    def register(run: Callable[[], Iterator[Check]]) -> Callable[[], Iterator[Check]]:
        CASES[run.__name__] = Case(code, formula, setting, run, slow)
        return run

    return register


def world(months: int = 0, scenario: Any = "baseline", seed: int = 1, **values: Any) -> MicroDramaEconomy:
    """A small economy, run for some months and then in the middle of the next, so that phases can be called."""
    econ = MicroDramaEconomy(scenario, rng=seed, **{"scale": 0.05} | values)
    if months:
        econ.run_for(months)
    next_month(econ)
    return econ


def next_month(econ: MicroDramaEconomy) -> None:
    econ.month += 1
    phases.open_month(econ)


def softmax(value: np.ndarray, scale: float) -> np.ndarray:
    weight = np.exp((value - value.max()) / scale)
    return weight / weight.sum()


def crowd(econ: MicroDramaEconomy, number: int, city: int = 0) -> np.ndarray:
    """Replace all studios by like ones in one city; returns their ids."""
    econ.studios.remove(np.ones(len(econ.studios), bool))
    econ.series.remove(np.ones(len(econ.series), bool))
    ids = stable_ids(Studios.kind, -1, 0, np.arange(number))
    econ.studios.add(
        ids, born=-1, city=city, cell=econ.region.first[city], private_fund=-1, state_fund=-1, mandate_city=-1
    )
    return ids


@case("V8", "e = M / (max(n, N) + f), W = exp((b s)^2 / 2)", "money M, n releases and N starts a month (S10)")
def charts_of_filings() -> Iterator[Check]:
    econ = world()
    p, floor = econ.p, econ.p.chart_floor_series_month * econ.p.scale
    for releases, starts in ((30.0, 50.0), (50.0, 30.0)):
        econ.filed = np.full((len(econ.cities), 3), starts / len(econ.cities))
        econ.filed_worth = np.full(3, starts) * rules.mean_worth(p.quality_effect, p.quality_spread)
        for _ in range(200):
            money, released = econ.spending * econ.content_share, np.full(3, releases + floor)
            econ.chart = p.chart_memory * econ.chart + np.stack([money, released])
            platforms._count_filings(econ)
        known = money[0] / (max(releases, starts) + floor)
        yield Check(
            f"yuan a series, {releases:g} releases, {starts:g} starts", known, econ.public_earnings[0], 1e-6 * known
        )
    worth = math.exp((p.quality_effect * p.quality_spread) ** 2 / 2)
    yield Check(
        "usual worth where all kinds of studios start alike", worth, econ.filings[1, 0] / econ.filings[0, 0], 1e-12
    )


@case(
    "V8", "starts in own money: 1 / 0.7 of what is free; commissions: 1 / 0.35, with credit", "one city, no hits (S2)"
)
def slates_by_capital() -> Iterator[Check]:
    econ = world(slate_base=100, max_slate=200, start_hurdle=-1, start_scale=0.01)
    crowd(econ, 4)
    econ.studios.expected = 1e9  # own series pay beyond doubt
    phases.survey_cities(econ)
    cost = econ.survey.mean_cost[0]
    owned, owed = (np.array([0.0, 3.6, 7.1, 0.0]) * cost * 100).astype(np.int64), int(900 * cost)
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(4)), owned - econ.studios.cash_fen)
    econ.ledger.pay("founders", (econ.studios, np.array([3])), (econ.rest_of_china, 0), np.array([owed]))
    credit = econ.p.credit_line_yuan / cost
    room = np.bincount(studios._open_slots(econ)[0], minlength=4)
    for i, cash in enumerate((0.0, 3.6, 7.1)):
        yield Check(f"slots with cash for {cash} series", math.floor((cash + credit) / 0.35), room[i], 0)
    yield Check("slots of one deep in debt", 0, room[3], 0)
    econ.platforms.slate_fen[:] = econ.publishers.slate_fen[:] = 0
    phases.start_series(econ)
    for i, own in enumerate((0, 5, 10, 0)):
        yield Check("own series started", own, econ.studios.slate[i], 0)
    phases.survey_cities(econ)
    free = studios._open_slots(econ)[2][1]
    yield Check("free after these starts, in series", 3.6 - 5, free / cost, 0.02)


# ------------------------------------------------------------------------- choices


@case("V1", "P_j = exp(V_j/mu) / sum_k exp(V_k/mu)", "where to shoot (S8); externalities, queues and delays off")
def logit_of_places() -> Iterator[Check]:
    econ = world(18, location_scale=0.15, queue_aversion=0, delay_aversion=0, designation_appeal=0, **NO_EXTERNALITIES)
    phases.survey_cities(econ)
    p, survey, home, n = econ.p, econ.survey, econ.cities.index("zhengzhou"), 60_000
    keys = studios.series_keys(np.full(n, 12345), np.arange(n) % 4096, econ.month) + np.arange(n)
    econ.studios.city[0] = home
    went = studios.shooting_city(econ, np.zeros(n, int), np.zeros(n, int), keys)
    travel = p.travelling_crew * 2 * p.travel_yuan_hour * econ.region.travel_hours[home]
    cost = survey.local_cost[0] - survey.rebate[0] + p.post_yuan + travel + survey.script[home]
    value = -np.log(cost) - p.away_cost * (np.arange(len(cost)) != home)
    expected = n * softmax(value, p.location_scale)
    chi2 = float(((np.bincount(went, minlength=len(cost)) - expected) ** 2 / expected).sum())
    freedom = len(cost) - 1
    yield Check("chi2 of the counts (7 degrees of freedom)", freedom, chi2, 4 * math.sqrt(2 * freedom))
    yield Check("share of the dearest home", softmax(value, p.location_scale)[home], (went == home).mean(), 0.008)


@case("V1", "E s_t = P + (s_0 - P)(1 - rho)^t", "offices that ask with chance rho where they ought to be (S9), no cost")
def path_of_offices() -> Iterator[Check]:
    rate, n = 0.15, 6000
    econ = world(0, relocation_rate=rate, relocation_cost=0, entry_scale=0.3)
    phases.survey_cities(econ)
    target = softmax(econ.survey.home_value, 0.3)
    crowd(econ, n, city=3)
    start, worst = np.eye(len(target))[3], 0.0
    for month in range(1, 25):
        phases.relocate_studios(econ)
        share = np.bincount(econ.studios.city, minlength=len(target)) / n
        worst = max(worst, float(np.abs(share - (target + (start - target) * (1 - rate) ** month)).max()))
        next_month(econ)
    yield Check("largest error of a share over 24 months", 0, worst, 4.5 * 0.5 / math.sqrt(n))


def office_world(**values: Any) -> tuple[MicroDramaEconomy, slice]:
    """A world with offices by distance and uneven rents, before anybody but a handful has an office; a city's cells."""
    econ = world(0, **{"office_m2_per_studio": 1.0} | values)
    city = econ.cities.index("zhengzhou")
    cells = slice(*econ.region.first[city : city + 2])
    crowd(econ, 40, city)
    econ.studios.cell = cells.start + np.arange(40) * 3 % 50
    phases.survey_cities(econ)
    return econ, cells


def tastes(number: int) -> np.ndarray:
    return stable_ids(Studios.kind, 5, 0, np.arange(number))


@case(
    "P3b", "P_c = exp(V_c) / sum_b exp(V_b)", "40,000 studios pick a cell of Zhengzhou (P3b): rents, neighbours, centre"
)
def offices_by_distance() -> Iterator[Check]:
    econ, cells = office_world()
    p, region, n = econ.p, econ.region, 40_000
    x, y = region.dx[cells] * p.cell_km, region.dy[cells] * p.cell_km
    apart = np.maximum(np.hypot(x[:, None] - x, y[:, None] - y), 0.52 * p.cell_km)
    weight = np.where(apart <= 10 * p.spillover_km, np.exp(-apart / p.spillover_km), 0.0)
    there = np.bincount(econ.studios.cell - cells.start, minlength=len(x))
    nearby = (weight @ there) / weight.sum(axis=1) / p.scale
    rent = region.rent[cells] / region.rent[cells].mean()
    value = p.office_spillover * np.log(1 + nearby) - p.office_rent_weight * rent
    value -= p.office_centre_pull * np.maximum(np.hypot(x, y), 0.52 * p.cell_km)
    found = phases.office_cells(econ, econ.cities.index("zhengzhou"), tastes(n)) - cells.start
    expected = n * softmax(value, 1.0)
    chi2 = float(((np.bincount(found, minlength=len(x)) - expected) ** 2 / expected).sum())
    freedom = len(x) - 1
    yield Check(f"chi2 of the counts ({freedom} degrees of freedom)", freedom, chi2, 4 * math.sqrt(2 * freedom))
    top = int(np.argmax(expected))
    yield Check("share of the best cell", expected[top] / n, (found == top).mean(), 4 * math.sqrt(expected[top]) / n)


@case("P3b", "S is the same in all cells of a city as delta goes to infinity", "the same studios, delta 1,000 km")
def offices_without_distance() -> Iterator[Check]:
    found = []
    for spillover in (0.0, 3.0):
        econ, _ = office_world(spillover_km=1000, office_spillover=spillover)
        found.append(phases.office_cells(econ, econ.cities.index("zhengzhou"), tastes(20_000)))
    yield Check("share whose cell depends on beta", 0, (found[0] != found[1]).mean(), 0.02)
    near = [office_world(office_spillover=spillover)[0] for spillover in (0.0, 3.0)]
    found = [phases.office_cells(econ, econ.cities.index("zhengzhou"), tastes(20_000)) for econ in near]
    yield Check("the same at delta 1 km", 1, float((found[0] != found[1]).mean() > 0.2), 0)


@case("P3b", "who moves when one rent falls moves there", "the rent of one cell falls by a tenth; tastes last")
def offices_of_bystanders() -> Iterator[Check]:
    econ, cells = office_world()
    city, target = econ.cities.index("zhengzhou"), cells.start + 30
    before = phases.office_cells(econ, city, tastes(40_000))
    econ.month = econ.draws.month = econ.month + 7
    mean = econ.region.city_mean(econ.region.rent)
    econ.region.city_mean = lambda values: mean  # type: ignore[method-assign]
    relative = econ.region.rent[target] / mean[city]
    econ.region.rent[target] *= 0.9
    phases.look_around(econ)
    after = phases.office_cells(econ, city, tastes(40_000))
    moved = before != after
    yield Check("movers who end elsewhere", 0, np.count_nonzero(moved & (after != target)), 0)
    share = (before == target).mean()
    odds = share / (1 - share) * math.exp(0.1 * econ.p.office_rent_weight * relative)
    yield Check(
        "share in the cell by its odds", odds / (1 + odds), (after == target).mean(), 4 * math.sqrt(moved.sum()) / 4e4
    )


@case("S9b", "moves only if max U > U_own + kappa", "3,000 studios with the offices they like best look around (S9b)")
def moves_inside() -> Iterator[Check]:
    econ, cells = office_world(office_review_rate=1, scale=1, office_spillover=0)
    city = econ.cities.index("zhengzhou")
    crowd(econ, 3000, city)
    ids = econ.studios.id
    econ.studios.cell = phases.office_cells(econ, city, ids)
    best = econ.studios.cell.copy()
    phases.move_offices(econ)
    yield Check("moves when nothing has changed", 0, np.count_nonzero(econ.studios.cell != best), 0)
    value = -econ.p.office_rent_weight * econ.region.rent[cells] / econ.region.city_mean(econ.region.rent)[city]
    far = np.maximum(econ.region.distance_km[cells], 0.52 * econ.p.cell_km)
    utility = (
        value - econ.p.office_centre_pull * far + econ.draws.lasting("studio.taste").gumbel(ids, econ.region.key[cells])
    )
    at = np.arange(len(ids)) % len(value)
    econ.studios.cell = cells.start + at
    worth = utility.max(axis=1) > utility[np.arange(len(ids)), at] + econ.p.office_move_cost
    phases.move_offices(econ)
    moved = econ.studios.cell != cells.start + at
    yield Check("studios on the wrong side of the cost", 0, np.count_nonzero(moved != worth), 0)
    yield Check(
        "movers not in their best cell",
        0,
        np.count_nonzero((econ.studios.cell - cells.start)[moved] != utility.argmax(axis=1)[moved]),
        0,
    )


@case("P3b", "a studio is no neighbour of its own", "one studio alone in a city, however strong the pull (S9b)")
def no_neighbour_of_oneself() -> Iterator[Check]:
    found = []
    for spillover in (0.0, 3.0):
        econ, cells = office_world(office_review_rate=1, office_spillover=spillover, office_move_cost=0)
        stays = []
        for who in range(50):
            crowd(econ, 1, econ.cities.index("zhengzhou"))
            econ.studios.id[:] = tastes(50)[who]
            econ.studios.cell = cells.start + who
            phases.survey_cities(econ)
            phases.move_offices(econ)
            stays.append(int(econ.studios.cell[0]))
        found.append(stays)
    yield Check("studios whose cell depends on beta", 0, float(np.count_nonzero(np.array(found[0]) != found[1])), 0)


@case("V2", "E G = (1 - sum x^2) H, so E gamma = 0", "founders thrown on cities with chances x (S1), spin-offs off")
def dartboard() -> Iterator[Check]:
    econ = world(0, scale=0.05, spinoff_share=0, entry_rate=5, entry_elasticity=0, entry_spread_studios=1)
    x = measures.shares(econ.cities.employment_million)
    econ.survey = econ.survey._replace(home_value=econ.p.entry_scale * np.log(x))
    crowd(econ, 1)
    gamma, total = [], np.zeros(len(x))
    for _ in range(300):
        before = len(econ.studios)
        phases.found_studios(econ)
        counts = np.bincount(econ.studios.city[before:], minlength=len(x)).astype(float)
        gamma.append(measures.ellison_glaeser(counts, x, plant_herfindahl=1 / counts.sum()))
        total += counts
        econ.studios.remove(np.arange(len(econ.studios)) > 0)
        next_month(econ)
    se = np.std(gamma) / math.sqrt(len(gamma))
    yield Check("mean gamma of 300 cohorts", 0, float(np.mean(gamma)), 4 * se)
    chi2 = float(((total - total.sum() * x) ** 2 / (total.sum() * x)).sum())
    yield Check("chi2 of all founders (7 degrees of freedom)", 7, chi2, 4 * math.sqrt(14))


@case(
    "V3",
    "E gamma = 1 / (1 + A/b)",
    "one studio leaves at random, one is founded: a spin-off stays with its parent (S1)",
    slow=True,
)
def entry_and_exit() -> Iterator[Check]:
    """Bottazzi, Dosi, Fagiolo & Secchi 2007, doi:10.1093/jeg/lbm024; A/b = (N - 1)(1 - share)/share."""
    n, share = 12, 0.7
    econ = world(
        0,
        scale=0.005,
        potential_entrants_month=200,
        spinoff_share=share,
        spinoff_home=1,
        entry_rate=5,
        entry_elasticity=0,
    )
    k = len(econ.cities)
    x = np.full(k, 1 / k)
    econ.survey = econ.survey._replace(home_value=np.zeros(k))
    crowd(econ, n)
    rng, gamma = np.random.default_rng(5), []
    for step in range(8_000):
        econ.studios.remove(np.arange(len(econ.studios)) == rng.integers(len(econ.studios)))
        phases.found_studios(econ)
        econ.draws.month = econ.month = econ.month + 1
        if step > 300 and step % 12 == 0:
            counts = np.bincount(econ.studios.city, minlength=k).astype(float)
            gamma.append(measures.ellison_glaeser(counts, x, plant_herfindahl=1 / n))
    ratio = (n - 1) * (1 - share) / share
    effective = len(gamma) * 12 / (2 * n / (1 - share))  # the chain forgets in about N / (1 - share) steps
    yield Check("mean gamma", 1 / (1 + ratio), float(np.mean(gamma)), 4 * np.std(gamma) / math.sqrt(effective))


# ------------------------------------------------------------------------- property


def _rents_after(shock: float, months: int) -> tuple[MicroDramaEconomy, list[np.ndarray], float]:
    econ = world(0, film_space=False, rent_smoothing=0, rent_floor_yuan_m2_month=0, crisis_demand_elasticity=1)
    econ.house_index = np.full((len(econ.cities), months + 2), 100 * (1 - shock))
    econ.region.occupied_m2 = econ.region.demand_2020_m2.copy()
    path = []
    for _ in range(months):
        phases.move_rents(econ)
        path.append(econ.region.rent.copy())
        if len(path) == 1:
            impact = float(econ.region.vacancy[0])
        econ.month += 1
    return econ, path, impact


@case(
    "V4",
    "r_inf/r_0 = (1-d)^(1/eps); rate 1 - lambda eps (1 - v_n); impact vacancy 1 - (1-d)(1-v_n)",
    "demand for offices falls by a quarter (P1, P2, P4)",
)
def natural_vacancy() -> Iterator[Check]:
    shock = 0.25
    econ, path, impact = _rents_after(shock, 240)
    p, natural = econ.p, econ.region.natural_vacancy
    end = (1 - shock) ** (1 / p.rent_elasticity)
    yield Check("rents in the end, over those before", end, float((path[-1] / econ.region.rent_2020).mean()), 1e-6)
    yield Check("vacancy on impact", 1 - (1 - shock) * (1 - natural[0]), impact, 1e-12)
    gap = [np.log(path[t] / (econ.region.rent_2020 * end)) for t in (60, 61)]
    factor = 1 - p.rent_adjustment * p.rent_elasticity * (1 - natural)
    yield Check("factor by which the gap closes in a month", 0, float(np.abs(gap[1] / gap[0] - factor).max()), 0.001)


@case("V4", "theta 0: the control path; theta 1: prices as observed", "house prices under each control (P4)")
def control_prices() -> Iterator[Check]:
    def path(**values: Any) -> np.ndarray:
        p = make_parameters(values)
        return Region(load_scenario("baseline").cities, p).house_prices(120, p)

    observed, month = path(), np.arange(120)
    before = observed[:, np.minimum(month, 5)]
    known = {
        "before": before,
        "trend": before * 1.06 ** (np.maximum(month - 5, 0) / 12),
        "peak": np.maximum.accumulate(observed, axis=1),
    }
    for control, calm in known.items():
        values: dict[str, Any] = {"crisis_control": control, "control_growth_year": 0.06}
        gap = np.abs(path(crisis_strength=0, **values) - calm).max()
        yield Check(f"{control}: largest error without the crisis, index points", 0, float(gap), 1e-9)
        gap = np.abs(path(**values) - observed).max()
        yield Check(f"{control}: largest error at full strength, index points", 0, float(gap), 1e-9)


@case("V5", "v/(1-v) = v0/(1-v0) (p/100)^-k", "idle malls at three levels of house prices, full size (P5)")
def idle_space() -> Iterator[Check]:
    k, ratio = 1.3, 0.5
    econ = world(0, scale=1, idle_space_elasticity=k, other_shells_ratio=ratio)
    p, cities = econ.p, econ.cities
    floor = cities.floor_stock_m2 * cities.retail_share * (1 + ratio)
    count = np.bincount(econ.malls.city, minlength=len(cities))
    yield Check("malls and other buildings, largest error", 0, float(np.abs(count - floor / p.mall_size_m2).max()), 0.5)
    known = np.where(np.isnan(cities.retail_vacancy_2020), p.retail_vacancy_2020, cities.retail_vacancy_2020)
    for price in (60.0, 100.0, 140.0):
        econ.house_index = np.full_like(econ.house_index, price)
        phases.empty_malls(econ)
        odds = known / (1 - known) * (price / 100) ** -k
        expected = odds / (1 + odds)
        gap = float(np.abs(econ.retail_vacancy - expected).max())
        yield Check(f"share of idle malls at prices of {price:g}, largest error", 0, gap, 1e-12)
        idle = np.bincount(econ.malls.city, econ.malls.derelict)
        spread = np.sqrt(count * expected * (1 - expected))
        worst = float((np.abs(idle - count * expected) / spread).max())
        yield Check("idle malls, largest error in standard deviations", 0, worst, 4)


@case(
    "V5",
    "d* = ln(xi r_0 / margin) / (g/eps); a crisis moves it by ln(1-d)/g",
    "every mall idle, demand for sets and entrepreneurs without limit (P5, P6)",
)
def conversion_ring() -> Iterator[Check]:
    edges = {}
    for shock in (0.0, 0.25):
        econ = world(
            0,
            scale=1,
            waiting_option=False,
            shell_rent_ratio=0.45,
            conversion_looks=1,
            pass_through=False,
            base_price_adjustment=0,
            demand_gradient=0.04,
            rent_floor_yuan_m2_month=0,
        )
        p, region, city = econ.p, econ.region, econ.cities.index("shanghai")
        crowd(econ, 600)
        econ.studios.city[:] = city
        econ.malls.derelict, econ.malls.idle_since = True, -100_000
        econ.set_demand = np.full((2, len(econ.cities)), 1e9)
        region.rent = region.rent_2020 * (1 - shock) ** (1 / p.rent_elasticity)
        econ.set_hire[:] = 7000.0
        for _ in range(12):
            phases.convert_malls(econ)
            econ.draws.month = econ.month = econ.month + 1
        monthly = p.capital_cost_year / 12
        annuity = monthly / (1 - (1 + monthly) ** (-12 * p.base_horizon_years))
        margin = 30 * 7000 * (1 - p.base_operating_share) / p.crew_floor_m2 - p.conversion_capex_yuan_m2 * annuity
        gradient = p.demand_gradient / p.rent_elasticity
        centre = region.rent[region.city == city].max()
        here = econ.malls.city == city
        km, converted = region.distance_km[econ.malls.cell[here]], econ.malls.converted[here]
        edges[shock] = math.log(p.shell_rent_ratio * centre / margin) / gradient
        label = f"prices down {shock:.0%}: "
        yield Check(
            label + "inner edge of converted malls, km", edges[shock], float(km[converted].min(initial=np.inf)), 2.0
        )
        gap = margin - p.shell_rent_ratio * region.rent[econ.malls.cell[here]]
        yield Check(label + "malls on the wrong side", 0, int((converted != (gap > 0)).sum()), 0)
    yield Check("shift of the edge, km", math.log(0.75) / p.demand_gradient, edges[0.25] - edges[0.0], 1e-9)


@case(
    "V5",
    "ln(p_t/c*) = (1-kappa)^t ln(p_0/c*); c* = m (r + b F a)/(30 u* (1-o)); kappa 0: eta (u - u*) a month",
    "set hire drawn to cost, no base open and nobody waiting for one (P6c)",
)
def pass_through() -> Iterator[Check]:
    econ = world(0, scale=0.1, venues=False, shell_rent_ratio=0.4, base_target_utilisation=0.7)
    p, malls, rent = econ.p, econ.malls, econ.region.rent
    malls.derelict, malls.derelict[malls.city == 0] = True, False  # nothing is idle in one city
    monthly = p.capital_cost_year / 12
    annuity = monthly / (1 - (1 + monthly) ** (-12 * p.base_horizon_years))
    beta = 0.5 + math.sqrt(0.25 + 2 * p.capital_cost_year / p.set_hire_volatility**2)
    service = beta / (beta - 1) * annuity * np.array([[p.conversion_capex_yuan_m2], [p.costume_capex_yuan_m2]])
    shells = np.array([0.4 * rent[malls.cell[malls.city == j]].min() for j in range(len(econ.cities))])
    shells[0] = rent[econ.region.city == 0].min()
    cost = p.crew_floor_m2 * (shells + service) / (30 * 0.7 * (1 - p.base_operating_share))
    econ.bases.remove(np.ones(len(econ.bases), bool))
    econ.set_demand = np.zeros_like(econ.set_demand)
    econ.survey = econ.survey._replace(days_on_location=1e3 * econ.survey.days_on_location)  # no cap in sight

    def after(months: int, start: np.ndarray) -> np.ndarray:
        econ.set_hire = start.copy()
        for _ in range(months):
            phases.adjust_set_fees(econ)
        return econ.set_hire

    yield Check("a month at c*, largest change", 0, float(np.abs(after(1, cost) / cost - 1).max()), 1e-12)
    for start in (0.5, 2.0):
        gap = np.log(after(24, start * cost) / cost) - 0.9**24 * math.log(start)
        yield Check(f"24 months from {start:g} c*, largest error of the log", 0, float(np.abs(gap).max()), 1e-9)
    econ.set_demand[:] = 1e9
    steady = cost * math.exp(p.set_price_use_response * (p.set_shortage_cap - 0.7) / p.set_price_cost_pull)
    gap = np.abs(after(600, cost) / steady - 1)
    yield Check("steady where crews stand in line, largest error", 0, float(gap.max()), 1e-9)
    econ.p = dataclasses.replace(p, set_price_cost_pull=0.0)
    gap = np.log(after(12, cost) / cost) - 12 * p.set_price_use_response * (p.set_shortage_cap - 0.7)
    yield Check("without the pull 12 months of use alone, largest error of the log", 0, float(np.abs(gap).max()), 1e-9)


def _entrants(econ: MicroDramaEconomy, city: int, cost: float) -> int:
    """Bases of one crew that pay at the hire after entry, one after another in ever dearer shells."""
    p, n = econ.p, 0
    response, pull = (p.set_price_use_response, p.set_price_cost_pull) if p.pass_through else (0.02, 0.0)
    rents = np.sort(p.shell_rent_ratio * econ.region.rent[econ.malls.cell[econ.malls.city == city]])
    want, hire = econ.set_demand[0, city] / 30, math.log(econ.set_hire[0, city])
    while want / p.base_target_utilisation > p.visibility * n:
        use = min(want / (p.visibility * n + 1), 1.0)
        price = hire
        for _ in range(p.price_horizon_months):  # P6d, month by month
            price += response * (use - p.base_target_utilisation) + pull * (math.log(cost) - price)
        takings = 30 * math.exp(price) * use * (1 - p.base_operating_share) / p.crew_floor_m2
        if takings <= rents[n] + econ.conversion_terms.service[0]:
            break
        n += 1
    return n


@case(
    "V5",
    "30 p_e u' (1-o)/m > r_shell + b F a for every base built and for no further one",
    "entry to eight cities at eight prices and demands, entrepreneurs without limit (P6)",
)
def free_entry() -> Iterator[Check]:
    for pass_through, visibility in ((True, 1.0), (True, 0.4), (False, 1.0)):
        econ = world(
            0,
            pass_through=pass_through,
            visibility=visibility,
            genres=False,
            conversion_looks=1,
            price_horizon_months=9,
            entry=False,
            scale=0.1,
        )
        k = len(econ.cities)
        crowd(econ, 50 * k)
        econ.studios.city = np.arange(50 * k) % k
        econ.malls.derelict, econ.malls.idle_since = True, -100_000
        econ.bases.remove(np.ones(len(econ.bases), bool))
        econ.slots.remove(np.ones(len(econ.slots), bool))
        cost = bases.break_even_prices(econ)
        econ.set_demand[0], econ.set_demand[1] = 30 * np.linspace(2.3, 30, k), 0.0
        econ.set_hire = cost * np.linspace(0.9, 2.0, k)[::-1]
        expected = [_entrants(econ, j, float(cost[0, j])) for j in range(k)]
        phases.convert_malls(econ)
        built = np.bincount(econ.bases.city, minlength=k)
        label = f"{'with' if pass_through else 'without'} pass-through, rivals seen by {visibility:.0%}: "
        yield Check(label + "cities with another number of bases", 0, int((built != expected).sum()), 0)
        yield Check(label + "bases", sum(expected), int(built.sum()), 0)


@case(
    "V5",
    "E conversions = looks x studios/scale; share of landlords willing 1 - 2^-(idle/half-life)",
    "demand for sets without limit: entrepreneurs are scarce, then landlords (P6)",
)
def scarce_entrepreneurs() -> Iterator[Check]:
    for scale in (0.1, 0.4):
        econ = world(0, scale=scale, entry=False, mall_size_m2=2000.0)
        econ.malls.derelict, econ.malls.idle_since = True, -100_000
        econ.set_demand[:] = 1e9
        econ.set_hire[:] = 1e5
        before, months = len(econ.bases), 24
        for _ in range(months):
            phases.convert_malls(econ)
            next_month(econ)
        expected = months * econ.p.conversion_looks * econ.studios_by_city().sum() / scale
        error = 4 * 0.5 * math.sqrt(months * len(econ.cities))
        yield Check(f"conversions in {months} months at scale {scale:g}", expected, len(econ.bases) - before, error)
    econ = world(0, scale=0.4, conversion_looks=1, landlord_half_life_months=5)
    k = len(econ.cities)
    crowd(econ, 500 * k)
    econ.studios.city = np.arange(500 * k) % k
    econ.malls.derelict, econ.malls.idle_since = True, econ.month - 10
    econ.set_demand[:] = 1e9
    econ.set_hire[:] = 1e5
    phases.convert_malls(econ)
    malls = len(econ.malls)
    share = float(econ.malls.converted.sum()) / malls
    yield Check("share of shells let after two half-lives", 0.75, share, 4 * math.sqrt(0.75 * 0.25 / malls))
    econ.malls.idle_since = econ.month
    before = len(econ.bases)
    phases.convert_malls(econ)
    yield Check("shells let in the month in which they fall idle", 0, len(econ.bases) - before, 0)


@case("V5", "closes if M < -12 (lease + debt service)", "bases a fen above and below the limit (P7)")
def closures() -> Iterator[Check]:
    econ = world(0, scale=0.2, closure_lease_months=12)
    every = econ.bases
    every.rent_yuan_m2_month, every.lease_ends, every.opens = 20.0, 10**6, 0
    every.debt_fen, every.service_fen = 10**9, 7_654_321
    owe = np.arange(len(every)) % 2 == 0
    every.debt_fen[~owe] = 0
    limit = 12 * (np.floor(20 * every.floor_m2 * 100 + 0.5).astype(np.int64) + owe * every.service_fen)
    over = np.arange(len(every)) % 3 == 0
    econ.ledger.pay("inputs", (every, ALL), (econ.rest_of_china, 0), limit + over)
    ids = every.id[~over].tolist()
    phases.close_bases(econ)
    wrong = {*ids} ^ {*econ.bases.id.tolist()}
    yield Check("bases that close or stay though they should not", 0, len(wrong), 0)
    yield Check("bases left", len(ids), len(econ.bases), 0)


@case(
    "V5",
    "V = E (a + b fall); W = W0 (1 + min(1.6 mu/(1 + ln 4), mu)); ln(h/c) -> eta/kappa (u - u*)",
    "no film bases and venues for everybody; then few venues (P9)",
)
def venues() -> Iterator[Check]:
    scenario = load_scenario("baseline")
    none = np.zeros(len(scenario.cities))
    numbers = scenario.cities.numbers | {"base_crews_2020": none, "costume_crews_2020": none}
    scenario.cities = dataclasses.replace(scenario.cities, numbers=numbers)
    econ = MicroDramaEconomy(
        scenario,
        rng=1,
        scale=0.1,
        venues=True,
        venue_crews_million=50,
        mall_conversion=False,
        genres=False,
        policy=False,
        fatigue=False,
    )
    econ.run_for(20)
    p, panel, cities = econ.p, econ.panel, econ.cities
    fall = 1 - econ.house_index[:, 19] / econ.house_index[:, :20].max(axis=1)
    crews = 0.1 * cities.employment_million * (50 + p.venue_crews_fall * fall)
    yield Check("crews of room, largest error", 0, float(np.abs(panel.array("venue_crews")[19] - crews).max()), 1e-9)
    days, shot = panel.array("venue_days"), panel.array("series_shot").sum()
    yield Check("shooting days that are not at venues", 0, float((panel.array("shoot_days") - days).sum()), 0)
    expected = p.shooting_days * (1 + min(1.6 * p.set_moves / (1 + math.log(4)), p.set_moves))
    yield Check("days of a series", expected, float(days.sum() / shot), 4 * 0.5 / math.sqrt(shot))
    paid = econ.ledger.matrix[list(FLOWS).index("location_hire")].sum() / 100
    yield Check(
        "location hire is days times hire, yuan", float(days[19] @ panel.array("venue_hire_yuan_day")[18]), paid, 10
    )
    econ.venue_demand, econ.region.rent = 1e9 * crews, 0.7 * econ.region.rent_2020
    for _ in range(400):
        bases.move_venue_hire(econ)
    above = p.set_price_use_response / p.set_price_cost_pull * (p.set_shortage_cap - p.base_target_utilisation)
    gap = np.log(econ.venue_hire / (0.7 * p.venue_yuan_day)) - above
    yield Check("steady hire where all want venues, largest error of the log", 0, float(np.abs(gap).max()), 1e-9)

    econ = MicroDramaEconomy(
        scenario,
        rng=1,
        scale=0.1,
        venues=True,
        venue_crews_million=0.2,
        venue_crews_fall=0,
        mall_conversion=False,
        genres=False,
        policy=False,
        least_crew_share=0,
    )
    econ.run_for(30)
    busy = econ.panel.array("series_shot")[12:].sum(axis=0) > 60
    gap = (econ.panel.array("venue_days") - 30 * econ.panel.array("venue_crews"))[12:, busy].sum(axis=0)
    yield Check("days let over those there are, of few venues in 18 months", 0, float(np.abs(gap).max()), 12)

    rng, n, room = np.random.default_rng(8), 400, np.array([90.0, 200.0, 0.0])
    group, u, base = rng.integers(0, 6, n), rng.random(n), np.where(rng.random(n) < 0.2, 3, -1)
    turn, long = rng.permutation(n), np.array([4.4, 6.1, 5.0])
    taken = np.full(n, 9)
    left = room.copy()
    got, _ = find_venues(turn, base, group, u, taken, long, room)
    expected_days = np.full(n, 9)
    for one in turn:
        needed = int(long[group[one] % 3] + u[one])
        if group[one] < 3 and base[one] < 0 and left[group[one]] > 0:
            left[group[one]] -= needed
            expected_days[one] = needed
    yield Check("series with other days than first come, first served", 0, int((taken != expected_days).sum()), 0)
    yield Check("days left, largest error", 0, float(np.abs(left - room).max()), 0)
    yield Check("series at venues", int((expected_days != 9).sum()), int(got.sum()), 0)


# ------------------------------------------------------------------------- queues and ruin


def _offered(law: str, rng: np.random.Generator, n: int, mean: float) -> np.ndarray:
    if law == "exponential":
        return rng.exponential(mean, n)
    return np.full(n, mean) if law == "fixed" else rng.lognormal(math.log(mean) - 0.405, 0.9, n)


@case("V7", "Erlang B: (a^c/c!) / sum a^i/i!, whatever the law of service", "sets of one city, nobody waits (S5)")
def sets_without_queues() -> Iterator[Check]:
    rng, c, load, n = np.random.default_rng(2), 10, 8.5, 120_000
    ready = np.cumsum(rng.exponential(4.4 / load, n))
    expected = load**c / math.factorial(c) / sum(load**i / math.factorial(i) for i in range(c + 1))
    for law in ("fixed", "exponential", "lognormal"):
        slot, _ = assign_sets(
            np.arange(n),
            np.zeros(n, int),
            _offered(law, rng, n, 4.4),
            ready,
            np.array([0]),
            np.array([c]),
            np.zeros(c),
            0.0,
            np.inf,
            0.0,
        )
        yield Check(f"lost to locations, {law} days", expected, float((slot < 0).mean()), 0.006)


@case("V7", "Poisson(lambda E S), whatever the law of service", "sets of one city, more than anybody needs (S5)")
def sets_without_limit() -> Iterator[Check]:
    rng, load, n = np.random.default_rng(4), 8.5, 60_000
    ready = np.cumsum(rng.exponential(4.4 / load, n))
    for law in ("fixed", "exponential", "lognormal"):
        days = _offered(law, rng, n, 4.4)
        slot, start = assign_sets(
            np.arange(n), np.zeros(n, int), days, ready, np.array([0]), np.array([60]), np.zeros(60), 0.0, np.inf, 0.0
        )
        busy = (np.arange(n) - np.searchsorted(np.sort(start + days), ready))[1000:]  # at the arrival of each
        yield Check(f"in use, mean, {law} days", load, float(busy.mean()), 0.25)
        yield Check(f"in use, variance, {law} days", load, float(busy.var()), 0.75)
        yield Check(f"turned away, {law} days", 0, float((slot < 0).sum()), 0)


@case("V7", "Erlang C: W_q = C(c, a) / (c/m - lambda)", "sets of one city, first come first served (S5)")
def sets_with_queues() -> Iterator[Check]:
    rng, c, load, n = np.random.default_rng(3), 10, 8.5, 400_000
    ready = np.cumsum(rng.exponential(4.4 / load, n))
    _, start = assign_sets(
        np.arange(n),
        np.zeros(n, int),
        rng.exponential(4.4, n),
        ready,
        np.array([0]),
        np.array([c]),
        np.zeros(c),
        0.0,
        np.inf,
        np.inf,
    )
    last = load**c / math.factorial(c) * c / (c - load)
    busy = last / (sum(load**i / math.factorial(i) for i in range(c)) + last)
    yield Check("mean wait, days", busy * 4.4 / (c - load), float((start - ready).mean()), 0.15)
    yield Check("share that waits", busy, float((start > ready + 1e-9).mean()), 0.015)


def _paid(econ: MicroDramaEconomy, *windows: Window) -> MicroDramaEconomy:
    econ.policies = windows
    phases.announce(econ, 60)
    econ.month = econ.draws.month = 12
    econ.officials.film_budget_fen = econ.officials.subsidy_budget_fen = 10**14
    phases.look_around(econ)
    return econ


@case("G5b", "odds times e^(eta b / m R)", "40,000 studios pick a cell where a park gives services (P3b)")
def drawn_into_a_zone() -> Iterator[Check]:
    econ, cells = office_world()
    city, p = econ.cities.index("zhengzhou"), econ.p
    zone = econ.region.cells_of("zhengzhou", "zhengdong")
    before = np.isin(phases.office_cells(econ, city, tastes(40_000)), zone).mean()
    rent = econ.region.city_mean(econ.region.rent)[city] * p.office_m2_per_studio
    size = 3 * rent / p.office_rent_weight * 0.5  # so that the odds rise by e^1.5
    _paid(econ, Window("zhengzhou", "park_services", 0, min(size, 1e6), zone="zhengdong"))
    size = min(size, p.overhead_yuan_month * econ.cities.price_level[city])
    after = np.isin(phases.office_cells(econ, city, tastes(40_000)), zone).mean()
    odds = before / (1 - before) * math.exp(p.office_rent_weight * size / rent)
    yield Check("share in the zone", odds / (1 + odds), after, 0.0075)
    surplus = studios._surplus_of_zones(econ)
    support = studios.expected_support(econ)
    value = studios.worth_of_cells(econ, 0 * support)[cells]
    chance = softmax(value, 1.0)
    exact = (
        rent / p.office_rent_weight * math.log((chance * np.exp(p.office_rent_weight * support[cells] / rent)).sum())
    )
    yield Check("worth of the park to a studio of the city over the formula", 1, surplus[city] / exact, 1e-9)
    yield Check("worth of other cities' parks", 0, np.delete(surplus, city).sum(), 0)


@case("G5b", "the same support everywhere is worth that support", "a city-wide gift in kind, and a zone of all cells")
def support_everywhere() -> Iterator[Check]:
    econ, _ = office_world()
    _paid(econ, Window("xian", "housing", 0, 3000.0))
    yield Check(
        "worth of 3,000 yuan everywhere", 3000, studios._surplus_of_zones(econ)[econ.cities.index("xian")], 1e-6
    )
    ends = []
    for zone in ("", "everywhere"):
        scenario = load_scenario("baseline")
        scenario.zones = (*scenario.zones, Zone("xian", "everywhere", "", "park", 0, 0, 99))
        scenario.policies = (
            Window("xian", "rent_subsidy", 2, 0.4, zone=zone, budget_yuan_year=1e7),
            Window("xian", "park_services", 3, 5000.0, zone=zone, cap_yuan_firm_year=3e4),
        )
        econ = world(18, scenario)
        ends.append(
            (econ.studios.cell.sum(), econ.studios.cash_fen.sum(), *econ.panel.array("paid_rent_subsidy_yuan").ravel())
        )
    yield Check(
        "difference of a policy for all cells from one for the city", 0, float(np.abs(np.subtract(*ends)).max()), 0
    )


@case("G5b", "paid = phi min(s, k/12), and overhead is less by it", "caps, budgets and overheads of studios in a zone")
def paid_in_a_zone() -> Iterator[Check]:
    for size, cap, budget in ((4000.0, None, None), (4000.0, 12_000.0, None), (4000.0, None, 12e6), (1e6, None, None)):
        econ, cells = office_world(scale=1)
        city = econ.cities.index("zhengzhou")
        zone = econ.region.cells_of("zhengzhou", "centre")
        crowd(econ, 800, city)
        econ.studios.cell = np.where(np.arange(800) < 500, zone[0], cells.start)
        window = Window(
            "zhengzhou", "park_services", 0, size, zone="centre", cap_yuan_firm_year=cap, budget_yuan_year=budget
        )
        _paid(econ, window)
        econ.earmarked_fen[list(COSTLY).index("park_services"), 0, city] = (
            0 if budget is None else int(budget / 12 * 100)
        )
        before = econ.studios.cash_fen.copy()
        phases.pay_studio_costs(econ)
        overhead = econ.p.overhead_yuan_month * econ.cities.price_level[city]
        each = min(size, overhead if cap is None else cap / 12)
        each = min(each, budget / 12 / 500) if budget else each
        paid = before - econ.studios.cash_fen
        rent = econ.region.rent[econ.studios.cell] * econ.p.office_m2_per_studio
        saved = overhead - (paid / 100 - rent)
        what = f"saved of {overhead:,.0f} yuan overhead at {size:,.0f}, cap {cap}, budget {budget}"
        yield Check(what, each, saved[:500].mean(), 0.02)
        yield Check("saved outside the zone", 0, np.abs(saved[500:]).max(), 0.02)
        yield Check("paid by the city, yuan", 500 * each, econ.panel.now["paid_park_services_yuan"][city], 10)


def _tight_world() -> tuple[MicroDramaEconomy, int, Any]:
    """A city whose malls are all idle, where no base pays its rent; and which cells are in a zone of it."""
    econ = world(0, scale=1, pass_through=False, base_price_adjustment=0, genres=False, conversion_looks=1, entry=False)
    p, city = econ.p, econ.cities.index("zhengzhou")
    crowd(econ, 400, city)
    econ.malls.derelict, econ.malls.idle_since = True, -100_000
    econ.bases.remove(np.ones(len(econ.bases), bool))
    econ.slots.remove(np.ones(len(econ.slots), bool))
    econ.set_demand[0], econ.set_demand[1] = 1e9, 0.0
    earns = 0.3 * p.shell_rent_ratio * econ.region.rent[econ.region.city == city].min()
    need = (earns + econ.conversion_terms.service[0]) * p.crew_floor_m2
    econ.set_hire[0] = need / (30 * (1 - p.base_operating_share))
    return econ, city, np.isin(np.arange(len(econ.region.x)), econ.region.cells_of("zhengzhou", "zhengdong"))


@case("G4b", "G = S_z there and 0 elsewhere", "state space and public bases of a zone, demand for sets without limit")
def bases_of_a_zone() -> Iterator[Check]:
    later = Window("zhengzhou", "state_space", 60, 1.0, zone="zhengdong")
    for elsewhere, here in ((2.0, 3.0), (0.0, 3.35)):
        econ, city, zone = _tight_world()
        malls, p, officials = econ.malls, econ.p, econ.officials
        floor = p.mall_m2 // p.crew_floor_m2 * p.crew_floor_m2
        _paid(econ, later)
        econ.honoured["state_space"][:] = 1.0
        officials.space_left_m2[city], officials.zone_space_m2[city] = elsewhere * floor, here * floor
        rents = np.sort(p.shell_rent_ratio * econ.region.rent[malls.cell[zone[malls.cell]]])
        phases.convert_malls(econ)
        inside = zone[econ.bases.cell]
        given = econ.bases.given_m2
        what = f"where {elsewhere:g} malls are given anywhere and {here:g} in the zone"
        yield Check(f"bases outside without space, {what}", 0, int((given[~inside] == 0).sum()), 0)
        least = min(math.ceil(here) - 1, int(inside.sum()))
        yield Check(f"bases in the zone, at least, {what}", math.ceil(here) - 1, least, 0)
        gap = np.abs(np.sort(econ.bases.rent_yuan_m2_month[inside]) - rents[: inside.sum()]).max(initial=0.0)
        yield Check(f"rents there, error against its cheapest shells, {what}", 0, float(gap), 1e-9)
        left = officials.zone_space_m2[city], officials.space_left_m2[city]
        yield Check(f"m2 given and left, {what}", (elsewhere + here) * floor, float(given.sum() + sum(left)), 1e-6)
        gap = given[~inside].sum() + left[1] - elsewhere * floor
        yield Check(f"m2 of the zone given elsewhere, {what}", 0, max(float(gap), 0.0), 1e-6)

    econ, city, zone = _tight_world()
    econ.malls.derelict[zone[econ.malls.cell]] = False
    window = Window("zhengzhou", "public_studio", 12, 3 * floor, end=15, zone="zhengdong")
    _paid(econ, window, Window("zhengzhou", "public_studio", 13, floor, end=14))
    for month in (12, 13, 14, 15):
        econ.month = econ.draws.month = month
        econ.officials.film_budget_fen[:] = 10**14
        phases.carry_out_policy(econ)
    inside = zone[econ.bases.cell]
    yield Check("floor of public bases in the zone, m2", 3 * floor, float(econ.bases.floor_m2[inside].sum()), 0)
    yield Check("floor of public bases elsewhere, m2", floor, float(econ.bases.floor_m2[~inside].sum()), 0)
    cheapest = econ.region.rent[zone].min()
    yield Check("rent of their cells there", cheapest, float(econ.region.rent[econ.bases.cell[inside]].max()), 1e-9)


@case("G4b", "K_z / ticket stakes in the zone, (K - K_z) / ticket anywhere", "a state fund with capital for a zone")
def equity_in_a_zone() -> Iterator[Check]:
    for anywhere, here in ((0, 7), (5, 7), (30, 40)):
        econ, cells = office_world(scale=1)
        city, funds = econ.cities.index("zhengzhou"), econ.state_funds
        zone = econ.region.cells_of("zhengzhou", "centre")
        crowd(econ, 60, city)
        outside = np.setdiff1d(np.arange(cells.start, cells.stop), zone)
        econ.studios.cell = np.where(np.arange(60) % 3 == 0, zone[0], outside[0])
        econ.studios.expected = 3 * econ.series_cost
        inside = np.isin(econ.studios.cell, zone)
        _paid(econ, Window("zhengzhou", "state_fund", 60, 1.0, zone="centre"))
        ticket = round(100 * econ.p.ticket_yuan)
        econ.ledger.pay("fund_capital", (econ.officials, city), (funds, np.array([city])), (anywhere + here) * ticket)
        funds.for_zone_fen[city] = here * ticket
        phases.invest(econ)
        stakes = econ.studios.state_bp > 0
        what = f"with {anywhere} tickets for anybody and {here} for the zone"
        yield Check(f"stakes, {what}", anywhere + min(here, int(inside.sum())), int(stakes.sum()), 0)
        least = min(here, int(inside.sum()))
        yield Check(f"stakes in the zone, at least, {what}", least, min(least, int(stakes[inside].sum())), 0)
        left = (here - least) * ticket
        yield Check(f"capital left for the zone, fen, {what}", left, int(funds.for_zone_fen[city]), 0)


@case("G4b", "a zone that is the city is the city", "space, bases and equity for a zone of all cells, 20 months")
def totals_everywhere() -> Iterator[Check]:
    ends = []
    for zone in ("", "everywhere"):
        scenario = load_scenario("baseline")
        scenario.zones = (*scenario.zones, Zone("xian", "everywhere", "", "park", 0, 0, 99))
        sizes = {"public_studio": 1e5, "state_space": 3e5, "state_fund": 2000.0}
        scenario.policies = tuple(Window("xian", name, 2, size, zone=zone, end=30) for name, size in sizes.items())
        econ = world(20, scenario, conversion_looks=0.5, conversion_lag_months=1)
        paid = [econ.panel.array(f"paid_{name}_yuan").ravel() for name in sizes]
        ends.append(np.concatenate([*paid, econ.panel.array("base_crews").ravel(), [econ.studios.cash_fen.sum()]]))
    yield Check("paid for these, yuan, at least", 1e6, min(1e6, float(ends[0][:-1].sum())), 0)
    yield Check("difference from policy for the city", 0, float(np.abs(np.subtract(*ends)).max()), 0)


def _queue(rng: np.random.Generator) -> dict[str, Any]:
    """Series of three groups that ask for slots of bases; slots in the order of their bases."""
    n, slots = 400, 60
    ready = np.sort(rng.uniform(0, 30, n))
    base_of = np.sort(rng.integers(0, 15, slots))
    group_of = base_of // 5
    first = np.searchsorted(group_of, np.arange(4))
    return {
        "turn": np.arange(n),
        "group": rng.integers(0, 3, n),
        "days": rng.integers(3, 9, n),
        "ready": ready,
        "first": first[:-1],
        "last": first[1:],
        "opens": 0.0,
        "closes": 30.0,
        "patience": 6.0,
        "base_of": base_of,
    }


@case(
    "S5b",
    "trips that cost nothing: the first set free, as in S5",
    "400 series, 15 bases of like hire, with and without trips",
)
def nearest_sets() -> Iterator[Check]:
    rng = np.random.default_rng(2)
    queue = _queue(rng)
    free = rng.uniform(-10, 20, 60)
    n, bases_there = 400, 15
    where = {
        "fee": np.full(bases_there, 4000.0),
        "at_x": rng.integers(-9, 10, n),
        "at_y": rng.integers(-9, 10, n),
        "centre": rng.uniform(size=n) < 0.3,
        "base_x": rng.integers(-9, 10, bases_there),
        "base_y": rng.integers(-9, 10, bases_there),
        "base_km": rng.uniform(1, 18, bases_there),
        "least_km": 1.04,
        "cell_km": 2.0,
    }
    slot, start = assign_sets(**{k: v for k, v in queue.items() if k != "base_of"}, free=(plain := free.copy()))
    near, begins, _ = assign_nearest_sets(**queue, **where, trip=0.0, free=(same := free.copy()))
    yield Check("series with another set or day", 0, np.count_nonzero((slot != near) | (start != begins)), 0)
    yield Check("slots free at another time", 0, np.count_nonzero(plain != same), 0)
    lone = {**queue, "turn": np.arange(1)}
    worst = 0.0
    for series in range(n):
        lone["turn"] = np.array([series])
        near, begins, km = assign_nearest_sets(**lone, **where, trip=12.0, free=np.zeros(60))
        cells = 2.0 * np.hypot(where["base_x"] - where["at_x"][series], where["base_y"] - where["at_y"][series])
        far = np.maximum(where["base_km"] if where["centre"][series] else cells, 1.04)
        own = np.arange(15) // 5 == queue["group"][series]
        own &= np.isin(np.arange(15), queue["base_of"])
        worst = max(worst, float(km[series] - far[own].min()), float(far[own].min() - km[series]))
    yield Check("km beyond the nearest base, all free, like hire", 0, worst, 1e-12)


@case("S5b", "m* = eta (u - mean u) / kappa, and no premium on average", "three bases with steady use (S5b)")
def hire_of_its_own() -> Iterator[Check]:
    econ = world(0, scale=1, nearest_sets=True)
    p, there = econ.p, econ.bases
    there.opens = -1
    rows = np.flatnonzero((there.city == econ.cities.index("hengdian")) & (there.genre == 0))
    use = np.linspace(0.2, 0.9, len(rows))
    for _ in range(200):
        there.booked_days[rows] = np.floor(30 * there.crews[rows] * use)
        bases._move_premiums(econ)
    booked = there.booked_days[rows] / (30 * there.crews[rows])
    mean = (booked * there.crews[rows]).sum() / there.crews[rows].sum()
    error = np.abs(there.premium[rows] - p.base_hire_response * (booked - mean) / p.base_hire_fade).max()
    yield Check("largest error of a premium", 0, error, 1e-8)
    yield Check("premium over all crews", 0, (there.premium[rows] * there.crews[rows]).sum(), 1e-8)
    fee = bases.set_fee_fen(econ)[rows] / 100
    yield Check(
        "hire of the busiest over that of the idlest",
        math.exp(np.ptp(there.premium[rows])),
        fee.max() / fee.min(),
        1e-3,
    )


@case("V7", "stock = flow x (1 - q)/q (Little)", "series on screen in a market that stands still (D4)")
def series_on_screen() -> Iterator[Check]:
    econ = MicroDramaEconomy(rng=2, scale=1, market_growth=False, review=False, policy=False, property_crisis=False)
    econ.run_for(30)
    stock, flow = [], []
    for _ in range(90):
        before = econ.counts["released"]
        econ.step()
        flow.append(econ.counts["released"] - before)
        stock.append(int((econ.series.stage == 2).sum()))
    q = 1 - (1 - econ.p.wom_end) ** 4
    drift = (stock[-1] - stock[0]) / len(stock)
    expected = (np.mean(flow) - drift) * (1 - q) / q
    yield Check("mean stock over its value by Little's law", 1, float(np.mean(stock) / expected), 0.05)


def _ruined(cash: int, months: int, draw: Callable[[int, int], np.ndarray], n: int) -> float:
    """Share of studios that close when each month's profit (whole units) is drawn, and all else stands still."""
    econ = world(0, credit_line_yuan=0, idle_limit_months=120)
    ids, unit = crowd(econ, n), 10**8
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, np.arange(n)), np.full(n, cash * unit))
    for month in range(months):
        gain = np.round(draw(month, n)[econ.studios.id - ids[0]] * unit).astype(np.int64)
        up, down = np.flatnonzero(gain > 0), np.flatnonzero(gain < 0)
        econ.ledger.pay("founders", (econ.rest_of_china, 0), (econ.studios, up), gain[up])
        econ.ledger.pay("founders", (econ.studios, down), (econ.rest_of_china, 0), -gain[down])
        econ.studios.idle_months = 0
        phases.close_studios(econ)
    return 1 - len(econ.studios) / n


@case("V8", "P(ruin | c) = z^(c+1), z = 1 - p + p z^R", "one project a month costs 1 and pays R with chance p (S11)")
def ruin_by_projects() -> Iterator[Check]:
    for p, pays, cash, n in ((0.1, 12, 10, 6000), (0.1, 20, 30, 6000)):
        rng = np.random.default_rng(pays)
        z = optimize.brentq(lambda x, p=p, pays=pays: 1 - p + p * x**pays - x, 0, 1 - 1e-6)
        expected = z ** (cash + 1)
        got = _ruined(cash, 900, lambda _, n, p=p, pays=pays, rng=rng: pays * (rng.random(n) < p) - 1.0, n)
        yield Check(f"p = {p}, R = {pays}, c = {cash}", expected, got, 4 * math.sqrt(expected * (1 - expected) / n))


@case("V8", "closed in month c/l + 1, or never", "the same loss l, or none, every month (S11)")
def ruin_without_luck() -> Iterator[Check]:
    for loss, months, expected in ((2.0, 5, 0), (2.0, 6, 1), (0.0, 40, 0)):
        got = _ruined(10, months, lambda _, n, loss=loss: np.full(n, -loss), 40)
        yield Check(f"c = 10, l = {loss:g}: share closed after {months} months", expected, got, 0)


@case(
    "V8",
    "Phi((-c-mT)/s sqrt T) + exp(-2mc/s^2) Phi((-c+mT)/s sqrt T), c + 0.5826 s for whole months",
    "Gaussian monthly profits (S11; Broadie, Glasserman & Kou 1997)",
)
def ruin_by_luck() -> Iterator[Check]:
    n = 8000
    for cash, mean, sd, months in ((10, 0.1, 2.0, 60), (6, -0.05, 1.5, 36)):
        rng, c = np.random.default_rng(cash), cash + 0.5826 * sd
        root = sd * math.sqrt(months)
        expected = stats.norm.cdf((-c - mean * months) / root) + math.exp(-2 * mean * c / sd**2) * stats.norm.cdf(
            (-c + mean * months) / root
        )
        got = _ruined(cash, months, lambda _, n, m=mean, s=sd, rng=rng: rng.normal(m, s, n), n)
        yield Check(f"c = {cash}, m = {mean}, s = {sd}, {months} months", expected, got, 4 * math.sqrt(0.25 / n))


# ------------------------------------------------------------------------- tipping


def _share_map(weight: float, taste: float, form: str = "linear", tilt: float = 0.0) -> Callable[[Any], Any]:
    """Next shares of cities when everybody chooses by the model's own externality and logit."""

    def step(share: np.ndarray) -> np.ndarray:
        value = weight * rules.worth_of_share(share / share.sum(), len(share), form == "log", 1e-12)
        return softmax(value + tilt * (np.arange(len(share)) == 0), taste)

    return step


def _settle(step: Callable[[Any], Any], share: np.ndarray, rounds: int = 20_000) -> np.ndarray:
    for _ in range(rounds):
        new = step(share)
        if np.abs(new - share).max() < 1e-13:
            break
        share = new
    return share


@case("V9a", "m = tanh(theta m / 2 mu): pitchfork at theta = 2 mu", "two cities, linear externality (A1-A4)")
def pitchfork() -> Iterator[Check]:
    taste = 0.2

    def lean(theta: float) -> float:
        share = _settle(_share_map(theta / 2, taste), np.array([0.6, 0.4]))
        return float(share[0] - share[1])

    yield Check("lean below the fork", 0, lean(0.96 * 2 * taste), 1e-4)
    theta = 1.2 * 2 * taste
    m = optimize.brentq(lambda m: m - math.tanh(theta * m / (2 * taste)), 0.01, 1)
    yield Check("lean above it", m, lean(theta), 1e-8)


@case("V9b", "h_c = theta m* - 2 mu artanh m*, m* = sqrt(1 - 2 mu/theta)", "two cities, one of them favoured by h")
def hysteresis() -> Iterator[Check]:
    for theta in (2.2, 2.5, 3.0, 4.0):
        m = math.sqrt(1 - 2 / theta)
        expected = theta * m - 2 * math.atanh(m)
        share, step = np.array([1e-3, 1 - 1e-3]), 0.0025
        tilt = 0.0
        while share[0] < 0.5:
            tilt += step
            share = _settle(_share_map(theta / 2, 1.0, tilt=tilt), share)
        yield Check(f"tilt at which the lead flips, theta = {theta}", expected, tilt - step / 2, step)


@case(
    "V9c",
    "fold = min_p ln[p(K-1)/(1-p)] / [p - (1-p)/(K-1)] mu; even split lost at K mu",
    "K like cities, linear externality",
    slow=True,
)
def many_cities() -> Iterator[Check]:
    for k in (3, 6, 8):
        found = optimize.minimize_scalar(
            lambda p, k=k: math.log(p * (k - 1) / (1 - p)) / (p - (1 - p) / (k - 1)),
            (1.2 / k, 0.7, 0.99),
            bounds=(1.001 / k, 1 - 1e-9),
            method="bounded",
        )
        low, high = 0.5 * k, 1.2 * k
        for _ in range(30):
            middle = (low + high) / 2
            lead = _settle(_share_map(middle / k, 1.0), np.array([0.98] + [0.02 / (k - 1)] * (k - 1)), 4000)[0]
            low, high = (low, middle) if lead > 1.5 / k else (middle, high)
        yield Check(f"lowest theta that holds a lead, K = {k}", float(found.fun), high, 0.01)
        start = np.full(k, 1 / k) + 1e-7 * (np.arange(k) - (k - 1) / 2)
        kept = [_settle(_share_map(f * k / k, 1.0), start, 3000).max() * k < 1.01 for f in (0.98, 1.02)]
        yield Check(f"even split kept at 0.98 and lost at 1.02 of K mu, K = {k}", 1, float(kept == [True, False]), 0)


@case("V9d", "a_c = mu, whatever K", "K like cities, externality a ln s")
def logarithmic() -> Iterator[Check]:
    for k in (2, 8):
        start = np.full(k, 1 / k) + 1e-6 * (np.arange(k) - (k - 1) / 2)
        kept = [_settle(_share_map(0.2 * f, 0.2, "log"), start, 6000).max() * k < 1.01 for f in (0.98, 1.02)]
        yield Check(f"even split kept at 0.98 and lost at 1.02 of mu, K = {k}", 1, float(kept == [True, False]), 0)


@case("V9e", "perturbations fade by 1 - rho (1 - theta/(K mu))", "a share rho chooses anew each month")
def critical_slowing() -> Iterator[Check]:
    for rate, theta, k in ((0.05, 1.5, 2), (0.1, 6.0, 8)):
        step, even = _share_map(theta / k, 1.0), np.full(k, 1 / k)
        share = even + 1e-6 * (np.arange(k) - (k - 1) / 2)
        after = (1 - rate) * share + rate * step(share)
        got = float(((after - even) / (share - even))[0])
        yield Check(f"rho = {rate}, theta = {theta}, K = {k}", 1 - rate * (1 - theta / k), got, 1e-6)


@case(
    "V10", "E T = sum t_k, t_k = 1/up_k + dn_k/up_k t_(k-1)", "two cities, one of 40 studios moves at a time (S8 draws)"
)
def tipping_time() -> Iterator[Check]:
    n, theta, runs = 40, 2.4, 2000
    lean = np.arange(n + 1) / n
    p1 = 1 / (1 + np.exp(-theta * (2 * lean - 1)))
    up, down = (1 - lean) * p1, lean * (1 - p1)
    t = np.zeros(n + 1)
    for k in range(n):
        t[k] = 1 / up[k] + (down[k] / up[k] * t[k - 1] if k else 0.0)
    start, end = 4, 20
    expected = t[start:end].sum() / n
    draws, rng = Draws(11), np.random.default_rng(11)
    count, taken = np.full(runs, start), np.full(runs, -1)
    value = theta / 2 * np.array([rules.worth_of_share(np.array([k, n - k]) / n, 2, False, 0.0) for k in range(n + 1)])
    for event in range(60_000):
        open_runs = np.flatnonzero(taken < 0)
        if not len(open_runs):
            break
        draws.month = event
        here = count[open_runs]
        luck = draws("tip").gumbel(open_runs + 1, np.array([7, 9]))
        went = np.array([best_option(each, 1.0, of) for each, of in zip(value[here], luck)])
        leaves_first = rng.random(len(open_runs)) < here / n
        count[open_runs] += (went == 0).astype(int) - leaves_first
        taken[open_runs[count[open_runs] >= end]] = event + 1
    sweeps = taken / n
    yield Check("sweeps from 4 to 20 of 40", expected, float(sweeps.mean()), 4 * sweeps.std() / math.sqrt(runs))


# ------------------------------------------------------------------------- people and audiences


@case("V11", "pi_j ~ exp(U_j/mu) sum_k exp((U_k - c_jk)/mu)", "workers who all look around each month (L5)")
def migration() -> Iterator[Check]:
    econ = world(14, scale=0.2, migration_opportunity=1, migration_scale=0.6)
    p, region, k = econ.p, econ.region, len(econ.cities)
    role = 1
    keep = econ.actors.role == role
    econ.actors.remove(~keep)
    days = p.working_days_month * np.minimum(econ.prospects[:, role], 1) + 1
    worth = np.log(econ.day_rates[:, role] * days / econ.cities.price_level**p.price_level_exponent)
    hours = region.travel_hours
    cost = np.where(hours > 0, p.migration_cost + p.migration_cost_hour * hours, 0)
    z = np.exp((worth[None, :] - cost) / p.migration_scale).sum(axis=1)
    expected = np.exp(worth / p.migration_scale) * z
    expected /= expected.sum()
    for _ in range(80):
        phases.move_workers(econ)
        next_month(econ)
    seen = []
    for _ in range(40):
        phases.move_workers(econ)
        next_month(econ)
        seen.append(np.bincount(econ.actors.city, minlength=k) / len(econ.actors))
    worst = float(np.abs(np.mean(seen, axis=0) - expected).max())
    yield Check("largest error of a city's share", 0, worst, 0.012)
    naive = np.exp(worth / p.migration_scale)
    yield Check("...which is not that of exp(U/mu)", 1, float(np.abs(naive / naive.sum() - expected).max() > 0.02), 0)


@case("V11", "odds of home x exp(h/mu); m E_k / (E - E_j) (1 - d_k/d_j)+", "workers who come from other regions (L5b)")
def homecoming() -> Iterator[Check]:
    n, role, slugs = 200_000, 1, load_scenario("baseline").cities.slugs
    away, home, third = (slugs.index(slug) for slug in ("shanghai", "zhengzhou", "xian"))
    ids = stable_ids(Actors.kind, -1, 0, np.arange(n))
    odds: dict[str, Any] = {"return_migration": True, "migration_opportunity": 1.0, "migration_cost": 0.0}

    def colony(econ: MicroDramaEconomy, origin: Any) -> Actors:
        econ.actors.remove(np.ones(len(econ.actors), bool))
        econ.actors.add(ids, city=away, origin=origin, role=role)
        return econ.actors

    def log_odds(origin: int, richer: float = 1.0) -> tuple[float, float]:
        econ = world(14, scale=0.02, **odds)
        actors = colony(econ, origin)
        econ.day_rates[home] *= richer
        phases.move_workers(econ)
        went = np.bincount(actors.city, minlength=len(slugs))
        return math.log(went[home] / went[third]), 1 / went[home] + 1 / went[third]

    (strangers, a), (natives, b), (wooed, c) = log_odds(away), log_odds(home), log_odds(home, 1.5)
    spread, more = PARAMETERS["migration_scale"].default, "log odds of Zhengzhou against Xi'an, more"
    attached = PARAMETERS["home_attachment"].default / spread
    yield Check(f"{more} for natives than for strangers", attached, natives - strangers, 4 * math.sqrt(a + b))
    wage = math.log(1.5) / spread
    yield Check(f"{more} for natives if it pays 1.5 times as much", wage, wooed - natives, 4 * math.sqrt(b + c))
    econ = world(14, scale=0.02, **odds, home_attachment=20.0)
    actors = colony(econ, np.arange(n) % len(slugs))
    phases.move_workers(econ)
    yield Check("share of movers who go home, attachment 20", 1, float((actors.city == actors.origin).mean()), 0)

    econ = world(
        14, scale=0.02, return_migration=True, migration_opportunity=1, migration_cost=0.5, home_attachment=0.3
    )
    actors = colony(econ, home)
    for _ in range(60):
        phases.move_workers(econ)
        next_month(econ)
    days = econ.p.working_days_month * np.minimum(econ.prospects[:, role], 1) + econ.p.odd_job_days
    worth = np.log(econ.day_rates[:, role] * days / econ.cities.price_level**econ.p.price_level_exponent)
    worth[home] += 0.3
    hours = econ.region.travel_hours
    cost = np.where(hours > 0, econ.p.migration_cost + econ.p.migration_cost_hour * hours, 0)
    expected_share = np.exp(worth / spread) * np.exp((worth - cost) / spread).sum(axis=1)
    expected_share /= expected_share.sum()
    got = float((actors.city == home).mean())
    yield Check("share of its people at home in the end", float(expected_share[home]), got, 0.005)

    econ = world(0, return_migration=True)
    people, density = econ.cities.employment_million, econ.cities.workers_2020 / econ.cities.employment_million
    for slug in ("hengdian", "shanghai", "zhengzhou"):
        j = slugs.index(slug)
        known = 0.3 * people / (people.sum() - people[j]) * np.maximum(1 - density / density[j], 0)
        known[j] = 1 - known.sum()
        seen = np.bincount(phases.origins(econ, ids, np.full(n, j)), minlength=len(slugs)) / n
        yield Check(
            f"largest error of a region's share of those in {slug}", 0, float(np.abs(seen - known).max()), 0.004
        )
    even = world(0, return_migration=True, heritage=False, emigrants_share=1.0).actors
    yield Check("from elsewhere where the trade is spread like jobs", 0, float((even.origin != even.city).sum()), 0)


@case("V12a", "tail a: (1 - q) E[g^a] = 1", "audiences that grow at random and die (D4), last size")
def killed_gibrat() -> Iterator[Check]:
    drift, spread, weekly = -0.02, 0.28, 0.045
    q, draws, n = 1 - (1 - weekly) ** 4, Draws(4), 400_000
    tail = optimize.brentq(lambda a: (1 - q) * math.exp(4 * drift * a + 2 * (spread * a) ** 2) - 1, 0.2, 6)
    ids, size, final = np.arange(1, n + 1), np.ones(n), []
    for month in range(400):
        draws.month = month
        over = draws("series.end").happens(ids, audiences.month_end_probability(weekly))
        final.append(size[over])
        ids, size = ids[~over], size[~over]
        if not len(ids):
            break
        size = size * audiences.audience_growth(0.0, draws("series.word_of_mouth").normal(ids), drift, 0.0, spread)
    top = np.sort(np.concatenate(final))[-800:]
    hill = 1 / np.log(top[1:] / top[0]).mean()
    yield Check("Hill estimate of the tail", tail, float(hill), 4 * tail / math.sqrt(len(top)))


@case("V12c", "views ~ exp(b q)^(1/(1 - eta))", "one platform, promotion and word of mouth off, nothing ends (D3)")
def recommender() -> Iterator[Check]:
    econ = world(0, promotion=False, word_of_mouth=False, recommender_feedback=0.6, quality_effect=0.8)
    series = econ.series
    series.platform, series.commissioned, series.quality = 0, True, np.linspace(-1, 1, len(series))
    for _ in range(60):
        before = series.views.copy()
        phases.share_attention(econ)
    views = series.views - before
    slope = float(np.polyfit(series.quality, np.log(views), 1)[0])
    yield Check("slope of log views in quality", 0.8 / (1 - 0.6), slope, 1e-3)


@case("V12d", "social influence: more unequal and less predictable", "the same series in eight worlds (D3, D4)")
def social_influence() -> Iterator[Check]:
    """Salganik, Dodds & Watts (2006, doi:10.1126/science.1121066), figures 1 and 2: both signs."""
    gini, unpredictable = {}, {}
    for feedback in (0.0, 0.8):
        worlds = []
        for draws in range(8):
            econ = world(0, recommender_feedback=feedback, promotion=False)
            econ.draws = Draws(draws)
            econ.series.platform = 0
            for econ.draws.month in range(12):
                phases.share_attention(econ)
            worlds.append(econ.series.views / econ.series.views.sum())
        share = np.array(worlds)
        n = share.shape[1]
        gini[feedback] = float(np.mean(2 * np.sort(share) @ np.arange(1, n + 1) - (n + 1)) / n)
        unpredictable[feedback] = float(np.abs(share[:, None] - share).mean())
    yield Check("sign of the change of the Gini coefficient of attention", 1, np.sign(gini[0.8] - gini[0.0]), 0)
    change = unpredictable[0.8] - unpredictable[0.0]
    yield Check("sign of the change of the mean difference of shares between worlds", 1, np.sign(change), 0)


@case("V13", "sigma (ln n + 0.5772)", "best of a city's n actors for a series (L2)")
def pooling() -> Iterator[Check]:
    econ = world(0, sameness=False, match_spread=0.06, **NO_EXTERNALITIES)
    n, city = 40_000, econ.cities.index("beijing")
    keys = studios.series_keys(np.arange(1, n + 1), np.zeros(n, int), 0)
    taste = econ.draws("series.match").gumbel(keys)
    got = float(np.mean([production._quality_of_place(econ, city, each, 0.0) for each in taste]))
    pool = econ.pool[city, 2:].sum() / econ.p.scale
    yield Check(
        "mean match premium, log quality", 0.06 * (math.log(pool) + np.euler_gamma), got, 4 * 0.077 / math.sqrt(n)
    )


@case("V13", "events - sum of probabilities is a martingale", "inspections (C2) and burnouts (L4) of a run")
def hazards() -> Iterator[Check]:
    econ = MicroDramaEconomy(
        rng=3,
        scale=0.2,
        edge_value_domestic=1.0,
        discretion_cost=0.1,
        inspection_rate=0.3,
        tolerance=0.2,
        burnout_rate=0.1,
    )
    expected, variance, seen = np.zeros(2), np.zeros(2), np.zeros(2)

    def note(which: int, chance: np.ndarray, happened: int) -> None:
        expected[which] += chance.sum()
        variance[which] += (chance * (1 - chance)).sum()
        seen[which] += happened

    def inspect(e: MicroDramaEconomy) -> None:
        s = e.series
        shot = (s.shot == e.month) & (s.stage == FINISHING) & (s.city >= 0)
        hazard = e.p.inspection_rate * e.stringency * (1 - e.officials.tolerance[s.city[shot]])
        chance = 1 - np.exp(-hazard * s.edge[shot] * np.exp(-s.discretion[shot] / e.p.discretion_scale))
        phases.inspect_sets(e)
        note(0, chance, int(e.panel.now["caught"].sum()))

    def accumulate_fatigue(e: MicroDramaEconomy) -> None:
        a = e.actors
        weeks = a.days_worked * e.hours[a.city] * 7 / 30
        f = e.p.fatigue_memory * a.fatigue + np.maximum(weeks - e.p.rested_hours_week, 0) / e.p.fatigue_hours
        resting = a.away_until > e.month
        phases.accumulate_fatigue(e)
        chance = np.where(a.days_worked > 0, 1 - np.exp(-e.p.burnout_rate * f**2), 0)
        note(1, chance, int(((a.away_until > e.month) & ~resting).sum()))

    swap = {"inspect_sets": inspect, "accumulate_fatigue": accumulate_fatigue}
    econ.phases = [swap.get(phase.__name__, phase) for phase in econ.phases]
    econ.run_for(60)
    for name, z in zip(("caught", "burnt out"), (seen - expected) / np.sqrt(variance), strict=True):
        yield Check(f"{name}: events less expected, in standard deviations", 0, float(z), 4)
    yield Check("...out of at least 100 expected events each", 1, float((expected > 100).all()), 0)


@case("V13", "1 - exp(-h0)", "cities that designate the industry unprompted (G9)")
def imitation() -> Iterator[Check]:
    econ, joined, months = world(0, imitation_rate=0.05, imitation_success=0), 0, 2500
    for month in range(months):
        econ.draws.month = month
        econ.officials.imitates_from[:], econ.officials.extra_rebate[:] = -1, 0
        phases.imitate(econ)
        joined += int((econ.officials.imitates_from >= 0).sum())
    p, n = 1 - math.exp(-0.05), months * len(econ.cities)
    yield Check("share of city-months", p, joined / n, 4 * math.sqrt(p * (1 - p) / n))


@case("V13", "staffed iff 0.8 of the crew; days booked = days paid; wage = (bid + ask)/2", "one city, few workers (L2)")
def hiring() -> Iterator[Check]:
    days, worked, nobody_is_tired = np.array([5, 5, 5]), np.zeros(18, np.int32), np.zeros(18)
    staffed, _, people, paid, earned = labour._hire(
        turn=np.arange(3),
        city=np.zeros(3, int),
        days=days,
        bids=np.ones(3),
        crew=np.array([0, 10, 0, 0]),
        enough=0.8,
        sheet=np.arange(18),
        first=np.array([0, 0, 18, 18, 18]),
        day_rates=np.array([[0.0, 100.0, 0, 0]]),
        reservation=np.array([[0.0, 80.0, 0, 0]]),
        reservation_factor=np.ones(18),
        fatigue=nobody_is_tired,
        fatigue_pay=0.0,
        here=np.ones(18, bool),
        month_days=5,
        days_worked=worked,
        half=50.0,
    )
    yield Check("series staffed by 18 people of 5 days (10 + 8)", 2, float(staffed.sum()), 0)
    yield Check("days worked are people times days", float((people * days).sum()), float(worked.sum()), 0)
    yield Check("a day's wage, fen", 9000, float(paid.sum() / worked.sum()), 0)
    yield Check("what is paid is earned", float(paid.sum()), float(earned.sum()), 0)


@case(
    "V13",
    "N(t): within a year of five times the demand two to five times the workers",
    "five times the demand for crews (L7)",
    slow=True,
)
def booming_trade() -> Iterator[Check]:
    calm = MicroDramaEconomy(rng=1, scale=0.1, market_growth=False, property_crisis=False)
    calm.run_for(60)
    boom = calm.branch(market_multiple=5.0)
    for econ in (calm, boom):
        econ.run_for(12)
    ratio = boom.panel.last("workers").sum() / calm.panel.last("workers").sum()
    yield Check("workers after 12 months, of those without the boom", 3.5, float(ratio), 1.5)


@case("V13", "beta = theta where all are shot, 0 where none is", "openings that no crew fills (L5, L7)")
def openings_in_vain() -> Iterator[Check]:
    for rule in ("fillable", "shot"):
        staffed = MicroDramaEconomy(rng=1, scale=0.05, least_crew_share=0, expected_work=rule)
        vain = MicroDramaEconomy(rng=1, scale=0.05, shooting_days=12, working_days_month=8, expected_work=rule)
        for econ in (staffed, vain):
            econ.run_for(30)
        difference = np.abs(staffed.tightness - staffed.prospects).max()
        yield Check(f"{rule}: tightness less prospects where every series is shot", 0, float(difference), 0)
        yield Check(f"{rule}: tightness where a series takes longer than a month", 2, float(vain.tightness.max()), 0.2)
        yield Check(f"{rule}: prospects there", 0, float(vain.prospects.max()), 0)
        yield Check(f"{rule}: people who joined there", 0, float(vain.panel.array("workers_joined").sum()), 0)


@case("V13", "others hired >= 0.8 of all less one's own trade", "a vacancy among trades that need each other (L5c)")
def needed_to_complete() -> Iterator[Check]:
    # Eight of ten people are a crew: a trade that completes it is wanted, and none where two are missing.
    for here, needed in (
        ((4, 3, 3), (1, 1, 1)),
        ((4, 0, 3), (0, 1, 0)),
        ((4, 2, 2), (1, 1, 1)),
        ((3, 1, 1), (0, 0, 0)),
    ):
        fillable = labour._hire(
            turn=np.arange(1),
            city=np.zeros(1, int),
            days=np.array([5]),
            bids=np.ones(1),
            crew=np.array([4, 3, 3]),
            enough=0.8,
            sheet=np.arange(sum(here)),
            first=np.cumsum([0, *here]),
            day_rates=np.full((1, 3), 100.0),
            reservation=np.full((1, 3), 80.0),
            reservation_factor=np.ones(sum(here)),
            fatigue=np.zeros(sum(here)),
            fatigue_pay=0.0,
            here=np.ones(sum(here), bool),
            month_days=5,
            days_worked=np.zeros(sum(here), np.int32),
            half=50.0,
        )[1]
        for trade, found in enumerate(fillable[0]):
            yield Check(f"{here} people of 4, 3, 3 wanted: trade {trade} is what lacks", needed[trade], float(found), 0)
    econ = world(0)
    econ.series.city[:2] = 1
    econ.booking = econ.booking._replace(series=np.arange(2), days=np.array([5, 6]))
    wanted = labour._wanted(econ, np.array([4, 3, 3]), np.ones((2, 3), bool))
    yield Check("days of people that two series want", 4 * 11, float(wanted[1, 0]), 0)


@case(
    "V13",
    "o, w_r and the floor of w fall by 1 - (p/100)^psi; ln w_lead by beta ln e",
    "a slump by half, wages at rest (L1, L3)",
)
def slump_releases() -> Iterator[Check]:
    econ = world(outside_income_elasticity=0.5, lead_bidding=0.3, wage_response=0.0)
    econ.house_index = np.full_like(econ.house_index, 64.0)
    before, rates = demography.outside_income(econ)[0, 0], econ.day_rates[0].copy()
    econ.chart = econ.chart * np.array([[4.0], [1.0]])
    labour.adjust_wages(econ)
    yield Check("reservation wage", 0.8, econ.reservation[0, 1] / econ.reservation_2020[0, 1], 1e-12)
    yield Check("outside income", 0.8 * 0.55 * 22 * rates[0], before, 1e-9)
    yield Check("log day rate of leads", 0.3 * math.log(4), math.log(econ.day_rates[0, 3] / rates[3]), 1e-12)
    econ.day_rates = np.full_like(econ.day_rates, 1.0)
    labour.adjust_wages(econ)
    yield Check("floor of day rates", 0.9 * 0.8 * rates[1], econ.day_rates[0, 1], 1e-9)


@case("V13", "managers' part = c (R - I)+, investors' the rest", "private funds that hold stakes for five years (F1)")
def waterfall() -> Iterator[Check]:
    econ = world(0)
    funds, every = econ.private_funds, np.arange(len(econ.private_funds))
    invested, yearly = 1_000_000, np.array([100_000, 300_000, 0, 900_000, 200_000])
    funds.invested_fen[:] = invested
    for year, back in enumerate(yearly):
        econ.month = 12 * year + 11
        amount = np.full(len(every), back)
        econ.ledger.pay("private_capital", (econ.rest_of_china, 0), (funds, every), amount)
        funds.returned_fen += amount
        phases.distribute_returns(econ)
        gain = max(int(yearly[: year + 1].sum()) - invested, 0)
        kept = econ.p.carried_interest * gain
        yield Check(f"year {year + 1}: what managers have got, fen", kept, float(funds.carried_fen[0]), 1)
    yield Check("what investors have got, fen", yearly.sum() - kept, float(funds.distributed_fen[0]), 1)
    funds.raised_fen[:] = 10 * invested
    units = balance_sheets(econ)[[*BALANCE_ITEMS].index("fund_units")]
    out = len(every) * 10 * invested - funds.distributed_fen.sum()
    yield Check("fund units: capital called less capital paid back, fen", -out, units[[*SECTORS].index("PF")], 0)
    record = {"private_capital_yuan_month": 1e6, "fund_record_weight": 2.0, "scale": 1.0}
    raised = []
    for lost in (0, invested // 2):
        econ = world(0, **record)
        econ.private_funds.invested_fen[:], econ.private_funds.written_off_fen[:] = invested, lost
        phases.raise_private_capital(econ)
        raised.append(econ.private_funds.raised_fen.sum())
    yield Check("capital raised after half was written off, of the usual", 0.25, raised[1] / raised[0], 1e-6)


@case(
    "V13",
    "owed = min(T (1 - Y / M T)+, cash+); accepts if M (e^dV - 1) < worth",
    "studios that promise a state fund to spend M tickets T in its city and spend Y there (G7)",
)
def broken_promises() -> Iterator[Check]:
    econ = world(0, fund_mandate=2.0, promise_worth=0.5)
    crowd(econ, 6)
    studios, ticket = econ.studios, round(100 * econ.p.ticket_yuan)
    promise, there, k = 2 * ticket, 3, len(econ.cities)
    studios.mandate_city[:], studios.mandate_left_fen[:] = there, promise
    studios.mandate_ends[:] = [econ.month] * 5 + [econ.month + 1]
    _spend(econ, owner=[1, 2, 3, 4], city=[there] * 4, local=promise * np.array([0.25, 0.5, 1.5, 0.0]))
    _spend(econ, owner=[0, 1], city=[0, 1], local=[5 * promise, promise])
    start = (ticket * np.array([5, 5, 0.1, 5, 0, 5])).astype(np.int64)
    econ.ledger.pay("founders", (econ.rest_of_china, 0), (studios, np.arange(6)), start - studios.cash_fen)
    econ.ledger.pay("fund_claw_back", (studios, np.array([4])), (econ.state_funds, np.array([0])), np.array([ticket]))
    before = studios.cash_fen.copy()
    funds = econ.state_funds.cash_fen.copy()
    phases.claw_back(econ)
    owed = ticket * np.array([1, 0.75, 0.1, 0, 0, 0])
    yield Check("clawed back from a studio, largest error, fen", 0, np.abs(before - studios.cash_fen - owed).max(), 1)
    got = econ.state_funds.cash_fen - funds
    yield Check("what the fund of the city promised gets, tickets", 1.85, got[there] / ticket, 1e-6)
    yield Check("what other funds get, fen", 0, got.sum() - got[there], 0)
    still = (studios.mandate_city >= 0) | (studios.mandate_left_fen > 0)
    yield Check("promises that stay open", 1, np.count_nonzero(still), 0)
    next_month(econ)
    phases.claw_back(econ)
    yield Check("tickets back at the end of the last term", 1, (before[5] - studios.cash_fen[5]) / ticket, 1e-6)
    limit = math.log1p(0.5 / 2)
    limit = math.log1p(0.5 / 2)
    econ.survey = econ.survey._replace(home_value=np.array([limit - 0.01, limit + 0.01, 0, *[-1] * (k - 3)]))
    accepts = funds_phase._would_promise(econ)
    yield Check("cities whose studios promise to spend in the third", k - 1, np.count_nonzero(accepts[:, 2]), 0)
    yield Check("cities in which those of the third do not", k - 3, np.count_nonzero(~accepts[2]), 0)


def _spend(econ: MicroDramaEconomy, *, owner: list[int], city: list[int], local: Any) -> None:
    """Studios shoot a series each in a city and spend there; as much again is spent elsewhere."""
    series, n, fen = econ.series, len(owner), np.asarray(local).astype(np.int64)
    series.remove(np.ones(len(series), bool))
    series.add(np.arange(n), local_fen=fen, cost_fen=2 * fen)
    for row in range(n):
        production._keep_promise(econ, row, owner[row], city[row])


@case("V5", "K_t = K_0 (1 - 1/(12 L))^t", "film bases that wear out over L years (P7)")
def wear_of_bases() -> Iterator[Check]:
    econ = world(0)
    bases = econ.bases
    first, years = 10**12, econ.p.base_life_years
    bases.capital_fen[:] = first
    for months in (1, 24):
        while econ.month < months:
            next_month(econ)
            phases.pay_base_costs(econ)
        worn = first * (1 - 1 / (12 * years)) ** months
        yield Check(f"capital after {months} months, over what is left", 1, (bases.capital_fen / worn).max(), 1e-6)
    econ = world(0, base_operating_share=0.5, base_reserve_months=3)
    econ.bases.booked_days = 4
    takings = base_revenue_fen(econ)
    econ.bases.rent_yuan_m2_month = takings / 4 / 100 / econ.bases.floor_m2
    cash = takings * np.resize([0, 1, 2, 4], len(takings))
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (econ.bases, ALL), cash)
    phases.pay_base_costs(econ)
    to_owner = cash - takings // 4 - takings // 2 - econ.bases.cash_fen
    drawn = np.maximum(cash - takings // 4 * 10, 0)  # less lease, operation, three leases and the month's takings
    yield Check("drawn by owners, largest error, fen", 0, np.abs(to_owner - drawn).max(), 0)


# ------------------------------------------------------------------------- public money


def _treasury(**values: Any) -> MicroDramaEconomy:
    """A world in which film policy is a prior claim on revenue and land prices follow house prices one to one."""
    return world(0, fiscal_rule="prior_claim", policy=False, land_price_elasticity=1, **values)


def _month_of_revenue(econ: MicroDramaEconomy, month: int) -> dict[str, np.ndarray]:
    """What cities paid in a month in which nothing but their treasuries is at work: yuan by city."""
    econ.month = month
    phases.open_month(econ)
    before = econ.officials.cash_fen - econ.officials.film_budget_fen * (month % 12 > 0) - econ.public_savings_fen
    phases.raise_revenue(econ)
    taxes = econ.usual_budget.tax_fen + econ.officials.land_income_fen
    after = econ.officials.cash_fen - econ.officials.film_budget_fen - econ.public_savings_fen
    assert not after.any()
    film = econ.officials.film_budget_fen
    return {"income": (taxes + before) / 100, "film": film / 100, "debt": econ.officials.debt_fen / 100}


@case(
    "V17",
    "B = phi R (1 + s (1 - L/L0)+); C closes half its gap to c R in h months; a cut takes as much of all",
    "film policy as a prior claim, house prices halved in a month (G1, G2b)",
)
def prior_claim() -> Iterator[Check]:
    econ = _treasury(land_substitution=2, committed_half_life_months=6, city_debt_limit_years=10)
    econ.house_index[:] = 50
    p, usual = econ.p, econ.usual_budget
    tax, land = usual.tax_fen / 100, usual.land
    claim = p.film_claim * (tax + land / 2) * (1 + 2 * 0.5)
    for month in range(12):
        found = _month_of_revenue(econ, month)
        got = float((found["film"] / claim).mean())
        if month in (0, 5, 11):
            yield Check(
                f"film budget after {month + 1} months in which nothing was spent, over B", month + 1, got, 1e-6
            )
        if month == 5:
            half = p.committed_share * (tax + land * 0.75)
            yield Check(
                "committed spending after a half-life", 1, float((econ.committed_fen / 100 / half).mean()), 1e-9
            )
    got = float((_month_of_revenue(econ, 12)["film"] / claim).mean())
    yield Check("the same in January, when the year's budget lapses", 1, got, 1e-6)
    econ = _treasury(city_debt_limit_years=0, committed_share=1, committed_half_life_months=math.inf)
    econ.house_index[:] = 50
    found = _month_of_revenue(econ, 0)
    wanted = p.film_claim * (tax + land / 2)
    left = found["income"] / (tax + land + wanted)
    yield Check(
        "film budget over its claim, less the part of all spending that is covered",
        0,
        float(np.abs(found["film"] / wanted - left).max()),
        1e-6,
    )
    yield Check("debt taken at a limit of nothing", 0, float(found["debt"].max()), 0)
    short = float(np.abs(econ.panel.now["cut_for_debt"] - (1 - left)).max())
    yield Check("cut that the panel shows, less the true one", 0, short, 1e-9)


@case(
    "V17",
    "paid = min(claims, budget/12 a month, carried on to December); city spending falls by the budget",
    "rent subsidies of one city with budgets of their own (G3, G5)",
)
def budgets() -> Iterator[Check]:
    def run(*windows: Window, months: int = 14, **values: Any) -> MicroDramaEconomy:
        scenario = load_scenario("baseline")
        scenario.policies = windows
        econ = MicroDramaEconomy(scenario, rng=5, scale=0.05, annual_plans=False, imitation=False, **values)
        econ.run_for(months)
        return econ

    def offer(start: int = 2, size: float = 1.0, **terms: Any) -> Window:
        return Window("zhengzhou", "rent_subsidy", start, size, **terms)

    def of(econ: MicroDramaEconomy, column: str) -> np.ndarray:
        return econ.panel.array(column)[:, econ.cities.index("zhengzhou")]

    def others(econ: MicroDramaEconomy, month: int) -> float:
        return float(econ.panel._ledger[month][list(FLOWS).index("city_spending")].sum()) / 100

    none, free = run(), run(offer())
    short, ample = run(offer(budget_yuan_year=6e5)), run(offer(budget_yuan_year=1.2e9))
    part = 6e5 / 12 * short.p.scale
    yield Check(
        "paid in a month, less a twelfth of the yearly budget",
        0,
        float(np.abs(of(short, "paid_rent_subsidy_yuan")[2:] - part).max()),
        0.2,
    )
    honoured = of(short, "honoured_share")[2:] * of(short, "claimed_rent_subsidy_yuan")[2:]
    yield Check("share honoured of what was claimed, less what was paid", 0, float(np.abs(honoured - part).max()), 0.2)
    film = [of(econ, "film_budget_yuan")[2] for econ in (none, short, free)]
    yield Check("what it took from the film budget", 0, float(film[0] - film[1]), 0)
    yield Check(
        "what a subsidy without a budget took from it",
        float(of(free, "paid_rent_subsidy_yuan")[2]),
        float(film[0] - film[2]),
        0.02,
    )
    part = 1e8 * ample.p.scale
    yield Check("fall of city spending", part, others(none, 2) - others(ample, 2), 0.02)
    usual, less = (run(*w, months=3, fiscal_rule="residual") for w in ((), (offer(budget_yuan_year=1.2e9),)))
    yield Check("fall of city spending under the residual", part, others(usual, 2) - others(less, 2), 0.02)
    left = float(ample.earmarked_fen.sum()) / 100
    yield Check(
        "left in February of a large budget", 2 * part - of(ample, "paid_rent_subsidy_yuan")[12:].sum(), left, 0.02
    )
    yield Check("announced with it, a month", part, float(of(ample, "announced_rent_subsidy_yuan")[5]), 0.02)
    in_all = run(offer(end=12, budget_yuan_total=6e5))
    yield Check("paid under a budget in all", 6e5 * in_all.p.scale, of(in_all, "paid_rent_subsidy_yuan").sum(), 0.5)
    both = run(offer(size=0.5, budget_yuan_year=6e5), offer(size=0.5))
    rest = of(both, "claimed_rent_subsidy_yuan")[2] - 6e5 / 12 * both.p.scale
    yield Check(
        "paid from the film budget beside one of its own", rest, float(film[0] - of(both, "film_budget_yuan")[2]), 0.05
    )
    alone = run(offer(size=0.9), offer(start=5, size=0.2, end=8, mode="replace"))
    for month, rate in ((4, 0.9), (5, 0.2), (7, 0.2), (8, 0.9)):
        yield Check(
            f"rate in month {month} of a window replaced from 5 to 7", rate, of(alone, "rent_subsidy_rate")[month], 0
        )
    cut = run(offer(0, budget_yuan_year=1.2e12), months=1, fiscal_rule="prior_claim", city_debt_limit_years=0)
    wanted = 1e11 * cut.p.scale
    given = (cut.earmarked_fen.sum() / 100 + of(cut, "paid_rent_subsidy_yuan")[0]) / wanted
    yield Check(
        "part of a budget left by a debt limit, less that of all spending", 1 - of(cut, "cut_for_debt")[0], given, 1e-9
    )


@case("V17", "rebate <= B/L", "rebates that cities plan and copy beyond their means (G8, G9)")
def plans_within_the_budget() -> Iterator[Check]:
    econ = world(24, imitation_catch_up=1, plan_step=0.1)
    officials = econ.officials
    spending = econ.panel.array("local_spending_yuan")[12:24].sum(axis=0)
    means = np.linspace(0.05, 0.3, len(officials))
    officials.film_grant_fen = np.ceil(100 * means * spending / 12 / (1 - econ.p.investment_share))
    officials.rebate[:], officials.extra_rebate[:], officials.designated[:], officials.imitates_from[:] = 0.5, 0, 1, -1
    econ.last_rebate = officials.rebate.copy()
    phases.plan_year(econ)
    got = officials.rebate + officials.extra_rebate
    yield Check("planned rebate over what the budget can pay", 1, float((got / means).mean()), 1e-5)
    own = econ.policy_budgets.yearly[econ.month, COST.index("rebate")]
    own[:] = 100 * spending  # a month's would pay for a year's; nothing in the shared budget
    officials.film_budget_fen, econ.rebate_response = np.zeros_like(officials.film_budget_fen), np.full(len(means), 5.0)
    officials.rebate[:], officials.extra_rebate[:] = 0.1, 0
    econ.last_rebate = officials.rebate.copy()
    phases.plan_year(econ)
    more = float(officials.extra_rebate.mean())
    yield Check("rebate planned on a budget of its own, more than last year's", 0.1, more, 1e-9)
    own[:] = 0
    officials.rebate[:], officials.extra_rebate[:], officials.imitates_from[:] = 0, 0, 0
    officials.rebate[0] = 1
    phases.imitate(econ)
    copied = officials.extra_rebate[1:] / means[1:]
    yield Check("copied rebate over what the budget can pay", 1, float(copied.mean()), 1e-5)


@case(
    "V17",
    "days saved = min(d D phi, review); people trained in T months = floor(T n), at most budget / price",
    "what designation and training cost and do (G3b)",
)
def designation_channels() -> Iterator[Check]:
    plain = world(20)
    plain.officials.designated[:] = 1
    plain.series.platform[::2] = plain.platforms.mode.argmax()  # shown overseas, and not reviewed
    for part, money in ((1.0, 10**12), (0.5, 0)):
        runs = [plain.branch(designation_filing_days=0), plain.branch()]
        with_it = runs[1]
        for econ in runs:
            phases.book_sets(econ)
            phases.hire(econ)
            officials = econ.officials
            rows = econ.booking.series[econ.staffed]
            reviewed = rows[econ.platforms.mode[econ.series.platform[rows]] != MODES.index("overseas")]
            count = np.bincount(econ.series.city[reviewed], minlength=len(officials))
            half = np.int64(50 * econ.p.filing_service_yuan) * count
            officials.film_budget_fen = officials.subsidy_budget_fen = half + money
            phases.shoot(econ)
        assert len(reviewed) and len(reviewed) < len(rows)
        saved = (runs[0].series.due - with_it.series.due)[rows]
        days = part * with_it.p.designation_filing_days
        yield Check(f"days saved, {part:.0%} paid", days * len(reviewed) / len(rows), float(saved.mean()), 1e-9)
        paid = with_it.ledger.paid("filing_service") / 100
        yield Check(f"cost of it, {part:.0%} paid", part * with_it.p.filing_service_yuan * len(reviewed), paid, 0.1)

    def train(**terms: Any) -> MicroDramaEconomy:
        scenario = load_scenario("baseline")
        scenario.policies = (Window("xian", "training", 0, 30.0, **terms),)
        econ = MicroDramaEconomy(scenario, rng=5, scale=0.05, labour_entry=False, film_budget_share=0.5)
        econ.run_for(12)
        return econ

    for people, econ in ((18, train()), (6, train(budget_yuan_year=6e5))):
        joined = econ.panel.array("workers_joined").sum(axis=0)
        yield Check("people trained in a year", people, float(joined[econ.cities.index("xian")]), 0)
        yield Check("others who joined", 0, float(joined.sum() - people), 0)
        spent = float(econ.panel.array("paid_training_yuan").sum())
        yield Check("cost of training them", people * econ.p.training_yuan, spent, 0)


@case(
    "V17",
    "built iff 30 p_e u' (1-o)/m + h r G/F > r + b F a, G = min(S, F); the city pays r G in proportion to its budget",
    "idle state space given to film bases, demand for sets and entrepreneurs without limit (G3c)",
)
def given_space() -> Iterator[Check]:
    econ = world(
        0, scale=0.1, pass_through=False, base_price_adjustment=0, genres=False, conversion_looks=1, entry=False
    )
    p, k, officials, malls = econ.p, len(econ.cities), econ.officials, econ.malls
    crowd(econ, 50 * k)
    econ.studios.city = np.arange(50 * k) % k
    malls.derelict, malls.idle_since = True, -100_000
    econ.bases.remove(np.ones(len(econ.bases), bool))
    econ.slots.remove(np.ones(len(econ.slots), bool))
    econ.set_demand[0], econ.set_demand[1] = 1e9, 0.0
    rents = [np.sort(p.shell_rent_ratio * econ.region.rent[malls.cell[malls.city == j]]) for j in range(k)]
    earns = 0.6 * np.array([rent[0] for rent in rents])  # less than the rent of any shell
    econ.set_hire[0] = (
        (earns + econ.conversion_terms.service[0]) * p.crew_floor_m2 / (30 * (1 - p.base_operating_share))
    )
    floor = p.mall_m2 // p.crew_floor_m2 * p.crew_floor_m2
    honoured, space = np.resize([1.0, 0.45, 0.3, 1.0], k), floor * np.resize([2.5, 1.0, 9.0, 0.35, 3.0, 0.0], k)
    econ.honoured["state_space"], officials.space_left_m2 = honoured.copy(), space.copy()
    expected: list[tuple[int, float]] = []
    for j in range(k):
        left = space[j]
        for rent in rents[j]:
            given = min(left, floor)
            if earns[j] + honoured[j] * rent * given / floor <= rent:
                break
            expected.append((j, given))
            left -= given
    phases.convert_malls(econ)
    order = np.lexsort((-econ.bases.given_m2, econ.bases.city))
    built = list(zip(econ.bases.city[order].tolist(), econ.bases.given_m2[order].tolist(), strict=True))
    assert len({city for city, _ in expected}) > 2
    yield Check("bases built where the city spares them the lease", len(expected), len(built), 0)
    wrong = sum(a[0] != b[0] or abs(a[1] - b[1]) > 1e-6 for a, b in zip(expected, built, strict=False))
    yield Check("of these, with another city or other space", 0, wrong, 0)
    given = np.bincount(econ.bases.city, econ.bases.given_m2, k)
    yield Check("space left, largest error, m2", 0, float(np.abs(space - given - officials.space_left_m2).max()), 1e-6)

    rent = econ.bases.rent_yuan_m2_month = 20.0 + np.arange(len(econ.bases))
    econ.bases.given_m2 = np.where(np.arange(len(econ.bases)) % 2, floor, floor / 4)
    claims = np.bincount(econ.bases.city, rent * econ.bases.given_m2, k)
    share = np.resize([1.0, 0.5], k)
    officials.film_budget_fen = officials.subsidy_budget_fen = np.ceil(100 * share * claims).astype(np.int64)
    econ.policy_budgets.shared[:] = True
    phases.pay_space_leases(econ)
    now = econ.panel.now
    untaken = officials.space_left_m2 * p.shell_rent_ratio * econ.region.city_mean(econ.region.rent)
    for what, yuan in (("announced", claims + untaken), ("claimed", claims), ("paid", share * claims)):
        gap = np.abs(now[f"{what}_state_space_yuan"] - yuan).max()
        yield Check(f"{what}, largest error by city, yuan", 0, float(gap), 0.2)
    recent = np.where(claims > 0, honoured + p.honoured_update_weight * (share - honoured), honoured)
    gap = np.abs(econ.honoured["state_space"] - recent).max()
    yield Check("share honoured as remembered, largest error", 0, float(gap), 1e-6)
    phases.pay_base_costs(econ)
    lease = float((rent * econ.bases.floor_m2).sum())
    own = econ.ledger.paid("shell_lease") / 100
    yield Check("leases that bases pay themselves, yuan", lease - float((share * claims).sum()), own, 1)
    yield Check("what landlords get, yuan", lease, econ.landlords.cash_fen.sum() / 100, 0.2)

    net = rent * (1 - econ.honoured["state_space"][econ.bases.city] * econ.bases.given_m2 / econ.bases.floor_m2)
    earns = np.maximum(net, p.rent_floor_yuan_m2_month) * np.where(np.arange(len(rent)) % 3, 1.01, 0.99)
    stays = (np.arange(len(rent)) % 3 > 0) | (net == 0)
    econ.bases.lease_ends, econ.bases.opens = econ.month + p.lease_months, -9  # renewed this month
    hire = econ.set_hire[0][econ.bases.city] * 30 * (1 - p.base_operating_share) / p.crew_floor_m2
    econ.bases.usual_use, econ.bases.booked_days = earns / hire / (1 - p.base_use_update_weight), 0
    econ.ledger.pay("loans", (econ.rest_of_china, 0), (econ.bases, ALL), np.maximum(-econ.bases.cash_fen, 0))
    ids = econ.bases.id[stays].tolist()
    phases.close_bases(econ)
    assert 0 < len(ids) < len(stays)
    yield Check("bases that close or stay at renewal though they should not", 0, len({*ids} ^ {*econ.bases.id}), 0)

    econ.p = dataclasses.replace(p, policy_end_month=econ.month)
    phases.pay_space_leases(econ)
    yield Check("given and paid once there is no film policy", 0, float(econ.bases.given_m2.sum()), 0)
    yield Check("lease that cities still pay then, fen", 0, int(econ.bases.lease_paid_fen.sum()), 0)


@case(
    "V17",
    "the city pays min(1, R/D) of the hire off base, R = scenes x days x scale; studios expect h min(1, R/D)",
    "public scenes open free of charge, modern series off base (G3d)",
)
def free_scenes() -> Iterator[Check]:
    plain = world(20, scale=0.3, policy=False, venue_crews_million=0.3)
    plain.slots.remove(np.arange(len(plain.slots)) % 4 > 0)  # of four series three find no set
    k = len(plain.cities)
    plain.policy_budgets.shared[:] = True
    phases.book_sets(plain)
    phases.hire(plain)
    booking, series = plain.booking, plain.series
    off = plain.staffed & (booking.base < 0) & (series.genre[booking.series] == 0)
    rows = booking.series[off]
    city, days, venue = series.city[rows], booking.days[off], booking.venue[off]
    hire = days * np.where(venue, plain.venue_hire[city], plain.cities.location_yuan_day[city])
    wanted, before = np.bincount(city, days, k), plain.days_off_base.copy()
    scenes = np.resize([0.5, 2.0, 0.2], k) * np.maximum(wanted, 1) / (plain.p.scene_days_month * plain.p.scale)
    scenes[wanted.argmin()] = 3.0
    room = scenes * plain.p.scene_days_month * plain.p.scale
    part = np.minimum(1, room / np.maximum(wanted, 1e-9))
    claims = np.bincount(city, hire * part[city], k)
    assert venue.any() and not venue.all() and (part[city] < 1).any() and (part[city] == 1).any()
    for share in (1.0, 0.25):
        econ, without = plain.branch(), plain.branch()
        econ.officials.free_scenes = scenes
        for each in (econ, without):
            budget = np.ceil(100 * share * claims).astype(np.int64)
            each.officials.film_budget_fen = each.officials.subsidy_budget_fen = budget
            phases.shoot(each)
        label, now = f"{share:.0%} paid: ", econ.panel.now
        for what, yuan in (("claimed", claims), ("paid", share * claims)):
            gap = np.abs(now[f"{what}_free_scenes_yuan"] - yuan).max()
            yield Check(f"{label}{what}, largest error by city, yuan", 0, float(gap), 1)
        announced = np.maximum(room * econ.cities.location_yuan_day, claims)
        gap = np.abs(now["announced_free_scenes_yuan"] - announced).max()
        yield Check(f"{label}announced, largest error by city, yuan", 0, float(gap), 1)
        spared = (without.series.local_fen - econ.series.local_fen)[rows] / 100
        gap = np.abs(spared - share * hire * part[city]).max()
        yield Check(f"{label}what each series is spared, largest error, yuan", 0, float(gap), 0.1)
        other = float(np.abs(without.series.local_fen - econ.series.local_fen).sum() / 100 - spared.sum())
        yield Check(f"{label}what any other series is spared, yuan", 0, other, 0.1)
        owners = econ.landlords.cash_fen - without.landlords.cash_fen
        yield Check(f"{label}what owners of places lose or gain, fen", 0, int(np.abs(owners).max()), 0)
        phases.survey_cities(econ)
        phases.survey_cities(without)
        recent = before + econ.p.set_update_weight * (wanted - before)
        honoured = np.where(claims > 0, 1 + econ.p.honoured_update_weight * (share - 1), 1)
        left = 1 - honoured * np.minimum(1, room / np.maximum(recent, 1e-9))
        for where in ("location", "venue"):
            modern = (x.survey.location[0] if where == "location" else x.survey.venue for x in (econ, without))
            gap = np.divide(*modern) - left
            yield Check(f"{label}day at a {where} as expected, largest error", 0, float(np.abs(gap).max()), 1e-3)
        dress = np.abs(econ.survey.location[1] - without.survey.location[1]).max()
        yield Check(f"{label}difference for costume series", 0, float(dress), 0)

    start = world(20, mall_conversion=False, policy=True, genres=False, venues=False, location_scale=0.3)
    start.scenario.policies = ()
    open_to_all = load_scenario("baseline")
    open_to_all.policies = (Window("all", "free_scenes", 0, 1e5, budget_yuan_year=1e9),)
    values = {"mall_conversion": False, "genres": False, "venues": False, "location_scale": 0.3}
    free, nothing = start.branch(open_to_all, **values), start.branch(start.scenario)
    numbers = start.cities.numbers | {"location_yuan_day": np.zeros(k)}
    nothing.cities = dataclasses.replace(start.cities, numbers=numbers)
    for econ in (free, nothing):
        econ.run_for(24)
    for column in ("shoot_days", "studios", "value_yuan", "series_cost_yuan", "local_spending_yuan"):
        gap = np.abs(free.panel.array(column) - nothing.panel.array(column)).max()
        yield Check(f"{column} of a world without location hire, largest difference", 0, float(gap), 0)
    for econ in (free, nothing):
        econ.set_hire = 100 * econ.set_hire
        phases.adjust_set_fees(econ)
    gap = np.abs(free.set_hire[0] - nothing.set_hire[0]).max()
    yield Check("highest set hire that places for nothing leave, largest difference", 0, float(gap), 0)


# ------------------------------------------------------------------------- estimators, relations


@case("V14", "sum over orders / n!; the same for every seed", "a game of six, two of whom are worth one more together")
def shapley_values() -> Iterator[Check]:
    known = dict(zip("abcdef", (2.5, 1.5, 1, 1, 1, 0)))
    draws = np.random.default_rng(9).normal(size=8)
    found = decompose(
        {
            frozenset(s): draws + 2 * ("a" in s) + sum(p in s for p in "bcde") + ({"a", "b"} <= set(s))
            for size in range(7)
            for s in itertools.combinations(known, size)
        }
    )
    for player, value in known.items():
        yield Check(f"value of {player}", value, found.values[player].mean, 1e-12)
    yield Check("all values together, less the total", 0, sum(v.mean for v in found.values.values()) - 7, 1e-12)


@case(
    "V14", "mean gain at each age; DiD = gain (1 + phi/(K - 1)) if others lose phi of it", "panels with known effects"
)
def panel_estimators() -> Iterator[Check]:
    rng, start, t = np.random.default_rng(7), np.repeat([8, 14, 20, -1], 75), np.arange(30)
    slope = np.repeat([0.3, 0.2, 0.1, 0.0], 75)  # the early gain more: where two-way fixed effects fail
    effect = slope[:, None] * np.maximum(t - start[:, None] + 1, 0)
    draws = []
    for _ in range(40):
        noise = rng.normal(0, 2, (300, 1)) + np.sin(t) + rng.normal(0, 0.5, (300, 30))
        draws.append(event_study(effect + noise, start, 5, 8) - np.r_[np.zeros(5), 0.2 * np.arange(1, 10)])
    errors = np.delete(draws, 4, axis=1)  # the month before is zero by definition
    z = np.abs(errors.mean(axis=0) / errors.std(axis=0, ddof=1)).max() * math.sqrt(len(draws))
    yield Check("event study: largest bias, in standard errors", 0, float(z), 4)
    for displaced, cities in ((0.4, 8), (0.8, 30)):
        panel = np.zeros((cities, 20))
        panel[0, 10:], panel[1:, 10:] = 7, -displaced * 7 / (cities - 1)
        found = difference_in_differences(panel, np.arange(cities) == 0, 10).estimate
        expected = 7 * (1 + displaced / (cities - 1))
        yield Check(f"difference in differences, {displaced:.0%} displaced, {cities} cities", expected, found, 1e-12)


@case("V14", "95 % intervals hold the truth in 95 % of samples", "paired contrasts of eight seeds")
def coverage() -> Iterator[Check]:
    rng, n, runs = np.random.default_rng(8), 8, 3000
    held = 0
    for _ in range(runs):
        found = of_differences(rng.normal(0.3, 1.0, n))
        held += found.low <= 0.3 <= found.high
    yield Check("coverage", 0.95, held / runs, 4 * math.sqrt(0.95 * 0.05 / runs))


def _same_until(a: MicroDramaEconomy, b: MicroDramaEconomy) -> int:
    """Months for which two runs left the same panel and ledger."""
    for month, (x, y) in enumerate(zip(a.panel._months, b.panel._months, strict=True)):
        if not np.array_equal(x, y, equal_nan=True) or not np.array_equal(
            a.panel._ledger[month], b.panel._ledger[month]
        ):
            return month
    return len(a.panel)


@case(
    "V15",
    "the twin's panels, flows and balance sheets",
    "a plain model that shares no code; any parameters, mechanisms on or off",
    slow=True,
)
def twin() -> Iterator[Check]:
    def agree(what: str, months: int, scenario: Any, seed: int, **values: Any) -> Check:
        values = {"cell_km": 5.0} | values  # the twin looks at every pair of cells
        return Check(f"numbers that differ {what}", 0, len(apart(months, scenario, seed, **values)), 0)

    # Small worlds first: most mistakes show there.
    yield agree("with every instrument", 16, every_instrument(), 3, scale=0.01)
    ample = {"private_hurdle": -1.0, "private_capital_yuan_month": 1e9, "idle_limit_months": 2}
    yield agree("with many founders, ample funds, soon idle", 20, every_instrument(), 2, scale=0.03, **LIVELY, **ample)
    homing = {"return_migration": True, "migration_opportunity": 0.5, "emigrants_share": 1.0, "joining_rate": 1.0}
    yield agree("where workers go home", 16, every_instrument(), 4, scale=0.02, **homing)
    yield agree("where promises are broken", 16, every_instrument(), 2, scale=0.03, **PROMISED)
    yield agree("where newcomers count series shot", 16, every_instrument(), 3, scale=0.01, expected_work="shot")
    yield agree("under the residual", 16, every_instrument(), 3, scale=0.01, fiscal_rule="residual")
    yield agree("in 36 months of the baseline", 36, "baseline", 1, scale=0.02, cell_km=2)
    least = PARAMETERS["office_cell_scale"].low
    yield agree(
        "if offices look for the best cell",
        12,
        "baseline",
        1,
        scale=0.05,
        cell_km=2,
        office_choice="cell",
        office_cell_scale=least,
    )
    yield agree(
        "with releases before new series",
        24,
        every_instrument(),
        3,
        scale=0.02,
        month_order="release_first",
        give_up_months=1,
    )
    same = 0
    for draw in range(100, 110):
        rng = np.random.default_rng(draw)
        values = {"cell_km": 5.0} | anything_allowed(rng) | any_mechanisms(rng)
        same += not apart(24, every_instrument(), draw, scale=0.01, **values)
    yield Check("draws of ten that agree for 24 months", 10, same, 0)


@case("V16", "a policy of no size is no policy; a policy changes nothing before it begins", "bit-identical runs")
def policies() -> Iterator[Check]:
    def run(windows: list[Window]) -> MicroDramaEconomy:
        scenario = load_scenario("baseline")
        scenario.policies = tuple(windows)
        econ = MicroDramaEconomy(scenario, rng=5, scale=0.05)
        econ.run_for(48)
        return econ

    sizes = {"designation": 1, "rent_subsidy": 0.5, "rebate": 0.2, "rebate_cap": 3e5, "public_studio": 4e4}
    sizes |= {"state_fund": 500, "censorship": 4, "state_space": 1e5, "free_scenes": 100}
    none = run([])
    nothing = run([Window("zhengzhou", kind, 6, 0.0) for kind in sizes])
    yield Check("months for which size 0 is the same as none", 48, _same_until(none, nothing), 0)
    late = run([Window("zhengzhou", kind, 30, float(size)) for kind, size in sizes.items()])
    yield Check("first month that differs, policies from month 30", 30, _same_until(none, late), 0)
    rebate = run([Window("zhengzhou", "rebate", 30, 0.2)])
    yield Check("first month that differs, a rebate from month 30", 30, _same_until(none, rebate), 0)
    both = run([Window("zhengzhou", kind, at, float(size)) for kind, size in sizes.items() for at in (30, 40)])
    yield Check("first month in which a second round in month 40 differs", 40, _same_until(late, both), 0)


@case("V16", "strength 0 is off", "bit-identical runs", slow=True)
def strengths() -> Iterator[Check]:
    def run(**values: Any) -> MicroDramaEconomy:
        econ = MicroDramaEconomy(rng=6, scale=0.05, **values)
        econ.run_for(40)
        return econ

    for zero, off in (
        ({"crisis_strength": 0.0}, {"property_crisis": False}),
        ({"agglomeration_scale": 0.0}, NO_EXTERNALITIES),
        ({"sameness_weight": 0.0}, {"sameness": False}),
        ({"overseas_multiple": 0.0}, {"overseas": False}),
        ({"commission_share": 0.0}, {"work_for_hire": False}),
        ({"migration_opportunity": 0.0}, {"migration": False}),
        ({"home_attachment": 0.0, "emigrants_share": 0.0, "return_migration": True}, {"return_migration": False}),
        ({"relocation_rate": 0.0}, {"relocation": False}),
        ({"potential_entrants_month": 0.0}, {"entry": False}),
    ):
        name = ", ".join(strength for strength, value in zero.items() if not value)
        yield Check(f"months for which {name} = 0 is off", 40, _same_until(run(**zero), run(**off)), 0)


@case("V16", "an empty city nobody can afford changes nothing elsewhere", "no imitation, venues or script prices")
def empty_city() -> Iterator[Check]:
    eight = load_scenario("baseline")
    numbers = {name: np.append(column, column[0]) for name, column in eight.cities.numbers.items()}
    for name in ("studios_2020", "workers_2020", "base_crews_2020", "costume_crews_2020", "authors"):
        numbers[name][-1] = 0
    for name, value in {"set_yuan_day": 1e7, "location_yuan_day": 1e7, "employment_million": 1e-6}.items():
        numbers[name][-1] = value
    for role in ROLES:
        numbers[f"{role}_yuan_day"][-1] = 0.01
    texts = {name: [*column, column[0]] for name, column in eight.cities.texts.items()}
    texts["city"][-1] = "zz-nowhere"
    nine = load_scenario("baseline").with_cities(Cities(np.append(eight.cities.keys, 12345), texts, numbers))
    runs = [
        MicroDramaEconomy(scenario, rng=4, scale=0.05, imitation=False, ip_supply=False, venues=False)
        for scenario in (eight, nine)
    ]
    for econ in runs:
        econ.run_for(48)
    without, with_it = (np.stack(econ.panel._months)[:, :, :8] for econ in runs)
    yield Check(
        "numbers of the other cities that differ in 48 months",
        0,
        int(((without != with_it) & ~np.isnan(without + with_it)).sum()),
        0,
    )


@case(
    "V16", "tax on one city lowers its share, by the elasticity 1/mu (1 - P)", "where to shoot, externalities off (S8)"
)
def elasticity() -> Iterator[Check]:
    econ = world(12, location_scale=0.2, queue_aversion=0, delay_aversion=0, **NO_EXTERNALITIES)
    phases.survey_cities(econ)
    n, city = 200_000, econ.cities.index("zhengzhou")
    keys = studios.series_keys(np.arange(1, n + 1), np.zeros(n, int), 3)
    econ.studios.city[0] = city

    def share() -> float:
        return float((studios.shooting_city(econ, np.zeros(n, int), np.zeros(n, int), keys) == city).mean())

    p = econ.p
    fixed = p.post_yuan + econ.survey.script[city]
    before = share()
    cost = econ.survey.local_cost[0, city] - econ.survey.rebate[0, city] + fixed
    econ.survey.local_cost[:, city] += 0.05 * cost
    after = share()
    odds = math.log(after / (1 - after)) - math.log(before / (1 - before))
    yield Check("change of log odds for 5 % more cost", -math.log(1.05) / p.location_scale, odds, 0.012)


@case(
    "outside", "6.3 to 55.4 % more series filmed (Button 2019)", "one city pays 20 % back, for three years", slow=True
)
def film_incentives() -> Iterator[Comparison]:
    """U.S. states that adopt incentives (doi:10.1016/j.regsciurbeco.2019.06.002, abstract): a band, no target."""

    def shot(city: str, rate: float) -> float:
        scenario = load_scenario("baseline")
        scenario.policies = (Window(city, "rebate", 24, rate), Window(city, "rebate_cap", 24, 5e5))
        econ = MicroDramaEconomy(scenario, rng=1, scale=0.1, imitation=False, annual_plans=False)
        econ.run_for(60)
        return float(econ.panel.array("series_shot")[36:, econ.cities.index(city)].sum())

    for city, can in (("shanghai", "pays in full"), ("chongqing", "soon runs out of budget")):
        more = 100 * (shot(city, 0.2) / shot(city, 0.0) - 1)
        yield Comparison(f"{city}, which {can}: more series shot there, %", 6.3, 55.4, more)


ABSENT = {
    "Price at which entry just pays (V5)": "the condition that gives the edge of the ring above, solved for the "
    "price; bases come in whole buildings and close slowly, so that the price need not settle there",
    "Money (V6)": "conservation is checked every month of every run; money neutrality is `test_money_is_neutral` in "
    "`tests/model/test_economy.py`",
    "Clusters with congestion (V9d)": "wages and rents follow over months and have no static elasticity; the "
    "net-agglomeration index, which takes their place, is in `tests/model/test_agglomeration.py`",
    "Core and periphery (V9)": "break and sustain points need trade between regions, which there is none of; the "
    "loss of the even split and the fold of many cities are their counterparts",
    "Everybody choosing at once (V9f)": "the two-month cycle is in `tests/model/test_agglomeration.py`",
    "Simon's process of new titles (V12b)": "the model has no such process (releases do not depend on past audiences)",
    "Urn-ball matching (V13)": "the model calls workers down a sheet and has no simultaneous applications",
    "Order of the cities, and scale (V16)": "`test_the_order_of_the_city_table_does_not_matter` and "
    "`test_the_classroom_is_a_small_copy_of_full_size` in `tests/model/test_economy.py`",
    "Spatial statistics": "numbers of esda for Moran's I, its local form and Getis-Ord G* are in "
    "`tests/model/test_measures.py`",
    "Time step (V16)": "the month is part of the model (30 days resolved for sets); it has no step to halve",
}
"""Cases that are elsewhere, or not there, and why."""


SUBJECTS = {
    "Which city studios and crews choose": ("V1", "V2", "V3"),
    "Where in a city they are": ("P3b", "S9b", "S5b"),
    "Office rents, house prices, malls and film bases": ("V4", "V5"),
    "Sets, screens and queues": ("V7",),
    "Series started, and ruin": ("V8",),
    "Clusters that arise, tip and last": ("V9a", "V9b", "V9c", "V9d", "V9e", "V10"),
    "People and pay, funds, inspections": ("V11", "V13"),
    "Audiences": ("V12a", "V12c", "V12d"),
    "Cities and their policies": ("V17", "G4b", "G5b", "outside"),
    "The program itself: statistics, the twin, what must change nothing": ("V14", "V15", "V16"),
}
"""Codes of cases by what they are about."""


def table(mutations: Iterable[Any]) -> str:
    """Markdown of all cases with what was expected and what came out."""
    ran = {name: list(one.run()) for name, one in CASES.items()}
    known = [check for checks in ran.values() for check in checks if isinstance(check, Check)]
    lines = [
        "# Verification",
        "",
        "Does the program compute what the model says? In each case below the answer is known from a formula, another "
        "program or a published number, and the model's own code is run where that answer holds. Of "
        f"{len(known):,} numbers in {len(ran)} cases {sum(check.holds for check in known):,} are within tolerance. "
        "Brackets name the rule ([equations](equations.md)). Made by `make verification` from "
        "`tests/verification/cases.py`; the tests run all cases.",
    ]
    lines += [line for subject, codes in SUBJECTS.items() for line in _section(subject, codes, ran)]
    lines += ["", "## Elsewhere, or absent", ""]
    lines += [f"- **{code}**: {why}." for code, why in ABSENT.items()]
    lines += [
        "",
        "Every line of rules and phases is reached in a world in which the model and its twin agree, but for those "
        "that `tests/reference/reached.py` names with the test that does, running them uncompiled.",
    ]
    planted = "Each of these is planted in the model by the tests, and the case named must fail on it."
    lines += ["", "## Planted mistakes", "", planted, "", "| mistake | in | caught by |", "|---|---|---|"]
    lines += [f"| {m.what} | `{m.file}` | {_words(m.case)} |" for m in mutations]
    return "\n".join(lines) + "\n"


def _section(subject: str, codes: tuple[str, ...], ran: dict[str, list[Check | Comparison]]) -> Iterator[str]:
    yield from ["", f"## {subject}", "", "| case | known | setting | number | expected | got | tolerance | |"]
    yield "|---|---|---|---|---:|---:|---:|---|"
    for name, checks in ran.items():
        one = CASES[name]
        if one.code not in codes:
            continue
        head = [_words(name), f"`{one.formula}`", one.setting]
        for check in checks:
            if isinstance(check, Comparison):
                verdict = "inside" if check.low <= check.got <= check.high else "outside"
                cells = [check.what, f"{check.low:g} to {check.high:g}", f"{check.got:.3g}", "", verdict]
            else:
                verdict = "holds" if check.holds else "**fails**"
                cells = [check.what, f"{check.expected:.5g}", f"{check.got:.5g}", f"{check.tolerance:.2g}", verdict]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in [*head, *cells]) + " |"
            head = ["", "", ""]


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    from verification.mutations import MUTATIONS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    text = table(MUTATIONS)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    else:
        print(text)
