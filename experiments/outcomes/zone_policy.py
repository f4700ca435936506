"""What policy for parts of a city does: against a run of the same draws without it, made when it is first asked for."""

import copy
from typing import NamedTuple

import numpy as np

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.inputs.policies import FOR_FIRMS

from .finished_run import YEAR, FinishedRun
from .registry import outcome
from .zones import PARTS, Gain, Places, zone_gain


class ZonePolicy(NamedTuple):
    """A run with policy for zones beside that without; what is extensive is at full size."""

    gain: Gain
    studios: float
    paid_yuan: float
    """By the zones' city to studios, all years."""
    landlords_yuan: float
    """By which rents in the zones are dearer for the studios there, a month at the end."""
    worth: float
    """What a studio in the zones gets a month, over what studios spend, in the last year."""


def zone_policy(run: FinishedRun) -> ZonePolicy | None:
    """None without a policy for zones, or with zones of several cities."""
    economy = run.economy
    windows = [window for window in economy.policies if window.zone]
    if len({window.city for window in windows}) != 1:
        return None
    slug = windows[0].city
    city, scale = economy.cities.slugs.index(slug), float(economy.p.scale)
    zone = np.zeros(len(economy.region.x), bool)
    for window in windows:
        zone[economy.region.cells_of(slug, window.zone)] = True
    calm = _without(economy)
    paid = np.zeros(economy.month + 1)
    for name in FOR_FIRMS:
        with_it, without = (one.panel.array(f"paid_{name}_yuan")[:, city] for one in (economy, calm))
        paid += with_it - without
    there = np.bincount(economy.studios.cell[~economy.studios.inert], minlength=len(zone)) * zone
    dearer = economy.region.rent - calm.region.rent
    flows = economy.panel.flows()
    last = np.isin(flows["month"], np.unique(flows["month"])[-YEAR:])
    spent = (
        flows["fen"][last & (flows["payer"] == "ST") & ~np.isin(flows["flow"], ("dividends", "founders"))].sum() / 100
    )
    months = float(economy.panel.array("studios")[-YEAR:].sum())
    each = float(paid[-YEAR:].sum()) / YEAR / max(int(there.sum()), 1)
    return ZonePolicy(
        zone_gain(_places(calm, zone), _places(economy, zone), city=city),
        float(there.sum()) / scale,
        float(paid.sum()) / scale,
        float((dearer * there).sum() * economy.p.office_m2_per_studio) / scale,
        each / (spent / months) if spent else np.nan,
    )


def _without(economy: MicroDramaEconomy) -> MicroDramaEconomy:
    """The economy at the same month, from the start without policy for zones."""
    scenario = copy.copy(economy.scenario)
    scenario.policies, scenario.model = tuple(window for window in economy.policies if not window.zone), None
    calm = type(economy)(scenario, rng=economy.seed)
    calm.run_for(economy.month + 1)
    return calm


def _places(economy: MicroDramaEconomy, zone: np.ndarray) -> Places:
    studios = economy.studios
    own = ~studios.inert
    return Places(studios.id[own], studios.city[own], zone[studios.cell[own]])


def _read(run: FinishedRun, field: str) -> float:
    found = run.once(zone_policy)
    return np.nan if found is None else getattr(found, field)


@outcome("zone_gain", "studios", "studios that policy for a zone brings there, at full size")
def _gain(run: FinishedRun) -> float:
    found = run.once(zone_policy)
    return np.nan if found is None else found.gain.total / run.economy.p.scale


@outcome(
    "zone_gain_{part}",
    "studios",
    "of the studios that policy for a zone brings there, those {part}, at full size",
    part=PARTS,
)
def _gain_part(run: FinishedRun, part: str) -> float:
    found = run.once(zone_policy)
    return np.nan if found is None else getattr(found.gain, part) / run.economy.p.scale


@outcome("zone_studios", "studios", "studios in zones with a policy of their own at the end, at full size")
def _studios(run: FinishedRun) -> float:
    return _read(run, "studios")


@outcome("zone_paid_yuan", "yuan", "paid to studios in zones by policy for these, all months, at full size")
def _paid(run: FinishedRun) -> float:
    return _read(run, "paid_yuan")


@outcome(
    "zone_landlords_yuan",
    "yuan",
    "by which policy for a zone makes rents there dearer for its studios, a month at the end",
)
def _landlords(run: FinishedRun) -> float:
    return _read(run, "landlords_yuan")


@outcome("zone_worth", "share", "what policy for a zone gives a studio there over what studios spend, last 12 months")
def _worth(run: FinishedRun) -> float:
    return _read(run, "worth")
