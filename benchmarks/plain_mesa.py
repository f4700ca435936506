"""The same economy as an ordinary Mesa model: one Python object an agent, one method a rule. A peer for cost.

It has the studios' rules (slates, commissions and own series, choice of shooting city, overhead, entry, relocation,
exit), the labour market (call sheets, hiring worker by worker, wages, day rates, migration) and audiences, with the
parameters and cities of the real model. Left out: property, officials, film bases, funds, externalities and the
ledger, so it does less work a month than what it is compared with. Luck comes from the model's random stream; results
are of the same order, not the same numbers.
"""

from __future__ import annotations

import math
from typing import Any

import mesa

from model.inputs import ROLES, shipped_cities, shipped_market
from model.parameters import Parameters


class Actor(mesa.Agent):
    """A member of the cast or crew."""

    def __init__(self, model: PlainEconomy, city: int, role: int) -> None:
        super().__init__(model)
        self.city, self.role = city, role
        self.asks = math.exp(model.p.skill_premium * self.random.gauss(0, 1))
        self.cash = self.days_left = 0.0

    def start_month(self) -> None:
        self.days_left = self.model.p.working_days_month

    def answer(self, bid: float, lowest: float) -> float:
        """Day rate agreed, 0 for a refusal."""
        asked = lowest * self.asks
        return 0.5 * (asked + bid) if asked <= bid else 0.0

    def work(self, days: int, pay: float) -> None:
        self.days_left -= days
        self.cash += days * pay

    def live(self) -> None:
        """Spend, and perhaps move where real income is best."""
        model, p = self.model, self.model.p
        self.cash -= p.consumption_share * self.cash
        if self.random.random() < p.migration_opportunity:
            income = model.real_income
            cost = model.moving_cost[self.city]
            self.city = model.logit([income[k][self.role] - cost[k] for k in model.k], p.migration_scale)


class Series:
    """A series on its way to the screen and on it."""

    __slots__ = ("audience", "city", "due", "hired", "quality", "studio")

    def __init__(self, studio: Studio, city: int, hired: bool, due: int) -> None:
        self.studio, self.city, self.hired, self.due = studio, city, hired, due
        self.quality, self.audience = studio.quality, 1.0


class Studio(mesa.Agent):
    """A production company."""

    def __init__(self, model: PlainEconomy, city: int) -> None:
        super().__init__(model)
        self.city, self.quality = city, self.random.gauss(0, model.p.quality_spread)
        self.cash = model.p.entrant_equity_yuan * math.exp(0.5 * self.random.gauss(0, 1))
        self.expected, self.idle = model.earnings, 0

    def slate(self) -> int:
        p = self.model.p
        return max(0, min(p.max_slate, int(self.cash / (p.working_capital * self.model.cost[self.city]))))

    def start_own(self) -> bool:
        p = self.model.p
        ratio = self.expected * math.exp(p.quality_effect * self.quality) / self.model.cost[self.city] - 1
        return self.random.random() < 1 / (1 + math.exp(-max(-60, min(60, (ratio - p.start_hurdle) / p.start_scale))))

    def shooting_city(self) -> int:
        model, p = self.model, self.model.p
        value = [
            -math.log(model.cost[k] + model.travel[self.city][k]) - p.away_cost * (k != self.city) for k in model.k
        ]
        return model.logit(value, p.location_scale)

    def go_ahead(self, hired: bool) -> None:
        p = self.model.p
        self.cash -= p.script_yuan
        if hired:
            self.cash += 0.3 * self.model.fee
        self.idle = 0
        self.model.preparing.append(Series(self, self.shooting_city(), hired, self.model.month + 1))

    def shoot(self, series: Series) -> bool:
        """Hire down the call sheets; put off if most of the crew cannot be had."""
        model, p = self.model, self.model.p
        bid_factor = 0.85 + 0.3 * min(math.exp(self.quality), 2)
        days, crew = model.days, []
        for role, need in enumerate(model.crew):
            sheet, bid = model.sheets[series.city][role], bid_factor * model.rates[series.city][role]
            lowest, hired, calls = model.lowest[series.city][role], 0, len(sheet)
            while hired < need and calls:
                actor = sheet.popleft()
                calls -= 1
                if actor.days_left < days:
                    continue  # booked out: off the sheet
                sheet.append(actor)
                if pay := actor.answer(bid, lowest):
                    crew.append((actor, pay))
                    hired += 1
        if len(crew) < 0.8 * sum(model.crew):
            return False
        for actor, pay in crew:
            actor.work(days, pay)
            self.cash -= days * pay
        self.cash -= days * (model.other_daily[series.city]) + p.post_yuan
        if series.hired:
            self.cash += 0.7 * model.fee
        model.booked[series.city] += days * len(crew)
        series.due = model.month + 2
        return True

    def close_books(self) -> None:
        """Overhead, learning, perhaps a move or the end."""
        model, p = self.model, self.model.p
        self.cash -= p.overhead_yuan_month * model.prices[self.city]
        self.expected = p.expectation_memory * self.expected + (1 - p.expectation_memory) * model.earnings
        self.idle += 1
        if self.random.random() < p.relocation_rate:
            value = [-math.log(model.cost[k]) - p.relocation_cost * (k != self.city) for k in model.k]
            self.city = model.logit(value, p.entry_scale)
        if self.cash < -p.credit_line_yuan or self.idle > p.idle_limit_months:
            self.remove()


