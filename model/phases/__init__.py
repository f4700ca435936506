"""Phases of the month: each takes the economy, applies decisions to columns and pays through the ledger."""

from .bases import (
    add_slots,
    adjust_set_fees,
    close_bases,
    conversion_terms,
    convert_malls,
    pay_base_costs,
    renew_leases,
)
from .cities import announce, carry_out_policy, change_leaders, imitate, plan_year, raise_revenue, usual_budget
from .clock import check_identities, open_month
from .demography import close_studios, join_and_leave, move_workers, origins, train_newcomers, usual_income_fen
from .funds import claw_back, distribute_returns, invest, raise_private_capital
from .labour import accumulate_fatigue, adjust_wages, earnings_at_home, hire, set_hours
from .platforms import plan_commissions, release_series, share_attention, take_off_screen
from .production import book_sets, shoot, shoot_in_california
from .property import empty_malls, move_rents
from .record import read_cells, record_month
from .regulation import inspect_sets, remove_from_screen, review_series, set_stringency
from .settlement import distribute_profits, pay_rebates, pay_space_leases, pay_studio_costs, pay_taxes, spend_incomes
from .studios import (
    found_studios,
    look_around,
    move_offices,
    office_cells,
    open_offers,
    relocate_studios,
    revise_expectations,
    series_keys,
    spread_knowledge,
    start_series,
    survey_cities,
    take_survey,
)

__all__ = [
    "accumulate_fatigue",
    "add_slots",
    "adjust_set_fees",
    "adjust_wages",
    "announce",
    "book_sets",
    "carry_out_policy",
    "change_leaders",
    "check_identities",
    "claw_back",
    "close_bases",
    "close_studios",
    "conversion_terms",
    "convert_malls",
    "distribute_profits",
    "distribute_returns",
    "earnings_at_home",
    "empty_malls",
    "found_studios",
    "hire",
    "imitate",
    "inspect_sets",
    "invest",
    "join_and_leave",
    "look_around",
    "move_offices",
    "move_rents",
    "move_workers",
    "office_cells",
    "open_month",
    "open_offers",
    "origins",
    "pay_base_costs",
    "pay_rebates",
    "pay_space_leases",
    "pay_studio_costs",
    "pay_taxes",
    "plan_commissions",
    "plan_year",
    "raise_private_capital",
    "raise_revenue",
    "read_cells",
    "record_month",
    "release_series",
    "relocate_studios",
    "remove_from_screen",
    "renew_leases",
    "review_series",
    "revise_expectations",
    "series_keys",
    "set_hours",
    "set_stringency",
    "share_attention",
    "shoot",
    "shoot_in_california",
    "spend_incomes",
    "spread_knowledge",
    "start_series",
    "survey_cities",
    "take_off_screen",
    "take_survey",
    "train_newcomers",
    "usual_budget",
    "usual_income_fen",
]
