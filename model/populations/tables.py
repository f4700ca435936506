"""Who lives in the economy: one table each, with the columns that are their state."""

from __future__ import annotations

from ..accounts.ledger import Accounts
from .table import Table, column


class Studios(Accounts):
    """Production companies."""

    kind, sector = 1, "ST"
    city = column("i4", "city of the office", unit="row of the city table")
    cell = column("i4", "cell of the office", unit="cell of the region")
    quality = column("f8", "quality", unit="log")
    expected = column("f8", "what a series of average quality is expected to earn, by mode", unit="yuan", width=3)
    idle_months = column("i4", "months since the last project", unit="months")
    released = column("i4", "series released so far", unit="series")
    slate = column("i4", "series started this month", unit="series")
    revenue_fen = column("i8", "commissions and revenue shares this month", unit="fen")
    private_fund = column("i4", "private fund that holds a stake, -1 if none", unit="row of private funds")
    private_bp = column("i4", "stake of the private fund", unit="basis points")
    state_fund = column("i4", "state fund that holds a stake, -1 if none", unit="row of state funds")
    state_bp = column("i4", "stake of the state fund", unit="basis points")
    parent = column("i8", "studio its founder left, 0 if none", unit="id")
    hits = column("f8", "hits, fading", unit="series")
    own_series = column("i4", "own series whose run is over", unit="series")
    own_results = column("f8", "what these earned, each over what the charts promised", unit="multiples")
    private_cost_fen = column("i8", "what the private fund paid for its stake", unit="fen")
    state_cost_fen = column("i8", "what the state fund paid for its stake", unit="fen")
    mandate_city = column("i4", "city it promised to spend in, -1 if none", unit="row of the city table")
    mandate_left_fen = column("i8", "of the promise, not yet spent", unit="fen")
    mandate_ends = column("i4", "month in which what is missing is clawed back", unit="month")
    shut_until = column("i4", "starts nothing before this month", unit="month")
    inert = column("bool", "takes part in nothing (a control for tests of common random numbers)")


class Actors(Accounts):
    """Cast and crew."""

    kind, sector = 2, "HH"
    city = column("i4", "where the worker lives", unit="row of the city table")
    origin = column("i4", "whose region the worker comes from (L5b)", unit="row of the city table")
    role = column("i4", "extra, crew, actor or lead", unit="index into ROLES")
    skill = column("f8", "skill", unit="log")
    reservation_factor = column("f8", "reservation wage relative to the city's level for the role")
    days_worked = column("i4", "days worked this month", unit="days")
    fatigue = column("f8", "fatigue, fading")
    away_until = column("i4", "burnt out: takes no work before this month", unit="month")
    usual_fen = column("f8", "film income of a usual month", unit="fen")
    earned_fen = column("i8", "film income this month", unit="fen")
    hired_fen = column("i8", "film income so far", unit="fen")


class FilmBases(Accounts):
    """Film bases: converted malls, public studios, and what stood before 2021."""

    kind, sector = 3, "FB"
    city = column("i4", "city", unit="row of the city table")
    cell = column("i4", "cell", unit="cell of the region")
    mall_id = column("i8", "mall it was converted from, 0 if purpose-built", unit="id")
    floor_m2 = column("f8", "floor space", unit="m2")
    given_m2 = column("f8", "of it, space of which the city pays the lease (G3c)", unit="m2")
    crews = column("i4", "crews it can host at once", unit="crews")
    opens = column("i4", "first month of work", unit="month")
    public = column("bool", "owned by the city")
    genre = column("i4", "modern or costume sets", unit="index into GENRES")
    lease_ends = column("i4", "month in which the lease is set anew", unit="month")
    capital_fen = column("i8", "what building it cost, less wear", unit="fen")
    usual_use = column("f8", "crew-days sold of those it has, recently", unit="share")
    rent_yuan_m2_month = column("f8", "lease of the shell", unit="yuan/m2/month")
    lease_paid_fen = column("i8", "part of this month's lease that the city paid", unit="fen")
    debt_fen = column("i8", "bank loan outstanding", unit="fen")
    service_fen = column("i8", "interest and repayment a month", unit="fen")
    booked_days = column("i4", "crew-days sold this month", unit="crew-days")
    premium = column("f8", "hire over that of the city", unit="log")


class Slots(Table):
    """Room for one crew in a film base: a server of its queue."""

    kind = 11
    base = column("i8", "film base", unit="id")
    free = column("f8", "day from which it can be booked", unit="days since 2021-01-01")


class Malls(Table):
    """Shopping malls: lumpy retail space that dies when demand falls."""

    kind = 4
    city = column("i4", "city", unit="row of the city table")
    cell = column("i4", "cell", unit="cell of the region")
    frailty = column("f8", "derelict once retail vacancy exceeds it", unit="share")
    derelict = column("bool", "without tenants")
    idle_since = column("i4", "month in which it last lost its tenants", unit="month")
    reluctance = column("f8", "lets to film once the share of landlords who would exceeds it", unit="share")
    converted = column("bool", "taken by a film base")
    returns = column("i4", "month from which it can be let again", unit="month")