class PlainEconomy(mesa.Model):
    """The economy at ``scale`` (1: the real industry)."""

    def __init__(self, scale: float = 0.1, rng: int = 1, first_month: int = 0) -> None:
        super().__init__(rng=rng)
        from collections import deque

        self.deque = deque
        self.p = p = Parameters(scale=scale)
        cities = shipped_cities()
        self.k = range(len(cities))
        self.prices = cities.price_level.tolist()
        self.rates = cities.day_rates().tolist()
        self.lowest = [[p.reservation_discount * rate for rate in rates] for rates in self.rates]
        self.floor = [[p.wage_floor * rate for rate in rates] for rates in self.rates]
        self.crew = [p.extras, p.crew, p.actors, p.leads]
        hours = cities.travel_hours().tolist()
        self.travel = [[p.travelling_crew * 2 * p.travel_yuan_hour * h for h in row] for row in hours]
        self.moving_cost = [[(p.migration_cost + p.migration_cost_hour * h) * (h > 0) for h in row] for row in hours]
        self.days = round(p.shooting_days * (1 + 0.5 * p.set_moves))
        lodging = sum(self.crew) * p.living_yuan_day
        self.other_daily = [
            lodging * self.prices[k] + p.equipment_yuan_day + cities.location_yuan_day[k] for k in self.k
        ]
        self.market = shipped_market()
        self.month, self.preparing, self.finishing, self.live = first_month, [], [], []
        self.tightness = [[0.0] * 4 for _ in self.k]
        self.booked = [0.0 for _ in self.k]
        self.update_costs()
        self.earnings, self.fee = 0.75 * self.cost[0], 1.1 * sum(self.cost) / len(self.cost)
        for k in self.k:
            for _ in range(round(cities.studios_2020[k] * scale)):
                Studio(self, k)
            for n in range(round(cities.workers_2020[k] * scale)):
                Actor(self, k, self.random.choices(range(4), self.crew)[0] if n >= 4 else n)

    def logit(self, value: list[float], scale: float) -> int:
        best = max(value)
        return self.random.choices(self.k, [math.exp((v - best) / scale) for v in value])[0]

    def update_costs(self) -> None:
        p = self.p
        self.cost = [
            self.days * (sum(n * r for n, r in zip(self.crew, self.rates[k])) + self.other_daily[k])
            + p.script_yuan + p.post_yuan for k in self.k
        ]  # fmt: skip
        self.real_income = [
            [math.log(self.rates[k][r] * (p.working_days_month * min(self.tightness[k][r], 1) + 1)
                      / self.prices[k] ** p.price_level_exponent) for r in range(len(ROLES))] for k in self.k
        ]  # fmt: skip

    def step(self) -> None:
        """A month."""
        p, studios = self.p, self.agents_by_type[Studio]
        gross = float(self.market.at(self.month)[:2].sum()) * p.scale
        content = 0.2 * gross
        # Slates: commissions to the best of the hopeful, the others if they should pay.
        slots = [studio for studio in studios for _ in range(studio.slate())]
        slots.sort(key=lambda s: -(s.quality / p.quality_spread - math.log(-math.log(self.random.random()))))
        offered = int(p.commission_share * content / self.fee)
        for n, studio in enumerate(slots):
            if n < offered or studio.start_own():
                studio.go_ahead(n < offered)
        # Labour market and shooting.
        actors = self.agents_by_type[Actor]
        actors.do("start_month")
        self.sheets: list[list[Any]] = [[self.deque() for _ in ROLES] for _ in self.k]
        for actor in actors.shuffle():
            self.sheets[actor.city][actor.role].append(actor)
        self.booked = [0.0 for _ in self.k]
        self.random.shuffle(self.preparing)
        waiting = []
        for series in self.preparing:
            ready = series.due <= self.month and series.studio in studios
            if ready and series.studio.shoot(series):
                self.finishing.append(series)
            elif series.studio in studios:
                waiting.append(series)
        self.preparing = waiting
        # Release, attention, money.
        self.live += [s for s in self.finishing if s.due <= self.month]
        self.finishing = [s for s in self.finishing if s.due > self.month]
        pull = [math.exp(p.quality_effect * s.quality) * s.audience**p.recommender_feedback for s in self.live]
        total = sum(pull) or 1.0
        ended = 1 - (1 - p.wom_end) ** 4
        on = []
        for series, weight in zip(self.live, pull):
            share = weight / total
            if not series.hired:
                series.studio.cash += 0.2 * gross * share
            growth = math.exp(
                4 * (p.wom_drift + p.wom_quality * series.quality) + 2 * p.wom_spread * self.random.gauss(0, 1)
            )
            series.audience = max(gross * share / p.promotion_unit_yuan * growth, 1e-6)
            if self.random.random() >= ended:
                on.append(series)
        released = max(len(self.live) - len(on), 10 * p.scale, 1)
        self.live = on
        self.earnings = 0.8 * self.earnings + 0.2 * content / released
        # The end of the month.
        studios.shuffle_do("close_books")
        actors.do("live")
        for k in self.k:
            for role in range(len(ROLES)):
                supply = len(self.sheets[k][role]) * p.working_days_month
                theta = self.booked[k] * self.crew[role] / sum(self.crew) / supply if supply else 0.0
                self.tightness[k][role] = 0.7 * self.tightness[k][role] + 0.3 * theta
                growth = math.exp(p.wage_response * (self.tightness[k][role] - p.wage_tightness))
                self.rates[k][role] = max(self.rates[k][role] * growth, self.floor[k][role])
        self.update_costs()
        self.fee = 1.1 * sum(self.cost) / len(self.cost)
        outlook = max(self.earnings / min(self.cost) - 1, 0) + 0.05
        chance = min(p.entry_rate * outlook**p.entry_elasticity, 1)
        for _ in range(round(p.potential_entrants_month * p.scale)):
            if self.random.random() < chance:
                Studio(self, self.logit([-math.log(c) for c in self.cost], p.entry_scale))
        self.month += 1
