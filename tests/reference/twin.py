"""The model a second time, the plain way: an object an agent, a loop a decision, whole numbers of fen, no arrays.

Written from the equations and the process overview of the documentation. Of the package it takes what goes in (the
scenario with its tables, the market, the platforms, the parameters) and nothing of the tables, rules, draws, ledger or
phases that it is compared with.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from statistics import NormalDist
from typing import Any

from microdrama.model.inputs.market import shipped_market, shipped_platforms
from microdrama.model.inputs.scenario import Scenario

GOLD, C1, C2, MASK = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 2**64 - 1
ROLES, MODES = ("extra", "crew", "actor", "lead"), ("paid", "ad", "overseas")
PREPARATION, FINISHING, ON_SCREEN, OVER = range(4)
LOCAL, FOREIGN, CALIFORNIA = range(3)
STUDIO, WORKER, SERIES = 1, 2, 10
FOR_FIRMS = ("rent_subsidy", "park_services", "housing")
TOTALS = ("public_studio", "state_space", "state_fund")
COSTLY = (*FOR_FIRMS, "rebate", "public_studio", "state_fund", "training", "state_space", "free_scenes")


# ---------------------------------------------------------------------- draws, money, choices


def mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * C1) & MASK
    x = ((x ^ (x >> 27)) * C2) & MASK
    return x ^ (x >> 31)


def child(parent: int, slot: int) -> int:
    return mix((parent * GOLD + (slot + 1) * C2) & MASK) >> 1


def identity(kind: int, month: int, place: int, number: int) -> int:
    return ((((kind << 12) + month + 1) << 20) + place << 22) + number


class Draws:
    """The draw of one agent in one decision of one month, from nothing but their names."""

    def __init__(self, seed: int) -> None:
        self.seed, self.month, self.keys = seed, -1, {}

    def uniform(self, decision: str, key: int, slot: int = 0, month: int | None = None) -> float:
        month = self.month if month is None else month
        if (decision, month, slot) not in self.keys:
            h = 0xCBF29CE484222325
            for byte in decision.encode():
                h = ((h ^ byte) * 0x100000001B3) & MASK
            of_decision = mix(mix((self.seed + GOLD) & MASK) ^ h)
            k = mix((of_decision + (month + 1) * GOLD + mix(slot * C1 & MASK)) & MASK)
            self.keys[decision, month, slot] = k, mix((k + GOLD) & MASK)
        k0, k1 = self.keys[decision, month, slot]
        x = (key * GOLD + k0) & MASK
        x = ((x ^ (x >> 30)) * C1 + k1) & MASK
        x = ((x ^ (x >> 27)) * C2) & MASK
        x ^= x >> 31
        return ((x >> 12) + 0.5) * 2.0**-52

    def normal(self, decision: str, key: int) -> float:
        return NormalDist().inv_cdf(self.uniform(decision, key))

    def gumbel(self, decision: str, key: int, slot: int = 0, month: int | None = None) -> float:
        return -math.log(-math.log(self.uniform(decision, key, slot, month)))


def fen(yuan: float) -> int:
    return math.floor(yuan * 100 + 0.5)


def recent(past: float, latest: float, weight: float) -> float:
    return (1 - weight) * past + weight * latest


def best(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda i: values[i])


def pick(u: float, weights: Sequence[float]) -> int:
    """Option drawn in proportion to its weight (the first if nobody has any)."""
    left, last = u * sum(weights), 0
    for i, weight in enumerate(weights):
        if weight:
            last = i
            if left < weight:
                return i
        left -= weight
    return last


def rank(u: float, parts: Iterable[float]) -> int:
    """Class of somebody whose place among all is u."""
    parts, level = list(parts), 0.0
    for i, part in enumerate(parts):
        level += part
        if u * sum(parts) <= level:
            return i
    return len(parts) - 1


def externality(levels: Sequence[float], form: str, floor: float) -> list[float]:
    total = sum(levels)
    if form == "off" or total <= 0:
        return [0.0] * len(levels)
    return [math.log(x / total + floor) if form == "log" else x / total * len(levels) for x in levels]


def detected(edge: float, discretion: float, hazard: float, scale: float) -> float:
    return 1 - math.exp(-hazard * edge * math.exp(-discretion / scale))


# ---------------------------------------------------------------------- agents


class Agent:
    """Whatever has a purse."""

    def __init__(self, sector: str, **state: Any) -> None:
        self.sector, self.cash = sector, 0
        self.__dict__.update(state)

    def __getattr__(self, name: str) -> Any:  # for the type checker: state is given by keyword
        raise AttributeError(name)


class Twin:
    """The economy of a scenario under a seed, month by month; ``months`` and ``flows`` are what it leaves."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.p, self.scenario, self.draws, self.month = scenario.parameters, scenario, Draws(seed), -1
        self.months: list[dict[str, list[float]]] = []
        self.surveyed: dict[int, int] = defaultdict(int)
        self.hoped: dict[int, dict[int, float]] = {}
        self.flows: list[dict[tuple[str, str, str], int]] = []
        self.sheets: list[dict[tuple[str, str], int]] = []
        self.book: dict[tuple[str, str, str], int] = defaultdict(int)
        self.china, self.world = Agent("RC"), Agent("RW")
        self.market = shipped_market()
        self.make_cities()
        self.make_people()
        self.make_markets()

    def pay(self, flow: str, payer: Agent, payee: Agent, amount: int) -> None:
        assert amount >= 0 and isinstance(amount, int), (flow, amount)
        payer.cash -= amount
        payee.cash += amount
        self.book[flow, payer.sector, payee.sector] += amount

    def happens(self, decision: str, key: int, chance: float) -> bool:
        return self.draws.uniform(decision, key) < chance

    # ------------------------------------------------------------------ the start

    def make_cities(self) -> None:
        p, table = self.p, self.scenario.cities
        self.cities: list[Agent] = []
        k = len(table)
        for j in range(k):
            row = {name: float(column[j]) for name, column in table.numbers.items()}
            city = Agent(
                "CG",
                j=j,
                key=int(table.keys[j]),
                slug=table.slugs[j],
                row=row,
                owners=Agent("LL"),
                cells=[],
                debt=0,
                film_budget=0,
                subsidy_budget=0,
                designated=0.0,
                rent_subsidy=0.0,
                rebate=0.0,
                cap=0.0,
                extra=0.0,
                copies_from=-1,
                tolerance=p.tolerance,
                hours_cap=24.0,
                no_calls_until=0,
                plan_m2=0.0,
                zone_plan_m2=0.0,
                saved=0,
                yearly=dict.fromkeys(COSTLY, 0),
                in_all=dict.fromkeys(COSTLY, 0),
                land=0,
                spent=0,
                put_off=0.0,
                knowledge=0.0,
                name=0.0,
                share=0.0,
                tightness=[0.0] * 4,
                prospects=[0.0] * 4,
                rates=[row[f"{role}_yuan_day"] for role in ROLES],
                set_hire=[row["set_yuan_day"]] * 2,
                set_chance=[1.0, 1.0],
                set_wait=[0.0, 0.0],
                venue_hire=p.venue_yuan_day,
                venue_room=0.0,
                hours=p.shooting_hours,
                day_length=1.0,
                fatigue=0.0,
                hazard=0.0,
                honoured=dict.fromkeys((*FOR_FIRMS, "rebate", "filing", "state_space", "free_scenes"), 1.0),
                space=0.0,
                zone_space=0.0,
                scenes=0.0,
                outside_days=0.0,
                training_due=0.0,
                response=p.prior_response,
                last_rebate=0.0,
                hits=0.0,
                released=0,
                prices=row["price_level"] if p.price_level else 1.0,
            )
            self.cities.append(city)
            self.lay_out(city)
        for city in self.cities:
            city.hours_to = [self.travel(city.row, other.row) if other is not city else 0.0 for other in self.cities]
        self.by_key = sorted(self.cities, key=lambda c: c.key)
        self.house = self.house_prices(max(p.months, 120), table.texts["house_peak_month"])

    def lay_out(self, city: Agent) -> None:
        """(P1) A disc of cells; rents that keep users indifferent between distances."""
        p, row = self.p, city.row
        reach = int(row["built_radius_km"] / p.cell_km)
        at: dict[tuple[int, int], Agent] = {}
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                km = p.cell_km * math.hypot(dx, dy)
                if km <= row["built_radius_km"]:
                    at[dx, dy] = self.new_cell(city, dx, dy)
        for z in self.scenario.zones if p.zone_cells else ():
            rows, columns = (
                range(
                    max(int((to - z.radius_km) / p.cell_km) - 1, -100),
                    min(int((to + z.radius_km) / p.cell_km) + 1, 100) + 1,
                )
                for to in (z.dy_km, z.dx_km)
            )
            for dy in rows if z.city == city.slug else ():
                for dx in columns:
                    inside = math.hypot(dx * p.cell_km - z.dx_km, dy * p.cell_km - z.dy_km) <= z.radius_km
                    if inside and (dx, dy) not in at:
                        at[dx, dy] = self.new_cell(city, dx, dy)
        at = dict(sorted(at.items(), key=lambda cell: cell[0][::-1]))
        city.cells = list(at.values())
        shape = [math.exp(-p.demand_gradient / p.rent_elasticity * cell.km) for cell in city.cells]
        centre = row["rent_yuan_m2_month"] / (sum(shape) / len(shape))
        office = row["floor_stock_m2"] * (1 - row["retail_share"]) * p.scale
        for cell, s in zip(city.cells, shape, strict=True):
            cell.stock = office / len(city.cells)
            cell.rent = cell.rent_2020 = max(centre * s, p.rent_floor_yuan_m2_month)
            cell.occupied = cell.demand_2020 = (1 - row["vacancy_rate"]) * cell.stock
        for (x, y), cell in at.items():
            around = [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]
            cell.neighbours = [at[where] for where in around if where in at]

    def new_cell(self, city: Agent, dx: int, dy: int) -> Agent:
        key = child(city.key, (dx + 512) * 1024 + dy + 512)
        km = self.p.cell_km * math.hypot(dx, dy)
        return Agent("", km=km, city=city, film=0.0, key=key, dx=dx, dy=dy, pulls=[], reach=0.0)

    def at_least(self, km: float) -> float:
        """(P3b, S5b) Nothing is nearer than two points of one cell are on average."""
        return max(km, 0.52 * self.p.cell_km)

    def apart(self, one: Agent, other: Agent) -> float:
        return self.at_least(self.p.cell_km * math.hypot(one.dx - other.dx, one.dy - other.dy))

    def travel(self, one: dict[str, float], other: dict[str, float]) -> float:
        """(S8) Hours door to door: the great circle, and the way to and from the station."""
        a, b = math.radians(one["latitude"]), math.radians(other["latitude"])
        east = math.radians(one["longitude"] - other["longitude"])
        h = math.sin((a - b) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(east / 2) ** 2
        return 2 * 6371 * math.asin(math.sqrt(h)) / self.p.travel_km_hour + self.p.door_hours

    def house_prices(self, months: int, peaks: list[str]) -> list[list[float]]:
        """(P4) Observed to end-2025 by straight lines between what is known; then constant, or recovering."""
        p, paths, controls = self.p, [], []
        for city, peak in zip(self.cities, peaks, strict=True):
            top_month = (int(peak[:4]) - 2021) * 12 + int(peak[5:]) - 1
            known = [(-1, 100.0), (top_month, city.row["house_peak_index"])]
            for month, name in ((23, "house_index_2022_12"), (35, "house_index_2023_12"), (59, "house_index_2025_12")):
                if month > top_month and not math.isnan(city.row[name]):
                    known.append((month, city.row[name]))
            path = []
            for t in range(months):
                after = next((i for i, (month, _) in enumerate(known) if month >= t), None)
                if after is None:
                    path.append(known[-1][1])
                else:
                    (m0, v0), (m1, v1) = known[after - 1], known[after]
                    path.append(v0 + (v1 - v0) * (t - m0) / (m1 - m0))
            paths.append(path)
            controls.append([self.control_price(path, t) for t in range(months)])
        if not p.property_crisis:
            return controls
        falls = []
        for city, path, control in zip(self.cities, paths, controls, strict=True):
            share = 1.0 if math.isnan(city.row["crisis_share"]) else city.row["crisis_share"]
            later = [1 - p.later_fall * min(max(t - 59, 0) / 24, 1) for t in range(months)]
            falls.append([1 - share * (1 - o / c * f) for o, c, f in zip(path, control, later, strict=True)])
        result = []
        for own, control in zip(falls, controls, strict=True):
            moved = []
            for t in range(months):
                deepest = min(fall[t] for fall in falls)
                fall = own[t] + p.crisis_everywhere * (deepest - own[t])
                left = 0.5 ** (max(t - 59, 0) / p.recovery_half_life_months)
                moved.append(max(control[t] - p.crisis_strength * control[t] * (1 - fall) * left, 1.0))
            result.append(moved)
        return result

    def control_price(self, path: list[float], t: int) -> float:
        """(P4) The price without the crisis."""
        p = self.p
        if p.crisis_control == "peak":
            return max(path[: t + 1])
        grown = (1 + p.control_growth_year) ** ((t - 5) / 12) if p.crisis_control == "trend" and t > 5 else 1.0
        return max(path[min(t, 5)] * grown, 1.0)

    def initial(self, name: str) -> list[float]:
        """(S1) Numbers of the start: of the table, or spread like employment without heritage."""
        total, people = sum(c.row[name] for c in self.cities), sum(c.row["employment_million"] for c in self.cities)
        return [c.row[name] if self.p.heritage else total * c.row["employment_million"] / people for c in self.cities]

    def make_people(self) -> None:
        p, draws = self.p, self.draws
        self.studios: list[Agent] = []
        self.workers: list[Agent] = []
        self.malls: list[Agent] = []
        self.bases: list[Agent] = []
        self.slots: list[Agent] = []
        self.series: list[Agent] = []
        self.mix_of_roles = [p.extras, p.crew, p.actors, p.leads]
        prices = [c.prices**p.price_level_exponent for c in self.cities]
        workers, studios = self.initial("workers_2020"), self.initial("studios_2020")
        weights = workers if any(workers) else [1.0] * len(workers)
        for city in self.cities:
            city.reservation = [
                p.reservation_discount
                * prices[city.j]
                * sum(w * c.rates[r] / q for w, c, q in zip(weights, self.cities, prices, strict=True))
                / sum(weights)
                for r in range(4)
            ]
            city.reservation_2020 = list(city.reservation)
        authors = [c.row["authors"] for c in self.cities]
        if not any(authors):
            authors = [c.row["employment_million"] for c in self.cities]
        self.publishers = [Agent("IP", n=j, share=a / sum(authors), slate=0, sales=0.0) for j, a in enumerate(authors)]
        self.state_funds = [self.new_fund("SF", j) for j in range(len(self.cities))]
        self.private_funds = [self.new_fund("PF", -1) for _ in range(p.private_fund_count)]
        slugs = [c.slug for c in self.cities]
        given = shipped_platforms()
        self.platforms = [
            Agent(
                "PL",
                n=n,
                mode=int(given.mode[n]),
                share=float(given.share[n]),
                gross=0,
                slate=0,
                city=self.cities[slugs.index(slug)] if slug in slugs else None,
            )
            for n, slug in enumerate(given.city)
        ]

        for city in self.by_key:
            born = [identity(STUDIO, -1, city.key, n) for n in range(math.floor(studios[city.j] * p.scale + 0.5))]
            cells = self.offices([city] * len(born), born)
            for who, cell in zip(born, cells, strict=True):
                quality = p.quality_spread * draws.normal("studio.quality", who)
                self.studios.append(self.new_studio(who, city, cell, quality))
        for city in self.by_key:
            for n in range(math.floor(workers[city.j] * self.free_share(city) * p.scale + 0.5)):
                who = identity(WORKER, -1, city.key, n)
                role = rank(draws.uniform("worker.role", who), self.mix_of_roles)
                self.workers.append(self.new_worker(who, city, role))
        self.mall_m2 = max(p.mall_size_m2 * min(p.scale, 1), min(p.mall_size_m2, p.crew_floor_m2))
        for city in self.by_key:
            space = city.row["floor_stock_m2"] * city.row["retail_share"] * p.scale / self.mall_m2
            space *= 1 + p.other_shells_ratio
            for n in range(math.floor(space + 0.5)):
                who = identity(4, -1, city.key, n)
                cell = city.cells[int(draws.uniform("mall.cell", who) * len(city.cells))]
                self.malls.append(
                    Agent(
                        "",
                        id=who,
                        city=city,
                        cell=cell,
                        frailty=draws.uniform("mall.frailty", who),
                        reluctance=draws.uniform("mall.landlord", who),
                        derelict=False,
                        idle_since=0,
                        converted=False,
                        returns=0,
                    )
                )
        largest = max(1, int(self.mall_m2 // p.crew_floor_m2))
        rooms, costume = self.initial("base_crews_2020"), self.initial("costume_crews_2020")
        for city in self.by_key:
            of_costume = costume[city.j] * p.genres
            number = 0
            for genre, room in ((0, rooms[city.j] - of_costume), (1, of_costume)):
                crews = total = math.floor(room * p.scale + 0.5)
                while crews > 0:
                    who = identity(3, -1, city.key, number)
                    cell = city.cells[int(draws.uniform("base.cell", who) * len(city.cells))]
                    crews, number, size = crews - largest, number + 1, min(crews, largest)
                    at_once, opens = self.free_share(city) * total, -1
                    if (busy := total - max(crews, 0) - at_once) > 1e-9:
                        opens = math.ceil(p.crews_free_month * busy / (total - at_once))
                    self.new_base(city, cell, None, size, genre, rent=0.0, opens=opens, lease_ends=-1)

    def free_share(self, city: Agent) -> float:
        """(S1) Of the crews and people of 2020, those that are not busy with long series."""
        share = city.row["free_share_2020"]
        return share if self.p.heritage and not math.isnan(share) else 1.0

    @staticmethod
    def new_fund(sector: str, city: int) -> Agent:
        return Agent(sector, city=city, raised=0, invested=0, returned=0, lost=0, distributed=0, carried=0, for_zone=0)

    def new_studio(self, who: int, city: Agent, cell: Agent, quality: float) -> Agent:
        return Agent(
            "ST",
            id=who,
            city=city,
            cell=cell,
            quality=quality,
            expected=[0.0] * 3,
            idle=0,
            slate=0,
            revenue=0,
            hits=0.0,
            finished=0,
            results=0.0,
            stakes={"PF": 0, "SF": 0},
            holders={"PF": None, "SF": None},
            paid={"PF": 0, "SF": 0},
            promised_to=None,
            promised=0,
            promise_ends=0,
            shut_until=0,
            alive=True,
        )

    def new_worker(self, who: int, city: Agent, role: int) -> Agent:
        p = self.p
        factor = math.exp(p.skill_premium * self.draws.normal("worker.skill", who))
        usual = 100 * self.outside_income(city, role) * factor
        return Agent(
            "HH",
            id=who,
            city=city,
            origin=self.origin(who, city),
            role=role,
            factor=factor,
            usual=usual,
            days=0,
            earned=0,
            fatigue=0.0,
            away_until=0,
        )

    def origin(self, who: int, here: Agent) -> Agent:
        """(L5b) Of workers where the trade of 2020 was dense some come from where it was less so."""
        if not self.p.return_migration:
            return here
        stood, people = self.initial("workers_2020"), [c.row["employment_million"] for c in self.cities]
        dense = [w / e for w, e in zip(stood, people, strict=True)]
        elsewhere = sum(e for j, e in enumerate(people) if j != here.j)
        left = 1.0
        chosen, first = here, math.inf
        for c in self.cities:
            if dense[c.j] < dense[here.j]:
                share = self.p.emigrants_share * people[c.j] / elsewhere * (1 - dense[c.j] / dense[here.j])
                left -= share
                if share > 0 and (clock := -math.log(self.draws.uniform("worker.origin", who, c.key)) / share) < first:
                    chosen, first = c, clock
        if left > 0 and -math.log(self.draws.uniform("worker.origin", who, here.key)) / left < first:
            return here
        return chosen

    def outside_income(self, city: Agent, role: int) -> float:
        """(L7) Yuan a month in other trades, where a slump lowers it."""
        p, price = self.p, self.house[city.j][min(max(self.month, 0), len(self.house[city.j]) - 1)]
        of_2020 = city.row[f"{ROLES[role]}_yuan_day"] * p.working_days_month * p.outside_days_share
        return of_2020 * (price / 100) ** p.outside_income_elasticity

    def new_base(
        self,
        city: Agent,
        cell: Agent,
        mall: Agent | None,
        crews: int,
        genre: int,
        *,
        rent: float,
        opens: int,
        lease_ends: int,
        public: bool = False,
        capital: int = 0,
    ) -> Agent:
        base = Agent(
            "FB",
            city=city,
            cell=cell,
            mall=mall,
            crews=crews,
            genre=genre,
            rent=rent,
            opens=opens,
            days=0,
            lease_ends=lease_ends,
            public=public,
            capital=capital,
            debt=0,
            service=0,
            floor=crews * self.p.crew_floor_m2,
            given=0.0,
            lease_paid=0,
            use=self.p.base_target_utilisation,
            premium=0.0,
        )
        self.bases.append(base)
        self.slots += [Agent("", base=base, free=30.0 * max(opens, 0)) for _ in range(crews)]
        return base

    def make_markets(self) -> None:
        p, draws = self.p, self.draws
        self.pool = self.count_workers()
        self.crews = [p.extras, p.crew, p.actors, p.leads]
        self.stringency, self.campaign_until, self.overseas_appeal, self.filled = 1.0, -1, 1.0, p.start_fill
        for city in self.cities:
            city.venue_demand = 30.0 * p.base_target_utilisation * self.venue_crews(city)
            city.venue_chance = 1.0 if self.venue_crews(city) else 0.0
            rooms = [self.rooms(city, g, planned=False) for g in (0, 1)]
            city.set_demand = [30.0 * p.base_target_utilisation * crews for crews in rooms]
        self.survey_cities()
        weights = self.initial("studios_2020")
        self.series_cost = sum(w * c.mean_cost for w, c in zip(weights, self.cities, strict=True)) / sum(weights)
        first = self.spending_at(0)
        self.chart_earnings = [p.start_earnings * self.series_cost * (s > 0) for s in first]
        for city in self.cities:
            city.chart = list(self.chart_earnings)
            city.money, city.releases, city.filings = [0.0] * 3, [0.0] * 3, [0.0] * 3
        content = [self.p[f"content_share_{mode}"] * s for mode, s in zip(MODES, first, strict=True)]
        self.chart_money = [p.chart_start_months * c for c in content]
        few = p.chart_floor_series_month * p.scale
        self.chart_releases = [p.chart_start_months * max(c / self.series_cost, few) for c in content]
        self.earned_before = sum(self.chart_money[:2]) / sum(self.chart_releases[:2])
        self.filings = list(self.chart_releases)
        self.worth_filed = [n * self.mean_worth() for n in self.filings]
        self.just_filed: list[tuple[Agent, int]] = []
        for s in self.studios:
            equity = p.entrant_equity_yuan * math.exp(p.equity_spread * draws.normal("studio.equity", s.id))
            self.pay("founders", self.china, s, fen(equity))
            s.expected = list(self.chart_earnings)
        for platform in self.platforms:
            self.pay(
                "platform_costs",
                self.china,
                platform,
                fen(p.platform_start_months * content[platform.mode] * platform.share),
            )
        paid = [platform for platform in self.platforms if platform.mode == 0]
        for s in self.studios:
            key = child(s.id, 0)
            where = paid[rank(draws.uniform("series.platform", key), [platform.share for platform in paid])]
            self.series.append(self.new_series(s, key, where, stage=ON_SCREEN, quality=s.quality, released=-1))

    def mean_worth(self) -> float:
        """(S10) Mean over studios of what quality multiplies earnings by; log quality is normal."""
        return math.exp((self.p.quality_effect * self.p.quality_spread) ** 2 / 2)

    def usual_worth(self, mode: int) -> float:
        return self.worth_filed[mode] / self.filings[mode]

    @staticmethod
    def new_series(studio: Agent, key: int, platform: Agent, **state: Any) -> Agent:
        usual = {
            "city": studio.city,
            "publisher": None,
            "genre": 0,
            "cast": LOCAL,
            "lavish": 0.0,
            "tier": 0,
            "edge": 0.0,
            "discretion": 0.0,
            "hired": False,
            "shot": -1,
            "released": -1,
            "fee": 0,
            "cost": 0,
            "local": 0,
            "due": 0.0,
            "tries": 0,
            "audience": 1.0,
            "guarantee": 0,
            "shared": 0,
        }
        return Agent("", studio=studio, home=studio.city, key=key, platform=platform, **(usual | state))

    # ------------------------------------------------------------------ the month

    def run(self, months: int) -> Twin:
        for _ in range(months):
            self.step()
        return self

    def step(self) -> None:
        self.month += 1
        self.open_month()
        demography = self.close_studios, self.close_bases, self.move_workers, self.join_and_leave, self.train
        cities = self.move_rents, self.raise_revenue, self.govern, self.set_stringency
        funds = self.feed_funds, self.renew_leases, self.convert_malls
        plans = self.plan_commissions, self.set_hours
        studios = self.survey_cities, self.move_offices, self.found, self.relocate, self.start_series
        production = self.book_sets, self.hire, self.shoot, self.shoot_in_california, self.accumulate_fatigue
        regulation = self.inspect, self.review, self.remove
        release = self.release, self.share_attention, self.take_off_screen
        settlement = (self.settle,)
        work = *studios, *production, *regulation
        parts = {
            "usual": (cities, funds, plans, work, release, settlement, demography),
            "release_first": (cities, funds, plans, release, work, settlement, demography),
            "demography_first": (demography, cities, funds, plans, work, release, settlement),
            "funds_last": (cities, plans, work, release, settlement, funds, demography),
        }[self.p.month_order]
        for part in parts:
            for happens in part:
                happens()
        self.learn()
        self.record()

    def add(self, column: str, city: Agent, amount: float = 1) -> None:
        self.now[column][city.j] += amount

    def spending_at(self, month: int) -> list[float]:
        """(D1) Yuan that viewers and advertisers spend, by mode."""
        p = self.p
        shot = 1 - p.ai_share * min(max((month - p.ai_start_month) / p.ai_months, 0), 1)
        multiple = [p.market_multiple, p.market_multiple, p.overseas_multiple * p.exchange_rate * p.overseas]
        observed = self.market.at(month if p.market_growth else 0)
        return [float(s) * m * shot * p.scale for s, m in zip(observed, multiple, strict=True)]

    def count_workers(self) -> list[list[int]]:
        pool = [[0] * 4 for _ in self.cities]
        for w in self.workers:
            pool[w.city.j][w.role] += 1
        return pool

    def rooms(self, city: Agent, genre: int, *, planned: bool = True) -> int:
        """(P7b) Crews that the bases of a city can host at once."""
        return sum(
            b.crews for b in self.bases if b.city is city and b.genre == genre and (planned or b.opens <= self.month)
        )

    def venue_crews(self, city: Agent) -> float:
        """(P9) Room in sales halls, villas, banquet halls and hotels."""
        p, path = self.p, self.house[city.j]
        now = min(max(self.month, 0), len(path) - 1)
        fall = 1 - path[now] / max(path[: now + 1])
        return p.venues * p.scale * city.row["employment_million"] * (p.venue_crews_million + p.venue_crews_fall * fall)

    def open_month(self) -> None:
        self.draws.month = self.month
        self.draws.keys.clear()
        self.book = defaultdict(int)
        self.now: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(self.cities))
        self.spending = self.spending_at(self.month)
        self.pool = self.count_workers()
        for s in self.studios:
            s.slate = s.revenue = 0
        for w in self.workers:
            w.days = w.earned = 0
        for c in self.cities:
            c.spent, c.hits, c.released = 0, 0.0, 0
            self.read_budgets(c)
            c.price = self.house[c.j][min(self.month, len(self.house[c.j]) - 1)]
            c.activity = (c.price / 100) ** self.p.crisis_demand_elasticity

    # ------------------------------------------------------------------ property

    def move_rents(self) -> None:
        p = self.p
        for c in self.cities:
            if p.rent_dynamics:
                above = {id(cell): math.log(cell.rent / cell.rent_2020) for cell in c.cells}
                for cell in c.cells:
                    vacancy = self.vacancy(cell)
                    near = [above[id(other)] for other in cell.neighbours]
                    growth = p.rent_adjustment * (c.row["vacancy_rate"] - vacancy)
                    growth += p.rent_smoothing * ((sum(near) / len(near) if near else 0) - above[id(cell)])
                    cell.next = max(cell.rent * math.exp(growth), min(p.rent_floor_yuan_m2_month, cell.rent))
                for cell in c.cells:
                    cell.rent = cell.next
            offices: dict[int, int] = defaultdict(int)
            for s in self.studios:
                offices[id(s.cell)] += 1
            for cell in c.cells:
                if p.film_space:
                    cell.film = min(p.office_m2_per_studio * offices[id(cell)], cell.stock)
                wanted = cell.demand_2020 * c.activity * (cell.rent / cell.rent_2020) ** -p.rent_elasticity
                cell.occupied = min(wanted, cell.stock - cell.film)
            c.retail_vacancy = self.idle_share(c)
        for m in self.malls:
            idle = m.frailty < m.city.retail_vacancy and not m.converted
            if idle and not m.derelict:
                m.idle_since = self.month
            m.derelict = idle

    def idle_share(self, c: Agent) -> float:
        """(P5)"""
        p, natural = self.p, c.row["retail_vacancy_2020"]
        natural = p.retail_vacancy_2020 if math.isnan(natural) else natural
        odds = natural / (1 - natural) / (c.price / 100) ** p.idle_space_elasticity
        return odds / (1 + odds)

    @staticmethod
    def vacancy(cell: Agent) -> float:
        return 1 - (cell.occupied + cell.film) / cell.stock

    def shell_rent(self, mall: Agent) -> float:
        """(P5)"""
        return mall.cell.rent * (self.p.shell_rent_ratio if mall.derelict else 1.0)

    # ------------------------------------------------------------------ cities

    def raise_revenue(self) -> None:
        """(G1, G2)"""
        p = self.p
        for c in self.cities:
            self.let_budgets_lapse(c)
            tax = c.row["revenue_million_yuan_year"] * 1e6 / 12 * p.scale
            land = c.row["land_revenue_million_yuan_year"] * 1e6 / 12 * p.scale
            c.land = fen(land * ((c.price if p.land_finance else 100.0) / 100) ** p.land_price_elasticity)
            if p.fiscal_rule == "prior_claim":
                self.claim_first(c, fen(tax), fen(land), fen(tax + land))
                continue
            carried = max(c.cash - c.saved - self.set_aside(c), 0)
            self.pay("city_taxes", self.china, c, fen(tax))
            self.pay("land_sales", self.china, c, c.land)
            interest, committed = fen(c.debt / 100 * p.city_interest_year / 12), fen(p.committed_share * (tax + land))
            income, usual = fen(tax) + c.land + carried, fen(tax + land)
            if p.fiscal_limits:
                left = max(income - p.committed_share * usual - interest, 0)
            else:
                left = (1 - p.committed_share) * usual
            film = math.floor(p.film_budget_share * left)
            wanted = committed + interest + film - income
            limit = fen(p.city_debt_limit_years * 12 * (tax + land)) if p.fiscal_limits else 2**61
            borrowed = min(max(wanted, 0), max(limit - c.debt, 0))
            repaid = min(max(-wanted, 0), c.debt)
            self.pay("loans", self.china, c, borrowed)
            self.pay("loans", c, self.china, repaid)
            self.pay("interest", c, self.china, interest)
            c.debt += borrowed - repaid
            rest, wanted = max(income + borrowed - repaid - interest - film, 0), sum(map(sum, c.news.values()))
            left = max(1 - max(wanted - rest, 0) / wanted, 0.0) if wanted else 1.0
            self.pay("city_spending", c, self.china, rest - self.fill_budgets(c, left))
            c.film_budget = c.grant = film

    def set_aside(self, c: Agent) -> int:
        """What a city holds under budgets of policies."""
        return sum(c.yearly.values()) + sum(c.in_all.values())

    def let_budgets_lapse(self, c: Agent) -> None:
        """(G3) Yearly ones in January, others once no window in force has one."""
        for name in COSTLY:
            if self.month % 12 == 0:
                c.yearly[name] = 0
            if name not in c.runs:
                c.in_all[name] = 0

    def read_budgets(self, c: Agent) -> None:
        """(G3) What becomes available under budgets this month, whether the film budget pays too, which budgets run."""
        p, t = self.p, self.month
        c.news, c.open_to, c.runs = {}, {}, set()
        for name in COSTLY:
            parts = [0.0, 0.0]
            windows = [w for w in self.standing(c, t) if w.instrument == name and t >= w.start and not 0 <= w.end <= t]
            for w in windows:
                year, total = w.budget_yuan_year, w.budget_yuan_total
                if year is not None:
                    so_far = (t - w.start) * (year / 12)
                    parts[0] += p.policy_scale * min(
                        year / 12, max((total if total is not None else math.inf) - so_far, 0.0)
                    )
                elif total is not None:
                    end = w.end if w.end >= 0 else w.start + p.open_window_months
                    parts[1] += p.policy_scale * (total / (end - w.start) if t < end else 0.0)
                    c.runs.add(name)
            own = [w for w in windows if w.budget_yuan_year is not None or w.budget_yuan_total is not None]
            c.open_to[name] = not own or any(w.size > 0 for w in windows if w not in own)
            c.news[name] = [fen(part * p.scale) for part in parts]

    def fill_budgets(self, c: Agent, left: float) -> int:
        """Put what is left after a cut of the month's budgets where policies can take it; what was put."""
        before = self.set_aside(c)
        for name, (year, total) in c.news.items():
            c.yearly[name] += math.floor(left * year)
            c.in_all[name] += math.floor(left * total)
        return self.set_aside(c) - before

    def standing(self, c: Agent, t: int) -> list[Any]:
        """Windows of a city that act and that no later one silences."""
        p = self.p
        switch = {
            "designation": p.designation,
            "public_studio": p.public_studios,
            **dict.fromkeys(FOR_FIRMS, p.rent_subsidy),
            "rebate": p.rebate,
            "rebate_cap": p.rebate,
            "state_fund": p.state_funds,
            "hours_cap": p.hours_cap,
            "censorship": False,
            "training": True,
            "state_space": True,
            "free_scenes": True,
        }
        every = self.scenario.policies if self.acting() else ()
        return [
            w
            for n, w in enumerate(every)
            if w.city in ("all", c.slug) and switch[w.instrument] and not self.silenced(n, (c.slug, "all"), t)
        ]

    def silenced(self, n: int, cities: tuple[str, ...], t: int) -> bool:
        """Whether a later window of the instrument replaces this one now."""
        w = self.scenario.policies[n]
        t -= self.p.designation_lag_months * (w.instrument == "designation")
        return any(
            (o.mode, o.instrument, o.zone) == ("replace", w.instrument, w.zone)
            and o.city in cities
            and self.force(o, t) > 0
            for o in self.scenario.policies[n + 1 :]
        )

    def promise(self, c: Agent, name: str, announced: float, claimed: float) -> None:
        """What was announced, at least by the month's budget, and claimed; fen."""
        self.add(f"announced_{name}_yuan", c, max(announced, sum(c.news[name])) / 100)
        self.add(f"claimed_{name}_yuan", c, claimed / 100)

    def claim_first(self, c: Agent, tax: int, land: int, usual: int) -> None:
        """(G2b) Film has a claim on revenue; committed spending follows revenue; a debt limit cuts all alike."""
        p = self.p
        if self.month % 12 == 0:
            c.film_budget = 0
        revenue = tax + c.land
        if self.month == 0:
            c.committed = float(math.floor(p.committed_share * usual + 0.5))
        c.committed += (1 - 0.5 ** (1 / p.committed_half_life_months)) * (p.committed_share * revenue - c.committed)
        base, lost = (revenue, max(1 - c.land / land, 0) if land else 0.0) if p.fiscal_limits else (usual, 0.0)
        film = math.floor(p.film_claim * base * (1 + p.land_substitution * lost))
        other = math.floor(c.committed)
        interest = fen(c.debt / 100 * p.city_interest_year / 12)
        free = c.cash - c.saved - self.set_aside(c) - c.film_budget + revenue - interest
        other += sum(map(sum, c.news.values()))
        room = max(math.floor(p.city_debt_limit_years * 12 * usual + 0.5) - c.debt, 0) if p.fiscal_limits else 2**61
        borrowed = min(max(other + film - free, 0), room)
        repaid = min(max(free - other - film, 0), c.debt)
        missing = max(other + film - free - borrowed, 0)
        left = max(1 - missing / (other + film), 0.0) if other + film else 1.0
        self.add("cut_for_debt", c, 1 - left)
        film, own = math.floor(left * film), self.fill_budgets(c, left)
        for flow, payer, payee, amount in (
            ("city_taxes", self.china, c, tax),
            ("land_sales", self.china, c, c.land),
            ("loans", self.china, c, borrowed),
            ("loans", c, self.china, repaid),
            ("interest", c, self.china, interest),
            ("city_spending", c, self.china, max(free + borrowed - repaid - film - own, 0)),
        ):
            self.pay(flow, payer, payee, amount)
        c.debt += borrowed - repaid
        c.film_budget += film
        c.grant = film

    def acting(self) -> bool:
        return self.p.policy and self.month < self.p.policy_end_month

    def govern(self) -> None:
        """(G3-G9) New leaders, plans, imitation, then the instruments of the month."""
        p = self.p
        if p.turnover:
            for c in self.cities:
                if self.happens("official.turnover", c.key, p.turnover_rate):
                    c.extra, c.copies_from, c.tolerance = 0.0, -1, p.tolerance
                    c.no_calls_until = self.month + p.fund_pause_months
        if self.acting() and p.annual_plans and self.month % 12 == 0 and self.month >= 24:
            self.plan_year()
        if self.acting() and p.imitation and p.designation:
            self.imitate()
        for c in self.cities:
            self.set_instruments(c)
        for c in self.cities:
            part = math.floor(p.investment_share * c.film_budget)
            wanted = fen(c.wanted_fund * 1e6 * p.scale)
            called = wanted if c.no_calls_until <= self.month else 0
            self.promise(c, "state_fund", wanted, called)
            part -= self.build_public(c, part)
            fund = self.state_funds[c.j]
            called = min(called, self.can_pay(c, "state_fund", part))
            self.spend(c, "fund_capital", fund, called, "state_fund")
            fund.raised += called
            fund.for_zone += math.floor(called * c.fund_for_zone)
            c.subsidy_budget = c.film_budget

    def plan_year(self) -> None:
        """(G8)"""
        p = self.p
        year = [sum(m["local_spending_yuan"][c.j] for m in self.months[-12:]) for c in self.cities]
        before = [sum(m["local_spending_yuan"][c.j] for m in self.months[-24:-12]) for c in self.cities]
        nation = math.log(max(sum(year), 1.0) / max(sum(before), 1.0))
        for c in self.cities:
            change = c.rebate - c.last_rebate
            if year[c.j] > 0 and before[c.j] > 0 and abs(change) > 1e-9:
                learnt = (math.log(year[c.j] / before[c.j]) - nation) / change
                learnt = min(max(learnt, 0), p.response_cap * p.prior_response)
                c.response = recent(c.response, learnt, p.response_update_weight)
            c.last_rebate = c.rebate
            if not c.designated > 0:
                continue
            budget = 12 * ((1 - p.investment_share) * c.film_budget + sum(c.news["rebate"])) / 100
            options = []
            for step in range(-3, 4):
                rate = min(max(c.rebate + p.plan_step * step / 3, 0), 1)
                spending = year[c.j] * math.exp(c.response * (rate - c.rebate))
                if rate * spending <= budget:
                    options.append(((p.jobs_weight - rate) * spending, rate))
            planned = options[best([gain for gain, _ in options])][1] if options else max(c.rebate - p.plan_step, 0)
            c.extra += min(planned, self.affordable_rebate(c)) - c.rebate

    def affordable_rebate(self, c: Agent) -> float:
        """(G8) What a year of film budget for subsidies and of budgets for rebates pays on what was spent last year."""
        spent = sum(m["local_spending_yuan"][c.j] for m in self.months[-12:])
        month = (1 - self.p.investment_share) * c.grant * c.open_to["rebate"] + sum(c.news["rebate"])
        return 12 * month / 100 / spent if spent > 0 else math.inf

    def imitate(self) -> None:
        """(G9) Everybody sees last month's shares and rebates."""
        p, rebates = self.p, [c.rebate for c in self.cities]
        for c in self.cities:
            near = [1 / h if h > 0 else 0.0 for h in c.hours_to]
            seen = sum(w * o.designated * o.share for w, o in zip(near, self.cities, strict=True))
            chance = 1 - math.exp(-(p.imitation_rate + p.imitation_success * seen / max(sum(near), 1e-12)))
            if self.happens("official.imitation", c.key, chance) and not c.designated and c.copies_from < 0:
                c.copies_from = self.month
            if c.copies_from >= 0:
                highest = max([0.0, *rebates[: c.j], *rebates[c.j + 1 :]])
                more = p.imitation_catch_up * max(highest - c.rebate, 0)
                c.extra += min(more, max(self.affordable_rebate(c) - c.rebate, 0))

    def set_instruments(self, c: Agent) -> None:
        """(G3) Announced windows, with the lag of planning documents, and what the city added of its own."""
        p, t = self.p, self.month
        if t >= p.policy_end_month:
            c.extra, c.copies_from = 0.0, -1
        total = dict.fromkeys((*COSTLY, "designation", "rebate_cap"), 0.0)
        in_zone = dict.fromkeys(TOTALS, 0.0)
        c.hours_cap = 24.0
        for w in self.standing(c, t):
            if self.by_cell(c, w):
                continue
            if w.instrument in TOTALS:
                end = w.end if w.end >= 0 else w.start + p.open_window_months
                part = in_zone if self.for_part(c, w) else total
                part[w.instrument] += p.policy_scale * w.size / (end - w.start) * (w.start <= t < end)
            elif w.instrument == "hours_cap":
                if p.policy_scale > 0 and self.force(w, t) > 0:
                    c.hours_cap = min(c.hours_cap, w.size)
            else:
                lag = p.designation_lag_months * (w.instrument == "designation")
                total[w.instrument] += p.policy_scale * w.size * self.force(w, t - lag)
        copied = c.copies_from >= 0 and t >= c.copies_from + p.designation_lag_months
        c.designated = min(total["designation"] + (copied and p.designation), 1.0)
        c.rent_subsidy = min(total["rent_subsidy"], 1.0)
        c.rebate = min(max(total["rebate"] + c.extra, 0.0), p.national_rebate_cap) * p.rebate
        c.cap = total["rebate_cap"] or p.usual_rebate_cap_yuan * (c.rebate > 0)
        c.scenes = max(total["free_scenes"], 0.0)
        c.space = max(c.space + total["state_space"] * p.scale, 0.0) if self.acting() else 0.0
        c.zone_space = max(c.zone_space + in_zone["state_space"] * p.scale, 0.0) if self.acting() else 0.0
        total["public_studio"] += in_zone["public_studio"]
        c.zone_plan_m2 += in_zone["public_studio"] * p.scale
        c.plan_m2 += total["public_studio"] * p.scale
        planned = fen(total["public_studio"] * p.scale * p.conversion_capex_yuan_m2)
        self.promise(c, "public_studio", planned, planned)
        c.wanted_fund = total["state_fund"] + in_zone["state_fund"]
        c.fund_for_zone = in_zone["state_fund"] / c.wanted_fund if in_zone["state_fund"] > 0 else 0.0

    def for_part(self, c: Agent, w: Any) -> bool:
        """(G4b) Whether a total is for a zone that is not the whole city."""
        return w.instrument in TOTALS and bool(w.zone) and len(self.eligible(c, w)) < len(c.cells)

    def zone_of(self, c: Agent, name: str) -> set[int]:
        """(G4b) Cells of the zone for which a city announces an instrument, whenever."""
        windows = [w for w in self.scenario.policies if w.instrument == name and w.city == c.slug]
        return {id(x) for w in windows if self.for_part(c, w) for x in self.eligible(c, w)}

    def by_cell(self, c: Agent, w: Any) -> bool:
        """(G5b) What a studio gets from a window depends on its cell, unless it is a plain share of all rents."""
        plain = w.instrument == "rent_subsidy" and w.cap_yuan_firm_year is None
        return w.instrument in FOR_FIRMS and not (plain and len(self.eligible(c, w)) == len(c.cells))

    def eligible(self, c: Agent, w: Any) -> list[Agent]:
        """(G5b) Cells of a city that are in the zone of a window."""
        if not w.zone:
            return c.cells
        zone = next(z for z in self.scenario.zones if (z.city, z.slug) == (c.slug, w.zone))
        km = self.p.cell_km
        return [x for x in c.cells if math.hypot(km * x.dx - zone.dx_km, km * x.dy - zone.dy_km) <= zone.radius_km]

    def supports(self, c: Agent) -> dict[int, list[float]]:
        """(G5b) Yuan of rent, services and housing that a studio in a cell can claim this month, by cell."""
        p, found = self.p, {id(x): [0.0, 0.0, 0.0] for x in c.cells}
        windows = [w for w in self.standing(c, self.month) if self.by_cell(c, w)] if self.month >= 0 else []
        for w in windows:
            size, cap = p.policy_scale * w.size * self.force(w, self.month), w.cap_yuan_firm_year
            for x in self.eligible(c, w):
                part = size * x.rent * p.office_m2_per_studio if w.instrument == "rent_subsidy" else size
                part = part if cap is None else min(part, cap / 12)
                found[id(x)][FOR_FIRMS.index(w.instrument)] += part
        overhead = p.overhead_yuan_month * c.row["price_level"]
        for x in c.cells if windows else ():
            rent, services, housing = found[id(x)]
            services = min(max(services, 0), overhead)
            rent = min(max(rent, 0), x.rent * p.office_m2_per_studio * (1 - c.rent_subsidy))
            found[id(x)] = [rent, services, min(max(housing, 0), overhead - services)]
        return found if windows else {}

    def expected_support(self, c: Agent) -> dict[int, float]:
        """(G5b) What studios think they would get, by what was honoured."""
        hope = [c.honoured[name] for name in FOR_FIRMS]
        return {x: sum(h * y for h, y in zip(hope, yuan, strict=True)) for x, yuan in self.supports(c).items()}

    def surplus(self, c: Agent) -> float:
        """(G5b) Worth of a city's support by cell to a studio that may choose its cell, yuan a month."""
        p = self.p
        if p.office_choice != "nearby" or not any(self.hoped[c.j].values()):
            return 0.0
        logs = []
        for support in (True, False):
            values = self.cell_values(c, self.surveyed, None, support=support, room=False)
            logs.append(math.log(sum(math.exp(v) for v in values)))
        rent = sum(x.rent for x in c.cells) / len(c.cells) * p.office_m2_per_studio
        return rent / p.office_rent_weight * (logs[0] - logs[1])

    @staticmethod
    def force(w: Any, t: int) -> float:
        if t < w.start or (w.end >= 0 and t >= w.end):
            return 0.0
        return min(1.0, (t - w.start + 1) / w.ramp_months) if w.ramp_months else 1.0

    def spend(self, c: Agent, flow: str, payee: Agent, amount: int, name: str = "") -> None:
        self.pay(flow, c, payee, amount)
        if name:
            self.draw(c, name, amount)
        else:
            c.film_budget -= amount
        c.spent += amount

    def draw(self, c: Agent, name: str, amount: int) -> int:
        """Take money from an instrument's own budgets first; what the shared one had to give."""
        self.add(f"paid_{name}_yuan", c, amount / 100)
        for own in (c.yearly, c.in_all):
            part = min(own[name], amount)
            own[name] -= part
            amount -= part
        c.film_budget -= amount
        return amount

    def can_pay(self, c: Agent, name: str, shared: int) -> int:
        return c.yearly[name] + c.in_all[name] + shared * c.open_to[name]

    def build_public(self, c: Agent, budget: int) -> int:
        """(G4) Save for what is planned, build when a crew's room can be paid; returns what was set aside."""
        p = self.p
        can_pay = self.can_pay(c, "public_studio", budget)
        if c.plan_m2 < p.crew_floor_m2 / 2 or can_pay <= 0:
            return 0
        price = fen(p.conversion_capex_yuan_m2)
        plan = max(c.plan_m2, p.crew_floor_m2)
        aside = min(can_pay, max(int(plan * price) - c.saved, 0))
        c.saved += aside
        aside = self.draw(c, "public_studio", aside)
        cells = c.cells
        if c.zone_plan_m2 >= p.crew_floor_m2 / 2:  # (G4b) what is for the zone comes first
            zone = self.zone_of(c, "public_studio")
            cells, plan = [x for x in c.cells if id(x) in zone], max(min(c.zone_plan_m2, plan), p.crew_floor_m2)
        crews = int(min(c.saved / price, plan) // p.crew_floor_m2)
        if crews:
            floor = crews * p.crew_floor_m2
            free = [m for m in self.malls if m.derelict and m.cell in cells and self.mall_m2 >= floor]
            mall = min(free, key=lambda m: m.cell.rent) if free else None
            cell = mall.cell if mall else min(cells, key=lambda cell: cell.rent)
            self.open_base(c, cell, mall, crews, 0, public=True)
            cost = int(floor * price)
            self.pay("public_capex", c, self.china, cost)
            c.saved -= cost
            c.spent += cost
            c.plan_m2 -= floor
            c.zone_plan_m2 -= floor if cells is not c.cells else 0.0
        return aside

    def open_base(self, c: Agent, cell: Agent, mall: Agent | None, crews: int, genre: int, *, public: bool) -> Agent:
        p = self.p
        opens = self.month + math.ceil(p.conversion_lag_months * (1 - p.designation_speedup * c.designated))
        capex = (p.conversion_capex_yuan_m2, p.costume_capex_yuan_m2)[genre]
        base = self.new_base(
            c,
            cell,
            mall,
            crews,
            genre,
            rent=self.shell_rent(mall) if mall else cell.rent,
            opens=opens,
            lease_ends=opens + p.lease_months,
            public=public,
            capital=fen(capex * (crews * p.crew_floor_m2)),
        )
        if mall:
            mall.converted, mall.derelict = True, False
        return base

    def set_stringency(self) -> None:
        """(C1)"""
        p = self.p
        self.stringency = 1.0
        if p.campaigns:
            if self.happens("regulator.campaign", 0, p.campaign_rate):
                self.campaign_until = self.month + p.campaign_months
            self.stringency += p.campaign_force * (self.month < self.campaign_until)
            self.stringency += sum(
                w.size * self.force(w, self.month)
                for n, w in enumerate(self.scenario.policies)
                if w.instrument == "censorship" and not self.silenced(n, (w.city, "all"), self.month)
            )
        for c in self.cities:
            c.hazard = p.inspection_rate * self.stringency * (1 - c.tolerance)

    # ------------------------------------------------------------------ funds

    def feed_funds(self) -> None:
        """(F1, F2, G7) Capital in and fees out; stakes bought, best outlook first; promises settled."""
        p = self.p
        if p.private_funds:
            reference = sum(self.spending_at(p.private_capital_at_month))
            relative = sum(self.spending) / reference if reference else 0.0
            for fund in self.private_funds:
                usual = p.private_capital_yuan_month * p.scale * relative / len(self.private_funds)
                if fund.invested:
                    usual *= min(1 + (fund.returned - fund.lost) / fund.invested, 1.0) ** p.fund_record_weight
                capital = fen(usual)
                self.pay("private_capital", self.china, fund, capital)
                fund.raised += capital
                self.pay("fund_fees", fund, self.china, min(fen(fund.raised / 100 * p.fund_fee_year / 12), fund.cash))
        if p.private_funds or p.state_funds:
            self.invest()
        for s in self.studios:
            if s.promise_ends == self.month and s.promised_to:
                missing = s.promised / max(fen(p.fund_mandate * p.ticket_yuan), 1)
                owed = int(min(math.floor(missing * fen(p.ticket_yuan)), max(s.cash, 0)))
                self.pay("fund_claw_back", s, self.state_funds[s.promised_to.j], owed)
                s.promised, s.promised_to = 0, None

    def invest(self) -> None:
        p, ticket = self.p, fen(self.p.ticket_yuan)
        view = {}
        short = [s for s in self.studios if 0 <= s.cash < fen(p.fund_need_series * self.series_cost)]
        for s in short:
            view[s.id] = max(self.outlook(s)[:3])
            view[s.id] += p.fund_view_spread * self.draws.normal("fund.view", s.id)
        short.sort(key=lambda s: -view[s.id])
        low = {s.id for s in short if s.cash < fen(p.follow_on_cash * self.series_cost)}
        if p.state_funds:
            for fund in (f for f in self.state_funds if f.cash >= ticket):
                home = self.cities[fund.city]
                good = [s for s in short if view[s.id] > p.state_hurdle]
                held = {s.id for s in good if s.stakes["SF"]}
                chosen = []
                for s in good:
                    promises = (
                        p.mandates
                        and p.fund_mandate > 0
                        and not s.promised
                        and p.fund_mandate * math.expm1(max(s.city.value - home.value, 0)) < p.promise_worth
                    )
                    if s.holders["SF"] is fund and s.id in low if s.stakes["SF"] else s.city is home or promises:
                        chosen.append(s)
                for s in self.buy(fund, chosen, self.zone_of(home, "state_fund")):
                    if s.city is not home and s.id not in held:
                        s.promised_to, s.promised = home, fen(p.fund_mandate * p.ticket_yuan)
                        s.promise_ends = self.month + p.mandate_months
        if p.private_funds:
            for fund in (f for f in self.private_funds if f.cash >= ticket):
                self.buy(
                    fund,
                    [
                        s
                        for s in short
                        if view[s.id] > p.private_hurdle
                        and (not s.stakes["PF"] or (s.holders["PF"] is fund and s.id in low))
                    ],
                )

    def buy(self, fund: Agent, ranked: list[Agent], zone: Collection[int] = ()) -> list[Agent]:
        """A ticket each while the capital lasts, what is for a zone there first (G4b); older stakes are diluted."""
        p, ticket = self.p, fen(self.p.ticket_yuan)
        chosen, free = [], fund.cash - fund.for_zone
        for s in ranked:
            if id(s.cell) in zone and fund.for_zone >= ticket:
                fund.for_zone -= ticket
                chosen.append(s)
            elif free >= ticket:
                free -= ticket
                chosen.append(s)
        stake = round(10_000 / (1 + p.premoney_ratio))
        for s in chosen:
            self.pay("equity", fund, s, ticket)
            fund.invested += ticket
            s.paid[fund.sector] += ticket
            for sector in s.stakes:
                s.stakes[sector] = s.stakes[sector] * (10_000 - stake) // 10_000
            s.stakes[fund.sector] += stake
            s.holders[fund.sector] = fund
        return chosen

    # ------------------------------------------------------------------ bases

    def renew_leases(self) -> None:
        """(P8)"""
        p = self.p
        for b in self.bases if p.lease_renewal else ():
            if b.lease_ends == self.month and b.rent > 0:
                dead = b.mall is not None and b.mall.frailty < b.city.retail_vacancy
                b.rent = b.cell.rent * (p.shell_rent_ratio if dead else 1.0)
                b.lease_ends += p.lease_months

    def convert(self, m: Agent, crews: int, genre: int) -> Agent:
        base = self.open_base(m.city, m.cell, m, crews, genre, public=False)
        self.pay("loans", self.china, base, base.capital)
        self.pay("base_capex", base, self.china, base.capital)
        base.debt, base.service = base.capital, math.ceil(self.must_earn(genre)[0] * base.capital)
        return base

    def convert_malls(self) -> None:
        """(P6) Local entrepreneurs in turn, each at the cheapest shell that can be had."""
        p, draws, queue = self.p, self.draws, []
        if not p.mall_conversion:
            return
        for c in self.by_key:
            there = sum(s.city is c for s in self.studios)
            looks = math.floor(p.conversion_looks * there / p.scale + draws.uniform("mall.looks", c.key))
            queue += [(draws.uniform("mall.order", child(c.key, n)), c) for n in range(looks)]
        cost = {(c.j, g): self.break_even(c, g) for c in self.cities for g in (0, 1)}
        for _, c in sorted(queue, key=lambda entry: entry[0]):
            willing = [
                m
                for m in self.idle_shells(c)
                if m.reluctance < 1 - 0.5 ** ((self.month - m.idle_since) / p.landlord_half_life_months)
            ]
            plans, options = [self.plan_after_entry(c, g, cost[c.j, g]) for g in (0, 1)], []
            zone = self.zone_of(c, "state_space")
            for there in (False, True):
                if shells := [m for m in willing if (id(m.cell) in zone) is there]:
                    m = min(shells, key=lambda m: (self.shell_rent(m), m.id))
                    space = c.space + (c.zone_space if there else 0.0)
                    for genre, (margin, crews) in enumerate(plans):
                        gain = margin - self.shell_rent(m) * (1 - self.spared(c, crews, space))
                        options.append((gain, m, crews, genre, space))
            chosen = best([option[0] for option in options]) if options else -1
            if options and options[chosen][0] > 0:
                _, m, crews, genre, space = options[chosen]
                base = self.convert(m, crews, genre)
                base.given = min(space, base.floor)
                in_zone = min(space - c.space, base.given)
                c.zone_space -= in_zone
                c.space -= base.given - in_zone

    def spared(self, c: Agent, crews: int, space: float) -> float:
        """(G3c) Share of the lease that a builder expects the city to pay, as it paid those before."""
        floor = crews * self.p.crew_floor_m2
        return c.honoured["state_space"] * min(space / floor, 1.0) if crews else 0.0

    def plan_after_entry(self, c: Agent, g: int, cost: float) -> tuple[float, int]:
        """(P6) Margin before the shell's rent at the price after entry, and the crews to build for."""
        p, target = self.p, self.p.base_target_utilisation
        opened = self.rooms(c, g, planned=False)
        have = opened + p.visibility * (self.rooms(c, g) - opened)
        want = c.set_demand[g] / 30
        crews = int(min(max(math.ceil(want / target - have), 0), max(1, self.mall_m2 // p.crew_floor_m2)))
        if not crews:
            return -math.inf, 0
        use = min(want / (have + crews), 1.0)
        price = math.log(c.set_hire[g])
        if p.pass_through and p.set_price_cost_pull > 0:
            in_the_end = math.log(cost) + self.price_response() / p.set_price_cost_pull * (use - target)
            price = in_the_end + (price - in_the_end) * (1 - p.set_price_cost_pull) ** p.price_horizon_months
        else:
            price += p.price_horizon_months * self.price_response() * (use - target)
        takings = 30 * math.exp(price) * use / p.crew_floor_m2 * (1 - p.base_operating_share)
        return takings - self.must_earn(g)[1], crews

    def day_hire(self, b: Agent) -> int:
        """(P6, G4, S5b)"""
        own = b.city.set_hire[b.genre] * math.exp(b.premium)
        return fen(own * (1 - self.p.public_discount if b.public else 1.0))

    # ------------------------------------------------------------------ platforms plan, hours

    def plan_commissions(self) -> None:
        """(S2, D6)"""
        p = self.p
        for x in self.platforms:
            content = p[f"content_share_{MODES[x.mode]}"] * self.spending[x.mode] * x.share
            x.slate = min(
                fen(p.commission_share * p.work_for_hire * content),
                math.floor(p.commission_cash_share * max(x.cash, 0)),
            )
        if p.novel_promotion and self.month >= p.format_birth_month:
            for x in self.publishers:
                budget = fen(p.novel_seed_yuan_month * p.scale * x.share) + math.floor(p.novel_reinvestment * x.sales)
                x.slate = min(budget, math.floor(p.commission_cash_share * max(x.cash, 0)))

    def effective(self, hours: float) -> float:
        """(L4)"""
        full, limit = self.p.full_hours, max(self.p.fruitless_hours - self.p.full_hours, 0)
        over = min(max(hours - full, 0), limit)
        return min(hours, full) + over - over**2 / (2 * max(self.p.fruitless_hours - full, 1e-9))

    def set_hours(self) -> None:
        p = self.p
        for c in self.cities:
            c.hours = min(p.shooting_hours, c.hours_cap) if p.hours_cap else p.shooting_hours
            c.day_length = self.effective(p.shooting_hours) / self.effective(c.hours)

    # ------------------------------------------------------------------ what cities offer

    def shooting_days(self, sets: float, genre: int) -> float:
        """(S4)"""
        usual = self.p.shooting_days * (self.p.costume_days if genre else 1)
        return usual * (1 + self.p.set_moves / (1 + math.log(1 + sets)))

    def survey_cities(self) -> None:
        """(S3, S8, A1-A4)"""
        p = self.p
        self.surveyed = self.offices_there()
        self.hoped = {c.j: self.expected_support(c) for c in self.cities}
        costume = p.costume_share * p.genres
        authors = [c.row["authors"] for c in self.cities]
        people = externality([sum(n[2:]) for n in self.pool], p.pooling, p.externality_floor)
        known = externality([c.knowledge for c in self.cities], p.knowledge, p.externality_floor)
        name = externality([c.name for c in self.cities], p.reputation, p.externality_floor)
        for c in self.cities:
            c.sets = [p.sets_per_crew * self.rooms(c, g, planned=False) / p.scale for g in (0, 1)]
        access = [externality([c.sets[g] for c in self.cities], p.set_access, p.externality_floor) for g in (0, 1)]
        self.survey_free = [self.free_in_scenes(c) for c in self.cities]
        for c in self.cities:
            longer = c.day_length * (1 + (1 - math.exp(-p.retake_rate * c.fatigue)) / p.shooting_days)
            c.days_base = [longer * self.shooting_days(x * p.set_sharing, g) for g, x in enumerate(c.sets)]
            c.days_location = [longer * self.shooting_days(0.0, g) for g in (0, 1)]
            moves = p.venue_moves * p.set_moves / (1 + math.log(1 + p.sets_per_crew * p.set_sharing))
            c.days_venue = longer * p.shooting_days * (1 + min(moves, p.set_moves))
            c.daily = sum(w * n for w, n in zip(c.rates, self.crews, strict=True))
            c.daily += sum(self.crews) * p.living_yuan_day * c.row["price_level"] + p.equipment_yuan_day
            relative = c.row["authors"] / sum(authors) * len(authors) if sum(authors) else 1.0
            c.script = p.script_yuan * min(max(relative, 1e-9) ** -(p.ip_elasticity * p.ip_supply), p.script_cap)
            c.local_cost, c.rebate_yuan, c.queue, c.worth = [], [], [], []
            for g, place in ((0, 1.0), (1, p.costume_location)):
                on_base = c.days_base[g] * (c.daily + c.set_hire[g])
                place *= c.row["location_yuan_day"] * (1 - self.survey_free[c.j] * (g == 0))
                on_location = c.days_location[g] * (c.daily + place)
                if p.venues and g == 0:
                    at_venue = c.days_venue * (c.daily + c.venue_hire * (1 - self.survey_free[c.j]))
                    on_location = c.venue_chance * at_venue + (1 - c.venue_chance) * on_location
                c.local_cost.append(c.set_chance[g] * on_base + (1 - c.set_chance[g]) * on_location)
                c.rebate_yuan.append(c.honoured["rebate"] * min(c.local_cost[g] * c.rebate, c.cap))
                c.queue.append(c.set_wait[g] / c.days_base[g])
                size = p.pooling_weight * people[c.j] + p.knowledge_weight * known[c.j]
                size += p.reputation_weight * name[c.j] + p.set_access_weight * access[g][c.j]
                signal = p.designation_appeal * c.designated
                saved = p.designation_filing_days * c.designated * c.honoured["filing"]
                signal += p.delay_cost * min(saved, self.review_days()[0])
                c.worth.append(signal + p.agglomeration_scale * size)
            usual: Callable[[list[float]], float] = lambda x: (1 - costume) * x[0] + costume * x[1]  # noqa: E731
            c.mean_cost = usual(c.local_cost) + c.script + p.post_yuan
            rent = sum(cell.rent for cell in c.cells) / len(c.cells)
            cost = c.mean_cost - usual(c.rebate_yuan) + p.overhead_yuan_month * c.row["price_level"]
            cost += rent * p.office_m2_per_studio * (1 - c.honoured["rent_subsidy"] * c.rent_subsidy)
            cost -= self.surplus(c)
            size, firms = c.row["employment_million"], c.row["founder_firms"]
            if p.heritage and not math.isnan(firms):
                size *= firms
            pull = p.entry_scale * p.city_size * math.log(size)
            c.value = pull + self.place(c, cost, usual(c.worth), usual(c.queue))

    def scene_days(self, c: Agent) -> float:
        """(G3d) Days for which public scenes have room, free of charge."""
        return c.scenes * self.p.scene_days_month * self.p.scale

    def free_in_scenes(self, c: Agent) -> float:
        """(G3d) Share of the hire off base of which studios think that the city pays it."""
        room = self.scene_days(c)
        return c.honoured["free_scenes"] * (room / c.outside_days if c.outside_days > room else room > 0)

    def place(self, c: Agent, cost: float, worth: float, queue: float) -> float:
        """(S8) Value of a place but for trouble away from home."""
        delay = c.put_off / max(1 - c.put_off, self.p.delay_floor)
        return -math.log(cost) + worth - self.p.delay_aversion * delay - self.p.queue_aversion * queue

    def outlook(self, s: Agent) -> list[float]:
        """(S6) Profit over cost by offer: paid, ad-funded, overseas with local or foreign cast, California."""
        p, c, expected = self.p, s.city, s.expected
        flown = p.foreign_usd_day * max(c.days_base[0], p.foreign_least_days) + p.flight_usd
        abroad = c.mean_cost + p.overseas_cost_yuan
        cost = [
            c.mean_cost,
            c.mean_cost,
            abroad,
            abroad + p.exchange_rate * p.foreign_actors * flown,
            p.exchange_rate * p.california_usd + c.script + p.overseas_cost_yuan,
        ]
        there = [x / self.overseas_appeal for x in (1.0, p.foreign_appeal, p.california_appeal)]
        earns = [expected[0], expected[1], *(expected[2] * x for x in there)]
        record = 1.0
        if s.finished:
            record = (s.results + p.own_results_prior) / (s.finished + p.own_results_prior)
            record = record if math.isfinite(record) else 1.0
        worth = [record * math.exp(p.quality_effect * s.quality) / self.usual_worth(m) for m in (0, 1, 2, 2, 2)]
        return [e * w / k - 1 for e, w, k in zip(earns, worth, cost, strict=True)]

    # ------------------------------------------------------------------ studios

    def offices(self, homes: list[Agent], who: list[int]) -> list[Agent]:
        """(P3) Cells of new offices, all chosen on what stands there before."""
        p, there = self.p, self.surveyed if self.p.office_choice == "nearby" else self.offices_there()
        weights: dict[int, list[float]] = {}
        if p.office_choice == "nearby":
            values = {c.j: self.cell_values(c, there, None) for c in homes}
            return [c.cells[best(self.with_tastes(c.cells, values[c.j], i))] for c, i in zip(homes, who, strict=True)]
        for c in {c.j: c for c in homes}.values():
            value = [
                p.office_neighbours * math.log(1 + there[id(x)]) - math.log(x.rent) - p.office_access * x.km
                for x in c.cells
            ]
            room = [self.vacancy(x) * x.stock >= p.office_m2_per_studio for x in c.cells]
            top = max(value)
            weights[c.j] = [
                math.exp((v - top) / p.office_cell_scale) * (1.0 if r else 1e-9)
                for v, r in zip(value, room, strict=True)
            ]
        return [
            c.cells[pick(self.draws.uniform("studio.cell", i), weights[c.j])] for c, i in zip(homes, who, strict=True)
        ]

    def offices_there(self) -> dict[int, int]:
        there: dict[int, int] = defaultdict(int)
        for s in self.studios:
            there[id(s.cell)] += 1
        return there

    def cell_values(
        self, c: Agent, there: dict[int, int], own: Agent | None, *, support: bool = True, room: bool = True
    ) -> list[float]:
        """(P3b) What the cells of a city are worth, but for tastes, to a studio with an office in one or in none."""
        p, values = self.p, []
        mean = sum(x.rent for x in c.cells) / len(c.cells)
        helped = self.hoped.get(c.j, {}) if support else {}
        of_rent = 1 - c.honoured["rent_subsidy"] * c.rent_subsidy
        taken = [(k, there[id(b)] - (b is own)) for k, b in enumerate(c.cells) if there[id(b)]]
        for x in c.cells:
            if not x.pulls:
                ends = max(10 * p.spillover_km, 0.52 * p.cell_km)
                far = [max(abs(b.dx - x.dx), abs(b.dy - x.dy)) * p.cell_km > ends for b in c.cells]
                apart = [math.inf if beyond else self.apart(b, x) for b, beyond in zip(c.cells, far, strict=True)]
                x.pulls = [math.exp(-km / p.spillover_km) if km <= ends else 0.0 for km in apart]
                x.reach = sum(x.pulls)
            near = sum(n * x.pulls[k] for k, n in taken) / x.reach / p.scale
            rent = x.rent * of_rent - helped.get(id(x), 0.0) / p.office_m2_per_studio
            value = -p.office_rent_weight * rent / mean + p.office_spillover * math.log(1 + near)
            value -= p.office_centre_pull * self.at_least(x.km)
            if room and self.vacancy(x) * x.stock < p.office_m2_per_studio * p.scale and x is not own:
                value += math.log(1e-9)
            values.append(value)
        return values

    def with_tastes(self, cells: list[Agent], values: list[float], who: int) -> list[float]:
        """(P3b) A studio's tastes in cells are those of before the start, for ever."""
        return [v + self.draws.gumbel("studio.taste", who, x.key, -1) for v, x in zip(values, cells, strict=True)]

    def found(self) -> None:
        """(S1)"""
        p, draws = self.p, self.draws
        if not p.entry:
            return
        cost = [self.series_cost, self.series_cost, self.series_cost + p.overseas_cost_yuan]
        own = max(e / c - 1 for e, c in zip(self.chart_earnings, cost, strict=True))
        profit = max(own, 0.0) + p.commission_margin * self.filled
        chance = min(1.0, p.entry_rate * profit**p.entry_elasticity) if profit > 0 else 0.0
        founders = p.potential_entrants_month * p.scale
        founders *= min(1.0, len(self.studios) / (p.entry_spread_studios * p.scale))
        ids = [identity(STUDIO, self.month, 0, n) for n in range(round(founders))]
        ids = [i for i in ids if self.happens("studio.entry", i, chance)]
        weights = [1 + s.hits for s in self.studios]
        homes, qualities = [], []
        for i in ids:
            talent = draws.normal("studio.quality", i)
            city = self.cities[
                best([c.value / p.entry_scale + draws.gumbel("studio.home", i, c.key) for c in self.cities])
            ]
            quality = p.quality_spread * talent
            if self.studios and self.happens("studio.spinoff", i, p.spinoff_share):
                parent = self.studios[pick(draws.uniform("studio.parent", i), weights)]
                if self.happens("studio.stays", i, p.spinoff_home):
                    city = parent.city
                if p.parentage:
                    quality = p.inheritance * parent.quality + math.sqrt(1 - p.inheritance**2) * quality
            homes.append(city)
            qualities.append(quality)
        born = [
            self.new_studio(i, city, cell, quality)
            for i, city, cell, quality in zip(ids, homes, self.offices(homes, ids), qualities, strict=True)
        ]
        for s in born:
            s.expected = list(self.chart_earnings)
            equity = p.entrant_equity_yuan * math.exp(p.equity_spread * draws.normal("studio.equity", s.id))
            self.pay("founders", self.china, s, fen(equity))
            self.add("entries", s.city)
        self.studios += born

    def relocate(self) -> None:
        """(S9)"""
        p = self.p
        if not p.relocation:
            return
        moves = []
        for s in self.studios:
            if not self.happens("relocation.consider", s.id, p.relocation_rate):
                continue
            values = [
                (c.value - p.relocation_cost * (c is not s.city)) / p.entry_scale
                + self.draws.gumbel("relocation.city", s.id, c.key)
                for c in self.cities
            ]
            city = self.cities[best(values)]
            if city is not s.city:
                moves.append((s, city))
        cells = self.offices([city for _, city in moves], [s.id for s, _ in moves])
        for (s, city), cell in zip(moves, cells, strict=True):
            s.city, s.cell = city, cell
            self.add("moves_in", city)

    def move_offices(self) -> None:
        """(S9b) Some studios look around their city, all at the same state of it."""
        p, there, moves = self.p, self.surveyed, []
        for s in self.studios if p.office_moves and p.office_choice == "nearby" else ():
            if self.happens("office.review", s.id, p.office_review_rate):
                cells = s.city.cells
                value = self.with_tastes(cells, self.cell_values(s.city, there, s.cell), s.id)
                if max(value) > value[cells.index(s.cell)] + p.office_move_cost:
                    moves.append((s, cells[best(value)]))
        for s, cell in moves:
            s.cell = cell
            self.add("office_moves", s.city)

    def start_series(self) -> None:
        """(S2, S6) Slots; commissions to the best slots; own series in the slots that are left."""
        p, draws = self.p, self.draws
        slots = []
        for s in self.studios:
            in_work = [x for x in self.series if x.studio is s and x.stage == PREPARATION]
            needs = [s.city.mean_cost - x.cost / 100 - p.fee_at_shooting * x.fee / 100 for x in in_work]
            s.free = s.cash / 100 - sum(max(need, 0.0) for need in needs)
            room = math.floor((s.free + p.credit_line_yuan) / (p.commission_capital * s.city.mean_cost))
            room = min(room, math.floor(p.slate_base + p.slate_per_hit * s.hits))
            room = 0 if s.shut_until > self.month else min(max(room, 0), p.max_slate)
            slots += [
                Agent(
                    "",
                    studio=s,
                    number=n,
                    key=child(s.id, n + 4096 * (self.month + 1)),
                    platform=None,
                    publisher=None,
                    hired=False,
                    cast=LOCAL,
                )
                for n in range(room)
            ]
        fee = fen(self.series_cost * (1 + p.commission_margin))
        clients = [*self.platforms, *self.publishers]
        offered = [math.floor(x.slate / fee + draws.uniform("platform.slate", x.n + 1)) for x in clients]
        pitch = {
            x.key: x.studio.quality / max(p.quality_spread, 1e-9) + draws.gumbel("series.pitch", x.key) for x in slots
        }
        chosen = {x.key for x in sorted(slots, key=lambda x: -pitch[x.key])[: sum(offered)]}
        self.filled = len(chosen) / max(len(slots), 1)
        started = []
        self.just_filed = []
        for s in self.studios:
            mine = [x for x in slots if x.studio is s]
            hired = sum(x.key in chosen for x in mine)
            carried = math.floor((s.free / s.city.mean_cost - p.commission_capital * hired) / p.working_capital)
            for n, x in enumerate(x for x in mine if x.key not in chosen):
                x.barred = n >= carried
        for x in slots:
            if x.key in chosen:
                client, x.hired = clients[pick(draws.uniform("series.commissioner", x.key), offered)], True
                if client.sector == "IP":
                    x.publisher = client
                    x.platform = self.on_platform(x.key, 1)
                else:
                    x.platform = client
            elif not x.barred:
                self.start_own(x)
            if x.platform:
                started.append(x)
                self.just_filed.append((x.studio, x.platform.mode))
                x.studio.slate += 1
        for s in self.studios:
            s.idle = 0 if s.slate else s.idle + 1
        self.open_files(started, fee)

    def on_platform(self, key: int, mode: int) -> Agent:
        shares = [x.share if x.mode == mode else 0.0 for x in self.platforms]
        return self.platforms[pick(self.draws.uniform("series.platform", key), shares)]

    def start_own(self, x: Agent) -> None:
        """The cast that seems best overseas, then the market; and whether it should pay."""
        p, draws, s = self.p, self.draws, x.studio
        ratio = self.outlook(s)
        shut = [False, False, not p.overseas, not (p.overseas and p.foreign_cast), not (p.overseas and p.california)]
        for offer, mode in enumerate((0, 1, 2, 2, 2)):
            if shut[offer] or s.expected[mode] <= 0:
                ratio[offer] = -math.inf
        cast = best([ratio[2 + n] / p.cast_scale + draws.gumbel("series.cast", x.key, n) for n in range(3)])
        options = [ratio[0], ratio[1], ratio[2 + cast]]
        mode = best([r / p.market_scale + draws.gumbel("series.market", x.key, n) for n, r in enumerate(options)])
        z = min(max((options[mode] - p.start_hurdle) / p.start_scale, -60), 60)
        if draws.uniform("series.start", x.key) < 1 / (1 + math.exp(-z)):
            x.cast = cast if mode == 2 else LOCAL
            x.platform = self.on_platform(x.key, mode)

    def shooting_city(self, s: Agent, genre: int, key: int) -> Agent:
        """(S8)"""
        p = self.p
        if not p.shooting_location:
            return s.city
        values = []
        for c in self.cities:
            travel = p.travelling_crew * 2 * p.travel_yuan_hour * s.city.hours_to[c.j]
            cost = c.local_cost[genre] - c.rebate_yuan[genre] + p.post_yuan + travel + s.city.script
            value = self.place(c, cost, c.worth[genre], c.queue[genre]) - p.away_cost * (c is not s.city)
            value += p.mandate_pull * (s.promised > 0 and s.promised_to is c)
            values.append(value / p.location_scale + self.draws.gumbel("series.city", key, c.key))
        return self.cities[best(values)]

    def open_files(self, started: list[Agent], fee: int) -> None:
        p, draws = self.p, self.draws
        for x in started:
            s, key = x.studio, x.key
            away = x.cast == CALIFORNIA
            genre = int(self.happens("series.genre", key, p.costume_share * p.genres) and not away)
            city = None if away else self.shooting_city(s, genre, key)
            overseas = x.platform.mode == 2
            lavish, tier = self.budget(s, city, genre, key, reviewed=not overseas)
            edge, discretion = self.edge(city, overseas=overseas, hired=x.hired)
            appeal = (1.0, p.foreign_appeal, p.california_appeal)[x.cast]
            gain = p.edge_value_overseas if overseas else p.edge_value_domestic
            quality = s.quality + p.budget_quality * lavish + math.log(appeal) + math.log(1 + gain * edge)
            due = 30 * (self.month + draws.uniform("series.day", key)) + p.preparation_days
            script = fen(s.city.script * math.exp(lavish))
            series = self.new_series(
                s,
                key,
                x.platform,
                city=city,
                publisher=x.publisher,
                genre=genre,
                cast=x.cast,
                lavish=lavish,
                tier=tier,
                edge=edge,
                discretion=discretion,
                hired=x.hired,
                stage=PREPARATION,
                quality=quality,
                due=due + p.visa_days * (x.cast == FOREIGN),
                fee=fee * x.hired,
                cost=script,
            )
            self.series.append(series)
            writer = pick(draws.uniform("series.publisher", key), [w.share for w in self.publishers])
            self.pay("script", s, self.publishers[writer], script)
            self.milestone(series, 0)
            self.add("series_started", s.city)
            self.add("overseas_started", s.city, overseas)

    def budget(self, s: Agent, city: Agent | None, genre: int, key: int, *, reviewed: bool) -> tuple[float, int]:
        """(S3, C1) How lavish, and the tier of review; cut to a notch where time is worth more than quality."""
        p = self.p
        lavish: float = p.budget_spread * self.draws.normal("series.budget", key)
        if not p.review or self.month < p.review_start_month or not reviewed or city is None:
            return lavish, 0
        variable = s.city.script + p.post_yuan + p.equipment_yuan_day * city.days_base[genre]
        fixed = city.local_cost[genre] + s.city.script + p.post_yuan - variable
        total, days = fixed + variable * math.exp(lavish), self.review_days()
        tier = (total > p.province_yuan) + (total > p.national_yuan)
        for level, notch in ((2, p.national_yuan), (1, p.province_yuan)):
            if tier == level and notch > fixed:
                lower = math.log((notch - fixed) / variable)
                if p.delay_cost * (days[level] - days[level - 1]) > p.budget_quality * (lavish - lower):
                    lavish, tier = lower, level - 1
        return lavish, tier

    def review_days(self) -> list[float]:
        p = self.p
        return [d * p.review for d in (p.filing_days, p.province_days, p.national_days)]

    def edge(self, city: Agent | None, *, overseas: bool, hired: bool) -> tuple[float, float]:
        """(S7)"""
        p = self.p
        if not p.edge or hired:
            return 0.0, 0.0
        risk = p.penalty * city.hazard * p.inspection if city else 0.0
        value = p.edge_value_overseas
        if not overseas:
            value = p.edge_value_domestic - p.rejection_rate * self.stringency * p.review
        cost = p.discretion_cost * p.discretion_scale

        def gain(e: float, c: float) -> float:
            hidden = math.exp(-c / p.discretion_scale)
            return value * e - risk * e * hidden - p.edge_cost * e**2 / 2 - p.discretion_cost * c

        in_the_open = min(max((value - risk) / p.edge_cost, 0.0), 1.0)
        root = math.sqrt(max(value**2 - 4 * p.edge_cost * cost, 0.0))
        hidden = min(max((value + root) / (2 * p.edge_cost), 0.0), 1.0)
        discretion = p.discretion_scale * math.log(max(risk * hidden / cost, 1.0)) if cost > 0 else math.inf
        if discretion > 0 and gain(hidden, discretion) > gain(in_the_open, 0.0):
            return hidden, discretion
        return in_the_open, 0.0

    def milestone(self, x: Agent, number: int) -> None:
        """(S2) Parts of a fee: at the start, at the shooting, and at delivery the rest."""
        if x.hired:
            first, second = math.floor(self.p.fee_at_start * x.fee), math.floor(self.p.fee_at_shooting * x.fee)
            amount = (first, second, x.fee - first - second)[number]
            self.pay("commission", x.publisher or x.platform, x.studio, amount)
            x.studio.revenue += amount

    # ------------------------------------------------------------------ production

    def book_sets(self) -> None:
        """(S5) First come, first served, by the day; the crew's room that is free first, the cheapest of equals."""
        p, opens, closes = self.p, 30.0 * self.month, 30.0 * (self.month + 1)
        patience = p.queue_days * p.queues
        ready = [x for x in self.series if x.stage == PREPARATION and x.due < closes and x.city]
        price = {id(b): self.day_hire(b) for b in self.bases}
        rooms: dict[tuple[int, int], list[Agent]] = defaultdict(list)
        for slot in self.slots:
            rooms[slot.base.city.j, slot.base.genre].append(slot)
        for group in rooms.values() if not p.nearest_sets else ():
            group.sort(key=lambda slot: price[id(slot.base)])
        tally: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * 5)  # days, asked, got, waited, all
        self.booked = []
        for c in self.cities:
            c.venue_room = min(c.venue_room, 0.0) + 30 * self.venue_crews(c)  # less what runs over
            c.venue_wanted, c.venue_tried, c.venue_got = 0, 0, 0
        for x in sorted(ready, key=lambda x: (x.due, x.key)):
            u = self.draws.uniform("series.days", x.key)
            x.days = math.floor(x.city.days_base[x.genre] + u)
            earliest = max(x.due, opens)
            x.start, x.base, x.venue, waits = earliest, None, False, False
            group = rooms[x.city.j, x.genre]
            free = [max(slot.free, earliest) for slot in group]
            day = min(free, default=math.inf)
            if day == earliest or (day - x.due <= patience and day < math.inf):
                if day >= closes:
                    waits = True
                else:
                    slot = group[free.index(day)]
                    if p.nearest_sets:
                        soonest = [slot for slot, first in zip(group, free, strict=True) if first == day]
                        slot = min(soonest, key=lambda slot: price[id(slot.base)] / 100 + self.trip(x, slot.base))
                    x.start, x.base, slot.free = day, slot.base, day + x.days
            sums = tally[x.city.j, x.genre]
            for i, value in enumerate(
                (x.days, not waits, x.base is not None, (closes if waits else x.start) - max(x.due, opens), 1)
            ):
                sums[i] += value
            if not waits:
                if not x.base:
                    x.days = math.floor(x.city.days_location[x.genre] + u)
                    if p.venues and x.genre == 0:
                        self.find_venue(x, math.floor(x.city.days_venue + u))
                self.booked.append(x)
        for c in self.cities:
            for g in (0, 1):
                days, asked, got, waited, number = tally[c.j, g]
                c.set_demand[g] = recent(c.set_demand[g], days, p.set_update_weight)
                chance = got / asked if asked else c.set_chance[g]
                there = self.rooms(c, g, planned=False) > 0
                c.set_chance[g] = recent(c.set_chance[g], chance, p.set_update_weight) if there else 0.0
                if p.venues and g == 0:
                    got = c.venue_got / c.venue_tried if c.venue_tried else c.venue_chance
                    c.venue_demand = recent(c.venue_demand, c.venue_wanted, p.set_update_weight)
                    room = self.venue_crews(c) > 0
                    c.venue_chance = recent(c.venue_chance, got, p.set_update_weight) if room else 0.0
                c.set_wait[g] = recent(c.set_wait[g], waited / number if number else 0.0, p.set_update_weight)

    def trip(self, x: Agent, b: Agent) -> float:
        """(S5b) Yuan a day for the way to a base: from the office, of studios from elsewhere from the centre."""
        s = x.studio
        return self.p.trip_yuan_km * (self.apart(s.cell, b.cell) if s.city is b.city else self.at_least(b.cell.km))

    @staticmethod
    def find_venue(x: Agent, days: int) -> None:
        """(P9) A venue while its city has room."""
        c = x.city
        c.venue_wanted += days
        c.venue_tried += 1
        if c.venue_room > 0:
            c.venue_room -= days
            c.venue_got += 1
            x.venue, x.days = True, days

    def hire(self) -> None:
        """(L1, L2) Series in random order call down their city's sheets, from where the last call ended."""
        p, draws = self.p, self.draws
        sheets: dict[tuple[int, int], list[Agent]] = defaultdict(list)
        for w in self.workers:
            w.left = p.working_days_month if w.away_until <= self.month else 0
            w.limit = w.factor * (1 + p.fatigue_pay * p.fatigue * w.fatigue)
            w.turn = int(draws.uniform("worker.call", w.id) * 2**24)
            sheets[w.city.j, w.role].append(w)
        for sheet in sheets.values():
            sheet.sort(key=lambda w: w.turn)
        following: dict[tuple[int, int], int] = defaultdict(int)
        asked = [[0] * len(self.crews) for _ in self.cities]
        promising = [[0] * len(self.crews) for _ in self.cities]
        for x in sorted(self.booked, key=lambda x: (draws.uniform("hire.order", x.key), x.key)):
            c, hired, unfilled = x.city, [], []
            offer = p.bid_least + p.bid_slope * min(math.exp(x.studio.quality), p.bid_quality_cap)
            for role, number in enumerate(self.crews):
                sheet, bid, least = sheets[c.j, role], offer * c.rates[role], c.reservation[role]
                missing = number
                for _ in range(len(sheet)):
                    if not missing:
                        break
                    w = sheet[following[c.j, role]]
                    following[c.j, role] = (following[c.j, role] + 1) % len(sheet)
                    if least * w.limit <= bid and w.left - w.days >= x.days:
                        hired.append((w, math.floor(50 * (least * w.limit + bid) + 0.5) * x.days))
                        missing -= 1
                unfilled.append(missing)
            enough = p.least_crew_share * sum(self.crews)
            x.staffed = len(hired) >= enough
            for role, number in enumerate(self.crews):
                asked[c.j][role] += x.days * number
                would = len(hired) + unfilled[role] >= enough
                if {"openings": True, "fillable": would, "shot": x.staffed}[p.expected_work]:
                    promising[c.j][role] += x.days * number
            if x.staffed:
                for w, wage in hired:
                    w.days += x.days
                    w.earned += wage
                    self.pay("wages", x.studio, w, wage)
                    x.cost += wage
                    x.local += wage
                    self.add("wages_yuan", c, wage / 100)
                    self.add(f"wages_{ROLES[w.role]}_yuan", c, wage / 100)
                self.add("paid_days", c, len(hired) * x.days)
        for w in self.workers:
            w.usual += (w.earned - w.usual) / p.income_memory_months
        for c in self.cities:
            for role in range(len(self.crews)):
                there = self.pool[c.j][role] * p.working_days_month
                for felt, want in ((c.tightness, asked[c.j][role]), (c.prospects, promising[c.j][role])):
                    demand = want / there if there else float(want > 0)
                    demand = min(demand, p.labour_shortage_cap)
                    felt[role] = recent(felt[role], demand, p.tightness_update_weight)

    def shoot(self) -> None:
        """(S3-S5, L6, G6)"""
        p, end = self.p, 30.0 * (self.month + 1)
        wanted, late = [0] * len(self.cities), [0] * len(self.cities)
        self.claims: list[tuple[Agent, Agent, int]] = []
        costs, edges = [], [0.0] * len(self.cities)
        for b in self.bases:
            b.days = 0
        known = externality([c.knowledge for c in self.cities], p.knowledge, p.externality_floor)
        self.open_scenes([x for x in self.booked if x.staffed and not (x.base or x.genre)])
        for x in self.booked:
            wanted[x.city.j] += 1
            if not x.staffed:
                late[x.city.j] += 1
                x.tries, x.due = x.tries + 1, end
        for x in (x for x in self.booked if x.staffed):
            c, s, mode = x.city, x.studio, x.platform.mode
            if x.base:
                place = self.day_hire(x.base) * x.days
                self.pay("set_hire", s, x.base, place)
                x.base.days += x.days
                self.add("on_base", c)
            else:
                day = c.row["location_yuan_day"] * (p.costume_location if x.genre else 1.0)
                place = fen((c.venue_hire if x.venue else day) * x.days) - x.spared
                self.add("venue_days", c, x.days * x.venue)
                self.pay("location_hire", s, c.owners, place)
            lodging = sum(self.crews) * p.living_yuan_day * c.row["price_level"]
            edgy = 0.0 if x.hired else (p.edge_cost / 2 * x.edge**2 + p.discretion_cost * x.discretion)
            edgy *= self.chart_earnings[mode]
            trips = self.trip(x, x.base) * x.days if x.base and p.nearest_sets else 0.0
            inputs = fen((lodging + p.equipment_yuan_day * math.exp(x.lavish)) * x.days + edgy + trips)
            travel = p.travelling_crew * 2 * p.travel_yuan_hour * x.home.hours_to[c.j]
            extra = fen(travel + p.overseas_cost_yuan * (mode == 2))
            self.pay("inputs", s, self.china, inputs + extra)
            if x.cast == FOREIGN:
                a_head = p.foreign_usd_day * max(x.days, p.foreign_least_days) + p.flight_usd
                cast = fen(p.exchange_rate * p.foreign_actors * a_head)
                self.pay("foreign_cast", s, self.world, cast)
                extra += cast
                self.add("foreign_cast_series", c)
            self.milestone(x, 1)
            x.local += place + inputs
            x.cost += place + inputs + extra
            if s.promised_to is c:
                s.promised = max(s.promised - x.local, 0)
            x.stage, x.shot = FINISHING, self.month
            x.due = x.start + x.days + p.post_days + p.review_days + self.review_days()[x.tier] * (mode != 2)
            if p.match_premium:
                people = sum(self.pool[c.j][2:]) / p.scale
                x.quality += p.match_spread * (math.log(max(people, 1.0)) + self.draws.gumbel("series.match", x.key))
            x.quality += p.agglomeration_scale * p.knowledge_weight * known[c.j]
            x.quality -= p.sameness_weight * p.sameness * c.share
            self.claims.append((s, c, fen(min(x.local / 100 * c.rebate, c.cap))))
            self.add("shoot_days", c, x.days)
            self.add("series_shot", c)
            self.add("local_spending_yuan", c, x.local / 100)
            edges[c.j] += x.edge
            costs.append((x.cost, x.hired))
        self.help_with_filing([x for x in self.booked if x.staffed])
        for c in self.cities:
            short = late[c.j] / wanted[c.j] if wanted[c.j] else 0.0
            c.put_off = recent(c.put_off, short, p.delay_update_weight)
            shot = self.now["series_shot"][c.j]
            self.add("edge", c, edges[c.j] / shot if shot else 0.0)
            self.add("set_wait_days", c, c.set_wait[0])
        if costs:
            hired = [cost for cost, was_hired in costs if was_hired]
            counted = hired or [cost for cost, _ in costs]
            cost = sum(counted) / len(counted) / 100 + p.post_yuan
            self.series_cost = recent(self.series_cost, cost, p.cost_update_weight)
        for x in self.series:
            if x.stage == PREPARATION and x.tries >= p.give_up_months:
                x.stage = OVER

    def open_scenes(self, outside: list[Agent]) -> None:
        """(G3d) All who shoot modern series off base have the same part of their days in free scenes."""
        for x in self.booked:
            x.spared = 0
        days = [sum(x.days for x in outside if x.city is c) for c in self.cities]
        claims, announced = [], [fen(self.scene_days(c) * c.row["location_yuan_day"]) for c in self.cities]
        for x in outside:
            c = x.city
            free = min(self.scene_days(c) / days[c.j], 1.0)
            day = c.venue_hire if x.venue else c.row["location_yuan_day"]
            claims.append((c.owners, c, math.floor(fen(day * x.days) * free)))
        for x, paid in zip(outside, self.subsidise("free_scenes", claims, "scene_hire", announced), strict=True):
            x.spared = paid
        for c in self.cities:
            c.outside_days = recent(c.outside_days, days[c.j], self.p.set_update_weight)

    def help_with_filing(self, shot: list[Agent]) -> None:
        """(G3b) Designated cities pay for shorter reviews of the series shot there, in proportion if money is short."""
        p = self.p
        for c in self.cities:
            here = [x for x in shot if x.city is c and x.platform.mode != 2 and p.review]
            cost = fen(p.filing_service_yuan) * sum(c.designated for _ in here)
            share = min(1.0, c.subsidy_budget / cost) if cost else 1.0
            self.spend(c, "filing_service", self.china, math.floor(cost * share))
            c.subsidy_budget = c.film_budget
            if cost:
                c.honoured["filing"] = recent(c.honoured["filing"], share, p.honoured_update_weight)
            for x in here:
                x.due -= min(p.designation_filing_days * c.designated * share, self.review_days()[x.tier])

    def shoot_in_california(self) -> None:
        """(C3)"""
        p = self.p
        for x in self.series:
            if x.stage == PREPARATION and x.city is None and x.due < 30 * (self.month + 1):
                price, extra = fen(p.exchange_rate * p.california_usd), fen(p.overseas_cost_yuan)
                self.pay("california", x.studio, self.world, price)
                self.pay("inputs", x.studio, self.china, extra)
                x.cost += price + extra
                x.shot, x.stage = self.month, FINISHING
                x.due += p.california_days + p.post_days + p.review_days
                self.add("california_series", x.home)

    def accumulate_fatigue(self) -> None:
        """(L4)"""
        p = self.p
        if not p.fatigue:
            return
        worked, tired = [0.0] * len(self.cities), [0.0] * len(self.cities)
        for w in self.workers:
            week = w.days * w.city.hours * 7 / 30
            w.fatigue = p.fatigue_memory * w.fatigue + max(week - p.rested_hours_week, 0) / p.fatigue_hours
            worked[w.city.j] += w.days
            tired[w.city.j] += w.days * w.fatigue
            burns = self.draws.uniform("worker.burnout", w.id) < 1 - math.exp(-p.burnout_rate * w.fatigue**2)
            if w.days and w.fatigue > 0 and burns:
                further = int((p.burnout_further_months + 1) * self.draws.uniform("worker.burnout", w.id, 1))
                w.away_until = self.month + 1 + p.burnout_least_months + further
            self.add("burnt_out", w.city, w.away_until > self.month + 1)
        for c in self.cities:
            c.fatigue = tired[c.j] / worked[c.j] if worked[c.j] else 0.0

    # ------------------------------------------------------------------ regulation and release

    def withdraw(self, x: Agent) -> None:
        x.stage = OVER
        self.add("withdrawn", x.home)

    def inspect(self) -> None:
        """(C2)"""
        p = self.p
        if not p.inspection:
            return
        shot, caught = [0] * len(self.cities), [0] * len(self.cities)
        for x in self.series:
            if x.shot == self.month and x.stage == FINISHING and x.city:
                shot[x.city.j] += 1
                chance = detected(x.edge, x.discretion, x.city.hazard, p.discretion_scale)
                if self.happens("series.inspection", x.key, chance):
                    caught[x.city.j] += 1
                    fine = fen(max(p.penalty - 1, 0) * self.chart_earnings[x.platform.mode])
                    self.pay("fines", x.studio, self.china, fine)
                    x.studio.shut_until = self.month + 1 + p.shutdown_months
                    self.withdraw(x)
        for c in self.cities:
            share = caught[c.j] / shot[c.j] if shot[c.j] else 0.0
            c.tolerance += p.tolerance_recovery * (p.tolerance - c.tolerance) - p.blame * share
            c.tolerance = min(max(c.tolerance, 0.0), 1.0)
            self.add("caught", c, caught[c.j])

    def review(self) -> None:
        """(C1) What is finished is paid for and reviewed."""
        p = self.p
        for x in self.series:
            if x.stage == FINISHING and x.due < 30 * (self.month + 1):
                post = fen(p.post_yuan * math.exp(x.lavish)) if x.city else 0
                self.pay("inputs", x.studio, self.china, post)
                x.cost += post
                edge = 0.0 if x.platform.mode == 2 else x.edge
                chance = detected(edge, 0.0, p.rejection_rate * self.stringency, 1.0)
                if p.review and self.happens("series.review", x.key, chance):
                    self.withdraw(x)

    def remove(self) -> None:
        p = self.p
        for x in self.series if p.review else ():
            if x.stage == ON_SCREEN:
                edge = 0.0 if x.platform.mode == 2 else x.edge
                chance = detected(edge, 0.0, p.removal_rate * self.stringency, 1.0)
                if self.happens("series.removal", x.key, chance):
                    x.stage = OVER

    def release(self) -> None:
        """(S2, D5)"""
        p = self.p
        new = [x for x in self.series if x.stage == FINISHING and x.due < 30 * (self.month + 1)]
        for x in new:
            self.milestone(x, 2)
        if p.guarantees:
            amount = fen(p.guarantee_share * self.chart_earnings[1])
            for platform in self.platforms:
                own = [x for x in new if x.platform is platform and platform.mode == 1 and not x.hired]
                funds = math.floor(p.guarantee_cash_share * max(platform.cash, 0))
                for x in own:
                    x.guarantee = math.floor(amount * min(1, funds / max(amount * len(own), 1)))
                    self.pay("guarantee", platform, x.studio, x.guarantee)
                    x.studio.revenue += x.guarantee
        appeal = [(1.0, p.foreign_appeal, p.california_appeal)[x.cast] for x in new if x.platform.mode == 2]
        if appeal:
            self.overseas_appeal = recent(self.overseas_appeal, sum(appeal) / len(appeal), p.appeal_update_weight)
        for x in new:
            x.stage, x.released = ON_SCREEN, self.month
            x.home.released += 1

    def share_attention(self) -> None:
        """(D2-D6)"""
        p, draws = self.p, self.draws
        payer = {
            0: ("viewer_spending", self.china),
            1: ("advertising", self.china),
            2: ("overseas_spending", self.world),
        }
        potential = [p[f"content_share_{mode}"] * s for mode, s in zip(MODES, self.spending, strict=True)]
        for c in self.cities:
            c.money = [p.chart_memory * x for x in c.money]
            c.releases = [p.chart_memory * x for x in c.releases]
        opening, count, fresh = [0.0] * 3, [0] * 3, []
        watched = [0.0] * len(self.publishers)
        shown: dict[int, list[Agent]] = defaultdict(list)
        for x in self.series:
            if x.stage == ON_SCREEN:
                shown[x.platform.n].append(x)
        for platform in self.platforms:
            live = shown[platform.n]
            new = [x for x in live if x.released == self.month]
            gross = fen(self.spending[platform.mode] * platform.share) if live else 0
            platform.gross = gross
            flow, who = payer[platform.mode]
            self.pay(flow, who, platform, gross)
            if not p.promotion:
                for x in new:
                    x.audience = 1.0
            elif new:
                budget = math.floor(p[f"promotion_share_{MODES[platform.mode]}"] * gross)
                self.pay("promotion", platform, who, budget)
                weights = [math.exp(p.promotion_focus * x.quality) for x in new]
                for x, weight in zip(new, weights, strict=True):
                    x.audience = 1 + budget / 100 * weight / sum(weights) / p.promotion_unit_yuan
            feedback = p.recommender_feedback * p.recommender
            pull = [math.exp(p.quality_effect * x.quality) * x.audience**feedback for x in live]
            total = sum(pull)
            for x, mine in zip(live, pull, strict=True):
                views = gross / 100 * mine / total
                growth = 1.0
                if p.word_of_mouth:
                    z = draws.normal("series.word_of_mouth", x.key)
                    growth = math.exp(4 * (p.wom_drift + p.wom_quality * x.quality) + 2 * p.wom_spread * z)
                x.audience = max(views / p.promotion_unit_yuan * growth, 1e-6)
                content = views * p[f"content_share_{MODES[platform.mode]}"]
                share = math.floor(content * 100)
                paid = max(x.shared + share - x.guarantee, 0) - max(x.shared - x.guarantee, 0)
                x.shared += share
                if not x.hired and x.studio.alive:
                    self.pay("revenue_share", platform, x.studio, paid)
                    x.studio.revenue += paid
                if x.publisher:
                    watched[x.publisher.n] += views
                x.home.money[platform.mode] += content
                if x.released == self.month:
                    x.home.releases[platform.mode] += 1
                    opening[platform.mode] += content
                    count[platform.mode] += 1
                    fresh.append((x, content))
        if p.novel_promotion:
            for publisher, views in zip(self.publishers, watched, strict=True):
                sales = fen(p.novel_lift * views)
                self.pay("novel_sales", self.china, publisher, sales)
                publisher.sales = recent(publisher.sales, sales, p.novel_update_weight)
        for x, content in fresh:
            mode = x.platform.mode
            if content * count[mode] > p.hit_multiple * opening[mode]:
                x.studio.hits += x.studio.alive
                if x.city:
                    x.city.hits += 1
        for m in range(3):
            self.chart_money[m] = p.chart_memory * self.chart_money[m] + potential[m]
            few = p.chart_floor_series_month * p.scale
            self.chart_releases[m] = p.chart_memory * self.chart_releases[m] + count[m] + few
            makers = [s for s, mode in self.just_filed if mode == m]
            worth = sum(math.exp(p.quality_effect * s.quality) for s in makers)
            self.filings[m] = p.chart_memory * self.filings[m] + len(makers) + few
            self.worth_filed[m] = p.chart_memory * self.worth_filed[m] + worth + few * self.mean_worth()
            self.chart_earnings[m] = self.chart_money[m] / max(self.chart_releases[m], self.filings[m])
        for c in self.cities:
            c.chart = list(self.chart_earnings)
            for m in range(3):
                c.filings[m] = p.chart_memory * c.filings[m] + self.just_filed_in(c, m)
                number = max(c.releases[m], c.filings[m])
                if number > p.local_chart_least:
                    c.chart[m] = c.money[m] / number

    def just_filed_in(self, c: Agent, mode: int) -> int:
        return sum(m == mode and s.city is c for s, m in self.just_filed)

    def take_off_screen(self) -> None:
        """(D4, S10)"""
        p = self.p
        chance = 1 - (1 - p.wom_end) ** 4
        for x in self.series:
            if x.stage == ON_SCREEN and self.happens("series.end", x.key, chance):
                x.stage = OVER
                s, mode = x.studio, x.platform.mode
                if not x.hired and self.chart_earnings[mode] > 0:
                    promised = self.chart_earnings[mode] * math.exp(p.quality_effect * s.quality)
                    promised /= self.usual_worth(mode)
                    if mode == 2:
                        promised *= (1.0, p.foreign_appeal, p.california_appeal)[x.cast] / self.overseas_appeal
                    s.finished += 1
                    s.results += x.shared / 100 / promised
        self.series = [x for x in self.series if x.stage != OVER]

    # ------------------------------------------------------------------ settlement

    def settle(self) -> None:
        p = self.p
        rents, in_kind = [], []
        helped: dict[int, list[float]] = {}
        for c in self.cities:
            helped |= self.supports(c)
        for s in self.studios:
            rent = fen(s.cell.rent * p.office_m2_per_studio)
            self.pay("office_rent", s, s.city.owners, rent)
            of_rent, services, housing = (fen(yuan) for yuan in helped.get(id(s.cell), [0.0, 0.0, 0.0]))
            rents.append((s, s.city, rent * s.city.rent_subsidy + of_rent))
            in_kind.append((services, housing))
        services = self.subsidise("park_services", [(self.china, s.city, k[0]) for s, k in zip(self.studios, in_kind)])
        housing = self.subsidise("housing", [(s.city.owners, s.city, k[1]) for s, k in zip(self.studios, in_kind)])
        for s, one, other in zip(self.studios, services, housing, strict=True):
            overhead = fen(p.overhead_yuan_month * s.city.row["price_level"])
            self.pay("inputs", s, self.china, overhead - one - other)
        self.subsidise("rent_subsidy", rents)
        self.subsidise("rebate", self.claims)
        self.pay_space()
        for b in self.bases:
            self.pay_base(b)
        self.tax()
        self.distribute()
        for w in self.workers:
            self.pay("consumption", w, self.china, math.floor(p.consumption_share * w.cash))
        for c in self.cities:
            self.add("film_rent_yuan", c, c.owners.cash / 100)
            self.pay("landlords_income", c.owners, self.china, c.owners.cash)

    def pay_space(self) -> None:
        """(G3c) The lease of what cities gave; what nobody took is announced, at the mean rent of idle shells."""
        for b in self.bases:
            b.lease_paid, b.given = 0, b.given if self.acting() else 0.0
        holders = [b for b in self.bases if b.given]
        leases = [fen(b.rent * b.given) for b in holders]
        announced = []
        for c in self.cities:
            rent = self.p.shell_rent_ratio * sum(cell.rent for cell in c.cells) / len(c.cells)
            announced.append(
                fen((c.space + c.zone_space) * rent)
                + sum(x for x, b in zip(leases, holders, strict=True) if b.city is c)
            )
        claims = [(b.city.owners, b.city, lease) for b, lease in zip(holders, leases, strict=True)]
        for b, paid in zip(holders, self.subsidise("state_space", claims, "space_lease", announced), strict=True):
            b.lease_paid = paid

    def subsidise(
        self, name: str, claims: list[tuple[Agent, Agent, float]], flow: str = "", announced: Sequence[float] = ()
    ) -> list[int]:
        """(G3c, G3d, G5, G6) Claims are paid in proportion if they are more than the budget; what was paid of each."""
        total = [sum(claim for _, c, claim in claims if c is city) for city in self.cities]
        for c in self.cities:
            self.promise(c, name, max(announced[c.j] if announced else 0, total[c.j]), total[c.j])
        if not any(total):
            return [0] * len(claims)
        budget = [self.can_pay(c, name, c.subsidy_budget) for c in self.cities]
        rate = [min(1.0, b / t) if t > 0 else 1.0 for b, t in zip(budget, total, strict=True)]
        paid = [math.floor(claim * rate[c.j]) for _, c, claim in claims]
        for (payee, c, _), amount in zip(claims, paid, strict=True):
            self.spend(c, flow or name, payee, amount, name)
        for c in self.cities:
            if total[c.j] > 0:
                c.honoured[name] = recent(c.honoured[name], rate[c.j], self.p.honoured_update_weight)
            c.subsidy_budget = c.film_budget
        return paid

    def pay_base(self, b: Agent) -> None:
        p = self.p
        lease, takings = fen(b.rent * b.floor) - b.lease_paid, b.days * self.day_hire(b)
        self.pay("shell_lease", b, b.city.owners, lease)
        self.pay("inputs", b, self.china, fen(p.base_operating_share * (takings / 100)))
        interest = fen(b.debt / 100 * p.capital_cost_year / 12)
        service = min(b.service if b.opens <= self.month else interest, b.debt + interest)
        now = min(interest, service)
        self.pay("interest", b, self.china, now)
        self.pay("loans", b, self.china, service - now)
        b.debt -= service - now
        b.capital -= math.floor(b.capital / (12 * p.base_life_years))
        self.pay(
            "base_surplus",
            b,
            b.city if b.public else self.china,
            max(b.cash - p.base_reserve_months * lease - takings, 0),
        )

    def tax(self) -> None:
        p = self.p
        due = [(s, s.revenue, s.city) for s in self.studios]
        due += [(b, b.days * self.day_hire(b), b.city) for b in self.bases]
        due += [
            (x, x.gross * (1 - p[f"promotion_share_{MODES[x.mode]}"] * p.promotion), x.city) for x in self.platforms
        ]
        due += [(x, max(x.cash, 0), self.cities[x.n]) for x in self.publishers]
        for payer, base, city in due:
            tax = math.floor(p.film_tax_rate * base)
            self.pay("film_tax", payer, city or self.china, tax)
            if city:
                self.add("film_tax_yuan", city, tax / 100)

    def distribute(self) -> None:
        p = self.p
        for s in self.studios:
            excess = s.cash - fen(p.dividend_buffer_series * self.series_cost)
            if excess > 0:
                self.pay_owners(s, math.floor(p.dividend_share * excess))
        for x in self.platforms:
            content = p[f"content_share_{MODES[x.mode]}"] * self.spending[x.mode] * x.share
            self.pay("platform_costs", x, self.china, max(x.cash - fen(p.platform_buffer_months * content), 0))
        for x in self.publishers:
            self.pay("author_share", x, self.china, math.floor(p.author_share * max(x.cash, 0)))
        if self.month % 12 == 11:
            for fund in [*self.private_funds, *self.state_funds]:
                private = fund.sector == "PF"
                before = fund.distributed + fund.carried
                out = min(max(fund.returned - before, 0), max(fund.cash, 0))
                gain = min(max(before + out - fund.invested, 0), out)
                carry = math.floor(p.carried_interest * gain) if private else 0
                self.pay("fund_fees", fund, self.china, carry)
                flow, payee = ("private_capital", self.china) if private else ("fund_capital", self.cities[fund.city])
                self.pay(flow, fund, payee, out - carry)
                fund.distributed += out - carry
                fund.carried += carry

    def pay_owners(self, s: Agent, amount: int) -> None:
        rest = amount
        for sector in ("PF", "SF"):
            if s.stakes[sector]:
                part = amount * s.stakes[sector] // 10_000
                self.pay("dividends", s, s.holders[sector], part)
                s.holders[sector].returned += part
                rest -= part
        self.pay("founders", s, self.china, rest)

    # ------------------------------------------------------------------ demography

    def close_studios(self) -> None:
        """(S11)"""
        p = self.p
        for s in self.studios if p.exit else ():
            if s.cash < -fen(p.credit_line_yuan) or s.idle >= p.idle_limit_months:
                self.add("exits", s.city)
                s.alive = False
                for sector, fund in s.holders.items():
                    if fund:
                        fund.lost += s.paid[sector]
                if s.cash < 0:
                    self.pay("write_offs", self.china, s, -s.cash)
                else:
                    self.pay_owners(s, s.cash)
        self.series = [x for x in self.series if x.studio.alive or x.stage == ON_SCREEN]
        self.studios = [s for s in self.studios if s.alive]

    def close_bases(self) -> None:
        """(P7)"""
        p = self.p
        for b in list(self.bases):
            if b.opens <= self.month:
                b.use = recent(b.use, b.days / max(30 * b.crews, 1), p.base_use_update_weight)
            if not p.base_closure:
                continue
            rent = b.rent * (1 - b.city.honoured["state_space"] * b.given / b.floor)
            lease = fen(max(rent, p.rent_floor_yuan_m2_month) * b.floor)
            earns = 30 * b.use * b.crews * self.day_hire(b) * (1 - p.base_operating_share)
            renewed = b.lease_ends == self.month + p.lease_months and b.opens < self.month and not b.public and rent > 0
            owed = b.service if b.debt else 0
            if b.cash < -p.closure_lease_months * (lease + owed) or (renewed and earns < lease):
                self.pay("write_offs", self.china, b, max(-b.cash, 0))
                self.pay("loans", b, self.china, min(b.cash, b.debt))
                self.pay("base_surplus", b, b.city if b.public else self.china, b.cash)
                self.add("bases_closed", b.city)
                if b.mall:
                    b.mall.converted, b.mall.returns = False, self.month + 1 + p.space_return_months
                self.slots = [slot for slot in self.slots if slot.base is not b]
                self.bases.remove(b)

    def move_workers(self) -> None:
        """(L5, L5b)"""
        p, draws = self.p, self.draws
        for w in self.workers if p.migration else ():
            if not self.happens("migration.consider", w.id, p.migration_opportunity):
                continue
            values = []
            for c in self.cities:
                days = p.working_days_month * min(c.prospects[w.role], 1) + p.odd_job_days
                value = math.log(c.rates[w.role] * days / c.prices**p.price_level_exponent)
                hours = w.city.hours_to[c.j]
                value -= p.migration_cost + p.migration_cost_hour * hours if hours > 0 else 0.0
                if p.return_migration and c is w.origin:
                    value += p.home_attachment
                values.append(value / p.migration_scale + draws.gumbel("migration.city", w.id, c.key))
            city = self.cities[best(values)]
            if city is not w.city:
                self.add("workers_in", city)
                if city is w.origin:
                    self.add("workers_returned", city)
                w.city = city

    def join_and_leave(self) -> None:
        """(L7) People go where the month pays: out of the trade, or into it from the trades beside it."""
        p, draws, stay = self.p, self.draws, []
        if not p.labour_entry:
            return
        for w in self.workers:
            other = self.outside_income(w.city, w.role) * w.factor
            behind = math.log(other / max(w.usual / 100, 1e-9))
            chance = min(max(p.quitting_rate * behind, 0.0), p.quitting_cap)
            if w.away_until <= self.month and self.happens("worker.leave", w.id, chance):
                self.pay("consumption", w, self.china, w.cash)
                self.add("workers_left", w.city)
            else:
                stay.append(w)
        self.workers = stay
        for c in self.cities:
            for role, share in enumerate(self.mix_of_roles):
                pays = c.rates[role] * p.working_days_month * min(c.prospects[role], 1)
                ahead = math.log(max(pays, 1e-9) / self.outside_income(c, role))
                grows = min(max(p.joining_rate * ahead, 0.0), p.joining_cap)
                people = p.scale * 1e6 * c.row["employment_million"] * share / sum(self.mix_of_roles)
                could = self.pool[c.j][role] + p.neighbour_trades * people
                number = math.floor(grows * could + draws.uniform("worker.join", c.key, role))
                for n in range(min(number, math.floor(max(people - self.pool[c.j][role], 0)))):
                    who = identity(WORKER, self.month, c.key, n + 2**20 * role)
                    self.workers.append(self.new_worker(who, c, role))
                    self.add("workers_joined", c)

    def train(self) -> None:
        """(G3b) Each city trains whole people as announced, as long as it can pay; numbers go by keys and months."""
        p, price = self.p, fen(self.p.training_yuan)
        for c in self.by_key:
            size = sum(
                p.policy_scale * w.size * self.force(w, self.month)
                for w in self.standing(c, self.month)
                if w.instrument == "training"
            )
            before, c.training_due = c.training_due, c.training_due + size
            wanted = math.floor(p.scale * c.training_due + 1e-9) - math.floor(p.scale * before + 1e-9)
            self.promise(c, "training", price * p.scale * size, price * wanted)
            number = min(wanted, self.can_pay(c, "training", c.film_budget) // price) if price else wanted
            self.spend(c, "training", self.china, number * price, "training")
            for n in range(number):
                who = identity(WORKER, self.month, c.key, 2**19 + n)
                role = rank(self.draws.uniform("worker.role", who), self.mix_of_roles)
                self.workers.append(self.new_worker(who, c, role))
                self.add("workers_joined", c)

    # ------------------------------------------------------------------ learning, record

    def learn(self) -> None:
        """(S10, L3, P6c, A3, A4)"""
        p = self.p
        for s in self.studios if p.learning else ():
            for m in range(3):
                seen = (1 - p.local_imitation) * self.chart_earnings[m] + p.local_imitation * s.city.chart[m]
                s.expected[m] = p.expectation_memory * s.expected[m] + (1 - p.expectation_memory) * seen
        for s in self.studios:
            s.hits *= 1 - p.knowledge_decay
        days = self.now["shoot_days"]
        earns = sum(self.chart_money[:2]) / sum(self.chart_releases[:2])
        dearer = math.log(earns / self.earned_before) if earns > 0 and self.earned_before > 0 else 0.0
        self.earned_before = earns
        for c in self.cities:
            slump = (c.price / 100) ** p.outside_income_elasticity
            c.reservation = [w * slump for w in c.reservation_2020]
            if p.wage_adjustment:
                for role in range(4):
                    growth = p.wage_response * (c.tightness[role] - p.wage_tightness)
                    growth += p.lead_bidding * dearer * (ROLES[role] == "lead")
                    least = p.wage_floor * slump * c.row[f"{ROLES[role]}_yuan_day"]
                    c.rates[role] = max(c.rates[role] * math.exp(growth), least)
            self.move_set_hire(c)
            if p.nearest_sets:
                self.move_premiums(c)
            if p.venues:
                self.move_venue_hire(c)
            c.knowledge = (1 - p.knowledge_decay) * c.knowledge + c.hits / p.scale
            c.share = days[c.j] / sum(days) if sum(days) else 0.0
            c.name = (1 - p.reputation_decay) * c.name + c.share

    def price_response(self) -> float:
        return self.p.set_price_use_response if self.p.pass_through else self.p.base_price_adjustment

    def must_earn(self, genre: int) -> tuple[float, float]:
        """(P6, P6b) The annuity on a yuan, and what a square metre has to earn for an investor to build."""
        p = self.p
        monthly = p.capital_cost_year / 12
        annuity = monthly / (1 - (1 + monthly) ** (-12 * p.base_horizon_years))
        multiple = 1.0
        if p.waiting_option and p.set_hire_volatility > 0:
            beta = 0.5 + math.sqrt(0.25 + 2 * p.capital_cost_year / p.set_hire_volatility**2)
            multiple = beta / (beta - 1)
        return annuity, multiple * (p.conversion_capex_yuan_m2, p.costume_capex_yuan_m2)[genre] * annuity

    def idle_shells(self, c: Agent) -> list[Agent]:
        return [m for m in self.malls if m.city is c and m.derelict and m.returns <= self.month]

    def break_even(self, c: Agent, genre: int) -> float:
        """(P6c)"""
        p = self.p
        rents = [self.shell_rent(m) for m in self.idle_shells(c)] or [cell.rent for cell in c.cells]
        cost = p.crew_floor_m2 * (min(rents) + self.must_earn(genre)[1])
        return cost / (30 * p.base_target_utilisation * (1 - p.base_operating_share))

    def move_set_hire(self, c: Agent) -> None:
        p = self.p
        total = sum(self.rooms(c, g, planned=False) for g in (0, 1)) * 30
        booked = sum(b.days for b in self.bases if b.city is c)
        self.add("base_utilisation", c, booked / total if total else 0.0)
        for g in (0, 1):
            days = 30.0 * self.rooms(c, g, planned=False)
            use = min(c.set_demand[g] / days, p.set_shortage_cap) if days else p.set_shortage_cap
            if not days and c.set_demand[g] < 30 * p.scale * p.unserved_crews:
                use = p.base_target_utilisation
            one = p.sets_per_crew * (self.mall_m2 // p.crew_floor_m2) / p.scale
            sets = max(c.sets[g], one) * p.set_sharing
            saved = c.days_location[g] / (c.day_length * self.shooting_days(sets, g))
            location = c.row["location_yuan_day"] * (p.costume_location if g else 1.0)
            elsewhere = saved * (c.daily + location * (1 - self.survey_free[c.j] * (g == 0)))
            if p.venues and g == 0:
                saved = c.days_venue / (c.day_length * self.shooting_days(sets, g))
                elsewhere += c.venue_chance * (
                    saved * (c.daily + c.venue_hire * (1 - self.survey_free[c.j])) - elsewhere
                )
            worth = elsewhere - c.daily
            grown = c.set_hire[g] * math.exp(self.price_response() * (use - p.base_target_utilisation))
            if p.pass_through:
                grown *= (self.break_even(c, g) / c.set_hire[g]) ** p.set_price_cost_pull
            c.set_hire[g] = min(grown, max(worth, c.row["set_yuan_day"]))

    def move_premiums(self, c: Agent) -> None:
        """(S5b) A base is dearer while it is busier than those of its genre in the city; competition wears it off."""
        p = self.p
        for g in (0, 1):
            peers = [b for b in self.bases if b.city is c and b.genre == g and b.opens <= self.month]
            for b in peers:
                usual = sum(o.days for o in peers) / (30 * sum(o.crews for o in peers))
                b.premium *= 1 - p.base_hire_fade
                b.premium += p.base_hire_response * (b.days / (30 * b.crews) - usual)

    def move_venue_hire(self, c: Agent) -> None:
        """(P9)"""
        p, room = self.p, 30 * self.venue_crews(c)
        if not room:
            return
        use = min(c.venue_demand / room, p.set_shortage_cap)
        cost = p.venue_yuan_day * sum(x.rent for x in c.cells) / sum(x.rent_2020 for x in c.cells)
        pull = (cost / c.venue_hire) ** p.set_price_cost_pull
        c.venue_hire *= math.exp(p.set_price_use_response * (use - p.base_target_utilisation)) * pull

    def honoured_share(self, c: Agent) -> float:
        claimed = sum(self.now[f"claimed_{name}_yuan"][c.j] for name in COSTLY)
        return sum(self.now[f"paid_{name}_yuan"][c.j] for name in COSTLY) / claimed if claimed else math.nan

    def record(self) -> None:
        """The panel's columns, as its documentation defines them."""
        people = self.count_workers()
        row: dict[str, Callable[[Agent], float]] = {
            "studios": lambda c: sum(s.city is c for s in self.studios),
            "released": lambda c: c.released,
            "value_yuan": lambda c: sum(s.revenue for s in self.studios if s.city is c) / 100,
            "platform_gross_yuan": lambda c: sum(x.gross for x in self.platforms if x.city is c) / 100,
            "workers": lambda c: sum(people[c.j]),
            "actor_yuan_day": lambda c: c.rates[2],
            "series_cost_yuan": lambda c: c.mean_cost,
            "fatigue": lambda c: c.fatigue,
            "hours_day": lambda c: c.hours,
            "tolerance": lambda c: c.tolerance,
            "costume_crews": lambda c: self.rooms(c, 1, planned=False),
            "house_index": lambda c: c.price,
            "rent_yuan_m2_month": lambda c: sum(x.rent for x in c.cells) / len(c.cells),
            "vacancy_rate": lambda c: sum(self.vacancy(x) for x in c.cells) / len(c.cells),
            "derelict_malls": lambda c: sum(m.derelict for m in self.malls if m.city is c),
            "bases": lambda c: sum(b.city is c for b in self.bases),
            "base_crews": lambda c: sum(self.rooms(c, g, planned=False) for g in (0, 1)),
            "set_hire_yuan_day": lambda c: c.set_hire[0],
            "set_chance": lambda c: c.set_chance[0],
            "venue_crews": self.venue_crews,
            "venue_hire_yuan_day": lambda c: c.venue_hire,
            "designated": lambda c: c.designated,
            "rent_subsidy_rate": lambda c: c.rent_subsidy,
            "rebate_rate": lambda c: c.rebate,
            "film_budget_yuan": lambda c: c.film_budget / 100,
            "film_spent_yuan": lambda c: c.spent / 100,
            "land_income_yuan": lambda c: c.land / 100,
            "city_debt_yuan": lambda c: c.debt / 100,
            "honoured_share": self.honoured_share,
            "knowledge": lambda c: c.knowledge,
            "reputation": lambda c: c.name,
        }
        self.now.update({name: [float(of(c)) for c in self.cities] for name, of in row.items()})
        self.months.append(self.now)
        self.sheets.append(self.balance_sheet())
        self.flows.append({entry: amount for entry, amount in self.book.items() if amount})

    def balance_sheet(self) -> dict[tuple[str, str], int]:
        """Who owns what (positive) and owes what (negative), by item and sector, in fen."""
        sheet: dict[tuple[str, str], int] = defaultdict(int)
        funds = [*self.state_funds, *self.private_funds]
        firms = [*self.studios, *self.bases, *self.workers, *self.platforms, *self.publishers, *funds]
        for owner in [*firms, *self.cities, *(c.owners for c in self.cities), self.china, self.world]:
            sheet["deposits", owner.sector] += owner.cash

        def owe(claim: str, debtor: str, creditor: str, amount: int) -> None:
            sheet[claim, debtor] -= amount
            sheet[claim, creditor] += amount

        for debtor in [*self.bases, *self.cities]:
            owe("loans", debtor.sector, "RC", debtor.debt)
        for s in self.studios:
            for sector, cost in s.paid.items():
                owe("equity", "ST", sector, cost)
        for fund in funds:
            owe("fund_units", fund.sector, "RC" if fund.sector == "PF" else "CG", fund.raised - fund.distributed)
        for b in self.bases:
            sheet["bases", "CG" if b.public else "FB"] += b.capital
        for x in self.series:
            sheet["work_in_progress", "ST"] += x.cost if x.stage in (PREPARATION, FINISHING) else 0
        return sheet
