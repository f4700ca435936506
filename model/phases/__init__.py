"""Phases of the month: each takes the economy, applies decisions to columns and pays through the ledger."""

from .bases import adjust_set_hire, close_bases, convert_malls, pay_base_costs
from .cities import carry_out_policy, raise_revenue
from .clock import check_identities, open_month, record_month
from .demography import close_studios, move_workers
from .funds import invest, raise_private_capital
from .labour import adjust_wages, hire
from .platforms import plan_commissions, release_series, share_attention, take_off_screen
from .production import book_sets, shoot
from .property import empty_malls, move_rents
from .settlement import distribute_profits, pay_rebates, pay_studio_costs, pay_taxes, spend_incomes
from .studios import (
    Survey,
    found_studios,
    office_cells,
    relocate_studios,
    revise_expectations,
    series_keys,
    spread_knowledge,
    start_series,
    survey_cities,
)

__all__ = [
    "Survey",
    "adjust_set_hire",
    "adjust_wages",
    "book_sets",
    "carry_out_policy",
    "check_identities",
    "close_bases",
    "close_studios",
    "convert_malls",
    "distribute_profits",
    "empty_malls",
    "found_studios",
    "hire",
    "invest",
    "move_rents",
    "move_workers",
    "office_cells",
    "open_month",
    "pay_base_costs",
    "pay_rebates",
    "pay_studio_costs",
    "pay_taxes",
    "plan_commissions",
    "raise_private_capital",
    "raise_revenue",
    "record_month",
    "release_series",
    "relocate_studios",
    "revise_expectations",
    "series_keys",
    "share_attention",
    "shoot",
    "spend_incomes",
    "spread_knowledge",
    "start_series",
    "survey_cities",
    "take_off_screen",
]  # fmt: skip
