"""Public money and funds: what cities spend and get back, what funds earn, and the payments of the last year."""

from __future__ import annotations

import numpy as np

from microdrama.model.accounts.ledger import FEN_PER_YUAN, FLOWS
from microdrama.model.calendar import month_name

from .finished_run import WHERE, YEAR, FinishedRun, ratio
from .registry import outcome

IDLE_MONTHS = 6
"""A studio without a project for so long, or with an overdraft, counts as a zombie if a state fund holds it."""


@outcome(
    "film_spent_yuan",
    "yuan",
    "public money spent on film, all cities and months, at the scale of the run",
    display="Public money spent on film",
)
def film_spent(run: FinishedRun) -> float:
    return run.column("film_spent_yuan").sum()


@outcome(
    "film_tax_yuan",
    "yuan",
    "local taxes of the industry, all cities and months, at the scale of the run",
    display="Local taxes of the industry",
)
def film_tax(run: FinishedRun) -> float:
    return run.column("film_tax_yuan").sum()


@outcome(
    "{where}_net_public_cost_yuan",
    "yuan",
    "{where}: public money spent on film less local taxes of the industry, discounted at what cities pay on debt, and "
    "less what its fund paid back",
    where=WHERE,
)
def net_public_cost(run: FinishedRun, where: str) -> float:
    net = run.column("film_spent_yuan") - run.column("film_tax_yuan")
    weight = (1 + run.economy.p.city_interest_year / 12) ** -np.arange(len(net))
    back = run.economy.state_funds.distributed_fen / FEN_PER_YUAN * weight[-1]
    return run.of(where, weight @ net - back)


@outcome("state_fund_multiple", "multiple", "state funds: dividends and stakes held, at cost, per yuan invested")
def state_fund_multiple(run: FinishedRun) -> float:
    funds = run.economy.state_funds
    return ratio(funds.returned_fen.sum() + run.economy.studios.state_cost_fen.sum(), funds.invested_fen.sum())


@outcome("private_fund_multiple", "multiple", "private funds: dividends and stakes held, at cost, per yuan invested")
def private_fund_multiple(run: FinishedRun) -> float:
    funds = run.economy.private_funds
    return ratio(funds.returned_fen.sum() + run.economy.studios.private_cost_fen.sum(), funds.invested_fen.sum())


@outcome("state_fund_written_off", "share", "of what state funds invested, in studios that closed")
def state_fund_written_off(run: FinishedRun) -> float:
    funds = run.economy.state_funds
    return ratio(funds.written_off_fen.sum(), funds.invested_fen.sum())


@outcome("state_zombie_share", "share", "studios with a state fund that are idle or overdrawn, at the end")
def state_zombie_share(run: FinishedRun) -> float:
    studios = run.economy.studios
    backed = (studios.state_bp > 0) & ~studios.inert
    zombie = backed & ((studios.idle_months >= IDLE_MONTHS) | (studios.cash_fen < 0))
    return ratio(zombie.sum(), backed.sum())


def _paid(run: FinishedRun) -> dict[str, int]:
    """Fen paid in the last 12 months, by flow."""
    flows, paid = run.economy.panel.flows(), dict.fromkeys(FLOWS, 0)
    recent = flows["month"] >= month_name(max(len(run.economy.panel) - YEAR, 0))
    for name, amount in zip(flows["flow"][recent], flows["fen"][recent], strict=True):
        paid[name] += int(amount)
    return paid


@outcome(
    "flow_{flow}_yuan", "yuan", "{flow}, last 12 months", flow={name: flow.meaning for name, flow in FLOWS.items()}
)
def flow(run: FinishedRun, flow: str) -> float:
    return run.once(_paid)[flow] / FEN_PER_YUAN
