"""Every parameter of the model, once: default, unit, range, meaning, source, layer and mechanism.

The same name serves in a scenario file, ``--set``, a sweep axis, a column of results and a slider. Layers:
*pinned* parameters carry a source and are not fitted; *estimated* ones may be fitted (at most eight of them);
*swept* ones are assumptions, to be varied and never called calibrated. Extensive quantities (entrants, capital) are
given for the real industry and multiplied by ``scale``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..categories import MODES
from ..errors import InputError, meant
from .files import as_number

Layer = Literal["pinned", "estimated", "swept", "switch", "run"]
ASSUMPTION = "assumption"


@dataclass(frozen=True)
class Parameter:
    """What is known of one parameter (units in plain text; ``low`` and ``high`` are the allowed range)."""

    name: str
    default: Any
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    source: str
    layer: Layer
    mechanism: str
    meaning: str

    @property
    def kind(self) -> type:
        """Type of the value: bool, int, float or str."""
        return type(self.default)

    @property
    def allowed(self) -> str:
        """Allowed values in words."""
        if self.choices:
            return "one of " + ", ".join(f"'{c}'" for c in self.choices)
        if self.kind is bool:
            return "true or false"
        return f"{'a whole number' if self.kind is int else 'a number'} from {self.low:g} to {self.high:g}"

    def problem(self, value: object) -> str:
        """What is wrong with a value, empty if nothing is."""
        if self.kind is bool or self.choices:
            right = isinstance(value, bool) if self.kind is bool else isinstance(value, str) and value in self.choices
        elif isinstance(value, bool) or not isinstance(value, int | float):
            right = False
        else:
            right = self.low <= value <= self.high and (abs(value) < 1e300 or value == math.inf)
            right = right and (self.kind is float or value == int(value))
        if right:
            return ""
        hint = ""
        if isinstance(value, str):
            hint = meant(value, self.choices) if self.choices else self._unquoted(value)
        unit = f" [{self.unit}]" if self.unit not in ("", "switch", "1") else ""
        return f"'{self.name}' = {value!r}: must be {self.allowed}{unit}{hint}"

    def _unquoted(self, text: str) -> str:
        if text.casefold() in ("true", "false", "on", "off", "yes", "no") and self.kind is bool:
            return f"; write {str(text.casefold() in ('true', 'on', 'yes')).lower()} without quotes"
        number = as_number(text) if self.kind is not bool else ""
        return f"; write {number}" if number else ""


def _field(default: Any, **known: Any) -> Any:
    return field(default=default, metadata={"low": 0, "high": 1, "choices": ()} | known)


def _p(
    default: Any, unit: str, low: float, high: float, source: str, layer: Layer, mechanism: str, meaning: str
) -> Any:
    return _field(
        default, unit=unit, low=low, high=high, source=source, layer=layer, mechanism=mechanism, meaning=meaning
    )


def _switch(mechanism: str, meaning: str, *, on: bool = True) -> Any:
    return _field(on, unit="switch", source="design", layer="switch", mechanism=mechanism, meaning=meaning)


def _form(mechanism: str, meaning: str) -> Any:
    forms = ("log", "linear", "off")
    return _field(
        "log", unit="switch", source="design", layer="switch", mechanism=mechanism, meaning=meaning, choices=forms
    )


def _choice(choices: tuple[str, ...], default: str, mechanism: str, meaning: str) -> Any:
    """A structure that evidence leaves open: one of several rules, neither on nor off."""
    return _field(
        default, unit="choice", source=ASSUMPTION, layer="swept", mechanism=mechanism, meaning=meaning, choices=choices
    )


def _a(default: Any, unit: str, low: float, high: float, mechanism: str, meaning: str) -> Any:
    return _p(default, unit, low, high, ASSUMPTION, "swept", mechanism, meaning)


@dataclass(frozen=True)
class Parameters:
    """Values of all parameters. ``Parameters(crisis_strength=0.5)`` takes the defaults for the rest.

    Raises
    ------
    InputError
        On construction through :func:`make_parameters`, for unknown names and values out of range.
    """

    # --- size of the run
    scale: float = _p(
        0.1,
        "share of the real industry",
        0.005,
        20,
        "design",
        "run",
        "",
        "size of everything: 1 is about 3,000 studios and 120,000 workers, 0.1 a classroom",
    )
    months: int = _p(120, "months", 1, 600, "design", "run", "", "months to run, from January 2021")
    cell_km: float = _p(2.0, "km", 1, 5, "design", "run", "", "width of a cell of the region")
    zone_cells: bool = _field(
        True,
        unit="switch",
        source="design",
        layer="run",
        mechanism="P1",
        meaning="zones beyond the built-up disc of their city bring their own cells, among which its floor is spread",
    )
    month_order: str = _field(
        "usual",
        unit="switch",
        source="design",
        layer="run",
        mechanism="",
        meaning="order of the month; the others are there to see whether results depend on it",
        choices=("usual", "release_first", "demography_first", "funds_last"),
    )

    # --- switches: off leaves a run bit-identical to one without the mechanism
    property_crisis: bool = _switch("P4", "house prices fall from their control path; off: they follow it")
    rent_dynamics: bool = _switch("P2", "rents answer to vacancy")
    film_space: bool = _switch("P3", "the industry occupies floor space that others then cannot rent")
    mall_conversion: bool = _switch("P5-P6", "private investors turn derelict malls into film bases")
    pass_through: bool = _switch("P6", "set hire is drawn to the cost of a new base in cheap space")
    waiting_option: bool = _switch("P6", "investors wait for more than break-even before an irreversible conversion")
    venues: bool = _switch("P9", "crews without a film base find sales halls, villas, banquet halls and idle hotels")
    lease_renewal: bool = _switch("P8", "leases of converted malls are set anew when they end")
    base_closure: bool = _switch("P7", "film bases that do not pay close, and their space returns")
    genres: bool = _switch("P7b", "bases serve modern or costume series, not both")
    queues: bool = _switch("S5", "a series may wait for a set")
    land_finance: bool = _switch("G1", "cities' land revenue follows house prices")
    fiscal_limits: bool = _switch("G2", "film policy is limited by what the city has left after committed spending")
    policy: bool = _switch("G3-G7", "all policy windows; off: officials do nothing for the industry")
    designation: bool = _switch("G3", "the industry written into planning documents")
    public_studios: bool = _switch("G4", "film bases built by cities")
    rent_subsidy: bool = _switch("G5", "cities pay a share of studios' rent")
    rebate: bool = _switch("G6", "cities pay back a share of local production spending")
    hours_cap: bool = _switch("L4", "caps on shooting hours, where a scenario has them")
    state_funds: bool = _switch("F2", "city funds buy equity in local studios")
    mandates: bool = _switch("G7", "state funds also back studios elsewhere that promise to spend in the city")
    annual_plans: bool = _switch("G8", "designated cities revise their rebate every January, by their own forecast")
    imitation: bool = _switch("G9", "cities copy what seems to work for others")
    turnover: bool = _switch("G9", "new city leaders drop their predecessors' plans")
    private_funds: bool = _switch("F1", "private funds buy equity wherever the return is best")
    entry: bool = _switch("S1", "new studios enter")
    heritage: bool = _switch("S1", "studios, crews and bases of before 2021 are where they were; off: spread like jobs")
    parentage: bool = _switch("S1", "founders inherit quality from the studio they leave")
    work_for_hire: bool = _switch("S2", "platforms commission series for a fee, beside revenue-share series")
    guarantees: bool = _switch("D5", "ad-funded platforms guarantee own series a minimum")
    novel_promotion: bool = _switch(
        "D6", "publishers commission series to sell their novels, from the format's birth on"
    )
    ip_supply: bool = _switch("D6", "scripts are cheaper where many authors live")
    set_sharing: bool = _switch("S4", "many sets close together save shooting days")
    overseas: bool = _switch("S6", "studios may make series for overseas platforms")
    foreign_cast: bool = _switch("L6", "overseas series may fly foreign actors in")
    california: bool = _switch("C3", "overseas series may be shot in California")
    edge: bool = _switch("S7", "series may be edgy, at a risk")
    review: bool = _switch("C1", "domestic series are reviewed, the longer the dearer they are")
    inspection: bool = _switch("C2", "sets are inspected, and local officials blamed")
    campaigns: bool = _switch("C1", "campaigns against vulgar content, announced and by chance")
    shooting_location: bool = _switch("S8", "a series may be shot away from the studio's home city")
    relocation: bool = _switch("S9", "studios may move their office to another city")
    office_moves: bool = _switch("S9b", "studios may move inside their city (with office_choice nearby)")
    nearest_sets: bool = _switch("S5b", "series book the nearest free set; bases have hires of their own")
    learning: bool = _switch("S10", "studios revise what they expect a series to earn; off: they never do")
    exit: bool = _switch("S11", "insolvent and idle studios close")
    price_level: bool = _switch("L1", "reservation wages are higher where prices are, and workers compare real incomes")
    match_premium: bool = _switch("L2", "a larger pool of actors holds a better match")
    wage_adjustment: bool = _switch("L3", "day rates answer to tightness")
    fatigue: bool = _switch("L4", "long hours cause fatigue: burnout, higher reservation wages, retakes")
    labour_entry: bool = _switch("L7", "newcomers enter the trade and people leave it")
    migration: bool = _switch("L5", "workers move between cities")
    return_migration: bool = _switch(
        "L5b", "some workers come from the region of another city; all prefer their own", on=False
    )
    market_growth: bool = _switch("D1", "the market grows as observed, then as the scenario says; off: as in 2021")
    promotion: bool = _switch("D2", "platforms buy traffic to promote series")
    recommender: bool = _switch("D3", "attention goes to what is already watched")
    word_of_mouth: bool = _switch("D4", "audiences multiply at random")
    pooling: str = _form("A1", "form of the labour-pool externality in the choice of where to shoot")
    set_access: str = _form("A2", "form of the externality of shared sets")
    knowledge: str = _form("A3", "form of the knowledge spillover from local hits")
    reputation: str = _form("A4", "form of the reputation externality of a city's share")
    sameness: bool = _switch("A5", "series shot where many are shot resemble each other")

    # --- property (P)
    rent_elasticity: float = _a(0.6, "1", 0.2, 2, "P1", "elasticity of demand for floor space to rent")
    demand_gradient: float = _p(
        0.04,
        "1/km",
        0,
        0.2,
        "Alonso-Muth gradient 0.03-0.10 times the rent elasticity",
        "pinned",
        "P1",
        "fall of demand for floor space with distance from the centre",
    )
    rent_adjustment: float = _p(
        0.167,
        "1/month",
        0,
        1.5,
        "doi:10.1111/1540-6229.00466",
        "pinned",
        "P2",
        "change of log rent per month and unit of excess vacancy",
    )
    rent_smoothing: float = _a(0.05, "1/month", 0, 0.5, "P2", "pull of log rent towards neighbouring cells")
    rent_floor_yuan_m2_month: float = _a(8.0, "yuan/m2/month", 0, 60, "P2", "operating cost below which nobody lets")
    crisis_strength: float = _p(
        1.0,
        "multiple of the observed fall",
        0,
        3,
        "F248-F284 (NBS second-hand index)",
        "pinned",
        "P4",
        "size of the fall of house prices from their control path; 0 is no crisis",
    )
    crisis_control: str = _choice(
        ("before", "trend", "peak"),
        "before",
        "P4",
        "house prices without the crisis: held from 2021-06 on, growing from then on, or at the peak reached",
    )
    control_growth_year: float = _a(
        0.03, "1/year", -0.1, 0.2, "P4", "growth of house prices after 2021-06 without the crisis, for the trend"
    )
    crisis_everywhere: float = _a(
        0.0, "share", 0, 1, "P4", "how far every city shares the relative fall of the city that falls most; 1: fully"
    )
    crisis_demand_elasticity: float = _p(
        0.75,
        "1",
        0,
        3,
        ASSUMPTION,
        "swept",
        "P4",
        "elasticity of demand for commercial space to house prices, for all cities",
    )
    recovery_half_life_months: float = _a(
        math.inf, "months", 1, math.inf, "P8", "half-life of the price gap after the last observation; inf: no recovery"
    )
    later_fall: float = _a(
        0.0, "share", 0, 0.9, "P4", "further fall of house prices in the two years after the last observation"
    )
    retail_vacancy_2020: float = _a(
        0.115, "share", 0, 0.9, "P5", "share of malls already derelict at the start (where the city table has none)"
    )
    idle_space_elasticity: float = _a(1.0, "1", 0, 2.3, "P5", "fall with house prices of the odds that a mall is idle")
    other_shells_ratio: float = _a(
        1.0, "m2/m2", 0, 5, "P5", "other buildings to convert (plants, offices, mills, hotels) by m2 of malls"
    )
    shell_rent_ratio: float = _a(0.30, "share of the cell's rent", 0.05, 1, "P5", "rent of a derelict mall")
    mall_size_m2: float = _p(20000.0, "m2", 2000, 200000, "F151", "pinned", "P5", "floor area of a mall")
    office_m2_per_studio: float = _p(
        110.0, "m2", 1, 2000, "3 m2 a head x 37 heads (F074, F079)", "pinned", "P3", "floor space a studio rents"
    )
    office_access: float = _a(0.05, "1/km", 0, 0.5, "P3", "worth of a km nearer to the centre to a studio, in log rent")
    office_cell_scale: float = _a(0.3, "log rent", 0.02, 5, "P3", "spread of tastes over cells; small: rents decide")
    office_neighbours: float = _a(0.2, "1", 0, 2, "P3", "pull of the log number of studios already in a cell")
    office_choice: str = _choice(
        ("nearby", "cell"), "nearby", "P3b", "offices are chosen by cell alone, or by who is nearby and lasting tastes"
    )
    office_rent_weight: float = _a(
        0.3, "1", 0.01, 5, "P3b", "weight of a cell's rent over the city's mean in the choice of an office"
    )
    office_spillover: float = _a(1.0, "1", 0, 3, "P3b", "pull of the log number of studios a cell nearby")
    spillover_km: float = _p(
        1.0,
        "km",
        0.1,
        1000,
        "doi:10.1111/j.1467-937X.2008.00499.x",
        "swept",
        "P3b",
        "distance at which what studios gain from each other has fallen to 1/e",
    )
    office_centre_pull: float = _a(0.12, "1/km", 0, 1, "P3b", "worth of a km nearer to the centre to a studio")
    office_review_rate: float = _a(
        1 / 36,
        "1/month",
        0,
        1,
        "S9b",
        "chance that a studio looks for another office in its city: leases of three years",
    )
    office_move_cost: float = _a(0.5, "1", 0, 10, "S9b", "gain below which a studio keeps its office")

    # --- film bases (P5-P6, G4)
    crew_floor_m2: float = _p(
        1700.0, "m2 per crew", 500, 10000, "N029, F162", "pinned", "P6", "base floor space one crew takes"
    )
    sets_per_crew: float = _p(3.0, "sets", 0, 20, "F151, F155", "pinned", "S4", "sets of a base per crew")
    conversion_capex_yuan_m2: float = _p(
        1765.0, "yuan/m2", 100, 10000, "F151-F152", "pinned", "P6", "cost of turning a shell into a base"
    )
    base_operating_share: float = _a(0.35, "share of revenue", 0, 0.9, "P6", "operating cost of a base")
    base_reserve_months: int = _a(
        6, "months", 0, 120, "P6", "lease that owners of a base keep in cash, beside the takings of the month"
    )
    closure_lease_months: int = _a(12, "months", 0, 240, "P7", "lease for which a base is overdrawn when it closes")
    capital_cost_year: float = _a(0.08, "1/year", 0.01, 0.4, "P6", "interest of base loans")
    base_horizon_years: float = _a(8.0, "years", 1, 40, "P6", "years over which a conversion must pay")
    base_life_years: float = _a(20.0, "years", 1, 200, "P6", "life of what is built into a base, for the balance sheet")
    set_hire_volatility: float = _a(
        0.05,
        "1/year^0.5",
        0,
        1,
        "P6",
        "volatility of set hire: it raises the margin that investors require (Dixit & Pindyck 1994)",
    )
    costume_capex_yuan_m2: float = _p(
        4000.0, "yuan/m2", 100, 20000, "F163: 80m yuan for 20,000 m2", "pinned", "P7b", "cost of building costume sets"
    )
    lease_months: int = _a(24, "months", 1, 240, "P8", "term of the lease of a converted mall")
    space_return_months: int = _a(4, "months", 0, 36, "P7", "from the closure of a base until the mall is let again")
    queue_days: float = _a(10.0, "days", 0, 120, "S5", "longest wait for a set before a series goes on location")
    set_update_weight: float = _a(
        0.3,
        "share",
        0,
        1,
        "S5",
        "weight of the latest month in the demand for sets, the chance of one and the wait for it",
    )
    conversion_looks: float = _p(
        0.02,
        "1/month per studio",
        0,
        1,
        ASSUMPTION,
        "swept",
        "P6",
        "local entrepreneurs who look for a shell, by studio at full scale",
    )
    landlord_half_life_months: float = _a(
        6.0, "months", 0.5, 120, "P6", "time for which a shell stands idle before half of landlords let it to film"
    )
    visibility: float = _a(0.5, "share", 0, 1, "P6", "part of the bases that rivals are building that an investor sees")
    price_horizon_months: int = _a(12, "months", 0, 120, "P6", "time after entry at whose set hire an investor reckons")
    conversion_lag_months: float = _a(8.0, "months", 1, 36, "P6", "from decision to opening, without designation")
    designation_speedup: float = _a(
        0.5, "share", 0, 1, "G3", "part of the time from decision to opening of a base that designation saves"
    )
    trip_yuan_km: float = _a(
        12.0, "yuan/km/day", 0, 1000, "S5b", "coaches that take a crew to a set and back, by distance"
    )
    base_hire_response: float = _a(
        0.03, "1/month", 0, 0.5, "S5b", "change of a base's log premium by its use over others'"
    )
    base_hire_fade: float = _a(0.1, "1/month", 0, 1, "S5b", "part of a base's premium that competition takes away")
    base_price_adjustment: float = _a(0.02, "1/month", 0, 0.5, "P6", "change of log set hire per unit of utilisation")
    set_price_use_response: float = _a(
        0.03, "1/month", 0, 0.5, "P6", "change of log set hire per unit of utilisation, under pass_through"
    )
    set_price_cost_pull: float = _a(
        0.1,
        "1/month",
        0,
        1,
        "P6",
        "pull of log set hire to what a base in the cheapest shell costs, under pass_through",
    )
    set_shortage_cap: float = _a(
        2.0, "multiple of capacity", 1, 20, "P6", "demand for sets beyond this raises set hire no faster"
    )
    unserved_crews: float = _a(
        1.0, "crews", 0, 1000, "P6", "demand from which set hire rises where there is no base, at full scale"
    )
    venue_crews_million: float = _a(
        2.0, "crews/million employed", 0, 100, "P9", "crews that sales halls, villas, banquet halls and hotels hold"
    )
    venue_crews_fall: float = _a(
        15.0, "crews/million employed", 0, 500, "P9", "more of them if house prices fell from their peak to nothing"
    )
    venue_moves: float = _a(
        1.6, "multiple", 0, 10, "P9", "moves at a venue over those at a film base, at most those in the streets"
    )
    venue_yuan_day: float = _p(
        3000.0, "yuan/day", 1, 1e5, "F169: 2,000-9,000", "swept", "P9", "day hire of a venue at the start"
    )
    base_target_utilisation: float = _a(0.75, "share", 0.1, 1, "P6", "utilisation at which set hire is steady")
    base_use_update_weight: float = _a(
        0.2, "share", 0, 1, "P7", "weight of the latest month in the usual utilisation of a base"
    )

    # --- cities and officials (G)
    land_price_elasticity: float = _p(
        2.0,
        "1",
        0,
        5,
        "national land revenue 2021-25 against prices: 1.5-3.3",
        "swept",
        "G1",
        "elasticity of land revenue to house prices",
    )
    fiscal_rule: str = _choice(
        ("prior_claim", "residual"),
        "prior_claim",
        "G2b",
        "film policy is a small prior claim on revenue, or gets a share of what committed spending leaves over",
    )
    committed_share: float = _a(0.85, "share of 2020 revenue", 0.5, 1, "G2", "municipal spending that cannot be cut")
    city_debt_limit_years: float = _a(1.0, "years of 2020 revenue", 0, 10, "G2", "debt a city may run up")
    city_interest_year: float = _a(0.04, "1/year", 0, 0.3, "G2", "interest on city debt")
    film_budget_share: float = _a(0.005, "share of discretionary budget", 0, 0.5, "G2", "what film may receive")
    film_claim: float = _p(
        3e-4,
        "share of revenue",
        1e-5,
        1e-2,
        "N056-N058, F197-F205: what cities paid and announced",
        "swept",
        "G2b",
        "what film policy may spend, of a month's taxes and land revenue, where it is a prior claim",
    )
    land_substitution: float = _a(
        0.0, "1", -1, 2, "G2b", "how far a loss of land revenue raises (below 0: lowers) the claim of film policy"
    )
    committed_half_life_months: float = _a(
        12.0, "months", 0.1, math.inf, "G2b", "time in which half of the gap of committed spending to revenue closes"
    )
    investment_share: float = _a(
        0.6,
        "share of film budget",
        0,
        1,
        "G2",
        "part of the film budget open to public bases and funds; subsidies get the rest",
    )
    policy_scale: float = _p(1.0, "multiple", 0, 10, "design", "swept", "G3-G7", "size of every policy window")
    open_window_months: int = _a(
        36, "months", 1, 600, "G2", "time over which the floor space or capital of a policy without an end is spread"
    )
    policy_end_month: int = _a(600, "month", 0, 600, "G3-G9", "month number from which cities do nothing any more")
    designation_lag_months: int = _a(4, "months", 0, 36, "G3", "from announcement to effect")
    designation_appeal: float = _a(
        0.0, "log cost", 0, 1, "G3", "worth of a designated city to a studio as a signal, beyond what the city does"
    )
    designation_filing_days: float = _a(
        3.0, "days", 0, 300, "G3b", "review that the filing service of a designated city saves"
    )
    filing_service_yuan: float = _a(2000.0, "yuan/series", 0, 1e6, "G3b", "cost of the filing service to the city")
    training_yuan: float = _a(5000.0, "yuan/person", 0, 1e6, "G3b", "cost to the city of training a newcomer")
    scene_days_month: float = _a(
        10.0, "crew-days/month", 0, 100, "G3d", "shooting for which a public scene opened free of charge has room"
    )
    fund_mandate: float = _a(1.0, "tickets", 0, 10, "G7", "local spending promised for a state fund's ticket; 0: none")
    mandate_months: int = _a(24, "months", 1, 120, "G7", "time to keep the promise; what is missing is clawed back")
    mandate_pull: float = _a(0.2, "log cost", 0, 3, "G7", "pull of a promise still open on where a series is shot")
    promise_worth: float = _a(
        0.25,
        "yuan per yuan",
        0,
        10,
        "G7",
        "loss per yuan of ticket that a studio accepts for a promise to spend elsewhere",
    )
    plan_step: float = _a(0.02, "share of local spending", 0, 0.5, "G8", "most a city moves its rebate in a year")
    jobs_weight: float = _a(0.4, "yuan per yuan", 0, 5, "G8", "what a yuan of local film spending is worth to a city")
    prior_response: float = _a(3.0, "1", 0, 50, "G8", "log response of spending to the rebate that cities start from")
    response_update_weight: float = _a(
        0.2, "share", 0, 1, "G8", "weight of the latest experience in what a city thinks a rebate does"
    )
    response_cap: float = _a(
        3.0, "multiple", 0, 100, "G8", "largest response that a city learns from one year, in multiples of the prior"
    )
    imitation_rate: float = _a(0.002, "1/month", 0, 1, "G9", "chance that a city designates the industry unprompted")
    imitation_success: float = _a(0.05, "1/month", 0, 5, "G9", "more of it per unit of neighbours' share of shooting")
    imitation_catch_up: float = _a(0.02, "1/month", 0, 1, "G9", "gap to the most generous rebate closed by imitators")
    usual_rebate_cap_yuan: float = _a(3.0e5, "yuan", 0, 1e8, "G9", "cap of rebates for which none is announced")
    national_rebate_cap: float = _a(1.0, "share of local spending", 0, 1, "G9", "highest rebate the centre allows")
    turnover_rate: float = _p(
        0.017, "1/month", 0, 1, "about one change in five years", "swept", "G9", "chance of a change of city leaders"
    )
    fund_pause_months: int = _a(
        12, "months", 0, 120, "G9", "time for which new city leaders call no capital for the state fund"
    )
    public_discount: float = _a(0.3, "share", 0, 1, "G4", "discount of public bases on set hire")
    honoured_update_weight: float = _a(
        0.3, "share", 0, 1, "G5-G6", "weight of the latest month in the share of claims that a city pays"
    )
    film_tax_rate: float = _a(0.03, "share of turnover", 0, 0.5, "G1", "local taxes the industry pays")

    # --- studios (S)
    potential_entrants_month: float = _a(
        1200.0, "founders/month", 0, 5000, "S1", "people who consider founding a studio"
    )
    entry_rate: float = _p(
        1.0, "1", 0, 5, ASSUMPTION, "estimated", "S1", "share who start a studio when profit equals cost"
    )
    entry_elasticity: float = _p(0.5, "1", 0, 2, ASSUMPTION, "estimated", "S1", "elasticity of entry to profit")
    start_fill: float = _a(
        0.2, "share", 0, 1, "S1", "slots with a commission that the first founders expect (at the start only)"
    )
    entrant_equity_yuan: float = _a(1.0e6, "yuan", 1e4, 1e8, "S1", "founders' equity, median")
    equity_spread: float = _a(0.5, "log", 0, 3, "S1", "spread of founders' equity")
    entry_scale: float = _a(0.5, "log cost", 0.02, 5, "S1", "spread of founders' tastes over cities")
    city_size: float = _a(
        1.0, "1", 0, 2, "S1", "weight of log employment in the choice of a city; 1: founders live there"
    )
    entry_spread_studios: float = _a(
        2000.0,
        "studios",
        0.1,
        1e6,
        "S1",
        "studios from which everybody knows of the trade; with fewer, fewer consider founding one",
    )
    crews_free_month: int = _p(
        34,
        "month",
        0,
        600,
        "N066: as many crews at once in November 2023 as Hengdian has room for",
        "pinned",
        "S1",
        "month by which crews of 2020 that were busy with long series are free, evenly",
    )
    spinoff_share: float = _p(
        0.4,
        "share",
        0,
        1,
        "doi:10.1287/mnsc.1060.0683",
        "swept",
        "S1",
        "founders who leave a studio, most of whom stay in its city",
    )
    spinoff_home: float = _a(0.8, "share", 0, 1, "S1", "spin-offs that stay in their parent's city")
    inheritance: float = _p(
        0.5,
        "1",
        0,
        1,
        "doi:10.1287/mnsc.1060.0683",
        "swept",
        "S1",
        "correlation of a spin-off's quality and its parent's",
    )
    quality_spread: float = _a(0.3, "log", 0, 2, "S1", "standard deviation of studios' log quality")
    # At most the 37 heads of F074 and F079 at the city salary of F185.
    overhead_yuan_month: float = _a(15000.0, "yuan/month", 0, 3e5, "S3", "a studio's fixed cost but rent, Zhengzhou")
    credit_line_yuan: float = _a(300000.0, "yuan", 0, 1e7, "S11", "overdraft a bank allows a studio")
    # A month without a project lies between any two series of a studio with work for one.
    idle_limit_months: int = _a(12, "months", 2, 120, "S11", "months without a project before a studio closes")
    max_slate: int = _a(12, "series/month", 1, 200, "S2", "most series a studio starts in a month")
    # Series are whole: below one nobody who has no hit yet makes any, so that nobody has one.
    slate_base: float = _a(
        3.0, "series/month", 1, 200, "S2", "most series that a studio without hits starts in a month"
    )
    slate_per_hit: float = _a(4.0, "series/month", 0, 200, "S2", "series more for each recent hit")
    commission_capital: float = _a(
        0.35,
        "share of a series' cost",
        0.05,
        5,
        "S2",
        "own money a commission takes until it is delivered: 30 and 40 per cent of the fee come before",
    )
    working_capital: float = _a(0.7, "share of a series' cost", 0.1, 5, "S2", "cash needed per series started")
    start_hurdle: float = _a(0.0, "share of cost", -1, 5, "S2", "profit at which half of the series open are started")
    start_scale: float = _a(0.15, "share of cost", 0.01, 2, "S2", "spread of views on whether a series will pay")
    market_scale: float = _a(0.3, "share of cost", 0.01, 5, "S6", "spread of views on which market pays better")
    expectation_memory: float = _a(0.85, "1/month", 0, 1, "S10", "weight of the past in expectations")
    own_results_prior: float = _a(
        40.0, "series", 0, math.inf, "S10", "own series after which own results count as much as charts"
    )
    start_earnings: float = _a(
        0.75, "share of cost", 0, 100, "S10", "what a series seems to earn when the model starts (at the start only)"
    )
    chart_memory: float = _a(0.8, "1/month", 0, 0.99, "S10", "weight in the charts of what they were a month ago")
    chart_start_months: float = _a(
        5.0, "months", 0.01, 100, "S10", "months of the first market that the charts begin with (at the start only)"
    )
    chart_floor_series_month: float = _a(
        10.0, "series/month", 0.01, 10000, "S10", "releases added to the charts: the first series show no fortune"
    )
    local_chart_least: float = _a(
        0.5, "series", 0, 1000, "S10", "smoothed local releases below which studios watch the national chart"
    )
    local_imitation: float = _a(0.3, "share", 0, 1, "S10", "weight of what local studios earn in what is learnt")
    location_scale: float = _p(
        0.2,
        "log cost",
        0.02,
        2,
        "doi:10.1257/aer.20150508; doi:10.3386/w25963",
        "estimated",
        "S8",
        "spread of tastes over shooting cities; its inverse is the cost elasticity",
    )
    away_cost: float = _p(0.15, "log cost", 0, 2, ASSUMPTION, "estimated", "S8", "trouble of shooting away from home")
    queue_aversion: float = _a(0.1, "log cost", 0, 3, "S8", "cost of waiting for a set as long as shooting takes")
    delay_aversion: float = _a(0.2, "log cost/month", 0, 3, "S8", "cost of a month's delay where people are short")
    delay_floor: float = _a(
        0.1, "share", 0.001, 1, "S8", "smallest share of series shot on time that studios reckon with: bounds the delay"
    )
    delay_update_weight: float = _a(
        0.3, "share", 0, 1, "S8", "weight of the latest month in the share of series put off"
    )
    relocation_rate: float = _a(0.02, "1/month", 0, 1, "S9", "chance that a studio considers moving")
    relocation_cost: float = _a(0.5, "log cost", 0, 5, "S9", "gain below which a studio stays")
    dividend_share: float = _a(0.3, "share of excess cash", 0, 1, "S11", "cash above the buffer that is paid out")
    dividend_buffer_series: float = _a(6.0, "series", 0, 100, "S11", "cash a studio keeps, in costs of a series")

    # --- a series (S2-S5)
    # F069 has 40 to 50 people in all: at most ten times the extras of a series, five times the actors and the crew.
    extras: int = _p(10, "persons", 0, 100, "F069", "pinned", "S3", "extras of a series")
    crew: int = _p(22, "persons", 0, 110, "F069", "pinned", "S3", "crew of a series")
    actors: int = _p(10, "persons", 0, 50, "F069", "pinned", "S3", "supporting actors of a series")
    leads: int = _p(3, "persons", 1, 50, "F069", "pinned", "S3", "leads and director of a series")
    # At most half as long again as crews take that do move (F067: 7 to 8 days).
    shooting_days: float = _p(4.4, "days", 1, 12, "F153, F155", "pinned", "S4", "days of a series that never moves")
    costume_days: float = _p(
        2.0,
        "multiple",
        1,
        5,
        "F066-F067: 7.5 to 5.5 days, half of the former costume",
        "pinned",
        "S4",
        "days of a costume series, of a modern one's",
    )
    set_moves: float = _p(
        0.55,
        "share of days",
        0,
        5,
        "F066-F067: 5.5 to 7.5 days",
        "pinned",
        "S4",
        "days lost by moving between places where no sets stand close together",
    )
    script_yuan: float = _p(60000.0, "yuan", 0, 1e6, "F070 (30,000-120,000)", "pinned", "S3", "script of a series")
    post_yuan: float = _p(40000.0, "yuan", 0, 1e6, "F052, F173", "pinned", "S3", "post-production of a series")
    equipment_yuan_day: float = _a(2000.0, "yuan/day", 0, 1e5, "S3", "equipment on a shooting day")
    living_yuan_day: float = _a(145.0, "yuan/person/day", 0, 5000, "S3", "lodging and food on set, Zhengzhou prices")
    travelling_crew: int = _a(12, "persons", 0, 200, "S8", "people who travel when a studio shoots elsewhere")
    travel_yuan_hour: float = _a(120.0, "yuan/person/hour", 0, 5000, "S8", "cost of travel between cities, one way")
    travel_km_hour: float = _a(220.0, "km/hour", 10, 2000, "S8", "speed of travel between cities, on the great circle")
    door_hours: float = _a(1.5, "hours", 0, 24, "S8", "time from door to station and from station to door")
    overseas_cost_yuan: float = _a(90000.0, "yuan", 0, 5e6, "S6", "translation and other cost of an overseas series")
    costume_share: float = _a(0.15, "share", 0, 1, "P7b", "series that need costume sets")
    costume_location: float = _a(2.0, "multiple", 1, 20, "P7b", "cost of a costume series' day off base")
    budget_spread: float = _a(0.5, "log", 0, 2, "S3", "spread of what series spend on script, equipment and post")
    budget_quality: float = _a(0.1, "1", 0, 2, "S3", "log quality per log of that spending")
    sameness_weight: float = _a(0.05, "log quality", 0, 2, "A5", "quality lost where all series are shot in one city")
    preparation_days: float = _a(30.0, "days", 0, 300, "S5", "script and preparation")
    post_days: float = _a(18.0, "days", 0, 300, "S5", "post-production")
    review_days: float = _a(5.0, "days", 0, 300, "S5", "delivery to the platform, and its own checks")
    commission_share: float = _a(
        0.65, "share of content money", 0, 1, "S2", "budget for work for hire, of the content money of all spending"
    )
    commission_margin: float = _p(
        0.10,
        "share of cost",
        0,
        1,
        ASSUMPTION,
        "swept",
        "S2",
        "margin of a work-for-hire fee over the average cost of a series",
    )
    cost_update_weight: float = _a(0.1, "share", 0, 1, "S2", "weight of the latest month in the usual cost of a series")
    fee_at_start: float = _a(0.3, "share of fee", 0, 1, "S2", "part of a fee paid when a series starts")
    fee_at_shooting: float = _a(
        0.4, "share of fee", 0, 1, "S2", "part of a fee paid at the shooting; the rest is paid at delivery"
    )
    commission_cash_share: float = _a(
        0.9, "share of cash", 0, 1, "S2", "part of their cash that clients commit to new series at most"
    )

    # --- foreign cast and California (L6, C3)
    foreign_actors: float = _a(8.0, "persons", 0, 50, "L6", "foreign actors of a series that flies them in")
    foreign_usd_day: float = _p(1000.0, "USD/day", 0, 1e5, "F175", "pinned", "L6", "pay of a foreign actor")
    flight_usd: float = _a(1500.0, "USD", 0, 1e5, "L6", "flight of a foreign actor")
    foreign_least_days: float = _a(5.0, "days", 0, 60, "L6", "shortest booking of a foreign actor")
    visa_days: float = _a(20.0, "days", 0, 300, "L6", "added to the preparation of such a series")
    foreign_appeal: float = _a(2.0, "multiple", 0.1, 20, "L6", "earnings overseas with foreign instead of local cast")
    appeal_update_weight: float = _a(
        0.1, "share", 0, 1, "S6", "weight of the latest month in the usual appeal of series overseas"
    )
    california_usd: float = _p(
        200000.0, "USD", 1e3, 1e7, "source article; F062, F068", "pinned", "C3", "a series there"
    )
    california_appeal: float = _a(2.6, "multiple", 0.1, 20, "C3", "earnings overseas of a series shot in California")
    california_days: float = _a(30.0, "days", 0, 300, "C3", "more time from script to delivery than at home")
    cast_scale: float = _a(0.3, "share of cost", 0.01, 5, "L6", "spread of views on which cast pays better")

    # --- edge, review, inspection (S7, C1, C2)
    edge_value_domestic: float = _a(0.2, "1", 0, 5, "S7", "revenue gained by the edgiest series at home, share")
    edge_value_overseas: float = _a(0.9, "1", 0, 5, "S7", "revenue gained by the edgiest series overseas, share")
    edge_cost: float = _a(1.0, "share of revenue", 0.01, 20, "S7", "twice the cost of the edgiest series")
    discretion_cost: float = _a(0.02, "share of revenue", 1e-4, 5, "S7", "cost of a unit of discretion")
    discretion_scale: float = _a(1.0, "units", 0.01, 20, "S7", "discretion that lowers the risk by a factor e")
    penalty: float = _a(2.0, "multiple of revenue", 0, 50, "C2", "loss when caught: the series and the fine")
    inspection_rate: float = _p(
        0.05,
        "1/series",
        0,
        5,
        "about 5 % a year",
        "swept",
        "C2",
        "risk of an edgy series shot in the open, no tolerance",
    )
    tolerance: float = _a(0.5, "share", 0, 1, "C2", "inspections that local officials hold off")
    blame: float = _a(5.0, "1", 0, 100, "C2", "tolerance lost per share of a city's series caught")
    tolerance_recovery: float = _a(0.03, "1/month", 0, 1, "C2", "of lost tolerance, as blame is forgotten")
    shutdown_months: int = _a(3, "months", 0, 36, "C2", "a studio caught starts nothing for so long")
    rejection_rate: float = _a(0.05, "1/series", 0, 5, "C1", "risk that review rejects the edgiest series")
    removal_rate: float = _a(0.02, "1/month", 0, 5, "C1", "risk that the edgiest series is taken off the screen")
    filing_days: float = _a(10.0, "days", 0, 300, "C1", "review by the platform, cheapest tier (F234)")
    province_days: float = _a(25.0, "days", 0, 300, "C1", "review by the province, middle tier")
    national_days: float = _a(60.0, "days", 0, 300, "C1", "review of the key tier")
    province_yuan: float = _p(
        300000.0, "yuan", 0, 1e8, "F235", "pinned", "C1", "budget at which the middle tier begins"
    )
    national_yuan: float = _p(1.0e6, "yuan", 0, 1e8, "F235", "pinned", "C1", "budget at which the key tier begins")
    delay_cost: float = _a(0.001, "log value/day", 0, 0.1, "C1", "what a day's delay of the release is worth")
    review_start_month: int = _p(
        41, "month", 0, 600, "F234: 1 June 2024", "pinned", "C1", "first month in which budgets decide on the tier"
    )
    campaign_rate: float = _a(0.02, "1/month", 0, 1, "C1", "chance that a campaign begins")
    campaign_force: float = _a(2.0, "multiple", 0, 50, "C1", "stringency that a campaign adds")
    campaign_months: int = _a(3, "months", 0, 120, "C1", "length of a campaign that begins by chance")

    # --- cast and crew (L)
    shooting_hours: float = _p(16.0, "hours/day", 4, 24, "F183", "pinned", "L4", "length of a shooting day")
    full_hours: float = _a(10.0, "hours/day", 1, 24, "L4", "hours up to which output is proportional")
    fruitless_hours: float = _a(
        18.0, "hours/day", 1, 48, "L4", "hours from which on nothing is gained (shape: doi:10.1111/ecoj.12166)"
    )
    rested_hours_week: float = _p(
        49.0, "hours/week", 0, 168, "doi:10.1111/ecoj.12166", "pinned", "L4", "weekly hours that cause no fatigue"
    )
    fatigue_hours: float = _a(20.0, "hours/week", 2, 1000, "L4", "excess that adds a unit of fatigue in a month")
    fatigue_memory: float = _a(0.7, "1/month", 0, 0.99, "L4", "fatigue that stays")
    burnout_rate: float = _a(0.01, "1/month", 0, 5, "L4", "hazard of burnout per squared fatigue")
    burnout_least_months: int = _a(2, "months", 0, 60, "L4", "shortest absence after a burnout")
    burnout_further_months: int = _a(
        4, "months", 0, 60, "L4", "months that such an absence may take longer, all equally likely"
    )
    fatigue_pay: float = _a(0.05, "1", 0, 2, "L4", "reservation wage per unit of fatigue")
    retake_rate: float = _a(0.3, "1/series", 0, 5, "L4", "risk of a day's retakes per unit of mean fatigue")
    # At least about a quarter of a city salary, where minimum wages lie.
    outside_days_share: float = _a(
        0.55,
        "share of days",
        0.15,
        1,
        "L7",
        "paid days at the rates of 2020 that outside work is worth: about a city salary on average",
    )
    joining_rate: float = _p(
        0.15,
        "1/month per log income",
        0,
        1,
        ASSUMPTION,
        "estimated",
        "L7",
        "growth of a trade in a city per log of income over outside income",
    )
    joining_cap: float = _a(0.5, "1/month", 0, 1, "L7", "most by which a trade in a city grows in a month")
    expected_work: str = _choice(
        ("fillable", "openings", "shot"),
        "fillable",
        "L7",
        "what newcomers and movers reckon with: series shot were their own trade filled, all, those shot",
    )
    neighbour_trades: float = _a(
        5.0e-4,
        "share of employment",
        0,
        0.1,
        "L7",
        "students and people in advertising, weddings and live streaming who could do the work",
    )
    quitting_rate: float = _a(
        0.02, "1/month per log income", 0, 1, "L7", "chance to quit per log of outside income over one's usual income"
    )
    quitting_cap: float = _a(0.25, "1/month", 0, 1, "L7", "highest chance to quit in a month")
    income_memory_months: float = _a(6.0, "months", 1, 120, "L7", "months over which workers judge their usual income")
    # At least one series (F067: 7 to 8 days with moves).
    working_days_month: int = _a(22, "days/month", 8, 30, "L2", "days a worker can be booked in a month")
    least_crew_share: float = _a(0.8, "share", 0, 1, "L2", "part of its crew without which a series is put off")
    give_up_months: int = _a(6, "months", 1, 120, "L2", "months without a crew after which a series is abandoned")
    # The median worker accepts three quarters of a day rate (`reservation_discount`), hardly anybody half of it.
    bid_least: float = _a(0.85, "share of day rate", 0.5, 5, "L2", "bid of the weakest studio")
    # At 1 the best studios bid nearly three times the day rate of the market.
    bid_slope: float = _a(0.3, "share of day rate", 0, 1, "L2", "rise of the bid per unit of quality (not in logs)")
    bid_quality_cap: float = _a(2.0, "1", 0, 100, "L2", "quality (not in logs) beyond which bids rise no further")
    reservation_discount: float = _a(
        0.75, "share of day rate", 0, 2, "L1", "lowest pay a median worker accepts, where prices are average"
    )
    outside_income_elasticity: float = _a(
        0.2,
        "1",
        0,
        2,
        "L1",
        "elasticity of what people earn outside the trade to house prices: a slump releases people",
    )
    price_level_exponent: float = _a(0.8, "1", 0, 2, "L1", "how far workers count local prices")
    skill_premium: float = _a(0.3, "1", 0, 2, "L1", "reservation wage per unit of log skill")
    match_spread: float = _p(
        0.05,
        "log quality",
        0,
        0.5,
        "doi:10.1016/j.regsciurbeco.2008.12.002; doi:10.1016/j.regsciurbeco.2023.103901",
        "pinned",
        "L2",
        "spread of match values: the premium of a pool of n is this times ln n",
    )
    wage_response: float = _p(
        0.1, "1/month", 0, 0.2, ASSUMPTION, "estimated", "L3", "change of log day rate per unit of tightness"
    )
    lead_bidding: float = _a(
        0.0, "1", 0, 2, "L3", "rise of leads' day rate with what a series earns, log for log: studios bid for names"
    )
    wage_tightness: float = _a(0.40, "booked share of days", 0.01, 1, "L3", "tightness at which day rates are steady")
    tightness_update_weight: float = _a(0.3, "share", 0, 1, "L3", "weight of the latest month in tightness")
    labour_shortage_cap: float = _a(
        2.0,
        "multiple of days",
        1,
        20,
        "L3",
        "days wanted beyond this multiple of the days there are raise wages no faster",
    )
    wage_floor: float = _a(0.9, "share of day rate", 0, 2, "L3", "floor of day rates, from work outside film")
    migration_opportunity: float = _a(0.03, "1/month", 0, 1, "L5", "chance that a worker considers moving")
    migration_scale: float = _a(0.5, "log income", 0.02, 5, "L5", "spread of workers' tastes over cities")
    migration_cost: float = _a(1.5, "log income", 0, 20, "L5", "cost of moving at all")
    migration_cost_hour: float = _a(0.15, "log income/hour", 0, 5, "L5", "cost of moving per hour of travel")
    emigrants_share: float = _a(
        0.3,
        "share",
        0,
        1,
        "L5b",
        "workers from other regions in a city that has all of the trade of 2020; fewer where less is",
    )
    home_attachment: float = _a(
        0.5, "log income", 0, 20, "L5b", "worth of the region one comes from, beyond what is earned there"
    )
    odd_job_days: float = _a(
        1.0, "days/month", 0.01, 30, "L5", "days of work a month that people count on in a city without film"
    )
    consumption_share: float = _a(0.8, "share of deposits/month", 0, 1, "L1", "film income workers spend")

    # --- platforms and audiences (D)
    exchange_rate: float = _p(7.1, "yuan/USD", 1, 20, "1,000 yuan = 141 USD (F170)", "pinned", "D1", "exchange rate")
    market_multiple: float = _p(1.0, "multiple", 0.01, 20, "design", "swept", "D1", "size of the domestic market")
    overseas_multiple: float = _p(1.0, "multiple", 0, 50, "design", "swept", "D1", "size of the overseas market")
    ai_share: float = _a(
        0.0, "share", 0, 1, "D1", "part of all spending that AI-made series end up taking from shot ones"
    )
    ai_start_month: int = _a(60, "month", 0, 600, "D1", "month number in which they begin to")
    ai_months: int = _a(36, "months", 1, 600, "D1", "time they take to get there, by equal steps")
    promotion_share_paid: float = _p(0.80, "share of gross", 0, 1, "F054", "pinned", "D2", "traffic bought, paid apps")
    promotion_share_ad: float = _a(0.25, "share of gross", 0, 1, "D2", "traffic bought, ad-funded apps")
    promotion_share_overseas: float = _p(
        0.75, "share of gross", 0, 1, "F228-F229", "pinned", "D2", "traffic bought, overseas apps"
    )
    # What buying traffic leaves is a fifth (F054): at least a quarter of that, or nobody is paid for a series.
    content_share_paid: float = _p(
        0.17, "share of gross", 0.05, 1, ASSUMPTION, "estimated", "D5", "studios' money, paid apps"
    )
    content_share_ad: float = _p(
        0.20, "share of gross", 0, 1, ASSUMPTION, "estimated", "D5", "studios' money, ad-funded apps"
    )
    content_share_overseas: float = _a(0.15, "share of gross", 0, 1, "D5", "studios' money, overseas apps")
    promotion_unit_yuan: float = _a(1.0e5, "yuan", 1e3, 1e8, "D2", "traffic worth one free start of a series")
    promotion_focus: float = _a(5.0, "1", 0, 5, "D2", "how strongly promotion follows expected quality")
    guarantee_share: float = _a(0.4, "share of expected earnings", 0, 2, "D5", "minimum guaranteed (F070: 50-120,000)")
    guarantee_cash_share: float = _a(
        0.5, "share of cash", 0, 1, "D5", "part of its cash that a platform pays in guarantees at most"
    )
    platform_buffer_months: float = _a(3.0, "months", 0, 120, "D5", "content money that a platform keeps in cash")
    platform_start_months: float = _a(
        4.0, "months", 0, 120, "D5", "content money that platforms hold when the model starts (at the start only)"
    )
    format_birth_month: int = _p(
        24, "month", 0, 600, "source article: 2023", "pinned", "D6", "publishers' first series"
    )
    novel_seed_yuan_month: float = _a(3.0e6, "yuan/month", 0, 1e10, "D6", "spent on series to try the format out")
    novel_lift: float = _a(0.3, "yuan per yuan", 0, 50, "D6", "novels sold per yuan of attention to such a series")
    novel_reinvestment: float = _a(0.9, "share", 0, 1, "D6", "of these sales, spent on more series")
    author_share: float = _a(0.7, "share", 0, 1, "D6", "part of a publisher's cash that goes to authors")
    novel_update_weight: float = _a(0.2, "share", 0, 1, "D6", "weight of the latest month in the usual sales of novels")
    ip_elasticity: float = _a(0.05, "1", 0, 1, "D6", "how far script cost falls with the local share of authors")
    script_cap: float = _a(
        2.0, "multiple", 1, 100, "D6", "highest cost of a script where no authors live, of the usual"
    )
    quality_effect: float = _a(1.0, "1", 0, 5, "D3", "elasticity of attention to quality")
    recommender_feedback: float = _p(
        0.5,
        "1",
        0,
        0.95,
        "doi:10.1126/science.1121066",
        "swept",
        "D3",
        "elasticity of attention to past views; 0 is no recommender",
    )
    wom_drift: float = _p(
        -0.05, "log/week", -2, 1, "Pareto tail 1.2-1.6 of hits", "pinned", "D4", "mean weekly growth of an audience"
    )
    wom_quality: float = _a(0.05, "log/week", 0, 2, "D4", "weekly growth per unit of log quality")
    wom_spread: float = _p(
        0.45, "log/week^0.5", 0, 2, "Pareto tail 1.2-1.6 of hits", "pinned", "D4", "spread of weekly growth"
    )
    wom_end: float = _p(
        0.12, "1/week", 0, 1, "Pareto tail 1.2-1.6 of hits", "pinned", "D4", "chance that an audience is lost for good"
    )

    # --- funds (F)
    private_capital_yuan_month: float = _a(1.5e7, "yuan/month", 0, 1e10, "F1", "money private funds raise")
    private_fund_count: int = _a(6, "funds", 1, 1000, "F1", "private funds (at the start only)")
    fund_record_weight: float = _a(
        2.0, "1", 0, 10, "F1", "elasticity of capital raised to a fund's value over what it paid, where that is below 1"
    )
    private_capital_at_month: int = _a(
        36, "month", 0, 600, "F1", "month number whose market brings that much capital; in others it is in proportion"
    )
    ticket_yuan: float = _a(1.0e6, "yuan", 1e4, 1e8, "F1-F2", "size of an investment")
    premoney_ratio: float = _a(2.0, "tickets", 0.1, 50, "F1-F2", "value of a studio before the investment")
    private_hurdle: float = _a(0.15, "expected profit/cost", -1, 5, "F1", "return that private funds require")
    state_hurdle: float = _a(-0.05, "expected profit/cost", -1, 5, "F2", "return that state funds require")
    follow_on_cash: float = _a(0.5, "series' costs", 0, 20, "F1", "cash below which a fund invests in a studio again")
    fund_need_series: float = _a(2.0, "series' costs", 0, 100, "F1-F2", "cash below which a studio looks for a fund")
    fund_view_spread: float = _a(0.1, "expected profit/cost", 0, 5, "F1-F2", "spread of funds' views of a studio")
    carried_interest: float = _p(0.20, "share of gains", 0, 1, "2/20 terms", "pinned", "F1", "managers' part of gains")
    fund_fee_year: float = _p(0.02, "share of capital/year", 0, 0.2, "2/20 terms", "pinned", "F1", "management fee")

    # --- externalities (A)
    agglomeration_scale: float = _p(
        1.0, "multiple", 0, 20, ASSUMPTION, "estimated", "A1-A4", "common multiple of the four externalities"
    )
    pooling_weight: float = _p(
        0.05, "log cost", 0, 2, "doi:10.1016/j.regsciurbeco.2008.12.002", "swept", "A1", "worth of the labour pool"
    )
    set_access_weight: float = _a(0.03, "log cost", 0, 2, "A2", "worth of access to sets")
    knowledge_weight: float = _a(0.03, "log cost", 0, 2, "A3", "worth of local knowledge, and its effect on quality")
    reputation_weight: float = _a(0.03, "log cost", 0, 2, "A4", "worth of a city's name")
    externality_floor: float = _a(0.01, "share", 1e-6, 1, "A1-A4", "share added before the logarithm")
    knowledge_decay: float = _a(0.05, "1/month", 0, 1, "A3", "knowledge forgotten")
    reputation_decay: float = _a(0.05, "1/month", 0, 1, "A4", "reputation forgotten")
    hit_multiple: float = _a(3.0, "first-month gross/average", 1, 1000, "A3", "what counts as a hit")

    @property
    def mall_m2(self) -> float:
        """Floor area of a mall in a world of this scale: small worlds have smaller malls, not fewer of them.

        The smaller the world, the more slowly would space for film be found. A mall keeps room for a crew.
        """
        return max(self.mall_size_m2 * min(self.scale, 1), min(self.mall_size_m2, self.crew_floor_m2))

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """All values by name."""
        return dataclasses.asdict(self)


PARAMETERS: dict[str, Parameter] = {
    f.name: Parameter(name=f.name, default=f.default, **f.metadata) for f in dataclasses.fields(Parameters)
}
"""The parameter table, by name."""

SWITCHES = tuple(name for name, p in PARAMETERS.items() if p.layer == "switch")


REPLACED = {
    "conversion_rate": "conversion_looks",
    "newcomers_month": "neighbour_trades",
    "newcomer_rate": "joining_rate",
    "leaving_rate": "quitting_rate",
    "leaving_days": "outside_days_share",
}
"""Parameters of version 0.1 whose rules are gone, and what acts in their place."""


def make_parameters(values: Mapping[str, object], *, where: str = "", base: Parameters | None = None) -> Parameters:
    """Check values and return a full set of parameters.

    Parameters
    ----------
    values : mapping
        Values by parameter name.
    where : str
        Prefix of error messages: the file or option the values come from.
    base : Parameters, optional
        Values for the names not given (the defaults if omitted).

    Raises
    ------
    InputError
        One line for each unknown name and each value of the wrong type or out of range.
    """
    prefix = f"{where}: " if where else ""
    problems, good = [], {}
    for name, value in values.items():
        if name not in PARAMETERS:
            ask = meant(name, PARAMETERS, otherwise="; `microdrama parameters` lists them all")
            if name in REPLACED:
                ask = f": its rule was replaced, see '{REPLACED[name]}'"
            problems.append(f"{prefix}unknown parameter '{name}'{ask}")
            continue
        parameter, value = PARAMETERS[name], value.item() if isinstance(value, np.generic) else value
        if problem := parameter.problem(value):
            problems.append(prefix + problem)
        else:
            good[name] = parameter.kind(value)
    result = dataclasses.replace(base or Parameters(), **good)
    together = {
        f"promotion_share_{mode} + content_share_{mode}": result[f"promotion_share_{mode}"]
        + result[f"content_share_{mode}"]
        for mode in MODES
    }
    together["fee_at_start + fee_at_shooting"] = result.fee_at_start + result.fee_at_shooting
    problems += [f"{prefix}{names} = {total:g}: together at most 1" for names, total in together.items() if total > 1]
    if problems:
        raise InputError(problems)
    return result
