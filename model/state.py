"""What the phases of a month share: every variable of the economy declared, and the records that phases pass on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import get_annotations
from typing import Annotated, Any, NamedTuple, get_args

import numpy as np

from .accounts import ledger as money
from .accounts.ledger import Ledger, Sector
from .arrays import Array
from .categories import BALANCE_ITEMS, GENRES, MODES, ROLES
from .compiled import compiled
from .decisions.property import activity, venue_crews
from .draws import Draws
from .errors import meant
from .inputs.cities import Cities
from .inputs.market import Market
from .inputs.parameters import Parameters
from .inputs.policies import COSTLY, FOR_FIRMS, TOTALS, Window
from .over_state import over_state
from .panel import COLUMNS, Panel
from .populations.table import Table
from .populations.tables import (
    Actors,
    FilmBases,
    Funds,
    Malls,
    Officials,
    Platforms,
    Publishers,
    Series,
    Slots,
    Studios,
)
from .region import Region

# ---------------------------------------------------------------------- records that phases pass on


class Survey(NamedTuple):
    """What every city offers a studio this month: the snapshot on which all of them decide.

    Attributes ((genres, cities) arrays, unless stated)
    ---------------------------------------------------
    crews, sets : crews that open bases can host, and their sets at full scale
    daily : (cities,) yuan a shooting day but for the set: cast and crew, lodging, equipment (S3)
    script : (cities,) yuan for the script of a series of a local studio (D6)
    days_on_base, days_on_location : shooting days of a series (S4)
    location : yuan a day on location, less what the city is expected to pay for free scenes (G3d)
    venue : (cities,) the same of a day at a venue that is no film base
    days_at_venue : (cities,) of a modern series in a sales hall, villa, banquet hall or hotel (P9)
    local_cost : yuan a series is expected to cost where it is shot
    city_cost : the same with script and post-production, for a studio at home
    mean_cost : (cities,) city_cost over the usual mix of genres
    rebate : yuan the city is expected to pay back, as it recently honoured claims (G6)
    queue : expected wait for a set over the days of shooting
    externalities : worth of people, sets, knowledge and name, in log cost (A1-A4), and of designation (G3)
    home_value : (cities,) value of an office there, in log cost: a series a month, overhead, rent, externalities, and
        the people who live there (S1)
    """

    crews: Array
    sets: Array
    daily: Array
    script: Array
    days_on_base: Array
    days_on_location: Array
    location: Array
    venue: Array
    days_at_venue: Array
    local_cost: Array
    city_cost: Array
    mean_cost: Array
    rebate: Array
    queue: Array
    externalities: Array
    home_value: Array

    @classmethod
    def for_cities(cls, count: int) -> "Survey":
        """A survey that says nothing yet."""
        by_city = {"daily", "script", "venue", "days_at_venue", "mean_cost", "home_value"}
        return cls(*(np.zeros(count if name in by_city else (len(GENRES), count)) for name in cls._fields))


class Bookings(NamedTuple):
    """Series ready to shoot this month, one entry each.

    Attributes ((bookings,) arrays)
    -------------------------------
    series : row of the series
    base : row of the film base it booked, -1 for going on location
    venue : whether it found a place that is no film base, in which case base is -1 (P9)
    days : shooting days
    start : day on which shooting begins, days since 2021-01-01
    km : from where the crew comes to its base (S5b), 0 without ``nearest_sets``
    """

    series: Array
    base: Array
    venue: Array
    days: Array
    start: Array
    km: Array


class RebateClaims(NamedTuple):
    """What studios claim back of this month's local spending, one entry a series.

    Attributes ((claims,) arrays)
    -----------------------------
    studio : row of the studio
    city : row of the city
    fen : claim
    """

    studio: Array
    city: Array
    fen: Array


class UsualBudget(NamedTuple):
    """What a month of 2020 brought each city and what that commits it to: (cities,) arrays."""

    land: Array
    """Yuan."""
    tax_fen: Array
    revenue_fen: Array
    committed_fen: Array
    debt_limit_fen: Array


class PolicyBudgets(NamedTuple):
    """Budgets of policy windows: (months, costly instruments, cities) arrays."""

    yearly: Array
    """Fen that become available of yearly budgets, which lapse in January."""
    in_all: Array
    """Fen that become available of budgets in all."""
    runs: Array
    """Whether a budget in all is in force: else what is left of it lapses."""
    shared: Array
    """Whether the shared film budget pays (too)."""


class Support(NamedTuple):
    """A policy window that gives to studios by the cell of their office."""

    instrument: int
    """Index into :data:`~.inputs.policies.FOR_FIRMS`."""
    cells: Array
    """Cells of offices that are eligible."""
    size: Array
    """(months,) share of rent, or yuan a studio and month."""
    cap: float
    """Most that a studio gets, yuan a month."""


class ConversionTerms(NamedTuple):
    """What investors in film bases reckon with."""

    service: Array
    """(genres,) yuan/m2/month that a base must earn: debt service times the hurdle of an investment that is final."""
    largest: int
    """Crews that a mall has room for."""


# ---------------------------------------------------------------------- declarations


@dataclass(frozen=True)
class Variable:
    """What a variable of :class:`State` means: the note in ``hours: Annotated[Array, Variable("shooting day", ...)]``.

    Attributes
    ----------
    meaning, unit : str
    shape : tuple of str
        Names of an array's axes, whose lengths :meth:`State.sizes` gives; empty for what is no array.
    dtype : str
        Type of an array's entries.
    """

    meaning: str
    unit: str = ""
    shape: tuple[str, ...] = ()
    dtype: str = "f8"


CITIES = ("cities",)


class State:
    """The economy between two phases: what they read and write, each variable with its meaning, unit and shape.

    :class:`~microdrama.model.economy.MicroDramaEconomy` is this with Mesa's clock. Phases, accounts and agents know
    nothing but this class.
    """

    # What the scenario and its parameters fix.
    p: Annotated[Parameters, Variable("parameters")]
    cities: Annotated[Cities, Variable("the city table")]
    market: Annotated[Market, Variable("what viewers and advertisers spend on the format")]
    policies: Annotated[tuple[Window, ...], Variable("policies that the scenario announces")]
    seed: Annotated[int, Variable("seed of all draws")]
    audit: Annotated[bool, Variable("whether every identity of every agent is checked each month")]
    house_index: Annotated[Array, Variable("house price index", unit="2020-12 = 100", shape=("cities", "path"))]
    offers: Annotated[Array, Variable("markets and casts open to studios", shape=("offers",), dtype="bool")]
    conversion_terms: Annotated[ConversionTerms, Variable("what investors in film bases reckon with")]
    usual_budget: Annotated[UsualBudget, Variable("what a month of 2020 brought each city")]
    announced: Annotated[
        Array, Variable("policies by month, in the units of each", shape=("months", "instruments", "cities"))
    ]
    policy_budgets: Annotated[PolicyBudgets, Variable("budgets that policies announce of their own")]
    supports: Annotated[tuple[Support, ...], Variable("what is given to studios by the cell of their office (G5b)")]
    in_zones: Annotated[
        Array, Variable("where totals for a zone may go (G4b)", shape=("totals of policies", "cells"), dtype="bool")
    ]
    script: Annotated[Array, Variable("script of a series of a local studio (D6)", unit="yuan", shape=CITIES)]
    costume_share: Annotated[float, Variable("share of series that need costume sets", unit="share")]
    content_share: Annotated[Array, Variable("part of a platform's gross for studios", unit="share", shape=("modes",))]
    promotion_share: Annotated[
        Array, Variable("part of a platform's gross for promotion", unit="share", shape=("modes",))
    ]
    roles_mix: Annotated[Array, Variable("cumulative shares of roles among workers", unit="share", shape=("roles",))]
    origin_shares: Annotated[
        Array,
        Variable(
            "part of the workers who join in a city that comes from each (L5b)", unit="share", shape=("cities",) * 2
        ),
    ]
    usual_days: Annotated[
        Array, Variable("shooting days of a series that never moves (S4)", unit="days", shape=("genres",))
    ]
    size_pull: Annotated[
        Array, Variable("what the people there add to the value of an office (S1)", unit="log cost", shape=CITIES)
    ]

    # Time and draws.
    month: Annotated[int, Variable("month last begun, 0 is January 2021", unit="month")]
    draws: Annotated[Draws, Variable("keyed draws of the month")]

    # Populations.
    studios: Annotated[Studios, Variable("production companies")]
    actors: Annotated[Actors, Variable("cast and crew")]
    bases: Annotated[FilmBases, Variable("film bases")]
    slots: Annotated[Slots, Variable("room for one crew each in a film base")]
    malls: Annotated[Malls, Variable("shopping malls")]
    officials: Annotated[Officials, Variable("city officials, one row a city")]
    platforms: Annotated[Platforms, Variable("apps that show series")]
    publishers: Annotated[Publishers, Variable("publishers of web fiction, one row a city")]
    state_funds: Annotated[Funds, Variable("state funds, one row a city")]
    private_funds: Annotated[Funds, Variable("private funds")]
    series: Annotated[Series, Variable("series in work and on screen")]
    landlords: Annotated[Sector, Variable("landlords, one account a city")]
    rest_of_china: Annotated[Sector, Variable("banks, households and other firms, one account")]
    rest_of_world: Annotated[Sector, Variable("abroad, one account")]

    # Books.
    ledger: Annotated[Ledger, Variable("all accounts and the month's flows", unit="fen")]
    balance: Annotated[
        Array,
        Variable("balance sheets at the end of last month", unit="fen", shape=("balance items", "sectors"), dtype="i8"),
    ]
    written_off: Annotated[
        dict[tuple[str, str], int], Variable("claims written off this month, by claim and sector", unit="fen")
    ]
    counts: Annotated[dict[str, int], Variable("series that started, came out and ended so far", unit="series")]
    panel: Annotated[Panel, Variable("columns of the month by city, and what past months left")]

    # Property.
    region: Annotated[Region, Variable("cells with floor space, rents and vacancy")]
    retail_vacancy: Annotated[Array, Variable("malls without tenants", unit="share", shape=CITIES)]
    set_hire: Annotated[Array, Variable("day hire of a film base", unit="yuan/day", shape=("genres", "cities"))]
    set_demand: Annotated[Array, Variable("recent demand for sets", unit="crew-days/month", shape=("genres", "cities"))]
    set_chance: Annotated[
        Array, Variable("recent share of series that got a set", unit="share", shape=("genres", "cities"))
    ]
    venue_hire: Annotated[Array, Variable("day hire of a venue that is no film base", unit="yuan/day", shape=CITIES)]
    venue_demand: Annotated[Array, Variable("recent demand for such venues", unit="crew-days/month", shape=CITIES)]
    venue_overrun: Annotated[
        Array, Variable("days of this month that venues let last month", unit="crew-days", shape=CITIES)
    ]
    venue_chance: Annotated[
        Array, Variable("recent share of modern series off base that found a venue", unit="share", shape=CITIES)
    ]
    days_off_base: Annotated[
        Array, Variable("recent days of modern series off base", unit="crew-days/month", shape=CITIES)
    ]
    set_wait: Annotated[Array, Variable("recent wait for a set", unit="days", shape=("genres", "cities"))]

    # Labour.
    pool: Annotated[
        Array, Variable("workers at the start of the month", unit="persons", shape=("cities", "roles"), dtype="i8")
    ]
    day_rates: Annotated[Array, Variable("day rates that studios post", unit="yuan/day", shape=("cities", "roles"))]
    reservation: Annotated[
        Array,
        Variable(
            "day rate below which a worker of average reservation wage stays at home (L1)",
            unit="yuan/day",
            shape=("cities", "roles"),
        ),
    ]
    reservation_2020: Annotated[
        Array, Variable("the same at house prices of 2020-12", unit="yuan/day", shape=("cities", "roles"))
    ]
    series_earns: Annotated[float, Variable("content money a series at home last month", unit="yuan")]
    tightness: Annotated[
        Array, Variable("recent days that series want, over those there are", unit="share", shape=("cities", "roles"))
    ]
    prospects: Annotated[
        Array,
        Variable("the same of what newcomers and movers reckon with (L7)", unit="share", shape=("cities", "roles")),
    ]
    hours: Annotated[Array, Variable("length of a shooting day", unit="hours", shape=CITIES)]
    day_length: Annotated[Array, Variable("days it takes to do what the usual day does", unit="days", shape=CITIES)]
    city_fatigue: Annotated[Array, Variable("mean fatigue of those at work", unit="index", shape=CITIES)]
    put_off: Annotated[Array, Variable("recent share of series put off for want of people", unit="share", shape=CITIES)]
    trained: Annotated[
        Array, Variable("people whom cities trained this month (G3b)", unit="persons", shape=CITIES, dtype="i8")
    ]
    leavers_days: Annotated[int, Variable("days that those who left the trade this month had worked", unit="days")]

    # Content and its market.
    spending: Annotated[Array, Variable("what viewers and advertisers spend this month", unit="yuan", shape=("modes",))]
    public_earnings: Annotated[
        Array, Variable("content money a series, as charts show it", unit="yuan", shape=("modes",))
    ]
    local_earnings: Annotated[
        Array, Variable("content money a series of local studios", unit="yuan", shape=("cities", "modes"))
    ]
    chart: Annotated[
        Array, Variable("content money (yuan) and releases that charts remember", shape=("money and releases", "modes"))
    ]
    local_chart: Annotated[
        Array, Variable("the same of local studios", shape=("money and releases", "cities", "modes"))
    ]
    filed: Annotated[Array, Variable("series of local studios started last", unit="series", shape=("cities", "modes"))]
    filed_worth: Annotated[
        Array, Variable("what the quality of their makers multiplies earnings by, summed", shape=("modes",))
    ]
    filings: Annotated[
        Array,
        Variable("starts that charts remember, and the worth of their makers", shape=("starts and worth", "modes")),
    ]
    local_filings: Annotated[Array, Variable("starts of local studios that charts remember", shape=("cities", "modes"))]
    hits: Annotated[Array, Variable("this month's hits, where they were shot", unit="series", shape=CITIES)]
    released_by_city: Annotated[
        Array, Variable("series of local studios released this month", unit="series", shape=CITIES)
    ]
    overseas_appeal: Annotated[
        float, Variable("recent mean appeal of the casts of what is released overseas", unit="factor")
    ]
    stringency: Annotated[
        float, Variable("how strict inspections and review are this month, 1 is usual", unit="factor")
    ]
    campaign_until: Annotated[int, Variable("month in which the campaign begun by chance is over", unit="month")]
    inspection_hazard: Annotated[Array, Variable("inspections of a set, by hazard", unit="1/month", shape=CITIES)]

    # What studios know.
    survey: Annotated[Survey, Variable("what every city offers a studio this month")]
    nearby: Annotated[
        Array,
        Variable("studios around each cell, by their weight at that distance (P3b)", unit="studios", shape=("cells",)),
    ]
    support: Annotated[
        Array, Variable("what a studio there can claim this month (G5b)", unit="yuan", shape=("supports", "cells"))
    ]
    office_worth: Annotated[
        Array, Variable("utility of an office there but for taste (P3b)", unit="1", shape=("cells",))
    ]
    series_cost: Annotated[float, Variable("recent average cost of a series", unit="yuan")]
    commission_fill: Annotated[float, Variable("recent share of studios' slots that got a commission", unit="share")]
    knowledge: Annotated[Array, Variable("local knowledge: hits, fading (A3)", unit="index", shape=CITIES)]
    reputation: Annotated[
        Array, Variable("the city's name: shares of shooting days, fading (A4)", unit="index", shape=CITIES)
    ]
    shoot_share: Annotated[Array, Variable("last month's share of shooting days", unit="share", shape=CITIES)]

    # Public money.
    rebate_response: Annotated[
        Array, Variable("what officials believe a rebate does to spending", unit="log", shape=CITIES)
    ]
    last_rebate: Annotated[Array, Variable("rebate a year ago", unit="share", shape=CITIES)]
    honoured: Annotated[
        dict[str, Array], Variable("recent share of claims that each city paid, by subsidy", unit="share")
    ]
    committed_fen: Annotated[
        Array, Variable("committed spending a month, where it follows revenue (G2b)", unit="fen", shape=CITIES)
    ]
    earmarked_fen: Annotated[
        Array,
        Variable(
            "available under budgets of policies and not yet spent",
            unit="fen",
            shape=("costly instruments", "by the year and in all", "cities"),
            dtype="i8",
        ),
    ]
    public_savings_fen: Annotated[
        Array, Variable("saved for a public studio that cannot be built yet", unit="fen", shape=CITIES, dtype="i8")
    ]

    # What one phase of the month passes on to another.
    booking: Annotated[Bookings, Variable("series ready to shoot, their bases and days: book_sets to hire and shoot")]
    staffed: Annotated[Array, Variable("which of them have a crew: hire to shoot", shape=("bookings",), dtype="bool")]
    rebate_claims: Annotated[RebateClaims, Variable("claims to rebates: shoot to pay_rebates")]

    _owners: tuple[tuple[int, int], Array]
    """The studio of each series, and for which changes of the two tables that was looked up."""

    # ------------------------------------------------------------------ the declarations

    @classmethod
    @cache
    def variables(cls) -> dict[str, Variable]:
        """Declared variables by name, inherited ones first."""
        return {name: note for name, (_, note) in _declared(cls).items()}

    @classmethod
    @cache
    def populations(cls) -> dict[str, type[Table]]:
        """The variables that are tables, and their class."""
        kinds = {name: kind for name, (kind, _) in _declared(cls).items()}
        return {name: kind for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Table)}

    @classmethod
    def parts(cls, name: str) -> Iterable[str]:
        """What ``name.part`` may be in the declaration of a phase that writes a variable."""
        if name in cls.populations():
            return cls.populations()[name].columns()
        return {"panel": (*COLUMNS, "*"), "region": Region.MOVING}.get(name, ())

    def sizes(self) -> dict[str, int]:
        """Length of each axis that declarations name, as it is now."""
        return {
            "cities": len(self.cities),
            "cells": len(self.region.x),
            "roles": len(ROLES),
            "genres": len(GENRES),
            "modes": len(MODES),
            "offers": len(self.offers),
            "months": len(self.announced),
            "path": self.house_index.shape[1],
            "instruments": self.announced.shape[1],
            "balance items": len(BALANCE_ITEMS),
            "sectors": len(self.balance[0]),
            "money and releases": 2,
            "starts and worth": 2,
            "costly instruments": len(COSTLY),
            "totals of policies": len(TOTALS),
            "supports": len(FOR_FIRMS),
            "by the year and in all": 2,
            "bookings": len(self.booking.series),
        }

    # ------------------------------------------------------------------ what follows from it

    @property
    def fen_per_yuan(self) -> float:
        """Coins in a yuan; compiled functions look it up together with the parameters."""
        return float(money.FEN_PER_YUAN)

    @property
    def house_price(self) -> Array:
        """(cities,) house price index of this month, 2020-12 = 100 (the path's last value once it ends)."""
        return np.ascontiguousarray(self.house_index[:, min(max(self.month, 0), self.house_index.shape[1] - 1)])

    @property
    def activity(self) -> Array:
        """(cities,) demand for commercial space relative to 2020-12 (P4)."""
        return activity(self.house_price, self.p.crisis_demand_elasticity)

    @property
    def venue_crews(self) -> Array:
        """(cities,) crews for which there is room in places that are not film bases (P9)."""
        room: Array = room_in_venues(self)
        return room

    def market_at(self, number: int) -> Array:
        """(modes,) yuan that viewers and advertisers spend on shot series in a month, at the scale of the run."""
        spent: Array = market_in(self, number)
        return spent

    def crews_by_genre(self, *, planned: bool = True) -> Array:
        """(genres, cities) crews that film bases can host; ``planned`` counts those not open yet."""
        bases = self.bases
        until = 2**31 - 1 if planned else self.month
        result: Array = count_crews(bases.genre, bases.city, bases.crews, bases.opens, until, len(self.cities))
        return result

    @property
    def owners(self) -> Array:
        """(series,) row of the studio of each series, -1 if it closed; looked up anew once either table has changed."""
        changes = self.studios.changes, self.series.changes
        if self._owners[0] != changes:
            self._owners = changes, self.studios.rows(self.series.studio)
        return self._owners[1]

    def write_off(self, claim: str, sector: str, fen: int) -> None:
        """Note a claim that will never be paid, for the balance sheets."""
        self.written_off[claim, sector] = self.written_off.get((claim, sector), 0) + fen

    def count_workers(self) -> Array:
        """(cities, roles) cast and crew who live in a city."""
        result: Array = count_pairs(self.actors.city, self.actors.role, len(self.cities), len(ROLES))
        return result

    def studios_by_city(self) -> Array:
        """(cities,) studios that take part in the market."""
        return np.bincount(self.studios.city, ~self.studios.inert, len(self.cities))

    def tables(self) -> Iterator[Table]:
        """All populations."""
        yield from (
            self.studios,
            self.actors,
            self.bases,
            self.malls,
            self.officials,
            self.platforms,
            self.publishers,
            self.state_funds,
            self.private_funds,
            self.slots,
            self.series,
        )


def _declared(state: type[State]) -> dict[str, tuple[Any, Variable]]:
    """Type and note of each declared variable by name, inherited ones first."""
    states = [base for base in reversed(state.__mro__) if issubclass(base, State)]
    hints = {name: hint for base in states for name, hint in get_annotations(base, eval_str=True).items()}
    return {
        name: (get_args(hint)[0], note)
        for name, hint in hints.items()
        for note in get_args(hint)[1:]
        if isinstance(note, Variable)
    }


@over_state
def house_price_in(econ, city):  # type: ignore[no-untyped-def]
    """House price index of this month, 2020-12 = 100."""
    return econ.house_index[city, min(max(econ.month, 0), econ.house_index.shape[1] - 1)]


@over_state
def room_in_venues(econ):  # type: ignore[no-untyped-def]
    """(P9) What :attr:`State.venue_crews` says."""
    p, crews = econ.p, np.empty(len(econ.cities))
    for city in range(len(crews)):
        fall = 1 - house_price_in(econ, city) / econ.house_index[city, : max(econ.month, 0) + 1].max()
        room = venue_crews(econ.cities.employment_million[city], fall, p.venue_crews_million, p.venue_crews_fall)
        crews[city] = room * (p.scale * p.venues)
    return crews


OVERSEAS = MODES.index("overseas")


@over_state
def market_in(econ, month):  # type: ignore[no-untyped-def]
    """What :meth:`State.market_at` says."""
    p, yuan = econ.p, econ.market.yuan
    at = min(month, yuan.shape[1] - 1) if p.market_growth else 0
    shot = 1 - p.ai_share * min(max((month - p.ai_start_month) / p.ai_months, 0), 1)
    spent = np.empty(len(yuan))
    for mode in range(len(yuan)):
        multiple = p.overseas_multiple * p.exchange_rate * p.overseas if mode == OVERSEAS else p.market_multiple
        spent[mode] = yuan[mode, at] * multiple * (shot * p.scale)
    return spent


@compiled
def count_crews(genre, city, crews, opens, until, cities):  # type: ignore[no-untyped-def]
    """(genres, cities) crews that bases opened until a month can host."""
    count = np.zeros((2, cities))
    for base in range(len(crews)):
        if opens[base] <= until:
            count[genre[base], city[base]] += crews[base]
    return count


@compiled
def count_pairs(first, second, firsts, seconds):  # type: ignore[no-untyped-def]
    """(firsts, seconds) how many have each pair of values."""
    pairs = firsts * seconds
    count = np.zeros(4 * pairs, np.int64)  # neighbours are often alike: four counts do not wait for each other
    for i in range(len(first)):
        count[np.uint64((i & 3) * pairs + first[i] * seconds + second[i])] += 1
    for pair in range(pairs):
        count[pair] += count[pairs + pair] + count[2 * pairs + pair] + count[3 * pairs + pair]
    return count[:pairs].reshape(firsts, seconds)


# ---------------------------------------------------------------------- phases


def phase[F: Callable[..., None]](*, reads: str = "", writes: str = "") -> Callable[[F], F]:
    """Declare a phase: the variables that it reads, and what it writes, words apart by blanks.

    A write is a variable of :class:`State` (``set_hire``), a column of a population (``studios.slate``), a part of the
    region (``region.rent``) or a column of the month (``panel.exits``, all of them: ``panel.*``). The name of a
    population alone says that rows come or go, ``ledger`` that money moves, ``panel`` that past months grow. What a
    phase only reaches through to write need not be among what it reads, and nobody names the parameters, the city table
    and the month, which all may read.

    The function itself is returned, so that phases can be pickled, with the attributes ``reads`` and ``writes``.

    Raises
    ------
    ValueError
        For a name that is not declared.
    """
    read, written = frozenset(reads.split()), frozenset(writes.split())

    def declare(function: F) -> F:
        for name in (*sorted(read), *sorted(written)):
            head, _, part = name.partition(".")
            if head not in State.variables() or (part and (name in read or part not in State.parts(head))):
                known = [*State.variables(), *(f"{head}.{each}" for each in State.parts(head))]
                raise ValueError(f"phase {function.__name__}: the state has no '{name}'{meant(name, known)}")
        vars(function).update(reads=read, writes=written)
        return function

    return declare


EVERYBODY_READS = frozenset({"p", "cities", "month"})
"""Variables that phases need not declare to read."""
