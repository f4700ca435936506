"""Where results come from: the phase of the month and the equation that make a column, by its name.

A test holds these against the phases and the equations of the documentation.
"""

from __future__ import annotations

from microdrama.model.inputs.parameters import PARAMETERS
from microdrama.model.panel import PROMISES

PANEL = {
    "studios": "found_studios, relocate_studios, close_studios (S1, S9, S11)",
    "entries": "found_studios (S1)",
    "exits": "close_studios (S11)",
    "moves_in": "relocate_studios (S9)",
    "series_started": "start_series (S2)",
    "series_shot": "shoot (S8)",
    "on_base": "book_sets, shoot (S5)",
    "shoot_days": "shoot (S4)",
    "overseas_started": "start_series (S6)",
    "foreign_cast_series": "shoot (L6)",
    "california_series": "shoot_in_california (C3)",
    "edge": "start_series, shoot (S7)",
    "caught": "inspect_sets (C2)",
    "withdrawn": "inspect_sets, review_series (C1, C2)",
    "released": "release_series (S5)",
    "value_yuan": "plan_commissions, share_attention (D3, D5)",
    "local_spending_yuan": "shoot (S3)",
    "platform_gross_yuan": "share_attention (D1)",
    "workers": "move_workers, join_and_leave (L5, L7)",
    "workers_in": "move_workers (L5)",
    "workers_joined": "join_and_leave (L7)",
    "workers_left": "join_and_leave (L7)",
    "burnt_out": "accumulate_fatigue (L4)",
    "fatigue": "accumulate_fatigue (L4)",
    "hours_day": "set_hours (L4)",
    "paid_days": "hire (L2)",
    "wages_yuan": "hire (L2)",
    "actor_yuan_day": "adjust_wages (L3)",
    "series_cost_yuan": "survey_cities (S3)",
    "house_index": "input: the house price path, moved by the crisis parameters (P4)",
    "rent_yuan_m2_month": "move_rents (P2)",
    "vacancy_rate": "move_rents (P1)",
    "derelict_malls": "empty_malls (P5)",
    "bases": "convert_malls, carry_out_policy, close_bases (P6, G4, P7)",
    "base_crews": "convert_malls, carry_out_policy, close_bases (P6, G4, P7)",
    "costume_crews": "convert_malls, close_bases (P6, P7)",
    "bases_closed": "close_bases (P7)",
    "set_wait_days": "book_sets (S5)",
    "base_utilisation": "adjust_set_fees (P6)",
    "set_hire_yuan_day": "adjust_set_fees (P6)",
    "set_chance": "book_sets (S5)",
    "venue_crews": "input: employment and house prices (P9)",
    "venue_days": "book_sets, shoot (P9)",
    "venue_hire_yuan_day": "adjust_set_fees (P9)",
    "designated": "carry_out_policy, imitate (G3, G9)",
    "rent_subsidy_rate": "carry_out_policy (G3, G5)",
    "rebate_rate": "carry_out_policy, plan_year, imitate (G3, G6, G8, G9)",
    "tolerance": "inspect_sets, change_leaders (C2, G9)",
    "film_budget_yuan": "raise_revenue (G2)",
    "film_spent_yuan": "pay_studio_costs, pay_rebates, carry_out_policy (G4, G5, G6)",
    "film_tax_yuan": "pay_taxes (G1)",
    "film_rent_yuan": "pay_studio_costs, pay_base_costs, spend_incomes (G5, P8)",
    "land_income_yuan": "raise_revenue (G1)",
    "city_debt_yuan": "raise_revenue (G2)",
    "cut_for_debt": "raise_revenue (G2b)",
    **{f"{what}_rent_subsidy_yuan": "pay_studio_costs (G5)" for what in PROMISES},
    **{f"{what}_rebate_yuan": "pay_rebates (G6)" for what in PROMISES},
    **{f"{what}_public_studio_yuan": "carry_out_policy (G4)" for what in PROMISES},
    **{f"{what}_state_fund_yuan": "carry_out_policy (F2)" for what in PROMISES},
    **{f"{what}_training_yuan": "train_newcomers (G3b)" for what in PROMISES},
    "honoured_share": "record_month (G4, G5, G6, F2)",
    "knowledge": "spread_knowledge (A3)",
    "reputation": "spread_knowledge (A4)",
}
"""Columns of city and month."""

TABLES = {
    "runs": "outcomes of the run, taken over its last 12 months (experiments.outcomes, model.measures)",
    "panel": "record_month",
    "cells": "move_rents, found_studios, relocate_studios, convert_malls (P1, P2, P3, P6)",
    "series": "start_series to take_off_screen, recorded when the run ends (S2-S8, D3, D4)",
    "flows": "every payment of the month, booked by the ledger (model.ledger)",
    "balance": "check_identities, at the end of the month (model.balance)",
    "measures": "experiments.outcomes.measures_by_month, from the panel and the recorded series (model.measures)",
    "studios": "state of the studio at the end of the month",
    "bases": "state of the film base at the end of the month",
    "funds": "state of the fund at the end of the month",
    "platforms": "state of the platform at the end of the month",
    "actors": "state of the worker at the end of the month",
    "parameters": "input",
    "cities": "input",
    "policies": "input",
    "log": "how the run was made",
}
"""Tables as wholes, for columns without an entry of their own."""


GIVEN = {"run", "seed", "point", "run_id", "date", "year", "month", "city", "scenario", "fingerprint"}
"""Columns that nothing makes."""


def made_by(table: str, column: str) -> str:
    """What makes a column of a table."""
    if column in GIVEN or "." in column or (table == "runs" and column in PARAMETERS):
        return ""
    return PANEL.get(column, TABLES[table]) if table == "panel" else TABLES.get(table, "")
