"""Public money and funds: what cities spend and get back, what funds earn, and the payments of the last year."""

import numpy as np

from microdrama.model.accounts.ledger import FEN_PER_YUAN, FLOWS
from microdrama.model.arithmetic import power
from microdrama.model.arrays import dot
from microdrama.model.calendar import month_name
from microdrama.model.populations.tables import Funds

from .finished_run import WHERE, YEAR, FinishedRun, ratio
from .registry import outcome

IDLE_MONTHS = 6
"""A studio without a project for so long, or with an overdraft, counts as a zombie if a state fund holds it."""


def _net_public_cost(run: FinishedRun, where: str) -> float:
    net = run.column("film_spent_yuan") - run.column("film_tax_yuan")
    weight = power(1 + run.economy.p.city_interest_year / 12, -np.arange(len(net)))
    back = run.economy.state_funds.distributed_fen / FEN_PER_YUAN * weight[-1]
    return run.of(where, dot(net.T, weight) - back)


def _fund_multiple(run: FinishedRun, kind: str) -> float:
    funds: Funds = getattr(run.economy, f"{kind}_funds")
    held = getattr(run.economy.studios, f"{kind}_cost_fen")
    return ratio(funds.returned_fen.sum() + held.sum(), funds.invested_fen.sum())


def _zombies(run: FinishedRun) -> float:
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


outcome(
    "film_spent_yuan",
    "yuan",
    "public money spent on film, all cities and months, at the scale of the run",
    display="Public money spent on film",
)(lambda run: run.column("film_spent_yuan").sum())
outcome(
    "film_tax_yuan",
    "yuan",
    "local taxes of the industry, all cities and months, at the scale of the run",
    display="Local taxes of the industry",
)(lambda run: run.column("film_tax_yuan").sum())
outcome(
    "{where}_net_public_cost_yuan",
    "yuan",
    "{where}: public money spent on film less local taxes of the industry, discounted at what cities pay on debt, and "
    "less what its fund paid back",
    where=WHERE,
)(_net_public_cost)
outcome(
    "{kind}_fund_multiple",
    "multiple",
    "{kind} funds: dividends and stakes held, at cost, per yuan invested",
    kind={"state": "state", "private": "private"},
)(_fund_multiple)
outcome("state_backed_studios", "studios", "studios in which a state fund has a stake, at the end")(
    lambda run: float(np.count_nonzero((run.economy.studios.state_bp > 0) & ~run.economy.studios.inert))
)
outcome("state_fund_written_off", "share", "of what state funds invested, in studios that closed")(
    lambda run: ratio(run.economy.state_funds.written_off_fen.sum(), run.economy.state_funds.invested_fen.sum())
)
outcome("state_zombie_share", "share", "studios with a state fund that are idle or overdrawn, at the end")(_zombies)
outcome(
    "flow_{flow}_yuan", "yuan", "{flow}, last 12 months", flow={name: flow.meaning for name, flow in FLOWS.items()}
)(lambda run, flow: run.once(_paid)[flow] / FEN_PER_YUAN)