class Officials(Accounts):
    """City officials, one for each city: treasury and instruments."""

    kind, sector = 5, "CG"
    debt_fen = column("i8", "city debt", unit="fen")
    film_budget_fen = column("i8", "what film may still receive this month", unit="fen")
    film_grant_fen = column("i8", "film budget that the month added", unit="fen")
    subsidy_budget_fen = column("i8", "part of it kept for rent subsidies and rebates", unit="fen")
    designated = column("f8", "industry written into planning documents", unit="share in force")
    rent_subsidy = column("f8", "share of studio rent paid", unit="share")
    rebate = column("f8", "share of local production spending paid back", unit="share")
    rebate_cap_yuan = column("f8", "most paid back for one series", unit="yuan")
    extra_rebate = column("f8", "rebate added by annual plans and imitation", unit="share")
    imitates_from = column("i4", "month in which it designated the industry unprompted, -1 if never", unit="month")
    tolerance = column("f8", "inspections that officials hold off", unit="share")
    hours_cap = column("f8", "longest shooting day allowed", unit="hours")
    funds_stopped_until = column("i4", "new leaders call no fund capital before this month", unit="month")
    public_plan_m2 = column("f8", "public studio space planned and not yet built", unit="m2")
    space_left_m2 = column("f8", "idle state space announced and not yet given", unit="m2")
    zone_plan_m2 = column("f8", "of the public studio space planned, what is to be in a zone", unit="m2")
    zone_space_m2 = column("f8", "idle state space in a zone announced and not yet given", unit="m2")
    free_scenes = column("f8", "public scenes in which crews may shoot for nothing", unit="scenes")
    land_income_fen = column("i8", "land revenue this month", unit="fen")
    film_spent_fen = column("i8", "spent on film this month", unit="fen")


class Platforms(Accounts):
    """Apps that show micro-dramas."""

    kind, sector = 6, "PL"
    mode = column("i4", "paid, ad-funded or overseas", unit="index into MODES")
    city = column("i4", "headquarters, -1 if outside the table", unit="row of the city table")
    share = column("f8", "share of the mode's spending", unit="share")
    gross_fen = column("i8", "spending of viewers and advertisers this month", unit="fen")
    slate_fen = column("i8", "budget for commissions this month", unit="fen")


class Publishers(Accounts):
    """Web-fiction publishers, one for each city, who sell stories and scripts."""

    kind, sector = 7, "IP"
    share = column("f8", "share of the scripts sold", unit="share")
    slate_fen = column("i8", "budget for series that sell novels this month", unit="fen")
    novel_sales_fen = column("f8", "novels sold through series in a usual month", unit="fen")


class Funds(Accounts):
    """Investment funds: private ones, or state funds, one for each city."""

    kind = 8
    city = column("i4", "city a state fund is bound to, -1 for private ones", unit="row of the city table")
    raised_fen = column("i8", "capital raised so far", unit="fen")
    invested_fen = column("i8", "invested so far", unit="fen")
    returned_fen = column("i8", "dividends received so far", unit="fen")
    distributed_fen = column("i8", "paid back to investors so far", unit="fen")
    carried_fen = column("i8", "managers' part of gains so far", unit="fen")
    written_off_fen = column("i8", "cost of stakes in studios that closed", unit="fen")
    for_zone_fen = column("i8", "capital left that is for studios in a zone of the city", unit="fen")

    def __init__(self, sector: str) -> None:
        super().__init__()
        self.sector = sector
        self.kind = 8 if sector == "PF" else 9


class Series(Table):
    """Micro-drama series from the go-ahead to the end of their run. Not agents: records in the order of their start."""

    kind = 10
    key = column("i8", "key of the series' own draws")
    studio = column("i8", "id of the studio", unit="id")
    slot = column("i4", "number among the studio's series of the month")
    home = column("i4", "city of the studio at the start", unit="row of the city table")
    city = column("i4", "city of the shooting", unit="row of the city table")
    platform = column("i4", "platform", unit="row of platforms")
    publisher = column("i4", "publisher whose novel it sells, -1 if none", unit="row of publishers")
    genre = column("i4", "modern or costume", unit="index into GENRES")
    casting = column("i4", "local, foreign, or shot in California", unit="index into CASTINGS")
    lavish = column("f8", "spending on script, equipment and post-production relative to the usual", unit="log")
    edge = column("f8", "edge of the content, 0 to 1")
    discretion = column("f8", "discretion of the shooting")
    tier = column("i4", "review by the platform, the province, or as key tier", unit="0, 1, 2")
    tries = column("i4", "months in which it could not be staffed", unit="months")
    commissioned = column("bool", "work for hire")
    stage = column("i4", "0 preparation, 1 post-production and review, 2 on screen, 3 over", unit="stage")
    due = column("f8", "day on which the stage ends", unit="days since 2021-01-01")
    quality = column("f8", "quality", unit="log")
    shooting_days = column("i4", "shooting days", unit="days")
    on_base = column("bool", "shot at a film base")
    shot = column("i4", "month of shooting, -1 before", unit="month")
    released = column("i4", "month of release, -1 before", unit="month")
    fee_fen = column("i8", "work-for-hire fee", unit="fen")
    cost_fen = column("i8", "spent on it so far", unit="fen")
    local_fen = column("i8", "spent in the shooting city", unit="fen")
    guarantee_fen = column("i8", "minimum guarantee paid", unit="fen")
    share_fen = column("i8", "share of revenue earned, paid or set against the guarantee", unit="fen")
    audience = column("f8", "impressions that draw this month's attention")
    views = column("f8", "attention received so far", unit="yuan of gross")
    revenue_fen = column("i8", "studio's revenue from it so far", unit="fen")


PREPARATION, FINISHING, ON_SCREEN, OVER = 0, 1, 2, 3
"""Stages of a series; those that are over leave the table in the same month."""
